#include "domain/wire/value_reader.hpp"

#include <algorithm>

#include "domain/wire/body_reader.hpp"
#include "domain/wire/compose.hpp"

namespace genai::wire {
namespace {

constexpr std::string_view foreign = "is not supported for this model, whose provider speaks another dialect";

}  // namespace

std::string element(std::string_view path, std::size_t index) { return std::string(path) + "[" + std::to_string(index) + "]"; }
std::string below(std::string_view path, std::string_view member) { return std::string(path) + "." + std::string(member); }

void ValueReader::note_wrong(std::string path, std::string_view why) { note(wrong_value(std::move(path), why)); }

void ValueReader::note_missing(std::string path) {
  Error error = wrong_value(std::move(path), "is required");
  error.code = Code::missing_field;
  note(std::move(error));
}

void ValueReader::note_foreign(std::string path) { note(unsupported(std::move(path), foreign)); }

void ValueReader::refuse(const std::string& path) {
  if (in_.kind() != json::Kind::null) note_foreign(path);
  in_.skip();
}

std::string ValueReader::text(const std::string& path) {
  if (skipped_null()) return {};
  const auto text = in_.string();
  if (text) return plain(*text);
  note_wrong(path, "must be a string");
  return {};
}

std::optional<bool> ValueReader::boolean(const std::string& path) {
  if (skipped_null()) return std::nullopt;
  const auto value = in_.boolean();
  if (!value) note_wrong(path, "must be true or false");
  return value;
}

std::string ValueReader::number(const std::string& path) {
  if (skipped_null()) return {};
  const auto value = in_.number();
  if (!value) note_wrong(path, "must be a number");
  return std::string(value.value_or(""));
}

std::string ValueReader::object(const std::string& path) {
  if (skipped_null()) return {};
  const bool is_object = in_.kind() == json::Kind::object;
  const std::size_t begin = in_.at();
  in_.skip();
  if (is_object && !in_.failed()) return std::string(body_.substr(begin, in_.behind() - begin));
  note_wrong(path, "must be an object");
  return {};
}

bool ValueReader::enter_object(const std::string& path) {
  if (in_.enter_object()) return true;
  note_wrong(path, "must be an object");
  return false;
}

bool ValueReader::enter_array(const std::string& path, std::string_view what) {
  if (in_.enter_array()) return true;
  note_wrong(path, what);
  return false;
}

void ValueReader::read_word(const std::string& path, std::initializer_list<std::string_view> harmless) {
  const std::string word = text(path);
  if (!word.empty() && std::find(harmless.begin(), harmless.end(), word) == harmless.end()) note_foreign(path);
}

std::string ValueReader::any_text() {
  const auto text = in_.string();
  return text ? plain(*text) : std::string();
}

std::string ValueReader::any_object() {
  if (in_.kind() == json::Kind::object) return object({});
  in_.skip();
  return {};
}

}  // namespace genai::wire
