// What a head and a chunked body are, said slowly: the whole text is there, lines are strings, nothing is shared with the code under test.
#pragma once

#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/http/head.hpp"

namespace genai::http::oracle {

inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
inline std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}
inline bool only(const std::string& text, const std::string& allowed) { return text.find_first_not_of(allowed) == std::string::npos; }
inline const std::string digits = "0123456789";
inline const std::string token = digits + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-.^_`|~";

// The lines before the empty one, and how many bytes that is; nothing when the text is not such a head.
struct Lines {
  std::vector<std::string> lines;
  std::size_t bytes = 0;
};
inline std::optional<Lines> lines_of(const std::string& text, bool skip_one_empty) {
  Lines found;
  for (bool first = true;; first = false) {
    const auto end = text.find("\r\n", found.bytes);
    if (end == std::string::npos) return std::nullopt;
    const std::string line = text.substr(found.bytes, end - found.bytes);
    found.bytes = end + 2;
    if (line.find_first_of("\r\n") != std::string::npos) return std::nullopt;
    if (!line.empty()) found.lines.push_back(line);
    else if (!found.lines.empty()) return found;
    else if (!first || !skip_one_empty) return std::nullopt;
  }
}

struct Head {
  std::string start;
  std::multimap<std::string, std::string> fields;
  std::size_t bytes = 0;
};
inline std::optional<Head> head_of(const std::string& text, bool is_request) {
  const auto lines = lines_of(text, is_request);
  if (!lines) return std::nullopt;
  Head head{lines->lines[0], {}, lines->bytes};
  for (std::size_t i = 1; i < lines->lines.size(); ++i) {
    const std::string& line = lines->lines[i];
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || !only(line.substr(0, colon), token)) return std::nullopt;
    const std::string value = trim(line.substr(colon + 1));
    for (const char c : value) {
      if ((static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127) return std::nullopt;
    }
    head.fields.emplace(lower(line.substr(0, colon)), value);
  }
  return head;
}

// Which body follows: nothing when that is in any doubt.
struct Body {
  BodyKind kind = BodyKind::none;
  std::string length;  // decimal, without leading zeros
  friend bool operator==(const Body&, const Body&) = default;
};
inline std::optional<Body> body_of(const Head& head, bool http_1_0) {
  const auto lengths = head.fields.count("content-length");
  const auto codings = head.fields.count("transfer-encoding");
  if (lengths + codings > 1) return std::nullopt;
  if (codings == 1) {
    if (http_1_0 || lower(head.fields.find("transfer-encoding")->second) != "chunked") return std::nullopt;
    return Body{BodyKind::chunked, ""};
  }
  if (lengths == 0) return Body{};
  std::string length = head.fields.find("content-length")->second;
  if (length.empty() || !only(length, digits)) return std::nullopt;
  length.erase(0, std::min(length.find_first_not_of('0'), length.size()));
  const std::string most = "9223372036854775799";  // some bytes short of 2^63
  if (length.size() > most.size() || (length.size() == most.size() && length > most)) return std::nullopt;
  return Body{length.empty() ? BodyKind::none : BodyKind::length, length};
}

// A chunked body at the beginning of the text.
struct Chunks {
  enum { complete, incomplete, bad } verdict = incomplete;
  std::string body;
  std::size_t bytes = 0;
};
inline Chunks chunks_of(const std::string& text) {
  Chunks found;
  const auto line = [&]() -> std::optional<std::string> {  // the next line, or a verdict
    const auto end = text.find_first_of("\r\n", found.bytes);
    const std::string so_far = text.substr(found.bytes, end == std::string::npos ? end : end - found.bytes);
    if (end == std::string::npos || end + 1 == text.size()) {
      found.verdict = end != std::string::npos && text[end] == '\n' ? Chunks::bad : Chunks::incomplete;
      found.bytes = text.size();
    } else if (text[end] == '\n' || text[end + 1] != '\n') {
      found.verdict = Chunks::bad;
    } else {
      found.bytes = end + 2;
      return so_far;
    }
    found.body += '\x01' + so_far;  // for judging an incomplete line, by the caller
    return std::nullopt;
  };
  const auto text_only = [](const std::string& part) {
    for (const char c : part) {
      if ((static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127) return false;
    }
    return true;
  };
  const auto good_size = [&](const std::string& size, bool whole) {
    const std::string hex = size.substr(0, size.find(';'));
    const bool extended = size.find(';') != std::string::npos;
    if ((whole || extended) && hex.empty()) return false;
    const auto first = hex.find_first_not_of('0');
    const std::string significant = first == std::string::npos ? "" : hex.substr(first);
    const bool small = significant.size() < 16 || (significant.size() == 16 && significant[0] < '8');
    return only(hex, digits + "abcdefABCDEF") && hex.size() <= 16 && small && (!extended || text_only(size.substr(hex.size())));
  };
  const auto good_trailer = [&](const std::string& trailer, bool whole) {
    const auto colon = trailer.find(':');
    if (colon == 0 || (whole && colon == std::string::npos)) return false;
    return text_only(trailer) && trailer.substr(0, colon).find_first_of(" \t") == std::string::npos;
  };
  const auto incomplete = [&](bool trailer, std::string body) {
    const std::string part = found.body.substr(body.size() + 1);
    const bool ended = text.ends_with('\r');
    if (found.verdict == Chunks::incomplete && trailer && !(part.empty() || good_trailer(part, ended))) found.verdict = Chunks::bad;
    if (found.verdict == Chunks::incomplete && !trailer && !good_size(part, ended)) found.verdict = Chunks::bad;
    found.body = std::move(body);
    return found;
  };
  for (;;) {
    const std::string before = found.body;
    const auto size = line();
    if (!size) return incomplete(false, before);
    if (!good_size(*size, true)) return found.verdict = Chunks::bad, found;
    const auto left = std::stoull(size->substr(0, size->find(';')), nullptr, 16);
    if (left == 0) break;
    const auto here = static_cast<std::size_t>(std::min<unsigned long long>(left, text.size() - found.bytes));
    found.body += text.substr(found.bytes, here);
    found.bytes += here;
    if (here < left) return found;
    const std::string end = text.substr(found.bytes, 2);
    if (end != std::string("\r\n").substr(0, end.size())) return found.verdict = Chunks::bad, found;
    found.bytes += end.size();
    if (end.size() < 2) return found;
  }
  for (;;) {
    const std::string before = found.body;
    const auto trailer = line();
    if (!trailer) return incomplete(true, before);
    if (trailer->empty()) break;
    if (!good_trailer(*trailer, true)) return found.verdict = Chunks::bad, found;
  }
  found.verdict = Chunks::complete;
  return found;
}

}  // namespace genai::http::oracle
