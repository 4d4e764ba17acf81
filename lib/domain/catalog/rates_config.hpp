// Prices that the configuration gives: for models on one's own machines, and for contracts that no list knows.
#pragma once

#include <optional>

#include "domain/catalog/price.hpp"

namespace genai::config {
class Map;
}

namespace genai::catalog {

// Reads `price: {input_usd_per_mtok, output_usd_per_mtok, cache_read_usd_per_mtok, cache_write_5m_usd_per_mtok, cache_write_1h_usd_per_mtok,
// audio_input_usd_per_mtok, audio_output_usd_per_mtok}` below `parent`: USD for a million tokens, at most six decimals. Input and output
// must be there; what the cache reads and writes costs as input unless it is said, audio without a price has none. Absent: nothing.
std::optional<Rates> read_rates(config::Map& parent);

}  // namespace genai::catalog
