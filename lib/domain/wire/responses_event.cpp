// Reading what an upstream answers in the dialect of responses: response objects, events of a stream, errors inside of them.
//
// A stream says everything twice: in deltas, and again in the items that they make up. The deltas count; of an item only that is taken which
// no delta said, for servers that leave deltas out. The call's name comes with output_item.added, its proof of reasoning with output_item.done.
#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "domain/wire/openai.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/responses.hpp"
#include "domain/wire/usage.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::responses {
namespace {

using Kind = chat::Delta::Kind;

constexpr std::size_t most_items = 4096;  // in one answer
constexpr std::string_view between_parts = R"(\n\n)";  // of reasoning

// Deltas of tools that run at the provider: they say something, but nothing that can be translated.
constexpr std::array<std::string_view, 3> foreign_deltas{"response.custom_tool_call_input.delta", "response.mcp_call_arguments.delta",
                                                         "response.code_interpreter_call_code.delta"};

// The status that belongs to an error's code; 0: not known.
int status_of(std::string_view code) {
  const auto has = [code](std::string_view part) { return code.find(part) != code.npos; };
  if (has("rate_limit") || has("insufficient_quota") || has("too_many_requests")) return 429;
  if (has("overloaded") || has("unavailable")) return 503;
  if (has("authentication") || has("permission") || has("api_key")) return 401;
  if (code.starts_with("invalid_") || has("image") || has("context_length") || has("not_found")) return 400;
  return 0;
}

// `error`: the value of a member `error`, or an error event itself.
Error error_of(std::string_view error) {
  json::Reader in(error, json::Manner::lenient);
  int status = 0;
  std::string_view key;
  if (in.enter_object()) {
    while (in.next_member(key)) {
      if (key != "code") in.skip();
      else if (const auto code = in.string()) status = status_of(code->raw);
    }
  }
  if (status != 0) return openai::decode_error(status, R"({"error":)" + std::string(error) + "}");
  json::Reader again(error, json::Manner::lenient);
  return openai::read_embedded_error(again);
}

// What is known of an item of the stream.
struct Item {
  std::int64_t index = 0;
  std::int64_t part = 0;  // of reasoning, that spoke last
  int call = -1;          // announced as this call
  bool said_text = false, said_arguments = false, said_reasoning = false;
};

struct Said {
  Kind kind;
  json::Text text;
};

// An item as an event or a response shows it.
struct ShownItem {
  bool there = false;
  std::string_view type, call_id, encrypted;
  std::optional<json::Text> name, arguments;
  std::vector<Said> said;
};

// The parts of a response object that are read.
struct ShownResponse {
  std::string_view status, incomplete_reason, service_tier, error;  // error: its JSON, empty when there is none
  std::optional<chat::Usage> usage;
  bool has_output = false;
};

// An event's members.
struct Shown {
  std::string_view type, error;
  std::optional<json::Text> delta, arguments;
  std::int64_t output_index = -1, part = 0;
  ShownItem item;
  ShownResponse response;
};

// Reads what is there; nothing is decided here, for members come in any order. Duplicate keys pass: the payload is handed on as it is.
class ShownReader {
 public:
  explicit ShownReader(std::string_view payload) : in_(payload, json::Manner::lenient), payload_(payload) {}

  // False: not one JSON object.
  bool read_event(Shown& to) {
    if (!in_.enter_object()) return false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") to.type = raw();
      else if (key == "delta") to.delta = in_.string();
      else if (key == "arguments") to.arguments = in_.string();
      else if (key == "output_index") to.output_index = integer();
      else if (key == "summary_index" || key == "content_index") to.part = integer();
      else if (key == "item") read_item(to.item);
      else if (key == "response") (void)read_members(to.response, nullptr);
      else if (key == "error") to.error = value();
      else in_.skip();
    }
    return in_.end();
  }

  bool read_response(ShownResponse& to, std::vector<ShownItem>& output) { return read_members(to, &output) && in_.end(); }

  Error broken() const { return no_object(in_); }

 private:
  std::string_view raw() {
    const auto text = in_.string();
    return text ? text->raw : std::string_view();
  }

  std::int64_t integer() {
    std::int64_t value = -1;
    if (const auto digits = in_.number()) std::from_chars(digits->data(), digits->data() + digits->size(), value);
    return value;
  }

  // The JSON of the next value; empty for null.
  std::string_view value() {
    const bool null = in_.kind() == json::Kind::null;
    const std::size_t begin = in_.at();
    in_.skip();
    return null || in_.failed() ? std::string_view() : payload_.substr(begin, in_.behind() - begin);
  }

  bool read_members(ShownResponse& to, std::vector<ShownItem>* output) {
    if (!in_.enter_object()) return false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "status") to.status = raw();
      else if (key == "usage") to.usage = read_responses_usage(in_);
      else if (key == "service_tier") to.service_tier = raw();
      else if (key == "error") to.error = value();
      else if (key == "incomplete_details") read_incomplete(to);
      else if (key == "output" && output != nullptr) to.has_output |= read_output(*output);
      else in_.skip();
    }
    return true;
  }

  void read_incomplete(ShownResponse& to) {
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "reason") to.incomplete_reason = raw();
      else in_.skip();
    }
  }

  bool read_output(std::vector<ShownItem>& output) {
    if (!in_.enter_array()) return false;
    while (in_.next_element()) read_item(output.emplace_back());
    return true;
  }

  void read_item(ShownItem& to) {
    to.there = in_.kind() == json::Kind::object;
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") to.type = raw();
      else if (key == "call_id") to.call_id = raw();
      else if (key == "name") to.name = in_.string();
      else if (key == "arguments") to.arguments = in_.string();
      else if (key == "encrypted_content") to.encrypted = raw();
      else if (key == "content" || key == "summary") read_parts(to);
      else in_.skip();
    }
  }

  void read_parts(ShownItem& to) {
    if (!in_.enter_array()) return;
    std::string_view key, type;
    while (in_.next_element()) {
      std::optional<json::Text> text;
      if (!in_.enter_object()) continue;
      while (in_.next_member(key)) {
        if (key == "type") type = raw();
        else if (key == "text" || key == "refusal") text = in_.string();
        else in_.skip();
      }
      if (!text) continue;
      if (type == "output_text") to.said.push_back({Kind::text, *text});
      else if (type == "refusal") to.said.push_back({Kind::refusal, *text});
      else if (type == "summary_text" || type == "reasoning_text") to.said.push_back({Kind::reasoning, *text});
    }
  }

  json::Reader in_;
  std::string_view payload_;
};

class ResponsesDecoder final : public Decoder {
 public:
  explicit ResponsesDecoder(bool translated) : translated_(translated) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    // Some servers close with the mark of the other dialect. It ends nothing here.
    if (has_ended_ && data == "[DONE]") return std::optional<chat::Event>();
    begin(data);
    Shown shown;
    ShownReader reader(data);
    if (!reader.read_event(shown)) return reader.broken();
    if (shown.type.empty()) shown.type = type;
    if (shown.type == "error" || (shown.type.empty() && !shown.error.empty())) return error_of(shown.error.empty() ? data : shown.error);
    if (shown.type.empty()) return Error{Code::upstream_protocol, "the upstream sent JSON that is no event of a response: 'type' is missing", {}};
    event_.type = type.empty() ? shown.type : type;
    if (auto failed = take(shown)) return std::move(*failed);
    return std::optional(finished());
  }

  Result<chat::Event> whole(std::string_view body) override {
    begin(body);
    event_.whole = true;
    ShownResponse response;
    std::vector<ShownItem> output;
    ShownReader reader(body);
    if (!reader.read_response(response, output)) return reader.broken();
    if (!response.error.empty() || response.status == "failed") return failure(response);
    if (!response.has_output) return Error{Code::upstream_protocol, "the upstream sent JSON that is no response: 'output' is missing", {}};
    const bool is_over = response.status.empty() || response.status == "completed" || response.status == "incomplete";
    if (translated_ && !is_over) return Error{Code::upstream_protocol, "the upstream answered with a response that is not finished", {}};
    for (const ShownItem& shown : output) {
      Item item;
      take_item(item, shown);
    }
    close(response);
    if (!is_over) event_.finish = chat::Finish::none;
    return finished();
  }

  std::string_view terminal() const override { return "response.completed"; }

 private:
  void begin(std::string_view payload) {
    text_.clear();
    deltas_.clear();
    event_ = {};
    event_.payload = payload;
    event_.dialect = chat::Dialect::responses;
  }

  chat::Event finished() {
    event_.text = text_;
    if (translated_) event_.deltas = deltas_;
    return event_;
  }

  static Error failure(const ShownResponse& response) {
    if (!response.error.empty()) return error_of(response.error);
    return {Code::upstream_error, "the provider reported that the response failed", {}};
  }

  std::optional<Error> take(const Shown& shown) {
    const std::string_view type = shown.type;
    if (type == "response.completed" || type == "response.incomplete") {
      close(shown.response);
      if (type == "response.incomplete" && event_.finish != chat::Finish::content_filter) event_.finish = chat::Finish::length;
      event_.last = has_ended_ = true;
      return std::nullopt;
    }
    if (type == "response.failed") return failure(shown.response);
    if (std::find(foreign_deltas.begin(), foreign_deltas.end(), type) != foreign_deltas.end()) {
      if (shown.delta) count(*shown.delta);
      event_.token = !text_.empty();
      return std::nullopt;
    }
    if (shown.delta || shown.item.there || shown.arguments) return take_part(shown);
    return std::nullopt;
  }

  // Events of one item of the answer.
  std::optional<Error> take_part(const Shown& shown) {
    Item* const item = find(shown.output_index);
    if (item == nullptr) return Error{Code::upstream_protocol, "the upstream's answer has more than 4096 items", {}};
    const std::string_view type = shown.type;
    if (type == "response.output_item.added") announce(*item, shown.item);
    else if (type == "response.output_item.done") take_item(*item, shown.item);
    else if (type == "response.output_text.delta") say(*item, Kind::text, shown.delta);
    else if (type == "response.refusal.delta") say(*item, Kind::refusal, shown.delta);
    else if (type == "response.function_call_arguments.delta") say(*item, Kind::arguments, shown.delta);
    else if (type == "response.function_call_arguments.done" && !item->said_arguments) say(*item, Kind::arguments, shown.arguments);
    else if (type == "response.reasoning_summary_text.delta") reason(*item, shown.delta, shown.part);
    else if (type == "response.reasoning_text.delta") reason(*item, shown.delta, -1 - shown.part);
    return std::nullopt;
  }

  Item* find(std::int64_t index) {
    for (auto item = items_.rbegin(); item != items_.rend(); ++item)
      if (item->index == index) return &*item;
    if (items_.size() == most_items) return nullptr;
    items_.push_back({.index = index});
    return &items_.back();
  }

  // ---- saying

  void count(const json::Text& text) { text.escaped() ? text_.append(text.unescaped()) : text_.append(text.raw); }

  void say(Item& item, Kind kind, const std::optional<json::Text>& text) {
    if (!text || text->size == 0) return;
    count(*text);
    event_.token = true;
    if (kind == Kind::arguments && item.call < 0) return;  // of a call that was not announced: it is said when it is done
    event_.visible |= kind == Kind::text;
    item.said_text |= kind == Kind::text || kind == Kind::refusal;
    item.said_arguments |= kind == Kind::arguments;
    item.said_reasoning |= kind == Kind::reasoning;
    deltas_.push_back({.kind = kind, .call = std::max(item.call, 0), .text = text->raw});
  }

  void reason(Item& item, const std::optional<json::Text>& text, std::int64_t part) {
    if (!text || text->size == 0) return;
    if (item.said_reasoning && item.part != part) deltas_.push_back({.kind = Kind::reasoning, .text = between_parts});
    item.part = part;
    say(item, Kind::reasoning, text);
  }

  // A call begins.
  void announce(Item& item, const ShownItem& shown) {
    has_called_ |= shown.type == "function_call" || shown.type == "custom_tool_call";
    if (item.call >= 0 || shown.type != "function_call") return;
    item.call = calls_++;
    event_.token = true;
    if (shown.name) count(*shown.name);
    deltas_.push_back({.kind = Kind::tool_call, .call = item.call, .id = shown.call_id, .name = shown.name ? shown.name->raw : std::string_view()});
  }

  // A finished item: what no delta said of it.
  void take_item(Item& item, const ShownItem& shown) {
    const bool has_text = item.said_text, has_reasoning = item.said_reasoning;
    std::int64_t part = 0;
    for (const Said& said : shown.said) {
      if (said.kind == Kind::reasoning && !has_reasoning) reason(item, said.text, part++);
      else if (said.kind != Kind::reasoning && !has_text) say(item, said.kind, said.text);
    }
    announce(item, shown);
    if (item.call >= 0 && !item.said_arguments) say(item, Kind::arguments, shown.arguments);
    if (shown.type != "reasoning" || shown.encrypted.empty()) return;
    const bool is_proof = item.said_reasoning || !shown.said.empty();
    deltas_.push_back({.kind = is_proof ? Kind::signature : Kind::hidden_reasoning, .text = shown.encrypted});
  }

  // The answer is over.
  void close(const ShownResponse& response) {
    event_.usage = response.usage;
    event_.service_tier = response.service_tier;
    if (response.incomplete_reason == "content_filter") event_.finish = chat::Finish::content_filter;
    else if (response.status == "incomplete") event_.finish = chat::Finish::length;
    else event_.finish = has_called_ ? chat::Finish::tool_calls : chat::Finish::stop;
  }

  const bool translated_;
  bool has_ended_ = false;
  bool has_called_ = false;
  int calls_ = 0;
  std::vector<Item> items_;
  chat::Event event_;
  std::string text_;
  std::vector<chat::Delta> deltas_;
};

}  // namespace

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<ResponsesDecoder>(translated); }

}  // namespace genai::wire::responses
