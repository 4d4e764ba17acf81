#include "platform/config/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "platform/config/node.hpp"
#include "platform/config/reference.hpp"
#include "platform/config/state.hpp"
#include "platform/text/bytes.hpp"
#include "platform/text/duration.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/table.hpp"

namespace genai::config {

namespace {

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::nothing: return "nothing";
    case Node::Kind::scalar: return "text";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "nothing";
}

std::string found_instead(std::string_view expected, const Node& node) {
  return "expected " + std::string(expected) + ", found " + std::string(kind_name(node));
}

std::string shown(std::string_view text) { return "'" + text::printable(text.substr(0, 64)) + "'"; }

const Entry* find(const Node* node, std::string_view key) {
  if (node == nullptr) return nullptr;
  const auto at = std::find_if(node->entries.begin(), node->entries.end(), [&](const Entry& entry) { return entry.key == key; });
  return at == node->entries.end() ? nullptr : &*at;
}

std::string suggestion(std::string_view typed, std::span<const std::string_view> known) {
  if (const auto near = text::nearest(typed, known)) return "; did you mean " + std::string(*near) + "?";
  if (known.empty()) return "";
  std::string list = "; known are ";
  for (std::size_t i = 0; i < known.size(); ++i) list += (i == 0 ? "" : ", ") + std::string(known[i]);
  return list;
}

// 0, 7, -12; no leading zeros, no plus, no separators.
std::optional<std::int64_t> parse_integer(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits[0] < '0' || digits[0] > '9' || (digits.size() > 1 && digits[0] == '0' && digits[1] != '.')) return std::nullopt;
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string plain(double value) {
  char buffer[32];
  const auto [end, failure] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

void add(State& state, Position position, const Path& path, std::string message) {
  state.problems.push_back({position, text(path), std::move(message)});
}

Path below(const Path& path, Step step) {
  Path result = path;
  result.push_back(std::move(step));
  return result;
}

Path below(const Path& path, std::string_view key) { return below(path, Step{Step::Kind::key, std::string(key)}); }

// The expanded scalar, or nothing after a problem.
std::optional<std::string> scalar(State& state, const Node& node, const Path& path, std::string_view expected) {
  if (node.kind != Node::Kind::scalar) {
    add(state, node.position, path, found_instead(expected, node));
    return std::nullopt;
  }
  auto text = expand(node.scalar, state.sources);
  if (text) return *std::move(text);
  add(state, node.position, path, text.error().what);
  return std::nullopt;
}

}  // namespace

std::string text(const Path& path) {
  std::string result;
  for (const auto& step : path) {
    if (step.kind == Step::Kind::item)
      result += "[" + std::to_string(step.index) + "]";
    else
      result = join(result, step.name);
  }
  return result;
}

bool Value::present() const {
  if (state_->describing) state_->describing->at(path_).guarded = true;
  return node_ != nullptr || state_->describing;
}

Position Value::position() const { return node_ != nullptr ? node_->position : parent_; }

void Value::problem(std::string message) const { add(*state_, position(), path_, std::move(message)); }

void Value::note(Kind kind, std::string shown) const {
  if (state_->describing) {
    auto& asked = state_->describing->at(path_);
    asked.shape.kind = kind;
    if (!asked.said) asked.shape.standard = std::move(shown);
    return;
  }
  state_->readings.push_back({path_, kind, std::move(shown), {}, node_ != nullptr ? node_->position : Position{}});
}

std::string Value::text_or(std::string fallback) const {
  if (node_ == nullptr) {
    note(Kind::text, fallback);
    return fallback;
  }
  auto text = scalar(*state_, *node_, path_, "text");
  if (text) note(Kind::text, node_->scalar);
  return text ? *std::move(text) : std::move(fallback);
}

bool Value::flag_or(bool fallback) const {
  if (node_ == nullptr) {
    note(Kind::flag, fallback ? "true" : "false");
    if (!state_->describing) return fallback;
    constexpr std::array<std::string_view, 2> words{"false", "true"};
    return state_->describing->choose(path_, words, words[fallback ? 1 : 0]) == "true";
  }
  const auto text = scalar(*state_, *node_, path_, "true or false");
  if (!text) return fallback;
  if (*text == "true" || *text == "false") {
    note(Kind::flag, *text);
    return *text == "true";
  }
  problem("expected true or false, found " + shown(*text));
  return fallback;
}

std::int64_t Value::integer_or(std::int64_t fallback, IntegerRange range) const {
  if (node_ == nullptr) {
    note(Kind::integer, std::to_string(fallback));
    if (state_->describing) state_->describing->at(path_).shape.integers = range;
    return fallback;
  }
  const auto text = scalar(*state_, *node_, path_, "an integer");
  if (!text) return fallback;
  const auto value = parse_integer(*text);
  if (value && *value >= range.least && *value <= range.most) {
    note(Kind::integer, *text);
    return *value;
  }
  problem((value ? "expected an integer from " + std::to_string(range.least) + " to " + std::to_string(range.most)
                 : std::string("expected a decimal integer without leading zeros")) +
          ", found " + shown(*text));
  return fallback;
}

double Value::number_or(double fallback, double least, double most) const {
  if (node_ == nullptr) {
    note(Kind::number, plain(fallback));
    if (state_->describing) state_->describing->at(path_).shape.numbers = {least, most};
    return fallback;
  }
  const auto text = scalar(*state_, *node_, path_, "a number");
  if (!text) return fallback;
  const auto value = parse_number(*text);
  if (value && *value >= least && *value <= most) {
    note(Kind::number, *text);
    return *value;
  }
  problem("expected a number from " + plain(least) + " to " + plain(most) + ", found " + shown(*text));
  return fallback;
}

std::chrono::nanoseconds Value::duration_or(std::chrono::nanoseconds fallback, DurationRange range) const {
  if (node_ == nullptr) {
    note(Kind::duration, text::format_duration(fallback));
    if (state_->describing) state_->describing->at(path_).shape.durations = range;
    return fallback;
  }
  const auto text = scalar(*state_, *node_, path_, "a duration");
  if (!text) return fallback;
  const auto value = text::parse_duration(*text);
  if (!value) {
    problem(value.error().what);
    return fallback;
  }
  if (*value >= range.least && *value <= range.most) {
    note(Kind::duration, *text);
    return *value;
  }
  problem("expected a duration from " + text::format_duration(range.least) + " to " + text::format_duration(range.most) + ", found " +
          shown(*text));
  return fallback;
}

std::size_t Value::bytes_or(std::size_t fallback, std::size_t least, std::size_t most) const {
  if (node_ == nullptr) {
    note(Kind::bytes, text::format_bytes(fallback));
    return fallback;
  }
  const auto text = scalar(*state_, *node_, path_, "a number of bytes");
  if (!text) return fallback;
  const auto value = text::parse_bytes(*text);
  if (!value) {
    problem(value.error().what);
    return fallback;
  }
  if (*value >= least && *value <= most) {
    note(Kind::bytes, *text);
    return static_cast<std::size_t>(*value);
  }
  problem("expected " + text::format_bytes(least) + " to " + text::format_bytes(most) + ", found " + shown(*text));
  return fallback;
}

std::filesystem::path Value::file() const {
  const auto text = text_or("");
  if (!present()) return {};
  if (text.empty()) problem("an empty path");
  return text.empty() ? std::filesystem::path() : (state_->sources.directory / text).lexically_normal();
}

// The scalar, if it is one of the words; else a problem.
std::optional<std::string> Value::word(std::span<const std::string_view> words) const {
  auto text = scalar(*state_, *node_, path_, "text");
  if (!text || std::find(words.begin(), words.end(), *text) != words.end()) return text;
  problem("unknown value " + shown(*text) + suggestion(*text, words));
  return std::nullopt;
}

std::string Value::one_of(std::span<const std::string_view> words, std::string_view fallback) const {
  if (node_ == nullptr) {
    note(Kind::word, std::string(fallback));
    return state_->describing ? state_->describing->choose(path_, words, fallback) : std::string(fallback);
  }
  auto text = word(words);
  if (text) note(Kind::word, *text);
  return text ? *std::move(text) : std::string(fallback);
}

std::string Value::name_among(std::span<const std::string_view> names) const {
  if (node_ == nullptr) {
    note(Kind::name, "");
    return "";
  }
  auto text = word(names);
  if (text) note(Kind::name, node_->scalar);
  return text ? *std::move(text) : "";
}

Secret Value::secret() const {
  auto found = sourced_secret();
  if (found.source.kind != SecretSource::Kind::written) return std::move(found.secret);
  problem(read_secret("", state_->sources).error().what);
  return Secret();
}

SourcedSecret Value::sourced_secret() const {
  if (node_ == nullptr) {
    note(Kind::secret, "");
    return {};
  }
  if (node_->kind != Node::Kind::scalar) {
    problem(found_instead("a reference such as \"${env:NAME}\"", *node_));
    return {};
  }
  const auto& text = node_->scalar;
  const bool is_written = is_written_out(text);
  auto secret = is_written ? checked_secret(text, "the secret") : read_secret(text, state_->sources);
  if (!secret) {
    problem(secret.error().what);
    return {};
  }
  if (is_written) {
    note(Kind::secret, "<secret>");
    return {*std::move(secret), {.kind = SecretSource::Kind::written}};
  }
  const auto reference = std::string_view(text).substr(2, text.size() - 3);
  note(Kind::secret, "<secret from " + std::string(reference) + ">");
  return {*std::move(secret), source_of(reference, state_->sources)};
}

std::string Value::written() const { return node_ != nullptr && node_->kind == Node::Kind::scalar ? node_->scalar : std::string(); }

std::vector<std::string> Value::texts() const {
  std::vector<std::string> result;
  note(Kind::texts, "");
  if (node_ == nullptr) return result;
  if (node_->kind != Node::Kind::list) problem(found_instead("a list", *node_));
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    auto text = scalar(*state_, node_->items[i], below(path_, Step{Step::Kind::item, {}, i}), "text");
    if (!text) continue;
    state_->readings.back().items.push_back(node_->items[i].scalar);
    result.push_back(*std::move(text));
  }
  return result;
}

bool Value::empty_list() const { return node_ != nullptr && node_->kind == Node::Kind::list && node_->items.empty(); }

std::optional<Map> Value::map() const {
  if (state_->describing) {
    note(Kind::map, "");
    return Map(*state_, nullptr, path_);
  }
  if (node_ == nullptr) return std::nullopt;
  if (node_->kind != Node::Kind::map) {
    problem(found_instead("a map", *node_));
    return std::nullopt;
  }
  return Map(*state_, node_, path_);
}

std::vector<Map> Value::maps() const {
  std::vector<Map> result;
  if (state_->describing) {
    note(Kind::maps, "");
    result.push_back(Map(*state_, nullptr, below(path_, Step{Step::Kind::item})));
    return result;
  }
  if (node_ == nullptr) return result;
  if (node_->kind != Node::Kind::list) problem(found_instead("a list", *node_));
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    const auto& item = node_->items[i];
    auto path = below(path_, Step{Step::Kind::item, {}, i});
    if (item.kind == Node::Kind::map)
      result.push_back(Map(*state_, &item, std::move(path)));
    else
      add(*state_, item.position, path, found_instead("a map", item));
  }
  return result;
}

std::vector<Named> Value::entries() const {
  std::vector<Named> result;
  if (state_->describing) {
    note(Kind::entries, "");
    result.push_back(Named{std::string(any_name), {}, Map(*state_, nullptr, below(path_, Step{Step::Kind::entry, std::string(any_name)}))});
    return result;
  }
  if (node_ == nullptr) return result;
  if (node_->kind != Node::Kind::map) problem(found_instead("a map", *node_));
  for (const auto& entry : node_->entries) {
    auto path = below(path_, Step{Step::Kind::entry, entry.key});
    const bool is_map = entry.value.kind == Node::Kind::map;
    if (is_map)
      result.push_back(Named{entry.key, entry.position, Map(*state_, &entry.value, std::move(path))});
    else
      add(*state_, entry.value.position, path, found_instead("a map", entry.value));
  }
  return result;
}

Map::Map(Map&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)), node_(other.node_), path_(std::move(other.path_)), asked_(std::move(other.asked_)),
      ignores_rest_(other.ignores_rest_) {}

Map::~Map() {
  if (state_ == nullptr || node_ == nullptr || ignores_rest_) return;
  const std::vector<std::string_view> known(asked_.begin(), asked_.end());
  for (const auto& entry : node_->entries)
    if (!asked_.contains(entry.key)) add(*state_, entry.position, below(path_, entry.key), "unknown key" + suggestion(entry.key, known));
}

bool Map::has(std::string_view key) const { return find(node_, key) != nullptr || state_->describing; }

Position Map::position() const { return node_ != nullptr ? node_->position : Position{}; }

Value Map::ask(std::string_view key) {
  asked_.emplace(key);
  const auto* entry = find(node_, key);
  return Value(*state_, entry != nullptr ? &entry->value : nullptr, below(path_, key), position());
}

Value Map::optional(std::string_view key, std::string_view meaning, std::string_view standard) {
  auto value = ask(key);
  if (state_->describing) state_->describing->ask(value.path_, meaning, standard, false);
  return value;
}

Value Map::required(std::string_view key, std::string_view meaning) {
  auto value = ask(key);
  if (state_->describing)
    state_->describing->ask(value.path_, meaning, {}, true);
  else if (value.node_ == nullptr && node_ != nullptr)
    value.problem("missing");
  return value;
}

void Map::problem(std::string message) const { add(*state_, position(), path_, std::move(message)); }

Result<Secret> secret_variable(std::string_view name, const Sources& sources) { return read_secret("${env:" + std::string(name) + "}", sources); }

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string_view text, std::string file, Sources sources) {
  auto state = std::make_unique<State>();
  state->file = std::move(file);
  state->sources = std::move(sources);
  state->root = parse_yaml(text, state->problems);
  return Document(std::move(state));
}

Map Document::root() {
  const auto kind = state_->root.kind;
  if (kind == Node::Kind::scalar || kind == Node::Kind::list)
    add(*state_, state_->root.position, {}, found_instead("a map of settings", state_->root));
  return Map(*state_, kind == Node::Kind::map ? &state_->root : nullptr, {});
}

std::span<const Problem> Document::problems() const { return state_->problems; }
std::span<const Reading> Document::readings() const { return state_->readings; }
const std::string& Document::file() const { return state_->file; }

std::optional<Error> Document::error() const {
  auto problems = state_->problems;
  if (problems.empty()) return std::nullopt;
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
  });
  std::string lines;
  for (const auto& [position, path, message] : problems) {
    if (!lines.empty()) lines += '\n';
    lines += state_->file;
    if (position.line > 0) lines += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
    lines += ": " + (path.empty() ? "" : text::printable(path) + ": ") + text::printable(message);
  }
  if (problems.size() > 1) lines = std::to_string(problems.size()) + " problems in " + state_->file + "\n" + lines;
  return Error{.code = Code::config_error, .what = std::move(lines), .param = state_->file};
}

}  // namespace genai::config
