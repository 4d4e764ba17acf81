// Whatever chunks say, a client gets well-formed events, and arguments of calls that are JSON.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/gemini.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"

using namespace genai;

namespace {

void check(std::string_view json) {
  if (json::check(json)) std::abort();
}

void check_deltas(const chat::Event& event) {
  for (const auto& delta : event.deltas) {
    const std::string quoted = "\"" + std::string(delta.text) + "\"";
    check(quoted);
    check("\"" + std::string(delta.id) + "\"");
    check("\"" + std::string(delta.name) + "\"");
    json::Reader in(quoted);
    if (delta.kind != chat::Delta::Kind::arguments) continue;
    const auto error = json::check(in.string()->unescaped());
    if (error && error->code != Code::duplicate_key) std::abort();
  }
}

}  // namespace

// One event a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string lines(reinterpret_cast<const char*>(data), size);
  const auto decoder = wire::gemini::make_decoder(true);
  const auto encoder = wire::responses::make_encoder({"id", "m", 1});
  std::string sent;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto event = decoder->event("", std::string_view(lines).substr(at, end - at));
    at = end + 1;
    if (!event || !*event) break;
    check_deltas(**event);
    encoder->event(**event, sent);
  }
  if (decoder->may_end()) encoder->end({}, sent);
  for (std::size_t at = sent.find("\ndata: "); at != sent.npos; at = sent.find("\ndata: ", at + 1))
    check(std::string_view(sent).substr(at + 7, sent.find("\n\n", at) - at - 7));
  const auto whole_decoder = wire::gemini::make_decoder(true);
  const auto whole = whole_decoder->whole(lines);
  if (whole) check_deltas(*whole);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"candidates":[{"content":{"parts":[{"text":"a\u00e9"},{"text":"b","thought":true}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}})",
      R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a" : ["\"x \\", 1]}},"thoughtSignature":"c2ln"}]}}],"responseId":"r-1"})",
      "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}\n{\"candidates\":[{\"finishReason\":\"MAX_TOKENS\"}]}",
      R"({"promptFeedback":{"blockReason":"SAFETY"}})",
      R"({"error":{"code":503,"message":"m","status":"UNAVAILABLE"}})",
      nullptr};
  return seeds;
}
