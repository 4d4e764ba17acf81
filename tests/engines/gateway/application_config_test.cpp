#include "engines/gateway/application_config.hpp"
#include "engines/gateway/request_policy.hpp"
#include "platform/config/config.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using wire::application::Route;

namespace {

struct Read {
  wire::application::Config application;
  gateway::RequestPolicy policy;
  std::string problems;
};

Read read(const std::string& text) {
  auto document = config::Document::parse(text, "genai.yaml", {.variable = [](std::string_view) { return std::nullopt; }, .directory = {}});
  Read result;
  {
    auto root = document.root();
    result.application = gateway::read_application(root, wire::application::usual_config());
    result.policy = gateway::read_request_policy(root, {});
  }
  if (const auto error = document.error()) result.problems = error->what;
  return result;
}

}  // namespace

TEST_CASE("the limits of application endpoints are set by route, the others stay") {
  const auto got = read(R"(
application:
  advanced_model: large
  routes:
    /api/generate: {max_characters: 100, max_tokens: 50, timeout: 5s, default_tokens: 20}
requests: {invisible_characters: block, unknown_fields: refuse}
)");
  CHECK(got.problems.empty());
  CHECK(got.application.advanced_model == "large");
  const auto& limits = got.application.limits[static_cast<std::size_t>(Route::api_generate)];
  CHECK(limits.most_characters == 100);
  CHECK(limits.most_tokens == 50);
  CHECK(limits.usual_tokens == 20);
  CHECK(limits.time_limit == 5s);
  CHECK(got.application.limits[static_cast<std::size_t>(Route::generate)].most_characters == 10'000);
  CHECK(got.policy.invisible == gateway::RequestPolicy::Invisible::block);
  CHECK(got.policy.refuse_unknown_fields);
}

TEST_CASE("P3: wrong limits are told with their place and the nearest path") {
  CHECK(read("application: {routes: {/api/generat: {}}}\n").problems.find("did you mean '/api/generate'?") != std::string::npos);
  CHECK(read("application: {routes: {/chat: {max_characters: 0}}}\n").problems.starts_with("genai.yaml:1:"));
  CHECK(read("requests: {invisible_characters: strp}\n").problems.find("strip") != std::string::npos);
}
