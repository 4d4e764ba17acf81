// Writing server-sent events (WHATWG HTML, section 9.2 "Server-sent events"). Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace genai::wire {

// Each end of a line in the data, CR, LF or CRLF, begins another `data:` line: nothing in it can become a field of its own.
inline void append_event(std::string& to, std::string_view data) {
  to += "data: ";
  for (auto line = data.find_first_of("\r\n"); line != data.npos; line = data.find_first_of("\r\n")) {
    (to += data.substr(0, line)) += "\ndata: ";
    data.remove_prefix(line + (data.substr(line).starts_with("\r\n") ? 2 : 1));
  }
  (to += data) += "\n\n";
}

inline void append_event(std::string& to, std::string_view type, std::string_view data) {
  if (!type.empty()) ((to += "event: ") += type) += '\n';
  append_event(to, data);
}

}  // namespace genai::wire
