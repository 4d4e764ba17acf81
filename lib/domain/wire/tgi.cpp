#include "domain/wire/tgi.hpp"

#include "domain/wire/bare_text.hpp"
#include "domain/wire/openai_error.hpp"
#include "domain/wire/usage.hpp"

namespace genai::wire::tgi {
namespace {

class RequestWriter : BareTextWriter {
 public:
  RequestWriter(const chat::Conversation& asked, const Manner& manner) : BareTextWriter(asked, manner) {}

  Result<std::string> write() {
    refuse_tools();
    refuse(!asked_.presence_penalty.empty(), "presence_penalty");
    out_.open('{');
    text("inputs");
    out_.key("parameters").open('{');
    write_parameters();
    out_.close('}').close('}');
    return finished();
  }

 private:
  void write_parameters() {
    if (asked_.max_tokens) out_.key("max_new_tokens").integer(*asked_.max_tokens);
    write_sampling();
    number("frequency_penalty", asked_.frequency_penalty);
    refuse(asked_.seed.starts_with('-'), "seed", "must not be negative for the provider of this model");
    number("seed", asked_.seed);
    texts("stop", asked_.stop);
    if (const auto grammar = schema(); !grammar.empty()) out_.key("grammar").open('{').key("type").string("json").key("value").raw(grammar).close('}');
    out_.key("details").boolean(true).key("return_full_text").boolean(false);
  }

  // No temperature, or a top_p of 0: the likeliest token. What chooses among all of them is not said, for its value would be out of the fields' range.
  void write_sampling() {
    const bool is_greedy = (!asked_.temperature.empty() && value_of(asked_.temperature) <= 0) || (!asked_.top_p.empty() && value_of(asked_.top_p) <= 0);
    out_.key("do_sample").boolean(!is_greedy);
    if (is_greedy) return;
    number("temperature", asked_.temperature);
    if (!asked_.top_p.empty() && value_of(asked_.top_p) < 1) number("top_p", asked_.top_p);
    if (!asked_.top_k.empty() && value_of(asked_.top_k) > 0) number("top_k", asked_.top_k);
  }
};

chat::Finish finish_of(std::string_view reason) {
  if (reason == "length") return chat::Finish::length;
  return reason == "stop_sequence" ? chat::Finish::stop_sequence : chat::Finish::stop;
}

class TgiDecoder final : public BareTextDecoder {
 public:
  explicit TgiDecoder(bool translated) : BareTextDecoder(chat::Dialect::tgi, translated) {}
  std::string_view terminal() const override { return "an event with 'generated_text'"; }

 private:
  void begin() override {
    generated_.reset();
    token_.reset();
    details_ = {};
    error_.reset();
    error_type_.clear();
    is_answer_ = false;
  }

  void member(json::Reader& in, std::string_view key) override {
    if (key == "token") read_token(in);
    else if (key == "generated_text") is_answer_ = true, generated_ = in.string();
    else if (key == "details") details_ = read_tgi_details(in);
    else if (key == "error") read_error(in);
    else if (key == "error_type") error_type_ = text_of(in);
    else in.skip();
  }

  // Special tokens end turns, and are nothing that was said.
  void read_token(json::Reader& in) {
    bool is_special = false;
    std::string_view key;
    if (!in.enter_object()) return;
    is_answer_ = true;
    while (in.next_member(key)) {
      if (key == "text") token_ = in.string();
      else if (key == "special") is_special = in.boolean().value_or(false);
      else in.skip();
    }
    if (is_special) token_.reset();
  }

  void read_error(json::Reader& in) {
    if (in.kind() == json::Kind::null) return in.skip();
    error_ = text_of(in);
  }

  static std::string text_of(json::Reader& in) {
    const auto text = in.string();
    return text ? text->unescaped() : std::string();
  }

  std::optional<Error> finish() override {
    if (error_) return openai::embedded_error(*std::move(error_), std::move(error_type_));
    if (!is_answer_ || (event_.whole && !generated_)) return Error{Code::upstream_protocol, "the upstream sent JSON that is no answer: 'generated_text' is missing", {}};
    const auto& said = event_.whole ? generated_ : token_;
    if (said) say(*said);
    if (!generated_) return std::nullopt;
    event_.last = !event_.whole;
    event_.finish = finish_of(details_.finish_reason);
    event_.usage = details_.usage;
    return std::nullopt;
  }

  std::optional<json::Text> generated_, token_;
  TgiDetails details_;
  std::optional<std::string> error_;
  std::string error_type_;
  bool is_answer_ = false;
};

}  // namespace

Result<std::string> write(const chat::Conversation& asked, std::string_view, const Manner& manner) { return RequestWriter(asked, manner).write(); }

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<TgiDecoder>(translated); }

}  // namespace genai::wire::tgi
