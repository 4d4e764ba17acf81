// The encodings inside the binary. Their tables are files that data/make_tables.cpp wrote when the project was built; they become read-only
// pages of the program, which the system loads when they are first touched and shares between processes.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "domain/tokens/encoding_parts.hpp"
#include "platform/text/nearest.hpp"

#define GENAI_EMBED(symbol, file)                    \
  __asm__(".section .rodata\n.balign 64\n"           \
          ".hidden " #symbol "\n.global " #symbol "\n" \
          ".type " #symbol ", @object\n" #symbol ":\n.incbin \"" GENAI_TOKEN_TABLES "/" file "\"\n" \
          ".hidden " #symbol "_end\n.global " #symbol "_end\n" #symbol "_end:\n.balign 64\n.previous\n"); \
  extern "C" const std::byte symbol[], symbol##_end[];

GENAI_EMBED(genai_cl100k_base, "cl100k_base.tables")
GENAI_EMBED(genai_o200k_base, "o200k_base.tables")
GENAI_EMBED(genai_p50k_base, "p50k_base.tables")
GENAI_EMBED(genai_r50k_base, "r50k_base.tables")

namespace genai::tokens {
namespace {

using Specials = std::vector<std::pair<std::string, TokenId>>;

Encoding published(const char* name, const char* sha256, std::span<const std::byte> bytes, detail::Pattern pattern, const Specials& specials) {
  const auto tables = detail::Tables::view(bytes);
  if (!tables) throw_exception_from_error({.code = Code::internal, .what = std::string("the tables of ") + name + " are broken", .param = {}}, BOOST_CURRENT_LOCATION);
  Encoding::Parts parts{.name = name, .source = sha256, .tables = *tables, .pattern = pattern, .specials = {}};
  parts.size = tables->size();
  parts.owned_texts.reserve(specials.size());
  for (const auto& [text, id] : specials) {
    parts.specials.push_back({parts.owned_texts.emplace_back(text), id});
    parts.size = std::max<std::size_t>(parts.size, id + 1);
  }
  return Encoding(std::move(parts));
}

// Names and ids of special tokens, and SHA-256 of the files: openai/tiktoken, tiktoken_ext/openai_public.py.
Specials harmony() {
  Specials specials{{"<|startoftext|>", 199998}, {"<|endoftext|>", 199999}, {"<|return|>", 200002}, {"<|constrain|>", 200003},
                    {"<|channel|>", 200005}, {"<|start|>", 200006}, {"<|end|>", 200007}, {"<|message|>", 200008}, {"<|call|>", 200012}};
  for (TokenId id = 200000; id < 201088; ++id) {
    const bool named = std::any_of(specials.begin(), specials.begin() + 9, [id](const auto& special) { return special.second == id; });
    if (!named) specials.emplace_back("<|reserved_" + std::to_string(id) + "|>", id);
  }
  specials.emplace_back("<|endofprompt|>", 200018);  // the name of o200k_base; the id has both
  return specials;
}

constexpr const char* cl100k_sha256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7";
constexpr const char* o200k_sha256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d";
constexpr const char* p50k_sha256 = "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069";
constexpr const char* r50k_sha256 = "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930";

}  // namespace

std::span<const Encoding> encodings() {
  using detail::Pattern;
  static const std::span<const std::byte> cl100k{genai_cl100k_base, genai_cl100k_base_end}, o200k{genai_o200k_base, genai_o200k_base_end},
      p50k{genai_p50k_base, genai_p50k_base_end}, r50k{genai_r50k_base, genai_r50k_base_end};
  static const std::array all{
      published("cl100k_base", cl100k_sha256, cl100k, Pattern::cl100k,
                {{"<|endoftext|>", 100257}, {"<|fim_prefix|>", 100258}, {"<|fim_middle|>", 100259}, {"<|fim_suffix|>", 100260}, {"<|endofprompt|>", 100276}}),
      published("o200k_base", o200k_sha256, o200k, Pattern::o200k, {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}),
      published("o200k_harmony", o200k_sha256, o200k, Pattern::o200k, harmony()),
      published("p50k_base", p50k_sha256, p50k, Pattern::gpt2, {{"<|endoftext|>", 50256}}),
      published("p50k_edit", p50k_sha256, p50k, Pattern::gpt2,
                {{"<|endoftext|>", 50256}, {"<|fim_prefix|>", 50281}, {"<|fim_middle|>", 50282}, {"<|fim_suffix|>", 50283}}),
      published("r50k_base", r50k_sha256, r50k, Pattern::gpt2, {{"<|endoftext|>", 50256}}),
  };
  return all;
}

Result<const Encoding*> find_encoding(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& encoding : encodings()) {
    if (encoding.name() == name) return &encoding;
    names.push_back(encoding.name());
  }
  std::string what = "there is no encoding \"" + std::string(name) + "\"; there are";
  for (const auto known : names) what += (known == names.front() ? " " : ", ") + std::string(known);
  if (const auto near = text::nearest(name, names)) what += "\nhint: did you mean " + std::string(*near) + "?";
  return Error{.code = Code::invalid_value, .what = std::move(what), .param = {}};
}

}  // namespace genai::tokens
