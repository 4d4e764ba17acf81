// Request bodies for Amazon Bedrock's Converse.
//
// What models of one family know alone goes into additionalModelRequestFields, in the family's own words: Amazon Bedrock User Guide, "Extended
// thinking", "Inference request parameters and response fields for foundation models"; Amazon Nova User Guide, "Core inference", "Extended thinking".
#include <array>
#include <unordered_set>

#include "domain/wire/composed_request.hpp"
#include "domain/wire/converse.hpp"
#include "domain/wire/media.hpp"

namespace genai::wire::converse {
namespace {

using chat::Part;
using chat::Role;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks Amazon Bedrock's dialect";
constexpr std::size_t longest_name = 190;  // of a document, a number behind it not counted

enum class Family { other, anthropic, nova, gpt_oss, mistral };

// By what stands in the name of a model, of an inference profile, or in their ARNs.
Family family_of(std::string_view model) {
  struct Row {
    std::string_view mark;
    Family family;
  };
  static constexpr std::array<Row, 4> rows{{{"anthropic.", Family::anthropic}, {"amazon.nova", Family::nova}, {"openai.gpt-oss", Family::gpt_oss}, {"mistral.", Family::mistral}}};
  for (const auto& row : rows)
    if (model.find(row.mark) != model.npos) return row.family;
  return Family::other;
}

struct Format {
  std::string_view media_type, word;
};
constexpr std::array<Format, 5> image_formats{{{"image/png", "png"}, {"image/jpeg", "jpeg"}, {"image/jpg", "jpeg"}, {"image/gif", "gif"}, {"image/webp", "webp"}}};
constexpr std::array<Format, 9> document_formats{{{"application/pdf", "pdf"},
                                                  {"text/csv", "csv"},
                                                  {"application/msword", "doc"},
                                                  {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
                                                  {"application/vnd.ms-excel", "xls"},
                                                  {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
                                                  {"text/html", "html"},
                                                  {"text/plain", "txt"},
                                                  {"text/markdown", "md"}}};

// Empty: there is none.
template <std::size_t size>
std::string_view format_of(const std::array<Format, size>& formats, std::string_view media_type) {
  for (const auto& row : formats)
    if (row.media_type == media_type) return row.word;
  return {};
}

// As documents may be called: letters, digits, single blanks, hyphens, parentheses and square brackets.
std::string allowed_name(std::string_view name) {
  std::string to;
  for (const char c : name.substr(0, longest_name)) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '(' || c == ')' || c == '[' || c == ']' || c == ' ';
    const char next = fits ? c : '-';
    if ((next != ' ' && fits) || !to.ends_with(next)) to += next;
  }
  return to.find_first_not_of(" -") == to.npos ? "document" : to;
}

class ConverseRequest : ComposedRequest {
 public:
  ConverseRequest(const chat::Conversation& from, std::string_view model) : ComposedRequest(from, no_word), family_(family_of(model)) {}

  Result<std::string> write() {
    out_.open('{');
    write_system();
    write_messages();
    write_inference();
    write_tools();
    write_format();
    write_additions();
    out_.close('}');
    return finished();
  }

 private:
  // ---- messages

  void write_system() {
    bool is_open = false;
    for (; message_ < from_.messages.size() && from_.messages[message_].role == Role::system; ++message_) {
      for (const Part& part : from_.messages[message_].parts) {
        refuse(part.kind != Part::Kind::text, where(), "has a system message that is not text, which the provider of this model does not take");
        if (part.text.empty()) continue;
        if (!is_open) out_.key("system").open('[');
        is_open = true;
        out_.open('{').key("text").string(part.text).close('}');
      }
    }
    if (is_open) out_.close(']');
  }

  void write_messages() {
    out_.key("messages").open('[');
    for (; message_ < from_.messages.size(); ++message_) {
      const auto& message = from_.messages[message_];
      refuse(message.role == Role::system, where(), "has a system message behind others, which cannot be said to the provider of this model");
      for (const Part& part : message.parts) write_part(message.role == Role::assistant ? "assistant" : "user", part);
    }
    if (role_.empty()) note(wrong_value("messages", "must hold a message that is not a system message and says something"));
    else out_.close(']').close('}');
    out_.close(']');
  }

  // Roles alternate: messages of one role become one. Opens the next part.
  Composer& begin_part(std::string_view role) {
    if (role != role_) {
      if (!role_.empty()) out_.close(']').close('}');
      role_ = role;
      out_.open('{').key("role").string(role).key("content").open('[');
    }
    return out_.open('{');
  }

  void write_part(std::string_view role, const Part& part) {
    switch (part.kind) {
      case Part::Kind::text:
      case Part::Kind::refusal:
        if (!part.text.empty()) begin_part(role).key("text").string(part.text).close('}');
        return;
      case Part::Kind::image:
      case Part::Kind::document:
        refuse(role == "assistant", where(), "has media in a message of the assistant, which cannot be said to the provider of this model");
        return write_media(begin_part(role), part);
      case Part::Kind::reasoning:
        if (part.signature.empty()) return;  // not believed without its proof
        begin_part(role).key("reasoningContent").open('{').key("reasoningText").open('{');
        out_.key("text").string(part.text).key("signature").string(part.signature).close('}').close('}').close('}');
        return;
      case Part::Kind::hidden_reasoning: begin_part(role).key("reasoningContent").open('{').key("redactedContent").string(part.data).close('}').close('}'); return;
      case Part::Kind::tool_call: return write_call(role, part);
      case Part::Kind::tool_result: return write_result(role, part);
    }
  }

  // Into a block that is open; closes it.
  void write_media(Composer& out, const Part& part) {
    const bool is_image = part.kind == Part::Kind::image;
    refuse(part.data.empty(), where(), "holds the URL of a picture or document; the provider of this model takes their bytes only, in base64");
    const auto format = is_image ? format_of(image_formats, part.media_type) : format_of(document_formats, part.media_type);
    refuse(format.empty(), where(), "holds a picture or document of a kind that the provider of this model does not take");
    out.key(is_image ? "image" : "document").open('{').key("format").string(format);
    if (!is_image) out.key("name").string(unique_name(part.name));
    out.key("source").open('{').key("bytes").string(part.data).close('}').close('}').close('}');
  }

  std::string unique_name(std::string_view wanted) {
    const std::string name = allowed_name(wanted);
    std::string unique = name;
    for (int number = 2; !names_.insert(unique).second; ++number) unique = name + " (" + std::to_string(number) + ")";
    return unique;
  }

  void write_call(std::string_view role, const Part& part) {
    if (!part.text.empty() && !is_object(part.text)) note(wrong_value(where(), "has a tool call whose arguments are not a JSON object"));
    begin_part(role).key("toolUse").open('{').key("toolUseId").string(part.id).key("name").string(part.name);
    out_.key("input").raw(part.text.empty() ? "{}" : std::string_view(part.text)).close('}').close('}');
  }

  void write_result(std::string_view role, const Part& part) {
    begin_part(role).key("toolResult").open('{').key("toolUseId").string(part.id).key("content").open('[');
    for (const Part& piece : part.parts) {
      const bool is_text = piece.kind == Part::Kind::text;
      if (is_text && piece.text.empty()) continue;
      out_.open('{');
      if (is_text) out_.key("text").string(piece.text).close('}');
      else write_media(out_, piece);
    }
    out_.close(']');
    if (part.is_error) out_.key("status").raw(R"("error")");
    out_.close('}').close('}');
  }

  // ---- inferenceConfig

  void write_inference() {
    refuse(!from_.seed.empty(), "seed");
    refuse(!from_.presence_penalty.empty(), "presence_penalty");
    refuse(!from_.frequency_penalty.empty(), "frequency_penalty");
    refuse(!from_.temperature.empty() && std::stod(from_.temperature) > 1, "temperature", "must be at most 1 for the provider of this model");
    std::string fields;
    Composer out(fields);
    if (from_.max_tokens) out.key("maxTokens").integer(*from_.max_tokens);
    if (!from_.temperature.empty()) out.key("temperature").raw(from_.temperature);
    if (!from_.top_p.empty()) out.key("topP").raw(from_.top_p);
    if (!from_.stop.empty()) {
      out.key("stopSequences").open('[');
      for (const std::string& stop : from_.stop) out.string(stop);
      out.close(']');
    }
    if (!fields.empty()) out_.key("inferenceConfig").raw("{" + fields + "}");
  }

  // ---- tools

  void write_tools() {
    using Kind = chat::ToolChoice::Kind;
    const Kind kind = from_.tool_choice ? from_.tool_choice->kind : Kind::automatic;
    if (from_.tools.empty() && (kind == Kind::any || kind == Kind::one)) note(wrong_value("tool_choice", "chooses tools, but there are none"));
    if (from_.tools.empty()) return;
    refuse(from_.parallel_tool_calls == false, "parallel_tool_calls");
    refuse(kind == Kind::none, "tool_choice", "cannot be none for the provider of this model; leave the tools out instead");
    out_.key("toolConfig").open('{').key("tools").open('[');
    for (std::size_t i = 0; i < from_.tools.size(); ++i) write_tool(from_.tools[i], "tools[" + std::to_string(i) + "]");
    out_.close(']');
    if (from_.tool_choice) write_choice(*from_.tool_choice);
    out_.close('}');
  }

  void write_tool(const chat::Tool& tool, const std::string& path) {
    if (!tool.schema.empty() && !is_object(tool.schema)) note(wrong_value(path, "must have a JSON object as its schema"));
    out_.open('{').key("toolSpec").open('{').key("name").string(tool.name);
    if (!tool.description.empty()) out_.key("description").string(tool.description);
    out_.key("inputSchema").open('{').key("json").raw(tool.schema.empty() ? R"({"type":"object","properties":{}})" : std::string_view(tool.schema)).close('}');
    if (tool.strict.value_or(false)) out_.key("strict").boolean(true);
    out_.close('}').close('}');
  }

  void write_choice(const chat::ToolChoice& choice) {
    using Kind = chat::ToolChoice::Kind;
    out_.key("toolChoice").open('{').key(choice.kind == Kind::any ? "any" : choice.kind == Kind::one ? "tool" : "auto").open('{');
    if (choice.kind == Kind::one) out_.key("name").string(choice.name);
    out_.close('}').close('}');
  }

  // ---- outputConfig

  void write_format() {
    using Kind = chat::OutputFormat::Kind;
    const auto& format = from_.format;
    refuse(format.kind == Kind::json_object, "response_format", "asks for JSON without a schema, which the provider of this model does not know");
    if (format.kind != Kind::json_schema) return;
    if (!format.schema.empty() && !is_object(format.schema)) note(wrong_value("format.schema", "must be a JSON object"));
    out_.key("outputConfig").open('{').key("textFormat").open('{').key("type").raw(R"("json_schema")");
    out_.key("structure").open('{').key("jsonSchema").open('{').key("schema").string(format.schema.empty() ? std::string_view("{}") : std::string_view(format.schema));
    if (!format.name.empty()) out_.key("name").string(format.name);
    if (!format.description.empty()) out_.key("description").string(format.description);
    out_.close('}').close('}').close('}').close('}');
  }

  // ---- what a family knows alone

  void write_additions() {
    std::string fields;
    Composer out(fields);
    switch (family_) {
      case Family::anthropic: write_anthropic(out); break;
      case Family::nova: write_nova(out); break;
      case Family::gpt_oss:
        refuse(!from_.top_k.empty(), "top_k");
        if (!from_.effort.empty()) out.key("reasoning_effort").string(from_.effort);
        break;
      case Family::mistral:
        refuse(!from_.effort.empty(), "reasoning_effort");
        if (!from_.top_k.empty()) out.key("top_k").raw(from_.top_k);
        break;
      case Family::other:
        refuse(!from_.top_k.empty(), "top_k");
        refuse(!from_.effort.empty(), "reasoning_effort");
    }
    if (!fields.empty()) out_.key("additionalModelRequestFields").raw("{" + fields + "}");
    // Which sequence it was is not said unasked.
    if (family_ == Family::anthropic && !from_.stop.empty()) out_.key("additionalModelResponseFieldPaths").raw(R"(["/stop_sequence"])");
  }

  void write_anthropic(Composer& out) {
    if (!from_.top_k.empty()) out.key("top_k").raw(from_.top_k);
    if (from_.reasoning_budget == 0) out.key("thinking").raw(R"({"type":"disabled"})");
    else if (from_.reasoning_budget) out.key("thinking").open('{').key("type").raw(R"("enabled")").key("budget_tokens").integer(*from_.reasoning_budget).close('}');
    refuse(from_.effort == "none" || from_.effort == "minimal", "reasoning_effort", "must be low, medium, high or xhigh for the provider of this model");
    if (!from_.effort.empty()) out.key("output_config").open('{').key("effort").string(from_.effort).close('}');
  }

  void write_nova(Composer& out) {
    if (!from_.top_k.empty()) out.key("inferenceConfig").open('{').key("topK").raw(from_.top_k).close('}');
    if (from_.effort.empty()) return;
    const bool is_known = from_.effort == "low" || from_.effort == "medium" || from_.effort == "high";
    refuse(!is_known && from_.effort != "none", "reasoning_effort", "must be none, low, medium or high for the provider of this model");
    out.key("reasoningConfig").open('{').key("type").string(is_known ? "enabled" : "disabled");
    if (is_known) out.key("maxReasoningEffort").string(from_.effort);
    out.close('}');
  }

  const Family family_;
  std::string_view role_;    // of the message that is open; empty: none is
  std::unordered_set<std::string> names_;  // of documents
};

}  // namespace

Result<std::string> write(const chat::Conversation& conversation, std::string_view model) { return ConverseRequest(conversation, model).write(); }

}  // namespace genai::wire::converse
