// `cost-estimate prices`: the price table shown, checked and renewed.
#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "domain/catalog/update.hpp"
#include "features/ledger/reports.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/owner.hpp"
#include "genai/prices.hpp"
#include "platform/fs/file.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

using catalog::Bucket;
using catalog::Catalog;
using catalog::Offer;
using catalog::Row;
using catalog::ServiceTier;
using Json = nlohmann::ordered_json;

constexpr int stale_after_days = 90;

struct TableOptions {
  SettingsFlags settings;
  std::optional<std::string> prices, as_of;
};

void declare_data_dir(CLI::App& app, SettingsFlags& settings) {
  option::directory(app, "--data-dir", settings.data_dir, "where prices.csv, the table of this user, is")->envname("GENAI_DATA_DIR")->default_str("~/.local/share/genai");
}

void declare_table(CLI::App& app, TableOptions& options) {
  declare_data_dir(app, options.settings);
  option::file(app, "--prices", options.prices, "rows that win over all others, in the same columns");
  option::text(app, "--as-of", options.as_of, "the moment whose prices hold: 2026-01-31, 2026-01-31T12:30:00Z, or 7d ago", "MOMENT")->default_str("now");
}

Result<WallTime> moment(const std::optional<std::string>& text, const World& world) {
  const auto now = world.clock.wall_now();
  if (!text) return now;
  auto parsed = ledger::parse_moment(*text, now);
  if (!parsed) parsed.error().what = "--as-of: " + parsed.error().what;
  return parsed;
}

std::string day_of(WallTime at) { return catalog::text(std::chrono::floor<std::chrono::days>(at)); }

// As written; `column` is one of catalog::column_names().
std::string_view cell(const Row& row, std::string_view column) {
  const auto names = catalog::column_names();
  return row.cells[static_cast<std::size_t>(std::find(names.begin(), names.end(), column) - names.begin())];
}

std::string price_cell(const Row& row, ServiceTier tier, Bucket bucket) {
  const auto price = row.rates_of(tier, false).of(bucket);
  return price ? catalog::usd_per_mtok(*price) : "";
}

bool is_stale(const Row& row, WallTime at) {
  return !row.is_retired && std::chrono::floor<std::chrono::days>(at) - row.checked > std::chrono::days(stale_after_days);
}

// --- list

struct ListOptions {
  TableOptions table;
  std::optional<std::string> vendor, match;
  bool all = false;
  std::string format = "text";
};

void declare_list(CLI::App& app, ListOptions& options) {
  option::text(app, "--vendor", options.vendor, "only models that this vendor bills", "NAME");
  option::text(app, "--match", options.match, "only models with this in their name", "TEXT");
  app.add_flag("--all", options.all, "also rows that do not hold at that moment, and retired models");
  declare_table(app, options.table);
  option::format(app, options.format, {"text", "json", "csv", "markdown"});
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_wanted(const Row& row, const ListOptions& options) {
  if (options.vendor && row.vendor != *options.vendor) return false;
  return !options.match || lower(row.vendor + "/" + row.model).find(lower(*options.match)) != std::string::npos;
}

std::vector<const Row*> rows_of(const Catalog& catalog, const ListOptions& options, WallTime at) {
  std::vector<const Row*> rows;
  for (const auto& offer : catalog.offers())
    for (const auto& row : offer.rows()) {
      const bool holds = offer.at(at) == &row && !row.is_retired && !(row.retired && WallTime(*row.retired) <= at);
      if (is_wanted(row, options) && (options.all || holds)) rows.push_back(&row);
    }
  return rows;
}

text::Table table_of(const std::vector<const Row*>& rows) {
  using text::Align;
  text::Table table({{"model"}, {"input", Align::right}, {"output", Align::right}, {"cache read", Align::right}, {"write 5m", Align::right},
                     {"batch in", Align::right}, {"batch out", Align::right}, {"long from", Align::right}, {"checked"}, {"holds"}});
  for (const auto* row : rows) {
    std::string holds = row->is_override ? "override" : row->is_retired ? "retired" : "";
    const auto hours = std::string(cell(*row, "hours_utc"));
    for (const auto& part : {row->from ? "from " + catalog::text(*row->from) : "", row->until ? "until " + catalog::text(*row->until) : "", hours})
      if (!part.empty()) holds += (holds.empty() ? "" : ", ") + part;
    table.add({row->vendor + "/" + row->model, price_cell(*row, ServiceTier::standard, Bucket::input), price_cell(*row, ServiceTier::standard, Bucket::output),
               price_cell(*row, ServiceTier::standard, Bucket::cache_read), price_cell(*row, ServiceTier::standard, Bucket::cache_write_5m),
               price_cell(*row, ServiceTier::batch, Bucket::input), price_cell(*row, ServiceTier::batch, Bucket::output),
               row->long_from ? std::to_string(row->long_from->value()) : "", catalog::text(row->checked), holds});
  }
  return table;
}

// Every column by its name; an empty cell is null.
Json json_of(const Row& row) {
  Json result;
  const auto names = catalog::column_names();
  for (std::size_t i = 0; i < names.size(); ++i) result[std::string(names[i])] = row.cells[i].empty() ? Json() : Json(row.cells[i]);
  result["override"] = row.is_override;
  result["file"] = row.file;
  result["line"] = row.line;
  return result;
}

std::string json_text(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Result<int> run_list(const ListOptions& options, World& world) {
  const auto at = moment(options.table.as_of, world);
  if (!at) return at.error();
  const auto catalog = load_prices(options.table.settings, options.table.prices, world);
  if (!catalog) return catalog.error();
  const auto rows = rows_of(*catalog, options, *at);
  if (rows.empty()) world.err << "no price matches\n";
  if (options.format == "json") {
    Json result{{"schema", "genai.cost-estimate.prices/v1"}, {"price_version", catalog->version()}, {"as_of", day_of(*at)}, {"prices", Json::array()}};
    for (const auto* row : rows) result["prices"].push_back(json_of(*row));
    world.out << json_text(result);
  } else if (options.format == "csv") {
    world.out << catalog::csv_head();
    for (const auto* row : rows) world.out << catalog::csv_line(*row);
  } else if (!rows.empty()) {
    world.out << (options.format == "markdown" ? table_of(rows).markdown() : table_of(rows).text());
    world.out << "\nUSD per million tokens on " << day_of(*at) << "; table " << catalog->version() << ", " << rows.size() << " rows.\n";
  }
  return 0;
}

constexpr Example list_examples[] = {
    {.line = "genai cost-estimate prices list --vendor anthropic", .shows = "what Anthropic's models cost"},
    {.line = "genai cost-estimate prices list --match gpt-5 --format csv > mine.csv", .shows = "rows to change and hand in with --prices"},
};

const Command list_command{.name = "cost-estimate prices list",
                           .summary = "list prices",
                           .group = Group::report,
                           .description = "Prices are USD per million tokens. As csv, rows have all columns, and can be changed and handed in with --prices.",
                           .examples = list_examples,
                           .add = bind<ListOptions, declare_list, run_list>};

// --- show

struct ShowOptions {
  TableOptions table;
  std::string model;
  std::string format = "text";
};

void declare_show(CLI::App& app, ShowOptions& options) {
  option::text(app, "MODEL", options.model, "a model, as gpt-4o or azure/gpt-4o", "MODEL")->required();
  declare_table(app, options.table);
  option::format(app, options.format, {"text", "json"});
}

std::string shown(const Row& row, bool holds) {
  const auto names = catalog::column_names();
  std::string text = row.file + ":" + std::to_string(row.line) + (row.is_override ? ", override" : "") + (holds ? ", holds now" : "") + "\n";
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!row.cells[i].empty()) text += "  " + std::string(names[i]) + std::string(34 - std::min<std::size_t>(names[i].size(), 33), ' ') + row.cells[i] + "\n";
  return text;
}

Result<int> run_show(const ShowOptions& options, World& world) {
  const auto at = moment(options.table.as_of, world);
  if (!at) return at.error();
  const auto catalog = load_prices(options.table.settings, options.table.prices, world);
  if (!catalog) return catalog.error();
  const auto match = catalog->find({{}, options.model});
  if (!match) return match.error();
  const auto* now = match->offer->at(*at);
  if (options.format == "json") {
    Json result{{"schema", "genai.cost-estimate.prices/v1"}, {"price_version", catalog->version()}, {"as_of", day_of(*at)},
                {"match", catalog::name(match->how)}, {"prices", Json::array()}};
    for (const auto& row : match->offer->rows()) {
      result["prices"].push_back(json_of(row));
      result["prices"].back()["holds"] = &row == now;
    }
    world.out << json_text(result);
    return 0;
  }
  world.out << text::printable(options.model) << " is " << match->offer->vendor() << "/" << text::printable(match->offer->model()) << ", found as "
            << catalog::name(match->how) << (match->region.empty() ? "" : " in the region " + match->region) << "\n";
  for (const auto& row : match->offer->rows()) {
    auto rest = shown(row, &row == now);
    world.out << "\n";
    for (std::size_t end; !rest.empty(); rest.erase(0, end + 1)) {
      end = rest.find('\n');
      world.out << text::printable(rest.substr(0, end)) << "\n";
    }
  }
  return 0;
}

constexpr Example show_examples[] = {
    {.line = "genai cost-estimate prices show gpt-4o", .shows = "all that is known, and who says so"},
    {.line = "genai cost-estimate prices show o3 --as-of 2025-06-01 --json", .shows = "which price held on that day"},
};

const Command show_command{.name = "cost-estimate prices show",
                           .summary = "show every field of a model's prices",
                           .group = Group::report,
                           .description = "A model may have several rows: prices change, and some depend on the hour.",
                           .examples = show_examples,
                           .add = bind<ShowOptions, declare_show, run_show>};

// --- check

struct CheckOptions {
  TableOptions table;
  std::optional<std::string> file;
};

void declare_check(CLI::App& app, CheckOptions& options) {
  option::file(app, "FILE", options.file, "the table to check; without one, all tables in use");
  declare_table(app, options.table);
}

Result<Catalog> parse_file(const std::string& file, const World& world) {
  const auto text = read_table(file, world);
  if (!text) return text.error();
  const std::array sources{Catalog::Source{*text, file, true}};
  return Catalog::parse(sources);
}

Result<int> run_check(const CheckOptions& options, World& world) {
  const auto at = moment(options.table.as_of, world);
  if (!at) return at.error();
  const auto catalog = options.file ? parse_file(*options.file, world) : load_prices(options.table.settings, options.table.prices, world);
  if (!catalog) return catalog.error();
  std::size_t rows = 0, stale = 0;
  for (const auto& offer : catalog->offers())
    for (const auto& row : offer.rows()) {
      ++rows;
      if (!is_stale(row, *at)) continue;
      ++stale;
      if (options.file)
        world.err << "warning: " << row.file << ":" << row.line << ": " << text::printable(row.vendor + "/" + row.model) << " was last checked on "
                  << catalog::text(row.checked) << ", more than " << stale_after_days << " days before " << day_of(*at) << "\n";
    }
  if (stale > 0 && !options.file)
    world.err << "warning: " << stale << " rows were last checked more than " << stale_after_days << " days before " << day_of(*at) << "\n";
  world.out << "ok: " << catalog->offers().size() << " models, " << rows << " rows, version " << catalog->version() << "\n";
  return 0;
}

constexpr Example check_examples[] = {
    {.line = "genai cost-estimate prices check", .shows = "the tables in use, and how old they are"},
    {.line = "genai cost-estimate prices list --vendor openai --format csv > mine.csv && genai cost-estimate prices check mine.csv", .shows = "a file, before it is used"},
};

const Command check_command{.name = "cost-estimate prices check",
                            .summary = "check a price table",
                            .group = Group::report,
                            .description = "Every error is told with file:line:column, unknown words with the nearest known one; exit code 2. Rows that nobody has compared "
                                           "with their source for 90 days are warned of.",
                            .examples = check_examples,
                            .add = bind<CheckOptions, declare_check, run_check>};

// --- update

struct UpdateOptions {
  SettingsFlags settings;
  std::string file;
  std::vector<std::string> accept;
  bool dry_run = false;
};

void declare_update(CLI::App& app, UpdateOptions& options) {
  option::file(app, "FILE", options.file, "the new table, or rows of one")->required();
  option::texts(app, "--accept", options.accept, "take what is held back for this model; may be given again", "MODEL");
  app.add_flag("--dry-run", options.dry_run, "show the difference and write nothing");
  declare_data_dir(app, options.settings);
}

std::string shown(const catalog::Change& change) {
  using Kind = catalog::Change::Kind;
  std::string text = (change.is_held ? "held    " : change.kind == Kind::added ? "added   " : "changed ") + change.offer->vendor() + "/" + change.offer->model();
  for (const auto& move : change.moves)
    text += "\n  " + std::string(move.column) + ": " + (move.before.empty() ? "unknown" : move.before) + " -> " + (move.after.empty() ? "unknown" : move.after) +
            (move.is_odd ? "  (more than ten times, or through 0)" : "");
  if (!change.others.empty()) text += "\n  also: " + change.others;
  return text + "\n";
}

Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes) {
  if (auto made = fs::prepare_private_directory(path.parent_path()); !made) return made;
  auto fresh = path;
  fresh += ".new";
  {
    const auto file = fs::File::open(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) return file.error();
    if (auto written = file->write_at(0, bytes); !written) return written;
    if (auto synced = file->sync_data(); !synced) return synced;
  }
  std::error_code failure;
  std::filesystem::rename(fresh, path, failure);
  if (failure) return fs::system_error("replace", path, failure.value());
  return fs::sync_directory(path.parent_path());
}

// Prices are on the disk already: a server that does not take them over now does so when it starts again.
void tell_running_server(const std::filesystem::path& dir, const std::string& csv, World& world) {
  const auto told = ask_owner(dir, "POST", "/owner/prices", csv, world);
  if (!told) world.err << "warning: " << told.error().what << "; it keeps its prices until it is started again\n";
  else if (*told) world.err << "note: the running `genai serve` has taken them over\n";
}

Result<int> run_update(const UpdateOptions& options, World& world) {
  const auto wanted = parse_file(options.file, world);
  if (!wanted) return wanted.error();
  const auto path = own_table(options.settings, world);
  if (!path) return path.error();
  if (!*path) return Error{Code::usage_error, "no place for prices.csv: there is no home directory\nhint: name one with --data-dir DIR", "--data-dir"};
  const auto now = load_prices(options.settings, {}, world);
  if (!now) return now.error();
  std::optional<Catalog> own;
  std::error_code ignored;  // what cannot be seen is not there
  if (std::filesystem::exists(**path, ignored)) {
    auto parsed = parse_file((*path)->string(), world);
    if (!parsed) return parsed.error();
    own.emplace(*std::move(parsed));
  }
  const auto update = catalog::plan_update(*now, own ? &*own : nullptr, *wanted, options.accept);
  std::size_t held = 0;
  for (const auto& change : update.changes) {
    held += change.is_held ? 1 : 0;
    const auto text = shown(change);
    for (std::size_t at = 0, end; at < text.size(); at = end + 1) {
      end = text.find('\n', at);
      world.out << text::printable(std::string_view(text).substr(at, end - at)) << "\n";
    }
  }
  const auto taken = update.changes.size() - held;
  if (taken > 0 && !options.dry_run) {
    if (auto replaced = replace_file(**path, update.csv); !replaced) return replaced.error();
    tell_running_server((*path)->parent_path(), update.csv, world);
  }
  world.out << taken << (options.dry_run ? " to take, " : " taken, ") << held << " held back, " << update.unchanged << " as before\n";
  if (held > 0) world.err << "note: --accept MODEL takes what is held back\n";
  return held > 0 ? 1 : 0;
}

constexpr Example update_examples[] = {
    {.line = "genai cost-estimate prices list --vendor groq --format csv > new.csv && genai cost-estimate prices update new.csv --dry-run", .shows = "what would change"},
    {.line = "genai cost-estimate prices list --all --format csv > new.csv && genai cost-estimate prices update new.csv --data-dir {dir}", .shows = "take over a table"},
};

const Command update_command{.name = "cost-estimate prices update",
                             .summary = "take over new prices",
                             .group = Group::report,
                             .description = "Shows what changes and writes it to prices.csv in the data directory, where it wins over the table in the binary. A price that "
                                            "moves more than ten times, or to or from 0, is held back (exit code 1) until --accept names its model: such moves are more "
                                            "often slips than news.",
                             .examples = update_examples,
                             .add = bind<UpdateOptions, declare_update, run_update>};

constexpr const Command* children[] = {&list_command, &show_command, &check_command, &update_command};

constexpr Example examples[] = {
    {.line = "genai cost-estimate prices list --match claude", .shows = "prices of all vendors' Claude models"},
    {.line = "genai cost-estimate prices check", .shows = "the tables in use, and how old they are"},
};

}  // namespace

extern const Command prices_command{.name = "cost-estimate prices",
                                    .summary = "show, check and renew the price table",
                                    .group = Group::report,
                                    .description = "The table in the binary is dated: each row says where it comes from and when it was last compared. prices.csv in the data "
                                                   "directory wins over it, and a file named with --prices over both.",
                                    .examples = examples,
                                    .children = children};

}  // namespace genai
