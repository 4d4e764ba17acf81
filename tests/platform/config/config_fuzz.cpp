#include "platform/config/resolved.hpp"

#include <array>
#include <cstdlib>

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "listen: 127.0.0.1:8080\nproviders:\n  main: {type: sim, n: 010, w: 1m30s, k: \"${env:K}\"}\nmodels: [{a: b}, {c: [d, e]}]\n",
      "a: 1\na: 2\n---\nb: *x\n", "? [x]\n: &a !!int |\n  text\n", "a: \"\\e\\x41\\u263a\"\nb: 'c''d' # e\n", "\xEF\xBB\xBF{a: [}", "k: ${command:sh -c 'exit 1'}\n", nullptr};
  return seeds;
}

namespace {

// Asks for everything by every type.
void read(genai::config::Map& map, int depth) {
  constexpr std::array<std::string_view, 2> words{"sim", "openai-compatible"};
  for (const auto* key : {"listen", "a", "b", "n", "w", "k", "type"}) {
    const auto value = map.optional(key);
    value.text_or("");
    value.flag_or(true);
    value.integer_or(0, {});
    value.number_or(0, 0, 1);
    value.duration_or({}, {});
    value.one_of(words, "sim");
    value.secret();
    value.texts();
  }
  if (depth == 0) return;
  for (const auto* key : {"providers", "models", "c"}) {
    for (auto& nested : map.optional(key).maps()) read(nested, depth - 1);
    for (auto& [name, position, nested] : map.optional(key).entries()) read(nested, depth - 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto no_variable = [](std::string_view) { return std::optional<std::string>(); };
  auto document = genai::config::Document::parse({reinterpret_cast<const char*>(data), size}, "f", {.variable = no_variable, .directory = "/nonexistent"});
  {
    auto root = document.root();
    read(root, 3);
  }
  const auto error = document.error();
  if (error && error->what.find('\x1b') != std::string::npos) std::abort();
  genai::config::Resolved resolved{genai::config::Shape{}};
  resolved.add(document.readings(), "f", true);
  const auto shown = resolved.yaml(true);
  if (shown.find('\x1b') != std::string::npos) std::abort();
  // What is shown is YAML again.
  auto again = genai::config::Document::parse(shown, "shown", {.variable = no_variable, .directory = "/nonexistent"});
  for (const auto& problem : again.problems())
    if (problem.message != "larger than 1 MiB" && problem.message != "nested too deeply") std::abort();
  return 0;
}
