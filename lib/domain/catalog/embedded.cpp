// data/prices.csv, put into the binary by the assembler. GENAI_PRICES_CSV is its path.
#include "domain/catalog/catalog.hpp"

#include <array>

asm(".pushsection .rodata\n"
    ".globl genai_prices_begin\n.globl genai_prices_end\n"
    ".hidden genai_prices_begin\n.hidden genai_prices_end\n"
    "genai_prices_begin:\n.incbin \"" GENAI_PRICES_CSV "\"\ngenai_prices_end:\n.byte 0\n.popsection\n");

extern "C" {
extern const char genai_prices_begin[];
extern const char genai_prices_end[];
}

namespace genai::catalog {

std::string_view embedded_csv() { return {genai_prices_begin, static_cast<std::size_t>(genai_prices_end - genai_prices_begin)}; }

Result<Catalog> embedded() {
  const std::array sources{Catalog::Source{embedded_csv(), "prices.csv", false}};
  return Catalog::parse(sources);
}

}  // namespace genai::catalog
