// Request bodies for Google's Gemini API.
//
// Signatures: what a model thought is proven by a `thoughtSignature` on the part that followed ("Thought signatures"), in a conversation it stands
// with the reasoning before it. So it is kept until the next part of the model, or gets an empty one.
#include <unordered_map>

#include "domain/wire/composed_request.hpp"
#include "domain/wire/gemini.hpp"
#include "domain/wire/media.hpp"

namespace genai::wire::gemini {
namespace {

using chat::Part;
using chat::Role;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks Google's dialect";
constexpr std::size_t most_stops = 5;
// For calls of other models, or of clients that keep no signatures ("Thought signatures", FAQ).
constexpr std::string_view lost_signature = "skip_thought_signature_validator";

// 3 for "gemini-3-pro-preview"; 0: not known.
int generation(std::string_view model) {
  constexpr std::string_view family = "gemini-";
  if (!model.starts_with(family) || model.size() == family.size()) return 0;
  const char digit = model[family.size()];
  return digit >= '0' && digit <= '9' ? digit - '0' : 0;
}

// "Gemini API: OpenAI compatibility" says which budget is meant by an effort. Nothing: by none.
std::optional<std::int64_t> budget_of(std::string_view effort) {
  if (effort == "none") return 0;
  if (effort == "minimal" || effort == "low") return 1024;
  if (effort == "medium") return 8192;
  if (effort == "high") return 24576;
  return std::nullopt;
}

class GeminiRequest : ComposedRequest {
 public:
  GeminiRequest(const chat::Conversation& from, std::string_view model, ToolIds ids) : ComposedRequest(from, no_word), is_newer_(generation(model) >= 3), says_ids_(ids == ToolIds::any) {}

  Result<std::string> write() {
    out_.open('{');
    write_system();
    write_contents();
    write_tools();
    write_config();
    out_.close('}');
    return finished();
  }

 private:
  // ---- contents

  void write_system() {
    bool is_open = false;
    for (; message_ < from_.messages.size() && from_.messages[message_].role == Role::system; ++message_) {
      for (const Part& part : from_.messages[message_].parts) {
        refuse(part.kind != Part::Kind::text, where(), "has a system message that is not text, which the provider of this model does not take");
        if (!is_open) out_.key("systemInstruction").open('{').key("parts").open('[');
        is_open = true;
        out_.open('{').key("text").string(part.text).close('}');
      }
    }
    if (is_open) out_.close(']').close('}');
  }

  void write_contents() {
    out_.key("contents").open('[');
    for (; message_ < from_.messages.size(); ++message_) write_message(from_.messages[message_]);
    end_content();
    out_.close(']');
    if (!has_contents_) note(wrong_value("messages", "must hold a message that is not a system message and says something"));
  }

  void write_message(const chat::Message& message) {
    refuse(message.role == Role::system, where(), "has a system message behind others, which cannot be said to the provider of this model");
    for (const Part& part : message.parts) write_part(message.role == Role::assistant ? "model" : "user", part);
  }

  // Roles alternate: messages of one role become one content.
  void enter_content(std::string_view role) {
    if (role == role_) return;
    end_content();
    role_ = role;
    has_contents_ = true;
    out_.open('{').key("role").string(role).key("parts").open('[');
  }

  // The next part, to be ended by end_part().
  Composer& begin_part(std::string_view role) {
    enter_content(role);
    return out_.open('{');
  }

  void end_content() {
    if (role_.empty()) return;
    spend_signature();
    out_.close(']').close('}');
    role_ = {};
    has_signed_call_ = false;
  }

  void end_part() {
    if (!signature_.empty()) out_.key("thoughtSignature").string(signature_);
    signature_ = {};
    out_.close('}');
  }

  void write_part(std::string_view role, const Part& part) {
    const bool is_model = role == "model";
    switch (part.kind) {
      case Part::Kind::text:
      case Part::Kind::refusal:
        if (part.text.empty()) return;
        begin_part(role).key("text").string(part.text);
        return end_part();
      case Part::Kind::image:
      case Part::Kind::document:
        refuse(is_model, where(), "has media in a message of the assistant, which cannot be said to the provider of this model");
        return write_media(begin_part(role), part);
      case Part::Kind::reasoning:
        if (!part.text.empty()) begin_part(role).key("text").string(part.text).key("thought").boolean(true).close('}');
        return keep_signature(role, part.signature);
      case Part::Kind::hidden_reasoning: return keep_signature(role, part.data);
      case Part::Kind::tool_call: return write_call(role, part);
      case Part::Kind::tool_result: return write_result(role, part);
    }
  }

  void keep_signature(std::string_view role, std::string_view signature) {
    if (signature.empty()) return;
    enter_content(role);
    spend_signature();
    signature_ = signature;
  }

  // No part comes that could carry it.
  void spend_signature() {
    if (signature_.empty()) return;
    out_.open('{').key("text").string("");
    end_part();
  }

  void write_media(Composer& out, const Part& part) {
    if (!part.data.empty()) {
      out.key("inlineData").open('{').key("mimeType").string(part.media_type).key("data").string(part.data).close('}');
    } else {
      refuse(!is_https(part.url), where(), "holds a URL that is not https, which the provider of this model does not take");
      const std::string_view known = media_type_of(part.url);
      const std::string_view fallback = part.kind == Part::Kind::document ? "application/pdf" : std::string_view();
      const std::string_view type = !part.media_type.empty() ? std::string_view(part.media_type) : known.empty() ? fallback : known;
      out.key("fileData").open('{');
      if (!type.empty()) out.key("mimeType").string(type);
      out.key("fileUri").string(part.url).close('}');
    }
    if (part.detail == "low") {
      refuse(!is_newer_, where(), "asks for low detail, which cannot be said to the provider of this model");
      out.key("mediaResolution").open('{').key("level").raw(R"("MEDIA_RESOLUTION_LOW")").close('}');
    }
    end_part();
  }

  void write_call(std::string_view role, const Part& part) {
    names_[part.id] = part.name;
    if (!part.text.empty() && !is_object(part.text)) note(wrong_value(where(), "has a tool call whose arguments are not a JSON object"));
    Composer& out = begin_part(role);
    if (is_newer_ && signature_.empty() && !has_signed_call_) signature_ = lost_signature;  // the first of parallel calls carries it
    has_signed_call_ |= !signature_.empty();
    out.key("functionCall").open('{');
    if (says_ids_ && !part.id.empty()) out.key("id").string(part.id);
    out.key("name").string(part.name).key("args").raw(part.text.empty() ? "{}" : std::string_view(part.text)).close('}');
    end_part();
  }

  void write_result(std::string_view role, const Part& part) {
    const auto name = names_.find(part.id);
    if (name == names_.end()) return note(wrong_value(where(), "has a tool result that answers no tool call before it"));
    std::string text;
    for (const Part& piece : part.parts) {
      if (piece.kind != Part::Kind::text) continue;
      if (!text.empty()) text += '\n';
      text += piece.text;
    }
    Composer& out = begin_part(role).key("functionResponse").open('{');
    if (says_ids_ && !part.id.empty()) out.key("id").string(part.id);
    out.key("name").string(name->second);
    out.key("response").open('{').key(part.is_error ? "error" : "output").string(text).close('}');
    write_result_media(part);
    out.close('}');
    end_part();
  }

  // Pictures of a result stand beside its words ("Function calling", multimodal function responses), and are sent along only.
  void write_result_media(const Part& part) {
    bool is_open = false;
    for (const Part& piece : part.parts) {
      if (piece.kind == Part::Kind::text) continue;
      refuse(piece.kind != Part::Kind::image || piece.data.empty(), where(),
             "has a tool result with something that is neither text nor an image in base64, which the provider of this model does not take");
      if (!is_open) out_.key("parts").open('[');
      is_open = true;
      out_.open('{').key("inlineData").open('{').key("mimeType").string(piece.media_type).key("data").string(piece.data).close('}').close('}');
    }
    if (is_open) out_.close(']');
  }

  // ---- tools

  void write_tools() {
    refuse(from_.parallel_tool_calls && !*from_.parallel_tool_calls, "parallel_tool_calls");
    if (!from_.tools.empty()) {
      out_.key("tools").open('[').open('{').key("functionDeclarations").open('[');
      for (std::size_t i = 0; i < from_.tools.size(); ++i) write_tool(from_.tools[i], "tools[" + std::to_string(i) + "]");
      out_.close(']').close('}').close(']');
    }
    using Kind = chat::ToolChoice::Kind;
    const Kind kind = from_.tool_choice ? from_.tool_choice->kind : Kind::automatic;
    if (from_.tools.empty() && (kind == Kind::any || kind == Kind::one)) note(wrong_value("tool_choice", "chooses tools, but there are none"));
    if (from_.tools.empty() || !from_.tool_choice) return;
    out_.key("toolConfig").open('{').key("functionCallingConfig").open('{');
    out_.key("mode").string(kind == Kind::automatic ? "AUTO" : kind == Kind::none ? "NONE" : "ANY");
    if (kind == Kind::one) out_.key("allowedFunctionNames").open('[').string(from_.tool_choice->name).close(']');
    out_.close('}').close('}');
  }

  void write_tool(const chat::Tool& tool, const std::string& path) {
    refuse(tool.strict.value_or(false), path + ".strict");
    if (!tool.schema.empty() && !is_object(tool.schema)) note(wrong_value(path, "must have a JSON object as its schema"));
    out_.open('{').key("name").string(tool.name).key("description").string(tool.description);
    if (!tool.schema.empty()) out_.key("parametersJsonSchema").raw(tool.schema);
    out_.close('}');
  }

  // ---- generationConfig

  void write_config() {
    out_.key("generationConfig").open('{');
    if (from_.max_tokens) out_.key("maxOutputTokens").integer(*from_.max_tokens);
    number("temperature", from_.temperature);
    number("topP", from_.top_p);
    number("topK", from_.top_k);
    number("seed", from_.seed);
    number("presencePenalty", from_.presence_penalty);
    number("frequencyPenalty", from_.frequency_penalty);
    write_stops();
    write_format();
    write_thinking();
    out_.close('}');
  }

  void write_stops() {
    refuse(from_.stop.size() > most_stops, "stop", "must have at most 5 sequences for the provider of this model");
    texts("stopSequences", from_.stop);
  }

  void write_format() {
    using Kind = chat::OutputFormat::Kind;
    const chat::OutputFormat& format = from_.format;
    if (format.kind == Kind::text) return;
    refuse(!format.description.empty(), "format.description");
    out_.key("responseMimeType").raw(R"("application/json")");
    if (format.kind != Kind::json_schema) return;
    if (!is_object(format.schema)) note(wrong_value("format.schema", "must be a JSON object"));
    out_.key("responseJsonSchema").raw(format.schema.empty() ? std::string_view("{}") : std::string_view(format.schema));
  }

  void write_thinking() {
    const std::string_view effort = from_.effort;
    if (effort.empty() && !from_.reasoning_budget) return;
    const auto budget = from_.reasoning_budget ? from_.reasoning_budget : budget_of(effort);
    if (!budget) return refuse(true, "reasoning_effort");
    const bool has_level = is_newer_ && !from_.reasoning_budget && effort != "none";
    out_.key("thinkingConfig").open('{');
    if (has_level) out_.key("thinkingLevel").string(effort);
    else out_.key("thinkingBudget").integer(*budget);
    if (*budget != 0) out_.key("includeThoughts").boolean(true);
    out_.close('}');
  }

  const bool is_newer_;  // than Gemini 2.5
  const bool says_ids_;
  std::string_view role_;        // of the content that is open; empty: none is
  std::string_view signature_;   // of the next part
  bool has_signed_call_ = false;  // in the content that is open
  bool has_contents_ = false;
  std::unordered_map<std::string, std::string> names_;  // of calls by id, the latest ones
};

}  // namespace

Result<std::string> write(const chat::Conversation& conversation, std::string_view model, ToolIds ids) { return GeminiRequest(conversation, model, ids).write(); }

}  // namespace genai::wire::gemini
