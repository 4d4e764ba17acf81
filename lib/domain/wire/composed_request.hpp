// What the writers of requests share that are composed from nothing: a body, the message that is written, and the first thing that cannot be said. Private to this
// folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/chat/conversation.hpp"
#include "domain/wire/compose.hpp"

namespace genai::wire {

class ComposedRequest {
 protected:
  // `no_word`: why something cannot be said, where there is nothing more to say about it. Both outlive the request.
  ComposedRequest(const chat::Conversation& from, std::string_view no_word) : from_(from), out_(to_), no_word_(no_word) {}

  void note(Error error) {
    if (!wrong_) wrong_ = std::move(error);  // the first one is told
  }
  void refuse(bool there, std::string_view param) { refuse(there, param, no_word_); }
  void refuse(bool there, std::string_view param, std::string_view why) {
    if (there) note(unsupported(std::string(param), why));
  }
  std::string where() const { return "messages[" + std::to_string(message_) + "]"; }

  // Members of the object that is open; none where there is nothing to say.
  void number(std::string_view name, const std::string& value) {
    if (!value.empty()) out_.key(name).raw(value);
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    out_.key(name).open('[');
    for (const std::string& value : values) out_.string(value);
    out_.close(']');
  }

  Result<std::string> finished() {
    if (wrong_) return std::move(*wrong_);
    return std::move(to_);
  }

  const chat::Conversation& from_;
  std::string to_;
  Composer out_;
  std::size_t message_ = 0;  // the one that is written

 private:
  const std::string_view no_word_;
  std::optional<Error> wrong_;
};

}  // namespace genai::wire
