// The decoder gives what the slow one gives, split where the first byte says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "platform/http/sse.hpp"
#include "sse_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 32;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  genai::http::SseDecoder decoder;
  std::vector<genai::http::testing::Plain> events;
  for (std::size_t at = 0; at < text.size(); at += step) {
    decoder.feed(text.substr(at, step));
    for (auto event = decoder.next(); event && *event; event = decoder.next())
      events.push_back({std::string((*event)->data), std::string((*event)->type)});
  }
  if (size < genai::http::SseDecoder::default_max_event && events != genai::http::testing::slow_events(text)) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"\x03" "data: {}\n\ndata: [DONE]\n\n", "\x07" "\xEF\xBB\xBF" "event: a\r\ndata: b\r\ndata\r\n\r\n", "\x01: c\n\ndata:x\r\r", nullptr};
  return seeds;
}
