#include "domain/wire/rerank.hpp"

#include "domain/wire/openai_error.hpp"
#include "domain/wire/request_reader.hpp"
#include "domain/wire/usage.hpp"

namespace genai::wire::rerank {
namespace {

using json::Kind;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::int64_t most_results = 1'000'000;
constexpr std::size_t most_documents = 10'000;  // Cohere's limit

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
    else if (name == "top_n") (void)integer(name, 1, most_results, "must be an integer of at least 1");
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
    if (!in.end() || !is_object) return Error{Code::upstream_protocol, "the upstream sent something that is not a JSON object", {}};
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

std::unique_ptr<Decoder> make_decoder(chat::Dialect, bool) { return std::make_unique<RerankDecoder>(); }

}  // namespace genai::wire::rerank
