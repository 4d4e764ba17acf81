// The simulated provider as an HTTP service in the dialects of OpenAI and Anthropic: whatever `serve` can be asked, models, health.
#pragma once

#include <optional>
#include <unordered_set>

#include "domain/wire/dialect.hpp"
#include "engines/sim/engine.hpp"
#include "engines/sim/native.hpp"
#include "platform/http/host.hpp"

namespace genai::sim {

// One loop's share. It draws no line between plain and streamed answers at its end: what runs may finish until it is cut.
class Service final : public http::Site {
 public:
  // `native`: whose own API is offered, too.
  Service(net::Loop& loop, Config config, Native native = Native::none) : engine_(loop, config), native_(native) {}

  net::Task<void> handle(http::Exchange& exchange) override;
  http::Response reject(const Error& error) override;
  Nanoseconds drain() override { return Nanoseconds(0); }
  void cut_plain() override;
  void cut_streams() override;
  net::Task<void> close() override;

 private:
  class Running;
  using Sources = std::unordered_set<providers::EventSource*>;
  // In which words a request is said, and its answer due.
  struct Voice {
    chat::Dialect dialect = chat::Dialect::chat_completions;
    std::optional<NativeRoute> native{};
    MonoTime began{};
  };
  static http::Response refusal(const Error& error, Voice voice);
  static net::Task<Result<chat::Chat>> read(http::Exchange& exchange, Voice voice);
  net::Task<void> ask(http::Exchange& exchange, Voice voice);
  std::unique_ptr<wire::Encoder> encoder(const chat::Chat& chat, Voice voice);
  static net::Task<void> whole(http::Exchange& exchange, providers::EventSource& source, wire::Encoder& encoder, Voice voice);
  static net::Task<void> stream(http::Exchange& exchange, providers::EventSource& source, wire::Encoder& encoder, Voice voice);

  Engine engine_;
  const Native native_;
  std::uint64_t answers_ = 0;
  Sources plain_;    // running answers, to be cut
  Sources streams_;
};

}  // namespace genai::sim
