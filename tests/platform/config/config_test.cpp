#include "platform/config/config.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;

namespace {

config::Sources no_variables() {
  return {.variable = [](std::string_view) { return std::optional<std::string>(); }, .directory = "/nonexistent"};
}

// Problems of the text after `read` has asked for what it knows.
std::string problems(std::string_view text, const std::function<void(config::Map&)>& read, config::Sources sources = no_variables()) {
  auto document = config::Document::parse(text, "f.yaml", std::move(sources));
  {
    auto root = document.root();
    read(root);
  }
  const auto error = document.error();
  return error ? error->what : "";
}

const auto nothing = [](config::Map&) {};
const auto one = [](auto getter) { return [getter](config::Map& root) { getter(root.optional("a")); }; };

}  // namespace

TEST_CASE("values are read by type") {
  auto document = config::Document::parse("text: hello\nflag: true\nint: -12\nnumber: 0.5\nwait: 1m30s\nword: two\nlist: [x, 'y']\n"
                                          "maps: [{k: 1}, {k: 2}]\nnamed: {b: {k: 3}, a: {k: 4}}\n",
                                          "f.yaml", no_variables());
  {
    auto root = document.root();
    CHECK(root.required("text").text_or("") == "hello");
    CHECK(root.required("flag").flag_or(false));
    CHECK(root.required("int").integer_or(0, {}) == -12);
    CHECK(root.required("number").number_or(0, 0, 1) == 0.5);
    CHECK(root.required("wait").duration_or(0s, {}) == 90s);
    constexpr std::array<std::string_view, 2> words{"one", "two"};
    CHECK(root.required("word").one_of(words, "one") == "two");
    CHECK(root.required("list").texts() == std::vector<std::string>{"x", "y"});
    auto maps = root.required("maps").maps();
    REQUIRE(maps.size() == 2);
    CHECK(maps[1].required("k").integer_or(0, {}) == 2);
    maps[0].optional("k");
    auto named = root.required("named").entries();
    REQUIRE(named.size() == 2);
    CHECK(named[0].name == "b");  // in the order of the file
    CHECK(named[1].map.required("k").integer_or(0, {}) == 4);
    named[0].map.optional("k");
    CHECK(root.optional("absent").integer_or(7, {}) == 7);
    CHECK_FALSE(root.has("absent"));
  }
  CHECK_FALSE(document.error());
}

TEST_CASE("an empty file has no problem and no values") {
  for (const char* text : {"", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) CHECK(problems(text, nothing).empty());
}

TEST_CASE("every problem is reported at once, in the order of the file, with its place") {
  CHECK(problems("a: 010\nb: yes\nlistn: x\na: 2\n", [](config::Map& root) {
          root.optional("listen");
          root.optional("b").flag_or(false);
          root.optional("a").integer_or(0, {});
          root.required("c");
        }) ==
        "5 problems in f.yaml\n"
        "f.yaml:1:1: c: missing\n"
        "f.yaml:1:4: a: expected a decimal integer without leading zeros, found '010'\n"
        "f.yaml:2:4: b: expected true or false, found 'yes'\n"
        "f.yaml:3:1: listn: unknown key; did you mean listen?\n"
        "f.yaml:4:1: a: duplicate key; the first is on line 1");
}

TEST_CASE("duplicates and unknown keys are found at any depth") {
  CHECK(problems("m: {x: {k: 1, k: 2}}\n", [](config::Map& root) {
          for (auto& [name, position, map] : root.optional("m").entries()) map.optional("k");
        }) == "f.yaml:1:15: m.x.k: duplicate key; the first is on line 1");
  CHECK(problems("l: [{k: 1}, {kk: 2}]\n", [](config::Map& root) {
          for (auto& map : root.optional("l").maps()) map.optional("k");
        }) == "f.yaml:1:14: l[1].kk: unknown key; did you mean k?");
  CHECK(problems("zzz: 1\n", [](config::Map& root) { root.optional("listen"); }) == "f.yaml:1:1: zzz: unknown key; known are listen");
}

TEST_CASE("what YAML allows and a configuration should not is a problem") {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document; a configuration is one document"},
      {"a: &x 1\n", "f.yaml:1:4: anchors are not supported"},
      {"a: *x\n", "f.yaml:1:4: not YAML: the referenced anchor is not defined"},
      {"a: !!int 1\n", "f.yaml:1:4: tags are not supported"},
      {"? [x]\n: 1\n", "f.yaml:1:3: a key must be text"},
      {"- 1\n", "f.yaml:1:1: expected a map of settings, found a list"},
      {"text\n", "f.yaml:1:1: expected a map of settings, found text"},
      {"a: [1\n", "f.yaml:2:1: not YAML: end of sequence flow not found"},
      {"a: \x04x\n", "f.yaml:1:4: a control character"},
      {"a: \xff\n", "f.yaml:1:4: this is not UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(problems(text, [](config::Map& root) { root.optional("a"), root.optional("b"); }) == expected);
  }
  CHECK(problems(std::string(100, '[') + std::string(100, ']'), nothing).find("nested too deeply") != std::string::npos);
  CHECK(problems(std::string(2 << 20, ' '), nothing) == "f.yaml: larger than 1 MiB");
}

TEST_CASE("wrong types and ranges name what was found") {
  const auto integer = one([](const config::Value& value) { value.integer_or(0, {.least = 1, .most = 9}); });
  CHECK(problems("a: 10\n", integer) == "f.yaml:1:4: a: expected an integer from 1 to 9, found '10'");
  for (const char* text : {"a: 0x1\n", "a: +1\n", "a: 1_0\n", "a: 1.0\n", "a: ' 1'\n", "a: 99999999999999999999\n", "a: ~\n", "a: []\n", "a:\n"})
    CHECK_FALSE(problems(text, integer).empty());
  const auto flag = one([](const config::Value& value) { value.flag_or(false); });
  for (const char* text : {"a: yes\n", "a: True\n", "a: on\n", "a: 1\n", "a: ''\n"}) CHECK_FALSE(problems(text, flag).empty());
  const auto number = one([](const config::Value& value) { value.number_or(0, 0, 1); });
  for (const char* text : {"a: nan\n", "a: .inf\n", "a: .5\n", "a: 1e400\n", "a: 2\n", "a: 00.5\n", "a: 0x1p-1\n"}) CHECK_FALSE(problems(text, number).empty());
  const auto wait = one([](const config::Value& value) { value.duration_or(0s, {.most = 1min}); });
  CHECK(problems("a: 2m\n", wait) == "f.yaml:1:4: a: expected a duration from 0s to 1m, found '2m'");
  CHECK(problems("a: 10\n", wait) == "f.yaml:1:4: a: '10' is no duration: the unit is missing (ns, us, ms, s, m, h, d)");
  const auto word = one([](const config::Value& value) {
    constexpr std::array<std::string_view, 2> words{"openai-compatible", "sim"};
    value.one_of(words, "sim");
  });
  CHECK(problems("a: openai-compatble\n", word) == "f.yaml:1:4: a: unknown value 'openai-compatble'; did you mean openai-compatible?");
  CHECK(problems("a: {}\n", word) == "f.yaml:1:4: a: expected text, found a map");
}

TEST_CASE("an error cannot drive the terminal") {
  const auto word = one([](const config::Value& value) { value.flag_or(false); });
  CHECK(problems("a: \"\\e[31m\"\n\"\\e]0;x\": 1\n", word).find('\x1b') == std::string::npos);
}

TEST_CASE("references are replaced from the environment and from files") {
  char directory[] = "/tmp/genai-config-XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  const auto path = std::filesystem::path(directory);
  std::ofstream(path / "key") << "from-file\n";
  std::ofstream(path / "open") << "x\n";
  std::ofstream(path / "blank") << "a b\n";
  std::ofstream(path / "empty") << "\n";
  for (const char* name : {"key", "blank", "empty"}) ::chmod((path / name).c_str(), 0640);
  ::chmod((path / "open").c_str(), 0644);
  const config::Sources sources{.variable = [](std::string_view name) -> std::optional<std::string> {
                                  if (name == "KEY") return "from-env";
                                  if (name == "EMPTY") return "";
                                  return std::nullopt;
                                },
                                .directory = path,
                                .commands = config::Commands::run};
  SECTION("in text") {
    std::string value;
    CHECK(problems("a: 'x-${env:KEY}-$$-${file:key}$'\n", one([&](const config::Value& v) { value = v.text_or(""); }), sources).empty());
    CHECK(value == "x-from-env-$-from-file$");
    for (const char* text : {"a: '${env:NONE}'\n", "a: '${oops:X}'\n", "a: '${env:'\n", "a: '${file:none}'\n", "a: '${file:.}'\n"})
      CHECK_FALSE(problems(text, one([](const config::Value& v) { v.text_or(""); }), sources).empty());
  }
  SECTION("as a secret") {
    const auto read = [&](const char* text, Secret& secret) {
      return problems(text, one([&](const config::Value& v) { secret = v.secret(); }), sources);
    };
    Secret secret;
    CHECK(read("a: ${env:KEY}\n", secret).empty());
    CHECK(secret.reveal() == "from-env");
    CHECK(read("a: ${file:key}\n", secret).empty());
    CHECK(secret.reveal() == "from-file");
    CHECK(read("a: hunter2\n", secret) == "f.yaml:1:4: a: a secret does not stand in this file; write \"${env:NAME}\", \"${file:PATH}\" or \"${command:PROGRAM ARGUMENTS}\"");
    CHECK(secret.empty());
    CHECK(read("a: ${env:NONE}\n", secret) == "f.yaml:1:4: a: environment variable NONE is not set");
    CHECK(read("a: ${env:EMPTY}\n", secret) == "f.yaml:1:4: a: ${env:EMPTY} is empty");
    CHECK(read("a: ${file:open}\n", secret) ==
          "f.yaml:1:4: a: file " + (path / "open").string() + " can be read by everyone on this machine; chmod o-r it");
    CHECK(read("a: ${file:none}\n", secret).find("cannot be read: No such file or directory") != std::string::npos);
    CHECK(read("a: ${file:/dev/null}\n", secret).find("is not a regular file") != std::string::npos);
    CHECK(read("a: ${file:blank}\n", secret).find("holds a blank or control character") != std::string::npos);
    CHECK(read("a: ${file:empty}\n", secret).find("is empty") != std::string::npos);
    CHECK(read("a: [x]\n", secret).find("expected a reference") != std::string::npos);
    CHECK(read("a: ${command:cat key}\n", secret).empty());  // where the file is
    CHECK(secret.reveal() == "from-file");
    CHECK(read("a: \"${command:printf '%s' 'by command'}\"\n", secret).find("holds a blank or control character") != std::string::npos);
    CHECK(read("a: ${command:printf 'one\\ntwo'}\n", secret) == "f.yaml:1:4: a: the command 'printf' wrote more than one line");
    CHECK(read("a: ${command:true}\n", secret) == "f.yaml:1:4: a: ${command:true} is empty");
    CHECK(read("a: ${command:cat none}\n", secret) == "f.yaml:1:4: a: the command 'cat' ended with exit status 1");
    CHECK(read("a: \"${command: }\"\n", secret) == "f.yaml:1:4: a: the command names no program");
    CHECK(read("a: \"${command:cat 'key}\"\n", secret).find("that is not closed") != std::string::npos);
  }
  SECTION("a command that is only looked at, or not even that") {
    Secret secret;
    auto strict = sources;
    const auto read = [&](const char* text) { return problems(text, one([&](const config::Value& v) { secret = v.secret(); }), strict); };
    strict.commands = config::Commands::look_at;
    CHECK(read("a: ${command:touch made}\n").empty());
    CHECK_FALSE(secret.empty());
    CHECK(read("a: \"${command:touch 'made}\"\n").find("that is not closed") != std::string::npos);
    strict.commands = config::Commands::refuse;
    CHECK(read("a: ${command:touch made}\n") == "f.yaml:1:4: a: no command is run for this document");
    CHECK_FALSE(std::filesystem::exists(path / "made"));
  }
  SECTION("in text commands mean nothing") {
    CHECK_FALSE(problems("a: '${command:cat key}'\n", one([](const config::Value& v) { v.text_or(""); }), sources).empty());
  }
  SECTION("as a secret with its source, which can be read again") {
    config::SourcedSecret found;
    const auto read = [&](const char* text) { return problems(text, one([&](const config::Value& v) { found = v.sourced_secret(); }), sources); };
    CHECK(read("a: ${env:KEY}\n").empty());
    CHECK(found.source.kind == config::SecretSource::Kind::variable);
    CHECK_FALSE(found.source.can_change());
    CHECK_FALSE(found.source.read().has_value());
    CHECK(read("a: sk-written\n").empty());
    CHECK(found.source.kind == config::SecretSource::Kind::written);
    CHECK(found.secret.reveal() == "sk-written");
    for (const char* text : {"a: ${file:key}\n", "a: ${command:cat key}\n"}) {
      std::ofstream(path / "key") << "from-file\n";
      CHECK(read(text).empty());
      CHECK(found.secret.reveal() == "from-file");
      CHECK(found.source.can_change());
      std::ofstream(path / "key") << "new\n";
      CHECK(found.source.read()->reveal() == "new");
      std::ofstream(path / "key") << "";
      CHECK_FALSE(found.source.read().has_value());
    }
  }
  std::filesystem::remove_all(path);
}
