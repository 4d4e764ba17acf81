#include "features/providers/model_list.hpp"

#include "features/providers/kinds.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;

TEST_CASE("lists of models, as OpenAI, Anthropic and Google write them") {
  using Names = std::vector<std::string>;
  CHECK(*read_model_list(R"({"object":"list","data":[{"id":"gpt-4o","object":"model"},{"id":"o3"}]})") == Names{"gpt-4o", "o3"});
  CHECK(*read_model_list(R"({"data":[{"type":"model","id":"claude","display_name":"C"}],"has_more":false})") == Names{"claude"});
  CHECK(*read_model_list(R"({"models":[{"name":"models/gemini","version":"1"}],"nextPageToken":""})") == Names{"models/gemini"});
  CHECK(*read_model_list(R"({"models":[{"name":"tiny.gguf"}],"object":"list","data":[{"id":"tiny"}]})") == Names{"tiny"});
  CHECK(read_model_list(R"({"data":[]})")->empty());
  CHECK(read_model_list(R"({"data":[1,{"id":2},{}]})")->empty());
  for (const auto* body : {"", "[]", "{}", R"({"data":{}})", R"({"data":[{"id":"a"})", "<html>"}) {
    INFO(body);
    const auto none = read_model_list(body);
    REQUIRE(none.has_error());
    CHECK(none.error().code == Code::upstream_protocol);
  }
}

TEST_CASE("where each type of provider lists its models, if it does") {
  const auto path = [](ProviderType type) { return kind(type).models; };
  for (const auto type : {ProviderType::openai, ProviderType::openai_compatible, ProviderType::vllm, ProviderType::lmstudio, ProviderType::anthropic, ProviderType::gemini})
    CHECK(path(type) == "/models");
  CHECK(path(ProviderType::tgi) == "/v1/models");
  CHECK(path(ProviderType::cohere) == "/v1/models");
  CHECK(path(ProviderType::ollama) == "/api/tags");
  for (const auto type : {ProviderType::azure, ProviderType::bedrock, ProviderType::vertex, ProviderType::triton, ProviderType::sim}) CHECK(path(type).empty());
  ProviderConfig azure_v1;
  azure_v1.type = ProviderType::azure;
  azure_v1.api = Api::second;
  CHECK(kind(azure_v1).models == "/openai/v1/models");
}
