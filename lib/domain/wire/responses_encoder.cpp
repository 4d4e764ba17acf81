// Answers to clients that speak responses.
//
// An answer that came in this dialect passes as it is. Any other one is put together from its deltas: they open items, and parts of items,
// which close when something else begins. A call that follows another one closes it only when its arguments are complete, for upstreams may
// interleave them; what is still open closes at the end, in order.
// Format: OpenAI API reference, "The response object", "Responses streaming events".
#include <unordered_map>
#include <vector>

#include "domain/wire/compose.hpp"
#include "domain/wire/event_stream.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::responses {
namespace {

using Kind = chat::Delta::Kind;

// A piece of a message, or of a reasoning's summary. Texts are as between quotes, here and below.
struct Piece {
  Kind kind;
  std::string text;
};

struct Item {
  enum class Type : std::uint8_t { message, reasoning, call };
  Type type = Type::message;
  bool is_open = true;
  bool is_cut = false;  // the answer ended in the middle of it
  std::string id;
  std::vector<Piece> pieces;  // of a message or reasoning; all but the last are closed
  std::string encrypted;      // of reasoning
  std::string call_id, name, arguments;
};

std::string_view status_of(const Item& item) { return item.is_open ? "in_progress" : item.is_cut ? "incomplete" : "completed"; }

// Whether the text between quotes is itself one JSON object.
bool is_complete(std::string_view escaped) {
  std::string quoted;
  quoted.reserve(escaped.size() + 2);
  ((quoted += '"') += escaped) += '"';
  json::Reader in(quoted);
  const auto text = in.string();
  return text && is_object(text->unescaped());
}

class ResponsesEncoder final : public Encoder {
 public:
  explicit ResponsesEncoder(Identity identity) : identity_(std::move(identity)) {}

  void event(const chat::Event& event, std::string& to) override {
    if (event.dialect == chat::Dialect::responses) return pass(event, to);
    to_ = &to;
    take(event);
  }

  void end(const Ending& ending, std::string& to) override {
    if (has_passed_) {
      to += held_;
      return;
    }
    to_ = &to;
    begin();
    finish_items();
    const bool is_cut = !incomplete_reason().empty();
    Composer out = open(is_cut ? "response.incomplete" : "response.completed");
    out.key("response");
    write_response(out, is_cut ? "incomplete" : "completed", &ending);
    send(out);
  }

  void fail(const Error& error, std::string& to) override {
    to_ = &to;
    const CodeRow& about = row(error.code);
    Composer out = open("error");
    out.key("code").string(about.name).key("message").string(error.what).key("param");
    if (error.param.empty()) out.raw("null");
    else out.string(error.param);
    send(out);
  }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    if (event.dialect == chat::Dialect::responses) {
      to += event.payload;
      return;
    }
    to_ = nullptr;
    take(event);
    finish_items();
    Composer out(to);
    write_response(out, incomplete_reason().empty() ? "completed" : "incomplete", &ending);
  }

 private:
  // ---- as it came

  void pass(const chat::Event& event, std::string& to) {
    has_passed_ = true;
    ++sequence_;
    append_event(event.last ? held_ : to, event.type, event.payload);
  }

  // ---- from deltas

  void take(const chat::Event& event) {
    if (event.finish != chat::Finish::none) finish_ = event.finish;
    if (event.deltas.empty()) return;
    begin();
    for (const chat::Delta& delta : event.deltas) take(delta);
  }

  void begin() {
    if (has_begun_) return;
    has_begun_ = true;
    for (const std::string_view type : {"response.created", "response.in_progress"}) {
      if (to_ == nullptr) return;
      Composer out = open(type);
      out.key("response");
      write_response(out, "in_progress", nullptr);
      send(out);
    }
  }

  void take(const chat::Delta& delta) {
    switch (delta.kind) {
      case Kind::text:
      case Kind::refusal: return say(Item::Type::message, delta);
      case Kind::reasoning: return say(Item::Type::reasoning, delta);
      case Kind::signature: return sign(delta);
      case Kind::hidden_reasoning:
        items_[item_of(Item::Type::reasoning, true)].encrypted = delta.text;
        return close_all();
      case Kind::tool_call: return (void)call_of(delta);
      case Kind::arguments: return argue(delta);
    }
  }

  void say(Item::Type type, const chat::Delta& delta) {
    if (delta.text.empty()) return;
    const bool is_new = type == Item::Type::reasoning && current_ != none && !items_[current_].encrypted.empty();
    const std::size_t at = item_of(type, is_new);
    if (items_[at].pieces.empty() || items_[at].pieces.back().kind != delta.kind) {
      close_piece(at);
      items_[at].pieces.push_back({delta.kind, {}});
      show_piece(at, "added");
    }
    items_[at].pieces.back().text += delta.text;
    show_text(at, "delta", delta.text);
  }

  // A signature belongs to the reasoning before it; on its own it is reasoning whose text is withheld, which an empty piece says.
  void sign(const chat::Delta& delta) {
    const bool is_new = current_ != none && !items_[current_].encrypted.empty();
    const std::size_t at = item_of(Item::Type::reasoning, is_new);
    if (items_[at].pieces.empty()) {
      items_[at].pieces.push_back({Kind::reasoning, {}});
      show_piece(at, "added");
    }
    items_[at].encrypted = delta.text;
  }

  void argue(const chat::Delta& delta) {
    if (delta.text.empty()) return;
    const std::size_t at = call_of(delta);
    if (!items_[at].is_open) return;  // its arguments were complete: nothing but white space can follow
    items_[at].arguments += delta.text;
    show_text(at, "delta", delta.text);
  }

  // The item of this type that is being said, or a new one.
  std::size_t item_of(Item::Type type, bool is_new) {
    if (!is_new && current_ != none && items_[current_].type == type) return current_;
    close_all();
    return add(type);
  }

  std::size_t call_of(const chat::Delta& delta) {
    if (const auto known = calls_.find(delta.call); known != calls_.end()) return known->second;
    if (current_ == none || items_[current_].type != Item::Type::call) close_all();
    else if (is_complete(items_[current_].arguments)) close(current_);
    calls_.emplace(delta.call, items_.size());
    const std::size_t index = items_.size();
    std::string call_id(delta.id);
    if (call_id.empty()) call_id = "call_" + identity_.id + "_" + std::to_string(index);
    return add(Item::Type::call, std::move(call_id), delta.name);
  }

  std::size_t add(Item::Type type, std::string call_id = {}, std::string_view name = {}) {
    constexpr std::string_view prefixes[]{"msg_", "rs_", "fc_"};
    current_ = items_.size();
    Item& item = items_.emplace_back();
    item.type = type;
    item.id = std::string(prefixes[static_cast<std::size_t>(type)]) + identity_.id + "_" + std::to_string(current_);
    item.call_id = std::move(call_id);
    item.name = name;
    show_item(current_, "response.output_item.added");
    return current_;
  }

  // ---- closing

  void close_all() {
    for (std::size_t at = first_open_; at < items_.size(); ++at) close(at);
    first_open_ = items_.size();
    current_ = none;
  }

  void close(std::size_t at) {
    Item& item = items_[at];
    if (!item.is_open) return;
    if (item.type == Item::Type::call) {
      if (item.arguments.empty() && !item.is_cut) {
        item.arguments = "{}";
        show_text(at, "delta", item.arguments);
      }
      show_text(at, "done", item.arguments);
    } else {
      close_piece(at);
    }
    item.is_open = false;
    show_item(at, "response.output_item.done");
  }

  void close_piece(std::size_t at) {
    if (items_[at].pieces.empty()) return;
    show_text(at, "done", items_[at].pieces.back().text);
    show_piece(at, "done");
  }

  void finish_items() {
    if (!incomplete_reason().empty() && current_ != none) items_[current_].is_cut = true;
    close_all();
  }

  std::string_view incomplete_reason() const {
    switch (finish_) {
      case chat::Finish::length: return "max_output_tokens";
      case chat::Finish::content_filter: return "content_filter";
      case chat::Finish::refusal: return has_refused() ? "" : "content_filter";
      default: return {};
    }
  }

  // The refusal was put into words, which are the answer.
  bool has_refused() const {
    return !items_.empty() && !items_.back().pieces.empty() && items_.back().pieces.back().kind == Kind::refusal;
  }

  // ---- events

  Composer open(std::string_view type) {
    ((*to_ += "event: ") += type) += "\ndata: ";
    Composer out(*to_);
    out.open('{').key("type").string(type);
    return out;
  }

  void send(Composer& out) {
    out.key("sequence_number").integer(sequence_++).close('}');
    *to_ += "\n\n";
  }

  void show_item(std::size_t at, std::string_view type) {
    if (to_ == nullptr) return;
    Composer out = open(type);
    out.key("output_index").integer(static_cast<std::int64_t>(at)).key("item");
    write_item(out, items_[at]);
    send(out);
  }

  void place(Composer& out, std::size_t at) const {
    const Item& item = items_[at];
    out.key("item_id").string(item.id).key("output_index").integer(static_cast<std::int64_t>(at));
    if (item.type == Item::Type::call) return;
    out.key(item.type == Item::Type::message ? "content_index" : "summary_index").integer(static_cast<std::int64_t>(item.pieces.size()) - 1);
  }

  void show_piece(std::size_t at, std::string_view what) {
    if (to_ == nullptr) return;
    const Item& item = items_[at];
    std::string type = item.type == Item::Type::message ? "response.content_part." : "response.reasoning_summary_part.";
    Composer out = open(type += what);
    place(out, at);
    out.key("part");
    write_piece(out, item.pieces.back());
    send(out);
  }

  // `what`: delta or done.
  void show_text(std::size_t at, std::string_view what, std::string_view text) {
    if (to_ == nullptr) return;
    const Item& item = items_[at];
    const bool is_done = what == "done", is_call = item.type == Item::Type::call;
    const Kind kind = is_call ? Kind::arguments : item.pieces.back().kind;
    std::string type = is_call ? "response.function_call_arguments."
                     : kind == Kind::text    ? "response.output_text."
                     : kind == Kind::refusal ? "response.refusal."
                                             : "response.reasoning_summary_text.";
    Composer out = open(type += what);
    place(out, at);
    if (is_call && is_done) out.key("name").quoted(item.name);
    out.key(!is_done ? "delta" : is_call ? "arguments" : kind == Kind::refusal ? "refusal" : "text").quoted(text);
    if (kind == Kind::text) out.key("logprobs").raw("[]");
    send(out);
  }

  // ---- objects

  static void write_piece(Composer& out, const Piece& piece) {
    out.open('{').key("type");
    if (piece.kind == Kind::refusal) out.raw(R"("refusal")").key("refusal").quoted(piece.text);
    else if (piece.kind == Kind::reasoning) out.raw(R"("summary_text")").key("text").quoted(piece.text);
    else out.raw(R"("output_text")").key("annotations").raw("[]").key("logprobs").raw("[]").key("text").quoted(piece.text);
    out.close('}');
  }

  static void write_item(Composer& out, const Item& item) {
    out.open('{').key("id").string(item.id).key("type");
    const auto status = status_of(item);
    if (item.type == Item::Type::call) {
      out.raw(R"("function_call")").key("status").string(status).key("arguments").quoted(item.arguments);
      out.key("call_id").quoted(item.call_id).key("name").quoted(item.name).close('}');
      return;
    }
    const bool is_message = item.type == Item::Type::message;
    out.raw(is_message ? R"("message")" : R"("reasoning")");
    if (is_message) out.key("status").string(status);
    out.key(is_message ? "content" : "summary").open('[');
    for (const Piece& piece : item.pieces) write_piece(out, piece);
    out.close(']');
    if (is_message) out.key("role").raw(R"("assistant")");
    if (!item.encrypted.empty()) out.key("encrypted_content").quoted(item.encrypted);
    out.close('}');
  }

  // Without an ending: as it is at its beginning.
  void write_response(Composer& out, std::string_view status, const Ending* ending) const {
    out.open('{').key("id").string("resp_" + identity_.id).key("object").raw(R"("response")");
    out.key("created_at").integer(identity_.created).key("status").string(status);
    out.raw(R"("background":false,"error":null)").key("incomplete_details");
    if (ending != nullptr && !incomplete_reason().empty()) out.open('{').key("reason").string(incomplete_reason()).close('}');
    else out.raw("null");
    out.raw(R"("instructions":null,"max_output_tokens":null)").key("model").string(identity_.model).key("output").open('[');
    if (ending != nullptr)
      for (const Item& item : items_) write_item(out, item);
    out.close(']').raw(R"("parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false)");
    out.raw(R"("temperature":null,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null,"truncation":"disabled")");
    out.key("usage");
    if (ending != nullptr) write_usage(out, ending->usage);
    else out.raw("null");
    out.raw(R"("user":null,"metadata":{})").close('}');
  }

  static void write_usage(Composer& out, const chat::Usage& usage) {
    out.open('{').key("input_tokens").integer(usage.prompt.value());
    out.key("input_tokens_details").open('{').key("cached_tokens").integer(usage.cached.value()).close('}');
    out.key("output_tokens").integer(usage.completion.value());
    out.key("output_tokens_details").open('{').key("reasoning_tokens").integer(usage.reasoning.value()).close('}');
    out.key("total_tokens").integer(usage.prompt.value() + usage.completion.value()).close('}');
  }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  const Identity identity_;
  std::string* to_ = nullptr;  // where events go; null: nowhere, the answer is a plain one
  std::int64_t sequence_ = 0;
  chat::Finish finish_ = chat::Finish::none;
  bool has_begun_ = false;
  std::vector<Item> items_;
  std::unordered_map<int, std::size_t> calls_;  // to items
  std::size_t current_ = none;                  // the item that is being said
  std::size_t first_open_ = 0;                  // all before it are closed
  // Of an answer that passes as it is:
  bool has_passed_ = false;
  std::string held_;  // its last event
};

}  // namespace

std::unique_ptr<Encoder> make_encoder(Identity identity) { return std::make_unique<ResponsesEncoder>(std::move(identity)); }

}  // namespace genai::wire::responses
