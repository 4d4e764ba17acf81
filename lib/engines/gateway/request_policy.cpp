#include "engines/gateway/request_policy.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/config/config.hpp"

namespace genai::gateway {
namespace {

constexpr std::array<std::string_view, 3> invisible_words{"flag", "strip", "block"};  // in the order of Invisible
constexpr std::array<std::string_view, 2> unknown_words{"pass", "refuse"};

}  // namespace

RequestPolicy read_request_policy(config::Map& parent, RequestPolicy weaker) {
  auto requests = parent.optional("requests", "what becomes of strange requests").map();
  if (!requests) return weaker;
  const auto word = requests->optional("invisible_characters", "tags, overrides of direction and runs of zero-width characters in prompts: marked, taken out or refused")
                        .one_of(invisible_words, invisible_words[static_cast<std::size_t>(weaker.invisible)]);
  weaker.invisible = static_cast<RequestPolicy::Invisible>(std::find(invisible_words.begin(), invisible_words.end(), word) - invisible_words.begin());
  weaker.refuse_unknown_fields = requests->optional("unknown_fields", "fields that the request's dialect does not document: passed on, or a 400")
                                     .one_of(unknown_words, unknown_words[weaker.refuse_unknown_fields ? 1 : 0]) == "refuse";
  return weaker;
}

}  // namespace genai::gateway
