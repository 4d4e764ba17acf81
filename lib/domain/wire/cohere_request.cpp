// Request bodies for Cohere's chat API.
#include <algorithm>
#include <charconv>
#include <optional>

#include "domain/wire/composed_request.hpp"
#include "domain/wire/cohere.hpp"

namespace genai::wire::cohere {
namespace {

using chat::Part;
using chat::Role;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks Cohere's dialect";
constexpr std::size_t most_stops = 5;
constexpr double most_top_k = 500;
constexpr double least_top_p = 0.01;
constexpr double most_top_p = 0.99;

// Checked JSON; what is beyond a double has no meaning for the fields that are read so.
double value_of(const std::string& number) {
  double value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

// Cohere has budgets and no levels; these are the budgets that Google's "OpenAI compatibility" means by them. Nothing: as long as it likes.
std::optional<std::int64_t> budget_of(std::string_view effort) {
  if (effort == "minimal" || effort == "low") return 1024;
  if (effort == "medium") return 8192;
  return std::nullopt;
}

class CohereRequest : ComposedRequest {
 public:
  CohereRequest(const chat::Conversation& from, std::string_view model) : ComposedRequest(from, no_word) { out_.open('{').key("model").string(model); }

  Result<std::string> write() {
    out_.key("messages").open('[');
    for (; message_ < from_.messages.size(); ++message_) write_message(from_.messages[message_]);
    out_.close(']');
    if (from_.messages.empty()) note(wrong_value("messages", "must hold a message"));
    write_tools();
    write_options();
    write_format();
    write_thinking();
    out_.key("stream").boolean(from_.stream).close('}');
    return finished();
  }

 private:
  // ---- messages

  static bool is(const Part& part, Part::Kind kind) { return part.kind == kind; }

  void write_message(const chat::Message& message) {
    const auto is_result = [](const Part& part) { return is(part, Part::Kind::tool_result); };
    for (const Part& part : message.parts)
      if (is_result(part)) write_result(part);
    if (message.parts.empty() || !std::all_of(message.parts.begin(), message.parts.end(), is_result)) write_spoken(message);
  }

  void write_result(const Part& result) {
    out_.open('{').key("role").string("tool").key("tool_call_id").string(result.id).key("content");
    if (result.parts.empty()) return void(out_.string("").close('}'));
    out_.open('[');
    for (const Part& piece : result.parts) {
      refuse(!is(piece, Part::Kind::text), where(), "has a tool result that is not text, which the provider of this model does not take");
      write_text(piece.text);
    }
    out_.close(']').close('}');
  }

  void write_text(std::string_view text) { out_.open('{').key("type").string("text").key("text").string(text).close('}'); }

  void write_spoken(const chat::Message& message) {
    const bool is_assistant = message.role == Role::assistant;
    out_.open('{').key("role").string(message.role == Role::system ? "system" : is_assistant ? "assistant" : "user");
    const bool has_calls = std::any_of(message.parts.begin(), message.parts.end(), [](const Part& part) { return is(part, Part::Kind::tool_call); });
    if (has_calls) write_calls(message);
    write_content(message, has_calls);
    out_.close('}');
  }

  // One text is said as such; a message of calls may have none.
  void write_content(const chat::Message& message, bool has_calls) {
    const auto is_content = [](const Part& part) {
      return is(part, Part::Kind::text) || is(part, Part::Kind::refusal) || is(part, Part::Kind::image) || is(part, Part::Kind::document);
    };
    const auto contents = std::count_if(message.parts.begin(), message.parts.end(), is_content);
    if (contents == 0 && has_calls) return;
    out_.key("content");
    if (contents == 0) return void(out_.string(""));
    const Part& first = *std::find_if(message.parts.begin(), message.parts.end(), is_content);
    if (contents == 1 && is(first, Part::Kind::text)) return void(out_.string(first.text));
    out_.open('[');
    for (const Part& part : message.parts) {
      refuse(is(part, Part::Kind::document), where(), "has a document, which the provider of this model does not take");
      if (is(part, Part::Kind::image)) write_image(message, part);
      else if (is_content(part)) write_text(part.text);
    }
    out_.close(']');
  }

  void write_image(const chat::Message& message, const Part& part) {
    refuse(message.role != Role::user, where(), "has an image in a message that is not the user's, which the provider of this model does not take");
    const std::string url = part.data.empty() ? part.url : "data:" + part.media_type + ";base64," + part.data;
    out_.open('{').key("type").string("image_url").key("image_url").open('{').key("url").string(url);
    if (!part.detail.empty()) out_.key("detail").string(part.detail);
    out_.close('}').close('}');
  }

  void write_calls(const chat::Message& message) {
    std::string plan;
    for (const Part& part : message.parts)
      if (is(part, Part::Kind::reasoning) && part.signature.empty()) plan += part.text;
    if (!plan.empty()) out_.key("tool_plan").string(plan);
    out_.key("tool_calls").open('[');
    for (const Part& part : message.parts) {
      if (!is(part, Part::Kind::tool_call)) continue;
      if (!part.text.empty() && !is_object(part.text)) note(wrong_value(where(), "has a tool call whose arguments are not a JSON object"));
      out_.open('{').key("id").string(part.id).key("type").string("function").key("function").open('{');
      out_.key("name").string(part.name).key("arguments").string(part.text.empty() ? std::string_view("{}") : std::string_view(part.text)).close('}').close('}');
    }
    out_.close(']');
  }

  // ---- tools

  void write_tools() {
    using Kind = chat::ToolChoice::Kind;
    const Kind kind = from_.tool_choice ? from_.tool_choice->kind : Kind::automatic;
    if (from_.tools.empty() && (kind == Kind::any || kind == Kind::one)) note(wrong_value("tool_choice", "chooses tools, but there are none"));
    if (from_.tools.empty()) return;
    refuse(from_.parallel_tool_calls && !*from_.parallel_tool_calls, "parallel_tool_calls");
    out_.key("tools").open('[');
    for (std::size_t i = 0; i < from_.tools.size(); ++i) write_tool(from_.tools[i], "tools[" + std::to_string(i) + "]");
    out_.close(']');
    write_strictness();
    // To demand the only tool is to demand one.
    const bool is_only = kind == Kind::one && from_.tools.size() == 1 && from_.tools[0].name == from_.tool_choice->name;
    refuse(kind == Kind::one && !is_only, "tool_choice", "cannot demand one of several tools from the provider of this model, which speaks Cohere's dialect");
    if (kind == Kind::none) out_.key("tool_choice").string("NONE");
    if (kind == Kind::any || kind == Kind::one) out_.key("tool_choice").string("REQUIRED");
  }

  void write_tool(const chat::Tool& tool, const std::string& path) {
    if (!tool.schema.empty() && !is_object(tool.schema)) note(wrong_value(path, "must have a JSON object as its schema"));
    out_.open('{').key("type").string("function").key("function").open('{').key("name").string(tool.name);
    if (!tool.description.empty()) out_.key("description").string(tool.description);
    out_.key("parameters").raw(tool.schema.empty() ? R"({"type":"object","properties":{}})" : std::string_view(tool.schema)).close('}').close('}');
  }

  // Of all tools, or of none.
  void write_strictness() {
    const auto strict = [](const chat::Tool& tool) { return tool.strict.value_or(false); };
    const auto count = std::count_if(from_.tools.begin(), from_.tools.end(), strict);
    if (count == 0) return;
    const auto lax = std::find_if_not(from_.tools.begin(), from_.tools.end(), strict) - from_.tools.begin();
    refuse(count != static_cast<std::ptrdiff_t>(from_.tools.size()), "tools[" + std::to_string(lax) + "].strict",
           "must be the same for all tools of a request to the provider of this model");
    out_.key("strict_tools").boolean(true);
  }

  // ---- how to answer

  void penalty(std::string_view name, const std::string& value) {
    refuse(value_of(value) < 0 || value_of(value) > 1, name, "must be a number from 0 to 1 for the provider of this model");
    number(name, value);
  }

  void write_options() {
    if (from_.max_tokens) out_.key("max_tokens").integer(*from_.max_tokens);
    number("temperature", from_.temperature);
    if (!from_.top_p.empty()) {
      const double top_p = value_of(from_.top_p);
      out_.key("p").raw(top_p < least_top_p ? "0.01" : top_p > most_top_p ? "0.99" : std::string_view(from_.top_p));
    }
    if (!from_.top_k.empty()) {
      refuse(value_of(from_.top_k) > most_top_k, "top_k", "must be at most 500 for the provider of this model");
      out_.key("k").raw(value_of(from_.top_k) < 0 ? "0" : std::string_view(from_.top_k));  // 0: of all tokens, which elsewhere is -1
    }
    number("seed", from_.seed);
    penalty("presence_penalty", from_.presence_penalty);
    penalty("frequency_penalty", from_.frequency_penalty);
    refuse(from_.stop.size() > most_stops, "stop", "must have at most 5 sequences for the provider of this model");
    texts("stop_sequences", from_.stop);
  }

  // Answers are made to follow a schema, strict or not.
  void write_format() {
    using Kind = chat::OutputFormat::Kind;
    const chat::OutputFormat& format = from_.format;
    if (format.kind == Kind::text) return;
    refuse(!format.description.empty(), "format.description");
    out_.key("response_format").open('{').key("type").string("json_object");
    if (format.kind == Kind::json_schema && !format.schema.empty()) {
      if (!is_object(format.schema)) note(wrong_value("format.schema", "must be a JSON object"));
      out_.key("json_schema").raw(format.schema);
    }
    out_.close('}');
  }

  void write_thinking() {
    const std::string_view effort = from_.effort;
    if (effort.empty() && !from_.reasoning_budget) return;
    refuse(!from_.reasoning_budget && effort == "xhigh", "reasoning_effort");
    const auto budget = from_.reasoning_budget ? from_.reasoning_budget : budget_of(effort);
    const bool is_off = from_.reasoning_budget ? *budget == 0 : effort == "none";
    out_.key("thinking").open('{').key("type").string(is_off ? "disabled" : "enabled");
    if (!is_off && budget) out_.key("token_budget").integer(*budget);
    out_.close('}');
  }

};

}  // namespace

Result<std::string> write(const chat::Conversation& asked, std::string_view model) { return CohereRequest(asked, model).write(); }

}  // namespace genai::wire::cohere
