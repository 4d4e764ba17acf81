// What the readers of conversations share. Each reads a body that its dialect's decoder has accepted, once more, and builds what it means.
// Private to this folder.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "domain/chat/conversation.hpp"
#include "domain/wire/request_reader.hpp"

namespace genai::wire {

// Fields that change no answer: where to cache, under which name to bill, what to keep. They are left out where they cannot be said.
bool is_hint(std::string_view name);

// "{}" and so on stay as they were written.
class ConversationReader : protected RequestReader {
 protected:
  explicit ConversationReader(const chat::Chat& chat) : RequestReader(chat.body) {
    asked_.stream = chat.stream;
    asked_.user = chat.user;
    asked_.max_tokens = chat.max_tokens ? std::optional(chat.max_tokens->value()) : std::nullopt;
  }

  // A field that means something, and that the vocabulary has no word for.
  void untranslatable(std::string_view name) {
    if (skipped_null()) return;
    in_.skip();
    wrong(Code::unsupported_parameter, name, "cannot be said to the provider of this model, which speaks another dialect");
  }
  // Only this value means the same everywhere; null is as good as absent.
  void only(std::string_view name, std::initializer_list<std::string_view> harmless) {
    const auto value = raw();
    if (value == "null" || std::find(harmless.begin(), harmless.end(), value) != harmless.end()) return;
    wrong(Code::unsupported_parameter, name, "cannot be said with this value to the provider of this model, which speaks another dialect");
  }
  void image(chat::Part& part, std::string address) {
    part.kind = chat::Part::Kind::image;
    if (const auto data = parse_data_url(address)) {
      part.media_type = data->media_type;
      part.data = data->data;
    } else {
      part.url = std::move(address);
    }
  }
  std::string said(std::string_view name) { return text(name).value_or(""); }
  Result<chat::Conversation> finished() {
    if (!in_.end()) return in_.error();
    if (wrong_) return std::move(*wrong_);
    return std::move(asked_);
  }

  chat::Conversation asked_;
};

}  // namespace genai::wire
