#include "platform/config/schema.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using config::Kind;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::array<std::string_view, 3> types{"http", "proxy", "embedded"};

// A reader with everything that readers do: branches by a word and by a flag, values that are looked for, entries, lists, conditions inside conditions.
void read_all(config::Map& root) {
  const auto listen = root.optional("listen", "where to listen", "this machine");
  if (listen.present()) listen.text_or("");
  root.optional("threads", "loops").integer_or(4, {.least = 1, .most = 64});
  root.optional("share", "a share").number_or(0.5, 0, 1);
  root.optional("wait", "how long to wait").duration_or(90s, {.least = 1s, .most = 1h});
  root.optional("tags", "words").texts();
  if (auto log = root.optional("log", "what is told").map()) {
    if (log->optional("on", "whether").flag_or(false)) log->required("file", "where").text_or("");
  }
  for (auto& [name, position, map] : root.optional("servers", "who answers").entries()) {
    const auto type = map.required("type", "its kind").one_of(types, "http");
    if (type != "embedded") map.required("url", "where it is").text_or("");
    if (type == "proxy" && map.optional("secured", "with a key").flag_or(false)) map.required("key", "the key").secret();
    for (auto& target : map.optional("targets", "what it has").maps()) target.required("name", "its name").name_among({});
  }
}

const config::Shape& key(const config::Shape& shape, std::string_view name) {
  const auto at = std::find_if(shape.keys.begin(), shape.keys.end(), [&](const config::Shape& other) { return other.name == name; });
  if (at == shape.keys.end()) throw std::out_of_range(std::string(name));
  return *at;
}

}  // namespace

TEST_CASE("readers describe themselves") {
  const auto root = config::describe(read_all);
  REQUIRE(root.keys.size() == 7);
  CHECK(root.keys[0].name == "listen");  // in the order of the reading
  CHECK(root.keys[0].meaning == "where to listen");
  CHECK(root.keys[0].standard == "this machine");
  const auto& threads = key(root, "threads");
  CHECK(threads.kind == Kind::integer);
  CHECK(threads.standard == "4");
  CHECK(threads.integers.most == 64);
  CHECK_FALSE(threads.required);
  CHECK(key(root, "share").numbers.most == 1);
  CHECK(key(root, "wait").standard == "1m30s");
  CHECK(key(root, "wait").durations.least == 1s);
  CHECK(key(root, "tags").kind == Kind::texts);
  const auto& servers = key(root, "servers");
  CHECK(servers.kind == Kind::entries);
  CHECK(key(servers, "type").words == std::vector<std::string>{"http", "proxy", "embedded"});
  CHECK(key(servers, "type").required);
  CHECK(key(key(servers, "targets"), "name").kind == Kind::name);
}

TEST_CASE("what depends on a word is described with the words on which it depends") {
  const auto root = config::describe(read_all);
  const auto& servers = key(root, "servers");
  const auto& url = key(servers, "url");
  CHECK(url.required);
  REQUIRE(url.known_if.size() == 1);
  CHECK(url.known_if[0].key == "type");
  CHECK(url.known_if[0].words == std::vector<std::string>{"http", "proxy"});
  REQUIRE(key(servers, "secured").known_if.size() == 1);
  CHECK(key(servers, "secured").known_if[0].words == std::vector<std::string>{"proxy"});
  const auto& secret = key(servers, "key");
  CHECK(secret.kind == Kind::secret);
  REQUIRE(secret.known_if.size() == 2);
  CHECK(secret.known_if[1].key == "secured");
  CHECK(secret.known_if[1].words == std::vector<std::string>{"true"});
  CHECK(key(servers, "targets").known_if.empty());
  const auto& file = key(key(root, "log"), "file");
  REQUIRE(file.known_if.size() == 1);
  CHECK(file.known_if[0].key == "on");
}

TEST_CASE("a description becomes JSON Schema") {
  const auto schema = Json::parse(config::json_schema(config::describe(read_all), "Configuration of a test"));
  CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["title"] == "Configuration of a test");
  CHECK(schema["additionalProperties"] == false);
  const auto& properties = schema["properties"];
  CHECK(properties["listen"]["description"] == "where to listen");
  CHECK(properties["listen"]["default"] == "this machine");
  CHECK(properties["threads"]["default"] == 4);
  CHECK(properties["threads"]["anyOf"][0] == Json::parse(R"({"type": "integer", "minimum": 1, "maximum": 64})"));
  CHECK(properties["threads"]["anyOf"][1]["$ref"] == "#/$defs/reference");
  CHECK(properties["wait"]["description"] == "how long to wait; 1s to 1h");
  const auto& server = properties["servers"]["additionalProperties"];
  CHECK(server["required"] == Json::parse(R"(["type"])"));
  CHECK(server["properties"]["key"]["$ref"] == "#/$defs/secret");
  CHECK(server["allOf"][0] == Json::parse(R"({"if": {"properties": {"type": {"enum": ["http", "proxy"]}}},
                                              "else": {"properties": {"url": false}}, "then": {"required": ["url"]}})"));
  CHECK(server["allOf"][1]["if"]["required"] == Json::parse(R"(["type"])"));
  CHECK(schema["properties"]["log"]["allOf"][0]["if"]["properties"]["on"]["enum"] == Json::parse("[true]"));
}

TEST_CASE("a key depends on a choice that decides, not on one that was followed elsewhere") {
  const auto root = config::describe([](config::Map& map) {
    const auto type = map.optional("type", "its kind").one_of(types, "http");
    map.optional("plain", "whether").flag_or(false);
    if (type == "proxy") map.optional("via", "through what").text_or("");
    const std::array<std::string_view, 2> presets{"none", "known"};
    const bool is_known = type == "http" && map.optional("preset", "a name for it").one_of(presets, "none") == "known";
    if (type == "embedded" || is_known) map.optional("url", "where it is").text_or("");
    else map.required("url", "where it is").text_or("");
  });
  REQUIRE(key(root, "via").known_if.size() == 1);
  CHECK(key(root, "via").known_if[0].words == std::vector<std::string>{"proxy"});
  const auto& url = key(root, "url");
  CHECK(url.known_if.empty());
  REQUIRE(url.required_if.size() == 2);
  CHECK(url.required_if[0].words == std::vector<std::string>{"http", "proxy"});
  CHECK(url.required_if[1].words == std::vector<std::string>{"none"});
  const auto schema = Json::parse(config::json_schema(root, "t"));
  CHECK(schema["allOf"].back() == Json::parse(R"({"if": {"allOf": [{"properties": {"type": {"enum": ["http", "proxy"]}}}, {"properties": {"preset": {"enum": ["none"]}}}]}, "then": {"required": ["url"]}})"));
}

TEST_CASE("readers without end are refused") {
  CHECK_THROWS_AS(config::describe([](config::Map& root) {
                    for (int i = 0; i < 2'000; ++i) {
                      const std::array<std::string_view, 2> words{"a", "b"};
                      root.optional("k" + std::to_string(i)).one_of(words, "a");
                    }
                  }),
                  std::logic_error);
}
