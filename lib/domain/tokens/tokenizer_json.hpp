// Reading the tokenizer of an open model: the file tokenizer.json that Hugging Face's `tokenizers` writes.
//
// Byte-level BPE only: GPT-2, Llama-3, Qwen2 and Qwen3, Mistral-Nemo (Tekken), gpt-oss and what is built like them. The pretokenizer's
// pattern is recognized by its text and stands for a scanner (scan.hpp); normalization is none or NFC (Unicode 15). Merges happen in the
// order of the file's list. Added tokens are special tokens here: text, unless asked for. What a post-processor would add around a text
// (<|begin_of_text|> and the like) is not counted. Everything else is refused by an error that says what was found: a count is exact or
// there is none. Test: tokenizer_json_test.cpp, and tests/clients/tokens_test.mjs against Hugging Face's own.
#pragma once

#include <string>
#include <string_view>

#include "domain/tokens/tokens.hpp"

namespace genai::tokens {

inline constexpr std::size_t max_tokenizer_bytes = 64 * 1024 * 1024;

// `name` becomes the encoding's. Fails with the JSON reader's errors, payload_too_large, or invalid_value with the place in `param`.
Result<Encoding> read_tokenizer_json(std::string_view json, std::string name);

}  // namespace genai::tokens
