// What a prompt may tell the simulated model to do, so that whole tool loops can be run against it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genai::sim {

struct Call {
  std::string name;       // as it stands between the quotes of a JSON string
  std::string arguments;  // the same
};

// The calls that the last message of a chat completion's body asks for, if it is the user's: `[[call NAME {JSON}]]`, up to 8 of them,
// each of a tool that the request offers. A message with the result of a tool is answered in prose.
std::vector<Call> calls_asked_for(std::string_view body);

}  // namespace genai::sim
