#include "domain/wire/embeddings.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

#include "domain/wire/compose.hpp"
#include "domain/wire/conversation_reader.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/request_reader.hpp"
#include "domain/wire/usage.hpp"
#include "platform/crypto/encoding.hpp"

namespace genai::wire::embeddings {
namespace {

using chat::Dialect;
using json::Kind;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks another dialect";
constexpr double most_dimensions = 65'536;

// ---- requests

struct Asked {
  std::vector<std::string> texts;
  std::string dimensions;  // as they were written; empty: as many as the model has
  std::string input_type;  // Cohere's; empty: not said
};

// Reads a body that plain::decode has accepted.
class Reading : RequestReader {
 public:
  explicit Reading(const chat::Chat& chat) : RequestReader(chat.body) {}

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
    if (name == "input") read_input(name);
    else if (name == "dimensions") asked_.dimensions = number(name, 1, most_dimensions, "must be an integer of at least 1");
    else if (name == "input_type") asked_.input_type = text(name).value_or("");
    else if (name == "encoding_format") read_format(name);
    else if (name == "model" || name == "user" || is_hint(name) || in_.kind() == Kind::null) in_.skip();
    else in_.skip(), wrong(Code::unsupported_parameter, name, no_word);
  }

  void read_input(std::string_view name) {
    if (in_.kind() == Kind::string) return asked_.texts.push_back(text(name).value_or(""));
    for (in_.enter_array(); in_.next_element();) {
      if (in_.kind() == Kind::string) asked_.texts.push_back(text(name).value_or(""));
      else in_.skip(), wrong(Code::unsupported_parameter, name, "must be text for the provider of this model, which has other tokens");
    }
  }

  void read_format(std::string_view name) {
    const auto format = text(name);
    if (format && *format != "float" && *format != "base64") wrong(name, "must be float or base64");
  }

  Asked asked_;
};

void write_texts(Composer& out, std::string_view name, const std::vector<std::string>& texts) {
  out.key(name).open('[');
  for (const auto& text : texts) out.string(text);
  out.close(']');
}

// ---- answers

class EmbeddingsDecoder final : public Decoder {
 public:
  explicit EmbeddingsDecoder(Dialect dialect) : dialect_(dialect) {}

  Result<std::optional<chat::Event>> event(std::string_view, std::string_view) override {
    return Error{Code::upstream_protocol, "the upstream streams an answer that has no streams", {}};
  }

  Result<chat::Event> whole(std::string_view body) override {
    body_ = body;
    vectors_ = "[";
    json::Reader in(body, json::Manner::lenient);
    const bool is_object = in.enter_object();
    if (is_object) read_members(in);
    if (!in.end() || !is_object) return no_object(in);
    if (error_) return std::move(*error_);
    if (vectors_.size() == 1 || is_odd_) return Error{Code::upstream_protocol, "the upstream's answer has no 'embeddings' that are lists of numbers", {}};
    vectors_.back() = ']';
    chat::Event event;
    event.payload = vectors_;
    event.dialect = dialect_;
    event.whole = true;
    if (prompt_.value_or(0) > 0) event.usage = chat::Usage{Tokens(*prompt_), Tokens(0), Tokens(0), Tokens(0), false};
    return event;
  }

  std::string_view terminal() const override { return "its end"; }

 private:
  void read_members(json::Reader& in) {
    std::string_view key;
    while (in.next_member(key)) {
      if (key == "embeddings") read_vectors(in);
      else if (key == "prompt_eval_count") prompt_ = read_count(in);  // Ollama
      else if (key == "meta") read_meta(in);
      else if (key == "usageMetadata") read_metadata(in);
      else if (key == "error" && in.kind() != Kind::null) error_ = openai::read_embedded_error(in);
      else in.skip();
    }
  }

  // Ollama: [[1]], Cohere: {"float": [[1]]}, Gemini: [{"values": [1]}].
  void read_vectors(json::Reader& in) {
    if (in.kind() == Kind::object) return read_member(in, "float", [this, &in] { read_list(in); });
    read_list(in);
  }

  void read_list(json::Reader& in) {
    if (!in.enter_array()) return void(is_odd_ = true);
    while (in.next_element()) {
      if (in.kind() == Kind::object) read_member(in, "values", [this, &in] { read_vector(in); });
      else read_vector(in);
    }
  }

  void read_vector(json::Reader& in) {
    const std::size_t begin = in.at();
    if (!in.enter_array()) return void(is_odd_ = true);
    while (in.next_element()) is_odd_ |= !in.number();
    if (!in.failed()) (vectors_ += body_.substr(begin, in.behind() - begin)) += ',';
  }

  // The one member of an object that is wanted; of anything else, nothing.
  template <class Read>
  static void read_member(json::Reader& in, std::string_view wanted, Read read) {
    std::string_view key;
    if (!in.enter_object()) return;
    while (in.next_member(key)) {
      if (key == wanted) read();
      else in.skip();
    }
  }

  // Cohere's.
  void read_meta(json::Reader& in) {
    read_member(in, "billed_units", [this, &in] { read_member(in, "input_tokens", [this, &in] { prompt_ = read_count(in); }); });
  }

  // Gemini's.
  void read_metadata(json::Reader& in) {
    if (const auto usage = read_gemini_usage(in)) prompt_ = usage->prompt.value();
  }

  const Dialect dialect_;
  std::string_view body_;
  std::string vectors_;
  bool is_odd_ = false;
  std::optional<std::int64_t> prompt_;
  std::optional<Error> error_;
};

// A list of numbers as the bytes of its floats, little-endian: OpenAI's `base64`.
std::string as_base64(json::Reader& in) {
  std::string bytes;
  for (in.enter_array(); in.next_element();) {
    const auto number = in.number().value_or("0");
    double value = 0;
    std::from_chars(number.data(), number.data() + number.size(), value);
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift & 0xff);
  }
  return crypto::base64(bytes);
}

class EmbeddingsEncoder final : public Encoder {
 public:
  EmbeddingsEncoder(bool is_base64, Identity identity) : is_base64_(is_base64), identity_(std::move(identity)) {}
  void event(const chat::Event&, std::string&) override {}
  void end(const Ending&, std::string&) override {}
  void fail(const Error& error, std::string& to) override { to += encode_error(Dialect::embeddings, error); }

  void whole(const chat::Event& event, const Ending& ending, std::string& to) override {
    if (event.dialect == Dialect::embeddings) {
      to += event.payload;
      return;
    }
    const std::int64_t prompt = ending.usage.prompt.value();
    Composer out(to);
    out.open('{').key("object").string("list").key("data").open('[');
    write_vectors(event.payload, out);
    out.close(']').key("model").string(identity_.model);
    out.key("usage").open('{').key("prompt_tokens").integer(prompt).key("total_tokens").integer(prompt).close('}').close('}');
  }

 private:
  void write_vectors(std::string_view vectors, Composer& out) const {
    json::Reader in(vectors, json::Manner::lenient);
    in.enter_array();
    for (std::int64_t index = 0; in.next_element(); ++index) {
      out.open('{').key("object").string("embedding").key("index").integer(index).key("embedding");
      const std::size_t begin = in.at();
      if (is_base64_) out.string(as_base64(in));
      else in.skip(), out.raw(vectors.substr(begin, in.behind() - begin));
      out.close('}');
    }
  }

  const bool is_base64_;
  const Identity identity_;
};

}  // namespace

Result<std::string> write_ollama(const chat::Chat& chat, std::string_view model) {
  const auto asked = Reading(chat).read();
  if (!asked) return asked.error();
  if (!asked->input_type.empty()) return unsupported("input_type", no_word);
  std::string to;
  Composer out(to);
  out.open('{').key("model").string(model);
  write_texts(out, "input", asked->texts);
  out.key("truncate").boolean(false);
  if (!asked->dimensions.empty()) out.key("dimensions").raw(asked->dimensions);
  out.close('}');
  return to;
}

Result<std::string> write_cohere(const chat::Chat& chat, std::string_view model) {
  const auto asked = Reading(chat).read();
  if (!asked) return asked.error();
  std::string to;
  Composer out(to);
  out.open('{').key("model").string(model);
  write_texts(out, "texts", asked->texts);
  out.key("input_type").string(asked->input_type.empty() ? std::string_view("search_document") : std::string_view(asked->input_type));
  out.key("embedding_types").raw(R"(["float"])").key("truncate").string("NONE");
  if (!asked->dimensions.empty()) out.key("output_dimension").raw(asked->dimensions);
  out.close('}');
  return to;
}

Result<std::string> write_gemini(const chat::Chat& chat, std::string_view model) {
  const auto asked = Reading(chat).read();
  if (!asked) return asked.error();
  if (!asked->input_type.empty()) return unsupported("input_type", no_word);
  std::string to;
  Composer out(to);
  out.open('{').key("requests").open('[');
  for (const auto& text : asked->texts) {
    out.open('{').key("model").string("models/" + std::string(model)).key("content").open('{').key("parts").open('[');
    out.open('{').key("text").string(text).close('}').close(']').close('}');
    if (!asked->dimensions.empty()) out.key("outputDimensionality").raw(asked->dimensions);
    out.close('}');
  }
  out.close(']').close('}');
  return to;
}

std::unique_ptr<Decoder> make_decoder(Dialect dialect, bool) { return std::make_unique<EmbeddingsDecoder>(dialect); }

std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity) { return std::make_unique<EmbeddingsEncoder>(chat.base64, std::move(identity)); }

}  // namespace genai::wire::embeddings
