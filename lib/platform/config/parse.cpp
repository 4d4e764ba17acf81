// From bytes to nodes, over yaml-cpp's events rather than its nodes: 0.7 keeps the first of duplicate keys without a word, ignores a second
// document, takes the byte 0x04 for the end of the file, and its aliases can make a small file huge.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <climits>
#include <sstream>

#include "platform/config/node.hpp"

namespace genai::config {
namespace {

constexpr std::size_t max_depth = 32;

Position position_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Ends the parse after a problem that leaves nothing to build on.
struct Stop {};

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::vector<Problem>& problems) : problems_(problems) {}

  Node root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) fail(position_of(mark), "a second document; a configuration is one document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (wants_key()) fail(position_of(mark), "an empty key");
    place({.kind = Node::Kind::nothing, .position = position_of(mark), .scalar = {}, .items = {}, .entries = {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { fail(position_of(mark), "aliases are not supported; write the value again"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (wants_key()) return take_key(position_of(mark), value);
    place({.kind = Node::Kind::scalar, .position = position_of(mark), .scalar = value, .items = {}, .entries = {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is being filled, and the key that waits for its value.
  struct Frame {
    Node node;
    std::string path;
    bool has_key = false;
    bool duplicate = false;  // the value of a repeated key is read and dropped
    Entry entry;
  };

  [[noreturn]] void fail(Position position, std::string message) {
    problems_.push_back({position, stack_.empty() ? "" : stack_.back().path, std::move(message)});
    throw Stop();
  }

  bool wants_key() const { return !stack_.empty() && stack_.back().node.kind == Node::Kind::map && !stack_.back().has_key; }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) fail(position_of(mark), "anchors are not supported");
  }

  // "?" is a plain scalar or collection, "!" a quoted scalar.
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") fail(position_of(mark), "tags are not supported");
  }

  void take_key(Position position, const std::string& key) {
    auto& frame = stack_.back();
    const auto same = [&](const Entry& entry) { return entry.key == key; };
    const auto first = std::find_if(frame.node.entries.begin(), frame.node.entries.end(), same);
    frame.has_key = true;
    frame.duplicate = first != frame.node.entries.end();
    frame.entry = Entry{key, position, {}};
    if (frame.duplicate)
      problems_.push_back({position, join(frame.path, key), "duplicate key; the first is on line " + std::to_string(first->position.line)});
  }

  std::string path_below() const {
    if (stack_.empty()) return "";
    const auto& frame = stack_.back();
    if (frame.node.kind == Node::Kind::map) return join(frame.path, frame.entry.key);
    return frame.path + "[" + std::to_string(frame.node.items.size()) + "]";
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (wants_key()) fail(position_of(mark), "a key must be text");
    if (stack_.size() >= max_depth) fail(position_of(mark), "nested too deeply");
    Frame frame;
    frame.node.kind = kind;
    frame.node.position = position_of(mark);
    frame.path = path_below();
    stack_.push_back(std::move(frame));
  }

  void close() {
    auto node = std::move(stack_.back().node);
    stack_.pop_back();
    place(std::move(node));
  }

  void place(Node node) {
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    auto& frame = stack_.back();
    if (frame.node.kind == Node::Kind::list) {
      frame.node.items.push_back(std::move(node));
      return;
    }
    frame.entry.value = std::move(node);
    if (!frame.duplicate) frame.node.entries.push_back(std::move(frame.entry));
    frame.has_key = false;
  }

  std::vector<Problem>& problems_;
  std::vector<Frame> stack_;
  int documents_ = 0;
};

// The length of the UTF-8 sequence at the front; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool beyond = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

// Whether the bytes are text at all; the problem names the first place where they are not.
bool is_text(std::string_view text, std::vector<Problem>& problems) {
  Position at{1, 1};
  for (std::string_view rest = text; !rest.empty();) {
    const auto length = sequence_length(rest);
    if (length == 0 || is_control(rest[0])) {
      problems.push_back({at, "", length == 0 ? "this is not UTF-8" : "a control character"});
      return false;
    }
    at = rest[0] == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
    rest.remove_prefix(length);
  }
  return true;
}

// The first line, up to `last_line`, that is indented with a tab: what the parser then says of it helps nobody.
std::optional<Position> tab_in_indentation(std::string_view text, int last_line) {
  for (int line = 1; line <= last_line && !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto indented = text.substr(0, end).find_first_not_of(' ');
    if (indented < end && text[indented] == '\t') return Position{line, static_cast<int>(indented) + 1};
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

std::string join(const std::string& path, std::string_view key) { return path.empty() ? std::string(key) : path + "." + std::string(key); }

Node parse_yaml(std::string_view text, std::vector<Problem>& problems) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (text.size() > max_document_bytes) {
    problems.push_back({{}, "", "larger than 1 MiB"});
    return {};
  }
  if (!is_text(text, problems)) return {};
  Builder builder(problems);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
    return std::move(builder.root);
  } catch (const Stop&) {  // its problem is recorded
  } catch (const YAML::Exception& e) {
    if (const auto tab = tab_in_indentation(text, e.mark.is_null() ? INT_MAX : e.mark.line + 1)) {
      problems.push_back({*tab, "", "a tab in the indentation; indent with blanks"});
      return {};
    }
    problems.push_back({e.mark.is_null() ? Position{} : position_of(e.mark), "", "not YAML: " + e.msg});
  }
  return {};
}

}  // namespace genai::config
