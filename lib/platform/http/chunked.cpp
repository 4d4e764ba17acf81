#include "platform/http/chunked.hpp"

#include <algorithm>
#include <charconv>

namespace genai::http {
namespace {

constexpr unsigned max_size_digits = 16;

Error bad(std::string what) { return Error{Code::bad_chunk, std::move(what), ""}; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace

Result<ChunkedDecoder::Step> ChunkedDecoder::next(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    const char c = input[at];
    switch (state_) {
      case State::size:
        if (const int digit = hex_digit(c); digit >= 0) {
          if (++digits_ > max_size_digits) return bad("a chunk size has more than 16 digits");
          if (left_ >> 59 != 0) return bad("a chunk size is beyond 2^63");
          left_ = left_ * 16 + static_cast<unsigned>(digit);
        } else if (digits_ == 0) {
          return bad("a chunk size is missing");
        } else if (c == ';') {
          state_ = State::extension;
        } else if (c == '\r') {
          state_ = State::size_lf;
        } else {
          return bad("a chunk size has a byte that is not a hexadecimal digit");
        }
        ++at;
        break;
      case State::extension:
        if (c == '\r') {
          state_ = State::size_lf;
        } else {
          if (!is_text(c)) return bad("a chunk extension has a control character");
          if (++extension_bytes_ > limits_->chunk_extensions) {
            return bad("chunk extensions of more than " + std::to_string(limits_->chunk_extensions) + " bytes");
          }
        }
        ++at;
        break;
      case State::size_lf:
        if (c != '\n') return bad("a chunk size line does not end in CRLF");
        digits_ = 0;
        state_ = left_ == 0 ? State::trailer_start : State::data;
        ++at;
        break;
      case State::data: {
        const auto piece = input.substr(at, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at)));
        left_ -= piece.size();
        if (left_ == 0) state_ = State::data_cr;
        return Step{piece, at + piece.size(), false};
      }
      case State::data_cr:
        if (c != '\r') return bad("chunk data is not followed by CRLF");
        state_ = State::data_lf;
        ++at;
        break;
      case State::data_lf:
        if (c != '\n') return bad("chunk data is not followed by CRLF");
        state_ = State::size;
        ++at;
        break;
      case State::trailer_start:
        if (c == '\r') {
          state_ = State::end_lf;
          ++at;
          break;
        }
        if (c == ':') return bad("a trailer has an empty name");
        state_ = State::trailer_name;
        break;
      case State::trailer_name:
      case State::trailer:  // dropped: no trailer means anything here
        if (state_ == State::trailer_name && (c == ' ' || c == '\t' || c == '\r')) return bad("a trailer line has no name and colon");
        if (c == '\r') {
          state_ = State::trailer_lf;
        } else {
          if (!is_text(c)) return bad("a trailer has a control character");
          if (++trailer_bytes_ > limits_->trailers) return bad("trailers of more than " + std::to_string(limits_->trailers) + " bytes");
          if (c == ':') state_ = State::trailer;
        }
        ++at;
        break;
      case State::trailer_lf:
        if (c != '\n') return bad("a trailer line does not end in CRLF");
        state_ = State::trailer_start;
        ++at;
        break;
      case State::end_lf:
        if (c != '\n') return bad("the chunked body does not end in CRLF");
        state_ = State::done;
        ++at;
        break;
      case State::done:
        break;
    }
  }
  return Step{{}, at, state_ == State::done};
}

std::string_view chunk_header(std::size_t size, char (&into)[20]) {
  char* end = std::to_chars(into, into + 16, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {into, static_cast<std::size_t>(end - into)};
}

}  // namespace genai::http
