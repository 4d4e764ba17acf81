#include "features/providers/http_upstream.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "domain/wire/dialect.hpp"
#include "domain/wire/openai.hpp"
#include "features/providers/count_here.hpp"
#include "features/providers/kinds.hpp"
#include "platform/http/server.hpp"
#include "platform/http/sse.hpp"
#include "platform/text/url.hpp"

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

// A streamed answer: server-sent events until the one that ends it.
class StreamedAnswer final : public EventSource {
 public:
  StreamedAnswer(http::Client& client, std::unique_ptr<http::Answer> answer, std::unique_ptr<wire::Decoder> decoder, net::Loop& loop, Deadlines deadlines)
      : client_(client), answer_(std::move(answer)), decoder_(std::move(decoder)), loop_(loop), deadlines_(deadlines), wait_(deadlines.first_event) {}

  net::Task<Result<std::optional<chat::Event>>> next() override {
    while (!ended_) {
      auto event = events_.next();
      if (!event) co_return event.error();
      if (*event) co_return decode(**event);
      auto piece = co_await answer_->read(std::min(deadlines_.total, loop_.now() + wait_));
      if (!piece) co_return piece.error();
      if (piece->empty() && decoder_->may_end()) break;
      if (piece->empty()) co_return Error{Code::upstream_incomplete, "the upstream ended its stream without " + std::string(decoder_->terminal()), ""};
      bytes_ += piece->size();
      events_.feed(*piece);
      for (auto more = answer_->buffered(); !more.empty(); more = answer_->buffered()) {
        bytes_ += more.size();
        events_.feed(more);
      }
      if (bytes_ > max_answer_bytes) co_return too_large();
      wait_ = deadlines_.gap;
    }
    co_return std::optional<chat::Event>();
  }

  bool ready() const override { return ended_ || events_.ready(); }
  void cancel() override { answer_->cancel(); }

 private:
  Result<std::optional<chat::Event>> decode(http::SseDecoder::Event event) {
    auto decoded = decoder_->event(event.type, event.data);
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
  Nanoseconds wait_;
  http::SseDecoder events_;
  std::size_t bytes_ = 0;
  bool ended_ = false;
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

class HttpUpstream final : public Upstream {
 public:
  HttpUpstream(const ProviderConfig& config, http::Url url, http::Client& client, net::Loop& loop)
      : client_(client), loop_(loop), kind_(kind(config.type)), target_(std::move(url.endpoint), config.trust), base_(url.path == "/" ? "" : url.path),
        passthrough_(config.passthrough_credentials) {
    http::append_field(fields_, "Host", url.authority);
    http::append_field(fields_, "Content-Type", "application/json");
    http::append_field(fields_, "User-Agent", "genai");
    if (!config.api_key.empty()) append_key(fields_, config.api_key);
  }

  net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines deadlines,
                                                        net::Cancellation& cancellation) override {
    const bool spoken = kind_.speaks(chat.dialect);
    if (!spoken && chat.dialect == chat::Dialect::count_tokens) co_return count_here(chat, model);
    const auto dialect = spoken ? chat.dialect : kind_.dialects.front();
    auto body = wire::encode(chat, dialect, model, kind_.token_limit);
    if (!body) co_return body.error();
    std::string head = request_head(chat, dialect, model, body->size());
    const auto head_by = chat.stream ? std::min(deadlines.total, loop_.now() + deadlines.first_event) : deadlines.total;
    auto answer = co_await client_.send(target_, std::move(head), std::move(*body), deadlines.connect, head_by, cancellation);
    if (!answer) co_return answer.error();
    auto& raw = **answer;
    const net::Cancellation::Scope scope(cancellation, [&raw] { raw.cancel(); });
    const auto& got = raw.head();
    if (got.fields.find("content-encoding").value_or("identity") != "identity") {
      co_return Error{Code::upstream_protocol, "the upstream compressed its answer unasked", ""};
    }
    if (got.status != 200) co_return co_await refusal(raw, deadlines);
    auto decoder = wire::make_decoder(dialect, !spoken);
    std::unique_ptr<EventSource> events;
    if (!chat.stream) {
      if (!has_type(got, "application/json")) co_return unexpected_type(chat.stream);
      events = std::make_unique<WholeAnswer>(std::move(*answer), std::move(decoder), deadlines);
    } else if (has_type(got, "text/event-stream")) {
      events = std::make_unique<StreamedAnswer>(client_, std::move(*answer), std::move(decoder), loop_, deadlines);
    } else {
      co_return co_await plain_instead_of_stream(raw, *decoder, deadlines);
    }
    co_return events;
  }

 private:
  void append_key(std::string& to, const Secret& key) const {
    http::append_field(to, kind_.key_field, std::string(kind_.key_scheme) += key.reveal());
  }

  void append_target(std::string& to, chat::Dialect dialect, std::string_view model, bool stream) const {
    static constexpr std::array<std::string_view, chat::dialects> paths{"/chat/completions", "/completions", "/responses", "/messages",
                                                                        "/models/", "", "/messages/count_tokens", "/embeddings", "/moderations"};
    (to += base_) += paths[static_cast<std::size_t>(dialect)];
    if (dialect == chat::Dialect::gemini) (to += text::percent_encoded(model)) += stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
  }

  std::string request_head(const chat::Chat& chat, chat::Dialect dialect, std::string_view model, std::size_t length) const {
    std::string head;
    head.reserve(fields_.size() + base_.size() + 192 + chat.forwarded.size() + chat.trace.size() + chat.credential.reveal().size());
    append_target(head += "POST ", dialect, model, chat.stream);
    (head += " HTTP/1.1\r\n") += fields_;
    const bool same_house = chat.dialect == dialect && !chat.forwarded.empty();  // the client's own version and betas hold
    head += same_house ? std::string_view(chat.forwarded) : kind_.fields;
    http::append_field(head, "Accept", chat.stream ? "text/event-stream" : "application/json");
    head += chat.trace;
    if (passthrough_ && !chat.credential.empty()) append_key(head, chat.credential);
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
  static net::Task<Error> plain_instead_of_stream(http::Answer& answer, wire::Decoder& decoder, Deadlines deadlines) {
    if (!has_type(answer.head(), "application/json")) co_return unexpected_type(true);
    auto body = co_await read_all(answer, max_error_bytes, deadlines.total);
    if (!body) co_return body.error();
    auto event = decoder.whole(*body);
    co_return event ? unexpected_type(true) : event.error();
  }

  http::Client& client_;
  net::Loop& loop_;
  const Kind& kind_;
  const http::Target target_;
  const std::string base_;  // of its paths, no slash at the end
  const bool passthrough_;
  std::string fields_;      // that do not differ from request to request
};

}  // namespace

Result<std::unique_ptr<Upstream>> make_http_upstream(const ProviderConfig& config, http::Client& client, net::Loop& loop) {
  auto url = http::parse_url(config.base_url);
  if (!url) return Error{Code::config_error, url.error().what, "providers." + config.name + ".base_url"};
  if (url->tls && !config.trust) return Error{Code::config_error, "no certificate authorities were read", "providers." + config.name + ".ca"};
  std::unique_ptr<Upstream> upstream = std::make_unique<HttpUpstream>(config, std::move(*url), client, loop);
  return upstream;
}

}  // namespace genai::providers
