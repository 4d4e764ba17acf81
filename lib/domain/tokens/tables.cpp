#include "domain/tokens/tables.hpp"

namespace genai::tokens::detail {
namespace {

// Hands out the parts of a buffer one behind the other, each 64-aligned, as build_tables.cpp lays them out.
class Parts {
 public:
  explicit Parts(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  const T* take(std::uint64_t count) {
    const auto size = (count * sizeof(T) + 63) / 64 * 64;
    whole_ = whole_ && size <= bytes_.size() - at_;
    if (!whole_) return nullptr;
    const auto* part = reinterpret_cast<const T*>(bytes_.data() + at_);
    at_ += size;
    return part;
  }
  bool all_taken() const { return whole_ && at_ == bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  bool whole_ = true;
};

}  // namespace

std::uint32_t hash_long(std::string_view bytes) {
  std::uint64_t h = bytes.size();
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    h = (h ^ word) * 0x9E37'79B9'7F4A'7C15u;
    h ^= h >> 32;
  }
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x9E37'79B9'7F4A'7C15u;
  return static_cast<std::uint32_t>(h >> 32);
}

std::optional<Tables> Tables::view(std::span<const std::byte> bytes) {
  Parts parts(bytes);
  const auto* header = parts.take<Header>(1);
  if (header == nullptr || header->magic != magic) return std::nullopt;
  Tables tables;
  tables.size_ = header->tokens;
  tables.max_size_ = header->max_size;
  tables.bucket_count_ = header->buckets;
  tables.long_slots_ = header->long_slots;
  tables.pair_slots_ = header->pair_slots;
  tables.buckets_ = parts.take<Bucket>(std::uint64_t{header->buckets} + header->spill_buckets);
  tables.longs_ = parts.take<std::uint32_t>(header->long_slots);
  tables.cells_ = parts.take<Cell>(header->cells);
  tables.pairs_ = parts.take<std::uint32_t>(header->pair_slots);
  tables.splits_ = parts.take<Split>(header->tokens);
  tables.shorter_ = parts.take<Token>(header->tokens);
  tables.starts_ = parts.take<std::uint32_t>(std::uint64_t{header->tokens} + 1);
  tables.bytes_ = parts.take<char>(header->bytes);
  if (!parts.all_taken()) return std::nullopt;
  return tables;
}

Token Tables::find_long(std::string_view piece) const {
  if (piece.size() > max_size_) return no_token;
  for (auto slot = scaled(hash_long(piece), long_slots_);; slot = slot + 1 == long_slots_ ? 0 : slot + 1) {
    const Token token = longs_[slot];
    if (token == no_token || bytes(token) == piece) return token;
  }
}

}  // namespace genai::tokens::detail
