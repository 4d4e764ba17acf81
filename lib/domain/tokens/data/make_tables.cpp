// Run when the project is built: VOCAB TOKENS OUT writes the tables of the first TOKENS ranks of a .vocab file (see make_vocabularies.mjs).
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "domain/tokens/build_tables.hpp"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: make_tables VOCAB TOKENS OUT\n");
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<std::string_view> tokens;
  for (std::size_t at = 0; at < text.size() && tokens.size() < std::stoul(argv[2]);) {
    const auto size = static_cast<unsigned char>(text[at]);
    tokens.push_back(std::string_view(text).substr(at + 1, size));
    at += 1 + size;
  }
  if (tokens.size() != std::stoul(argv[2])) {
    std::fprintf(stderr, "%s: fewer tokens than %s\n", argv[1], argv[2]);
    return 1;
  }
  const auto tables = genai::tokens::detail::build_ranked(tokens);
  if (!tables) {
    std::fprintf(stderr, "%s: %s\n", argv[1], tables.error().what.c_str());
    return 1;
  }
  std::ofstream out(argv[3], std::ios::binary);
  out.write(reinterpret_cast<const char*>(tables->bytes().data()), static_cast<std::streamsize>(tables->bytes().size()));
  return out.flush() ? 0 : 1;
}
