#include "domain/wire/rerank.hpp"

#include <vector>

#include "domain/wire/compose.hpp"
#include "domain/wire/conversation_reader.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/request_reader.hpp"
#include "domain/wire/usage.hpp"

namespace genai::wire::rerank {
namespace {

using json::Kind;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t most_results = 1'000'000;
constexpr std::size_t most_documents = 10'000;  // Cohere's limit
constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks another dialect";

class Reading : RequestReader {
 public:
  explicit Reading(std::string_view body) : RequestReader(body) { chat_.dialect = chat::Dialect::rerank; }

  Result<chat::Chat> read() {
    chat_.open_brace = in_.at();
    if (Error failure; !enter_body(failure)) return failure;
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    if (chat_.model_value.empty()) wrong(Code::missing_field, "model", "is required");
    if (!has_query_) wrong(Code::missing_field, "query", "is required");
    if (!has_documents_) wrong(Code::missing_field, "documents", "is required");
    if (wrong_) return std::move(*wrong_);
    const auto bytes = query_bytes_ * static_cast<std::int64_t>(documents_) + document_bytes_;
    chat_.prompt_estimate = Tokens((bytes + bytes_per_token - 1) / bytes_per_token);
    return std::move(chat_);
  }

 private:
  void member(std::string_view name) {
    if (name == "model") read_model(name, chat_);
    else if (name == "user") read_user(name, chat_);
    else if (name == "query") read_query(name);
    else if (name == "documents") read_documents(name);
    else if (name == "top_n") chat_.top_n = integer(name, 1, most_results, "must be an integer of at least 1").value_or(0);
    else if (is_forbidden(name)) refuse(name);
    else in_.skip();
  }

  void read_query(std::string_view name) {
    has_query_ = true;
    const auto query = in_.string();
    if (!query || query->size == 0) return wrong(name, "must be a string that is not empty");
    query_bytes_ = static_cast<std::int64_t>(query->size);
  }

  void read_documents(std::string_view name) {
    has_documents_ = true;
    if (!in_.enter_array()) return wrong(name, "must be an array");
    for (; in_.next_element(); ++documents_) read_document(name);
    if (documents_ == 0) wrong(name, "must not be empty");
    else if (documents_ > most_documents) wrong(name, "must have at most 10000 elements");
  }

  void read_document(std::string_view name) {
    std::string_view key;
    if (in_.kind() == Kind::string) return count(in_.string());
    if (in_.kind() != Kind::object) return in_.skip(), wrong(name, "must be an array of strings, or of objects with a text");
    for (in_.enter_object(); in_.next_member(key);) {
      if (in_.kind() == Kind::string) count(in_.string());
      else in_.skip();
    }
  }

  void count(const std::optional<json::Text>& text) {
    if (text) document_bytes_ += static_cast<std::int64_t>(text->size);
  }

  chat::Chat chat_;
  std::int64_t query_bytes_ = 0, document_bytes_ = 0;
  std::size_t documents_ = 0;
  bool has_query_ = false, has_documents_ = false;
};

// ---- Text Embeddings Inference

struct Asked {
  std::string query;
  std::vector<std::string> texts;
  bool returns_texts = false;
};

// Reads a body that decode() has accepted.
class Translation : RequestReader {
 public:
  explicit Translation(const chat::Chat& chat) : RequestReader(chat.body) {}

  Result<Asked> read() {
    in_.enter_object();
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    if (wrong_) return std::move(*wrong_);
    return std::move(asked_);
  }

 private:
  void member(std::string_view name) {
    if (name == "query") asked_.query = text(name).value_or("");
    else if (name == "documents") read_documents(name);
    else if (name == "return_documents") asked_.returns_texts = boolean(name).value_or(false);
    else if (name == "model" || name == "top_n" || name == "user" || is_hint(name) || in_.kind() == Kind::null) in_.skip();
    else in_.skip(), wrong(Code::unsupported_parameter, name, no_word);
  }

  void read_documents(std::string_view name) {
    for (in_.enter_array(); in_.next_element();) {
      if (in_.kind() == Kind::string) asked_.texts.push_back(text(name).value_or(""));
      else read_document(name);
    }
  }

  void read_document(std::string_view name) {
    std::optional<std::string> said;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "text") said = text(key);
      else in_.skip(), wrong(Code::unsupported_parameter, name, "must be texts for the provider of this model, or objects with nothing but a text");
    }
    if (!said) return wrong(Code::unsupported_parameter, name, "must be texts for the provider of this model, or objects with a text");
    asked_.texts.push_back(std::move(*said));
  }

  Asked asked_;
};

class TeiDecoder final : public Decoder {
 public:
  Result<std::optional<chat::Event>> event(std::string_view, std::string_view) override {
    return Error{Code::upstream_protocol, "the upstream streams an answer that has no streams", {}};
  }

  Result<chat::Event> whole(std::string_view body) override {
    json::Reader in(body, json::Manner::lenient);
    Composer out(results_);
    if (in.kind() == Kind::object) return refused(in);
    out.open('[');
    bool is_odd = !in.enter_array();
    while (!is_odd && in.next_element()) is_odd |= !read_result(in, out);
    out.close(']');
    if (is_odd || !in.end()) return Error{Code::upstream_protocol, "the upstream's answer is no list of objects with an 'index' and a 'score'", {}};
    chat::Event event;
    event.payload = results_;
    event.dialect = chat::Dialect::tei_rerank;
    event.whole = true;
    return event;
  }

  std::string_view terminal() const override { return "its end"; }

 private:
  // False: it is none.
  static bool read_result(json::Reader& in, Composer& out) {
    std::optional<std::string_view> score;
    std::optional<std::int64_t> index;
    std::optional<json::Text> text;
    std::string_view key;
    if (!in.enter_object()) return false;
    while (in.next_member(key)) {
      if (key == "index") index = read_count(in);
      else if (key == "score") score = in.number();
      else if (key == "text") text = in.string();
      else in.skip();
    }
    if (in.failed() || !index || !score) return false;
    out.open('{').key("index").integer(*index).key("relevance_score").raw(*score);
    if (text) out.key("document").open('{').key("text").quoted(text->raw).close('}');
    out.close('}');
    return true;
  }

  static Error refused(json::Reader& in) {
    std::optional<Error> error;
    std::string_view key;
    for (in.enter_object(); in.next_member(key);) {
      if (key == "error") error = openai::read_embedded_error(in);
      else in.skip();
    }
    if (error && in.end()) return std::move(*error);
    return {Code::upstream_protocol, "the upstream's answer is no list of objects with an 'index' and a 'score'", {}};
  }

  std::string results_;
};

class RerankEncoder final : public Encoder {
 public:
  RerankEncoder(std::int64_t top_n, Identity identity) : top_n_(top_n), identity_(std::move(identity)) {}
  void event(const chat::Event&, std::string&) override {}
  void end(const Ending&, std::string&) override {}
  void fail(const Error& error, std::string& to) override { to += encode_error(chat::Dialect::rerank, error); }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    if (event.dialect == chat::Dialect::rerank) {
      to += event.payload;
      return;
    }
    Composer out(to);
    out.open('{').key("id").string(identity_.id).key("results").open('[');
    json::Reader in(event.payload, json::Manner::lenient);
    in.enter_array();
    for (std::int64_t place = 0; in.next_element(); ++place) {
      const std::size_t begin = in.at();
      in.skip();
      if (top_n_ == 0 || place < top_n_) out.raw(event.payload.substr(begin, in.behind() - begin));
    }
    out.close(']').key("meta").open('{').key("tokens").open('{').key("input_tokens").integer(ending.usage.prompt.value()).close('}').close('}').close('}');
  }

 private:
  const std::int64_t top_n_;
  const Identity identity_;
};

// ---- Cohere, and who speaks as it does

class RerankDecoder final : public Decoder {
 public:
  Result<std::optional<chat::Event>> event(std::string_view, std::string_view) override {
    return Error{Code::upstream_protocol, "the upstream streams an answer that has no streams", {}};
  }

  Result<chat::Event> whole(std::string_view body) override {
    json::Reader in(body, json::Manner::lenient);
    const bool is_object = in.enter_object();
    bool has_results = false;
    std::string_view key;
    while (is_object && in.next_member(key)) {
      if (key == "usage") read_tokens(in);
      else if (key == "meta") read_meta(in);
      else if (key == "error" && in.kind() != Kind::null) error_ = openai::read_embedded_error(in);
      else has_results |= key == "results" && in.kind() == Kind::array, in.skip();
    }
    if (!in.end() || !is_object) return no_object(in);
    if (error_) return std::move(*error_);
    if (!has_results) return Error{Code::upstream_protocol, "the upstream's answer has no 'results'", {}};
    chat::Event event;
    event.payload = body;
    event.dialect = chat::Dialect::rerank;
    event.whole = true;
    if (prompt_) event.usage = chat::Usage{Tokens(*prompt_), Tokens(0), Tokens(0), Tokens(0), false};
    return event;
  }

  std::string_view terminal() const override { return "its end"; }

 private:
  void read_meta(json::Reader& in) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) key == "tokens" ? read_tokens(in) : in.skip();
  }

  // All of them are prompt: nothing is generated.
  void read_tokens(json::Reader& in) {
    std::optional<std::int64_t> total, input;
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == "total_tokens") total = read_count(in);
      else if (key == "prompt_tokens" || key == "input_tokens") input = read_count(in);
      else in.skip();
    }
    if (input || total) prompt_ = input ? input : total;
  }

  std::optional<std::int64_t> prompt_;
  std::optional<Error> error_;
};

}  // namespace

Result<chat::Chat> decode(std::string body) {
  auto chat = Reading(body).read();
  if (chat) chat->body = std::move(body);
  return chat;
}

Result<std::string> write_tei(const chat::Chat& chat, std::string_view) {
  const auto asked = Translation(chat).read();
  if (!asked) return asked.error();
  std::string to;
  Composer out(to);
  out.open('{').key("query").string(asked->query).key("texts").open('[');
  for (const auto& text : asked->texts) out.string(text);
  out.close(']').key("raw_scores").boolean(false).key("return_text").boolean(asked->returns_texts).close('}');
  return to;
}

std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool) {
  if (dialect == chat::Dialect::tei_rerank) return std::make_unique<TeiDecoder>();
  return std::make_unique<RerankDecoder>();
}

std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity) { return std::make_unique<RerankEncoder>(chat.top_n, std::move(identity)); }

}  // namespace genai::wire::rerank
