// A plain main for fuzz targets: replays files given as arguments, else random bytes and mutations of the target's own seeds. Deterministic.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Seeds of the target, or empty. Each target defines it.
extern "C" const char* const* genai_fuzz_seeds();

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string text, std::mt19937_64& random) {
  for (auto edits = 1 + random() % 4; edits > 0; --edits) {
    const auto at = text.empty() ? 0 : random() % text.size();
    switch (random() % 5) {
      case 0: text.insert(at, 1, static_cast<char>(random())); break;
      case 1: if (!text.empty()) text.erase(at, 1 + random() % 4); break;
      case 2: if (!text.empty()) text[at] = static_cast<char>(random()); break;
      case 3: text.insert(at, text.substr(at, random() % 16)); break;
      default: text.resize(at); break;
    }
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    for (int i = 1; i < argc; ++i) {
      std::ifstream file(argv[i], std::ios::binary);
      run(std::string(std::istreambuf_iterator<char>(file), {}));
    }
    return 0;
  }
  std::mt19937_64 random(1);
  std::vector<std::string> seeds{""};
  for (auto seed = genai_fuzz_seeds(); *seed != nullptr; ++seed) seeds.emplace_back(*seed);
  for (const auto& seed : seeds) run(seed);
  constexpr int rounds = 20'000;
  for (int i = 0; i < rounds; ++i) run(mutated(seeds[random() % seeds.size()], random));
  std::printf("%d inputs\n", rounds);
}
