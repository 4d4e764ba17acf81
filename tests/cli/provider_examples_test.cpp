// What `genai help providers` shows is what the reader takes.
#include "genai/help/provider_examples.hpp"

#include "cli/process.hpp"
#include "features/providers/kinds.hpp"
#include "test.hpp"

using namespace genai;

namespace {

// The names behind "${env:" or the like.
std::vector<std::string> named(std::string_view text, std::string_view mark) {
  std::vector<std::string> names;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) names.emplace_back(text.substr(at + mark.size(), text.find('}', at) - at - mark.size()));
  return names;
}

}  // namespace

TEST_CASE("each type of provider has an example, in the order of the types") {
  const auto examples = help::provider_examples();
  const auto kinds = providers::kinds();
  REQUIRE(examples.size() == kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) CHECK(examples[i].type == kinds[i].name);
  for (const auto& kind : kinds) CHECK(help::providers_topic().find("\n" + std::string(kind.name) + ": ") != std::string::npos);
}

TEST_CASE("each example is a configuration that `serve` would take, and has its type") {
  for (const auto& example : help::provider_examples()) {
    const test::Directory directory;
    test::Variables variables;
    for (const auto& name : named(example.lines, "${env:")) variables[name] = "KEYOFTHETEST7";
    for (const auto& name : named(example.lines, "${file:")) {
      test::write_file(directory.path() / name, "key-of-the-test\n");
      std::filesystem::permissions(directory.path() / name, std::filesystem::perms::owner_read);
    }
    test::write_file(directory.path() / "genai.yaml", std::string(example.lines));
    const auto outcome = test::run({"config", "check"}, directory.path(), "", variables);
    INFO(example.lines << outcome.out << outcome.err);
    CHECK(outcome.exit == 0);
    CHECK(outcome.err.empty());
    CHECK(outcome.out.find("(" + std::string(example.type)) != std::string::npos);
  }
}
