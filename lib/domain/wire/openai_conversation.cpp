// Chat completions from and to what is asked in no dialect.
// Format: OpenAI API reference, "Create chat completion".
#include <array>

#include "domain/wire/conversation_reader.hpp"
#include "domain/wire/conversation_writer.hpp"
#include "domain/wire/fields.hpp"
#include "domain/wire/openai.hpp"

namespace genai::wire::openai {
namespace {

using chat::Part;
using chat::Role;
using Kind = Part::Kind;

constexpr std::size_t most_stops = 4;

class Reading : ConversationReader {
 public:
  explicit Reading(const chat::Chat& chat) : ConversationReader(chat) {}

  Result<chat::Conversation> read() {
    in_.enter_object();
    std::string_view name;
    while (in_.next_member(name)) member(name);
    return finished();
  }

 private:
  void member(std::string_view name) {
    if (name == "messages") each_object(name, [this] { read_message(); });
    else if (name == "prompt") read_prompt(name);
    else if (name == "echo" || name == "suffix" || name == "best_of") only(name, {"false", R"("")", "1"});
    else if (name == "tools") skipped_null() ? void() : void(each_object(name, [this] { read_tool(); }));
    else if (name == "tool_choice") read_tool_choice(name);
    else if (name == "parallel_tool_calls") asked_.parallel_tool_calls = boolean(name);
    else if (name == "temperature") asked_.temperature = number(name, 0, 2, "must be a number from 0 to 2");
    else if (name == "top_p") asked_.top_p = number(name, 0, 1, "must be a number from 0 to 1");
    else if (name == "top_k") asked_.top_k = number(name, -1, 1e9, "must be an integer");
    else if (name == "seed") asked_.seed = number(name, -9.3e18, 9.3e18, "must be an integer");
    else if (name == "presence_penalty") asked_.presence_penalty = penalty(name);
    else if (name == "frequency_penalty") asked_.frequency_penalty = penalty(name);
    else if (name == "stop") read_stop(name);
    else if (name == "response_format") read_format(name);
    else if (name == "reasoning_effort") asked_.effort = said(name);
    else if (name == "n") only(name, {"1"});
    else if (name == "logprobs") only(name, {"false", "0"});
    else if (name == "logit_bias") only(name, {"{}"});
    else if (name == "modalities") only(name, {R"(["text"])"});
    else if (name == "verbosity") only(name, {R"("medium")"});
    else if (name == "service_tier") only(name, {R"("auto")", R"("default")"});
    else if (name == "model" || name == "stream" || name == "stream_options" || name == "max_tokens" || name == "max_completion_tokens" || is_hint(name)) in_.skip();
    else untranslatable(name);
  }

  // Of completions: what a model would go on with is here what it answers to.
  void read_prompt(std::string_view name) {
    chat::Message message;
    const bool listed = in_.kind() == json::Kind::array;
    if (listed) in_.enter_array();
    std::size_t texts = 0, others = 0;
    for (bool more = !listed || in_.next_element(); more; more = listed && in_.next_element()) {
      if (in_.kind() == json::Kind::string) add(message, Kind::text, said(name)), ++texts;
      else in_.skip(), ++others;
    }
    if (texts != 1 || others != 0) wrong(Code::unsupported_parameter, name, "must be one text for the provider of this model, which knows no completions");
    asked_.messages.push_back(std::move(message));
  }

  std::string penalty(std::string_view name) {
    const auto value = number(name, -2, 2, "must be a number from -2 to 2");
    return value == "0" || value == "0.0" ? std::string() : std::string(value);
  }

  void read_stop(std::string_view name) {
    if (in_.kind() == json::Kind::string) return asked_.stop.push_back(said(name));
    if (skipped_null()) return;
    for (in_.enter_array(); in_.next_element();) asked_.stop.push_back(said(name));
  }

  // ---- messages

  void read_message() {
    chat::Message message;
    std::string role, call;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "role") role = said(key);
      else if (key == "content") read_content(message);
      else if (key == "refusal") add(message, Kind::refusal, said(key));
      else if (key == "reasoning_content" || key == "reasoning") in_.skip();  // thoughts without their provider's proof are not handed back
      else if (key == "tool_calls") skipped_null() ? void() : void(each_object(key, [&] { read_call(message); }));
      else if (key == "tool_call_id") call = said(key);
      else if (in_.kind() == json::Kind::null || is_hint(key)) in_.skip();
      else untranslatable(key);
    }
    if (role == "tool") {
      Part result{.kind = Kind::tool_result, .id = std::move(call), .parts = std::move(message.parts)};
      message.parts.clear();
      message.parts.push_back(std::move(result));
    } else if (role == "function") {
      wrong(Code::unsupported_parameter, "role", "cannot be 'function' for the provider of this model: say 'tool'");
    }
    message.role = role == "assistant" ? Role::assistant : role == "system" || role == "developer" ? Role::system : Role::user;
    asked_.messages.push_back(std::move(message));
  }

  void add(chat::Message& message, Kind kind, std::string text) {
    if (!text.empty()) message.parts.push_back({.kind = kind, .text = std::move(text)});
  }

  void read_content(chat::Message& message) {
    if (skipped_null()) return;
    if (in_.kind() == json::Kind::string) return add(message, Kind::text, said("content"));
    each_object("content", [&] { read_part(message); });
  }

  void read_part(chat::Message& message) {
    Part part;
    std::string type;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(key);
      else if (key == "text" || key == "refusal") part.text = said(key);
      else if (key == "image_url") read_image(part);
      else if (key == "file") read_file(part);
      else if (is_hint(key)) in_.skip();
      else untranslatable(key);
    }
    if (type == "refusal") part.kind = Kind::refusal;
    else if (type != "text" && type != "image_url" && type != "file") wrong(Code::unsupported_parameter, "type", "cannot be said to the provider of this model");
    message.parts.push_back(std::move(part));
  }

  void read_image(Part& part) {
    const Path::Step at(path_, "image_url");
    std::string address;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "url") address = said(key);
      else if (key == "detail") part.detail = said(key);
      else untranslatable(key);
    }
    image(part, std::move(address));
  }

  void read_file(Part& part) {
    const Path::Step at(path_, "file");
    part.kind = Kind::document;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "filename") part.name = said(key);
      else if (key == "file_data") read_file_data(part);
      else untranslatable(key);
    }
  }

  void read_file_data(Part& part) {
    const auto address = said("file_data");
    const auto data = parse_data_url(address);
    if (!data) return wrong("file_data", "must be data:TYPE;base64,...");
    part.media_type = data->media_type;
    part.data = data->data;
  }

  void read_call(chat::Message& message) {
    Part call{.kind = Kind::tool_call};
    std::string type = "function";
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "id") call.id = said(key);
      else if (key == "type") type = said(key);
      else if (key == "function") read_called(call);
      else if (key == "index" || in_.kind() == json::Kind::null) in_.skip();
      else untranslatable(key);
    }
    if (type != "function") wrong(Code::unsupported_parameter, "type", "must be 'function' for the provider of this model");
    message.parts.push_back(std::move(call));
  }

  void read_called(Part& call) {
    const Path::Step at(path_, "function");
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "name") call.name = said(key);
      else if (key == "arguments") read_arguments(call);
      else untranslatable(key);
    }
  }

  // Other dialects have the object itself, not a text that should hold one.
  void read_arguments(Part& call) {
    call.text = said("arguments");
    if (call.text.find_first_not_of(" \t\r\n") == std::string::npos) call.text = "{}";
    json::Reader in(call.text, json::Manner::lenient);
    const bool is_object = in.kind() == json::Kind::object;
    in.skip();
    if (!in.end() || !is_object) wrong("arguments", "must hold one JSON object");
  }

  // ---- tools

  void read_tool() {
    chat::Tool tool;
    std::string type;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "type") type = said(key);
      else if (key == "function") read_function(tool);
      else if (is_hint(key)) in_.skip();
      else untranslatable(key);
    }
    if (type != "function") wrong(Code::unsupported_parameter, "type", "must be 'function' for the provider of this model");
    asked_.tools.push_back(std::move(tool));
  }

  void read_function(chat::Tool& tool) {
    const Path::Step at(path_, "function");
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "name") tool.name = said(key);
      else if (key == "description") tool.description = said(key);
      else if (key == "parameters") read_schema(key, tool.schema);
      else if (key == "strict") tool.strict = boolean(key);
      else untranslatable(key);
    }
  }

  void read_schema(std::string_view name, std::string& into) {
    const auto kind = in_.kind();
    const auto value = raw();
    if (kind == json::Kind::object) into = value;
    else if (kind != json::Kind::null) wrong(name, "must be an object");
  }

  void read_tool_choice(std::string_view name) {
    if (skipped_null()) return;
    using Choice = chat::ToolChoice::Kind;
    chat::ToolChoice choice;
    if (in_.kind() == json::Kind::string) {
      const auto word = said(name);
      if (word == "none") choice.kind = Choice::none;
      else if (word == "required") choice.kind = Choice::any;
      else if (word != "auto") wrong(name, "must be none, auto, required or an object");
    } else {
      choice.kind = Choice::one;
      read_chosen(name, choice);
    }
    asked_.tool_choice = std::move(choice);
  }

  void read_chosen(std::string_view name, chat::ToolChoice& choice) {
    const Path::Step at(path_, name);
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") only(key, {R"("function")"});
      else if (key == "function") read_chosen(key, choice);
      else if (key == "name") choice.name = said(key);
      else untranslatable(key);
    }
  }

  // ---- the form of the answer

  void read_format(std::string_view name) {
    if (skipped_null()) return;
    const Path::Step at(path_, name);
    using Format = chat::OutputFormat::Kind;
    std::string type;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "type") type = said(key);
      else if (key == "json_schema") read_json_schema(key);
      else untranslatable(key);
    }
    if (type == "json_object") asked_.format.kind = Format::json_object;
    else if (type == "json_schema") asked_.format.kind = Format::json_schema;
    else if (type != "text") wrong("type", "must be text, json_object or json_schema");
  }

  void read_json_schema(std::string_view name) {
    const Path::Step at(path_, name);
    auto& format = asked_.format;
    std::string_view key;
    for (in_.enter_object(); in_.next_member(key);) {
      if (key == "name") format.name = said(key);
      else if (key == "description") format.description = said(key);
      else if (key == "schema") read_schema(key, format.schema);
      else if (key == "strict") format.strict = boolean(key);
      else untranslatable(key);
    }
  }
};

// ---- writing

class Writing : ConversationWriter {
 public:
  Writing(const chat::Conversation& asked, std::string_view model, const Manner& manner) : ConversationWriter(asked, model), manner_(manner) {}

  Result<std::string> write() {
    to_ += R"(,"messages":[)";
    for (std::size_t i = 0; i < asked_.messages.size(); ++i) message(asked_.messages[i], i);
    if (to_.back() == ',') to_.pop_back();
    to_ += ']';
    options();
    tools();
    format();
    if (asked_.stream) to_ += R"(,"stream":true,"stream_options":{"include_usage":true})";
    return finished();
  }

 private:
  void options() {
    if (asked_.max_tokens) raw(manner_.token_limit == TokenLimit::max_tokens ? "max_tokens" : "max_completion_tokens", std::to_string(*asked_.max_tokens));
    raw("temperature", asked_.temperature);
    raw("top_p", asked_.top_p);
    raw("seed", asked_.seed);
    raw("presence_penalty", asked_.presence_penalty);
    raw("frequency_penalty", asked_.frequency_penalty);
    if (manner_.takes_top_k) raw("top_k", asked_.top_k);
    else if (!asked_.top_k.empty()) unsayable("top_k", "it has no such field");
    if (asked_.stop.size() > most_stops) unsayable("stop", "it takes at most 4 stop sequences");
    texts("stop", asked_.stop);
    member("reasoning_effort", asked_.effort);
    member("user", asked_.user);
  }

  // Results of tools are messages of their own here.
  void message(const chat::Message& message, std::size_t place) {
    const auto is_result = [](const Part& part) { return part.kind == Kind::tool_result; };
    std::size_t part = 0;
    for (const auto& one : message.parts) {
      if (is_result(one)) tool_result(one, where(place, part));
      ++part;
    }
    const bool only_results = !message.parts.empty() && std::all_of(message.parts.begin(), message.parts.end(), is_result);
    if (!only_results) spoken(message, place);
  }

  void tool_result(const Part& result, const std::string& where) {
    to_ += R"({"role":"tool","tool_call_id":)";
    json::append_string(to_, tool_id(result.id, manner_.tool_ids));
    to_ += R"(,"content":")";
    for (const auto& part : result.parts) {
      if (part.kind == Kind::text) json::append_escaped(to_, part.text);
      else unsayable(where, "a tool's result is text there");
    }
    to_ += "\"},";
  }

  void spoken(const chat::Message& message, std::size_t place) {
    static constexpr std::array<std::string_view, 3> roles{"system", "user", "assistant"};
    ((to_ += R"({"role":")") += roles[static_cast<std::size_t>(message.role)]) += "\",\"content\":";
    content(message, place);
    if (message.role == Role::assistant) calls(message);
    to_ += "},";
  }

  void content(const chat::Message& message, std::size_t place) {
    const auto is_content = [](const Part& part) { return part.kind == Kind::text || part.kind == Kind::image || part.kind == Kind::document || part.kind == Kind::refusal; };
    const auto contents = std::count_if(message.parts.begin(), message.parts.end(), is_content);
    if (contents == 0) {
      to_ += message.role == Role::assistant ? "null" : "\"\"";
      return;
    }
    const auto& first = *std::find_if(message.parts.begin(), message.parts.end(), is_content);
    if (contents == 1 && first.kind == Kind::text) return json::append_string(to_, first.text);
    to_ += '[';
    for (std::size_t i = 0; i < message.parts.size(); ++i)
      if (is_content(message.parts[i])) part(message.parts[i], where(place, i));
    to_.back() = ']';
  }

  void part(const Part& part, const std::string& where) {
    switch (part.kind) {
      case Kind::text:
      case Kind::refusal:
        to_ += part.kind == Kind::text ? R"({"type":"text","text":)" : R"({"type":"refusal","refusal":)";
        json::append_string(to_, part.text);
        break;
      case Kind::image:
        to_ += R"({"type":"image_url","image_url":{"url":)";
        address(part);
        member("detail", part.detail);
        to_ += '}';
        break;
      case Kind::document:
        if (part.data.empty()) unsayable(where, "a document must be given as its bytes there");
        to_ += R"({"type":"file","file":{"file_data":)";
        address(part);
        member("filename", part.name.empty() ? "document" : part.name);
        to_ += '}';
        break;
      default: break;
    }
    to_ += "},";
  }

  void address(const Part& part) {
    if (part.data.empty()) return json::append_string(to_, part.url);
    to_ += "\"data:";
    json::append_escaped(to_, part.media_type);
    to_ += ";base64,";
    json::append_escaped(to_, part.data);
    to_ += '"';
  }

  void calls(const chat::Message& message) {
    bool any = false;
    for (const auto& part : message.parts) {
      if (part.kind != Kind::tool_call) continue;
      to_ += std::exchange(any, true) ? "," : R"(,"tool_calls":[)";
      to_ += R"({"id":)";
      json::append_string(to_, tool_id(part.id, manner_.tool_ids));
      to_ += R"(,"type":"function","function":{"name":)";
      json::append_string(to_, part.name);
      to_ += R"(,"arguments":)";
      json::append_string(to_, part.text);
      to_ += "}}";
    }
    if (any) to_ += ']';
  }

  void tools() {
    if (asked_.tools.empty()) return;
    to_ += R"(,"tools":[)";
    for (const auto& tool : asked_.tools) {
      to_ += R"({"type":"function","function":{"name":)";
      json::append_string(to_, tool.name);
      member("description", tool.description);
      raw("parameters", tool.schema);
      if (tool.strict) raw("strict", *tool.strict ? "true" : "false");
      to_ += "}},";
    }
    to_.back() = ']';
    choice();
    if (asked_.parallel_tool_calls) raw("parallel_tool_calls", *asked_.parallel_tool_calls ? "true" : "false");
  }

  void choice() {
    using Choice = chat::ToolChoice::Kind;
    if (!asked_.tool_choice) return;
    switch (asked_.tool_choice->kind) {
      case Choice::automatic: return member("tool_choice", "auto");
      case Choice::none: return member("tool_choice", "none");
      case Choice::any: return member("tool_choice", "required");
      case Choice::one:
        to_ += R"(,"tool_choice":{"type":"function","function":{"name":)";
        json::append_string(to_, asked_.tool_choice->name);
        to_ += "}}";
    }
  }

  void format() {
    using Format = chat::OutputFormat::Kind;
    const auto& format = asked_.format;
    if (format.kind == Format::json_object) to_ += R"(,"response_format":{"type":"json_object"})";
    if (format.kind != Format::json_schema) return;
    to_ += R"(,"response_format":{"type":"json_schema","json_schema":{"name":)";
    json::append_string(to_, format.name.empty() ? "answer" : format.name);
    member("description", format.description);
    raw("schema", format.schema);
    if (format.strict) raw("strict", *format.strict ? "true" : "false");
    to_ += "}}";
  }

  const Manner manner_;
};

}  // namespace

Result<chat::Conversation> read_conversation(const chat::Chat& chat) { return Reading(chat).read(); }

Result<std::string> write_conversation(const chat::Conversation& asked, std::string_view model, const Manner& manner) { return Writing(asked, model, manner).write(); }

}  // namespace genai::wire::openai
