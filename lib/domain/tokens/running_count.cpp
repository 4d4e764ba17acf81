#include "domain/tokens/running_count.hpp"

namespace genai::tokens {

void RunningCount::add(std::string_view text) {
  rest_ += text;
  if (rest_.size() < count_at_) return;
  std::size_t cut = encoding_.safe_cut(rest_);
  if (cut == 0 && rest_.size() >= most_kept) cut = rest_.size();
  counted_ += encoding_.count(std::string_view(rest_).substr(0, cut));
  rest_.erase(0, cut);
  count_at_ = rest_.size() + step;  // without a cut it is looked for again when more has come
}

}  // namespace genai::tokens
