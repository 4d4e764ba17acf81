#include "domain/wire/usage.hpp"

#include <algorithm>
#include <charconv>

namespace genai::wire {
namespace {

using json::Kind;

constexpr std::int64_t absurd = std::int64_t{1} << 40;  // tokens

// "12" of "12.0": an integer as languages write it that have no other numbers.
std::string_view without_fraction(std::string_view number) {
  const auto point = number.find('.');
  return point != number.npos && number.find_first_not_of('0', point + 1) == number.npos ? number.substr(0, point) : number;
}

std::optional<std::int64_t> sane(std::optional<std::string_view> number) {
  std::int64_t value = 0;
  if (!number) return std::nullopt;
  number = without_fraction(*number);
  const auto [stop, failed] = std::from_chars(number->data(), number->data() + number->size(), value);
  if (failed != std::errc() || stop != number->data() + number->size() || value < 0 || value > absurd) return std::nullopt;
  return value;
}

// A count that may be left out: null says nothing, anything else that is no count breaks the report.
void take(json::Reader& in, std::optional<std::int64_t>& into, bool& is_broken) {
  if (in.kind() == Kind::null) return in.skip();
  const auto count = sane(in.number());
  if (count) into = count;
  is_broken |= !count;
}

// Details never break a report: what is no count is 0.
std::int64_t lenient(json::Reader& in) { return sane(in.number()).value_or(0); }

// A JSON number as money, exactly, rounded up to nano-USD. Nothing for what is negative or beyond a million USD.
std::optional<NanoUsd> usd(std::optional<std::string_view> number) {
  constexpr std::int64_t most = 1'000'000'000'000'000;  // nano-USD
  constexpr int nano = 9;
  if (!number || number->starts_with('-')) return std::nullopt;
  std::int64_t digits = 0;
  int scale = 0;  // the number is digits * 10^scale
  bool behind_point = false, rest = false;
  std::size_t at = 0;
  for (; at < number->size() && (*number)[at] != 'e' && (*number)[at] != 'E'; ++at) {
    const char c = (*number)[at];
    if (c == '.') {
      behind_point = true;
    } else if (digits < most) {
      digits = digits * 10 + (c - '0');
      scale -= behind_point ? 1 : 0;
    } else {  // beyond what counts
      rest |= c != '0';
      scale += behind_point ? 0 : 1;
    }
  }
  if (at < number->size()) {
    int exponent = 0;
    const char* from = number->data() + at + 1;
    if (*from == '+') ++from;
    if (std::from_chars(from, number->data() + number->size(), exponent).ec != std::errc()) return std::nullopt;
    if (exponent > 100 || exponent < -100) return digits == 0 ? std::optional(NanoUsd{0}) : std::nullopt;
    scale += exponent;
  }
  if (digits == 0) return NanoUsd{0};
  for (scale += nano; scale < 0; ++scale) {
    rest |= digits % 10 != 0;
    digits /= 10;
  }
  for (; scale > 0 && digits <= most; --scale) digits *= 10;
  if (scale > 0 || digits > most) return std::nullopt;
  return NanoUsd{digits + (rest ? 1 : 0)};
}

struct Details {
  std::int64_t cached = 0, written = 0, audio = 0, reasoning = 0;
};

Details read_details(json::Reader& in) {
  Details details;
  if (!in.enter_object()) return details;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "cached_tokens") details.cached = lenient(in);
    else if (key == "cache_write_tokens" || key == "cache_creation_tokens") details.written = lenient(in);
    else if (key == "audio_tokens") details.audio = lenient(in);
    else if (key == "reasoning_tokens") details.reasoning = lenient(in);
    else in.skip();
  }
  return details;
}

Tokens part(std::int64_t of, std::int64_t whole) { return Tokens(std::min(of, whole)); }

// Gemini's list of {"modality", "tokenCount"}: the tokens of audio.
std::int64_t read_audio(json::Reader& in) {
  std::int64_t audio = 0;
  if (!in.enter_array()) return 0;
  while (in.next_element()) {
    std::int64_t count = 0;
    bool is_audio = false;
    std::string_view key;
    if (!in.enter_object()) continue;
    while (in.next_member(key)) {
      if (key == "tokenCount") count = lenient(in);
      else if (key == "modality") {
        const auto text = in.string();
        is_audio = text && text->raw == "AUDIO";
      } else in.skip();
    }
    if (is_audio) audio = std::min(audio + count, absurd);
  }
  return audio;
}

// What OpenAI's two reports have in common.
struct OpenAiReport {
  std::optional<std::int64_t> prompt, completion, total;
  std::optional<NanoUsd> charged;
  Details of_prompt, of_completion;

  // xAI's total says that its thoughts stand beside the completion, not in it.
  void gather() {
    const auto thoughts = of_completion.reasoning;
    if (prompt && completion && total && thoughts > 0 && *total == *prompt + *completion + thoughts) *completion += thoughts;
  }

  std::optional<chat::Usage> usage() {
    if (!prompt || !completion) return std::nullopt;
    gather();
    chat::Usage usage{Tokens(*prompt), Tokens(*completion), part(of_prompt.cached, *prompt), part(of_completion.reasoning, *completion), false};
    usage.cache_write_5m = part(of_prompt.written, *prompt);
    usage.audio_prompt = part(of_prompt.audio, *prompt);
    usage.audio_completion = part(of_completion.audio, *completion);
    usage.charged = charged;
    return usage;
  }
};

// Of Bedrock's cacheDetails, [{"ttl":"1h","inputTokens":N}, ...]: what was written for an hour.
std::int64_t read_hour(json::Reader& in) {
  std::int64_t hour = 0;
  if (!in.enter_array()) return hour;
  while (in.next_element()) {
    std::int64_t count = 0;
    bool is_hour = false;
    std::string_view key;
    if (!in.enter_object()) continue;
    while (in.next_member(key)) {
      if (key == "ttl") is_hour = in.string().value_or(json::Text()).raw == "1h";
      else if (key == "inputTokens") count = lenient(in);
      else in.skip();
    }
    if (is_hour) hour += count;
  }
  return hour;
}

}  // namespace

std::optional<std::int64_t> read_count(json::Reader& in) { return sane(in.number()); }

std::optional<chat::Usage> read_openai_usage(json::Reader& in, Completion completion) {
  OpenAiReport report;
  if (completion == Completion::none) report.completion = 0;
  std::int64_t hit = 0;
  if (!in.enter_object()) return std::nullopt;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "prompt_tokens") report.prompt = sane(in.number());
    else if (key == "completion_tokens") report.completion = sane(in.number());
    else if (key == "prompt_tokens_details") report.of_prompt = read_details(in);
    else if (key == "completion_tokens_details") report.of_completion = read_details(in);
    else if (key == "total_tokens") report.total = sane(in.number());
    else if (key == "prompt_cache_hit_tokens" || key == "cached_tokens") hit = std::max(hit, lenient(in));
    else if (key == "cost") report.charged = usd(in.number());
    else in.skip();
  }
  report.of_prompt.cached = std::max(report.of_prompt.cached, hit);
  return report.usage();
}

std::optional<chat::Usage> read_responses_usage(json::Reader& in) {
  OpenAiReport report;
  if (!in.enter_object()) return std::nullopt;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "input_tokens") report.prompt = sane(in.number());
    else if (key == "output_tokens") report.completion = sane(in.number());
    else if (key == "input_tokens_details") report.of_prompt = read_details(in);
    else if (key == "output_tokens_details") report.of_completion = read_details(in);
    else if (key == "cost") report.charged = usd(in.number());
    else in.skip();
  }
  return report.usage();
}

void AnthropicUsage::read(json::Reader& in) {
  if (!in.enter_object()) return;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "input_tokens") take(in, input_, is_broken_);
    else if (key == "output_tokens") take(in, output_, is_broken_);
    else if (key == "cache_read_input_tokens") take(in, read_, is_broken_);
    else if (key == "cache_creation_input_tokens") take(in, created_, is_broken_);
    else if (key == "cache_creation") read_creation(in);
    else in.skip();
  }
}

void AnthropicUsage::read_creation(json::Reader& in) {
  if (!in.enter_object()) return;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "ephemeral_5m_input_tokens") take(in, created_5m_, is_broken_);
    else if (key == "ephemeral_1h_input_tokens") take(in, created_1h_, is_broken_);
    else in.skip();
  }
}

std::optional<chat::Usage> AnthropicUsage::usage() const {
  if (is_broken_ || !input_ || !output_) return std::nullopt;
  const auto hour = created_1h_.value_or(0);
  const auto created = std::max(created_.value_or(0), created_5m_.value_or(0) + hour);  // what has no duration was written for five minutes
  chat::Usage usage;
  usage.cached = Tokens(read_.value_or(0));
  usage.cache_write_1h = Tokens(hour);
  usage.cache_write_5m = Tokens(created - hour);
  usage.prompt = Tokens(*input_ + created) + usage.cached;
  usage.completion = Tokens(*output_);
  return usage;
}

std::optional<chat::Usage> read_gemini_usage(json::Reader& in) {
  std::optional<std::int64_t> prompt, tools, answer, thoughts, cached;
  std::int64_t audio = 0, cached_audio = 0, spoken = 0;
  bool is_broken = false;
  if (!in.enter_object()) return std::nullopt;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "promptTokenCount") take(in, prompt, is_broken);
    else if (key == "toolUsePromptTokenCount") take(in, tools, is_broken);
    else if (key == "candidatesTokenCount") take(in, answer, is_broken);
    else if (key == "thoughtsTokenCount") take(in, thoughts, is_broken);
    else if (key == "cachedContentTokenCount") take(in, cached, is_broken);
    else if (key == "promptTokensDetails") audio = read_audio(in);
    else if (key == "cacheTokensDetails") cached_audio = read_audio(in);
    else if (key == "candidatesTokensDetails") spoken = read_audio(in);
    else in.skip();
  }
  if (is_broken || !prompt) return std::nullopt;
  const auto all_prompt = *prompt + tools.value_or(0), all_answer = answer.value_or(0) + thoughts.value_or(0);
  chat::Usage usage{Tokens(all_prompt), Tokens(all_answer), part(cached.value_or(0), all_prompt), Tokens(thoughts.value_or(0)), false};
  usage.audio_prompt = part(std::max<std::int64_t>(0, audio - cached_audio), all_prompt);
  usage.audio_completion = part(spoken, answer.value_or(0));
  return usage;
}

std::optional<chat::Usage> read_converse_usage(json::Reader& in) {
  std::optional<std::int64_t> input, output, read, written;
  std::int64_t hour = 0;
  bool is_broken = false;
  if (!in.enter_object()) return std::nullopt;
  std::string_view key;
  while (in.next_member(key)) {
    if (key == "inputTokens") take(in, input, is_broken);
    else if (key == "outputTokens") take(in, output, is_broken);
    else if (key == "cacheReadInputTokens") take(in, read, is_broken);
    else if (key == "cacheWriteInputTokens") take(in, written, is_broken);
    else if (key == "cacheDetails") hour = read_hour(in);
    else in.skip();
  }
  if (is_broken || !input || !output) return std::nullopt;
  chat::Usage usage;
  usage.cached = Tokens(read.value_or(0));
  usage.cache_write_1h = Tokens(std::min(hour, written.value_or(0)));
  usage.cache_write_5m = Tokens(written.value_or(0)) - usage.cache_write_1h;
  usage.prompt = Tokens(*input + written.value_or(0)) + usage.cached;
  usage.completion = Tokens(*output);
  return usage;
}

TgiDetails read_tgi_details(json::Reader& in) {
  TgiDetails details;
  std::optional<std::int64_t> generated, length;
  std::int64_t read = 0;  // token by token
  std::string_view key;
  if (!in.enter_object()) return details;
  while (in.next_member(key)) {
    if (key == "finish_reason") {
      const auto text = in.string();
      if (text) details.finish_reason = text->raw;
    } else if (key == "generated_tokens") {
      generated = sane(in.number());
    } else if (key == "input_length") {
      length = sane(in.number());
    } else if (key == "prefill" && in.enter_array()) {
      for (; in.next_element(); ++read) in.skip();
    } else if (key != "prefill") {
      in.skip();
    }
  }
  if (!length && read > 0) length = read;
  if (generated && length) details.usage = chat::Usage{Tokens(*length), Tokens(*generated), Tokens{0}, Tokens{0}, false};
  return details;
}

}  // namespace genai::wire
