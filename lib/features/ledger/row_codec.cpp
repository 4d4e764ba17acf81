#include "features/ledger/row_codec.hpp"

#include <cstdint>
#include <cstring>

namespace genai::ledger {
namespace {

constexpr std::uint8_t version = 2;  // 1, which a spool of an older genai may hold, ends before the price
enum Flag : std::uint8_t { streamed = 1, estimated = 2, has_cost = 4, has_ttft = 8, all_flags = 15 };

// The one list of texts, in the order of the file.
template <class Record, class Visit>
void for_each_text(Record& record, Visit visit, std::uint8_t of_version = version) {
  visit(record.route);
  visit(record.client_request_id);
  visit(record.user);
  visit(record.model);
  visit(record.provider);
  visit(record.upstream_model);
  visit(record.error_code);
  if (of_version == 1) return;
  visit(record.price_match);
  visit(record.price_version);
}

// The one list of token counts, in the order of the file.
template <class Usage, class Visit>
void for_each_count(Usage& usage, Visit visit, std::uint8_t of_version = version) {
  visit(usage.prompt);
  visit(usage.completion);
  visit(usage.cached);
  visit(usage.reasoning);
  if (of_version == 1) return;
  visit(usage.cache_write_5m);
  visit(usage.cache_write_1h);
  visit(usage.audio_prompt);
  visit(usage.audio_completion);
}

template <class Number>
void put(std::string& bytes, Number value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof value);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class Number>
  Number take() {
    Number value{};
    const auto raw = take_bytes(sizeof value);
    if (!failed_) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string_view take_bytes(std::size_t size) {
    if (size > rest_.size()) failed_ = true;
    if (failed_) return {};
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::uint8_t flags_of(const record::Record& record) {
  int flags = 0;
  if (record.streamed) flags |= streamed;
  if (record.usage.estimated) flags |= estimated;
  if (record.cost) flags |= has_cost;
  if (record.ttft) flags |= has_ttft;
  return static_cast<std::uint8_t>(flags);
}

}  // namespace

std::string_view cut_to(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

void cut_texts(record::Record& record) noexcept {
  for_each_text(record, [](std::string& text) {
    if (text.size() > max_text) text.erase(cut_to(text, max_text).size());
  });
}

void encode_row(const record::Record& record, std::string& bytes) {
  bytes.clear();
  put(bytes, version);
  put(bytes, flags_of(record));
  put(bytes, static_cast<std::uint8_t>(record.outcome));
  put(bytes, record.id.value());
  put(bytes, std::int64_t{record.started.time_since_epoch().count()});
  put(bytes, std::int32_t{record.status});
  for_each_count(record.usage, [&](Tokens tokens) { put(bytes, tokens.value()); });
  put(bytes, record.cost ? record.cost->value() : std::int64_t{0});
  put(bytes, std::int64_t{record.duration.count()});
  put(bytes, record.ttft ? std::int64_t{record.ttft->count()} : std::int64_t{0});
  for_each_text(record, [&](const std::string& text) {
    put(bytes, static_cast<std::uint16_t>(text.size()));
    bytes += text;
  });
}

std::optional<record::Record> decode_row(std::string_view bytes) {
  Reader from(bytes);
  const auto written_as = from.take<std::uint8_t>();
  if (written_as == 0 || written_as > version) return std::nullopt;
  const auto flags = from.take<std::uint8_t>();
  const auto outcome = from.take<std::uint8_t>();
  if (flags > all_flags || outcome > static_cast<std::uint8_t>(record::Outcome::failed)) return std::nullopt;
  record::Record record;
  record.streamed = (flags & streamed) != 0;
  record.outcome = static_cast<record::Outcome>(outcome);
  record.id = RowId(from.take<std::int64_t>());
  record.started = WallTime(std::chrono::microseconds(from.take<std::int64_t>()));
  record.status = from.take<std::int32_t>();
  for_each_count(record.usage, [&](Tokens& tokens) { tokens = Tokens(from.take<std::int64_t>()); }, written_as);
  record.usage.estimated = (flags & estimated) != 0;
  const NanoUsd cost(from.take<std::int64_t>());
  if ((flags & has_cost) != 0) record.cost = cost;
  record.duration = Nanoseconds(from.take<std::int64_t>());
  const Nanoseconds ttft(from.take<std::int64_t>());
  if ((flags & has_ttft) != 0) record.ttft = ttft;
  for_each_text(record, [&](std::string& text) { text = from.take_bytes(from.take<std::uint16_t>()); }, written_as);
  if (!from.complete() || record.id.value() <= 0) return std::nullopt;
  return record;
}

}  // namespace genai::ledger
