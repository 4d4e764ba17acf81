// Errors are values of few kinds, chosen by what the receiver can do about them.
//
// One table (error.cpp) says for each Code which HTTP status, OpenAI error type, fault and exit code it means;
// no other place decides. Exceptions are for bugs and for libraries, caught at the border and turned into an Error.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace genai {

// Who has to act.
enum class Fault { caller, denied, limited, conflict, upstream, timeout, cancelled, environment, internal };

// What kind of failure an operator sees in metrics and reports.
enum class ErrorClass { rate_limit, connection, timeout, api_error, auth, invalid_request, content_filter, cancelled, unknown };
inline constexpr std::size_t error_classes = 9;
std::string_view name(ErrorClass its) noexcept;  // "rate_limit"

// One enumerator for each failure that a caller can tell apart. The spelling is the wire spelling (`error.code`).
enum class Code {
  // the bytes of a request
  bad_request,
  bad_chunk,
  http_version,
  transfer_coding,
  uri_too_long,
  headers_too_large,
  payload_too_large,
  request_timeout,
  expectation_failed,
  too_many_connections,
  // where it goes
  not_found,
  method_not_allowed,
  forbidden,
  unsupported_media_type,
  // its JSON
  invalid_json,
  expected_object,
  invalid_unicode,
  json_too_deep,
  duplicate_key,
  // its meaning
  invalid_value,
  missing_field,
  forbidden_field,
  unsupported_parameter,
  context_length_exceeded,
  model_not_found,
  unknown_price,
  // the gateway's own state
  overloaded,
  draining,
  ledger_unavailable,
  client_closed,
  // upstream
  upstream_unreachable,
  upstream_timeout,
  upstream_incomplete,
  upstream_protocol,
  upstream_auth,
  upstream_rate_limited,
  upstream_rejected,
  upstream_error,
  content_filter,
  // commands
  usage_error,
  config_error,
  environment,
  lock_held,
  corrupt_ledger,
  check_failed,
  measurement_invalid,
  interrupted,
  internal,
};

struct CodeRow {
  std::string_view name;  // as in `error.code` on the wire
  int http;               // status of an answer that carries it
  std::string_view type;  // OpenAI's `error.type`
  Fault fault;
  int exit;  // exit status of a command that ends with it
  ErrorClass error_class;
};

// The row of a code. Any thread.
const CodeRow& row(Code code) noexcept;
// The class of a code by its name; unknown names are unknown.
ErrorClass class_of(std::string_view code) noexcept;

// A failure: what happened and to which input. `what` is one sentence for the person who must act; it never holds a
// secret, raw header bytes or upstream HTML. `param` is the JSON path, flag or key concerned, or empty.
struct Error {
  Code code = Code::internal;
  std::string what;
  std::string param;
  // The status to answer with when it is not the table's: an upstream's own 4xx that is passed on. 0: the table's.
  int http_status = 0;
  // After how many seconds another try may succeed, as an upstream says; 0: nobody knows.
  int retry_after_s = 0;

  int status() const noexcept { return http_status != 0 ? http_status : row(code).http; }
};

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

// The one alias; may become std::expected.
template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace genai
