#include "features/providers/openai_compatible.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "domain/wire/openai.hpp"
#include "platform/http/server.hpp"
#include "platform/http/sse.hpp"

namespace genai::providers {
namespace {

constexpr std::size_t max_answer_bytes = 64 * 1024 * 1024;  // of one answer, streamed or not
constexpr std::size_t max_error_bytes = 64 * 1024;          // read of an error answer
constexpr std::size_t padding = 64;                         // that decoders may read beyond a payload

Error too_large() {
  return Error{Code::upstream_protocol, "the upstream's answer is larger than " + std::to_string(max_answer_bytes) + " bytes", ""};
}

// "text/event-stream; charset=utf-8" is "text/event-stream".
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
    if (text.size() + piece->size() > most) co_return too_large();
    text.append(*piece);
  }
  text.reserve(text.size() + padding);
  co_return text;
}

// A streamed answer: server-sent events until `[DONE]`.
class StreamedAnswer final : public EventSource {
 public:
  StreamedAnswer(http::Client& client, std::unique_ptr<http::Answer> answer, net::Loop& loop, Deadlines deadlines)
      : client_(client), answer_(std::move(answer)), loop_(loop), deadlines_(deadlines), wait_(deadlines.first_event) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    for (;;) {
      auto event = events_.next();
      if (!event) co_return event.error();
      if (*event) co_return decode(**event);
      auto piece = co_await answer_->read(std::min(deadlines_.total, loop_.now() + wait_));
      if (!piece) co_return piece.error();
      if (piece->empty()) co_return Error{Code::upstream_incomplete, "the upstream ended its stream without [DONE]", ""};
      bytes_ += piece->size();
      events_.feed(*piece);
      for (auto more = answer_->buffered(); !more.empty(); more = answer_->buffered()) {
        bytes_ += more.size();
        events_.feed(more);
      }
      if (bytes_ > max_answer_bytes) co_return too_large();
      wait_ = deadlines_.gap;
    }
  }

  bool ready() const override { return events_.ready(); }
  void cancel() override { answer_->cancel(); }

 private:
  Result<std::optional<chat::Event>> decode(http::SseDecoder::Event event) {
    if (event.data == "[DONE]") {
      client_.finish(std::move(answer_));
      answer_ = std::make_unique<Ended>();
      return std::optional<chat::Event>();
    }
    text_.clear();
    auto chunk = wire::openai::decode_chunk(event.data, &text_);
    if (!chunk) return chunk.error();
    chunk->text = text_;
    return std::optional(*chunk);
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
  net::Loop& loop_;
  const Deadlines deadlines_;
  Nanoseconds wait_;
  http::SseDecoder events_;
  std::string text_;  // of the last event
  std::size_t bytes_ = 0;
};

// A plain answer, read as a whole when it is pulled.
class WholeAnswer final : public EventSource {
 public:
  WholeAnswer(std::unique_ptr<http::Answer> answer, Deadlines deadlines) : answer_(std::move(answer)), deadlines_(deadlines) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    if (std::exchange(given_, true)) co_return std::optional<chat::Event>();
    auto body = co_await read_all(*answer_, max_answer_bytes, deadlines_.total);
    if (!body) co_return body.error();
    body_ = std::move(*body);
    auto event = wire::openai::decode_answer(body_, &text_);
    if (!event) co_return event.error();
    event->text = text_;
    co_return std::optional(*event);
  }

  bool ready() const override { return given_; }
  void cancel() override { answer_->cancel(); }

 private:
  std::unique_ptr<http::Answer> answer_;
  const Deadlines deadlines_;
  std::string body_;
  std::string text_;
  bool given_ = false;
};

class OpenAiCompatible final : public Upstream {
 public:
  OpenAiCompatible(const ProviderConfig& config, http::Url url, http::Client& client, net::Loop& loop)
      : client_(client), loop_(loop), target_(std::move(url.endpoint), config.trust), passthrough_(config.passthrough_credentials) {
    const std::string base = url.path == "/" ? "" : url.path;
    head_ = "POST " + base + "/chat/completions HTTP/1.1\r\n";
    http::append_field(head_, "Host", url.authority);
    http::append_field(head_, "Content-Type", "application/json");
    http::append_field(head_, "User-Agent", "genai");
    if (!config.api_key.empty()) http::append_field(head_, "Authorization", "Bearer " + std::string(config.api_key.reveal()));
  }

  net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines deadlines,
                                                        net::Cancellation& cancellation) override {
    std::string body = wire::openai::encode_chat(chat, model);
    std::string head = request_head(chat, body.size());
    const auto head_by = chat.stream ? std::min(deadlines.total, loop_.now() + deadlines.first_event) : deadlines.total;
    auto answer = co_await client_.send(target_, std::move(head), std::move(body), deadlines.connect, head_by, cancellation);
    if (!answer) co_return answer.error();
    auto& raw = **answer;
    const net::Cancellation::Scope scope(cancellation, [&raw] { raw.cancel(); });
    const auto& got = raw.head();
    if (got.fields.find("content-encoding").value_or("identity") != "identity") {
      co_return Error{Code::upstream_protocol, "the upstream compressed its answer unasked", ""};
    }
    if (got.status != 200) co_return co_await refusal(raw, deadlines);
    std::unique_ptr<EventSource> events;
    if (!chat.stream) {
      if (!has_type(got, "application/json")) co_return unexpected_type(chat.stream);
      events = std::make_unique<WholeAnswer>(std::move(*answer), deadlines);
    } else if (has_type(got, "text/event-stream")) {
      events = std::make_unique<StreamedAnswer>(client_, std::move(*answer), loop_, deadlines);
    } else {
      co_return co_await plain_instead_of_stream(raw, deadlines);
    }
    co_return events;
  }

 private:
  std::string request_head(const chat::Chat& chat, std::size_t length) const {
    std::string head;
    head.reserve(head_.size() + 96 + chat.credential.reveal().size());
    head = head_;
    http::append_field(head, "Accept", chat.stream ? "text/event-stream" : "application/json");
    if (passthrough_ && !chat.credential.empty()) {
      http::append_field(head, "Authorization", "Bearer " + std::string(chat.credential.reveal()));
    }
    char digits[24];
    char* end = std::to_chars(digits, digits + sizeof digits, length).ptr;
    head.append("Content-Length: ").append(digits, end).append("\r\n\r\n");
    return head;
  }

  static Error unexpected_type(bool stream) {
    return Error{Code::upstream_protocol,
                 std::string("the upstream's answer is not ") + (stream ? "text/event-stream" : "application/json"), ""};
  }

  static net::Task<Error> refusal(http::Answer& answer, Deadlines deadlines) {
    if (const int status = answer.head().status; status < 400) {
      co_return Error{Code::upstream_protocol, "the upstream answered with status " + std::to_string(status), ""};
    }
    auto body = co_await read_all(answer, max_error_bytes, deadlines.total);
    if (!body && body.error().code == Code::client_closed) co_return body.error();
    co_return wire::openai::decode_error(answer.head().status, body ? std::string_view(*body) : std::string_view());
  }

  // A 200 that is no stream though one was asked for: an error in JSON, or something else altogether.
  static net::Task<Error> plain_instead_of_stream(http::Answer& answer, Deadlines deadlines) {
    if (!has_type(answer.head(), "application/json")) co_return unexpected_type(true);
    auto body = co_await read_all(answer, max_error_bytes, deadlines.total);
    if (!body) co_return body.error();
    auto event = wire::openai::decode_answer(*body);
    co_return event ? unexpected_type(true) : event.error();
  }

  http::Client& client_;
  net::Loop& loop_;
  const http::Target target_;
  const bool passthrough_;
  std::string head_;  // all but what differs from request to request
};

}  // namespace

Result<std::unique_ptr<Upstream>> make_openai_compatible(const ProviderConfig& config, http::Client& client, net::Loop& loop) {
  auto url = http::parse_url(config.base_url);
  if (!url) return Error{Code::config_error, url.error().what, "providers." + config.name + ".base_url"};
  if (url->tls && !config.trust) return Error{Code::config_error, "no certificate authorities were read", "providers." + config.name + ".ca"};
  std::unique_ptr<Upstream> upstream = std::make_unique<OpenAiCompatible>(config, std::move(*url), client, loop);
  return upstream;
}

}  // namespace genai::providers
