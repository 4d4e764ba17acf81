// Content codings by zlib's own other direction, as compressing upstreams and caches make them.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/inflate.hpp"

namespace genai::http::coded {

enum class Wrapper { gzip, zlib, none };

// Each part is flushed, so that it can be decoded before the next one comes; the parts' codes are separate.
inline std::vector<std::string> deflated_parts(const std::vector<std::string>& parts, Wrapper wrapper, int level = 6) {
  z_stream stream{};
  const int window = wrapper == Wrapper::gzip ? 31 : wrapper == Wrapper::zlib ? 15 : -15;
  if (::deflateInit2(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("no deflate");
  std::vector<std::string> coded;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string out(::deflateBound(&stream, static_cast<uLong>(parts[i].size())) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(parts[i].data()));
    stream.avail_in = static_cast<uInt>(parts[i].size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, i + 1 == parts.size() ? Z_FINISH : Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out);
    coded.push_back(std::move(out));
  }
  ::deflateEnd(&stream);
  return coded;
}
inline std::string deflated(const std::string& text, Wrapper wrapper, int level = 6) { return deflated_parts({text}, wrapper, level).front(); }

// What an inflater makes of pieces.
struct Decoded {
  std::string text;
  std::string error;  // empty: none
  bool complete = false;
  friend bool operator==(const Decoded&, const Decoded&) = default;
};
inline Decoded decoded(Coding coding, std::string_view bytes, std::size_t step, InflateLimits limits = {}) {
  Inflater inflater(coding, limits);
  Decoded result;
  while (!bytes.empty()) {
    auto piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    for (;;) {
      const auto some = inflater.next(piece);
      if (!some) {
        result.error = some.error().what;
        return result;
      }
      if (some->empty()) break;
      result.text += *some;
    }
    if (!piece.empty()) throw std::runtime_error("bytes were left over");
  }
  result.complete = inflater.complete();
  return result;
}

}  // namespace genai::http::coded
