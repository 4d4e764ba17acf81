// What the writers of conversations share: a body that grows member by member, and the first thing that cannot be said. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "domain/chat/conversation.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {

class ConversationWriter {
 protected:
  // Both outlive the writer.
  ConversationWriter(const chat::Conversation& asked, std::string_view model) : asked_(asked) {
    to_ = R"({"model":)";
    json::append_string(to_, model);
  }

  void unsayable(std::string param, std::string_view what) {
    if (unsayable_) return;
    std::string sentence = "'" + param + "' cannot be said to the provider of this model: ";
    sentence += what;
    unsayable_ = Error{Code::unsupported_parameter, std::move(sentence), std::move(param)};
  }
  // A further member of the object that is open; none where there is nothing to say.
  void member(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    ((to_ += ",\"") += name) += "\":";
    json::append_string(to_, text);
  }
  void raw(std::string_view name, std::string_view value) {
    if (!value.empty()) (((to_ += ",\"") += name) += "\":") += value;
  }
  void texts(std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    ((to_ += ",\"") += name) += "\":[";
    for (const auto& text : texts) json::append_string(to_, text), to_ += ',';
    to_.back() = ']';
  }
  static std::string where(std::size_t message, std::size_t part) {
    return "messages[" + std::to_string(message) + "].content[" + std::to_string(part) + "]";
  }
  Result<std::string> finished() {
    to_ += '}';
    if (unsayable_) return std::move(*unsayable_);
    return std::move(to_);
  }

  const chat::Conversation& asked_;
  std::string to_;

 private:
  std::optional<Error> unsayable_;
};

}  // namespace genai::wire
