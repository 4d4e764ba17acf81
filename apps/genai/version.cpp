#include "genai/version.hpp"

namespace genai {

std::string version_number() { return GENAI_VERSION; }

std::string version_line() {
  constexpr std::string_view commit = GENAI_COMMIT;
  std::string line = "genai " GENAI_VERSION " (";
  line += commit.empty() ? std::string_view("no commit") : commit;
  return line + ", " GENAI_COMPILER ")";
}

}  // namespace genai
