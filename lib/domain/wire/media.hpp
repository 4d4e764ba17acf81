// Where pictures and documents are: in data URLs, or elsewhere. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace genai::wire {

struct DataUrl {
  std::string_view media_type;
  std::string_view data;  // base64, checked for its letters
};

// data:image/png;base64,... (RFC 2397). Nothing when it is no such URL.
std::optional<DataUrl> read_data_url(std::string_view url);

// Letters of base64 only, padding at the end.
bool is_base64(std::string_view data);

bool is_https(std::string_view url);

// The media type that the ending of a name or URL says; empty: it says none.
std::string_view media_type_of(std::string_view name);

std::string data_url(std::string_view media_type, std::string_view data);

}  // namespace genai::wire
