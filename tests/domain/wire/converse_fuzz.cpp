// Whatever events say, a client gets well-formed events, and pieces of calls that are JSON texts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/converse.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"

using namespace genai;

namespace {

void check(std::string_view json) {
  json::Reader in(json, json::Manner::lenient);
  in.skip();
  if (!in.end()) std::abort();
}

void check_deltas(const chat::Event& event) {
  for (const auto& delta : event.deltas)
    for (const auto text : {delta.text, delta.id, delta.name}) check("\"" + std::string(text) + "\"");
}

}  // namespace

// One event a line: its type, a blank, its JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string lines(reinterpret_cast<const char*>(data), size);
  const auto decoder = wire::converse::make_decoder(true);
  const auto encoder = wire::responses::make_encoder({"id", "m", 1});
  std::string sent;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    const auto line = std::string_view(lines).substr(at, end - at);
    const auto blank = std::min(line.find(' '), line.size());
    const auto event = decoder->event(line.substr(0, blank), line.substr(std::min(blank + 1, line.size())));
    at = end + 1;
    if (!event || !*event) break;
    check_deltas(**event);
    encoder->event(**event, sent);
    if ((*event)->last && !decoder->may_end()) std::abort();
  }
  if (decoder->may_end()) encoder->end({}, sent);
  for (std::size_t at = sent.find("\ndata: "); at != sent.npos; at = sent.find("\ndata: ", at + 1))
    check(std::string_view(sent).substr(at + 7, sent.find("\n\n", at) - at - 7));
  const auto whole_decoder = wire::converse::make_decoder(true);
  const auto whole = whole_decoder->whole(lines);
  if (whole) check_deltas(*whole);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "messageStart {\"role\":\"assistant\"}\ncontentBlockDelta {\"delta\":{\"text\":\"a\\u00e9\"}}\nmessageStop {\"stopReason\":\"end_turn\"}\nmetadata {\"usage\":{\"inputTokens\":1,\"outputTokens\":2}}",
      "contentBlockStart {\"start\":{\"toolUse\":{\"name\":\"f\",\"toolUseId\":\"t\"}}}\ncontentBlockDelta {\"delta\":{\"toolUse\":{\"input\":\"{\\\"a\"}}}\ncontentBlockStop {}\nmessageStop {\"stopReason\":\"tool_use\"}",
      "contentBlockDelta {\"delta\":{\"reasoningContent\":{\"text\":\"x\"}}}\ncontentBlockDelta {\"delta\":{\"reasoningContent\":{\"signature\":\"c2ln\"}}}\ncontentBlockDelta {\"delta\":{\"reasoningContent\":{\"redactedContent\":\"eA==\"}}}",
      "exception:throttlingException {\"message\":\"m\"}",
      "error:InternalError words",
      R"({"output":{"message":{"content":[{"text":"a"},{"toolUse":{"input":{"a":[1]},"name":"f","toolUseId":"t"}},{"reasoningContent":{"reasoningText":{"signature":"s","text":"x"}}}]}},"stopReason":"tool_use"})",
      nullptr};
  return seeds;
}
