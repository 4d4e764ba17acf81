// The columns of a price table. Private to this folder.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace genai::catalog {

enum class Column : std::size_t {
  vendor, model, aliases, mode,
  input, output, cache_read, cache_write_5m, cache_write_1h, audio_input, audio_output,
  tier_threshold, tier_edge, tier_input, tier_output, tier_cache_read, tier_cache_write_5m, tier_cache_write_1h,
  batch_input, batch_output, batch_basis, batch_cache, flex,
  priority_input, priority_output, priority_cache_read,
  regions, hours, from, until, status, retired_on, max_input, max_output, tokenizer, checked, cross_check, source, notes,
};

inline constexpr std::array<std::string_view, 39> columns{
    "vendor", "model", "aliases", "mode",
    "input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_5m_usd_per_mtok", "cache_write_1h_usd_per_mtok",
    "audio_input_usd_per_mtok", "audio_output_usd_per_mtok",
    "tier_threshold_tokens", "tier_edge", "tier_input_usd_per_mtok", "tier_output_usd_per_mtok", "tier_cache_read_usd_per_mtok",
    "tier_cache_write_5m_usd_per_mtok", "tier_cache_write_1h_usd_per_mtok",
    "batch_input_usd_per_mtok", "batch_output_usd_per_mtok", "batch_basis", "batch_cache", "flex",
    "priority_input_usd_per_mtok", "priority_output_usd_per_mtok", "priority_cache_read_usd_per_mtok",
    "regions", "hours_utc", "from", "until", "status", "retired_on", "max_input_tokens", "max_output_tokens", "tokenizer", "checked",
    "cross_check", "source", "notes"};
static_assert(columns.size() == static_cast<std::size_t>(Column::notes) + 1);

}  // namespace genai::catalog
