#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace genai {
namespace {

constexpr std::string_view invalid = "invalid_request_error";
constexpr std::string_view server = "server_error";
constexpr std::string_view limit = "rate_limit_error";
constexpr std::string_view upstream = "upstream_error";

constexpr std::array<std::string_view, error_classes> class_names{"rate_limit", "connection", "timeout", "api_error", "auth", "invalid_request", "content_filter", "cancelled", "unknown"};

// In the order of the enumeration; the test of this table checks that every code has its row.
constexpr std::array rows{
    CodeRow{"bad_request", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"bad_chunk", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"http_version", 505, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"transfer_coding", 501, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"uri_too_long", 414, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"headers_too_large", 431, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"payload_too_large", 413, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"request_timeout", 408, invalid, Fault::timeout, 2, ErrorClass::timeout},
    CodeRow{"expectation_failed", 417, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"too_many_connections", 503, limit, Fault::limited, 3, ErrorClass::rate_limit},

    CodeRow{"not_found", 404, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"method_not_allowed", 405, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"forbidden", 403, "permission_error", Fault::denied, 2, ErrorClass::auth},
    CodeRow{"unsupported_media_type", 415, invalid, Fault::caller, 2, ErrorClass::invalid_request},

    CodeRow{"invalid_json", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"expected_object", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"invalid_unicode", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"json_too_deep", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"duplicate_key", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},

    CodeRow{"invalid_value", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"missing_field", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"forbidden_field", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"unsupported_parameter", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"context_length_exceeded", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"model_not_found", 404, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"unknown_price", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},

    CodeRow{"overloaded", 503, server, Fault::limited, 3, ErrorClass::rate_limit},
    CodeRow{"draining", 503, server, Fault::limited, 3, ErrorClass::api_error},
    CodeRow{"ledger_unavailable", 503, server, Fault::environment, 3, ErrorClass::api_error},
    CodeRow{"client_closed", 499, server, Fault::cancelled, 3, ErrorClass::cancelled},

    CodeRow{"upstream_unreachable", 502, upstream, Fault::upstream, 3, ErrorClass::connection},
    CodeRow{"upstream_timeout", 504, upstream, Fault::timeout, 3, ErrorClass::timeout},
    CodeRow{"upstream_incomplete", 502, upstream, Fault::upstream, 3, ErrorClass::connection},
    CodeRow{"upstream_protocol", 502, upstream, Fault::upstream, 3, ErrorClass::api_error},
    CodeRow{"upstream_auth", 502, upstream, Fault::upstream, 3, ErrorClass::auth},
    CodeRow{"upstream_rate_limited", 429, limit, Fault::limited, 3, ErrorClass::rate_limit},
    CodeRow{"upstream_rejected", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"upstream_error", 502, upstream, Fault::upstream, 3, ErrorClass::api_error},
    CodeRow{"content_filter", 400, invalid, Fault::caller, 2, ErrorClass::content_filter},

    CodeRow{"usage_error", 400, invalid, Fault::caller, 2, ErrorClass::invalid_request},
    CodeRow{"config_error", 500, server, Fault::caller, 2, ErrorClass::unknown},
    CodeRow{"environment", 500, server, Fault::environment, 3, ErrorClass::unknown},
    CodeRow{"lock_held", 500, server, Fault::conflict, 3, ErrorClass::unknown},
    CodeRow{"corrupt_ledger", 500, server, Fault::environment, 3, ErrorClass::unknown},
    CodeRow{"check_failed", 500, server, Fault::caller, 1, ErrorClass::unknown},
    CodeRow{"measurement_invalid", 500, server, Fault::environment, 4, ErrorClass::unknown},
    CodeRow{"interrupted", 500, server, Fault::cancelled, 130, ErrorClass::cancelled},
    CodeRow{"internal", 500, server, Fault::internal, 3, ErrorClass::unknown},
};
static_assert(rows.size() == static_cast<std::size_t>(Code::internal) + 1);

}  // namespace

std::string_view name(ErrorClass its) noexcept { return class_names[static_cast<std::size_t>(its)]; }

ErrorClass class_of(std::string_view code) noexcept {
  const auto* const found = std::find_if(rows.begin(), rows.end(), [code](const CodeRow& row) { return row.name == code; });
  return found != rows.end() ? found->error_class : ErrorClass::unknown;
}

const CodeRow& row(Code code) noexcept { return rows[static_cast<std::size_t>(code)]; }

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unchecked result: " + std::string(row(error.code).name) + ": " + error.what);
}

}  // namespace genai
