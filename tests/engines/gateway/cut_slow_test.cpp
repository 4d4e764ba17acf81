#include "engines/gateway/cut_streams.hpp"

using namespace genai;

TEST_CASE("U3 streams of every upstream, cut at every byte, never end well for any client") { cut::check_cuts(1); }
