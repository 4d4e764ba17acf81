#include "domain/wire/compose.hpp"

#include "platform/json/reader.hpp"

namespace genai::wire {

bool is_object(std::string_view json) {
  json::Reader in(json, json::Manner::lenient);
  if (in.kind() != json::Kind::object) return false;
  in.skip();
  return in.end();
}

std::string compact(std::string_view json) {
  std::string to;
  bool is_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (!is_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    to += c;
    if (c == '"') is_string = !is_string;
    else if (is_string && c == '\\') to += json[++at];
  }
  return to;
}

}  // namespace genai::wire
