// Traffic given as requests: chat bodies line by line, conversations, prompt texts. Each is counted with each model's counter and priced.
//
// Memory does not grow with the input: one line at a time, of at most max_line_bytes. What the counters are is the caller's business; two models
// with the same counter are counted once.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "engines/estimate/serving.hpp"

namespace genai::estimate {

inline constexpr std::size_t max_line_bytes = std::size_t{64} << 20;

// Tokens of a prompt, and the least and most that the counting allows.
struct Bounds {
  Tokens likely, least, most;
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

// Counts the prompt of a chat request, given as the body that OpenAI's API takes (`messages`, `tools`).
struct ChatCounter {
  std::string name;  // "o200k_base", or what it estimates
  std::function<Result<Bounds>(std::string_view body)> count;
};

// Fills the buffer from where it stopped; 0 is the end.
using Pull = std::function<Result<std::size_t>(std::span<char>)>;
using EachLine = std::function<Result<void>(std::string_view line, std::size_t number)>;

// Hands out line after line, without its end (LF or CRLF); empty ones are skipped. Ends with the first error of either. A byte 0 is no
// text: invalid_value, `file` and "is a binary file"; so is a line beyond max_line_bytes.
Result<void> for_each_line(const Pull& pull, std::string_view file, const EachLine& each);

class Sampler {
 public:
  struct Model {
    ModelCost cost;
    std::shared_ptr<const ChatCounter> counter;  // never null
  };
  // `output`: tokens of each answer that the input does not hold.
  Sampler(std::vector<Model> models, Serving serving, Tokens output) : models_(std::move(models)), serving_(serving), output_(output) {}

  // A chat body, or a line of OpenAI's batch input, which has one as `body`. Errors: the line's (invalid_json with its byte, missing_field ...),
  // the counter's, and those of ModelCost::add.
  Result<void> add_request(std::string_view json);
  // A chat body whose assistant messages are answers: each was asked for with all messages before it. Messages behind the last of them are
  // one more request.
  Result<void> add_conversation(std::string_view json);
  // A text that is sent as the message of a user.
  Result<void> add_prompt(std::string_view text);

  const std::vector<Model>& models() const { return models_; }

 private:
  struct Conversation;
  Result<void> add(std::string_view body, Tokens output);
  Result<void> add_turns(Model& model, const Conversation& conversation);
  std::vector<Model> models_;
  Serving serving_;
  Tokens output_;
};

}  // namespace genai::estimate
