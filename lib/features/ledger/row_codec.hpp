// A record as bytes, for the spool.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/record/record.hpp"

namespace genai::ledger {

// The longest text that a row keeps in one column; longer ones are cut before a character, so that rows, and the spool's records,
// stay bounded whatever a client sends.
inline constexpr std::size_t max_text = 1024;
void cut_texts(record::Record& record) noexcept;
// The first bytes of `text`, at most `size`, that do not end inside a UTF-8 sequence.
std::string_view cut_to(std::string_view text, std::size_t size) noexcept;

// Replaces `bytes`. Texts are at most max_text bytes long.
void encode_row(const record::Record& record, std::string& bytes);
// Nothing when the bytes are no row, or one that this version does not know.
std::optional<record::Record> decode_row(std::string_view bytes);

}  // namespace genai::ledger
