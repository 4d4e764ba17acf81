// The price table as this user has it: the one in the binary, DIR/prices.csv of the data directory above it, and a file named by flag above both.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "domain/catalog/catalog.hpp"
#include "genai/settings.hpp"
#include "genai/world.hpp"

namespace genai {

inline constexpr std::string_view prices_file_name = "prices.csv";

// The bytes of a table; environment when it cannot be read, config_error beyond catalog::max_table_bytes. `file` is relative to where we started.
Result<std::string> read_table(const std::filesystem::path& file, const World& world);

// Where `serve` and `prices update` keep the user's table. Nothing when no directory was named and there is no home to find one in.
Result<std::optional<std::filesystem::path>> own_table(const SettingsFlags& flags, const World& world);

// Everything together. `extra` wins over the user's table, which wins over the binary's.
Result<catalog::Catalog> load_prices(const SettingsFlags& flags, const std::optional<std::string>& extra, const World& world);

}  // namespace genai
