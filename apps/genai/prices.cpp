#include "genai/prices.hpp"

#include <fcntl.h>

#include <vector>

#include "platform/fs/file.hpp"

namespace genai {
namespace {

namespace stdfs = std::filesystem;

bool has(const World& world, std::string_view variable) {
  const auto value = world.variable(variable);
  return value && !value->empty();
}

}  // namespace

Result<std::string> read_table(const stdfs::path& file, const World& world) {
  const auto path = world.directory / file;
  const auto opened = fs::File::open(path, O_RDONLY);
  if (!opened) return opened.error();
  std::string bytes(catalog::max_table_bytes + 1, '\0');
  const auto size = opened->read_on(bytes);
  if (!size) return Error{size.error().code, file.string() + ": " + size.error().what, {}};
  if (*size > catalog::max_table_bytes)
    return Error{Code::config_error, file.string() + ": more than " + std::to_string(catalog::max_table_bytes >> 20) + " MiB, too large for a price table", {}};
  bytes.resize(*size);
  return bytes;
}

Result<std::optional<stdfs::path>> own_table(const SettingsFlags& flags, const World& world) {
  if (!flags.data_dir && !flags.config && !has(world, "GENAI_DATA_DIR") && !has(world, "XDG_DATA_HOME") && !has(world, "HOME"))
    return std::optional<stdfs::path>();
  auto dir = read_data_dir(flags, world);
  if (!dir) return dir.error();
  return std::optional(*dir / prices_file_name);
}

Result<catalog::Catalog> load_prices(const SettingsFlags& flags, const std::optional<std::string>& extra, const World& world) {
  std::vector<std::pair<std::string, std::string>> texts;  // file, content
  const auto own = own_table(flags, world);
  if (!own) return own.error();
  std::error_code ignored;  // what cannot be seen is not there
  if (*own && stdfs::exists(**own, ignored)) {
    auto text = read_table(**own, world);
    if (!text) return text.error();
    texts.emplace_back((*own)->string(), *std::move(text));
  }
  if (extra) {
    auto text = read_table(*extra, world);
    if (!text) return text.error();
    texts.emplace_back(*extra, *std::move(text));
  }
  std::vector<catalog::Catalog::Source> sources{{catalog::embedded_csv(), "prices.csv", false}};
  for (const auto& [file, text] : texts) sources.push_back({text, file, true});
  return catalog::Catalog::parse(sources);
}

}  // namespace genai
