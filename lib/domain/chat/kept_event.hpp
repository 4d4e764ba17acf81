// An event that outlives the next pull of its source.
#pragma once

#include <string>
#include <vector>

#include "domain/chat/event.hpp"

namespace genai::chat {

// Owns what the event that it was made from points to. Its address must not change while its event is in use.
class KeptEvent {
 public:
  explicit KeptEvent(const Event& event);
  KeptEvent(const KeptEvent&) = delete;

  const Event& event() const { return event_; }
  std::size_t bytes() const { return text_.size(); }

 private:
  std::string_view keep(std::string_view text);
  std::string text_;  // all that it says, in a row; never grown beyond what was reserved
  std::vector<Delta> deltas_;
  Event event_;
};

}  // namespace genai::chat
