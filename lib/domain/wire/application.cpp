#include "domain/wire/application.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "domain/wire/event_stream.hpp"
#include "domain/wire/openai.hpp"
#include "domain/wire/request_reader.hpp"
#include "domain/wire/shipped_prompts.hpp"
#include "platform/json/writer.hpp"
#include "platform/text/nearest.hpp"

namespace genai::wire::application {
namespace {

using chat::Delta;
using json::Kind;

struct Row {
  std::string_view path;
  std::string_view text;                       // the field of what is asked
  std::array<std::string_view, 3> fields;      // the others
  std::string_view usual_temperature;
  Limits limits;
};

constexpr Limits limits(std::int64_t most_characters, std::int64_t most_texts, std::optional<std::int64_t> usual_tokens, std::int64_t least_characters = 1) {
  return {least_characters, most_characters, most_texts, 4'000, usual_tokens, std::chrono::seconds(30)};
}

constexpr std::array<Row, routes> rows{{{"/api/generate", "prompt", {"options"}, "", limits(4'000, 1, {})},
                                        {"/api/batch-generate", "prompts", {"options"}, "", limits(4'000, 10, {})},
                                        {"/batch-process", "", {}, "", limits(4'000, 10, {})},
                                        {"/api/chat", "query", {"user_id", "max_tokens"}, "", limits(5'000, 1, 150)},
                                        {"/chat", "message", {"temperature"}, "0.7", limits(4'000, 1, {})},
                                        {"/generate", "prompt", {"stream", "max_tokens"}, "", limits(10'000, 1, 1'000)},
                                        {"/summarize", "text", {"length"}, "", limits(10'000, 1, {}, 10)}}};

const Row& row(Route route) { return rows[static_cast<std::size_t>(route)]; }

struct Length {
  std::string_view name;
  std::string_view means;
};
constexpr std::array<Length, 3> lengths{{{"short", "one or two sentences"}, {"medium", "one paragraph"}, {"long", "three to five paragraphs"}}};

std::int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

class Reading : RequestReader {
 public:
  Reading(Route route, const Config& config, std::string_view body)
      : RequestReader(body), route_(route), row_(row(route)), limits_(config.limits[static_cast<std::size_t>(route)]), config_(config) {
    max_tokens_ = limits_.usual_tokens;
    temperature_ = row_.usual_temperature;
  }

  Result<std::vector<chat::Chat>> read() {
    if (route_ == Route::batch_process) {
      if (in_.kind() != Kind::array) wrong(Code::invalid_value, "body", "must be an array of texts");
      read_texts("body");
    } else {
      if (Error failure; !enter_body(failure)) return failure;
      std::string_view name;
      while (in_.next_member(name)) member(name);
      if (!has_text_) wrong(Code::missing_field, row_.text, "is required");
    }
    if (!in_.end()) return in_.error();
    if (wrong_) return std::move(*wrong_);
    return chats();
  }

 private:
  void member(std::string_view name) {
    if (name == row_.text) return is_batch(route_) ? read_texts(name) : read_text(name);
    if (is_forbidden(name)) return refuse(name);
    if (std::find(row_.fields.begin(), row_.fields.end(), name) == row_.fields.end()) return unknown(name);
    field(name);
  }

  void field(std::string_view name) {
    if (name == "options") read_options(name);
    else if (name == "temperature") read_temperature(name);
    else if (name == "max_tokens") read_max_tokens(name);
    else if (name == "stream") stream_ = boolean(name).value_or(false);
    else if (name == "user_id") read_user_id(name);
    else if (name == "length") read_length(name);
    else in_.skip();
  }

  void unknown(std::string_view name) {
    in_.skip();
    std::vector<std::string_view> known(row_.fields.begin(), row_.fields.end());
    known.push_back(row_.text);
    const auto near = text::nearest(name, known);
    wrong(name, near && !near->empty() ? "is no field of this request; did you mean '" + std::string(*near) + "'?" : std::string("is no field of this request"));
  }

  void read_options(std::string_view name) {
    if (skipped_null()) return;
    if (!in_.enter_object()) return wrong(name, "must be an object");
    const Path::Step at(path_, name);
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "model") model_ = text(key).value_or("");
      else if (key == "requireAdvanced") advanced_ = boolean(key).value_or(false);
      else if (key == "temperature") read_temperature(key);
      else if (key == "max_tokens") read_max_tokens(key);
      else if (is_forbidden(key)) refuse(key);
      else in_.skip(), wrong(key, "is no option of this request");
    }
  }

  void read_temperature(std::string_view name) {
    if (const auto value = number(name, 0, 2, "must be a number from 0 to 2"); !value.empty()) temperature_ = value;
  }
  void read_max_tokens(std::string_view name) {
    if (const auto value = integer(name, 1, limits_.most_tokens, fmt::format("must be an integer from 1 to {}", limits_.most_tokens))) max_tokens_ = value;
  }
  void read_user_id(std::string_view name) {
    user_ = text(name).value_or("");
    if (has_control(user_)) wrong(name, "must not contain control characters");
  }
  void read_length(std::string_view name) {
    const auto word = text(name).value_or("medium");
    const auto* const known = std::find_if(lengths.begin(), lengths.end(), [&](const Length& length) { return length.name == word; });
    if (known == lengths.end()) return wrong(name, "must be short, medium or long");
    length_ = known->means;
  }

  void read_text(std::string_view name) {
    has_text_ = true;
    if (in_.kind() == Kind::null) return in_.skip(), wrong(name, "must be a string");
    auto value = text(name);
    if (!value) return;
    const auto size = code_points(*value);
    const bool blank = value->find_first_not_of(" \t\r\n") == value->npos;
    if (size < limits_.least_characters || size > limits_.most_characters)
      wrong(name, fmt::format("must have {} to {} characters; it has {}", limits_.least_characters, limits_.most_characters, size));
    else if (blank) wrong(name, "must not be blank");
    texts_.push_back(*std::move(value));
  }

  void read_texts(std::string_view name) {
    has_text_ = true;
    if (!in_.enter_array()) return wrong(name, "must be an array of texts");
    const Path::Step in_list(path_, name);
    std::int64_t count = 0;
    for (; in_.next_element(); ++count) {
      const Path::Step at(path_, static_cast<std::size_t>(count));
      if (count < limits_.most_texts) read_text("");
      else in_.skip();
    }
    if (count < 1 || count > limits_.most_texts) wrong("", fmt::format("must have 1 to {} elements; it has {}", limits_.most_texts, count));
  }

  Result<std::vector<chat::Chat>> chats() {
    std::vector<chat::Chat> chats;
    for (const auto& text : texts_) {
      auto chat = openai::decode_chat(body_of(text), chat::Dialect::chat_completions);
      if (!chat) return chat.error();
      chat->dialect = chat::Dialect::application;
      chat->user = user_;
      chat->time_limit = limits_.time_limit;
      chats.push_back(std::move(*chat));
    }
    return chats;
  }

  std::string body_of(std::string_view text) const {
    std::string to = R"({"model":)";
    json::append_string(to, !model_.empty() ? model_ : advanced_ && !config_.advanced_model.empty() ? config_.advanced_model : config_.model);
    to += R"(,"messages":[)";
    if (route_ == Route::summarize) append_instruction(to);
    to += R"({"role":"user","content":)";
    json::append_string(to, text);
    to += "}]";
    if (max_tokens_) to += fmt::format(R"(,"max_tokens":{})", *max_tokens_);
    if (!temperature_.empty()) (to += R"(,"temperature":)") += temperature_;
    if (stream_) to += R"(,"stream":true)";
    return to += '}';
  }

  void append_instruction(std::string& to) const {
    constexpr std::string_view place = "{length}";
    const auto file = summarize_prompt();
    const auto at = file.find(place);
    std::string prompt(file.substr(0, at));
    (prompt += length_) += file.substr(at + place.size());
    while (prompt.ends_with('\n')) prompt.pop_back();
    to += R"({"role":"system","content":)";
    json::append_string(to, prompt);
    to += "},";
  }

  const Route route_;
  const Row& row_;
  const Limits& limits_;
  const Config& config_;
  std::vector<std::string> texts_;
  std::string model_, temperature_, user_;
  std::string_view length_ = lengths[1].means;
  std::optional<std::int64_t> max_tokens_;
  bool has_text_ = false;
  bool advanced_ = false;
  bool stream_ = false;
};

void append_text(std::string& to, std::span<const Delta> deltas) {
  for (const auto& delta : deltas)
    if (delta.kind == Delta::Kind::text || delta.kind == Delta::Kind::refusal) to += delta.text;
}

class ApplicationEncoder final : public Encoder {
 public:
  ApplicationEncoder(Route route, Identity identity) : route_(route), identity_(std::move(identity)) {}

  void event(const chat::Event& event, std::string& to) override {
    std::string escaped;
    append_text(escaped, event.deltas);
    if (!escaped.empty()) append_event(to, json::unescaped(escaped));
  }
  void end(const Ending&, std::string& to) override { append_event(to, "[DONE]"); }
  void fail(const Error& error, std::string& to) override {
    append_event(to, "error", encode_error(error, WallTime(std::chrono::seconds(identity_.created))));
  }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    std::string text = "\"";
    append_text(text, event.deltas);
    text += '"';
    const auto all = (ending.usage.prompt + ending.usage.completion).value();
    std::string model;
    json::append_string(model, identity_.model);
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(ending.elapsed).count();
    switch (route_) {
      case Route::api_generate:
      case Route::api_batch_generate:
      case Route::batch_process: to += fmt::format(R"({{"text":{},"tokens":{},"model":{},"from_cache":false}})", text, all, model); break;
      case Route::api_chat: to += fmt::format(R"({{"response":{},"tokens_used":{},"latency_ms":{}}})", text, all, milliseconds); break;
      case Route::chat: to += fmt::format(R"({{"response":{},"tokens_used":{},"from_cache":false}})", text, all); break;
      case Route::generate:
        to += fmt::format(R"({{"response":{},"usage":{{"input_tokens":{},"output_tokens":{}}}}})", text, ending.usage.prompt.value(), ending.usage.completion.value());
        break;
      case Route::summarize: to += fmt::format(R"({{"summary":{},"tokens_used":{}}})", text, all); break;
    }
  }

 private:
  const Route route_;
  const Identity identity_;
};

}  // namespace

std::string_view path(Route route) noexcept { return row(route).path; }
const Limits& usual_limits(Route route) noexcept { return row(route).limits; }

Config usual_config() {
  Config config;
  for (std::size_t i = 0; i < routes; ++i) config.limits[i] = rows[i].limits;
  return config;
}

Result<std::vector<chat::Chat>> decode(Route route, const Config& config, std::string_view body) { return Reading(route, config, body).read(); }

std::unique_ptr<Encoder> make_encoder(Route route, Identity identity) { return std::make_unique<ApplicationEncoder>(route, std::move(identity)); }

std::string encode_error(const Error& error, WallTime now) {
  std::string to = R"({"error":)";
  json::append_string(to, error.what);
  to += R"(,"type":)";
  json::append_string(to, genai::row(error.code).name);
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
  return to += fmt::format(R"(,"timestamp":"{:%FT%T}.{:03}Z"}})", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::time_point(seconds.time_since_epoch()))), milliseconds);
}

}  // namespace genai::wire::application
