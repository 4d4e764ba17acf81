// Whatever servers of bare texts say, a client gets well-formed events.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "domain/wire/dialect.hpp"
#include "domain/wire/stop_trimmer.hpp"
#include "platform/json/reader.hpp"

using namespace genai;

namespace {

void check(std::string_view json) {
  if (json::check(json)) std::abort();
}

void check_event(const chat::Event& event) {
  for (const auto& delta : event.deltas) check("\"" + std::string(delta.text) + "\"");
  if (event.usage && (event.usage->prompt < Tokens{0} || event.usage->completion < Tokens{0})) std::abort();
  if (event.visible != !event.deltas.empty()) std::abort();
}

// One event a line.
void play(chat::Dialect dialect, const std::string& lines, std::vector<std::string> stops) {
  chat::Chat asked;
  asked.dialect = chat::Dialect::completions;
  asked.stream = asked.include_usage = true;
  const auto decoder = wire::without_stops(wire::make_decoder(dialect, true), stops);
  const auto encoder = wire::make_encoder(asked, {"id", "m", 1});
  std::string sent;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto event = decoder->event("", std::string_view(lines).substr(at, end - at));
    at = end + 1;
    if (!event || !*event) break;
    check_event(**event);
    encoder->event(**event, sent);
    if ((*event)->last) break;
  }
  encoder->end({}, sent);
  for (std::size_t at = sent.find("data: {"); at != sent.npos; at = sent.find("data: {", at + 1)) check(std::string_view(sent).substr(at + 6, sent.find("\n\n", at) - at - 6));
  const auto whole_decoder = wire::without_stops(wire::make_decoder(dialect, true), stops);
  const auto whole = whole_decoder->whole(lines);
  if (!whole) return;
  check_event(*whole);
  std::string body;
  wire::make_encoder(asked, {"id", "m", 1})->whole(*whole, {}, body);
  check(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string lines(reinterpret_cast<const char*>(data), size);
  play(chat::Dialect::tgi, lines, {});
  play(chat::Dialect::tgi, lines, {"\"", "ab", "\xC3\xA9", " a"});
  play(chat::Dialect::triton, lines, {});
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "{\"index\":1,\"token\":{\"id\":1,\"text\":\" a\\u00e9\",\"logprob\":-0.1,\"special\":false},\"generated_text\":null,\"details\":null}\n"
      "{\"index\":2,\"token\":{\"id\":2,\"text\":\"</s>\",\"special\":true},\"generated_text\":\" a\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":2,\"input_length\":5}}",
      R"({"generated_text":"a\nb","details":{"finish_reason":"length","generated_tokens":2,"prefill":[{"id":1}],"tokens":[]}})",
      R"({"error":"Model is overloaded","error_type":"overloaded"})",
      "{\"model_name\":\"m\",\"model_version\":\"1\",\"text_output\":\"a\"}\n{\"text_output\":[\"b\",\"c\"],\"finish_reason\":\"stop\"}",
      R"({"error":"in ensemble 'ensemble', failed"})",
      nullptr};
  return seeds;
}
