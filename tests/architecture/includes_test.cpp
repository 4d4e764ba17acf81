// The include rule: a file includes its own folder and floors strictly below; sideways only where lib/floors.txt says so, with a reason. And
// lines that have no place in lib.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "test.hpp"

namespace fs = std::filesystem;

namespace {

const fs::path root = GENAI_SOURCE_DIR;

const std::map<std::string, int> floors{{"base", 0}, {"platform", 1}, {"domain", 2}, {"features", 3}, {"engines", 4}};
constexpr int apps_floor = 5;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

struct Source {
  std::string path;    // from lib, or "genai/..." in apps
  std::string folder;  // "base", "platform/net", "apps"
  int floor;
  std::string text;
};

// "platform/net/stream.hpp" is in "platform/net"; "base/error.hpp" in "base". Nothing if it is not of this tree.
std::optional<std::string> folder_of(const std::string& include) {
  const auto slash = include.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const auto top = include.substr(0, slash);
  if (top == "genai") return "apps";
  if (!floors.contains(top)) return std::nullopt;
  if (top == "base") return top;
  const auto second = include.find('/', slash + 1);
  return second == std::string::npos ? std::nullopt : std::optional(include.substr(0, second));
}

int floor_of(const std::string& folder) { return folder == "apps" ? apps_floor : floors.at(folder.substr(0, folder.find('/'))); }

std::vector<Source> sources() {
  std::vector<Source> result;
  for (const char* top : {"lib", "apps"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const auto path = entry.path().lexically_relative(root / top).string();
      const auto folder = folder_of(path);
      INFO(path);
      REQUIRE(folder.has_value());
      result.push_back({path, *folder, floor_of(*folder), read(entry.path())});
    }
  }
  std::sort(result.begin(), result.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return result;
}

// "from -> to" of lib/floors.txt.
std::set<std::string> sideways_edges() {
  std::set<std::string> result;
  std::istringstream in(read(root / "lib/floors.txt"));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto reason = line.find(" : ");
    INFO(line);
    REQUIRE(reason != std::string::npos);
    CHECK(line.size() > reason + 10);
    result.insert(line.substr(0, reason));
  }
  return result;
}

struct Include {
  std::string target;
  bool quoted;
};

std::vector<Include> includes(const std::string& text) {
  std::vector<Include> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    const auto word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const auto open = line.find_first_of("\"<", word);
    const auto close = line.find_first_of("\">", open + 1);
    if (open != std::string::npos && close != std::string::npos) result.push_back({line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return result;
}

// The text with comments and literals blanked, line ends kept.
std::string code_only(const std::string& text) {
  std::string result = text;
  enum class In { code, line, block, text, character, raw } in = In::code;
  std::string raw_end;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::string_view what) { return text.compare(i, what.size(), what) == 0; };
    const auto blank = [&] {
      if (text[i] != '\n') result[i] = ' ';
    };
    if (in == In::code) {
      if (at("//")) in = In::line;
      else if (at("/*")) in = In::block;
      else if (at("R\"")) {
        const auto open = text.find('(', i);
        raw_end = ")" + text.substr(i + 2, open - i - 2) + "\"";
        in = In::raw;
      } else if (text[i] == '"') in = In::text;
      else if (text[i] == '\'' && (i == 0 || !std::isalnum(static_cast<unsigned char>(text[i - 1])))) in = In::character;
      if (in != In::code) blank();
      continue;
    }
    blank();
    if ((in == In::text || in == In::character) && text[i] == '\\') {
      ++i;
      if (i < text.size() && text[i] != '\n') result[i] = ' ';
    } else if ((in == In::line && text[i] == '\n') || (in == In::text && text[i] == '"') || (in == In::character && text[i] == '\'')) {
      in = In::code;
    } else if (in == In::block && at("*/")) {
      result[++i] = ' ';
      in = In::code;
    } else if (in == In::raw && at(raw_end)) {
      for (const auto end = i + raw_end.size() - 1; i < end;) result[++i] = ' ';
      in = In::code;
    }
  }
  return result;
}

long line_of(const std::string& text, std::size_t at) { return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'); }

// The whole expression that follows a co_await: to the ';', ',' or closing bracket of its own level.
std::string awaited(const std::string& code, std::size_t at) {
  int depth = 0;
  std::size_t end = at;
  for (; end < code.size(); ++end) {
    const char c = code[end];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth-- == 0) break;
    if (depth == 0 && (c == ';' || c == ',')) break;
    if (depth == 0 && c == '{') break;
  }
  return code.substr(at, end - at);
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Where the word stands in the code on its own.
std::vector<std::size_t> places(const std::string& code, const std::string& word) {
  std::vector<std::size_t> result;
  for (auto at = code.find(word); at != std::string::npos; at = code.find(word, at + 1))
    if ((at == 0 || !is_name(code[at - 1])) && !is_name(code[at + word.size()])) result.push_back(at);
  return result;
}

// "path:line: word" of each use of a name, or of a call of a function; member functions are somebody else's.
std::string forbidden(const Source& source, const std::vector<std::string>& names, const std::vector<std::string>& calls) {
  const auto code = code_only(source.text) + ' ';
  std::string result;
  const auto add = [&](std::size_t at, const std::string& word) { result += source.path + ":" + std::to_string(line_of(code, at)) + ": " + word + "\n"; };
  for (const auto& name : names)
    for (const auto at : places(code, name)) add(at, name);
  for (const auto& call : calls) {
    for (const auto at : places(code, call)) {
      const auto next = code.find_first_not_of(" \n", at + call.size());
      const bool is_member = at > 0 && (code[at - 1] == '.' || (at > 1 && code.compare(at - 2, 2, "->") == 0));
      const auto before = at == 0 ? std::string::npos : code.find_last_not_of(" \n", at - 1);
      const bool is_declared = before != std::string::npos && before + 1 < at && is_name(code[before]) &&
                               (before < 5 || code.compare(before - 5, 6, "return") != 0);  // `void abort()` of a class
      if (next != std::string::npos && code[next] == '(' && !is_member && !is_declared) add(at, call);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("includes go down, or sideways where a reason is written") {
  const auto edges = sideways_edges();
  std::set<std::string> used;
  const auto all = sources();
  REQUIRE(all.size() > 20);
  for (const auto& source : all) {
    for (const auto& include : includes(source.text)) {
      const auto folder = folder_of(include.target);
      INFO(source.path << " includes " << include.target);
      if (include.quoted) CHECK(folder.has_value());  // ours by full path from lib or apps; others' in angle brackets
      if (!folder || *folder == source.folder) continue;
      CHECK(include.quoted);
      const auto edge = source.folder + " -> " + *folder;
      if (floor_of(*folder) < source.floor) continue;
      CHECK(edges.contains(edge));
      used.insert(edge);
    }
  }
  for (const auto& edge : edges) {
    INFO("lib/floors.txt names an edge that nothing uses: " << edge);
    CHECK(used.contains(edge));
  }
}

TEST_CASE("every include of ours exists") {
  for (const auto& source : sources()) {
    for (const auto& include : includes(source.text)) {
      INFO(source.path << " includes " << include.target);
      if (include.quoted) CHECK((fs::exists(root / "lib" / include.target) || fs::exists(root / "apps" / include.target)));
    }
  }
}

TEST_CASE("lib neither prints, exits, sleeps nor reads the environment") {
  const std::vector<std::string> streams{"std::cout", "std::cerr", "std::clog"};
  const std::vector<std::string> calls{"exit",  "_exit", "quick_exit", "abort", "getenv", "secure_getenv", "sleep_for", "sleep_until", "usleep"};
  for (const auto& source : sources())
    if (source.folder != "apps") CHECK(forbidden(source, streams, calls) == "");
}

TEST_CASE("apps print through World and end by returning") {
  for (const auto& source : sources())
    if (source.folder == "apps") CHECK(forbidden(source, {"std::cout", "std::cerr", "std::clog"}, {"exit", "_exit", "quick_exit", "abort"}) == "");
}

TEST_CASE("a co_await expression holds no braces, no lambda and no conditional operator") {
  // GCC 12 destroys such temporaries twice.
  for (const auto& source : sources()) {
    const auto code = code_only(source.text);
    for (auto at = code.find("co_await"); at != std::string::npos; at = code.find("co_await", at + 1)) {
      const auto expression = awaited(code, at + 8);
      INFO(source.path << ":" << line_of(code, at) << ": co_await" << expression);
      CHECK(expression.find('{') == std::string::npos);
      CHECK(expression.find('?') == std::string::npos);
      CHECK(expression.find("[&") == std::string::npos);
      CHECK(expression.find("[=") == std::string::npos);
      CHECK(expression.find("[]") == std::string::npos);
      CHECK(expression.find("[this") == std::string::npos);
    }
  }
}

TEST_CASE("headers say #pragma once and what they are for") {
  for (const auto& source : sources()) {
    if (!source.path.ends_with(".hpp")) continue;
    INFO(source.path);
    CHECK(source.text.find("#pragma once\n") != std::string::npos);
    CHECK(source.text.starts_with("//"));
  }
}

TEST_CASE("the lint sees code, not comments and literals") {
  CHECK(code_only("a // exit(\n\"exit(\" 'x' 1'000 R\"x(exit()x\" /* exit( */ b").find("exit") == std::string::npos);
  CHECK(code_only("x 1'000; exit(1)").find("exit(") != std::string::npos);
  CHECK(awaited("co_await f(a, b), c", 8) == " f(a, b)");
  CHECK(awaited("if (co_await f(g{1})) {", 12) == " f(g{1})");
}
