// Dialects: for each a pure decoder and encoder of requests and of answers, shared by gateway, providers, sim and load.
//
// A client's request is decoded into a Chat, which keeps its bytes. For an upstream of the same dialect those bytes are edited in place;
// for another one they are read into a Conversation and written anew. An upstream's answer comes as events; a client of the same dialect
// gets their payloads as they are, another one what their deltas say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "domain/chat/conversation.hpp"
#include "domain/chat/event.hpp"

namespace genai::wire {

// Reads one answer of an upstream. What its events point to is valid until the next call, and as long as what was read.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // One server-sent event. An error inside a good status is the Error that it means; what is no such event: upstream_protocol. Nothing:
  // the stream's terminal mark, which carries nothing else (`[DONE]`).
  virtual Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) = 0;
  // A whole plain answer.
  virtual Result<chat::Event> whole(std::string_view body) = 0;
  // The upstream may close its stream now, having said all there is to say: of dialects without a terminal event.
  virtual bool may_end() const { return false; }
  // How an answer of this dialect ends, for an error message: "[DONE]".
  virtual std::string_view terminal() const = 0;
};

// What an answer is called for its client.
struct Identity {
  std::string id;            // unique, of letters, digits, '-' and '_': the request's own
  std::string model;         // as the client asked
  std::int64_t created = 0;  // seconds since 1970
};

// How an answer ended, as the ledger has it.
struct Ending {
  chat::Usage usage;
  Nanoseconds elapsed{};  // since the request came
};

// Says one answer to a client.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // Of a stream: appends to `to` what its client is to see of the next event: none or more server-sent events.
  virtual void event(const chat::Event& event, std::string& to) = 0;
  // Appends its good ending, once, behind its last event.
  virtual void end(const Ending& ending, std::string& to) = 0;
  // Appends an error inside of it; nothing comes behind.
  virtual void fail(const Error& error, std::string& to) = 0;
  // What breaks a silence without saying anything.
  virtual std::string_view ping() const { return ": ping\n\n"; }
  // Appends the body of a plain answer.
  virtual void whole(const chat::Event& event, const Ending& ending, std::string& to) = 0;
};

// "OpenAI chat completions"
std::string_view name(chat::Dialect dialect) noexcept;

// A client's request. Takes the bytes over. Errors are the caller's, as openai::decode_chat says.
Result<chat::Chat> decode(chat::Dialect dialect, std::string body);

// The name of the field that bounds an answer of chat completions: today's, or the old one, which servers of others may know alone.
enum class TokenLimit { max_completion_tokens, max_tokens };

// What a member of a request's body is called at a server that speaks chat completions in its own way; nowhere: it does not take it.
struct Rename {
  std::string_view from;
  std::string_view to;
};

// Which ids of tool calls a server takes.
enum class ToolIds : std::uint8_t {
  any,
  left_out,      // it has no field for them: Gemini's dialect, where calls and results find each other by name and order
  nine_letters,  // exactly nine letters and digits
};

// How a conversation becomes the one text that a server without roles goes on with.
enum class ChatTemplate : std::uint8_t {
  none,     // not at all: it cannot be said
  bare,     // as it stands: a text that is no conversation
  chatml,   // Qwen, and models of many others
  llama3,   // Llama 3
  mistral,  // Mistral's [INST]
  gemma,    // Gemma
  plain,    // "User: ...", "Assistant: ...": for models that know no roles
};

// What differs among upstreams of one dialect.
struct Manner {
  TokenLimit token_limit = TokenLimit::max_completion_tokens;
  bool takes_top_k = false;  // chat completions with a field more
  std::span<const Rename> renames{};  // of chat completions and completions
  ToolIds tool_ids = ToolIds::any;    // of conversations that are translated
  std::string_view anthropic_version{};  // of Anthropic's dialect, said in the body, in which no model stands then
  ChatTemplate chat_template = ChatTemplate::none;  // of dialects for bare texts
};

// The body for an upstream that speaks `dialect` and calls the model `model`. unsupported_parameter: this request cannot be said to it, and why.
Result<std::string> encode(const chat::Chat& chat, chat::Dialect dialect, std::string_view model, const Manner& manner = {});

// `translated`: the events' deltas are wanted. The chat is the request that is answered; only looked at here.
std::unique_ptr<Decoder> make_decoder(chat::Dialect dialect, bool translated);
// The decoder of the answer to this request by an upstream of `dialect`.
std::unique_ptr<Decoder> make_decoder(const chat::Chat& chat, chat::Dialect dialect);
std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity);

// The body of an error answer as clients of that dialect expect it, and its status. `request_id`: said where the dialect has a place for it.
std::string encode_error(chat::Dialect dialect, const Error& error, std::string_view request_id = {});
int error_status(chat::Dialect dialect, const Error& error);

}  // namespace genai::wire
