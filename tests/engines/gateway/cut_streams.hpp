// The transcripts of upstreams' streams in tests/golden/wire, each cut at bytes of its choice and played through a whole gateway to clients of each dialect: what
// they get never ends as if it were whole, there is one row, and its tokens are those that were delivered.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "domain/tokens/chat_count.hpp"
#include "engines/gateway/fixture.hpp"
#include "platform/http/aws_events.hpp"
#include "platform/http/sse.hpp"
#include "test.hpp"

namespace genai::cut {

using providers::ProviderType;

struct Upstream {
  std::string name;  // of its transcripts: stream-*.NAME.txt
  ProviderType type;
  bool is_bare_text = false;
  // Its streams have an event that ends them; else only their connection tells that they are whole.
  bool has_terminal = true;
  std::string terminal{};  // what stands in that event, where others may come behind it
};

inline const std::vector<Upstream> upstreams{{"chat", ProviderType::openai},     {"messages", ProviderType::anthropic}, {"responses", ProviderType::openai},
                                             {"gemini", ProviderType::gemini, false, false}, {"cohere", ProviderType::cohere, false, true, "\"message-end\""}, {"converse", ProviderType::bedrock},
                                             {"ollama", ProviderType::ollama},   {"ollama-generate", ProviderType::ollama, true}, {"tgi", ProviderType::tgi, true},
                                             {"triton", ProviderType::triton, true, false}};

struct Client {
  std::string name, path, body;
  bool is_bare_text = false;
};

inline const std::vector<Client> clients{
    {"chat", "/v1/chat/completions", R"({"model":"gpt","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]})"},
    {"messages", "/v1/messages", R"({"model":"gpt","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hi"}]})"},
    {"responses", "/v1/responses", R"({"model":"gpt","stream":true,"input":"hi"})"},
    {"completions", "/v1/completions", R"({"model":"gpt","stream":true,"prompt":"hi"})", true}};

// Responses are spoken by nobody who is asked in another dialect.
inline bool are_for(const Upstream& upstream, const Client& client) {
  if (upstream.name == "responses") return client.name == "responses";
  if (upstream.name == "chat" && client.name == "responses") return false;  // OpenAI is asked for them in their own dialect
  return upstream.is_bare_text == client.is_bare_text;
}

struct Transcript {
  std::string name;
  std::string body;  // as it comes, framed
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void append_number(std::string& to, std::size_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

inline std::string aws_header(std::string_view name, std::string_view value) {
  std::string to(1, static_cast<char>(name.size()));
  (to += name) += '\x07';
  append_number(to, value.size(), 2);
  return to += value;
}

// Amazon Lex V2 Developer Guide, "Event stream encoding".
inline std::string aws_message(std::string_view type, std::string_view payload) {
  constexpr std::string_view exception = "exception:", error = "error:";
  std::string headers;
  if (type.starts_with(exception)) headers = aws_header(":message-type", "exception") + aws_header(":exception-type", type.substr(exception.size()));
  else if (type.starts_with(error)) headers = aws_header(":message-type", "error") + aws_header(":error-code", type.substr(error.size())) + aws_header(":error-message", payload);
  else headers = aws_header(":message-type", "event") + aws_header(":event-type", type);
  std::string to;
  append_number(to, 16 + headers.size() + payload.size(), 4);
  append_number(to, headers.size(), 4);
  append_number(to, http::crc32(to), 4);
  (to += headers) += payload;
  append_number(to, http::crc32(to), 4);
  return to;
}

inline std::string framed(const Upstream& upstream, const std::string& text) {
  if (upstream.name != "converse") return text;
  std::string to;
  http::SseDecoder events;
  events.feed(text);
  for (auto event = events.next(); event && *event; event = events.next()) to += aws_message((*event)->type, (*event)->data);
  return to;
}

inline std::vector<Transcript> transcripts_of(const Upstream& upstream) {
  const auto folder = std::filesystem::path(GENAI_SOURCE_DIR) / "tests/golden/wire";
  const std::string suffix = "." + upstream.name + ".txt";
  std::vector<Transcript> result;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("stream-") && name.ends_with(suffix)) result.push_back({name, framed(upstream, read_file(entry.path()))});
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return result;
}

// What a client makes of what it got.
struct Seen {
  int status = 0;
  bool is_well = false;   // it ended as a whole answer does
  bool is_told = false;   // it got an error, as an event or as a status
  std::string said;       // all channels in a row, where its dialect is that of chat completions
  void say(const std::string& text) {
    said += text;
    if (text != "{}") said_of_itself += text;
  }
  std::string said_of_itself;  // the same without empty arguments, which are ours where the upstream said none
};

inline Seen look_at(const Client& client, const std::string& got) {
  Seen seen;
  seen.status = std::atoi(got.substr(9, 3).c_str());
  if (seen.status != 200) {
    seen.is_told = got.find("\"error\"") != got.npos;
    return seen;
  }
  std::string body;  // out of its chunks
  for (std::size_t at = got.find("\r\n\r\n") + 4; at < got.size();) {
    const auto size = std::strtoul(got.c_str() + at, nullptr, 16);
    at = got.find("\r\n", at) + 2;
    body.append(got, at, size);
    at += size + 2;
  }
  http::SseDecoder events;
  events.feed(body);
  for (auto event = events.next(); event && *event; event = events.next()) {
    const auto [data, type] = **event;
    if (data == "[DONE]" || type == "message_stop" || type == "response.completed" || type == "response.incomplete") seen.is_well = true;
    if (data == "[DONE]") continue;
    const auto json = nlohmann::json::parse(data);
    seen.is_told |= json.contains("error") || type == "error" || type == "response.failed";
    if (client.name != "chat" || !json.contains("choices") || json["choices"].empty()) continue;
    const auto& delta = json["choices"][0]["delta"];
    for (const char* channel : {"reasoning_content", "reasoning", "content", "refusal"})
      if (delta.contains(channel) && delta[channel].is_string()) seen.say(delta[channel].get<std::string>());
    if (!delta.contains("tool_calls")) continue;
    for (const auto& call : delta["tool_calls"])
      for (const char* channel : {"name", "arguments"}) seen.say(call["function"].value(channel, ""));
  }
  return seen;
}

// A gateway in front of one upstream, asked again and again.
class Stage {
 public:
  explicit Stage(const Upstream& upstream) : upstream_(upstream) {
    fixture_.up.type = upstream.type;
    fixture_.shared.ping = Nanoseconds(0);
  }

  // Sends the first `bytes` of what the upstream says, and hangs up.
  Seen play(const Client& client, const std::string& said, std::size_t bytes) {
    fixture_.ledger.rows.clear();
    fixture_.upstreams.clear();
    auto wire = fixture_.connect();
    auto& upstream = fixture_.ask(*wire, "POST " + client.path + " HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(client.body.size()) + "\r\n\r\n" + client.body);
    upstream.send(said.substr(0, bytes));
    fixture_.loop.settle();
    upstream.close();
    fixture_.loop.settle();
    auto got = wire->take();
    wire->close();
    fixture_.loop.settle();
    return look_at(client, got);
  }
  const std::vector<record::Record>& rows() const { return fixture_.ledger.rows; }
  // Where the upstream's answer is whole, in bytes; everything before is a cut.
  std::size_t whole(const std::string& said, const std::string& body) const {
    if (!upstream_.has_terminal) return said.size();
    const auto terminal = upstream_.terminal.empty() ? said.npos : said.find(upstream_.terminal);
    return terminal == said.npos ? said.find(body) + body.size() : said.find("\n\n", terminal) + 2;
  }
  std::string head() const {
    const std::string type = upstream_.name == "converse" ? "application/vnd.amazon.eventstream" : upstream_.name.starts_with("ollama") ? "application/x-ndjson" : "text/event-stream";
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

 private:
  Fixture fixture_;
  const Upstream& upstream_;
};

// Cuts at every `step`th byte, from one that differs among transcripts.
inline void check_cuts(std::size_t step) {
  std::size_t cuts = 0;
  for (const auto& upstream : upstreams) {
    Stage stage(upstream);
    std::size_t offset = 0;
    for (const auto& transcript : transcripts_of(upstream)) {
      const std::string said = stage.head() + Fixture::piece(transcript.body) + "0\r\n\r\n";
      const auto whole = stage.whole(said, transcript.body);
      for (const auto& client : clients) {
        if (!are_for(upstream, client)) continue;
        INFO(transcript.name << " for " << client.name);
        const bool is_good = stage.play(client, said, said.size()).is_well;
        REQUIRE(stage.rows().size() == 1);
        CHECK((stage.rows()[0].outcome == record::Outcome::ok) == is_good);
        for (std::size_t cut = offset++ % step; cut < said.size(); cut += step, ++cuts) {
          INFO("cut at " << cut);
          const auto seen = stage.play(client, said, cut);
          const bool is_whole = is_good && cut >= whole;
          REQUIRE(seen.is_well == is_whole);
          REQUIRE(seen.is_told == !is_whole);
          REQUIRE(stage.rows().size() == 1);
          const auto& row = stage.rows()[0];
          REQUIRE((row.outcome == record::Outcome::ok) == is_whole);
          REQUIRE(row.status == seen.status);
          if (is_whole || client.name != "chat" || !row.usage.estimated || seen.status != 200) continue;
          const auto counter = tokens::counter_for("gpt-upstream");
          INFO("said: " << seen.said);
          const auto counted = row.usage.completion.value();
          REQUIRE((counted == counter.count(seen.said).value() || counted == counter.count(seen.said_of_itself).value()));
        }
      }
    }
  }
  CHECK(cuts > 0);
}

}  // namespace genai::cut
