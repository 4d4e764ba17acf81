// The chunked transfer coding (RFC 9112, section 7.1), read strictly and written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "platform/http/limits.hpp"

namespace genai::http {

// Takes bytes as they come, in any split, in fixed memory.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const Limits& limits) : limits_(&limits) {}
  struct Step {
    std::string_view data;      // the next piece of the body, inside the input; may be empty
    std::size_t consumed = 0;   // of the input
    bool done = false;          // the trailer's empty line has been consumed
  };
  // Consumes up to and including one piece of data. Call again with the rest until nothing is consumed. bad_chunk on any deviation.
  Result<Step> next(std::string_view input);

 private:
  enum class State { size, extension, size_lf, data, data_cr, data_lf, trailer_start, trailer_name, trailer, trailer_lf, end_lf, done };
  const Limits* limits_;
  State state_ = State::size;
  std::uint64_t left_ = 0;
  unsigned digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

// "1a\r\n": what stands before `size` bytes of data, in the caller's 20 bytes. After the data comes "\r\n".
std::string_view chunk_header(std::size_t size, char (&into)[20]);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace genai::http
