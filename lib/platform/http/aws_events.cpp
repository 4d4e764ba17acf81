#include "platform/http/aws_events.hpp"

#include <array>
#include <utility>

namespace genai::http {
namespace {

constexpr std::size_t prelude_size = 12;  // two lengths and their checksum
constexpr std::size_t checksum_size = 4;

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
    table[i] = value;
  }
  return table;
}();

// Big-endian.
std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

// Takes so many bytes from the front. Nothing: they are not there.
std::optional<std::string_view> take(std::string_view& from, std::size_t size) {
  if (from.size() < size) return std::nullopt;
  const auto taken = from.substr(0, size);
  from.remove_prefix(size);
  return taken;
}

std::optional<std::string_view> take_with_length(std::string_view& from, std::size_t length_size) {
  const auto length = take(from, length_size);
  return length ? take(from, number(*length)) : std::nullopt;
}

// What a header is set to, by the number of its type; texts and bytes have a length of two bytes.
constexpr int bytes_type = 6, text_type = 7;
constexpr std::array<std::size_t, 10> value_sizes{0, 0, 1, 2, 4, 8, 0, 0, 8, 16};  // true, false, byte, short, integer, long, bytes, text, time, UUID

std::optional<std::string_view> take_value(std::string_view& from, std::size_t type) {
  if (type >= value_sizes.size()) return std::nullopt;
  if (type == bytes_type || type == text_type) return take_with_length(from, 2);
  return take(from, value_sizes[type]);
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char c : bytes) value = (value >> 8) ^ crc_table[(value ^ static_cast<unsigned char>(c)) & 255];
  return ~value;
}

// Those that say what a message is.
struct AwsEventDecoder::Headers {
  std::string_view message_type, event_type, exception_type, error_code, error_message;

  // False: these are no headers.
  bool read(std::string_view from) {
    while (!from.empty()) {
      const auto name = take_with_length(from, 1);
      const auto type = name ? take(from, 1) : std::nullopt;
      if (!type) return false;
      const auto value = take_value(from, number(*type));
      if (!value) return false;
      if (number(*type) == text_type) keep(*name, *value);
    }
    return true;
  }

 private:
  void keep(std::string_view name, std::string_view value) {
    if (name == ":message-type") message_type = value;
    else if (name == ":event-type") event_type = value;
    else if (name == ":exception-type") exception_type = value;
    else if (name == ":error-code") error_code = value;
    else if (name == ":error-message") error_message = value;
  }
};

void AwsEventDecoder::feed(std::string_view bytes) {
  // Moving the rest to the front costs at most as much as was consumed before it: linear in all.
  if (begin_ == buffer_.size() || begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

Error AwsEventDecoder::fail(std::string what) {
  error_ = Error{Code::upstream_protocol, "the upstream's event stream is broken: " + what, {}};
  return *error_;
}

Result<std::optional<StreamEvent>> AwsEventDecoder::next() {
  if (error_) return *error_;
  const auto bytes = rest();
  if (bytes.size() < prelude_size) return std::optional<StreamEvent>();
  if (crc32(bytes.substr(0, 8)) != number(bytes.substr(8, 4))) return fail("the checksum of a message's lengths is wrong");
  const std::size_t size = number(bytes.substr(0, 4));
  if (size > max_event_) return fail("a message is longer than " + std::to_string(max_event_) + " bytes");
  if (size < prelude_size + checksum_size) return fail("a message is shorter than its frame");
  if (bytes.size() < size) return std::optional<StreamEvent>();
  auto event = read(bytes.substr(0, size));
  if (!event) return event.error();
  begin_ += size;
  return std::optional(*event);
}

Result<StreamEvent> AwsEventDecoder::read(std::string_view message) {
  const auto body = message.substr(0, message.size() - checksum_size);
  if (crc32(body) != number(message.substr(body.size()))) return fail("the checksum of a message is wrong");
  auto rest = body.substr(prelude_size);
  const auto head = take(rest, number(message.substr(4, 4)));
  Headers headers;
  if (!head || !headers.read(*head)) return fail("a message has malformed headers");
  const auto event = named(headers, rest);
  if (event.type.empty()) return fail("a message does not say what it is");
  return event;
}

StreamEvent AwsEventDecoder::named(const Headers& headers, std::string_view payload) {
  if (headers.message_type == "event") return {payload, headers.event_type};
  if (headers.message_type == "exception") return {payload, (type_ = "exception:") += headers.exception_type};
  if (headers.message_type == "error") return {headers.error_message, (type_ = "error:") += headers.error_code};
  return {};
}

bool AwsEventDecoder::ready() const {
  const auto bytes = rest();
  if (error_ || bytes.size() < prelude_size) return false;
  const std::size_t size = number(bytes.substr(0, 4));
  return size <= max_event_ && bytes.size() >= size;
}

}  // namespace genai::http
