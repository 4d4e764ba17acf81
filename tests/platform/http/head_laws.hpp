// What must hold of any bytes given to the head scanner and the chunk decoder, for tests and fuzz targets.
#pragma once

#include <charconv>
#include <cstdint>
#include <random>
#include <string>

#include "head_oracle.hpp"
#include "platform/http/chunked.hpp"

namespace genai::http::laws {

// "ok ..." with all that was read, "error ..." with code and text, or "more".
inline std::string told(const Result<bool>& result, const RequestHead& head, std::size_t consumed) {
  if (!result) return "error " + std::string(row(result.error().code).name) + " " + result.error().what;
  if (!*result) return "more";
  std::string text = "ok " + std::to_string(consumed) + " " + std::string(head.method) + " " + std::string(head.target) + " " +
                     std::to_string(static_cast<int>(head.body)) + " " + std::to_string(head.content_length) + (head.keep_alive ? " keep" : "") +
                     (head.expects_continue ? " expects" : "") + (head.http_1_0 ? " 1.0" : "");
  for (const auto& field : head.fields.all()) text.append("\n").append(field.name).append("=").append(field.value);
  return text;
}
inline std::string told(const Result<bool>& result, const ResponseHead& head, std::size_t consumed) {
  if (!result) return "error " + std::string(row(result.error().code).name) + " " + result.error().what;
  if (!*result) return "more";
  std::string text = "ok " + std::to_string(consumed) + " " + std::to_string(head.status) + " " + std::to_string(static_cast<int>(head.body)) + " " +
                     std::to_string(head.content_length) + (head.keep_alive ? " keep" : "");
  for (const auto& field : head.fields.all()) text.append("\n").append(field.name).append("=").append(field.value);
  return text;
}

// Scans the text as it grows by `step` bytes, in a buffer that moves each time.
template <class Head, class Scan>
std::string scan_by(const std::string& text, std::size_t step, const Limits& limits, Scan scan) {
  HeadScanner scanner(limits);
  Head head;
  for (std::size_t size = std::min(step, text.size());; size = std::min(size + step, text.size())) {
    const std::string buffer = text.substr(0, size);
    const auto result = scan(scanner, buffer, head);
    const auto now = told(result, head, scanner.consumed());
    if (now != "more" || size == text.size()) return now;
  }
}
inline std::string request_by(const std::string& text, std::size_t step, const Limits& limits = {}) {
  return scan_by<RequestHead>(text, step, limits, [](HeadScanner& scanner, const std::string& buffer, RequestHead& head) { return scanner.request(buffer, head); });
}
inline std::string response_by(const std::string& text, std::size_t step, const Limits& limits = {}) {
  return scan_by<ResponseHead>(text, step, limits, [](HeadScanner& scanner, const std::string& buffer, ResponseHead& head) { return scanner.response(buffer, head); });
}

// The first difference between the scanner and itself or the oracle, or empty.
inline std::string request_law(const std::string& text) {
  const std::string whole = request_by(text, std::max<std::size_t>(text.size(), 1));
  for (const std::size_t step : {1, 3, 7}) {
    if (const auto split = request_by(text, step); split != whole) return "in steps of " + std::to_string(step) + ": " + split + "\nat once: " + whole;
  }
  if (!whole.starts_with("ok")) return "";
  RequestHead head;
  const Limits limits;
  HeadScanner scanner(limits);
  (void)scanner.request(text, head);
  const auto slow = oracle::head_of(text, true);
  if (!slow) return "the oracle sees no head";
  const auto body = oracle::body_of(*slow, head.http_1_0);
  if (!body) return "the oracle sees a body in doubt";
  if (body->kind != head.body || (body->kind == BodyKind::length && body->length != std::to_string(head.content_length))) return "the oracle sees another body";
  if (slow->bytes != scanner.consumed()) return "the oracle sees another end";
  if (slow->fields.size() != head.fields.size()) return "the oracle sees other fields";
  if (slow->fields.count("host") + (head.http_1_0 ? 1 : 0) < 1 || slow->fields.count("host") > 1) return "the oracle sees no single Host";
  return "";
}
inline std::string response_law(const std::string& text) {
  const std::string whole = response_by(text, std::max<std::size_t>(text.size(), 1));
  for (const std::size_t step : {1, 3, 7}) {
    if (const auto split = response_by(text, step); split != whole) return "in steps of " + std::to_string(step) + ": " + split + "\nat once: " + whole;
  }
  if (!whole.starts_with("ok")) return "";
  const auto slow = oracle::head_of(text, false);
  if (!slow) return "the oracle sees no head";
  if (!oracle::body_of(*slow, slow->start.starts_with("HTTP/1.0"))) return "the oracle sees a body in doubt";
  return "";
}

// Decodes in pieces of random size up to `most`, each in memory of its own.
struct Decoded {
  std::string verdict = "more";
  std::string body;
  std::size_t consumed = 0;
};
inline Decoded decode_by(const std::string& text, std::size_t most, std::mt19937_64& random, const Limits& limits) {
  Decoded all;
  ChunkedDecoder decoder(limits);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string piece = text.substr(at, 1 + random() % most);
    std::string_view rest = piece;
    while (!rest.empty()) {
      const auto step = decoder.next(rest);
      if (!step) return all.verdict = "error " + step.error().what, all;
      all.body += step->data;
      all.consumed += step->consumed;
      if (step->done) return all.verdict = "done", all;
      if (step->consumed == 0) return all.verdict = "stuck", all;
      rest.remove_prefix(step->consumed);
    }
    at += piece.size();
  }
  return all;
}
inline std::string chunked_law(const std::string& text) {
  Limits limits;
  limits.chunk_extensions = limits.trailers = 1 << 20;
  std::mt19937_64 random(text.size());
  const Decoded whole = decode_by(text, text.size() + 1, random, limits);
  for (const std::size_t most : {1, 2, 5, 40}) {
    const Decoded split = decode_by(text, most, random, limits);
    if (split.verdict != whole.verdict || split.body != whole.body) return "pieces of " + std::to_string(most) + ": " + split.verdict + ", at once: " + whole.verdict;
  }
  const auto slow = oracle::chunks_of(text);
  const char* const verdict = slow.verdict == oracle::Chunks::complete ? "done" : slow.verdict == oracle::Chunks::incomplete ? "more" : "error";
  if (!whole.verdict.starts_with(verdict)) return "the oracle says " + std::string(verdict) + ", not " + whole.verdict;
  if (slow.verdict == oracle::Chunks::bad) return "";
  if (slow.body != whole.body) return "the oracle sees another body";
  if (slow.verdict == oracle::Chunks::complete && slow.bytes != whole.consumed) return "the oracle sees another end";
  return "";
}

}  // namespace genai::http::laws
