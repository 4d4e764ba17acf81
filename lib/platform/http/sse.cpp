#include "platform/http/sse.hpp"

#include <algorithm>
#include <cstring>

namespace genai::http {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

// The first CR or LF in [begin, end), or end.
const char* find_line_end(const char* begin, const char* end) {
  const auto size = static_cast<std::size_t>(end - begin);
  if (size == 0) return end;
  const auto* lf = static_cast<const char*>(std::memchr(begin, '\n', size));
  if (lf == nullptr) lf = end;
  const auto* cr = static_cast<const char*>(std::memchr(begin, '\r', static_cast<std::size_t>(lf - begin)));
  return cr != nullptr ? cr : lf;
}

}  // namespace

void SseDecoder::feed(std::string_view bytes) {
  // Moving the rest to the front costs at most as much as was consumed before it: linear in all.
  if (event_ == buffer_.size() || event_ > buffer_.size() / 2) {
    buffer_.erase(0, event_);
    line_ -= event_;
    searched_ -= event_;
    if (data_lines_ == 1 && !stale_) data_at_ = {data_at_.begin - event_, data_at_.end - event_};
    event_ = 0;
  }
  buffer_ += bytes;
}

// False: not enough bytes to tell.
bool SseDecoder::skip_bom() {
  const std::string_view have = std::string_view(buffer_).substr(0, bom.size());
  if (have != bom.substr(0, have.size())) return at_start_ = false, true;
  if (have.size() < bom.size()) return false;
  event_ = line_ = searched_ = bom.size();
  return at_start_ = false, true;
}

std::optional<SseDecoder::Line> SseDecoder::next_line() {
  if (at_start_ && !skip_bom()) return std::nullopt;
  if (after_cr_ && line_ < buffer_.size()) {
    after_cr_ = false;
    if (buffer_[line_] == '\n') {
      if (event_ == line_) ++event_;
      searched_ = ++line_;
    }
  }
  const char* const bytes = buffer_.data();
  const auto found = static_cast<std::size_t>(find_line_end(bytes + searched_, bytes + buffer_.size()) - bytes);
  searched_ = found;
  if (found == buffer_.size()) return std::nullopt;
  after_cr_ = bytes[found] == '\r';
  const Line line{line_, found};
  line_ = searched_ = found + 1;
  return line;
}

void SseDecoder::take_data(Line value) {
  if (data_lines_ == 1) data_.assign(buffer_, data_at_.begin, data_at_.end - data_at_.begin) += '\n';
  if (data_lines_ > 0) data_.append(buffer_, value.begin, value.end - value.begin) += '\n';
  data_at_ = value;
  ++data_lines_;
}

void SseDecoder::take(Line line) {
  const std::string_view text = std::string_view(buffer_).substr(line.begin, line.end - line.begin);
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  std::size_t value = std::min(colon + 1, text.size());
  if (value < text.size() && text[value] == ' ') ++value;
  if (name == "data") take_data({line.begin + value, line.end});
  else if (name == "event") type_ = text.substr(value);
  // An event without data so far need not be kept: heartbeats may go on for ever without an empty line.
  if (data_lines_ == 0) event_ = line_;
}

void SseDecoder::start_event() {
  data_lines_ = 0;
  data_.clear();
  type_.clear();
  stale_ = false;
}

Result<std::optional<StreamEvent>> SseDecoder::next() {
  if (stale_) start_event();
  while (const auto line = next_line()) {
    if (line->end - event_ > max_event_) break;
    if (line->begin != line->end) {
      take(*line);
      continue;
    }
    event_ = line_;
    if (data_lines_ == 0) {
      start_event();
      continue;
    }
    stale_ = true;
    std::string_view data(data_);
    if (data_lines_ == 1) data = std::string_view(buffer_).substr(data_at_.begin, data_at_.end - data_at_.begin);
    else data.remove_suffix(1);
    return std::optional(StreamEvent{data, type_});
  }
  if (searched_ - event_ > max_event_)
    return Error{Code::upstream_protocol, "a server-sent event is longer than " + std::to_string(max_event_) + " bytes", {}};
  return std::optional<StreamEvent>();
}

bool SseDecoder::partial() const {
  if (!stale_ && data_lines_ > 0) return true;
  if (line_ == buffer_.size()) return false;
  return !(after_cr_ && buffer_.size() - line_ == 1 && buffer_[line_] == '\n');
}

bool SseDecoder::ready() const {
  if (at_start_ || after_cr_ || (!stale_ && data_lines_ > 0)) return false;
  const std::string_view rest = std::string_view(buffer_).substr(line_);
  return rest.starts_with("data:") && rest.find("\n\n") != rest.npos;
}

void append_event(std::string& to, std::string_view payload) {
  to += "data: ";
  to += payload;
  to += "\n\n";
}

}  // namespace genai::http
