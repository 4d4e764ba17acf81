// What the dialects for bare texts have in common. Private to this folder.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/chat/conversation.hpp"
#include "domain/wire/chat_template.hpp"
#include "domain/wire/compose.hpp"
#include "domain/wire/dialect.hpp"
#include "domain/wire/openai_error.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// Puts the body of a request together. The first thing that cannot be said is told.
class BareTextWriter {
 protected:
  // Both outlive the writer.
  BareTextWriter(const chat::Conversation& asked, const Manner& manner) : asked_(asked), manner_(manner), out_(to_) {}

  void refuse(bool there, std::string_view param, std::string_view why = "cannot be said to the provider of this model, which takes bare texts") {
    if (there && !wrong_) wrong_ = unsupported(std::string(param), why);
  }
  // What no server of this kind takes.
  void refuse_tools() {
    refuse(!asked_.tools.empty(), "tools");
    refuse(!asked_.effort.empty() && asked_.effort != "none", "reasoning_effort");
    refuse(asked_.reasoning_budget && *asked_.reasoning_budget != 0, "reasoning");
  }
  void text(std::string_view name) {
    auto rendered = render(asked_, manner_.chat_template);
    if (!rendered) return (void)(wrong_ = wrong_ ? wrong_ : std::optional(rendered.error()));
    out_.key(name).string(*rendered);
  }
  void number(std::string_view name, const std::string& value) {
    if (!value.empty()) out_.key(name).raw(value);
  }
  void texts(std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out_.key(name).open('[');
    for (const auto& text : texts) out_.string(text);
    out_.close(']');
  }
  // The schema that an answer must have, if it must have one: one JSON object.
  std::string_view schema() {
    using Kind = chat::OutputFormat::Kind;
    if (asked_.format.kind == Kind::text) return {};
    if (asked_.format.kind == Kind::json_object || asked_.format.schema.empty()) return R"({"type":"object"})";
    if (!is_object(asked_.format.schema) && !wrong_) wrong_ = wrong_value("format.schema", "must be a JSON object");
    return asked_.format.schema;
  }
  Result<std::string> finished() {
    if (wrong_) return std::move(*wrong_);
    return std::move(to_);
  }

  // Of a number that is there.
  static double value_of(const std::string& number) {
    double value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    return value;
  }

  const chat::Conversation& asked_;
  const Manner& manner_;
  std::string to_;
  Composer out_;

 private:
  std::optional<Error> wrong_;
};

// Reads objects of an answer, one an event, or one that is whole.
class BareTextDecoder : public Decoder {
 public:
  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) final {
    auto event = read(data, false);
    if (!event) return event.error();
    event->type = type;
    return std::optional(*event);
  }
  Result<chat::Event> whole(std::string_view body) final { return read(body, true); }

 protected:
  BareTextDecoder(chat::Dialect dialect, bool translated) : dialect_(dialect), translated_(translated) {}

  // A member of the object, its value next.
  virtual void member(json::Reader& in, std::string_view key) = 0;
  // Behind the last one: `event_` is to be completed; or what was wrong.
  virtual std::optional<Error> finish() = 0;
  // Before the first one.
  virtual void begin() = 0;

  void say(const json::Text& text) {
    if (text.size == 0) return;
    text_ = text.escaped() ? text.unescaped() : std::string(text.raw);
    event_.token = event_.visible = true;
    deltas_.push_back({.kind = chat::Delta::Kind::text, .text = text.raw});
  }

  chat::Event event_;

 private:
  Result<chat::Event> read(std::string_view payload, bool whole) {
    text_.clear();
    deltas_.clear();
    event_ = {};
    event_.payload = payload;
    event_.dialect = dialect_;
    event_.whole = whole;
    begin();
    json::Reader in(payload, json::Manner::lenient);
    const bool is_object = in.enter_object();
    std::string_view key;
    if (is_object)
      while (in.next_member(key)) member(in, key);
    if (!is_object || !in.end()) return no_object(in);
    if (auto error = finish()) return *std::move(error);
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  const chat::Dialect dialect_;
  const bool translated_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
};

}  // namespace genai::wire
