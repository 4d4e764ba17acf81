#include "domain/wire/compose.hpp"

#include "platform/json/reader.hpp"

namespace genai::wire {

bool is_object(std::string_view json) {
  json::Reader in(json, json::Manner::lenient);
  if (in.kind() != json::Kind::object) return false;
  in.skip();
  return in.end();
}

}  // namespace genai::wire
