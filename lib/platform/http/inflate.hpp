// Content codings undone as bytes arrive, within bounds (RFC 9110, section 8.4; gzip is RFC 1952, deflate RFC 1950 around RFC 1951, br RFC 7932).
//
// We never ask for a coding, but caches and proxies on the way compress unasked. What comes out of one piece of input comes out at once, so that
// events pass one by one if the sender flushed them one by one. A few bytes may stand for gigabytes: the bounds are on what comes out, in all and
// for each byte that went in.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace genai::http {

enum class Coding { identity, gzip, deflate, brotli };

// The coding that a Content-Encoding field names; empty is identity. upstream_protocol for those we do not know and for several on top of each other.
Result<Coding> parse_coding(std::string_view field);

struct InflateLimits {
  std::uint64_t bytes = 64 * 1024 * 1024;   // that may come out
  std::uint64_t ratio = 100;                // times what went in,
  std::uint64_t ratio_from = 64 * 1024;     // once so many bytes have come out
};

// One body being decoded. Confined to its user.
class Inflater {
 public:
  // Not identity.
  Inflater(Coding coding, InflateLimits limits);
  ~Inflater();
  // Takes bytes from the front of `input` and gives what they stand for; call again until nothing comes, which it does only once `input` is used up.
  // Valid until the next call. upstream_protocol when the bytes are damaged, go on after their end, or stand for more than the bounds allow.
  Result<std::string_view> next(std::string_view& input);
  // Nothing is missing: the coding's own end has come, or no byte at all.
  bool complete() const;

  class Codec;

 private:
  const InflateLimits limits_;
  std::unique_ptr<Codec> codec_;
  std::vector<char> buffer_;
  std::uint64_t taken_ = 0;
  std::uint64_t given_ = 0;
};

}  // namespace genai::http
