// Typed options on top of CLI11, shared by the commands. Included by apps/genai/commands/*.cpp only: CLI11 is dear to compile.
// Every option's help text names no default and no unit: both are derived.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace genai::option {

// A duration as people write it: 250ms, 10s, 1m30s, 7d. Refused outside [least, most]. A bare number has no unit and is refused.
struct DurationRange {
  std::chrono::nanoseconds least{0};
  std::chrono::nanoseconds most = std::chrono::hours(24 * 365);
};
CLI::Option* duration(CLI::App& app, std::string name, std::chrono::nanoseconds& value, std::string what, DurationRange range = {});

// A decimal integer in [least, most]. `unit` is shown as the value's name in help ("TOKENS", "N").
struct IntegerRange {
  std::int64_t least = 0;
  std::int64_t most = INT64_MAX;
};
CLI::Option* integer(CLI::App& app, std::string name, std::int64_t& value, std::string what, IntegerRange range, std::string unit = "N");

// A decimal number in [least, most], finite.
struct NumberRange {
  double least = 0;
  double most = 1e12;
};
CLI::Option* number(CLI::App& app, std::string name, double& value, std::string what, NumberRange range, std::string unit = "N");

// One of a few words; a near miss is answered with the nearest one. Help, completions and errors list them.
CLI::Option* one_of(CLI::App& app, std::string name, std::string& value, std::string what, std::initializer_list<const char*> words);
CLI::Option* one_of(CLI::App& app, std::string name, std::string& value, std::string what, std::vector<std::string> words);
// The same where the flag may be absent; help shows no default.
CLI::Option* one_of(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what, std::vector<std::string> words);

// Free text, a path to a file, a path to a directory: they differ in what the shell completes. An optional stays empty if the flag is absent.
CLI::Option* text(CLI::App& app, std::string name, std::string& value, std::string what, std::string unit = "TEXT");
CLI::Option* text(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what, std::string unit = "TEXT");
// May be given again and again, one value each time; a positional one takes all that is left.
CLI::Option* texts(CLI::App& app, std::string name, std::vector<std::string>& values, std::string what, std::string unit = "TEXT");
CLI::Option* file(CLI::App& app, std::string name, std::string& value, std::string what);
CLI::Option* file(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what);
CLI::Option* directory(CLI::App& app, std::string name, std::optional<std::string>& value, std::string what);

// `--format` over the words given (the first is the default), with `--json` as a short spelling when "json" is among them.
CLI::Option* format(CLI::App& app, std::string& value, std::initializer_list<const char*> words);

}  // namespace genai::option
