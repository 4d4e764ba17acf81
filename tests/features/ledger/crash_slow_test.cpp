#include "features/ledger/crash.hpp"

namespace genai::ledger {
namespace {

TEST_CASE("L4 kill -9, 120 times on six data directories: no acknowledged row is missing") {
  for (std::uint64_t seed = 100; seed < 106; ++seed) testing::crash(20, seed);
}

}  // namespace
}  // namespace genai::ledger
