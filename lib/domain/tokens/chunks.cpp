#include "domain/tokens/chunks.hpp"

namespace genai::tokens {

Result<void> Chunks::add(std::string_view bytes, std::vector<TokenId>* ids) {
  kept_ += bytes;
  if (kept_.size() < next_try_ && kept_.size() <= max_uncut) return {};
  const auto cut = encoding_->safe_cut(kept_);
  if (cut == 0) {
    if (kept_.size() > max_uncut) {
      return Error{.code = Code::payload_too_large, .what = "more than 64 MiB of letters, or of blanks, in one run", .param = {}};
    }
    next_try_ = kept_.size() * 2;  // so that looking again and again stays linear
    return {};
  }
  encode(std::string_view(kept_).substr(0, cut), ids);
  kept_.erase(0, cut);
  next_try_ = gather_ == 0 ? 0 : kept_.size() + gather_;
  return {};
}

void Chunks::finish(std::vector<TokenId>* ids) {
  encode(kept_, ids);
  kept_.clear();
}

void Chunks::encode(std::string_view text, std::vector<TokenId>* ids) {
  const bool special = specials_ == Specials::as_tokens;
  if (!special && !special_) {
    if (const auto found = encoding_->find_special(text)) special_ = found->token.text;
  }
  if (ids == nullptr) {
    tokens_ += special ? encoding_->count_with_special(text) : encoding_->count(text);
    return;
  }
  const auto before = ids->size();
  if (special) {
    encoding_->encode_with_special(text, *ids);
  } else {
    encoding_->encode(text, *ids);
  }
  tokens_ += Tokens(static_cast<std::int64_t>(ids->size() - before));
}

}  // namespace genai::tokens
