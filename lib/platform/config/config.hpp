// Reading a YAML file strictly: typed getters over raw nodes, every problem collected with file:line:column and key path.
//
//   auto document = config::Document::parse(text, "genai.yaml", sources);
//   {
//     config::Map root = document.root();
//     limits.per_minute = root.optional("per_minute").integer_or(60, {.least = 1, .most = 1'000'000});
//     for (auto& [name, position, map] : root.optional("providers").entries()) ...
//   }                                  // a Map reports, when it goes away, every key that nobody asked for
//   if (auto error = document.error()) return *error;
//
// The readers are the only description of the configuration: what a key means stands in the call that asks for it, and describe() (schema.hpp)
// runs the same readers to learn all keys. What was read is kept with its place (readings), so that it can be shown with its origin
// (resolved.hpp).
//
// Stricter than YAML where YAML surprises: duplicate keys, a second document, anchors, aliases, tags and merge keys are problems; `yes` is
// no bool, `010` no integer. Text may hold ${env:NAME} and ${file:PATH} (quote it inside {}); $$ is one dollar. A secret may be
// ${command:PROGRAM ARGUMENTS}, too: what the program, run without a shell, writes as its one line.
//
// Not thread-safe; made, read and thrown away at start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace genai::config {

inline constexpr std::size_t max_document_bytes = 1 << 20;  // a longer text is a problem, and is not read

// Where a value stands; 1-based. Line 0: the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
};

struct Problem {
  Position position;
  std::string path;  // "models.chat.targets[0].provider"; empty for the document
  std::string message;
};

// What happens at a ${command:...}: it is run; it is only looked at, and what it would say is unknown, for who wants to see what a document means; or it is a
// problem, for documents of strangers.
enum class Commands { run, look_at, refuse };

// Where references are looked up.
struct Sources {
  std::function<std::optional<std::string>(std::string_view)> variable;
  std::filesystem::path directory;  // relative ${file:...} start here, and commands run here
  Commands commands = Commands::refuse;
};

// Where a secret comes from.
struct SecretSource {
  enum class Kind { none, variable, file, command, written };  // written: it stands in the configuration itself
  Kind kind = Kind::none;
  std::string reference{};            // "file:PATH"; never the secret
  std::filesystem::path directory{};  // where relative paths start, and commands run
  bool can_change() const { return kind == Kind::file || kind == Kind::command; }
  std::filesystem::path file_path() const;  // empty unless it is a file
  // The secret as it is now, of those that can change. Blocks; any thread. config_error says why not, and holds no secret.
  Result<Secret> read() const;
};
struct SourcedSecret {
  Secret secret;
  SecretSource source;
};

// One step from the document to a value: a key that a reader asks for, a name that the user chose, or the place in a list.
struct Step {
  enum class Kind { key, entry, item };
  Kind kind = Kind::key;
  std::string name{};  // of a key or entry
  std::size_t index = 0;
  friend bool operator==(const Step&, const Step&) = default;
};
using Path = std::vector<Step>;
std::string text(const Path& path);  // "models.chat.targets[0].provider"

// As what a value is read.
enum class Kind { none, text, flag, integer, number, duration, bytes, word, name, secret, texts, map, maps, entries };

// One value that a reader got.
struct Reading {
  Path path;
  Kind kind = Kind::none;
  // As it may be shown: text with its references as they were written, a secret as `<secret from env:NAME>`.
  std::string shown;
  std::vector<std::string> items{};  // of Kind::texts
  Position position;                 // line 0: absent, so that this is the reader's own default
};

struct IntegerRange {
  std::int64_t least = INT64_MIN;
  std::int64_t most = INT64_MAX;
};

struct DurationRange {
  std::chrono::nanoseconds least{0};
  std::chrono::nanoseconds most = std::chrono::hours(24 * 365);
};

struct Node;   // raw; private to the implementation
struct State;  // the document's: file name, sources, problems, readings
struct Shape;  // schema.hpp

class Map;
struct Named;

// One value of a map or list: present, or absent and harmless to ask. Valid as long as its document.
class Value {
 public:
  bool present() const;
  Position position() const;
  // A problem of this value; of its parent where it is absent.
  void problem(std::string message) const;

  // Each reads the value as one type. Wrong type or range: a problem, and the fallback. Absent: the fallback.
  std::string text_or(std::string fallback) const;
  bool flag_or(bool fallback) const;
  std::int64_t integer_or(std::int64_t fallback, IntegerRange range) const;
  double number_or(double fallback, double least, double most) const;
  std::chrono::nanoseconds duration_or(std::chrono::nanoseconds fallback, DurationRange range) const;
  std::size_t bytes_or(std::size_t fallback, std::size_t least, std::size_t most) const;  // "32MiB", "1KB", "4096"
  std::string one_of(std::span<const std::string_view> words, std::string_view fallback) const;  // a near miss is answered with the nearest
  // One of the names that stand elsewhere in the configuration: as one_of, but a description does not list them.
  std::string name_among(std::span<const std::string_view> names) const;
  // Only by reference: ${env:NAME}, ${file:PATH} of a file that not everyone may read, or ${command:...}. Written out in the file it is a problem.
  Secret secret() const;
  // The same with its source, and written out it is accepted: whether that may be is for the caller to say.
  SourcedSecret sourced_secret() const;
  // The text as it was written, its references not replaced; empty if absent.
  std::string written() const;
  // The place of a file, which starts in the document's directory if it is relative; empty if absent. Whether it is there is not looked at.
  std::filesystem::path file() const;
  std::vector<std::string> texts() const;  // a list of texts; empty if absent
  bool empty_list() const;                 // present, a list, and without items
  std::optional<Map> map() const;          // a map; nothing if absent
  std::vector<Map> maps() const;           // a list of maps; empty if absent
  std::vector<Named> entries() const;      // a map of maps, in the order of the file; empty if absent

 private:
  friend class Map;
  friend class Document;
  Value(State& state, const Node* node, Path path, Position parent) : state_(&state), node_(node), path_(std::move(path)), parent_(parent) {}
  std::optional<std::string> word(std::span<const std::string_view> words) const;
  void note(Kind kind, std::string shown) const;
  State* state_;
  const Node* node_;
  Path path_;
  Position parent_;
};

// A map whose keys are asked for one by one. Move-only; at the end of its life each key that was not asked for is reported, with the
// nearest that was.
class Map {
 public:
  Map(Map&& other) noexcept;
  Map& operator=(Map&&) = delete;
  ~Map();

  bool has(std::string_view key) const;
  Position position() const;
  // What stands under a key: for optional() absent is fine, for required() a problem. `meaning` is one line for a person, lower case, no full
  // stop; `standard` is what holds without the key where that is not the fallback with which the value is read.
  Value optional(std::string_view key, std::string_view meaning = {}, std::string_view standard = {});
  Value required(std::string_view key, std::string_view meaning = {});
  void problem(std::string message) const;
  // Keys that are not asked for are no problem: for who wants one value of a file that somebody else checks.
  void ignore_rest() { ignores_rest_ = true; }

 private:
  friend class Value;
  friend class Document;
  Map(State& state, const Node* node, Path path) : state_(&state), node_(node), path_(std::move(path)) {}
  Value ask(std::string_view key);
  State* state_;      // null: moved from
  const Node* node_;  // null: not a map, which is already reported, or described; every key is absent
  Path path_;
  std::set<std::string, std::less<>> asked_;
  bool ignores_rest_ = false;
};

// The secret that an environment variable holds, checked as Value::secret() does; config_error names the variable.
Result<Secret> secret_variable(std::string_view name, const Sources& sources);

// A key chosen by the user and the map under it.
struct Named {
  std::string name;
  Position position;  // of the key
  Map map;
};

// One parsed file. Owns the nodes; values and maps must not outlive it.
class Document {
 public:
  // Never fails: what is wrong with the text is among the problems, and the root is then empty. `file` is how problems name it.
  static Document parse(std::string_view text, std::string file, Sources sources);
  Document(Document&&) noexcept;
  ~Document();

  Map root();
  std::span<const Problem> problems() const;
  // What was read, in the order of the reading.
  std::span<const Reading> readings() const;
  const std::string& file() const;
  // All problems in the order of the file, one line each: `file:line:column: key.path: message`. Nothing if there are none.
  std::optional<Error> error() const;

 private:
  friend Shape describe(const std::function<void(Map&)>& read);
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace genai::config
