// Saying an answer to a client of chat completions, or of completions.
// Format: OpenAI API reference, "The chat completion object", "The chat completion chunk object", "The completion object".
#include <algorithm>
#include <span>
#include <utility>

#include "domain/wire/event_stream.hpp"
#include "domain/wire/openai.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire::openai {
namespace {

using chat::Delta;
using chat::Finish;
using Kind = Delta::Kind;

std::string_view word_of(Finish finish) {
  switch (finish) {
    case Finish::length: return "length";
    case Finish::tool_calls: return "tool_calls";
    case Finish::content_filter:
    case Finish::refusal: return "content_filter";
    default: return "stop";
  }
}

void append_usage(std::string& to, const chat::Usage& usage) {
  const auto put = [&to](std::string_view name, Tokens count) {
    to += name;
    json::append_integer(to, count.value());
  };
  put(R"({"prompt_tokens":)", usage.prompt);
  put(R"(,"completion_tokens":)", usage.completion);
  put(R"(,"total_tokens":)", usage.prompt + usage.completion);
  put(R"(,"prompt_tokens_details":{"cached_tokens":)", usage.cached);
  put(R"(},"completion_tokens_details":{"reasoning_tokens":)", usage.reasoning);
  to += "}}";
}

// What both kinds of answers share: a head, one choice, usage at the end if it was asked for.
class OpenAiEncoder : public Encoder {
 public:
  OpenAiEncoder(const chat::Chat& chat, Identity identity) : own_(chat.dialect), include_usage_(chat.include_usage), identity_(std::move(identity)) {}

  void event(const chat::Event& event, std::string& to) override {
    if (event.dialect == own_) return pass(event, to);
    translated_ = true;
    for (const auto& delta : event.deltas) say(delta, to);
    if (event.finish != Finish::none && finish_ == Finish::none) finish_ = event.finish, say_finish(to);
  }

  void end(const Ending& ending, std::string& to) override {
    if (translated_) {
      if (finish_ == Finish::none) say_finish(to);
      if (include_usage_) {
        begin(to);
        to += R"(],"usage":)";
        append_usage(to, ending.usage);
        to += "}\n\n";
      }
    }
    append_event(to, "[DONE]");
  }

  void fail(const Error& error, std::string& to) override { append_event(to, encode_error(error)); }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    if (event.dialect == own_) {
      to += event.payload;
      return;
    }
    append_head(to, object(false));
    say_whole(event, to);
    to += R"(],"usage":)";
    append_usage(to, ending.usage);
    to += '}';
  }

 protected:
  virtual std::string_view prefix() const = 0;
  virtual std::string_view object(bool chunk) const = 0;
  virtual void say(const Delta& delta, std::string& to) = 0;
  virtual void say_finish(std::string& to) = 0;
  virtual void say_whole(const chat::Event& event, std::string& to) = 0;

  // A chunk, up to its first choice; and behind its last one.
  void begin(std::string& to) {
    if (head_.empty()) append_head(head_, object(true));
    (to += "data: ") += head_;
  }
  void finish(std::string& to) const { to += include_usage_ ? "],\"usage\":null}\n\n" : "]}\n\n"; }
  Finish finish_ = Finish::none;

 private:
  void pass(const chat::Event& event, std::string& to) {
    if (include_usage_) append_event(to, event.payload);
    else if (!event.only_usage) append_event(to, without_usage(event, scratch_));
  }

  void append_head(std::string& to, std::string_view object) const {
    ((((to += R"({"id":")") += prefix()) += identity_.id) += R"(","object":")") += object;
    to += R"(","created":)";
    json::append_integer(to, identity_.created);
    to += R"(,"model":)";
    json::append_string(to, identity_.model);
    to += R"(,"choices":[)";
  }

  const chat::Dialect own_;
  const bool include_usage_;
  const Identity identity_;
  bool translated_ = false;
  std::string head_, scratch_;
};

class ChatEncoder final : public OpenAiEncoder {
 public:
  using OpenAiEncoder::OpenAiEncoder;

 private:
  std::string_view prefix() const override { return "chatcmpl-"; }
  std::string_view object(bool chunk) const override { return chunk ? "chat.completion.chunk" : "chat.completion"; }

  void say(const Delta& delta, std::string& to) override {
    if (!std::exchange(started_, true)) chunk(R"({"role":"assistant","content":"","refusal":null})", to);
    switch (delta.kind) {
      case Kind::text: return piece(R"({"content":")", delta.text, to);
      case Kind::reasoning: return piece(R"({"reasoning_content":")", delta.text, to);
      case Kind::refusal: return piece(R"({"refusal":")", delta.text, to);
      case Kind::tool_call:
      case Kind::arguments: return call(delta, to);
      case Kind::signature:
      case Kind::hidden_reasoning: return;  // for its provider alone, and there is no place for it here
    }
  }

  void chunk(std::string_view delta, std::string& to) {
    begin(to);
    ((to += R"({"index":0,"delta":)") += delta) += R"(,"logprobs":null,"finish_reason":null})";
    finish(to);
  }

  void piece(std::string_view name, std::string_view text, std::string& to) {
    begin(to);
    (((to += R"({"index":0,"delta":)") += name) += text) += R"("},"logprobs":null,"finish_reason":null})";
    finish(to);
  }

  void call(const Delta& delta, std::string& to) {
    begin(to);
    to += R"({"index":0,"delta":{"tool_calls":[{"index":)";
    json::append_integer(to, delta.call);
    if (delta.kind == Kind::tool_call) append_call(delta, "", to += ',');
    else ((to += R"(,"function":{"arguments":")") += delta.text) += R"("}})";
    to += R"(]},"logprobs":null,"finish_reason":null})";
    finish(to);
  }

  static void append_call(const Delta& call, std::string_view arguments, std::string& to) {
    ((((to += R"("id":")") += call.id) += R"(","type":"function","function":{"name":")") += call.name) += R"(","arguments":")";
    (to += arguments) += R"("}})";
  }

  void say_finish(std::string& to) override {
    begin(to);
    ((to += R"({"index":0,"delta":{},"logprobs":null,"finish_reason":")") += word_of(finish_)) += "\"}";
    finish(to);
  }

  void say_whole(const chat::Event& event, std::string& to) override {
    to += R"({"index":0,"message":{"role":"assistant","content":)";
    gathered(event, Kind::text, to);
    to += R"(,"refusal":)";
    gathered(event, Kind::refusal, to);
    const bool thought = std::any_of(event.deltas.begin(), event.deltas.end(), [](const Delta& delta) { return delta.kind == Kind::reasoning; });
    if (thought) gathered(event, Kind::reasoning, to += R"(,"reasoning_content":)");
    calls(event.deltas, to);
    ((to += R"(},"logprobs":null,"finish_reason":")") += word_of(event.finish)) += "\"}";
  }

  static void gathered(const chat::Event& event, Kind kind, std::string& to) {
    const std::size_t begin = to.size();
    for (const auto& delta : event.deltas) {
      if (delta.kind != kind) continue;
      if (to.size() == begin) to += '"';
      to += delta.text;
    }
    to += to.size() == begin ? "null" : "\"";
  }

  static void calls(std::span<const Delta> deltas, std::string& to) {
    bool any = false;
    for (const auto& delta : deltas) {
      if (delta.kind != Kind::tool_call) continue;
      to += std::exchange(any, true) ? ",{" : R"(,"tool_calls":[{)";
      std::string arguments;
      for (const auto& piece : deltas)
        if (piece.kind == Kind::arguments && piece.call == delta.call) arguments += piece.text;
      append_call(delta, arguments.empty() ? R"({})" : arguments, to);
    }
    if (any) to += ']';
  }

  bool started_ = false;
};

class CompletionEncoder final : public OpenAiEncoder {
 public:
  using OpenAiEncoder::OpenAiEncoder;

 private:
  std::string_view prefix() const override { return "cmpl-"; }
  std::string_view object(bool) const override { return "text_completion"; }
  void say(const Delta& delta, std::string& to) override {
    if (delta.kind != Kind::text && delta.kind != Kind::refusal) return;
    choice(delta.text, "null", to);
  }
  void choice(std::string_view text, std::string_view reason, std::string& to) {
    begin(to);
    ((((to += R"({"text":")") += text) += R"(","index":0,"logprobs":null,"finish_reason":)") += reason) += '}';
    finish(to);
  }
  void say_finish(std::string& to) override { choice("", finish_ == Finish::length ? "\"length\"" : "\"stop\"", to); }
  void say_whole(const chat::Event& event, std::string& to) override {
    to += R"({"text":")";
    for (const auto& delta : event.deltas)
      if (delta.kind == Kind::text || delta.kind == Kind::refusal) to += delta.text;
    ((to += R"(","index":0,"logprobs":null,"finish_reason":")") += word_of(event.finish)) += "\"}";
  }
};

}  // namespace

std::unique_ptr<Encoder> make_chat_encoder(const chat::Chat& chat, Identity identity) {
  if (chat.dialect == chat::Dialect::completions) return std::make_unique<CompletionEncoder>(chat, std::move(identity));
  return std::make_unique<ChatEncoder>(chat, std::move(identity));
}

}  // namespace genai::wire::openai
