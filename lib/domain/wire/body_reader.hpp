// What readers of clients' request bodies share. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// One pass over a body. A wrong value is noted, not acted upon: the rest must still be seen to be well-formed.
class BodyReader {
 protected:
  explicit BodyReader(std::string_view body) : in_(body) {}
  ~BodyReader() = default;

  // Enters the body, or says why it is none.
  std::optional<Error> enter();

  // Notes the first wrong value.
  void wrong(Code code, std::string param, std::string_view what);
  void wrong(std::string_view param, std::string_view what) { wrong(Code::invalid_value, std::string(param), what); }

  bool skipped_null() { return in_.kind() == json::Kind::null && in_.null(); }
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most, std::string_view what);
  void number(std::string_view name, double least, double most, std::string_view what);
  std::optional<bool> boolean(std::string_view name);
  void count(const json::Text& text) { text_bytes_ += static_cast<std::int64_t>(text.size); }

  // The fields that mean the same in every dialect.
  void read_model(std::string_view name);
  void read_user(std::string_view name);
  void read_metadata(std::string_view name);
  void read_stream(std::string_view name) { chat_.stream = boolean(name).value_or(false); }
  void read_temperature(std::string_view name) { number(name, 0, 2, "must be a number from 0 to 2"); }
  void read_top_p(std::string_view name) { number(name, 0, 1, "must be a number from 0 to 1"); }
  void read_list(std::string_view name);
  // No request may steer where credentials are sent.
  void refuse(std::string_view name);

  // From the text that was counted: a token for 4 bytes, rounded up, and 3 for each message.
  Tokens estimate(std::int64_t messages) const;

  json::Reader in_;
  chat::Chat chat_;
  std::optional<Error> wrong_;
  std::int64_t text_bytes_ = 0;
};

// The text, unescaped.
inline std::string plain(const json::Text& text) { return text.escaped() ? text.unescaped() : std::string(text.raw); }

}  // namespace genai::wire
