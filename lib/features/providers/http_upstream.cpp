#include "features/providers/http_upstream.hpp"

#include <charconv>
#include <utility>

#include "domain/wire/dialect.hpp"
#include "domain/wire/openai.hpp"
#include "features/providers/answers.hpp"
#include "features/providers/count_here.hpp"
#include "features/providers/credentials.hpp"
#include "features/providers/keys.hpp"
#include "features/providers/kinds.hpp"
#include "features/providers/retry_after.hpp"
#include "platform/http/server.hpp"
#include "platform/text/url.hpp"

namespace genai::providers {
namespace {

constexpr std::size_t max_error_bytes = 64 * 1024;  // read of an error answer

// "/models/{model}:go" with the model in it.
void append_path(std::string& to, std::string_view path, std::string_view model) {
  constexpr std::string_view mark = "{model}";
  const auto at = path.find(mark);
  to += path.substr(0, at);
  if (at != path.npos) (to += text::percent_encoded(model)) += path.substr(at + mark.size());
}

class HttpUpstream final : public Upstream {
 public:
  HttpUpstream(const ProviderConfig& config, http::Url url, http::Client& client, net::Loop& loop)
      : client_(client), loop_(loop), kind_(kind(config)), has_proxy_(config.proxy != nullptr), live_key_(config.live_key), route_(config, url), base_((url.path == "/" ? "" : url.path) + at_place(kind_.prefix, config.aws, config.google)),
        query_(config.query), credentials_(make_credentials(config, kind_, client, loop)) {
    http::append_field(fields_, "Host", url.authority);
    http::append_field(fields_, "Content-Type", "application/json");
    http::append_field(fields_, "User-Agent", "genai");
    fields_ += route_.proxy_fields;
  }

  net::Task<Result<std::unique_ptr<EventSource>>> start(const chat::Chat& chat, std::string_view model, Deadlines deadlines,
                                                        net::Cancellation& cancellation) override {
    const auto* const found = kind_.endpoint_for(chat.dialect, model);
    if (found == nullptr && chat.dialect == chat::Dialect::count_tokens) co_return count_here(chat, model);
    const auto& endpoint = found != nullptr ? *found : kind_.endpoints.front();  // whose dialect says that it cannot say it
    auto body = wire::encode(chat, endpoint.dialect, model, kind_.manner);
    if (!body) co_return body.error();
    if (auto proven = co_await credentials_->prepare(deadlines.connect, cancellation); !proven) co_return proven.error();
    auto head = request_head(chat, endpoint, model, *body);
    if (!head) co_return head.error();
    const auto head_by = chat.stream ? std::min(deadlines.total, loop_.now() + deadlines.first_event) : deadlines.total;
    auto answer = co_await client_.send(route_.target, std::move(*head), std::move(*body), deadlines.connect, head_by, cancellation);
    if (!answer) co_return answer.error();
    auto& raw = **answer;
    const net::Cancellation::Scope scope(cancellation, [&raw] { raw.cancel(); });
    const auto& got = raw.head();
    if (got.status == 407 && has_proxy_) co_return Error{Code::upstream_unreachable, "the proxy answered 407", ""};
    if ((got.status == 401 || got.status == 403) && live_key_) live_key_->refused();
    if (got.status == 401) credentials_->refused();
    if (got.status != 200) co_return co_await refusal(raw, deadlines);
    const std::string_view type = chat.stream ? media_type(endpoint.framing) : "application/json";
    auto decoder = wire::make_decoder(chat, endpoint.dialect);
    if (!has_type(got, type)) co_return co_await of_other_type(raw, *decoder, type, deadlines);
    std::unique_ptr<EventSource> events;
    if (chat.stream) events = make_streamed_answer(client_, std::move(*answer), endpoint.framing, std::move(decoder), loop_, deadlines);
    else events = make_whole_answer(std::move(*answer), std::move(decoder), deadlines);
    co_return events;
  }

 private:
  Result<std::string> request_head(const chat::Chat& chat, const Endpoint& endpoint, std::string_view model, std::string_view body) const {
    constexpr std::string_view method = "POST ";
    std::string head;
    head.reserve(fields_.size() + base_.size() + 320 + chat.forwarded.size() + chat.trace.size());
    ((head += method) += route_.origin) += base_;
    append_path(head, chat.stream && !endpoint.stream_path.empty() ? endpoint.stream_path : endpoint.path, model);
    head += query_;
    const std::size_t target_end = head.size();
    (head += " HTTP/1.1\r\n") += fields_;
    const bool same_house = chat.dialect == endpoint.dialect && !chat.forwarded.empty();  // the client's own version and betas hold
    head += same_house ? std::string_view(chat.forwarded) : kind_.fields;
    http::append_field(head, "Accept", chat.stream ? media_type(endpoint.framing) : "application/json");
    head += chat.trace;
    const std::string target = head.substr(method.size() + route_.origin.size(), target_end - method.size() - route_.origin.size());
    if (const auto proven = credentials_->append(head, Outgoing{target, body, chat.credential, loop_.clock().wall_now()}); !proven) return proven.error();
    char digits[24];
    char* end = std::to_chars(digits, digits + sizeof digits, body.size()).ptr;
    head.append("Content-Length: ").append(digits, end).append("\r\n\r\n");
    return head;
  }

  net::Task<Error> refusal(http::Answer& answer, Deadlines deadlines) const {
    if (const int status = answer.head().status; status < 400) {
      co_return Error{Code::upstream_protocol, "the upstream answered with status " + std::to_string(status), ""};
    }
    auto body = co_await read_all(answer, max_error_bytes, deadlines.total);
    if (!body && body.error().code == Code::client_closed) co_return body.error();
    auto error = wire::openai::decode_error(answer.head().status, body ? std::string_view(*body) : std::string_view());
    error.retry_after_s = retry_after_s(answer.head().fields, loop_.clock().wall_now());
    co_return error;
  }

  // A 200 that is not what was asked for: an error in JSON, or something else altogether.
  static net::Task<Error> of_other_type(http::Answer& answer, wire::Decoder& decoder, std::string_view wanted, Deadlines deadlines) {
    const Error unexpected{Code::upstream_protocol, "the upstream's answer is not " + std::string(wanted), ""};
    if (!has_type(answer.head(), "application/json")) co_return unexpected;
    auto body = co_await read_all(answer, max_error_bytes, deadlines.total);
    if (!body) co_return body.error();
    auto event = decoder.whole(*body);
    co_return event ? unexpected : event.error();
  }

  http::Client& client_;
  net::Loop& loop_;
  const Kind kind_;
  const bool has_proxy_;
  const std::shared_ptr<LiveKey> live_key_;  // null: the key does not change
  const Route route_;
  const std::string base_;  // of its paths, no slash at the end
  const std::string query_;
  const std::unique_ptr<Credentials> credentials_;
  std::string fields_;      // that do not differ from request to request
};

}  // namespace

Route::Route(const ProviderConfig& config, const http::Url& url) : target(url.endpoint, config.trust, config.proxy) {
  if (!config.proxy || url.tls) return;
  target = http::Target(config.proxy->endpoint);
  origin = "http://" + url.authority;
  if (!config.proxy->authorization.empty()) http::append_field(proxy_fields, "Proxy-Authorization", config.proxy->authorization.reveal());
}

Result<std::unique_ptr<Upstream>> make_http_upstream(const ProviderConfig& config, http::Client& client, net::Loop& loop) {
  auto url = http::parse_url(config.base_url);
  if (!url) return Error{Code::config_error, url.error().what, "providers." + config.name + ".base_url"};
  if (url->tls && !config.trust) return Error{Code::config_error, "no certificate authorities were read", "providers." + config.name + ".ca"};
  std::unique_ptr<Upstream> upstream = std::make_unique<HttpUpstream>(config, std::move(*url), client, loop);
  return upstream;
}

}  // namespace genai::providers
