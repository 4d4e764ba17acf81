// The decoder gives what the slow one gives, split where the first byte says; what is ready comes.
#include <cstdint>
#include <cstdlib>

#include "json_lines_oracle.hpp"
#include "platform/http/json_lines.hpp"

namespace {

void take(genai::http::JsonLinesDecoder& decoder, std::vector<std::string>& lines) {
  for (;;) {
    const bool ready = decoder.ready();
    const auto event = decoder.next();
    if (!event || (ready && !*event)) std::abort();
    if (!*event) return;
    lines.emplace_back((*event)->data);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > genai::http::JsonLinesDecoder::default_max_line) return 0;
  const std::size_t step = 1 + data[0] % 32;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  genai::http::JsonLinesDecoder decoder;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at += step) {
    decoder.feed(text.substr(at, step));
    take(decoder, lines);
  }
  decoder.end();
  take(decoder, lines);
  if (lines != genai::http::testing::slow_json_lines(text)) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"\x03{\"done\":false}\n{\"done\":true}\n", "\x07\r\n\n {\"a\":1}\r\n\t\n{\"b\":2}", "\x01{}\r", nullptr};
  return seeds;
}
