// Putting a JSON document together, and saying why one cannot be. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {

// Appends to a string member by member; a comma is put where one is due. What is opened is closed by who opened it.
class Composer {
 public:
  explicit Composer(std::string& to) : to_(to), begin_(to.size()) {}

  // The name of the next value: plain characters only.
  Composer& key(std::string_view name) {
    separate();
    ((to_ += '"') += name) += "\":";
    return *this;
  }
  Composer& open(char bracket) {
    separate();
    to_ += bracket;
    return *this;
  }
  Composer& close(char bracket) {
    to_ += bracket;
    return *this;
  }
  Composer& string(std::string_view text) {
    separate();
    json::append_string(to_, text);
    return *this;
  }
  // Text that already stands as it does between quotes.
  Composer& quoted(std::string_view escaped) {
    separate();
    ((to_ += '"') += escaped) += '"';
    return *this;
  }
  Composer& integer(std::int64_t value) {
    separate();
    json::append_integer(to_, value);
    return *this;
  }
  Composer& boolean(bool value) { return raw(value ? "true" : "false"); }
  // Checked JSON.
  Composer& raw(std::string_view json) {
    separate();
    to_ += json;
    return *this;
  }

 private:
  void separate() {
    if (to_.size() == begin_) return;
    const char last = to_.back();
    if (last != '{' && last != '[' && last != ':') to_ += ',';
  }
  std::string& to_;
  const std::size_t begin_;
};

// `param` stands for something that the other dialect has no word for.
inline Error unsupported(std::string param, std::string_view why) {
  std::string what = "'" + param + "' ";
  what += why;
  return {Code::unsupported_parameter, std::move(what), std::move(param)};
}

inline Error wrong_value(std::string param, std::string_view why) {
  Error error = unsupported(std::move(param), why);
  error.code = Code::invalid_value;
  return error;
}

// One JSON object, checked.
bool is_object(std::string_view json);

// Checked JSON without the white space between its tokens: whole answers come indented.
std::string compact(std::string_view json);

}  // namespace genai::wire
