// Requests in files, fed to an estimate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "engines/estimate/requests.hpp"
#include "genai/world.hpp"

namespace genai {

struct RequestFiles {
  std::vector<std::string> requests;  // paths of chat requests, one JSON object a line; "-" is standard input
  std::vector<std::string> prompts;   // paths of texts, each one message
  bool are_conversations = false;
  bool empty() const { return requests.empty() && prompts.empty(); }
};

// Reads all of them, one line (or prompt of at most estimate::max_line_bytes) in memory at a time. Errors name file:line; environment when a file
// cannot be read.
Result<void> feed(estimate::Sampler& sampler, const RequestFiles& files, World& world);

// How prompts of each model are counted, exactly or by an estimate with bounds; models that count alike share one.
std::vector<std::shared_ptr<const estimate::ChatCounter>> chat_counters(const std::vector<std::string>& models);

}  // namespace genai
