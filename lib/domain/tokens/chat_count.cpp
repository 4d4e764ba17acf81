#include "domain/tokens/chat_count.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "domain/tokens/image_size.hpp"
#include "platform/json/reader.hpp"

namespace genai::tokens {
namespace {

using json::Kind;
using json::Reader;
using json::Text;

constexpr int first_property = 3, each_property = 3, each_enum = -3, each_value = 3, after_tools = 12;
constexpr int each_tool_call = 3;  // assumed
constexpr double doubtful_share = 0.5;  // what of the tokens in doubt may be wrong
constexpr double least_band = 0.02;

// ---- images

std::int64_t begun(double length, double unit) { return static_cast<std::int64_t>(std::ceil(length / unit)); }

std::int64_t tile_tokens(const ImageRule& rule, detail::ImageSize size) {
  double width = size.width, height = size.height;
  const double fit = std::min(1.0, 2048 / std::max(width, height));
  width *= fit, height *= fit;
  const double shrink = std::min(1.0, 768 / std::min(width, height));
  return rule.base + rule.tile * begun(width * shrink, 512) * begun(height * shrink, 512);
}

std::int64_t patch_tokens(const ImageRule& rule, detail::ImageSize size) {
  constexpr double side = 32;
  constexpr std::int64_t most = 1536;
  double width = size.width, height = size.height;
  if (begun(width, side) * begun(height, side) > most) {
    double shrink = std::sqrt(side * side * static_cast<double>(most) / (width * height));
    const double across = width * shrink / side, down = height * shrink / side;
    if (across >= 1 && down >= 1) shrink *= std::min(std::floor(across) / across, std::floor(down) / down);
    width *= shrink, height *= shrink;
  }
  return (std::min(most, begun(width, side) * begun(height, side)) * rule.thousandths + 999) / 1000;
}

std::int64_t image_tokens(const ImageRule& rule, detail::ImageSize size, bool low_detail) {
  switch (rule.kind) {
    case ImageRule::Kind::tiles: return low_detail ? rule.base : tile_tokens(rule, size);
    case ImageRule::Kind::patches: return patch_tokens(rule, low_detail ? detail::ImageSize{512, 512} : size);
    case ImageRule::Kind::none: break;
  }
  return rule.base;
}

// ---- one pass over a request

class ChatCounter {
 public:
  ChatCounter(const Counter& counter, std::string_view body) : counter_(counter), rule_(counter.chat), in_(body), body_(body) {}

  Result<ChatCount> count() {
    if (!counter_.exact) doubt(Doubt::encoding);
    bool seen = false;
    std::string_view key;
    if (in_.kind() != Kind::object) {
      in_.skip();
      if (!in_.end()) return in_.error();
      return Error{Code::expected_object, "a chat request must be one JSON object", {}};
    }
    in_.enter_object();
    while (in_.next_member(key)) {
      if (key == "messages") {
        seen = in_.kind() == Kind::array;
        messages();
      } else if (key == "tools" || key == "functions") {
        tools(key == "tools");
      } else if (key == "response_format") {
        response_format();
      } else {
        in_.skip();
      }
    }
    if (!in_.end()) return in_.error();
    if (!seen) return Error{Code::missing_field, "the request has no array `messages`", "messages"};
    add(rule_.reply);
    if (tools_ > 0) add(after_tools);
    if (!rule_.published) doubt(Doubt::overhead);
    return result();
  }

 private:
  void add(std::int64_t tokens) { tokens_ += tokens; }
  void doubt(Doubt why) { doubts_ = doubts_ | why; }
  // What is in doubt has its own sum.
  template <class Work>
  void doubting(Doubt why, Work work) {
    const auto before = tokens_;
    work();
    doubt(why);
    doubtful_ += std::max<std::int64_t>(1, std::abs(tokens_ - before));
  }

  ChatCount result() const {
    ChatCount count{.tokens = counter_.scaled(Tokens(std::max<std::int64_t>(0, tokens_))), .doubts = doubts_, .band = 0};
    if (count.exact()) return count;
    const auto all = static_cast<double>(std::max<std::int64_t>(1, tokens_));
    const double own = has(doubts_, Doubt::overhead) ? static_cast<double>(messages_ + 3) / all : 0;
    count.band = std::max(least_band, counter_.band + std::min(1.0, doubtful_share * (static_cast<double>(doubtful_) / all) + own));
    return count;
  }

  std::string_view plain(const Text& text) {
    if (!text.escaped()) return text.raw;
    unescaped_ = text.unescaped();
    return unescaped_;
  }
  void text(const Text& text) { add(counter_.encoding->count(plain(text)).value()); }
  bool string() {
    const auto value = in_.string();
    if (value) text(*value);
    return value.has_value();
  }

  // ---- messages

  void messages() {
    if (!in_.enter_array()) return;
    while (in_.next_element()) {
      if (!in_.enter_object()) continue;
      add(rule_.message);
      ++messages_;
      std::string_view key;
      while (in_.next_member(key)) message_member(key);
    }
  }

  void message_member(std::string_view key) {
    if (key == "role" || key == "refusal") {
      string();
    } else if (key == "name") {
      if (string()) add(rule_.name);
    } else if (key == "content") {
      content();
    } else if (key == "tool_calls") {
      doubting(Doubt::tool_calls, [&] { tool_calls(); });
    } else if (key == "function_call") {
      doubting(Doubt::tool_calls, [&] { call(); });
    } else if (key == "tool_call_id") {
      doubt(Doubt::tool_calls);
      in_.skip();
    } else {
      in_.skip();
    }
  }

  void content() {
    if (in_.kind() == Kind::string) {
      string();
    } else if (in_.enter_array()) {
      std::int64_t parts = 0;
      while (in_.next_element()) {
        part();
        if (++parts == 2) doubt(Doubt::parts);
      }
    }
  }

  void part() {
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "text" || key == "refusal") {
        string();
      } else if (key == "image_url") {
        doubting(Doubt::image, [&] { image(); });
      } else if (key == "input_audio" || key == "file") {
        doubting(Doubt::other_media, [&] { in_.skip(); });
      } else {
        in_.skip();
      }
    }
  }

  // {"url": ..., "detail": ...}, or the address alone.
  void image() {
    std::optional<detail::ImageSize> size;
    bool low = false;
    const auto url = [&] {
      if (const auto text = in_.string()) size = detail::image_size_of_url(plain(*text));
    };
    if (in_.kind() == Kind::string) {
      url();
    } else if (in_.enter_object()) {
      std::string_view key;
      while (in_.next_member(key)) {
        if (key == "url") {
          url();
        } else if (key == "detail") {
          const auto detail = in_.string();
          low = detail && detail->raw == "low";
        } else {
          in_.skip();
        }
      }
    }
    if (!size && !low) doubt(Doubt::unseen_image);
    add(image_tokens(rule_.image, size.value_or(detail::ImageSize{1024, 1024}), low));
  }

  void tool_calls() {
    if (!in_.enter_array()) return;
    while (in_.next_element()) {
      if (!in_.enter_object()) continue;
      std::string_view key;
      while (in_.next_member(key)) {
        if (key == "function" || key == "custom") {
          call();
        } else {
          in_.skip();
        }
      }
    }
  }

  void call() {
    if (!in_.enter_object()) return;
    add(each_tool_call);
    std::string_view key;
    while (in_.next_member(key)) {
      if (!string() && in_.failed()) return;
    }
  }

  // ---- tools

  void tools(bool wrapped) {
    if (!in_.enter_array()) return;
    while (in_.next_element()) {
      if (!wrapped) {
        function();
      } else if (in_.enter_object()) {
        std::string_view key;
        while (in_.next_member(key)) {
          if (key == "function") {
            function();
          } else if (key == "custom") {
            doubting(Doubt::schema, [&] { function(); });
          } else {
            in_.skip();
          }
        }
      }
    }
  }

  // Texts of a member that may come in any order, as they stand.
  struct Line {
    std::optional<Text> name, type, description;
  };

  void function() {
    if (!in_.enter_object()) return;
    ++tools_;
    add(rule_.function);
    Line line;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "name") {
        line.name = in_.string();
      } else if (key == "description") {
        line.description = in_.string();
      } else if (key == "parameters") {
        parameters(0);
      } else {
        in_.skip();
      }
    }
    line_.clear();
    append(line.name);
    line_ += ':';
    append_description(line.description);
    add(counter_.encoding->count(line_).value());
  }

  void append(const std::optional<Text>& text) {
    if (text) line_ += plain(*text);
  }
  void append_description(const std::optional<Text>& text) {
    if (!text) {
      doubt(Doubt::schema);
      return;
    }
    auto words = plain(*text);
    if (words.ends_with('.')) words.remove_suffix(1);
    line_ += words;
  }

  // A schema of an object: its properties. Below the first level nothing is published.
  void parameters(int depth) {
    if (!in_.enter_object()) return;
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "properties") {
        properties(depth);
      } else if (key == "$defs" || key == "definitions") {
        doubting(Doubt::schema, [&] { properties(depth + 1); });
      } else {
        in_.skip();
      }
    }
  }

  void properties(int depth) {
    if (!in_.enter_object()) return;
    bool any = false;
    std::string_view key;
    while (in_.next_member(key)) {
      if (!any) add(first_property);
      any = true;
      const std::string name(key);
      if (depth == 0) {
        property(name, depth);
      } else {
        doubting(Doubt::schema, [&] { property(name, depth); });
      }
    }
  }

  void property(const std::string& name, int depth) {
    add(each_property);
    Line line;
    if (in_.enter_object()) {
      std::string_view key;
      while (in_.next_member(key)) {
        if (key == "type" && in_.kind() == Kind::string) {
          line.type = in_.string();
        } else if (key == "description") {
          line.description = in_.string();
        } else if (key == "enum") {
          values();
        } else if (key == "properties") {
          doubting(Doubt::schema, [&] { properties(depth + 1); });
        } else if (key == "items") {
          doubting(Doubt::schema, [&] { property("", depth + 1); });
        } else if (key == "anyOf" || key == "oneOf" || key == "allOf") {
          doubting(Doubt::schema, [&] { choices(depth + 1); });
        } else {
          in_.skip();
        }
      }
    }
    if (!line.type) doubt(Doubt::schema);
    line_.assign(name);
    line_ += ':';
    append(line.type);
    line_ += ':';
    append_description(line.description);
    add(counter_.encoding->count(line_).value());
  }

  void choices(int depth) {
    if (!in_.enter_array()) return;
    while (in_.next_element()) property("", depth);
  }

  void values() {
    if (!in_.enter_array()) return;
    add(each_enum);
    while (in_.next_element()) {
      add(each_value);
      if (in_.kind() == Kind::string) {
        string();
      } else {
        doubting(Doubt::schema, [&] { add(1), in_.skip(); });
      }
    }
  }

  // A schema is shown to the model in some form of its own: its text is the best guess.
  void response_format() {
    if (in_.kind() != Kind::object) return in_.skip();
    const auto from = in_.at();
    bool schema = false;
    in_.enter_object();
    std::string_view key;
    while (in_.next_member(key)) {
      schema = schema || key == "json_schema";
      in_.skip();
    }
    if (schema && !in_.failed()) doubting(Doubt::schema, [&] { add(counter_.encoding->count(body_.substr(from, in_.behind() - from)).value()); });
  }

  const Counter& counter_;
  const ChatRule& rule_;
  Reader in_;
  std::string_view body_;
  std::int64_t tokens_ = 0, doubtful_ = 0, messages_ = 0, tools_ = 0;
  Doubt doubts_ = Doubt::none;
  std::string unescaped_, line_;
};

}  // namespace

std::string describe(Doubt doubts) {
  struct Row {
    Doubt doubt;
    std::string_view words;
  };
  constexpr std::array rows{
      Row{Doubt::encoding, "the model's vocabulary is not known"},
      Row{Doubt::overhead, "no rule for this model's messages is published"},
      Row{Doubt::parts, "content in parts"},
      Row{Doubt::tool_calls, "tool calls and answers have no published rule"},
      Row{Doubt::schema, "parts of the schemas have no published rule"},
      Row{Doubt::image, "images by the model's rule"},
      Row{Doubt::unseen_image, "an image of unknown size taken as 1024 x 1024"},
      Row{Doubt::other_media, "sound and files are not counted"},
  };
  std::string all;
  for (const auto& row : rows) {
    if (has(doubts, row.doubt)) all += (all.empty() ? "" : "; ") + std::string(row.words);
  }
  return all;
}

Result<ChatCount> count_chat(const Counter& counter, std::string_view request_body) { return ChatCounter(counter, request_body).count(); }

}  // namespace genai::tokens
