// What is asked of a model, in no dialect: what every dialect can be read into and written from.
//
// Only a request that goes to an upstream of another dialect becomes a Conversation; all others pass as the bytes they came in. What
// a dialect cannot say of it is refused when it is written, never dropped; hints that change no answer (where to cache, under which
// name to bill) are the one exception and listed with the readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace genai::chat {

enum class Role : std::uint8_t { system, user, assistant };

// A piece of a message. Which members count is said by `kind`; texts are plain UTF-8.
struct Part {
  enum class Kind : std::uint8_t {
    text,         // text
    image,        // data and media_type, or url; detail
    document,     // data and media_type, or url; name
    reasoning,    // text, signature: what a model thought before, to be handed back to its provider
    hidden_reasoning,  // data: as before, unreadable but for its provider
    refusal,      // text: a model's refusal
    tool_call,    // id, name, text: the arguments, one JSON object
    tool_result,  // id, parts (text and images), is_error
  };
  Kind kind = Kind::text;
  bool is_error = false;
  std::string text{};
  std::string id{};
  std::string name{};
  std::string media_type{};  // "image/png"
  std::string data{};        // base64
  std::string url{};         // https://...
  std::string detail{};      // image: "low", "high", "auto" or empty
  std::string signature{};
  std::vector<Part> parts{};
};

// Consecutive messages of one role are allowed. Tool results stand in messages of the user, calls in those of the assistant.
struct Message {
  Role role = Role::user;
  std::vector<Part> parts{};
};

struct Tool {
  std::string name;
  std::string description;
  std::string schema;  // of its arguments: one JSON object, as it was written; empty: none was given
  std::optional<bool> strict;
};

struct ToolChoice {
  enum class Kind : std::uint8_t { automatic, none, any, one };
  Kind kind = Kind::automatic;
  std::string name;  // of `one`
};

struct OutputFormat {
  enum class Kind : std::uint8_t { text, json_object, json_schema };
  Kind kind = Kind::text;
  std::string name;         // of a schema
  std::string description;
  std::string schema;       // one JSON object, as it was written
  std::optional<bool> strict;
};

// Numbers that are only handed on keep their exact text; empty: absent.
struct Conversation {
  std::vector<Message> messages;  // system messages in their places
  std::vector<Tool> tools;
  std::optional<ToolChoice> tool_choice;
  std::optional<bool> parallel_tool_calls;
  std::optional<std::int64_t> max_tokens;
  std::string temperature;  // 0 to 2 everywhere but at Anthropic: 0 to 1
  std::string top_p;
  std::string top_k;
  std::string seed;
  std::string presence_penalty;
  std::string frequency_penalty;
  std::vector<std::string> stop;
  OutputFormat format;
  std::string effort;                           // of reasoning: "none", "minimal", "low", "medium", "high", "xhigh" or empty
  std::optional<std::int64_t> reasoning_budget; // in tokens; 0: none
  std::string user;
  bool stream = false;
};

}  // namespace genai::chat
