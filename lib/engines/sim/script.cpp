#include "engines/sim/script.hpp"

#include <algorithm>

#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

constexpr std::string_view null_usage = R"(,"usage":null)";
constexpr std::string_view id_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr int id_size = 29;  // as OpenAI's

void append_id(std::string& to, std::uint64_t seed) {
  SeededRng rng(~seed);  // not the numbers of the text
  for (int i = 0; i < id_size; ++i) to += id_letters[rng.next() % id_letters.size()];
}

std::string head_of(bool stream, std::string_view model, Identity identity) {
  std::string head;
  head.reserve(192 + model.size());
  head += R"({"id":"chatcmpl-)";
  append_id(head, identity.seed);
  head += stream ? R"(","object":"chat.completion.chunk","created":)" : R"(","object":"chat.completion","created":)";
  json::append_integer(head, identity.created);
  head += R"(,"model":)";
  json::append_string(head, model);
  head += R"(,"system_fingerprint":"fp_genai_sim","choices":)";
  return head;
}

}  // namespace

Script::Script(const chat::Chat& chat, std::string_view model, bool usage, const Config& config, Identity identity)
    : prose_(SeededRng(identity.seed)),
      calls_(calls_asked_for(chat.body)),
      step_(chat.stream ? Step::role : Step::whole),
      usage_asked_(usage),
      capped_(calls_.empty() && chat.max_tokens && *chat.max_tokens < config.output_tokens),
      tokens_(capped_ ? chat.max_tokens->value() : calls_.empty() ? config.output_tokens.value() : 2 * static_cast<std::int64_t>(calls_.size())),
      head_(head_of(chat.stream, model, identity)) {
  usage_.prompt = chat.prompt_estimate;
  usage_.completion = Tokens(tokens_);
}

std::int64_t Script::due_tokens() const {
  switch (step_) {
    case Step::whole: return tokens_;
    case Step::role: return 1;
    case Step::content: return said_ + 1;
    case Step::call: return static_cast<std::int64_t>(called_) + 1;
    default: return 0;
  }
}

std::optional<chat::Event> Script::next() {
  switch (step_) {
    case Step::whole: step_ = Step::over; return whole();
    case Step::role:
      step_ = calls_.empty() ? Step::content : Step::call;
      if (!calls_.empty()) return chunk(R"({"role":"assistant","content":null,"refusal":null})", "", "", "null");
      return chunk(R"({"role":"assistant","content":")", "", R"(","refusal":null})", "null");
    case Step::content: {
      if (++said_ == tokens_) step_ = Step::finish;
      auto event = chunk(R"({"content":")", prose_.next(), R"("})", "null");
      event.token = event.visible = true;
      return event;
    }
    case Step::finish: {
      step_ = usage_asked_ ? Step::usage : Step::over;
      auto event = chunk("{}", "", "", finish_reason());
      event.finish = finish();
      return event;
    }
    case Step::call: return call_chunk();
    case Step::usage: step_ = Step::over; return usage_chunk();
    case Step::over: break;
  }
  return std::nullopt;
}

chat::Finish Script::finish() const {
  if (!calls_.empty()) return chat::Finish::tool_calls;
  return capped_ ? chat::Finish::length : chat::Finish::stop;
}

std::string_view Script::finish_reason() const {
  if (!calls_.empty()) return R"("tool_calls")";
  return capped_ ? R"("length")" : R"("stop")";
}

void Script::append_call(const Call& call, std::string_view arguments) {
  payload_ += R"("id":"call_)";
  payload_.append(head_, head_.find('-') + 1, id_size);
  payload_ += '_';
  json::append_integer(payload_, &call - calls_.data());
  (((payload_ += R"(","type":"function","function":{"name":")") += call.name) += R"(","arguments":")") += arguments;
  payload_ += R"("}})";
}

chat::Event Script::call_chunk() {
  const auto& call = calls_[called_ / 2];
  const bool begins = called_++ % 2 == 0;
  payload_.clear();
  payload_ += R"({"tool_calls":[{"index":)";
  json::append_integer(payload_, &call - calls_.data());
  payload_ += ',';
  if (begins) append_call(call, "");
  else ((payload_ += R"("function":{"arguments":")") += call.arguments) += R"("}})";
  payload_ += "]}";
  if (called_ == 2 * calls_.size()) step_ = Step::finish;
  const std::string delta = payload_;
  auto event = chunk(delta, "", "", "null");
  event.token = true;
  return event;
}

chat::Event Script::chunk(std::string_view delta, std::string_view text, std::string_view delta_end, std::string_view finish_reason) {
  payload_ = head_;
  (((payload_ += R"([{"index":0,"delta":)") += delta) += text) += delta_end;
  ((payload_ += R"(,"logprobs":null,"finish_reason":)") += finish_reason) += "}]";
  chat::Event event;
  if (usage_asked_) {
    event.usage_begin = payload_.size();
    payload_ += null_usage;
    event.usage_end = payload_.size();
  }
  payload_ += '}';
  event.payload = payload_;
  return event;
}

chat::Event Script::usage_chunk() {
  payload_ = head_;
  payload_ += "[]";
  chat::Event event;
  event.usage_begin = payload_.size();
  append_usage(payload_);
  event.usage_end = payload_.size();
  payload_ += '}';
  event.payload = payload_;
  event.usage = usage_;
  event.only_usage = true;
  return event;
}

chat::Event Script::whole() {
  payload_ = head_;
  payload_.reserve(payload_.size() + 512 + static_cast<std::size_t>(tokens_) * 8);
  if (calls_.empty()) {
    payload_ += R"([{"index":0,"message":{"role":"assistant","content":")";
    for (; said_ < tokens_; ++said_) payload_ += prose_.next();
    payload_ += R"(","refusal":null})";
  } else {
    payload_ += R"([{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[)";
    for (; called_ < calls_.size(); ++called_) {
      payload_ += called_ == 0 ? "{" : ",{";
      append_call(calls_[called_], calls_[called_].arguments);
    }
    payload_ += "]}";
  }
  ((payload_ += R"(,"logprobs":null,"finish_reason":)") += finish_reason()) += "}]";
  chat::Event event;
  event.usage_begin = payload_.size();
  append_usage(payload_);
  event.usage_end = payload_.size();
  payload_ += '}';
  event.payload = payload_;
  event.usage = usage_;
  event.whole = event.token = event.visible = true;
  event.finish = finish();
  return event;
}

void Script::append_usage(std::string& to) const {
  to += R"(,"usage":{"prompt_tokens":)";
  json::append_integer(to, usage_.prompt.value());
  to += R"(,"completion_tokens":)";
  json::append_integer(to, usage_.completion.value());
  to += R"(,"total_tokens":)";
  json::append_integer(to, (usage_.prompt + usage_.completion).value());
  to += R"(,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,)"
        R"("accepted_prediction_tokens":0,"rejected_prediction_tokens":0}})";
}

}  // namespace genai::sim
