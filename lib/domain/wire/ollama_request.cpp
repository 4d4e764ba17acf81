// Request bodies for Ollama's own API.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "domain/wire/composed_request.hpp"
#include "domain/wire/ollama.hpp"

namespace genai::wire::ollama {
namespace {

using chat::Part;
using chat::Role;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks Ollama's dialect";

class OllamaRequest : ComposedRequest {
 public:
  OllamaRequest(const chat::Conversation& from, std::string_view model) : ComposedRequest(from, no_word) { out_.open('{').key("model").string(model); }

  Result<std::string> chat() {
    out_.key("messages").open('[');
    for (; message_ < from_.messages.size(); ++message_) write_message(from_.messages[message_]);
    out_.close(']');
    if (from_.messages.empty()) note(wrong_value("messages", "must hold a message"));  // the model would only be loaded
    write_tools();
    return with_options();
  }

  Result<std::string> generate() {
    const bool is_text = from_.messages.size() == 1 && from_.messages[0].parts.size() == 1 && from_.messages[0].parts[0].kind == Part::Kind::text;
    if (is_text) out_.key("prompt").string(from_.messages[0].parts[0].text);
    else note(wrong_value("prompt", "must be one text that is not empty"));
    return with_options();
  }

 private:
  Result<std::string> with_options() {
    write_options();
    write_format();
    write_thinking();
    out_.key("stream").boolean(from_.stream).close('}');
    return finished();
  }

  // ---- messages: each has one text

  void write_message(const chat::Message& message) {
    const auto is_result = [](const Part& part) { return part.kind == Part::Kind::tool_result; };
    for (const Part& part : message.parts)
      if (is_result(part)) write_result(part);
    if (message.parts.empty() || !std::all_of(message.parts.begin(), message.parts.end(), is_result)) write_spoken(message);
  }

  // A message of its own. What was called is told by its name, too: servers that know no ids go by it.
  void write_result(const Part& result) {
    const auto name = names_.find(result.id);
    if (name == names_.end()) return note(wrong_value(where(), "has a tool result that answers no tool call before it"));
    for (const Part& piece : result.parts)
      refuse(piece.kind != Part::Kind::text, where(), "has a tool result that is not text, which the provider of this model does not take");
    out_.open('{').key("role").string("tool").key("content").string(joined(result.parts)).key("tool_name").string(name->second);
    if (!result.id.empty()) out_.key("tool_call_id").string(result.id);
    out_.close('}');
  }

  static std::string joined(const std::vector<Part>& parts) {
    std::string text;
    for (const Part& part : parts) {
      if (part.kind != Part::Kind::text && part.kind != Part::Kind::refusal) continue;
      if (!text.empty()) text += '\n';
      text += part.text;
    }
    return text;
  }

  void write_spoken(const chat::Message& message) {
    out_.open('{').key("role").string(message.role == Role::system ? "system" : message.role == Role::user ? "user" : "assistant");
    out_.key("content").string(joined(message.parts));
    write_thought(message);
    write_images(message);
    write_calls(message);
    out_.close('}');
  }

  void write_thought(const chat::Message& message) {
    std::string thought;
    for (const Part& part : message.parts)
      if (part.kind == Part::Kind::reasoning && part.signature.empty()) thought += part.text;
    if (!thought.empty()) out_.key("thinking").string(thought);
  }

  void write_images(const chat::Message& message) {
    bool is_open = false;
    for (const Part& part : message.parts) {
      refuse(part.kind == Part::Kind::document, where(), "has a document, which the provider of this model does not take");
      if (part.kind != Part::Kind::image) continue;
      refuse(message.role != Role::user, where(), "has an image in a message that is not the user's, which the provider of this model does not take");
      refuse(part.data.empty(), where(), "has the URL of an image; the provider of this model takes images in base64 only");
      if (!is_open) out_.key("images").open('[');
      is_open = true;
      out_.string(part.data);
    }
    if (is_open) out_.close(']');
  }

  void write_calls(const chat::Message& message) {
    bool is_open = false;
    for (const Part& part : message.parts) {
      if (part.kind != Part::Kind::tool_call) continue;
      if (!is_open) out_.key("tool_calls").open('[');
      is_open = true;
      write_call(part);
    }
    if (is_open) out_.close(']');
  }

  void write_call(const Part& part) {
    names_[part.id] = part.name;
    if (!part.text.empty() && !is_object(part.text)) note(wrong_value(where(), "has a tool call whose arguments are not a JSON object"));
    out_.open('{');
    if (!part.id.empty()) out_.key("id").string(part.id);
    out_.key("function").open('{').key("name").string(part.name).key("arguments").raw(part.text.empty() ? "{}" : std::string_view(part.text));
    out_.close('}').close('}');
  }

  // ---- tools: the model may call them, and whether it does is its own choice

  void write_tools() {
    using Kind = chat::ToolChoice::Kind;
    const Kind kind = from_.tool_choice ? from_.tool_choice->kind : Kind::automatic;
    refuse(kind == Kind::any || kind == Kind::one, "tool_choice", "cannot demand a call from the provider of this model, which speaks Ollama's dialect");
    refuse(from_.parallel_tool_calls && !*from_.parallel_tool_calls && !from_.tools.empty(), "parallel_tool_calls");
    if (from_.tools.empty() || kind == Kind::none) return;
    out_.key("tools").open('[');
    for (std::size_t i = 0; i < from_.tools.size(); ++i) write_tool(from_.tools[i], "tools[" + std::to_string(i) + "]");
    out_.close(']');
  }

  void write_tool(const chat::Tool& tool, const std::string& path) {
    refuse(tool.strict.value_or(false), path + ".strict");
    if (!tool.schema.empty() && !is_object(tool.schema)) note(wrong_value(path, "must have a JSON object as its schema"));
    out_.open('{').key("type").string("function").key("function").open('{').key("name").string(tool.name);
    if (!tool.description.empty()) out_.key("description").string(tool.description);
    out_.key("parameters").raw(tool.schema.empty() ? R"({"type":"object","properties":{}})" : std::string_view(tool.schema));
    out_.close('}').close('}');
  }

  // ---- how to answer

  void write_options() {
    out_.key("options").open('{');
    if (from_.max_tokens) out_.key("num_predict").integer(*from_.max_tokens);
    number("temperature", from_.temperature);
    number("top_p", from_.top_p);
    number("top_k", from_.top_k);
    number("seed", from_.seed);
    number("presence_penalty", from_.presence_penalty);
    number("frequency_penalty", from_.frequency_penalty);
    texts("stop", from_.stop);
    out_.close('}');
  }

  // Answers are made to follow a schema, strict or not.
  void write_format() {
    using Kind = chat::OutputFormat::Kind;
    const chat::OutputFormat& format = from_.format;
    if (format.kind == Kind::text) return;
    refuse(!format.description.empty(), "format.description");
    if (format.kind == Kind::json_object || format.schema.empty()) out_.key("format").string("json");
    else if (is_object(format.schema)) out_.key("format").raw(format.schema);
    else note(wrong_value("format.schema", "must be a JSON object"));
  }

  // Models that know levels of thinking have three; to others each level means that they think. There are no budgets: one only says whether to think.
  void write_thinking() {
    const std::string_view effort = from_.effort;
    if (from_.reasoning_budget) {
      out_.key("think").boolean(*from_.reasoning_budget != 0);
    } else if (effort == "none") {
      out_.key("think").boolean(false);
    } else if (!effort.empty()) {
      refuse(effort == "xhigh", "reasoning_effort");
      out_.key("think").string(effort == "minimal" ? "low" : effort);
    }
  }

  std::unordered_map<std::string, std::string> names_;  // of calls by id, the latest ones
};

}  // namespace

Result<std::string> write_chat(const chat::Conversation& asked, std::string_view model) { return OllamaRequest(asked, model).chat(); }

Result<std::string> write_generate(const chat::Conversation& asked, std::string_view model) { return OllamaRequest(asked, model).generate(); }

}  // namespace genai::wire::ollama
