#include "features/routing/config.hpp"

#include "platform/config/config.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::routing;

namespace {

struct Outcome {
  std::vector<ModelConfig> models;
  std::string problems;
};

Outcome read(std::string_view text) {
  const auto no_variable = [](std::string_view) { return std::optional<std::string>(); };
  auto document = config::Document::parse(text, "f", {.variable = no_variable, .directory = "/"});
  const std::vector<std::string> providers{"main", "spare"};
  Outcome outcome;
  {
    auto root = document.root();
    outcome.models = read_models(root, providers);
  }
  if (const auto error = document.error()) outcome.problems = error->what;
  return outcome;
}

}  // namespace

TEST_CASE("models keep their targets in order") {
  const auto outcome = read("models:\n  chat: {targets: [{provider: main, model: gpt-4o}, {provider: spare, model: llama/3:8b}]}\n");
  CHECK(outcome.problems.empty());
  REQUIRE(outcome.models.size() == 1);
  CHECK(outcome.models[0].name == "chat");
  REQUIRE(outcome.models[0].targets.size() == 2);
  CHECK(outcome.models[0].targets[1].provider == "spare");
  CHECK(outcome.models[0].targets[1].model == "llama/3:8b");
}

TEST_CASE("P3: what a model cannot be is reported together, at its position") {
  CHECK(read("models:\n"
             "  a: {targets: [{provider: mian, model: x}]}\n"
             "  b: {targets: []}\n"
             "  c: {}\n"
             "  d: {targets: [{provider: main, modle: x}]}\n"
             "  e: {targets: {provider: main, model: x}}\n"
             "  f: {targets: [{provider: main, model: ''}]}\n")
            .problems ==
        "7 problems in f\n"
        "f:2:28: models.a.targets[0].provider: unknown value 'mian'; did you mean main?\n"
        "f:3:16: models.b.targets: at least one target is needed\n"
        "f:4:6: models.c.targets: missing\n"
        "f:5:17: models.d.targets[0].model: missing\n"
        "f:5:34: models.d.targets[0].modle: unknown key; did you mean model?\n"
        "f:6:16: models.e.targets: expected a list, found a map\n"
        "f:7:41: models.f.targets[0].model: a model's name has 1 to 256 bytes");
}
