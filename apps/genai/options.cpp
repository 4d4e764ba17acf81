#include "genai/options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "platform/text/duration.hpp"
#include "platform/text/nearest.hpp"
#include "platform/text/table.hpp"

namespace genai::option {
namespace {

std::string shown(std::string_view value) { return "'" + text::printable(value.substr(0, 64)) + "'"; }

// An option that is checked as text and then stored; `store` only sees what `check` let through.
CLI::Option* checked(CLI::App& app, std::string name, std::string what, std::string unit, std::string standard,
                     std::function<std::string(std::string&)> check, std::function<void(const std::string&)> store) {
  auto* option = app.add_option(
      std::move(name),
      [store = std::move(store)](const CLI::results_t& results) {
        store(results.at(0));
        return true;
      },
      std::move(what));
  option->type_name(std::move(unit))->default_str(std::move(standard))->expected(1);
  if (check) option->check([check = std::move(check)](const std::string& value) { auto copy = value; return check(copy); });
  return option;
}

template <class Number>
bool parsed(std::string_view text, Number& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size();
}

std::string plain(double value) {
  char buffer[32];
  const auto [end, failure] = std::to_chars(buffer, buffer + sizeof buffer, value);
  return std::string(buffer, end);
}

std::string check_duration(const std::string& value, DurationRange range) {
  const auto duration = text::parse_duration(value);
  if (!duration) return duration.error().what;
  if (*duration >= range.least && *duration <= range.most) return "";
  return "expected " + text::format_duration(range.least) + " to " + text::format_duration(range.most) + ", found " + shown(value);
}

std::string check_integer(const std::string& value, IntegerRange range) {
  std::int64_t number = 0;
  if (!parsed(value, number)) return "expected an integer, found " + shown(value);
  if (number >= range.least && number <= range.most) return "";
  if (range.most == INT64_MAX) return "expected at least " + std::to_string(range.least) + ", found " + shown(value);
  return "expected " + std::to_string(range.least) + " to " + std::to_string(range.most) + ", found " + shown(value);
}

std::string check_number(const std::string& value, NumberRange range) {
  double number = 0;
  if (!parsed(value, number) || !std::isfinite(number)) return "expected a number, found " + shown(value);
  if (number >= range.least && number <= range.most) return "";
  return "expected " + plain(range.least) + " to " + plain(range.most) + ", found " + shown(value);
}

std::string check_word(const std::string& value, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), value) != words.end()) return "";
  const std::vector<std::string_view> names(words.begin(), words.end());
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  const auto near = text::nearest(value, names);
  return "unknown value " + shown(value) + "\nhint: " + (near ? "did you mean " + std::string(*near) + "?" : "choose from " + list);
}

CLI::Option* worded(CLI::App& app, std::string name, std::string what, std::string standard, std::vector<std::string> words,
                    std::function<void(const std::string&)> store) {
  std::string unit;
  for (const auto& word : words) unit += (unit.empty() ? "" : "|") + word;
  return checked(app, std::move(name), std::move(what), std::move(unit), std::move(standard),
                 [words = std::move(words)](const std::string& text) { return check_word(text, words); }, std::move(store));
}

CLI::Option* stored(CLI::App& app, std::string name, std::string& value, std::string what, std::string unit) {
  return checked(app, std::move(name), std::move(what), std::move(unit), value, {}, [&value](const std::string& text) { value = text; });
}

CLI::Option* stored(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what, std::string unit) {
  return checked(app, std::move(name), std::move(what), std::move(unit), "", {}, [&value](const std::string& text) { value = text; });
}

}  // namespace

CLI::Option* duration(CLI::App& app, std::string name, std::chrono::nanoseconds& value, std::string what, DurationRange range) {
  return checked(app, std::move(name), std::move(what), "DURATION", text::format_duration(value),
                 [range](const std::string& text) { return check_duration(text, range); },
                 [&value](const std::string& text) { value = text::parse_duration(text).value(); });
}

CLI::Option* integer(CLI::App& app, std::string name, std::int64_t& value, std::string what, IntegerRange range, std::string unit) {
  return checked(app, std::move(name), std::move(what), std::move(unit), std::to_string(value),
                 [range](const std::string& text) { return check_integer(text, range); },
                 [&value](const std::string& text) { parsed(text, value); });
}

CLI::Option* number(CLI::App& app, std::string name, double& value, std::string what, NumberRange range, std::string unit) {
  return checked(app, std::move(name), std::move(what), std::move(unit), plain(value),
                 [range](const std::string& text) { return check_number(text, range); },
                 [&value](const std::string& text) { parsed(text, value); });
}

CLI::Option* one_of(CLI::App& app, std::string name, std::string& value, std::string what, std::initializer_list<const char*> words) {
  return one_of(app, std::move(name), value, std::move(what), std::vector<std::string>(words.begin(), words.end()));
}

CLI::Option* one_of(CLI::App& app, std::string name, std::string& value, std::string what, std::vector<std::string> words) {
  return worded(app, std::move(name), std::move(what), value, std::move(words), [&value](const std::string& text) { value = text; });
}

CLI::Option* one_of(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what, std::vector<std::string> words) {
  return worded(app, std::move(name), std::move(what), "", std::move(words), [&value](const std::string& text) { value = text; });
}

CLI::Option* text(CLI::App& app, std::string name, std::string& value, std::string what, std::string unit) {
  return stored(app, std::move(name), value, std::move(what), std::move(unit));
}

CLI::Option* text(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what, std::string unit) {
  return stored(app, std::move(name), value, std::move(what), std::move(unit));
}

CLI::Option* texts(CLI::App& app, std::string name, std::vector<std::string>& values, std::string what, std::string unit) {
  const bool is_flag = name.starts_with('-');
  auto* option = app.add_option(std::move(name), values, std::move(what))->type_name(std::move(unit));
  return is_flag ? option->allow_extra_args(false) : option;
}

CLI::Option* file(CLI::App& app, std::string name, std::string& value, std::string what) {
  return stored(app, std::move(name), value, std::move(what), "FILE");
}

CLI::Option* file(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what) {
  return stored(app, std::move(name), value, std::move(what), "FILE");
}

CLI::Option* directory(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what) {
  return stored(app, std::move(name), value, std::move(what), "DIR");
}

CLI::Option* format(CLI::App& app, std::string& value, std::initializer_list<const char*> words) {
  auto* option = one_of(app, "--format", value, "how the result is written", words);
  const auto is_json = [](const char* word) { return std::string_view(word) == "json"; };
  if (std::any_of(words.begin(), words.end(), is_json))
    app.add_flag_callback("--json", [&value] { value = "json"; }, "the same as --format json")->excludes(option);
  return option;
}

}  // namespace genai::option
