#include "base/error.hpp"

#include <array>
#include <stdexcept>

namespace genai {
namespace {

constexpr std::string_view invalid = "invalid_request_error";
constexpr std::string_view server = "server_error";
constexpr std::string_view limit = "rate_limit_error";
constexpr std::string_view upstream = "upstream_error";

// In the order of the enumeration; the test of this table checks that every code has its row.
constexpr std::array rows{
    CodeRow{"bad_request", 400, invalid, Fault::caller, 2},
    CodeRow{"bad_chunk", 400, invalid, Fault::caller, 2},
    CodeRow{"http_version", 505, invalid, Fault::caller, 2},
    CodeRow{"transfer_coding", 501, invalid, Fault::caller, 2},
    CodeRow{"uri_too_long", 414, invalid, Fault::caller, 2},
    CodeRow{"headers_too_large", 431, invalid, Fault::caller, 2},
    CodeRow{"payload_too_large", 413, invalid, Fault::caller, 2},
    CodeRow{"request_timeout", 408, invalid, Fault::timeout, 2},
    CodeRow{"expectation_failed", 417, invalid, Fault::caller, 2},
    CodeRow{"too_many_connections", 503, limit, Fault::limited, 3},

    CodeRow{"not_found", 404, invalid, Fault::caller, 2},
    CodeRow{"method_not_allowed", 405, invalid, Fault::caller, 2},
    CodeRow{"forbidden", 403, "permission_error", Fault::denied, 2},
    CodeRow{"unsupported_media_type", 415, invalid, Fault::caller, 2},

    CodeRow{"invalid_json", 400, invalid, Fault::caller, 2},
    CodeRow{"expected_object", 400, invalid, Fault::caller, 2},
    CodeRow{"invalid_unicode", 400, invalid, Fault::caller, 2},
    CodeRow{"json_too_deep", 400, invalid, Fault::caller, 2},
    CodeRow{"duplicate_key", 400, invalid, Fault::caller, 2},

    CodeRow{"invalid_value", 400, invalid, Fault::caller, 2},
    CodeRow{"missing_field", 400, invalid, Fault::caller, 2},
    CodeRow{"forbidden_field", 400, invalid, Fault::caller, 2},
    CodeRow{"unsupported_parameter", 400, invalid, Fault::caller, 2},
    CodeRow{"context_length_exceeded", 400, invalid, Fault::caller, 2},
    CodeRow{"model_not_found", 404, invalid, Fault::caller, 2},
    CodeRow{"unknown_price", 400, invalid, Fault::caller, 2},

    CodeRow{"overloaded", 503, server, Fault::limited, 3},
    CodeRow{"draining", 503, server, Fault::limited, 3},
    CodeRow{"ledger_unavailable", 503, server, Fault::environment, 3},
    CodeRow{"client_closed", 499, server, Fault::cancelled, 3},

    CodeRow{"upstream_unreachable", 502, upstream, Fault::upstream, 3},
    CodeRow{"upstream_timeout", 504, upstream, Fault::timeout, 3},
    CodeRow{"upstream_incomplete", 502, upstream, Fault::upstream, 3},
    CodeRow{"upstream_protocol", 502, upstream, Fault::upstream, 3},
    CodeRow{"upstream_auth", 502, upstream, Fault::upstream, 3},
    CodeRow{"upstream_rate_limited", 429, limit, Fault::limited, 3},
    CodeRow{"upstream_rejected", 400, invalid, Fault::caller, 2},
    CodeRow{"upstream_error", 502, upstream, Fault::upstream, 3},

    CodeRow{"usage_error", 400, invalid, Fault::caller, 2},
    CodeRow{"config_error", 500, server, Fault::caller, 2},
    CodeRow{"environment", 500, server, Fault::environment, 3},
    CodeRow{"lock_held", 500, server, Fault::conflict, 3},
    CodeRow{"corrupt_ledger", 500, server, Fault::environment, 3},
    CodeRow{"check_failed", 500, server, Fault::caller, 1},
    CodeRow{"measurement_invalid", 500, server, Fault::environment, 4},
    CodeRow{"interrupted", 500, server, Fault::cancelled, 130},
    CodeRow{"internal", 500, server, Fault::internal, 3},
};
static_assert(rows.size() == static_cast<std::size_t>(Code::internal) + 1);

}  // namespace

const CodeRow& row(Code code) noexcept { return rows[static_cast<std::size_t>(code)]; }

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unchecked result: " + std::string(row(error.code).name) + ": " + error.what);
}

}  // namespace genai
