// The Messages API from and to what is asked in no dialect.
#include <array>

#include "domain/wire/anthropic.hpp"
#include "domain/wire/conversation_reader.hpp"
#include "domain/wire/conversation_writer.hpp"

namespace genai::wire::anthropic {
namespace {

using chat::Part;
using chat::Role;
using Kind = Part::Kind;

constexpr std::int64_t usual_max_tokens = 8192;

class Reading : ConversationReader {
 public:
  explicit Reading(const chat::Chat& chat) : ConversationReader(chat) {}

  Result<chat::Conversation> read() {
    in_.enter_object();
    std::string_view name;
    while (in_.next_member(name)) member(name);
    // `system` may stand behind `messages`
    if (!system_.parts.empty()) asked_.messages.insert(asked_.messages.begin(), std::move(system_));
    return finished();
  }

 private:
  void member(std::string_view name) {
    if (name == "messages") each_object(name, [this] { read_message(); });
    else if (name == "system") read_system(name);
    else if (name == "tools") skipped_null() ? void() : void(each_object(name, [this] { read_tool(); }));
    else if (name == "tool_choice") read_tool_choice(name);
    else if (name == "temperature") asked_.temperature = number(name, 0, 1, "must be a number from 0 to 1");
    else if (name == "top_p") asked_.top_p = number(name, 0, 1, "must be a number from 0 to 1");
    else if (name == "top_k") asked_.top_k = number(name, 0, 1e9, "must be an integer of at least 0");
    else if (name == "stop_sequences") read_stops(name);
    else if (name == "thinking") read_thinking(name);
    else if (name == "output_config") read_output(name);
    else if (name == "output_format") read_format(name);
    else if (name == "mcp_servers" || name == "fallbacks") only(name, {"[]"});
    else if (name == "service_tier") only(name, {R"("auto")", R"("standard_only")"});
    else if (name == "model" || name == "stream" || name == "max_tokens" || is_hint(name)) in_.skip();
    else untranslatable(name);
  }

  void read_stops(std::string_view name) {
    if (skipped_null()) return;
    for (in_.enter_array(); in_.next_element();) asked_.stop.push_back(said(name));
  }

  void read_thinking(std::string_view name) {
    if (skipped_null()) return;
    const Path::Step at(path_, name);
    std::string type;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") type = said(key);
      else if (key == "budget_tokens") asked_.reasoning_budget = integer(key, 1, INT64_MAX, "must be an integer of at least 1");
      else if (key == "display") in_.skip();
      else untranslatable(key);
    }
    if (type == "disabled") asked_.reasoning_budget = 0;
  }

  void read_output(std::string_view name) {
    if (skipped_null()) return;
    const Path::Step at(path_, name);
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "effort") asked_.effort = said(key);
      else if (key == "format") read_format(key);
      else untranslatable(key);
    }
  }

  void read_format(std::string_view name) {
    if (skipped_null()) return;
    const Path::Step at(path_, name);
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") only(key, {R"("json_schema")"});
      else if (key == "schema") asked_.format.schema = raw();
      else untranslatable(key);
    }
    asked_.format.kind = chat::OutputFormat::Kind::json_schema;
    asked_.format.strict = true;
  }

  // ---- messages

  void read_system(std::string_view name) {
    system_.role = Role::system;
    read_content(name, system_.parts);
  }

  void read_message() {
    chat::Message message;
    std::string role;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "role") role = said(key);
      else if (key == "content") read_content(key, message.parts);
      else if (is_hint(key)) in_.skip();
      else untranslatable(key);
    }
    message.role = role == "assistant" ? Role::assistant : role == "system" ? Role::system : Role::user;
    asked_.messages.push_back(std::move(message));
  }

  void read_content(std::string_view name, std::vector<Part>& into) {
    if (skipped_null()) return;
    if (in_.kind() == json::Kind::string) {
      if (auto text = said(name); !text.empty()) into.push_back({.kind = Kind::text, .text = std::move(text)});
      return;
    }
    each_object(name, [&] { read_block(into); });
  }

  void read_block(std::vector<Part>& into) {
    Part part;
    std::string type;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(key);
      else if (key == "text" || key == "thinking") part.text = said(key);
      else if (key == "signature") part.signature = said(key);
      else if (key == "data") part.data = said(key);
      else if (key == "id" || key == "tool_use_id") part.id = said(key);
      else if (key == "name" || key == "title") part.name = said(key);
      else if (key == "input") part.text = raw();
      else if (key == "source") read_source(part);
      else if (key == "content") read_content(key, part.parts);
      else if (key == "is_error") part.is_error = boolean(key).value_or(false);
      else if (key == "caller" || in_.kind() == json::Kind::null || is_hint(key)) in_.skip();
      else if (key == "citations") in_.skip();  // where an answer's words came from: not needed to go on
      else untranslatable(key);
    }
    if (!set_kind(part, type)) return wrong(Code::unsupported_parameter, "type", "cannot be said to the provider of this model");
    into.push_back(std::move(part));
  }

  static bool set_kind(Part& part, std::string_view type) {
    struct Row {
      std::string_view type;
      Kind kind;
    };
    static constexpr std::array<Row, 7> rows{{{"text", Kind::text},
                                              {"image", Kind::image},
                                              {"document", Kind::document},
                                              {"thinking", Kind::reasoning},
                                              {"redacted_thinking", Kind::hidden_reasoning},
                                              {"tool_use", Kind::tool_call},
                                              {"tool_result", Kind::tool_result}}};
    for (const auto& row : rows)
      if (row.type == type) return part.kind = row.kind, true;
    return false;
  }

  void read_source(Part& part) {
    const Path::Step at(path_, "source");
    std::string type;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") type = said(key);
      else if (key == "media_type") part.media_type = said(key);
      else if (key == "data") part.data = said(key);
      else if (key == "url") part.url = said(key);
      else untranslatable(key);
    }
    if (type != "base64" && type != "url") wrong(Code::unsupported_parameter, "type", "must be base64 or url for the provider of this model");
  }

  // ---- tools

  void read_tool() {
    chat::Tool tool;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") only(key, {R"("custom")"});
      else if (key == "name") tool.name = said(key);
      else if (key == "description") tool.description = said(key);
      else if (key == "input_schema") tool.schema = raw();
      else if (key == "strict") tool.strict = boolean(key);
      else if (key == "eager_input_streaming" || key == "input_examples" || key == "defer_loading" || key == "allowed_callers" || is_hint(key)) in_.skip();
      else untranslatable(key);
    }
    asked_.tools.push_back(std::move(tool));
  }

  void read_tool_choice(std::string_view name) {
    if (skipped_null()) return;
    const Path::Step at(path_, name);
    using Choice = chat::ToolChoice::Kind;
    chat::ToolChoice choice;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") read_choice(choice.kind);
      else if (key == "name") choice.name = said(key);
      else if (key == "disable_parallel_tool_use") asked_.parallel_tool_calls = !boolean(key).value_or(false);
      else untranslatable(key);
    }
    if (choice.kind == Choice::one && choice.name.empty()) wrong(Code::missing_field, "name", "is required");
    asked_.tool_choice = std::move(choice);
  }

  void read_choice(chat::ToolChoice::Kind& kind) {
    using Choice = chat::ToolChoice::Kind;
    const auto type = said("type");
    if (type == "any") kind = Choice::any;
    else if (type == "none") kind = Choice::none;
    else if (type == "tool") kind = Choice::one;
    else if (type != "auto") wrong("type", "must be auto, any, tool or none");
  }

  chat::Message system_;
};

// ---- writing

class Writing : ConversationWriter {
 public:
  Writing(const chat::Conversation& asked, std::string_view model) : ConversationWriter(asked, model) {}

  Result<std::string> write() {
    const auto thinking = asked_.reasoning_budget.value_or(0);
    to_ += R"(,"max_tokens":)";
    json::append_integer(to_, asked_.max_tokens.value_or(thinking + usual_max_tokens));
    const auto first = system();
    to_ += R"(,"messages":[)";
    messages(first);
    to_ += ']';
    options();
    tools();
    output();
    if (asked_.stream) to_ += R"(,"stream":true)";
    return finished();
  }

 private:
  // The system messages that come first; the number of the message behind them.
  std::size_t system() {
    std::size_t at = 0;
    bool any = false;
    for (; at < asked_.messages.size() && asked_.messages[at].role == Role::system; ++at) {
      std::size_t place = 0;
      for (const auto& part : asked_.messages[at].parts) {
        if (part.kind != Kind::text) unsayable(where(at, place), "its system prompt is text");
        to_ += std::exchange(any, true) ? "," : R"(,"system":[)";
        text(part);
        ++place;
      }
    }
    if (any) to_ += ']';
    return at;
  }

  // Messages of one role in a row are one here: answers to calls that were made together must come together.
  void messages(std::size_t at) {
    const auto begin = at;
    std::optional<Role> open;
    for (; at < asked_.messages.size(); ++at) {
      const auto& message = asked_.messages[at];
      if (message.role == Role::system) unsayable("messages[" + std::to_string(at) + "].role", "system messages may only come first");
      if (message.parts.empty()) continue;
      if (open != message.role) {
        if (open) close();
        if (at != begin && to_.back() != '[') to_ += ',';
        to_ += message.role == Role::assistant ? R"({"role":"assistant","content":[)" : R"({"role":"user","content":[)";
        open = message.role;
      }
      for (std::size_t i = 0; i < message.parts.size(); ++i) part(message.parts[i], where(at, i));
    }
    if (open) close();
  }

  void close() {
    if (to_.back() == ',') to_.pop_back();
    to_ += "]}";
  }

  void text(const Part& part) {
    to_ += R"({"type":"text","text":)";
    json::append_string(to_, part.text);
    to_ += '}';
  }

  void part(const Part& part, const std::string& where) {
    switch (part.kind) {
      case Kind::text:
      case Kind::refusal: text(part); break;
      case Kind::image:
      case Kind::document: media(part); break;
      case Kind::reasoning:
        if (part.signature.empty()) return;  // not believed without its proof
        to_ += R"({"type":"thinking","thinking":)";
        json::append_string(to_, part.text);
        member("signature", part.signature);
        to_ += '}';
        break;
      case Kind::hidden_reasoning:
        to_ += R"({"type":"redacted_thinking","data":)";
        json::append_string(to_, part.data);
        to_ += '}';
        break;
      case Kind::tool_call:
        to_ += R"({"type":"tool_use","id":)";
        json::append_string(to_, part.id);
        member("name", part.name);
        raw("input", part.text.empty() ? "{}" : part.text);
        to_ += '}';
        break;
      case Kind::tool_result: tool_result(part, where); break;
    }
    to_ += ',';
  }

  void media(const Part& part) {
    to_ += part.kind == Kind::image ? R"({"type":"image","source":)" : R"({"type":"document","source":)";
    if (part.data.empty()) {
      to_ += R"({"type":"url","url":)";
      json::append_string(to_, part.url);
    } else {
      to_ += R"({"type":"base64","media_type":)";
      json::append_string(to_, part.media_type);
      member("data", part.data);
    }
    to_ += '}';
    if (part.kind == Kind::document) member("title", part.name);
    to_ += '}';
  }

  void tool_result(const Part& result, const std::string& where) {
    to_ += R"({"type":"tool_result","tool_use_id":)";
    json::append_string(to_, result.id);
    to_ += R"(,"content":[)";
    for (const auto& one : result.parts) part(one, where);
    if (to_.back() == ',') to_.pop_back();
    to_ += ']';
    if (result.is_error) to_ += R"(,"is_error":true)";
    to_ += '}';
  }

  void options() {
    if (!asked_.temperature.empty() && std::stod(asked_.temperature) > 1) unsayable("temperature", "it takes 0 to 1");
    raw("temperature", asked_.temperature);
    raw("top_p", asked_.top_p);
    raw("top_k", asked_.top_k);
    if (!asked_.seed.empty()) unsayable("seed", "it has no such field");
    if (!asked_.presence_penalty.empty()) unsayable("presence_penalty", "it has no such field");
    if (!asked_.frequency_penalty.empty()) unsayable("frequency_penalty", "it has no such field");
    texts("stop_sequences", asked_.stop);
    if (asked_.reasoning_budget) thinking(*asked_.reasoning_budget);
    if (asked_.user.empty()) return;
    to_ += R"(,"metadata":{"user_id":)";
    json::append_string(to_, asked_.user);
    to_ += '}';
  }

  void thinking(std::int64_t budget) {
    if (budget == 0) {
      to_ += R"(,"thinking":{"type":"disabled"})";
      return;
    }
    to_ += R"(,"thinking":{"type":"enabled","budget_tokens":)";
    json::append_integer(to_, budget);
    to_ += '}';
  }

  void tools() {
    if (asked_.tools.empty()) return;
    to_ += R"(,"tools":[)";
    for (const auto& tool : asked_.tools) {
      to_ += R"({"name":)";
      json::append_string(to_, tool.name);
      member("description", tool.description);
      raw("input_schema", tool.schema.empty() ? R"({"type":"object","properties":{}})" : tool.schema);
      if (tool.strict) raw("strict", *tool.strict ? "true" : "false");
      to_ += "},";
    }
    to_.back() = ']';
    choice();
  }

  void choice() {
    static constexpr std::array<std::string_view, 4> words{"auto", "none", "any", "tool"};
    const bool one_at_a_time = asked_.parallel_tool_calls == false;
    if (!asked_.tool_choice && !one_at_a_time) return;
    const auto choice = asked_.tool_choice.value_or(chat::ToolChoice{});
    ((to_ += R"(,"tool_choice":{"type":")") += words[static_cast<std::size_t>(choice.kind)]) += '"';
    if (choice.kind == chat::ToolChoice::Kind::one) member("name", choice.name);
    if (one_at_a_time && choice.kind != chat::ToolChoice::Kind::none) raw("disable_parallel_tool_use", "true");
    to_ += '}';
  }

  void output() {
    using Format = chat::OutputFormat::Kind;
    if (asked_.format.kind == Format::json_object) unsayable("response_format", "it answers in JSON only to a schema");
    if (asked_.effort == "none" || asked_.effort == "minimal") unsayable("reasoning_effort", "it takes low, medium, high, xhigh or max");
    const bool schema = asked_.format.kind == Format::json_schema;
    if (!schema && asked_.effort.empty()) return;
    to_ += R"(,"output_config":{)";
    if (!asked_.effort.empty()) {
      to_ += R"("effort":)";
      json::append_string(to_, asked_.effort);
    }
    if (schema) {
      if (!asked_.effort.empty()) to_ += ',';
      ((to_ += R"("format":{"type":"json_schema","schema":)") += asked_.format.schema.empty() ? "{}" : asked_.format.schema) += '}';
    }
    to_ += '}';
  }

};

}  // namespace

Result<chat::Conversation> read_conversation(const chat::Chat& chat) { return Reading(chat).read(); }

Result<std::string> write_conversation(const chat::Conversation& asked, std::string_view model) { return Writing(asked, model).write(); }

}  // namespace genai::wire::anthropic
