#include "platform/config/resolved.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "test.hpp"

using namespace genai;
using config::Kind;
using config::Path;
using config::Step;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::string_view, 2> types{"http", "sim"};

void read_all(config::Map& root) {
  const auto listen = root.optional("listen");
  if (listen.present()) listen.text_or("");
  root.optional("threads").integer_or(4, {});
  root.optional("tags").texts();
  if (auto log = root.optional("log").map()) log->optional("all").flag_or(true);
  for (auto& [name, position, map] : root.optional("servers").entries()) {
    map.required("type").one_of(types, "http");
    map.optional("key").secret();
    map.optional("plain").flag_or(false);
    for (auto& target : map.optional("targets").maps()) target.required("name").text_or("");
  }
}

struct Layers {
  config::Resolved resolved{config::describe(read_all)};

  void add(std::string_view text, std::string file) {
    const auto variable = [](std::string_view name) { return name == "KEY" ? std::optional<std::string>("hunter2") : std::nullopt; };
    auto document = config::Document::parse(text, std::move(file), {.variable = variable, .directory = "/"});
    {
      auto root = document.root();
      read_all(root);
    }
    CHECK_FALSE(document.error());
    resolved.add(document.readings(), document.file(), true);
  }
};

const Path listen{{Step::Kind::key, "listen"}};

}  // namespace

TEST_CASE("without layers the defaults hold") {
  CHECK(Layers().resolved.yaml(true) ==
        "threads: 4                                  # default\n"
        "log:\n"
        "  all: true                                 # default\n");
}

TEST_CASE("each value says where it came from, and no secret is shown") {
  Layers layers;
  layers.add("servers:\n  a.b: {type: http, key: '${env:KEY}', targets: [{name: 'yes'}, {name: two}]}\nlisten: '[::1]:0'\nthreads: 2\n", "weak.yaml");
  layers.add("threads: 3\ntags: [x, '${env:KEY}']\n", "strong.yaml");
  const auto yaml = layers.resolved.yaml(true);
  CHECK(yaml ==
        "listen: \"[::1]:0\"                           # weak.yaml:3\n"
        "threads: 3                                  # strong.yaml:1\n"
        "tags: [\"x\", \"${env:KEY}\"]                   # strong.yaml:2\n"
        "log:\n"
        "  all: true                                 # default\n"
        "servers:\n"
        "  a.b:\n"
        "    type: http                              # weak.yaml:2\n"
        "    key: <secret from env:KEY>              # weak.yaml:2\n"
        "    plain: false                            # default\n"
        "    targets:\n"
        "      - name: \"yes\"                         # weak.yaml:2\n"
        "      - name: two                           # weak.yaml:2\n");
  CHECK(yaml.find("hunter2") == std::string::npos);
}

TEST_CASE("an entry of a stronger layer replaces the weaker one of its name as a whole") {
  Layers layers;
  layers.add("servers:\n  a: {type: http, plain: true, targets: [{name: x}, {name: y}]}\n  b: {type: sim}\n", "weak.yaml");
  layers.add("servers:\n  a: {type: sim, targets: [{name: z}]}\n", "strong.yaml");
  const auto json = Json::parse(layers.resolved.json("test/v1", true));
  CHECK(json["schema"] == "test/v1");
  CHECK(json["config"]["servers"]["a"] == Json::parse(R"({"type": "sim", "plain": false, "targets": [{"name": "z"}]})"));
  CHECK(json["config"]["servers"]["b"]["type"] == "sim");
  CHECK(json["origins"]["servers.a.type"] == "strong.yaml:2");
  CHECK(json["origins"]["servers.a.targets[0].name"] == "strong.yaml:2");
  CHECK(json["origins"]["servers.b.type"] == "weak.yaml:3");
  CHECK_FALSE(Json::parse(layers.resolved.json("test/v1", false)).contains("origins"));
}

TEST_CASE("flags and rules stand above the layers") {
  Layers layers;
  layers.add("listen: x\nservers:\n  a: {type: http}\n", "f.yaml");
  layers.resolved.set(listen, Kind::text, "y", "flag --listen");
  layers.resolved.set({{Step::Kind::key, "servers"}, {Step::Kind::entry, "a"}, {Step::Kind::key, "key"}}, Kind::secret, "<secret from env:K>", "variable K");
  auto json = Json::parse(layers.resolved.json("t", true));
  CHECK(json["config"]["listen"] == "y");
  CHECK(json["origins"]["listen"] == "flag --listen");
  CHECK(json["config"]["servers"]["a"]["type"] == "http");
  CHECK(json["config"]["servers"]["a"]["key"] == "<secret from env:K>");
  layers.resolved.show_as(listen, "z");
  layers.resolved.clear({{Step::Kind::key, "servers"}});
  json = Json::parse(layers.resolved.json("t", true));
  CHECK(json["config"]["listen"] == "z");
  CHECK(json["origins"]["listen"] == "flag --listen");
  CHECK_FALSE(json["config"].contains("servers"));
}

TEST_CASE("what is shown is read back as the same") {
  for (const std::string text : {"plain", "yes", "null", "12", "1e5", "0x10", "a: b", "a#b", "# c", " x", "x ", "*a", "&a", "-", "- a", "?", "[x]", "{x}", "'", "\"", "a\nb",
                                 "~", "127.0.0.1:80", "[::1]:0", "${env:KEY}", "é", "12:30", "!x", "%x", "@x", "`", "a:", "<<", "=", "1_000", ".inf", "+1", "-1", "|", ">"}) {
    INFO(text);
    Layers layers;
    layers.resolved.set(listen, Kind::text, text, "flag");
    Layers again;
    again.add(layers.resolved.yaml(true), "shown.yaml");
    CHECK(Json::parse(again.resolved.json("t", false))["config"]["listen"] == text);
  }
}
