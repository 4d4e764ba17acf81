#include "features/providers/count_here.hpp"

#include <utility>

#include "domain/tokens/chat_count.hpp"
#include "domain/wire/dialect.hpp"
#include "platform/json/writer.hpp"

namespace genai::providers {
namespace {

class Given final : public EventSource {
 public:
  Given(std::string payload, chat::Event event) : payload_(std::move(payload)), event_(std::move(event)) { event_.payload = payload_; }
  net::Task<Result<std::optional<chat::Event>>> next() override {
    if (cancelled_) co_return Error{Code::client_closed, "the request was cancelled", {}};
    if (std::exchange(given_, true)) co_return std::optional<chat::Event>();
    co_return std::optional(event_);
  }
  bool ready() const override { return true; }
  void cancel() override { cancelled_ = true; }

 private:
  const std::string payload_;
  chat::Event event_;
  bool given_ = false;
  bool cancelled_ = false;
};

}  // namespace

std::unique_ptr<EventSource> make_given(std::string payload, chat::Event event) { return std::make_unique<Given>(std::move(payload), std::move(event)); }

Result<std::unique_ptr<EventSource>> count_here(const chat::Chat& chat, std::string_view model) {
  chat::Chat as_messages;
  as_messages.dialect = chat::Dialect::messages;
  as_messages.body = chat.body;
  as_messages.model = chat.model;
  const auto body = wire::encode(as_messages, chat::Dialect::chat_completions, model);
  if (!body) return body.error();
  const auto counter = tokens::counter_for(model);
  const auto counted = tokens::count_chat(counter, *body);
  if (!counted) return counted.error();
  std::string payload = R"({"input_tokens":)";
  json::append_integer(payload, counted->tokens.value());
  payload += '}';
  chat::Event event;
  event.dialect = chat::Dialect::count_tokens;
  event.whole = true;
  event.usage = chat::Usage{};
  return make_given(std::move(payload), event);
}

}  // namespace genai::providers
