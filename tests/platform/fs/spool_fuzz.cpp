// Whatever a spool file holds: reading ends, items stay inside the bytes, and what was written comes back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "platform/fs/spool.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" const char* const* genai_fuzz_seeds();

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using genai::fs::SpoolItem;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string again;
  auto item = genai::fs::read_spool(bytes, 0);
  for (std::uint64_t at = 0; item.kind == SpoolItem::Kind::record; item = genai::fs::read_spool(bytes, at)) {
    require(item.next > at && item.next <= size);
    at = item.next;
    genai::fs::append_spool_record(again, item.content);
  }
  require(bytes.starts_with(again));
  require((item.kind == SpoolItem::Kind::end) == (again.size() == size));
  std::string framed;
  genai::fs::append_spool_record(framed, bytes.substr(0, genai::fs::max_spool_record));
  require(genai::fs::read_spool(framed, 0).kind == SpoolItem::Kind::record);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const auto seed = [] {
    std::string bytes;
    for (const auto* content : {"one", "two and more", "x"}) genai::fs::append_spool_record(bytes, content);
    for (auto& c : bytes) c = c == '\0' ? '\x01' : c;  // seeds are C strings: the frame breaks, its shape stays
    return bytes;
  }();
  static const char* const seeds[] = {seed.c_str(), "gSp\x01", nullptr};
  return seeds;
}
