#include "engines/sim/prose.hpp"

#include <array>

namespace genai::sim {
namespace {

using Slot = Prose::Slot;
using Words = std::span<const std::string_view>;

constexpr std::string_view starts[] = {" The", " A", " Every", " This", " Each", " One", " Another", " No"};
constexpr std::string_view determiners[] = {" the", " a", " every", " this", " each", " its", " one", " that"};
constexpr std::string_view adjectives[] = {" quiet", " narrow", " bright", " patient", " early", " copper", " distant", " careful",
                                           " small", " northern", " hollow", " steady", " green", " late",  " plain",   " winter"};
constexpr std::string_view nouns[] = {" river",  " engine", " letter", " garden", " signal", " harbour", " window", " ledger",
                                      " bridge", " lantern", " valley", " clock",  " train",  " orchard", " map",    " station"};
constexpr std::string_view verbs[] = {" follows", " carries", " answers", " measures", " crosses", " remembers", " lights", " opens",
                                      " counts",  " holds",   " draws",   " finds",    " leaves",  " watches",   " turns",  " keeps"};
constexpr std::string_view prepositions[] = {" behind", " near", " above", " beside", " across", " before", " through", " under"};
constexpr std::string_view adverbs[] = {" slowly", " often", " twice", " today", " again", " quietly", " alone", " gladly"};
constexpr std::string_view stops[] = {"."};

constexpr std::array<Words, 8> words_of{starts, determiners, adjectives, nouns, verbs, prepositions, adverbs, stops};

constexpr Slot plain[] = {Slot::start, Slot::noun, Slot::verb, Slot::determiner, Slot::noun, Slot::stop};
constexpr Slot coloured[] = {Slot::start, Slot::adjective, Slot::noun, Slot::verb, Slot::determiner, Slot::adjective, Slot::noun, Slot::stop};
constexpr Slot placed[] = {Slot::start,       Slot::noun,       Slot::verb, Slot::determiner, Slot::noun,
                           Slot::preposition, Slot::determiner, Slot::adjective, Slot::noun,  Slot::stop};
constexpr Slot timed[] = {Slot::start, Slot::adjective, Slot::noun, Slot::verb, Slot::adverb, Slot::preposition, Slot::determiner, Slot::noun, Slot::stop};
constexpr std::array<std::span<const Slot>, 4> sentences{plain, coloured, placed, timed};

}  // namespace

std::string_view Prose::next() {
  const std::uint64_t chance = rng_.next();
  if (at_ == sentence_.size()) {
    sentence_ = sentences[(chance >> 32) % sentences.size()];
    at_ = 0;
  }
  const Words words = words_of[static_cast<std::size_t>(sentence_[at_++])];
  std::string_view piece = words[chance % words.size()];
  if (!begun_) piece.remove_prefix(1);
  begun_ = true;
  return piece;
}

}  // namespace genai::sim
