#include "engines/sim/native.hpp"

#include <array>
#include <ctime>
#include <utility>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

using chat::Delta;
using json::Kind;

struct Row {
  Native native;
  std::string_view path;
  NativeRoute route;
};
constexpr std::array<Row, 4> rows{{{Native::ollama, "/api/chat", NativeRoute::ollama_chat},
                                   {Native::ollama, "/api/generate", NativeRoute::ollama_generate},
                                   {Native::tgi, "/generate", NativeRoute::tgi_generate},
                                   {Native::tgi, "/generate_stream", NativeRoute::tgi_stream}}};

bool is_ollama(NativeRoute route) { return route == NativeRoute::ollama_chat || route == NativeRoute::ollama_generate; }

// ---- requests

class Reading {
 public:
  Reading(NativeRoute route, const std::string& body) : route_(route), body_(body), in_(body) {}

  Result<chat::Chat> read() {
    if (!in_.enter_object()) {
      if (!in_.end()) return in_.error();
      return Error{Code::expected_object, "the body must be one JSON object", {}};
    }
    std::string_view key;
    while (in_.next_member(key)) member(key);
    if (!in_.end()) return in_.error();
    if (messages_.empty()) {
      const std::string name = route_ == NativeRoute::ollama_chat ? "messages" : is_ollama(route_) ? "prompt" : "inputs";
      return Error{Code::missing_field, "'" + name + "' is required", name};
    }
    auto chat = wire::decode(chat::Dialect::chat_completions, written());
    if (chat) chat->dialect = chat::Dialect::application;
    return chat;
  }

 private:
  void member(std::string_view key) {
    if (key == "model") keep(model_);
    else if (key == "messages" && route_ == NativeRoute::ollama_chat) read_messages();
    else if ((key == "prompt" && is_ollama(route_)) || key == "inputs") add("user", text());
    else if (key == "stream") stream_ = in_.boolean().value_or(stream_);
    else if (key == "tools") tools_ = raw();
    else if (key == "options" || key == "parameters") read_options();
    else in_.skip();
  }

  void read_options() {
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      const auto limit = key == "num_predict" || key == "max_new_tokens" ? in_.number() : std::nullopt;
      if (limit) max_tokens_ = *limit;
      else if (key != "num_predict" && key != "max_new_tokens") in_.skip();
    }
  }

  void read_messages() {
    for (in_.enter_array(); in_.next_element();) {
      std::string role, said;
      std::string_view key;
      for (in_.enter_object(); in_.next_member(key);) {
        if (key == "role") role = text();
        else if (key == "content") said = text();
        else in_.skip();
      }
      add(role == "tool" ? "user" : role, said);
    }
  }

  std::string text() {
    const auto value = in_.string();
    return value ? value->unescaped() : std::string();
  }
  void keep(std::string& into) { into = text(); }
  std::string raw() {
    const auto begin = in_.at();
    in_.skip();
    return in_.failed() ? std::string() : body_.substr(begin, in_.behind() - begin);
  }

  void add(std::string_view role, std::string_view said) {
    messages_ += messages_.empty() ? R"({"role":)" : R"(,{"role":)";
    json::append_string(messages_, role);
    messages_ += R"(,"content":)";
    json::append_string(messages_, said);
    messages_ += '}';
  }

  std::string written() const {
    std::string to = R"({"model":)";
    json::append_string(to, model_);
    ((to += R"(,"messages":[)") += messages_) += ']';
    if (!tools_.empty()) (to += R"(,"tools":)") += tools_;
    if (!max_tokens_.empty() && max_tokens_[0] != '-') (to += R"(,"max_tokens":)") += max_tokens_;  // negative: as many as it likes
    const bool streams = route_ == NativeRoute::tgi_stream || (is_ollama(route_) && stream_);
    if (streams) to += R"(,"stream":true)";
    return to += '}';
  }

  const NativeRoute route_;
  const std::string& body_;
  json::Reader in_;
  std::string model_ = "sim", messages_, tools_, max_tokens_;
  bool stream_ = true;
};

// ---- answers

std::string rfc3339(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

class OllamaEncoder final : public wire::Encoder {
 public:
  OllamaEncoder(NativeRoute route, std::string model, std::string created_at) : chat_(route == NativeRoute::ollama_chat), model_(std::move(model)), created_at_(std::move(created_at)) {}

  void event(const chat::Event& event, std::string& to) override {
    for (const auto& delta : event.deltas) {
      if (delta.kind == Delta::Kind::text) line(delta.text, "", to);
      else take(delta);
    }
    if (event.finish != chat::Finish::none) finish_ = event.finish;
  }
  void end(const wire::Ending& ending, std::string& to) override {
    if (!calls_.empty()) line("", closed_calls(), to);
    begin(to, "", "");
    finish(ending, to);
    to += '\n';
  }
  void fail(const Error& error, std::string& to) override { (to += encode_native_error(NativeRoute::ollama_chat, error)) += '\n'; }
  std::string_view ping() const override { return ""; }
  void whole(const chat::Event& event, const wire::Ending& ending, std::string& to) override {
    std::string said;
    for (const auto& delta : event.deltas) {
      if (delta.kind == Delta::Kind::text) said += delta.text;
      else take(delta);
    }
    finish_ = event.finish;
    begin(to, said, calls_.empty() ? std::string() : closed_calls());
    finish(ending, to);
  }

 private:
  // What a call is given is an object here.
  void take(const Delta& delta) {
    if (delta.kind == Delta::Kind::tool_call) {
      calls_ += calls_.empty() ? "[" : "}},";
      ((calls_ += R"({"function":{"name":")") += delta.name) += R"(","arguments":)";
    } else if (delta.kind == Delta::Kind::arguments) {
      calls_ += json::unescaped(delta.text);
    }
  }
  std::string closed_calls() { return std::exchange(calls_, {}) + "}}]"; }

  void begin(std::string& to, std::string_view said, std::string_view calls) const {
    to += R"({"model":)";
    json::append_string(to, model_);
    ((to += R"(,"created_at":")") += created_at_) += '"';
    if (!chat_) {
      ((to += R"(,"response":")") += said) += '"';
      return;
    }
    ((to += R"(,"message":{"role":"assistant","content":")") += said) += '"';
    if (!calls.empty()) (to += R"(,"tool_calls":)") += calls;
    to += '}';
  }
  void line(std::string_view said, std::string_view calls, std::string& to) const {
    begin(to, said, calls);
    to += ",\"done\":false}\n";
  }
  void finish(const wire::Ending& ending, std::string& to) const {
    to += finish_ == chat::Finish::length ? R"(,"done":true,"done_reason":"length")" : R"(,"done":true,"done_reason":"stop")";
    const auto put = [&to](std::string_view name, std::int64_t value) { json::append_integer(to += name, value); };
    put(R"(,"total_duration":)", ending.elapsed.count());
    put(R"(,"load_duration":)", 0);
    put(R"(,"prompt_eval_count":)", ending.usage.prompt.value());
    put(R"(,"prompt_eval_duration":)", 0);
    put(R"(,"eval_count":)", ending.usage.completion.value());
    put(R"(,"eval_duration":)", ending.elapsed.count());
    to += '}';
  }

  const bool chat_;
  const std::string model_, created_at_;
  std::string calls_;  // so far, not closed
  chat::Finish finish_ = chat::Finish::stop;
};

class TgiEncoder final : public wire::Encoder {
 public:
  void event(const chat::Event& event, std::string& to) override {
    for (const auto& delta : event.deltas) {
      if (delta.kind != Delta::Kind::text) continue;
      flush(to, "");
      held_ = delta.text;
      text_ += delta.text;
      ++tokens_;
    }
    if (event.finish != chat::Finish::none) finish_ = event.finish;
  }
  // The last token carries the whole text.
  void end(const wire::Ending& ending, std::string& to) override { flush(to, details(ending)); }
  void fail(const Error& error, std::string& to) override { ((to += "data:") += encode_native_error(NativeRoute::tgi_stream, error)) += "\n\n"; }
  void whole(const chat::Event& event, const wire::Ending& ending, std::string& to) override {
    to += R"({"generated_text":")";
    for (const auto& delta : event.deltas)
      if (delta.kind == Delta::Kind::text) to += delta.text;
    finish_ = event.finish;
    tokens_ = ending.usage.completion.value();
    (to += R"(","details":)") += details(ending);
    to += '}';
  }

 private:
  void flush(std::string& to, const std::string& details) {
    if (tokens_ == 0) return;
    const auto put = [&to](std::string_view name, std::int64_t value) { json::append_integer(to += name, value); };
    put(R"(data:{"index":)", tokens_);
    put(R"(,"token":{"id":)", tokens_);
    ((to += R"(,"text":")") += held_) += R"(","logprob":0.0,"special":false},"generated_text":)";
    if (details.empty()) to += "null";
    else ((to += '"') += text_) += '"';
    ((to += R"(,"details":)") += details.empty() ? "null" : details) += "}\n\n";
  }
  std::string details(const wire::Ending& ending) const {
    std::string to = finish_ == chat::Finish::length ? R"({"finish_reason":"length","generated_tokens":)" : R"({"finish_reason":"eos_token","generated_tokens":)";
    json::append_integer(to, tokens_);
    to += R"(,"seed":null,"input_length":)";
    json::append_integer(to, ending.usage.prompt.value());
    return to += '}';
  }

  std::string held_, text_;
  std::int64_t tokens_ = 0;
  chat::Finish finish_ = chat::Finish::stop;
};

}  // namespace

std::optional<NativeRoute> native_route(Native native, std::string_view path) noexcept {
  for (const auto& row : rows)
    if (row.native == native && row.path == path) return row.route;
  return std::nullopt;
}

Result<chat::Chat> decode_native(NativeRoute route, const std::string& body) { return Reading(route, body).read(); }

std::unique_ptr<wire::Encoder> make_native_encoder(NativeRoute route, std::string model, std::int64_t created) {
  if (is_ollama(route)) return std::make_unique<OllamaEncoder>(route, std::move(model), rfc3339(created));
  return std::make_unique<TgiEncoder>();
}

std::string encode_native_error(NativeRoute route, const Error& error) {
  std::string to = R"({"error":)";
  json::append_string(to, error.what);
  if (!is_ollama(route)) to += error.status() == 429 || error.status() == 503 ? R"(,"error_type":"overloaded")" : R"(,"error_type":"validation")";
  return to += '}';
}

std::string_view native_stream_type(NativeRoute route) noexcept { return is_ollama(route) ? "application/x-ndjson" : "text/event-stream"; }

}  // namespace genai::sim
