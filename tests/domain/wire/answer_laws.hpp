// What holds for every decoder of answers, whatever an upstream says: laws for fuzz targets. They abort where one is broken.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "domain/wire/dialect.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire::testing {

inline void check_json(std::string_view json) {
  if (json::check(json)) std::abort();
}

// Texts stand as between quotes; the arguments of a call that come whole are JSON.
inline void check_deltas(const chat::Event& event, bool has_whole_arguments = true) {
  for (const auto& delta : event.deltas) {
    const std::string quoted = "\"" + std::string(delta.text) + "\"";
    if (json::Reader in(quoted, json::Manner::lenient); !in.string() || !in.end()) std::abort();
    check_json("\"" + std::string(delta.id) + "\"");
    check_json("\"" + std::string(delta.name) + "\"");
    if (delta.kind != chat::Delta::Kind::arguments || !has_whole_arguments) continue;
    const auto error = json::check(json::unescaped(delta.text));
    if (error && error->code != Code::duplicate_key) std::abort();
  }
  if (event.usage && (event.usage->cached > event.usage->prompt || event.usage->reasoning > event.usage->completion)) std::abort();
}

// One event a line: a client of responses gets events of JSON.
inline void check_stream(Decoder& decoder, std::string_view lines, bool has_whole_arguments = true) {
  const auto encoder = responses::make_encoder({"id", "m", 1});
  std::string sent;
  bool has_ended = false;
  for (std::size_t at = 0; at < lines.size() && !has_ended;) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto event = decoder.event("", lines.substr(at, end - at));
    at = end + 1;
    if (!event || !*event) break;
    check_deltas(**event, has_whole_arguments);
    encoder->event(**event, sent);
    has_ended = (*event)->last;
  }
  if (has_ended || decoder.may_end()) encoder->end({}, sent);
  for (std::size_t at = sent.find("\ndata: "); at != sent.npos; at = sent.find("\ndata: ", at + 1))
    check_json(std::string_view(sent).substr(at + 7, sent.find("\n\n", at) - at - 7));
}

inline void check_whole(Decoder& decoder, std::string_view body, bool has_whole_arguments = true) {
  const auto event = decoder.whole(body);
  if (!event) return;
  if (!event->whole) std::abort();
  check_deltas(*event, has_whole_arguments);
}

}  // namespace genai::wire::testing
