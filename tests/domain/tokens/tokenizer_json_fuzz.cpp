// Any bytes as a tokenizer.json, and as a chat request: refused or read, and what was read can count.
#include "domain/tokens/chat_count.hpp"
#include "domain/tokens/tokenizer_json.hpp"

using namespace genai;
using namespace genai::tokens;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto encoding = read_tokenizer_json(text, "fuzz")) (void)encoding->count("some text");
  for (const char* model : {"gpt-4o", "gpt-4.1-mini", "claude-3"}) {
    const auto count = count_chat(counter_for(model), text);
    if (count && (count->tokens.value() < 0 || count->band < 0)) __builtin_trap();
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"added_tokens":[{"id":3,"content":"<e>","lstrip":false}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"x"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b",["a","b"]]}})",
      R"({"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}})",
      R"({"messages":[{"role":"user","name":"n","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAF","detail":"high"}},{"type":"input_audio","input_audio":{}}]},{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}],"tools":[{"type":"function","function":{"name":"f","description":"d.","parameters":{"properties":{"a":{"type":"string","description":"x","enum":["b",1]},"c":{"items":{"anyOf":[{"properties":{}}]}}}}}}],"response_format":{"type":"json_schema","json_schema":{}}})",
      nullptr};
  return seeds;
}
