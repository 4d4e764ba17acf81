#include "domain/wire/triton.hpp"

#include "domain/wire/bare_text.hpp"
#include "domain/wire/openai_error.hpp"

namespace genai::wire::triton {
namespace {

// Its models want to be told how long an answer may be; what is too much for them they cut to what fits.
constexpr std::int64_t usual_tokens = 4096;

class RequestWriter : BareTextWriter {
 public:
  RequestWriter(const chat::Conversation& asked, const Manner& manner) : BareTextWriter(asked, manner) {}

  Result<std::string> write() {
    refuse_tools();
    out_.open('{');
    text("text_input");
    out_.key("max_tokens").integer(asked_.max_tokens.value_or(usual_tokens));
    write_sampling();
    number("presence_penalty", asked_.presence_penalty);
    number("frequency_penalty", asked_.frequency_penalty);
    write_seed();
    texts("stop_words", asked_.stop);
    if (const auto guide = schema(); !guide.empty()) out_.key("guided_decoding_guide_type").string("json_schema").key("guided_decoding_guide").string(guide);
    out_.key("exclude_input_in_output").boolean(true).key("stream").boolean(asked_.stream).close('}');
    return finished();
  }

 private:
  // There is no temperature of 0: the likeliest token is the first of one.
  void write_sampling() {
    const bool is_greedy = !asked_.temperature.empty() && value_of(asked_.temperature) <= 0;
    if (is_greedy) return (void)out_.key("top_k").integer(1);
    number("temperature", asked_.temperature);
    number("top_p", asked_.top_p);
    if (!asked_.top_k.empty() && value_of(asked_.top_k) > 0) number("top_k", asked_.top_k);
  }

  // `random_seed` became `seed`; what a model does not know it takes as a parameter that it does not use.
  void write_seed() {
    refuse(asked_.seed.starts_with('-'), "seed", "must not be negative for the provider of this model");
    number("random_seed", asked_.seed);
    number("seed", asked_.seed);
  }
};

class TritonDecoder final : public BareTextDecoder {
 public:
  explicit TritonDecoder(bool translated) : BareTextDecoder(chat::Dialect::triton, translated) {}
  bool may_end() const override { return has_spoken_; }
  std::string_view terminal() const override { return "an event with 'text_output'"; }

 private:
  void begin() override {
    error_.reset();
    output_.reset();
    is_answer_ = false;
  }

  void member(json::Reader& in, std::string_view key) override {
    if (key == "text_output") read_output(in);
    else if (key == "finish_reason") read_finish(in);
    else if (key == "error" && in.kind() != json::Kind::null) read_error(in);
    else in.skip();
  }

  // One text, or a list of those of its beams, of which one was asked for.
  void read_output(json::Reader& in) {
    is_answer_ = true;
    if (in.kind() != json::Kind::array) return (void)(output_ = in.string());
    in.enter_array();
    for (std::size_t place = 0; in.next_element(); ++place) {
      const auto text = in.string();
      if (place == 0) output_ = text;
    }
  }

  void read_finish(json::Reader& in) {
    const auto text = in.string();
    if (!text || text->size == 0) return;
    event_.finish = text->raw == "length" ? chat::Finish::length : chat::Finish::stop;
  }

  void read_error(json::Reader& in) {
    const auto text = in.string();
    error_ = openai::embedded_error(text ? text->unescaped() : std::string(), {});
  }

  std::optional<Error> finish() override {
    if (error_) return std::move(error_);
    if (!is_answer_) return Error{Code::upstream_protocol, "the upstream sent JSON that is no answer: 'text_output' is missing", {}};
    has_spoken_ = true;
    if (output_) say(*output_);
    if (event_.whole && event_.finish == chat::Finish::none) event_.finish = chat::Finish::stop;
    return std::nullopt;
  }

  std::optional<json::Text> output_;
  std::optional<Error> error_;
  bool is_answer_ = false;
  bool has_spoken_ = false;  // ever
};

}  // namespace

Result<std::string> write(const chat::Conversation& asked, std::string_view, const Manner& manner) { return RequestWriter(asked, manner).write(); }

std::unique_ptr<Decoder> make_decoder(bool translated) { return std::make_unique<TritonDecoder>(translated); }

}  // namespace genai::wire::triton
