// Transcripts, written by hand from the providers' documentation, and what becomes of them, byte for byte. In tests/golden/wire:
//   stream-NAME.UPSTREAM.txt, whole-NAME.UPSTREAM.json   what an upstream says; beside it
//     ….said.txt        its events in no dialect: flags and deltas
//     ….to-CLIENT.txt   what a client gets, put together from those
//   request-NAME.CLIENT.json   what a client asks; beside it
//     ….to-UPSTREAM.json   what an upstream gets, or why it gets nothing
// Both are rows of the tables below. GENAI_UPDATE_GOLDEN=1 writes what came out instead.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "domain/wire/dialect.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/reader.hpp"
#include "test.hpp"

using namespace genai;
namespace fs = std::filesystem;

namespace {

using chat::Dialect;

const fs::path folder = fs::path(GENAI_SOURCE_DIR) / "tests/golden/wire";

struct Named {
  std::string name;  // in the names of files
  Dialect dialect;
};

const std::array<Named, 4> clients{{{"responses", Dialect::responses}, {"chat", Dialect::chat_completions}, {"messages", Dialect::messages}, {"completions", Dialect::completions}}};

// Whom an upstream's transcripts are said to.
enum class Audience { responses, all, completions };

struct Spoken {
  std::string name;
  Dialect dialect;
  Audience audience;
  std::string terminal{};  // what stands in the event behind which a stream may end, where more may come
  std::string model = "upstream-model";

  bool is_for(const Named& client) const {
    if (audience == Audience::responses) return client.dialect == Dialect::responses;
    return (client.dialect == Dialect::completions) == (audience == Audience::completions);
  }
};

const std::vector<Spoken> upstreams{{"chat", Dialect::chat_completions, Audience::all},
                                    {"messages", Dialect::messages, Audience::all},
                                    {"responses", Dialect::responses, Audience::responses},
                                    {"gemini", Dialect::gemini, Audience::responses, "\"finishReason\""},
                                    {"ollama", Dialect::ollama, Audience::all},
                                    {"ollama-generate", Dialect::ollama_generate, Audience::completions},
                                    {"cohere", Dialect::cohere, Audience::all, "\"message-end\""},
                                    {"converse", Dialect::converse, Audience::all, "\"stopReason\"", "eu.anthropic.upstream-model-v1:0"},
                                    {"tgi", Dialect::tgi, Audience::completions},
                                    {"triton", Dialect::triton, Audience::completions, "\"text_output\""}};

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
    if (line.starts_with("{")) events.push_back({"", line});  // of JSON lines
    else if (line.starts_with("event: ")) next.type = line.substr(7);
    else if (line.starts_with("data:")) next.data = line.substr(line.starts_with("data: ") ? 6 : 5);
    else if (line.empty() && !next.data.empty()) events.push_back(std::exchange(next, {}));
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

// What a client asked, as far as it decides how it is answered.
chat::Chat asked_by(const Named& client) {
  chat::Chat chat;
  chat.dialect = client.dialect;
  chat.stream = chat.include_usage = true;
  return chat;
}

std::unique_ptr<wire::Encoder> encoder_for(const Named& client) { return wire::make_encoder(asked_by(client), {"req-1", "client/model", 1763712345}); }

// A dialect that is not the client's: its answers are put together anew.
Dialect foreign_to(const Named& client, Dialect dialect) { return dialect == client.dialect ? Dialect::gemini : dialect; }

struct Played {
  std::string said, sent;
  bool has_ended = false;
  bool is_bad = false;
};

// As the gateway does it: events of another dialect, then an ending or an error.
Played play(const Spoken& upstream, const Named& client, const std::vector<Sent>& events, std::size_t most, bool translated = true) {
  const auto decoder = wire::make_decoder(upstream.dialect, translated);
  const auto encoder = encoder_for(client);
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
    if (!event->has_value()) {
      played.has_ended = true;
      break;
    }
    CHECK((*event)->payload == events[i].data);
    played.said += show(**event);
    if ((*event)->usage) ending.usage = *(*event)->usage;
    if (translated) (*event)->dialect = foreign_to(client, upstream.dialect);
    encoder->event(**event, played.sent);
    played.has_ended = (*event)->last;
  }
  played.has_ended |= decoder->may_end();
  if (played.has_ended) encoder->end(ending, played.sent);
  else encoder->fail({Code::upstream_incomplete, "the upstream closed its stream too early", {}}, played.sent);
  return played;
}

// What a client got is events of JSON; of responses, numbered ones.
void check_sent(const Named& client, const std::string& sent) {
  std::int64_t sequence = 0;
  for (const auto& event : events_of(sent)) {
    CAPTURE(event.data);
    if (event.data == "[DONE]") continue;
    CHECK_FALSE(json::check(event.data));
    if (client.dialect != Dialect::responses) continue;
    const auto parsed = nlohmann::json::parse(event.data);
    CHECK(parsed["type"] == event.type);
    CHECK(parsed["sequence_number"] == sequence++);
  }
}

std::string or_error(const Result<std::string>& text) { return text ? *text + "\n" : show(text.error()); }

}  // namespace

TEST_CASE("streams of upstreams, and what clients get", "[wire]") {
  for (const auto& upstream : upstreams) {
    const auto names = transcripts("stream-", "." + upstream.name + ".txt");
    CHECK(names.size() >= 2);
    for (const auto& name : names) {
      INFO(name);
      const auto events = events_of(read_file(name + ".txt"));
      for (const auto& client : clients) {
        if (!upstream.is_for(client)) continue;
        const auto played = play(upstream, client, events, events.size());
        CHECK(played.has_ended != played.is_bad);
        check_golden(name + ".said.txt", played.said);
        check_golden(name + ".to-" + client.name + ".txt", played.sent);
        check_sent(client, played.sent);
      }
    }
  }
}

TEST_CASE("a stream that is cut never ends well", "[wire]") {
  const auto& client = clients[0];
  for (const auto& upstream : upstreams) {
    for (const auto& name : transcripts("stream-", "." + upstream.name + ".txt")) {
      const auto events = events_of(read_file(name + ".txt"));
      for (std::size_t most = 0; most < events.size(); ++most) {
        INFO(name << " up to " << most);
        const auto played = play(upstream, client, events, most);
        const bool has_terminal = !upstream.terminal.empty() && std::any_of(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(most),
                                                                            [&](const Sent& sent) { return sent.data.find(upstream.terminal) != sent.data.npos; });
        CHECK(played.has_ended == has_terminal);
        CHECK((played.sent.find("event: error\n") != played.sent.npos) == !has_terminal);
        CHECK((played.sent.find("event: response.completed\n") == played.sent.npos || has_terminal));
        check_sent(client, played.sent);
      }
    }
  }
}

TEST_CASE("what comes in the client's dialect passes as it is, its last event at the end", "[wire]") {
  for (const auto& client : clients) {
    const auto upstream = std::find_if(upstreams.begin(), upstreams.end(), [&](const Spoken& one) { return one.dialect == client.dialect; });
    if (upstream == upstreams.end()) continue;
    for (const auto& name : transcripts("stream-", "." + upstream->name + ".txt")) {
      INFO(name);
      const auto transcript = read_file(name + ".txt");
      const auto events = events_of(transcript);
      const auto played = play(*upstream, client, events, events.size(), false);
      if (played.is_bad) continue;
      CHECK(played.sent == transcript);
      const auto cut = play(*upstream, client, events, events.size() - 1, false);
      const auto told = cut.sent.rfind("\n\n", cut.sent.size() - 3) + 2;  // where the error begins
      CHECK(transcript.starts_with(cut.sent.substr(0, told)));
      check_sent(client, cut.sent);
    }
  }
}

TEST_CASE("whole answers of upstreams", "[wire]") {
  for (const auto& upstream : upstreams) {
    for (const auto& name : transcripts("whole-", "." + upstream.name + ".json")) {
      INFO(name);
      const auto body = read_file(name + ".json");
      const auto decoder = wire::make_decoder(upstream.dialect, true);
      auto event = decoder->whole(body);
      if (!event) FAIL(event.error().what);
      check_golden(name + ".said.txt", show(*event));
      for (const auto& client : clients) {
        if (!upstream.is_for(client)) continue;
        event->dialect = foreign_to(client, upstream.dialect);
        std::string sent;
        encoder_for(client)->whole(*event, {event->usage.value_or(chat::Usage{}), {}}, sent);
        check_golden(name + ".to-" + client.name + ".txt", sent + "\n");
        CHECK_FALSE(json::check(sent));
      }
    }
  }
}

TEST_CASE("requests of clients, for upstreams", "[wire]") {
  for (const auto& client : clients) {
    const auto names = transcripts("request-", "." + client.name + ".json");
    for (const auto& name : names) {
      INFO(name);
      const auto chat = wire::decode(client.dialect, read_file(name + ".json"));
      if (!chat) FAIL(chat.error().what);
      for (const auto& upstream : upstreams) {
        if (upstream.dialect == client.dialect || chat::is_bare_text(upstream.dialect) != chat::is_bare_text(client.dialect)) continue;
        check_golden(name + ".to-" + upstream.name + ".json", or_error(wire::encode(*chat, upstream.dialect, upstream.model)));
      }
    }
  }
}

TEST_CASE("what is written for an upstream that speaks responses reads as the same", "[wire]") {
  for (const auto& name : transcripts("request-", ".responses.json")) {
    INFO(name);
    const auto chat = wire::responses::decode(read_file(name + ".json"));
    if (!chat) FAIL(chat.error().what);
    const auto conversation = wire::responses::read(*chat);
    if (!conversation) FAIL(conversation.error().what);
    const auto written = wire::responses::write(*conversation, "upstream-model");
    REQUIRE(written.has_value());
    check_golden(name + ".to-responses.json", or_error(written));
    const auto chat_again = wire::responses::decode(*written);
    if (!chat_again) FAIL(chat_again.error().what);
    const auto conversation_again = wire::responses::read(*chat_again);
    if (!conversation_again) FAIL(conversation_again.error().what);
    CHECK(or_error(wire::responses::write(*conversation_again, "upstream-model")) == or_error(written));
  }
}
