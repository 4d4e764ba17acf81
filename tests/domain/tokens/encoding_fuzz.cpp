// Any bytes: the fast tokenizer gives what the slow one gives, and cutting changes nothing.
#include <cstdlib>

#include "domain/tokens/chunks.hpp"
#include "domain/tokens/utf8.hpp"
#include "oracle.hpp"

using namespace genai;
using namespace genai::tokens;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Pair {
  const Encoding& fast;
  oracle::Tokenizer slow;
};

const std::vector<Pair>& pairs() {
  static const std::vector<Pair> all = [] {
    std::vector<Pair> pairs;
    const auto add = [&](const char* name, detail::Pattern pattern) {
      const auto& encoding = **find_encoding(name);
      pairs.push_back({encoding, oracle::Tokenizer(encoding, pattern)});
    };
    add("cl100k_base", detail::Pattern::cl100k);
    add("o200k_base", detail::Pattern::o200k);
    add("r50k_base", detail::Pattern::gpt2);
    return pairs;
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, 400));
  const auto good = detail::to_utf8(text);
  for (const auto& [fast, slow] : pairs()) {
    std::vector<TokenId> ids, chunked;
    fast.encode(text, ids);
    require(ids == slow.encode(good));
    require(fast.count(text).value() == static_cast<std::int64_t>(ids.size()));
    require(*fast.decode(ids) == good);
    Chunks chunks(fast, Specials::as_text);
    for (std::size_t at = 0; at < text.size(); at += 7) require(chunks.add(text.substr(at, 7), &chunked).has_value());
    chunks.finish(&chunked);
    require(chunked == ids);
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"It's 2024, DON'T panic: \u4E2D\u6587AB \u0301AB \U0001F468\u200D\U0001F469 a\u0301 'ſ 'LL\r\n\r\n  x;/\n/y",
                                      "for (int i = 0; i < 10; ++i) {\n        total += values[i];\n}\n\n   \u00A0\u0085\u3000\uFEFF<|endoftext|>",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb \xF0\x9F\x98 \xED\xA0\x80 \u01C5x\u01C5 \u0939\u093F\u0928\u094D", nullptr};
  return seeds;
}
