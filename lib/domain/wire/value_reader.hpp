// Reading what a request asks, value by value, for a translation. Private to this folder.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// Paths: "input[3]", "input[3].role".
std::string element(std::string_view path, std::size_t index);
std::string below(std::string_view path, std::string_view member);

// One pass over a body that was decoded before, so that it is well-formed. What is wrong or foreign is noted with its path, the first thing told.
class ValueReader {
 protected:
  explicit ValueReader(std::string_view body) : in_(body, json::Duplicates::allowed), body_(body) {}
  ~ValueReader() = default;

  void note(Error error) {
    if (!wrong_) wrong_ = std::move(error);
  }
  void note_wrong(std::string path, std::string_view why);
  void note_missing(std::string path);
  // The other dialect has no word for it.
  void note_foreign(std::string path);

  bool skipped_null() { return in_.kind() == json::Kind::null && in_.null(); }
  // What has no counterpart; null says nothing.
  void refuse(const std::string& path);

  // Null is absent.
  std::string text(const std::string& path);
  std::optional<bool> boolean(const std::string& path);
  std::string number(const std::string& path);  // as it was written
  std::string object(const std::string& path);  // as it was written
  bool enter_object(const std::string& path);
  bool enter_array(const std::string& path, std::string_view what = "must be an array");
  // Only words that mean what is done anyway.
  void read_word(const std::string& path, std::initializer_list<std::string_view> harmless);

  // Where it is not known yet what they belong to: what is of another kind is absent.
  std::string any_text();
  std::string any_object();

  json::Reader in_;
  std::string_view body_;
  std::optional<Error> wrong_;
};

}  // namespace genai::wire
