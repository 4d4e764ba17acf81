#include "domain/wire/body_reader.hpp"

#include <algorithm>
#include <charconv>

namespace genai::wire {
namespace {

constexpr std::size_t longest_model = 256;  // bytes
constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t tokens_per_message = 3;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::optional<Error> BodyReader::enter() {
  if (in_.kind() != json::Kind::object) {
    in_.skip();
    if (!in_.end()) return in_.error();
    return Error{Code::expected_object, "the body must be one JSON object", {}};
  }
  chat_.open_brace = in_.at();
  in_.enter_object();
  return std::nullopt;
}

void BodyReader::wrong(Code code, std::string param, std::string_view what) {
  if (wrong_) return;  // the first one is told
  std::string sentence = "'" + param + "' ";
  sentence += what;
  wrong_ = Error{code, std::move(sentence), std::move(param)};
}

std::optional<std::int64_t> BodyReader::integer(std::string_view name, std::int64_t least, std::int64_t most, std::string_view what) {
  if (skipped_null()) return std::nullopt;
  const auto text = in_.number();
  std::int64_t value = 0;
  if (text) {
    const auto [stop, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (failed == std::errc() && stop == text->data() + text->size() && value >= least && value <= most) return value;
  }
  wrong(name, what);
  return std::nullopt;
}

void BodyReader::number(std::string_view name, double least, double most, std::string_view what) {
  if (skipped_null()) return;
  const auto text = in_.number();
  double value = 0;
  const bool fits = text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc();
  if (!fits || value < least || value > most) wrong(name, what);
}

std::optional<bool> BodyReader::boolean(std::string_view name) {
  if (skipped_null()) return std::nullopt;
  const auto value = in_.boolean();
  if (!value) wrong(name, "must be true or false");
  return value;
}

void BodyReader::read_model(std::string_view name) {
  const std::size_t begin = in_.at();
  const auto text = in_.string();
  if (!text) return wrong(name, "must be a string");
  chat_.model_value = {begin, in_.behind()};
  chat_.model = plain(*text);
  if (chat_.model.empty() || chat_.model.size() > longest_model) wrong(name, "must have 1 to 256 bytes");
  else if (has_control(chat_.model)) wrong(name, "must not contain control characters");
}

void BodyReader::read_user(std::string_view name) {
  if (skipped_null()) return;
  const auto text = in_.string();
  if (!text) return wrong(name, "must be a string");
  chat_.user = text->unescaped();
  if (has_control(chat_.user)) wrong(name, "must not contain control characters");
}

void BodyReader::read_metadata(std::string_view name) {
  if (skipped_null()) return;
  if (!in_.enter_object()) return wrong(name, "must be an object");
  std::string_view key;
  while (in_.next_member(key)) {
    if (has_control(key)) wrong(name, "must not have control characters in its keys");
    in_.skip();
  }
}

void BodyReader::read_list(std::string_view name) {
  if (skipped_null()) return;
  if (in_.kind() != json::Kind::array) wrong(name, "must be an array");
  in_.skip();
}

void BodyReader::refuse(std::string_view name) {
  in_.skip();
  wrong(Code::forbidden_field, std::string(name), "must not be set by a request");
}

Tokens BodyReader::estimate(std::int64_t messages) const {
  return Tokens((text_bytes_ + bytes_per_token - 1) / bytes_per_token + tokens_per_message * messages);
}

}  // namespace genai::wire
