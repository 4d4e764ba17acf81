// Any chat for a server that calls its fields otherwise stays one JSON object, in which the old names are gone.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/dialect.hpp"
#include "platform/json/reader.hpp"

using namespace genai;

namespace {

constexpr std::array renames{wire::Rename{"max_completion_tokens", "max_tokens"}, wire::Rename{"seed", "random_seed"}, wire::Rename{"stream_options", ""}, wire::Rename{"user", ""}};

void check(const std::string& body) {
  if (json::check(body)) std::abort();
  json::Reader in(body);
  std::string_view key;
  for (in.enter_object(); in.next_member(key); in.skip())
    for (const auto& rename : renames)
      if (key == rename.from && body.find('\\') == body.npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const wire::Manner manner{.takes_top_k = true, .renames = renames, .tool_ids = wire::ToolIds::nine_letters};
  for (const auto dialect : {chat::Dialect::chat_completions, chat::Dialect::messages, chat::Dialect::completions}) {
    const auto chat = wire::decode(dialect, std::string(reinterpret_cast<const char*>(data), size));
    if (!chat) continue;
    const auto body = wire::encode(*chat, chat::Dialect::chat_completions, "m", manner);
    if (body) check(*body);
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"user":"u","model":"m","seed":7,"messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":false},"max_tokens":3,"max_completion_tokens":5})",
      R"({ "stream" : true , "model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"x"}]})",
      R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}],"top_k":4})", R"({"model":"m","prompt":"hi","seed":1})", nullptr};
  return seeds;
}
