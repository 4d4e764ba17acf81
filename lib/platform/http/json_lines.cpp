#include "platform/http/json_lines.hpp"

#include <algorithm>

namespace genai::http {

void JsonLinesDecoder::feed(std::string_view bytes) {
  // Moving the rest to the front costs at most as much as was consumed before it: linear in all.
  if (line_ == buffer_.size() || line_ > buffer_.size() / 2) {
    buffer_.erase(0, line_);
    searched_ -= line_;
    line_ = 0;
  }
  buffer_ += bytes;
}

Result<std::optional<StreamEvent>> JsonLinesDecoder::next() {
  for (;;) {
    const auto found = buffer_.find('\n', searched_);
    searched_ = std::min(found, buffer_.size());
    const bool is_complete = found != buffer_.npos || (ended_ && line_ < buffer_.size());
    if (searched_ - line_ > max_line_) return Error{Code::upstream_protocol, "a line of JSON is longer than " + std::to_string(max_line_) + " bytes", {}};
    if (!is_complete) return std::optional<StreamEvent>();
    std::string_view line = std::string_view(buffer_).substr(line_, searched_ - line_);
    line_ = searched_ = std::min(searched_ + 1, buffer_.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t\r") != line.npos) return std::optional(StreamEvent{line, {}});
  }
}

bool JsonLinesDecoder::ready() const {
  const auto first = buffer_.find_first_not_of(" \t\r\n", line_);
  return first != buffer_.npos && (ended_ || buffer_.find('\n', std::max(first, searched_)) != buffer_.npos);
}

}  // namespace genai::http
