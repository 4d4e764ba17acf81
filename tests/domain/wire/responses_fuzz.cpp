// Requests: what decodes and can be translated is written to well-formed JSON, which decodes again. Answers: whatever their events say, a client
// gets well-formed ones.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "domain/wire/gemini.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"

using namespace genai;
namespace responses = genai::wire::responses;

namespace {

// Arguments of a call come as a string, so that they may be as deep as a body and name a key twice; inside of a body they are looked at.
void check(const std::string& json) {
  const auto error = json::check(json);
  if (error && error->code != Code::json_too_deep && error->code != Code::duplicate_key) std::abort();
}

void check_request(const std::string& body) {
  const auto chat = responses::decode(body);
  if (!chat) return;
  const auto conversation = responses::read(*chat);
  if (!conversation) return;
  if (const auto to_gemini = wire::gemini::write(*conversation, "gemini-3-pro")) check(*to_gemini);
  const auto written = responses::write(*conversation, "other");
  if (!written) return;
  check(*written);
  const auto again = responses::decode(*written);
  if (!again && conversation->messages.empty()) return;  // nothing was asked
  if (!again || again->model != "other" || again->stream != chat->stream) std::abort();
}

void check_events(const std::string& sent) {
  for (std::size_t at = sent.find("\ndata: "); at != sent.npos; at = sent.find("\ndata: ", at + 1)) check(sent.substr(at + 7, sent.find("\n\n", at) - at - 7));
}

// One event a line.
void check_stream(const std::string& lines) {
  const auto decoder = responses::make_decoder(true);
  const auto encoder = responses::make_encoder({"id", "m", 1});
  std::string sent;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    auto event = decoder->event("", std::string_view(lines).substr(at, end - at));
    at = end + 1;
    if (!event) return encoder->fail(event.error(), sent), check_events(sent);
    if (!*event) continue;
    (*event)->dialect = chat::Dialect::messages;
    encoder->event(**event, sent);
  }
  encoder->end({}, sent);
  check_events(sent);
}

void check_whole(const std::string& body) {
  const auto decoder = responses::make_decoder(true);
  auto event = decoder->whole(body);
  if (!event) return;
  event->dialect = chat::Dialect::messages;
  std::string sent;
  responses::make_encoder({"id", "m", 1})->whole(*event, {}, sent);
  check(sent);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  check_request(input);
  check_stream(input);
  check_whole(input);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      R"({"model":"m","input":"hi","stream":true,"instructions":"be","temperature":1.5,"max_output_tokens":16,"reasoning":{"effort":"high"}})",
      R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]}]})",
      R"({"model":"m","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"},{"type":"function_call_output","call_id":"c","output":"x"}]})",
      R"({"model":"m","input":[{"type":"reasoning","summary":[{"type":"summary_text","text":"t"}],"encrypted_content":"e"},{"role":"assistant","content":"y"}]})",
      R"({"model":"m","input":"x","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"tool_choice":{"type":"function","name":"f"},"text":{"format":{"type":"json_object"}}})",
      "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"a\\u00e9\"}\n{\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}}",
      "{\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\"}}\n"
      "{\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{\\\"a\\\":\"}\n{\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"1}\"}",
      "{\"type\":\"response.reasoning_summary_text.delta\",\"output_index\":0,\"summary_index\":0,\"delta\":\"t\"}\n"
      "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"encrypted_content\":\"e\",\"summary\":[]}}",
      R"({"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"x"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]})",
      R"({"type":"error","code":"server_error","message":"m"})",
      nullptr};
  return seeds;
}
