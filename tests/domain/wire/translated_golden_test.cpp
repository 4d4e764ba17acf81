// Transcripts, written by hand from the providers' documentation, and what becomes of them, byte for byte. In tests/golden/wire:
//   stream-NAME.DIALECT.txt, whole-NAME.DIALECT.json   what an upstream of DIALECT says; beside it
//     ….said.txt           its events in no dialect: flags and deltas
//     ….to-responses.txt   what a client that speaks responses gets, put together from those
//   request-NAME.responses.json   what a client asks; beside it
//     ….to-responses.json, ….to-gemini.json   what an upstream gets, or why it gets nothing
// GENAI_UPDATE_GOLDEN=1 writes what came out instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "domain/wire/gemini.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"
#include "test.hpp"

using namespace genai;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(GENAI_SOURCE_DIR) / "tests/golden/wire";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check_golden(const fs::path& path, const std::string& text) {
  INFO(path.string());
  if (std::getenv("GENAI_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  CHECK(text == read_file(path));
}

// Files named PREFIX*SUFFIX, by their full paths without the ending.
std::vector<std::string> transcripts(const std::string& prefix, const std::string& suffix) {
  std::vector<std::string> result;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(suffix)) result.push_back(entry.path().string().substr(0, entry.path().string().rfind('.')));
  }
  std::sort(result.begin(), result.end());
  REQUIRE(result.size() >= 2);
  return result;
}

struct Sent {
  std::string type, data;
};

std::vector<Sent> events_of(const std::string& transcript) {
  std::vector<Sent> events;
  std::istringstream in(transcript);
  Sent next;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("event: ")) next.type = line.substr(7);
    else if (line.starts_with("data: ")) next.data = line.substr(6);
    else if (line.empty()) events.push_back(std::exchange(next, {}));
  }
  return events;
}

const char* const finishes[] = {"none", "stop", "length", "tool_calls", "content_filter", "stop_sequence", "refusal"};
const char* const kinds[] = {"text", "reasoning", "signature", "hidden_reasoning", "refusal", "tool_call", "arguments"};

std::string show(const chat::Event& event) {
  std::string to = "event";
  if (event.token) to += " token";
  if (event.visible) to += " visible";
  if (event.last) to += " last";
  if (event.whole) to += " whole";
  if (event.finish != chat::Finish::none) (to += " finish=") += finishes[static_cast<int>(event.finish)];
  if (!event.service_tier.empty()) (to += " tier=") += event.service_tier;
  if (event.usage)
    to += " usage=" + std::to_string(event.usage->prompt.value()) + "(" + std::to_string(event.usage->cached.value()) + ")+" +
          std::to_string(event.usage->completion.value()) + "(" + std::to_string(event.usage->reasoning.value()) + ")";
  if (!event.text.empty()) (to += " text=") += nlohmann::json(event.text).dump();
  to += '\n';
  for (const auto& delta : event.deltas) {
    (to += "  ") += kinds[static_cast<int>(delta.kind)];
    if (delta.kind == chat::Delta::Kind::tool_call) ((to += " id=") += delta.id) += " name=" + std::string(delta.name);
    if (delta.kind >= chat::Delta::Kind::tool_call) to += " call=" + std::to_string(delta.call);
    if (!delta.text.empty()) ((to += " \"") += delta.text) += '"';
    to += '\n';
  }
  return to;
}

std::string show(const Error& error) { return std::string(row(error.code).name) + " " + std::to_string(error.status()) + " [" + error.param + "] " + error.what + "\n"; }

std::unique_ptr<wire::Decoder> decoder_of(const std::string& name, bool translated = true) {
  return name.ends_with(".gemini") ? wire::gemini::make_decoder(translated) : wire::responses::make_decoder(translated);
}

struct Played {
  std::string said, sent;
  bool has_ended = false;
  bool is_bad = false;
};

// As the gateway does it: events of another dialect, then an ending or an error.
Played play(const std::string& name, const std::vector<Sent>& events, std::size_t most, bool translated = true) {
  const auto decoder = decoder_of(name, translated);
  const auto encoder = wire::responses::make_encoder({"req-1", "client/model", 1763712345});
  Played played;
  wire::Ending ending;
  for (std::size_t i = 0; i < std::min(most, events.size()) && !played.has_ended; ++i) {
    auto event = decoder->event(events[i].type, events[i].data);
    if (!event) {
      played.said += show(event.error());
      played.is_bad = true;
      encoder->fail(event.error(), played.sent);
      return played;
    }
    REQUIRE(event->has_value());
    CHECK((*event)->payload == events[i].data);
    played.said += show(**event);
    if ((*event)->usage) ending.usage = *(*event)->usage;
    if (translated) (*event)->dialect = chat::Dialect::chat_completions;  // any other than the client's
    encoder->event(**event, played.sent);
    played.has_ended = (*event)->last;
  }
  played.has_ended |= decoder->may_end();
  if (played.has_ended) encoder->end(ending, played.sent);
  else encoder->fail({Code::upstream_incomplete, "the upstream closed its stream too early", {}}, played.sent);
  return played;
}

void check_sent(const std::string& sent) {
  std::int64_t sequence = 0;
  for (const auto& event : events_of(sent)) {
    CAPTURE(event.data);
    CHECK_FALSE(json::check(event.data));
    const auto parsed = nlohmann::json::parse(event.data);
    CHECK(parsed["type"] == event.type);
    CHECK(parsed["sequence_number"] == sequence++);
  }
}

std::string or_error(const Result<std::string>& text) { return text ? *text + "\n" : show(text.error()); }

}  // namespace

TEST_CASE("streams of upstreams, and what clients that speak responses get", "[wire]") {
  for (const char* suffix : {".responses.txt", ".gemini.txt"}) {
    for (const auto& name : transcripts("stream-", suffix)) {
      INFO(name);
      const auto events = events_of(read_file(name + ".txt"));
      const auto played = play(name, events, events.size());
      CHECK(played.has_ended != played.is_bad);
      check_golden(name + ".said.txt", played.said);
      check_golden(name + ".to-responses.txt", played.sent);
      check_sent(played.sent);
    }
  }
}

TEST_CASE("a stream that is cut never ends well", "[wire]") {
  for (const char* suffix : {".responses.txt", ".gemini.txt"}) {
    for (const auto& name : transcripts("stream-", suffix)) {
      const auto events = events_of(read_file(name + ".txt"));
      for (std::size_t most = 0; most < events.size(); ++most) {
        INFO(name << " up to " << most);
        const auto played = play(name, events, most);
        const bool has_terminal = std::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(most),
                                              [](const Sent& sent) { return sent.data.find("\"finishReason\"") != sent.data.npos; });
        CHECK(played.has_ended == has_terminal);
        CHECK((played.sent.find("event: error\n") != played.sent.npos) == !has_terminal);
        CHECK((played.sent.find("event: response.completed\n") == played.sent.npos || has_terminal));
        check_sent(played.sent);
      }
    }
  }
}

TEST_CASE("what comes in the client's dialect passes as it is, its last event at the end", "[wire]") {
  for (const auto& name : transcripts("stream-", ".responses.txt")) {
    INFO(name);
    const auto transcript = read_file(name + ".txt");
    const auto events = events_of(transcript);
    const auto played = play(name, events, events.size(), false);
    if (played.is_bad) continue;
    CHECK(played.sent == transcript);
    const auto cut = play(name, events, events.size() - 1, false);
    CHECK(transcript.starts_with(cut.sent.substr(0, cut.sent.rfind("event: error"))));
    check_sent(cut.sent);
  }
}

TEST_CASE("whole answers of upstreams", "[wire]") {
  for (const char* suffix : {".responses.json", ".gemini.json"}) {
    for (const auto& name : transcripts("whole-", suffix)) {
      INFO(name);
      const auto body = read_file(name + ".json");
      const auto decoder = decoder_of(name);
      auto event = decoder->whole(body);
      if (!event) FAIL(event.error().what);
      check_golden(name + ".said.txt", show(*event));
      event->dialect = chat::Dialect::chat_completions;
      std::string sent;
      wire::responses::make_encoder({"req-1", "client/model", 1763712345})->whole(*event, {event->usage.value_or(chat::Usage{}), {}}, sent);
      check_golden(name + ".to-responses.txt", sent + "\n");
      CHECK_FALSE(json::check(sent));
    }
  }
}

TEST_CASE("requests of clients that speak responses, for upstreams", "[wire]") {
  for (const auto& name : transcripts("request-", ".responses.json")) {
    INFO(name);
    const auto chat = wire::responses::decode(read_file(name + ".json"));
    if (!chat) FAIL(chat.error().what);
    const auto conversation = wire::responses::read(*chat);
    if (!conversation) FAIL(conversation.error().what);
    check_golden(name + ".to-responses.json", or_error(wire::responses::write(*conversation, "upstream-model")));
    check_golden(name + ".to-gemini.json", or_error(wire::gemini::write(*conversation)));
    const auto again = wire::responses::write(*conversation, "upstream-model");  // what is written reads as the same
    REQUIRE(again.has_value());
    const auto chat_again = wire::responses::decode(*again);
    if (!chat_again) FAIL(chat_again.error().what);
    const auto conversation_again = wire::responses::read(*chat_again);
    if (!conversation_again) FAIL(conversation_again.error().what);
    CHECK(or_error(wire::responses::write(*conversation_again, "upstream-model")) == or_error(again));
  }
}
