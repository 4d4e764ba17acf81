// A stream is read the same however it is split; checksums are put right first, so that what lies behind them is reached.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "aws_message.hpp"
#include "platform/http/aws_events.hpp"

using namespace genai;

namespace {

struct Read {
  std::vector<std::pair<std::string, std::string>> events;
  bool failed = false;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, std::size_t step) {
  http::AwsEventDecoder decoder(4096);
  Read all;
  for (std::size_t at = 0; at < bytes.size() && !all.failed; at += step) {
    decoder.feed(bytes.substr(at, step));
    for (;;) {
      const bool ready = decoder.ready();
      const auto event = decoder.next();
      all.failed = !event;
      if (!event) break;
      if (ready && !*event) std::abort();
      if (!*event) break;
      if ((*event)->type.empty()) std::abort();
      all.events.emplace_back((*event)->type, (*event)->data);
    }
  }
  return all;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

std::string mended(std::string bytes) {
  for (std::size_t at = 0; at + 16 <= bytes.size();) {
    const std::string_view from = std::string_view(bytes).substr(at);
    const std::size_t size = number(from.substr(0, 4));
    bytes.replace(at + 8, 4, http::testing::big_endian(http::testing::slow_crc32(from.substr(0, 8)), 4));
    if (size < 16 || size > bytes.size() - at) break;
    bytes.replace(at + size - 4, 4, http::testing::big_endian(http::testing::slow_crc32(std::string_view(bytes).substr(at, size - 4)), 4));
    at += size;
  }
  return bytes;
}

// Seeds are C strings, streams are full of zeros.
std::string masked(std::string bytes) {
  for (char& c : bytes) c = static_cast<char>(c ^ 0xA5);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = 1 + data[0] % 64;
  const std::string bytes = masked(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  for (const auto& stream : {bytes, mended(bytes)})
    if (read(stream, step) != read(stream, std::max<std::size_t>(stream.size(), 1))) std::abort();
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const std::string events = masked(http::testing::aws_event("messageStart", "{}") + http::testing::aws_event("metadata", "{\"usage\":{}}"));
  static const std::string exception = masked(http::testing::aws_exception("throttlingException", "{}"));
  static const std::string other = masked(http::testing::aws_message(std::string("\1a\0\1b\1\1c\2x", 10) + http::testing::aws_text_header(":message-type", "event"), ""));
  static const char* const seeds[] = {events.c_str(), exception.c_str(), other.c_str(), nullptr};
  return seeds;
}
