#include "domain/wire/chat_template.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "domain/wire/compose.hpp"

namespace genai::wire {
namespace {

using chat::Part;
using chat::Role;

constexpr std::array<std::string_view, 6> names{"none", "chatml", "llama3", "mistral", "gemma", "plain"};
constexpr auto first_family = static_cast<std::size_t>(ChatTemplate::chatml);

// What one family of models was trained on.
struct Family {
  ChatTemplate name;
  bool has_system;  // else what the system says stands in front of what the user says
  // Around what each role says, in the order of Role.
  std::array<std::string_view, 3> before;
  std::array<std::string_view, 3> behind;
  // Texts that no message may hold.
  std::span<const std::string_view> marks;
  bool is_bracketed = false;  // and none of the form <|WORD|>
  bool is_by_line = false;    // marks only count where a line begins
};

constexpr std::array<std::string_view, 12> mistral_marks{"[INST]", "[/INST]", "<s>", "</s>", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
                                                         "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[THINK]"};
constexpr std::array<std::string_view, 4> gemma_marks{"<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>"};
constexpr std::array<std::string_view, 3> plain_marks{"System:", "User:", "Assistant:"};

// In the order of ChatTemplate.
constexpr std::array<Family, 5> families{{
    {ChatTemplate::chatml, true, {"<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n"}, {"<|im_end|>\n", "<|im_end|>\n", "<|im_end|>\n"}, {}, true},
    {ChatTemplate::llama3,
     true,
     {"<|start_header_id|>system<|end_header_id|>\n\n", "<|start_header_id|>user<|end_header_id|>\n\n", "<|start_header_id|>assistant<|end_header_id|>\n\n"},
     {"<|eot_id|>", "<|eot_id|>", "<|eot_id|>"},
     {},
     true},
    {ChatTemplate::mistral, false, {"", "[INST] ", " "}, {"", " [/INST]", "</s>"}, mistral_marks},
    {ChatTemplate::gemma, false, {"", "<start_of_turn>user\n", "<start_of_turn>model\n"}, {"", "<end_of_turn>\n", "<end_of_turn>\n"}, gemma_marks},
    {ChatTemplate::plain, true, {"System: ", "User: ", "Assistant: "}, {"\n\n", "\n\n", "\n\n"}, plain_marks, false, true},
}};

const Family& family_of(ChatTemplate how) { return families[static_cast<std::size_t>(how) - first_family]; }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// "<|im_end|>" where there is one.
std::optional<std::string_view> bracketed_mark(std::string_view text) {
  constexpr std::size_t longest = 64;
  for (auto at = text.find("<|"); at != text.npos; at = text.find("<|", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && end < at + longest && is_word(text[end])) ++end;
    if (end > at + 2 && text.substr(end).starts_with("|>")) return text.substr(at, end + 2 - at);
  }
  return std::nullopt;
}

bool begins_line(std::string_view text, std::size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
}

std::optional<std::string_view> mark_in(std::string_view text, const Family& family) {
  for (const auto mark : family.marks)
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1))
      if (!family.is_by_line || begins_line(text, at)) return mark;
  return family.is_bracketed ? bracketed_mark(text) : std::nullopt;
}

std::string where(std::size_t message) { return "messages[" + std::to_string(message) + "]"; }

// What one message says, its texts in a row.
Result<std::string> text_of(const chat::Message& message, std::size_t place) {
  std::string text;
  for (const Part& part : message.parts) {
    switch (part.kind) {
      case Part::Kind::text:
      case Part::Kind::refusal: text += part.text; break;
      case Part::Kind::reasoning:
      case Part::Kind::hidden_reasoning: break;
      case Part::Kind::image:
      case Part::Kind::document: return unsupported(where(place), "holds a picture or document, which the provider of this model does not take");
      case Part::Kind::tool_call:
      case Part::Kind::tool_result: return unsupported(where(place), "is about a tool call, which cannot be said to the provider of this model");
    }
  }
  return text;
}

class Renderer {
 public:
  explicit Renderer(const Family& family) : family_(family) {}

  Result<std::string> render(const chat::Conversation& asked) {
    for (std::size_t i = 0; i < asked.messages.size(); ++i)
      if (auto error = take(asked.messages[i], i)) return *std::move(error);
    return finished();
  }

 private:
  std::optional<Error> take(const chat::Message& message, std::size_t place) {
    auto text = text_of(message, place);
    if (!text) return text.error();
    if (const auto mark = mark_in(*text, family_)) {
      return wrong_value(where(place), "holds '" + std::string(*mark) + "', which marks where messages begin and end at the provider of this model; leave it out");
    }
    if (message.role == Role::system && !family_.has_system) {
      if (has_turns_) return unsupported(where(place), "is a system message behind others, which cannot be said to the provider of this model");
      add(preface_, *text);
      return std::nullopt;
    }
    if (has_turns_ && message.role == role_) return add(said_, *text), std::nullopt;
    close();
    role_ = message.role;
    said_ = message.role == Role::user ? take_preface() : std::string();
    add(said_, *text);
    has_turns_ = true;
    return std::nullopt;
  }

  static void add(std::string& to, std::string_view text) {
    if (!to.empty() && !text.empty()) to += "\n\n";
    to += text;
  }

  std::string take_preface() { return std::exchange(preface_, {}); }

  void open() { (to_ += family_.before[static_cast<std::size_t>(role_)]) += said_; }

  void close() {
    if (!has_turns_) return;
    open();
    to_ += family_.behind[static_cast<std::size_t>(role_)];
  }

  // The answer begins where the text ends.
  Result<std::string> finished() {
    if (!preface_.empty()) {  // the system alone has spoken, or before the assistant did
      if (has_turns_) return wrong_value("messages", "must hold a message of the user before one of the assistant, for the provider of this model");
      role_ = Role::user;
      said_ = take_preface();
      has_turns_ = true;
    }
    if (has_turns_ && role_ == Role::assistant) return open(), std::move(to_);
    close();
    auto begin = family_.before[static_cast<std::size_t>(Role::assistant)];
    while (begin.ends_with(' ')) begin.remove_suffix(1);  // models begin their words with it
    return std::move(to_ += begin);
  }

  const Family& family_;
  std::string to_;
  std::string preface_;  // what the system said, until a user speaks
  std::string said_;     // in the turn that is open
  Role role_ = Role::user;
  bool has_turns_ = false;
};

// A bare text is a conversation of one message of the user.
Result<std::string> bare_text(const chat::Conversation& asked) {
  if (asked.messages.size() != 1) return unsupported("prompt", "must be one text for the provider of this model");
  return text_of(asked.messages.front(), 0);
}

}  // namespace

std::span<const std::string_view> chat_template_names() noexcept { return names; }

ChatTemplate chat_template(std::string_view name) noexcept {
  const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  return at == 0 || at == names.size() ? ChatTemplate::none : families[at - 1].name;
}

Result<std::string> render(const chat::Conversation& asked, ChatTemplate how) {
  if (how == ChatTemplate::none) return unsupported("messages", "cannot be said to the provider of this model, which takes bare texts: its configuration names no chat_template");
  return how == ChatTemplate::bare ? bare_text(asked) : Renderer(family_of(how)).render(asked);
}

}  // namespace genai::wire
