#include "engines/estimate/requests.hpp"

#include <algorithm>
#include <cstring>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::estimate {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

// The whole text is a JSON object; its members go to `each` as (key, raw value).
Result<void> for_each_member(std::string_view text, const std::function<void(std::string_view key, std::string_view value)>& each) {
  json::Reader in(text);
  if (in.kind() != json::Kind::object && !in.failed()) return Error{Code::expected_object, "expected a JSON object", {}};
  in.enter_object();
  std::string_view key;
  while (in.next_member(key)) {
    const auto name = std::string(key);
    const auto begin = in.at();
    in.skip();
    if (!in.failed()) each(name, text.substr(begin, in.behind() - begin));
  }
  if (!in.end()) return in.failed() ? in.error() : Error{Code::invalid_json, "there is something behind the object", {}};
  return {};
}

struct Body {
  std::string_view text, messages, tools;
};

// A chat body, or that of a batch line.
Result<Body> read_body(std::string_view text) {
  Body body{text, {}, {}};
  std::string_view inner;
  const auto read = for_each_member(text, [&](std::string_view key, std::string_view value) {
    if (key == "messages") body.messages = value;
    else if (key == "tools") body.tools = value;
    else if (key == "body") inner = value;
  });
  if (!read) return read.error();
  if (body.messages.empty() && inner.starts_with('{')) return read_body(inner);
  if (!body.messages.starts_with('[')) return Error{Code::missing_field, "'messages' is missing: expected a chat request, or a batch line with one as 'body'", "messages"};
  return body;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> result;
  json::Reader in(array);
  in.enter_array();
  while (in.next_element()) {
    const auto begin = in.at();
    in.skip();
    result.push_back(array.substr(begin, in.behind() - begin));
  }
  return result;
}

bool is_answer(std::string_view message) {
  bool result = false;
  const auto read = for_each_member(message, [&](std::string_view key, std::string_view value) { result |= key == "role" && value == "\"assistant\""; });
  return read && result;
}

std::string with_messages(std::string_view messages, std::string_view tools = {}) {
  std::string body = "{\"messages\":[";
  body.append(messages).append("]");
  if (!tools.empty()) body.append(",\"tools\":").append(tools);
  return body += '}';
}

Bounds& operator+=(Bounds& sum, const Bounds& more) {
  sum.likely += more.likely;
  sum.least += more.least;
  sum.most += more.most;
  return sum;
}

// a - b, never below zero: bounds are rounded apart.
Bounds without(const Bounds& a, const Bounds& b) {
  const auto difference = [](Tokens x, Tokens y) { return std::max(x - y, Tokens{0}); };
  return {difference(a.likely, b.likely), difference(a.least, b.least), difference(a.most, b.most)};
}

Counted counted(const Bounds& prompt, const Bounds& answer) {
  const auto usage = [](Tokens in, Tokens out) {
    chat::Usage result;
    result.prompt = in;
    result.completion = out;
    return result;
  };
  return {usage(prompt.likely, answer.likely), usage(prompt.least, answer.least), usage(prompt.most, answer.most)};
}

Bounds exactly(Tokens tokens) { return {tokens, tokens, tokens}; }

}  // namespace

Result<void> for_each_line(const Pull& pull, std::string_view file, const EachLine& each) {
  const auto refuse = [&](std::size_t number, const char* what) {
    return Error{Code::invalid_value, std::string(file) + ":" + std::to_string(number) + ": " + what, {}};
  };
  std::string held;  // the beginning of a line whose end has not come yet
  std::string chunk(chunk_bytes, '\0');
  std::size_t number = 1;
  const auto hand_out = [&](std::string_view line) -> Result<void> {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    return line.find_first_not_of(" \t") == line.npos ? Result<void>() : each(line, number);
  };
  for (;;) {
    const auto got = pull(chunk);
    if (!got) return got.error();
    if (*got == 0) break;
    std::string_view bytes(chunk.data(), *got);
    if (std::memchr(bytes.data(), 0, bytes.size()) != nullptr) return Error{Code::invalid_value, std::string(file) + " is a binary file, not lines of JSON", {}};
    for (auto end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
      if (held.size() + end > max_line_bytes) return refuse(number, "a line of more than 64 MiB");
      const bool is_whole = held.empty();
      if (!is_whole) held.append(bytes.substr(0, end));
      if (auto done = hand_out(is_whole ? bytes.substr(0, end) : std::string_view(held)); !done) return done;
      held.clear();
      bytes.remove_prefix(end + 1);
      ++number;
    }
    if (held.size() + bytes.size() > max_line_bytes) return refuse(number, "a line of more than 64 MiB");
    held.append(bytes);
  }
  return held.empty() ? Result<void>() : hand_out(held);
}

Result<void> Sampler::add(std::string_view body, Tokens output) {
  const ChatCounter* counter = nullptr;
  Bounds prompt;
  for (auto& model : models_) {
    if (model.counter.get() != counter) {
      counter = model.counter.get();
      const auto count = counter->count(body);
      if (!count) return count.error();
      prompt = *count;
    }
    if (auto added = add_served(model.cost, counted(prompt, exactly(output)), 1, serving_); !added) return added;
  }
  return {};
}

Result<void> Sampler::add_request(std::string_view json) {
  const auto body = read_body(json);
  return body ? add(body->text, output_) : Result<void>(body.error());
}

Result<void> Sampler::add_prompt(std::string_view text) {
  std::string message = "{\"role\":\"user\",\"content\":";
  json::append_string(message, text);
  return add(with_messages(message + "}"), output_);
}

struct Sampler::Conversation {
  std::vector<std::string_view> messages;
  std::vector<bool> is_answer;
  std::string_view tools;
};

Result<void> Sampler::add_conversation(std::string_view json) {
  const auto body = read_body(json);
  if (!body) return body.error();
  Conversation conversation{elements(body->messages), {}, body->tools};
  for (const auto message : conversation.messages) conversation.is_answer.push_back(is_answer(message));
  if (conversation.messages.empty()) return Error{Code::invalid_value, "'messages' is empty", "messages"};
  for (auto& model : models_)
    if (auto added = add_turns(model, conversation); !added) return added;
  return {};
}

// Tokens of messages add up, but for what every request has once: it is what two equal messages together lack against twice one. So each
// message is counted once, however long the conversation.
Result<void> Sampler::add_turns(Model& model, const Conversation& conversation) {
  const auto& count = model.counter->count;
  const std::string empty = R"({"role":"assistant","content":""})";
  const auto one = count(with_messages(empty)), two = count(with_messages(empty + "," + empty));
  if (!one) return one.error();
  if (!two) return two.error();
  Bounds twice = *one;
  twice += *one;
  const auto once = without(twice, *two);
  Bounds prompt = once;
  if (!conversation.tools.empty()) {
    const auto with_tools = count(with_messages(empty, conversation.tools));
    if (!with_tools) return with_tools.error();
    prompt += without(*with_tools, *one);
  }
  bool is_asked = false;  // something stands behind the last answer
  for (std::size_t i = 0; i < conversation.messages.size(); ++i) {
    const auto alone = count(with_messages(conversation.messages[i]));
    if (!alone) return alone.error();
    if (conversation.is_answer[i] && i > 0)
      if (auto added = add_served(model.cost, counted(prompt, without(*alone, *one)), 1, serving_); !added) return added;
    is_asked = !conversation.is_answer[i];
    prompt += without(*alone, once);
  }
  return is_asked ? add_served(model.cost, counted(prompt, exactly(output_)), 1, serving_) : Result<void>();
}

}  // namespace genai::estimate
