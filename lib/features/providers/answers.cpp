#include "features/providers/answers.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "platform/http/aws_events.hpp"
#include "platform/http/json_lines.hpp"
#include "platform/http/sse.hpp"

namespace genai::providers {
namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024 * 1024;  // of one answer, streamed or not
constexpr std::size_t padding = 64;                         // that decoders may read beyond a payload

Error too_large(std::size_t most) {
  return Error{Code::upstream_protocol, "the upstream's answer is larger than " + std::to_string(most) + " bytes", ""};
}

struct Row {
  Framing framing;
  std::string_view media_type;
  std::unique_ptr<http::EventDecoder> (*make)();
};

template <class Decoder>
std::unique_ptr<http::EventDecoder> make() {
  return std::make_unique<Decoder>();
}

// In the order of Framing.
constexpr std::array rows{
    Row{Framing::events, "text/event-stream", make<http::SseDecoder>},
    Row{Framing::json_lines, "application/x-ndjson", make<http::JsonLinesDecoder>},
    Row{Framing::aws_events, "application/vnd.amazon.eventstream", make<http::AwsEventDecoder>},
};

const Row& row_of(Framing framing) { return rows[static_cast<std::size_t>(framing)]; }

// A streamed answer: events until the one that ends it.
class StreamedAnswer final : public EventSource {
 public:
  StreamedAnswer(http::Client& client, std::unique_ptr<http::Answer> answer, Framing framing, std::unique_ptr<wire::Decoder> decoder, net::Loop& loop, Deadlines deadlines)
      : client_(client), answer_(std::move(answer)), decoder_(std::move(decoder)), loop_(loop), deadlines_(deadlines), token_by_(loop.now() + deadlines.first_event), events_(row_of(framing).make()) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    while (!ended_) {
      auto event = events_->next();
      if (!event) co_return event.error();
      if (*event) co_return decode(**event);
      if (over_) break;
      if (!token_by_) token_by_ = loop_.now() + deadlines_.gap;  // a silence begins when somebody waits
      auto piece = co_await answer_->read(std::min(deadlines_.total, *token_by_));
      if (!piece) co_return piece.error();
      if (piece->empty()) {
        over_ = true;
        events_->end();
        continue;
      }
      bytes_ += piece->size();
      events_->feed(*piece);
      for (auto more = answer_->buffered(); !more.empty(); more = answer_->buffered()) {
        bytes_ += more.size();
        events_->feed(more);
      }
      if (bytes_ > max_answer_bytes) co_return too_large(max_answer_bytes);
    }
    if (!ended_ && !decoder_->may_end()) co_return Error{Code::upstream_incomplete, "the upstream ended its stream without " + std::string(decoder_->terminal()), ""};
    co_return std::optional<chat::Event>();
  }

  bool ready() const override { return ended_ || events_->ready(); }
  void cancel() override { answer_->cancel(); }

 private:
  Result<std::optional<chat::Event>> decode(http::StreamEvent event) {
    auto decoded = decoder_->event(event.type, event.data);
    if (decoded && *decoded && (*decoded)->token) token_by_.reset();
    if (decoded && (!*decoded || (*decoded)->last)) end();
    return decoded;
  }

  void end() {
    client_.finish(std::move(answer_));
    answer_ = std::make_unique<Ended>();
    ended_ = true;
  }

  // What is left of an answer that was given back.
  struct Ended final : http::Answer {
    const http::ResponseHead& head() const override { return head_; }
    net::Task<Result<std::string_view>> read(MonoTime) override { co_return std::string_view(); }
    std::string_view buffered() override { return {}; }
    void cancel() override {}
    http::ResponseHead head_;
  };

  http::Client& client_;
  std::unique_ptr<http::Answer> answer_;
  const std::unique_ptr<wire::Decoder> decoder_;
  net::Loop& loop_;
  const Deadlines deadlines_;
  std::optional<MonoTime> token_by_;  // until when the next token is awaited; nothing: nobody waits for it
  const std::unique_ptr<http::EventDecoder> events_;
  std::size_t bytes_ = 0;
  bool over_ = false;   // the upstream has said all it will
  bool ended_ = false;  // and said it to its end
};

// A plain answer, read as a whole when it is pulled.
class WholeAnswer final : public EventSource {
 public:
  WholeAnswer(std::unique_ptr<http::Answer> answer, std::unique_ptr<wire::Decoder> decoder, Deadlines deadlines)
      : answer_(std::move(answer)), decoder_(std::move(decoder)), deadlines_(deadlines) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    if (std::exchange(given_, true)) co_return std::optional<chat::Event>();
    auto body = co_await read_all(*answer_, max_answer_bytes, deadlines_.total);
    if (!body) co_return body.error();
    body_ = std::move(*body);
    auto event = decoder_->whole(body_);
    if (!event) co_return event.error();
    co_return std::optional(*event);
  }

  bool ready() const override { return given_; }
  void cancel() override { answer_->cancel(); }

 private:
  std::unique_ptr<http::Answer> answer_;
  const std::unique_ptr<wire::Decoder> decoder_;
  const Deadlines deadlines_;
  std::string body_;
  bool given_ = false;
};

}  // namespace

std::string_view media_type(Framing framing) noexcept { return row_of(framing).media_type; }

bool has_type(const http::ResponseHead& head, std::string_view type) {
  const auto value = head.fields.find("content-type").value_or("");
  const auto bare = value.substr(0, value.find_first_of("; "));
  return std::equal(bare.begin(), bare.end(), type.begin(), type.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

net::Task<Result<std::string>> read_all(http::Answer& answer, std::size_t most, MonoTime deadline) {
  std::string text;
  for (;;) {
    auto piece = co_await answer.read(deadline);
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (text.size() + piece->size() > most) co_return too_large(most);
    text.append(*piece);
  }
  text.reserve(text.size() + padding);
  co_return text;
}

std::unique_ptr<EventSource> make_streamed_answer(http::Client& client, std::unique_ptr<http::Answer> answer, Framing framing, std::unique_ptr<wire::Decoder> decoder, net::Loop& loop,
                                                  Deadlines deadlines) {
  return std::make_unique<StreamedAnswer>(client, std::move(answer), framing, std::move(decoder), loop, deadlines);
}

std::unique_ptr<EventSource> make_whole_answer(std::unique_ptr<http::Answer> answer, std::unique_ptr<wire::Decoder> decoder, Deadlines deadlines) {
  return std::make_unique<WholeAnswer>(std::move(answer), std::move(decoder), deadlines);
}

}  // namespace genai::providers
