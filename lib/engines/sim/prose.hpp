// Text without meaning that reads like text: one piece is one token.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/rng.hpp"

namespace genai::sim {

// Sentences from a seed. Pieces are ASCII letters, blanks and full stops, which need no escape in JSON; a word carries its leading blank.
class Prose {
 public:
  enum class Slot : unsigned char { start, determiner, adjective, noun, verb, preposition, adverb, stop };
  explicit Prose(SeededRng rng) : rng_(rng) {}
  std::string_view next();

 private:
  SeededRng rng_;
  std::span<const Slot> sentence_;
  std::size_t at_ = 0;
  bool begun_ = false;
};

}  // namespace genai::sim
