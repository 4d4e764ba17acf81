// Ids for calls of tools whose provider gives them none. Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace genai::wire {

// Of one answer. Letters that every dialect allows in such an id.
class CallIds {
 public:
  // What tells this answer from others, as it stands between quotes; the first that says something counts.
  void answer(std::string_view id) {
    if (!prefix_.empty()) return;
    for (const char c : id) {
      const bool is_allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
      if (is_allowed && prefix_.size() < longest) prefix_ += c;
    }
    if (!prefix_.empty()) prefix_ += '_';
  }
  // Of the call with that number, from 0.
  std::string of(int call) const { return "call_" + prefix_ + std::to_string(call); }

 private:
  static constexpr std::size_t longest = 40;
  std::string prefix_;
};

}  // namespace genai::wire
