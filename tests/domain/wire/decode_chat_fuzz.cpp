// What decodes also encodes: to JSON that decodes again to the same chat.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/openai.hpp"

namespace openai = genai::wire::openai;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto chat = openai::decode_chat(std::string(reinterpret_cast<const char*>(data), size));
  if (!chat) return 0;
  const auto again = openai::decode_chat(openai::encode_chat(*chat, "other"));
  if (!again || again->model != "other" || again->stream != chat->stream || again->user != chat->user) std::abort();
  if (again->stream && !again->include_usage) std::abort();
  if (!chat->stream && openai::encode_chat(*chat, chat->model) != chat->body) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})",
      R"({"stream":true,"stream_options":{"include_usage":false,"a":1},"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]})",
      R"({"model":"m","n":1,"stop":["a"],"max_tokens":5,"temperature":0.5,"messages":[{"role":"assistant","tool_calls":[{}]},{"role":"tool","tool_call_id":"c","content":""}]})",
      nullptr};
  return seeds;
}
