// What the simulated model says to one request, event by event, without a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "domain/chat/chat.hpp"
#include "domain/chat/event.hpp"
#include "engines/sim/directive.hpp"
#include "engines/sim/prose.hpp"
#include "engines/sim/upstream.hpp"

namespace genai::sim {

struct Identity {
  std::uint64_t seed = 0;    // of this one answer
  std::int64_t created = 0;  // seconds since 1970
};

// A stream is a role chunk, one chunk a token (or two a call), a finish chunk, and with `usage` every chunk has "usage":null and a chunk with the usage
// and no choice comes last, as OpenAI orders it. A plain answer is one event.
class Script {
 public:
  Script(const chat::Chat& chat, std::string_view model, bool usage, const Config& config, Identity identity);

  // The number of tokens that must have been generated when the next event leaves: 0 once all have.
  std::int64_t due_tokens() const;
  bool over() const { return step_ == Step::over; }
  // The next event. Its payload is valid until the next call.
  std::optional<chat::Event> next();

 private:
  enum class Step { whole, role, content, call, finish, usage, over };
  chat::Event chunk(std::string_view delta, std::string_view text, std::string_view delta_end, std::string_view finish_reason);
  chat::Event whole();
  chat::Event usage_chunk();
  void append_usage(std::string& to) const;
  chat::Event call_chunk();
  void append_call(const Call& call, std::string_view arguments);
  chat::Finish finish() const;
  std::string_view finish_reason() const;

  Prose prose_;
  const std::vector<Call> calls_;  // instead of prose
  std::size_t called_ = 0;         // calls said so far, by halves: the name, then the arguments
  Step step_;
  bool usage_asked_;
  bool capped_;                // by the request's limit
  std::int64_t tokens_;        // in all
  std::int64_t said_ = 0;      // content tokens so far
  chat::Usage usage_;
  std::string head_;           // of every chunk, up to "choices":
  std::string payload_;
};

}  // namespace genai::sim
