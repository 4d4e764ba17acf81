// Request bodies for upstreams that speak responses. Nothing is stored there: no conversation of a client stays where it did not ask for it.
//
// A budget of reasoning becomes the effort that Google's table gives for it ("Gemini API: OpenAI compatibility"): low up to 1 024 tokens, medium up
// to 8 192, high beyond; who states a budget reads along, so a summary is asked for. A tool without `strict` is written as not strict, for
// here, other than elsewhere, the default is strict. Results of tools know no flag for errors: they begin with the word.
#include <algorithm>

#include "domain/wire/compose.hpp"
#include "domain/wire/media.hpp"
#include "domain/wire/responses.hpp"

namespace genai::wire::responses {
namespace {

using chat::Part;
using chat::Role;

constexpr std::string_view no_word = "cannot be said to the provider of this model, which speaks OpenAI's responses";
constexpr std::int64_t low_budget = 1024, medium_budget = 8192;  // tokens, at most

std::string_view effort_of(const chat::Conversation& conversation) {
  if (!conversation.effort.empty() || !conversation.reasoning_budget) return conversation.effort;
  const std::int64_t budget = *conversation.reasoning_budget;
  return budget <= 0 ? "none" : budget <= low_budget ? "low" : budget <= medium_budget ? "medium" : "high";
}

class RequestWriter {
 public:
  RequestWriter(const chat::Conversation& from, std::string_view model) : from_(from), model_(model), out_(to_) {}

  Result<std::string> write() {
    out_.open('{').key("model").string(model_).key("input").open('[');
    for (; message_ < from_.messages.size(); ++message_) write_message(from_.messages[message_]);
    out_.close(']');
    write_limits();
    write_tools();
    write_reasoning();
    write_format();
    if (!from_.user.empty()) out_.key("user").string(from_.user);
    out_.key("store").boolean(false);
    if (from_.stream) out_.key("stream").boolean(true);
    out_.close('}');
    if (wrong_) return std::move(*wrong_);
    return std::move(to_);
  }

 private:
  void note(Error error) {
    if (!wrong_) wrong_ = std::move(error);  // the first one is told
  }
  void refuse(bool there, std::string_view param) {
    if (there) note(unsupported(std::string(param), no_word));
  }

  std::string where() const { return "messages[" + std::to_string(message_) + "]"; }

  void write_limits() {
    refuse(!from_.stop.empty(), "stop");
    refuse(!from_.seed.empty(), "seed");
    refuse(!from_.presence_penalty.empty(), "presence_penalty");
    refuse(!from_.frequency_penalty.empty(), "frequency_penalty");
    refuse(!from_.top_k.empty(), "top_k");
    if (from_.max_tokens) out_.key("max_output_tokens").integer(*from_.max_tokens);
    if (!from_.temperature.empty()) out_.key("temperature").raw(from_.temperature);
    if (!from_.top_p.empty()) out_.key("top_p").raw(from_.top_p);
  }

  // ---- messages into items

  void write_message(const chat::Message& message) {
    for (const Part& part : message.parts) write_part(message.role, part);
    end_message();
  }

  void write_part(Role role, const Part& part) {
    const bool is_assistant = role == Role::assistant;
    switch (part.kind) {
      case Part::Kind::text: return write_words(in_message(role), is_assistant ? "output_text" : "input_text", "text", part.text);
      case Part::Kind::refusal: return write_words(in_message(role), "refusal", "refusal", part.text);
      case Part::Kind::image:
        refuse(role != Role::user, where());
        return write_image(in_message(role), part);
      case Part::Kind::document:
        refuse(role != Role::user, where());
        return write_document(part);
      default: break;
    }
    end_message();
    if (part.kind == Part::Kind::tool_call) write_call(part);
    else if (part.kind == Part::Kind::tool_result) write_result(part);
    else write_thoughts(part);
  }

  // The parts of the message that goes on.
  Composer& in_message(Role role) {
    if (is_in_message_) return out_;
    is_in_message_ = true;
    const std::string_view name = role == Role::assistant ? "assistant" : role == Role::user ? "user" : "system";
    return out_.open('{').key("type").raw(R"("message")").key("role").string(name).key("content").open('[');
  }

  void end_message() {
    if (is_in_message_) out_.close(']').close('}');
    is_in_message_ = false;
  }

  static void write_words(Composer& out, std::string_view type, std::string_view name, std::string_view words) {
    out.open('{').key("type").string(type).key(name).string(words).close('}');
  }

  static void write_image(Composer& out, const Part& part) {
    out.open('{').key("type").raw(R"("input_image")").key("image_url");
    out.string(part.url.empty() ? data_url(part.media_type, part.data) : part.url);
    out.key("detail").string(part.detail.empty() ? "auto" : std::string_view(part.detail)).close('}');
  }

  void write_document(const Part& part) {
    Composer& out = in_message(Role::user).open('{').key("type").raw(R"("input_file")");
    if (!part.url.empty()) {
      out.key("file_url").string(part.url).close('}');
      return;
    }
    const std::string_view fallback = part.media_type == "application/pdf" ? "document.pdf" : "document";  // data needs a name
    out.key("filename").string(part.name.empty() ? fallback : std::string_view(part.name));
    out.key("file_data").string(data_url(part.media_type, part.data)).close('}');
  }

  void write_call(const Part& part) {
    out_.open('{').key("type").raw(R"("function_call")").key("call_id").string(part.id).key("name").string(part.name);
    out_.key("arguments").string(part.text.empty() ? "{}" : std::string_view(part.text)).close('}');
  }

  void write_result(const Part& part) {
    constexpr std::string_view error = "Error: ";
    const bool is_text = part.parts.empty() || (part.parts.size() == 1 && part.parts[0].kind == Part::Kind::text);
    out_.open('{').key("type").raw(R"("function_call_output")").key("call_id").string(part.id).key("output");
    if (is_text) {
      const std::string_view text = part.parts.empty() ? std::string_view() : part.parts[0].text;
      out_.string(part.is_error ? std::string(error) += text : std::string(text)).close('}');
      return;
    }
    out_.open('[');
    if (part.is_error) write_words(out_, "input_text", "text", error);
    for (const Part& piece : part.parts) {
      if (piece.kind == Part::Kind::image) write_image(out_, piece);
      else if (piece.kind == Part::Kind::text) write_words(out_, "input_text", "text", piece.text);
      else refuse(true, where());
    }
    out_.close(']').close('}');
  }

  // What is signed goes back as it came: a summary, and its proof. What is not has its text alone.
  void write_thoughts(const Part& part) {
    const bool is_hidden = part.kind == Part::Kind::hidden_reasoning;
    const std::string& proof = is_hidden ? part.data : part.signature;
    thinks_ = true;
    out_.open('{').key("type").raw(R"("reasoning")").key("summary").open('[');
    if (!is_hidden && !proof.empty()) write_words(out_, "summary_text", "text", part.text);
    out_.close(']');
    if (proof.empty()) {
      write_words(out_.key("content").open('['), "reasoning_text", "text", part.text);
      out_.close(']');
    } else {
      out_.key("encrypted_content").string(proof);
    }
    out_.close('}');
  }

  // ---- tools and what else is asked

  void write_tools() {
    if (!from_.tools.empty()) {
      out_.key("tools").open('[');
      for (std::size_t i = 0; i < from_.tools.size(); ++i) write_tool(from_.tools[i], i);
      out_.close(']');
    }
    if (from_.tool_choice) write_tool_choice(*from_.tool_choice);
    if (from_.parallel_tool_calls) out_.key("parallel_tool_calls").boolean(*from_.parallel_tool_calls);
  }

  void write_tool(const chat::Tool& tool, std::size_t index) {
    out_.open('{').key("type").raw(R"("function")").key("name").string(tool.name);
    if (!tool.description.empty()) out_.key("description").string(tool.description);
    const bool is_wrong = !tool.schema.empty() && !is_object(tool.schema);
    if (is_wrong) note(wrong_value("tools[" + std::to_string(index) + "]", "must have a JSON object as its schema"));
    out_.key("parameters").raw(tool.schema.empty() ? R"({"type":"object","properties":{}})" : std::string_view(tool.schema));
    out_.key("strict").boolean(tool.strict.value_or(false)).close('}');
  }

  void write_tool_choice(const chat::ToolChoice& choice) {
    using Kind = chat::ToolChoice::Kind;
    if (from_.tools.empty()) {  // nothing to choose from
      if (choice.kind == Kind::any || choice.kind == Kind::one) note(wrong_value("tool_choice", "chooses tools, but there are none"));
      return;
    }
    out_.key("tool_choice");
    if (choice.kind == Kind::one) out_.open('{').key("type").raw(R"("function")").key("name").string(choice.name).close('}');
    else out_.string(choice.kind == Kind::none ? "none" : choice.kind == Kind::any ? "required" : "auto");
  }

  void write_reasoning() {
    const std::string_view effort = effort_of(from_);
    const bool reads_along = from_.reasoning_budget.value_or(0) > 0;
    if (!effort.empty()) {
      out_.key("reasoning").open('{').key("effort").string(effort);
      if (reads_along) out_.key("summary").raw(R"("auto")");
      out_.close('}');
    }
    thinks_ |= !effort.empty() && effort != "none";
    if (thinks_) out_.key("include").raw(R"(["reasoning.encrypted_content"])");  // models that do not reason refuse it
  }

  void write_format() {
    using Kind = chat::OutputFormat::Kind;
    const chat::OutputFormat& format = from_.format;
    if (format.kind == Kind::text) return;
    out_.key("text").open('{').key("format").open('{');
    if (format.kind == Kind::json_object) {
      out_.key("type").raw(R"("json_object")").close('}').close('}');
      return;
    }
    if (!is_object(format.schema)) note(wrong_value("format.schema", "must be a JSON object"));
    out_.key("type").raw(R"("json_schema")").key("name").string(format.name.empty() ? "answer" : std::string_view(format.name));
    if (!format.description.empty()) out_.key("description").string(format.description);
    out_.key("schema").raw(format.schema.empty() ? std::string_view("{}") : std::string_view(format.schema));
    if (format.strict) out_.key("strict").boolean(*format.strict);
    out_.close('}').close('}');
  }

  const chat::Conversation& from_;
  std::string_view model_;
  std::string to_;
  Composer out_;
  std::optional<Error> wrong_;
  std::size_t message_ = 0;  // the one that is written
  bool is_in_message_ = false;
  bool thinks_ = false;
};

}  // namespace

Result<std::string> write(const chat::Conversation& conversation, std::string_view model) { return RequestWriter(conversation, model).write(); }

}  // namespace genai::wire::responses
