// Where pictures and documents are, and what they are. Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace genai::wire {

// Letters of base64 only, padding at the end.
bool is_base64(std::string_view data);

bool is_https(std::string_view url);

// The media type that the ending of a name or URL says; empty: it says none.
std::string_view media_type_of(std::string_view name);

std::string data_url(std::string_view media_type, std::string_view data);

}  // namespace genai::wire
