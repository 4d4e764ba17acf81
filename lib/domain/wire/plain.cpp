#include "domain/wire/plain.hpp"

#include "domain/wire/anthropic.hpp"
#include "domain/wire/openai.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/request_reader.hpp"
#include "domain/wire/usage.hpp"

namespace genai::wire::plain {
namespace {

using chat::Dialect;
using json::Kind;

constexpr std::int64_t bytes_per_token = 4;
constexpr std::size_t most_inputs = 2048;        // OpenAI's limit
constexpr std::int64_t most_dimensions = 65'536;
constexpr std::string_view moderation_model = "omni-moderation-latest";

class PlainReader : RequestReader {
 public:
  PlainReader(std::string_view body, Dialect dialect) : RequestReader(body) { chat_.dialect = dialect; }

  Result<chat::Chat> read() {
    chat_.open_brace = in_.at();
    if (Error failure; !enter_body(failure)) return failure;
    std::string_view name;
    while (in_.next_member(name)) member(name);
    if (!in_.end()) return in_.error();
    if (chat_.model_value.empty() && chat_.dialect == Dialect::embeddings) wrong(Code::missing_field, "model", "is required");
    if (chat_.model_value.empty()) chat_.model = moderation_model;
    if (!has_input_) wrong(Code::missing_field, "input", "is required");
    if (wrong_) return std::move(*wrong_);
    chat_.prompt_estimate = Tokens((bytes_ + bytes_per_token - 1) / bytes_per_token + tokens_);
    return std::move(chat_);
  }

 private:
  void member(std::string_view name) {
    if (name == "model") read_model(name, chat_);
    else if (name == "user") read_user(name, chat_);
    else if (name == "input") read_input(name);
    else if (name == "encoding_format") read_format();
    else if (name == "dimensions") (void)integer(name, 1, most_dimensions, "must be an integer of at least 1");
    else if (is_forbidden(name)) refuse(name);
    else in_.skip();
  }

  // Any other format is the provider's to judge.
  void read_format() {
    const auto format = in_.string();
    chat_.base64 = format && format->raw == "base64";
  }

  // A text; several; tokens; several lists of tokens. Moderations also take parts with text and pictures.
  void read_input(std::string_view name) {
    has_input_ = true;
    if (in_.kind() == Kind::string) return read_text(name);
    if (in_.kind() != Kind::array) {
      in_.skip();
      return wrong(name, "must be a string or an array");
    }
    in_.enter_array();
    std::size_t count = 0;
    for (; in_.next_element(); ++count) read_element(name);
    if (count == 0) wrong(name, "must not be empty");
    else if (count > most_inputs && !is_tokens_) wrong(name, "must have at most 2048 elements");
  }

  void read_text(std::string_view name) {
    const auto text = in_.string();
    if (!text) return;
    bytes_ += static_cast<std::int64_t>(text->size);
    if (text->size == 0 && chat_.dialect == Dialect::embeddings) wrong(name, "must not be an empty string");
  }

  void read_element(std::string_view name) {
    switch (in_.kind()) {
      case Kind::string: return read_text(name);
      case Kind::number: return read_token(name);
      case Kind::array:
        if (chat_.dialect != Dialect::embeddings) break;
        for (in_.enter_array(); in_.next_element();) read_token(name);
        return;
      case Kind::object:
        if (chat_.dialect == Dialect::moderations) return in_.skip();
        break;
      default: break;
    }
    in_.skip();
    wrong(name, "must be a string or an array of strings or tokens");
  }

  void read_token(std::string_view name) {
    is_tokens_ = true;
    ++tokens_;
    const auto digits = in_.number();
    if (!digits || digits->find_first_not_of("0123456789") != digits->npos || chat_.dialect != Dialect::embeddings)
      wrong(name, "must be a string or an array of strings or tokens");
  }

  chat::Chat chat_;
  std::int64_t bytes_ = 0;
  std::int64_t tokens_ = 0;
  bool has_input_ = false;
  bool is_tokens_ = false;
};

class PlainDecoder final : public Decoder {
 public:
  explicit PlainDecoder(Dialect dialect) : dialect_(dialect) {}

  Result<std::optional<chat::Event>> event(std::string_view, std::string_view) override {
    return Error{Code::upstream_protocol, "the upstream streams an answer that has no streams", {}};
  }
  Result<chat::Event> whole(std::string_view body) override {
    json::Reader in(body, json::Manner::lenient);
    chat::Event event;
    event.payload = body;
    event.dialect = dialect_;
    event.whole = true;
    std::optional<Error> error;
    const bool is_object = in.enter_object();
    std::string_view key;
    while (is_object && in.next_member(key)) {
      if (key == "usage") event.usage = read_openai_usage(in, Completion::none);
      else if (key == "error" && in.kind() != Kind::null) error = openai::read_embedded_error(in);
      else in.skip();
    }
    if (!in.end() || !is_object) return no_object(in);
    if (error) return std::move(*error);
    if (dialect_ != Dialect::embeddings) event.usage = chat::Usage{};  // these cost nothing
    return event;
  }
  std::string_view terminal() const override { return "its end"; }

 private:
  const Dialect dialect_;
};

class PlainEncoder final : public Encoder {
 public:
  explicit PlainEncoder(Dialect dialect) : dialect_(dialect) {}
  void event(const chat::Event&, std::string&) override {}
  void end(const Ending&, std::string&) override {}
  void fail(const Error& error, std::string& to) override { to += encode_error(dialect_, error); }
  void whole(const chat::Event& event, const Ending&, std::string& to) override { to += event.payload; }

 private:
  const Dialect dialect_;
};

}  // namespace

Result<chat::Chat> decode(std::string body, Dialect dialect) {
  auto chat = PlainReader(body, dialect).read();
  if (chat) chat->body = std::move(body);
  return chat;
}

std::unique_ptr<Decoder> make_decoder(Dialect dialect) { return std::make_unique<PlainDecoder>(dialect); }
std::unique_ptr<Encoder> make_encoder(Dialect dialect) { return std::make_unique<PlainEncoder>(dialect); }

}  // namespace genai::wire::plain
