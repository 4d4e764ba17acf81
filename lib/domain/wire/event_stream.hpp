// Writing server-sent events (WHATWG HTML, section 9.2 "Server-sent events"). Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace genai::wire {

// A line feed in the data begins another `data:` line.
inline void append_event(std::string& to, std::string_view data) {
  to += "data: ";
  for (auto line = data.find('\n'); line != data.npos; line = data.find('\n')) {
    (to += data.substr(0, line)) += "\ndata: ";
    data.remove_prefix(line + 1);
  }
  (to += data) += "\n\n";
}

inline void append_event(std::string& to, std::string_view type, std::string_view data) {
  if (!type.empty()) ((to += "event: ") += type) += '\n';
  append_event(to, data);
}

}  // namespace genai::wire
