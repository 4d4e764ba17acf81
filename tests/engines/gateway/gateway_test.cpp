// The life of a request through the whole pipeline, on raw bytes at both ends and in virtual time.
#include "domain/tokens/chat_count.hpp"
#include "engines/gateway/fixture.hpp"

#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using record::Outcome;

namespace {
const std::string answer_json =
    R"({"id":"x","object":"chat.completion","created":1,"model":"gpt-upstream","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8,"prompt_tokens_details":{"cached_tokens":4}}})";
}

TEST_CASE("a plain answer passes byte for byte and becomes a row") {
  Fixture f;
  auto client = f.connect();
  auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(false, R"(,"my_field": {"a":1.50, "b":[ ]})")));
  CHECK(has(upstream.received(), "POST /v1/chat/completions HTTP/1.1\r\nHost: upstream\r\n"));
  CHECK(has(upstream.received(), "Authorization: Bearer the-provider-key\r\n"));
  CHECK(has(upstream.received(),
            R"({"model":"gpt-upstream","messages":[{"role":"user","content":"Say hi"}],"my_field": {"a":1.50, "b":[ ]}})"));
  upstream.send(Fixture::json_answer(answer_json));
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 200 OK");
  CHECK(client->received().ends_with("\r\n\r\n" + answer_json));
  REQUIRE(f.ledger.rows.size() == 1);
  CHECK(f.row().outcome == Outcome::ok);
  CHECK(f.row().status == 200);
  CHECK(f.row().usage == chat::Usage{Tokens{7}, Tokens{1}, Tokens{4}, Tokens{0}, false});
  CHECK(f.row().provider == "up");
  CHECK(f.row().upstream_model == "gpt-upstream");
  CHECK_FALSE(f.row().cost.has_value());
  CHECK(has(client->received(), "X-Request-Id: " + f.row().id.text()));
}

TEST_CASE("the ack rule: an answer is held until its row is committed, what comes before flows") {
  Fixture f;
  f.ledger.holding = true;
  SECTION("plain: whole") {
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(false))).send(Fixture::json_answer(answer_json));
    f.loop.settle();
    CHECK(client->received().empty());
    f.ledger.release();
    f.loop.settle();
    CHECK(client->received().ends_with(answer_json));
  }
  SECTION("stream: its terminal event") {
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(true)))
        .send(Fixture::stream_head() + Fixture::delta("hi") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK(has(client->received(), R"("content":"hi")"));
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
    f.ledger.release();
    f.loop.settle();
    CHECK(client->received().ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
  }
}

TEST_CASE("usage is always asked of the upstream and shown only to whom asked") {
  Fixture f;
  auto client = f.connect();
  SECTION("not asked") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    CHECK(has(upstream.received(), R"("stream_options":{"include_usage":true})"));
    upstream.send(Fixture::stream_head() + Fixture::delta("a") + Fixture::delta("b") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK_FALSE(has(client->received(), "usage"));
  }
  SECTION("asked") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true, R"(,"stream_options":{"include_usage":true})")));
    upstream.send(Fixture::stream_head() + Fixture::delta("a") + Fixture::delta("b") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK(has(client->received(), R"("usage":null)"));
    CHECK(has(client->received(), R"("usage":{"prompt_tokens":7)"));
  }
  CHECK(f.row().usage == chat::Usage{Tokens{7}, Tokens{2}, Tokens{0}, Tokens{0}, false});
  CHECK(f.row().outcome == Outcome::ok);
  CHECK(f.row().streamed);
  CHECK(f.row().ttft.has_value());
}

TEST_CASE("a finished stream gives its upstream connection back") {
  Fixture f;
  auto client = f.connect();
  for (int i = 0; i < 3; ++i) {
    f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::stream_head() + Fixture::delta("a") + Fixture::done());
    f.loop.settle();
    CHECK(has(client->take(), "[DONE]"));
  }
  CHECK(f.network.connections() == 1);
}

TEST_CASE("U13 usage that does not come is estimated and marked") {
  Fixture f;
  auto client = f.connect();
  f.ask(*client, Fixture::post(Fixture::chat(true)))
      .send(Fixture::stream_head() + Fixture::delta("one") + Fixture::delta(" two thr") + Fixture::delta("ee") + Fixture::done());
  f.loop.settle();
  CHECK(f.row().usage.estimated);
  const auto counter = tokens::counter_for("gpt-upstream");
  CHECK(f.row().usage.completion == counter.count("one two three"));  // of the text, not of its pieces
  CHECK(f.row().usage.prompt == tokens::count_chat(counter, Fixture::chat(true))->tokens);
  CHECK_FALSE(f.row().cost.has_value());  // nobody knows the model's price
}

TEST_CASE("U1 an upstream that cannot be reached is a 502") {
  Fixture f;
  SECTION("refused") { f.network.close(f.upstream_at); }
  SECTION("no connection within 5 s") {
    f.network.close(f.upstream_at);
    f.network.swallow(f.upstream_at);
  }
  auto client = f.connect();
  client->send(Fixture::post(Fixture::chat(false)));
  f.loop.advance(5s);
  CHECK(status_of(client->received()) == "HTTP/1.1 502 Bad Gateway");
  CHECK(has(client->received(), R"("code":"upstream_unreachable")"));
  CHECK(f.row().outcome == Outcome::upstream_error);
  CHECK(f.row().usage.prompt == Tokens{0});
}

TEST_CASE("U2 silence ends at the limits: 504 before the first token, an error event after it") {
  Fixture f;
  f.deadlines.first_event = 60s;
  f.deadlines.gap = 30s;
  f.deadlines.total_plain = 100s;
  SECTION("no head") {
    f.shared.ping = 0s;  // which would commit the answer to a 200
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(true)));
    f.loop.advance(59s);
    CHECK(client->received().empty());
    f.loop.advance(1s);
    CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
  }
  SECTION("no head, but pings: what the client has seen is a 200") {
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(true)));
    f.loop.advance(60s);
    CHECK(status_of(client->received()) == "HTTP/1.1 200 OK");
    CHECK(has(client->received(), R"("code":"upstream_timeout")"));
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
  }
  SECTION("a head, no event") {
    f.shared.ping = 0s;
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::stream_head());
    f.loop.advance(61s);
    CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
  }
  SECTION("plain: only the total") {
    auto client = f.connect();
    f.ask(*client, Fixture::post(Fixture::chat(false)));
    f.loop.advance(99s);
    CHECK(client->received().empty());
    f.loop.advance(2s);
    CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
  }
  SECTION("a gap") {
    auto client = f.connect();
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.send(Fixture::stream_head() + Fixture::delta("a"));
    f.loop.advance(29s);
    upstream.send(Fixture::delta("b"));
    f.loop.advance(31s);
    CHECK(status_of(client->received()) == "HTTP/1.1 200 OK");
    CHECK(has(client->received(), R"("code":"upstream_timeout")"));
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
    CHECK(upstream.ended());
  }
  CHECK(f.row().outcome == Outcome::upstream_error);
}

TEST_CASE("U3 an answer cut short is never given a normal ending") {
  Fixture f;
  auto client = f.connect();
  SECTION("before anything") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.close();
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 502 Bad Gateway");
    CHECK(has(client->received(), "upstream_incomplete"));
    CHECK(f.row().outcome == Outcome::upstream_error);
  }
  SECTION("in the middle of a stream") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.send(Fixture::stream_head() + Fixture::delta("a"));
    f.loop.settle();
    upstream.close();
    f.loop.settle();
    CHECK(has(client->received(), "upstream_incomplete"));
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
    CHECK(f.row().outcome == Outcome::truncated);
    CHECK(f.row().usage.completion == Tokens{1});
    CHECK(f.row().usage.estimated);
  }
  SECTION("a clean end of the body without [DONE]") {
    f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::stream_head() + Fixture::delta("a") + "0\r\n\r\n");
    f.loop.settle();
    CHECK(has(client->received(), "upstream_incomplete"));
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
    CHECK(f.row().outcome == Outcome::truncated);
  }
  SECTION("in the middle of a plain answer") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(false)));
    upstream.send(Fixture::json_answer(answer_json).substr(0, 200));
    upstream.close();
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 502 Bad Gateway");
    CHECK(f.row().outcome == Outcome::upstream_error);
  }
}

TEST_CASE("U4 answers with broken framing are a 502 and their connection serves no more") {
  const std::string broken = GENERATE(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
      "garbage\r\n\r\n");
  Fixture f;
  auto client = f.connect();
  f.ask(*client, Fixture::post(Fixture::chat(false))).send(broken);
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 502 Bad Gateway");
  CHECK(has(client->received(), "upstream_protocol"));
  client->take();
  f.ask(*client, Fixture::post(Fixture::chat(false)));
  if (!has(broken, "302")) CHECK(f.network.connections() == 2);
}

TEST_CASE("U5 a 200 that is an error is treated as the error it is") {
  Fixture f;
  auto client = f.connect();
  SECTION("error body on a plain request") {
    f.ask(*client, Fixture::post(Fixture::chat(false)))
        .send(Fixture::json_answer(R"({"error":{"message":"overloaded","type":"server_error","code":null}})"));
  }
  SECTION("first event an error") {
    f.ask(*client, Fixture::post(Fixture::chat(true)))
        .send(Fixture::stream_head() + Fixture::event(R"({"error":{"message":"overloaded","type":"server_error"}})") + Fixture::done());
  }
  SECTION("JSON error instead of a stream") {
    f.ask(*client, Fixture::post(Fixture::chat(true)))
        .send(Fixture::json_answer(R"({"error":{"message":"overloaded","type":"server_error"}})"));
  }
  SECTION("HTML with 200") {
    f.ask(*client, Fixture::post(Fixture::chat(false)))
        .send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>");
  }
  f.loop.settle();
  CHECK(status_of(client->received()).starts_with("HTTP/1.1 50"));
  CHECK_FALSE(has(client->received(), "<html>"));
  CHECK(f.row().outcome == Outcome::upstream_error);
}

TEST_CASE("U6 malformed events end the stream with an error event") {
  Fixture f;
  auto client = f.connect();
  auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
  upstream.send(Fixture::stream_head() + Fixture::delta("a"));
  f.loop.settle();
  SECTION("JSON") { upstream.send(Fixture::event(R"({"choices":[{)")); }
  SECTION("size") { upstream.send("1fffff\r\ndata: " + std::string(0x1fffff - 6, 'x') + "\r\n"); }
  f.loop.settle();
  CHECK(has(client->received(), R"("content":"a")"));
  CHECK(has(client->received(), "upstream_protocol"));
  CHECK_FALSE(has(client->received(), "data: [DONE]"));
}

TEST_CASE("U8 U9 U10 an upstream's refusal becomes ours") {
  Fixture f;
  auto client = f.connect();
  const auto answered = [&](int status, const std::string& body) {
    f.ask(*client, Fixture::post(Fixture::chat(false))).send(Fixture::json_answer(body, status));
    f.loop.settle();
    return client->take();
  };
  const std::string error = R"({"error":{"message":"because","type":"invalid_request_error","param":"x","code":"c"}})";
  CHECK(status_of(answered(500, "<html>secret</html>")).starts_with("HTTP/1.1 50"));
  CHECK(f.row().outcome == Outcome::upstream_error);
  CHECK(status_of(answered(401, error)) == "HTTP/1.1 502 Bad Gateway");
  CHECK(f.row().error_code == "upstream_auth");
  const auto rejected = answered(400, error);
  CHECK(status_of(rejected) == "HTTP/1.1 400 Bad Request");
  CHECK(has(rejected, "because"));
  CHECK(status_of(answered(429, error)) == "HTTP/1.1 429 Too Many Requests");
}

TEST_CASE("C1 a client that is gone before the upstream call costs nothing") {
  Fixture f;
  auto client = f.connect();
  client->send(Fixture::post(Fixture::chat(false)));
  client->close();
  f.loop.settle();
  CHECK(f.upstreams.empty());
  REQUIRE(f.ledger.rows.size() == 1);
  CHECK(f.row().outcome == Outcome::cancelled);
  CHECK(f.row().status == 499);
  CHECK(f.row().usage == chat::Usage{});
  CHECK(f.row().cost == NanoUsd{0});
}

TEST_CASE("C2 a client that leaves during the answer cancels the upstream and is accounted") {
  Fixture f;
  auto client = f.connect();
  SECTION("in a stream") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.send(Fixture::stream_head() + Fixture::delta("one") + Fixture::delta(" two"));
    f.loop.settle();
    client->close();
    f.loop.settle();
    CHECK(upstream.ended());
    CHECK(f.row().usage.completion == tokens::counter_for("gpt-upstream").count("one two"));
  }
  SECTION("before its first byte") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(false)));
    client->close();
    f.loop.settle();
    CHECK(upstream.ended());
    CHECK(f.row().usage.prompt > Tokens{0});
  }
  SECTION("by a reset") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    client->reset();
    f.loop.settle();
    CHECK(upstream.ended());
  }
  CHECK(f.row().outcome == Outcome::cancelled);
  CHECK(f.row().usage.estimated);
  CHECK(f.ledger.rows.size() == 1);
}

TEST_CASE("L1 without a ledger nothing is asked and nothing acknowledged") {
  Fixture f;
  auto client = f.connect();
  SECTION("no entry can be opened") {
    f.ledger.refusing = true;
    client->send(Fixture::post(Fixture::chat(false)));
    f.loop.settle();
    CHECK(f.upstreams.empty());
    CHECK(status_of(client->received()) == "HTTP/1.1 503 Service Unavailable");
    CHECK(has(client->received(), "Retry-After: 1"));
  }
  SECTION("a plain answer's row cannot be written") {
    f.ledger.durable = false;
    f.ask(*client, Fixture::post(Fixture::chat(false))).send(Fixture::json_answer(answer_json));
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 503 Service Unavailable");
  }
  SECTION("a stream's row cannot be written") {
    f.ledger.durable = false;
    f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::stream_head() + Fixture::delta("a") + Fixture::done());
    f.loop.settle();
    CHECK_FALSE(has(client->received(), "data: [DONE]"));
  }
  CHECK(has(client->received(), "ledger_unavailable"));
}

TEST_CASE("P1 a drain ends what runs too long with an error the client sees") {
  Fixture f;
  auto plain = f.connect(), stream = f.connect();
  f.ask(*plain, Fixture::post(Fixture::chat(false)));
  f.ask(*stream, Fixture::post(Fixture::chat(true))).send(Fixture::stream_head() + Fixture::delta("a"));
  f.loop.settle();
  CHECK(f.site->drain() == 0s);
  f.server->drain();
  f.site->cut_plain();
  f.loop.settle();
  CHECK(status_of(plain->received()) == "HTTP/1.1 503 Service Unavailable");
  CHECK(has(plain->received(), R"("code":"draining")"));
  CHECK_FALSE(has(stream->received(), "draining"));
  f.site->cut_streams();
  f.loop.settle();
  CHECK(has(stream->received(), R"("code":"draining")"));
  CHECK_FALSE(has(stream->received(), "data: [DONE]"));
  REQUIRE(f.ledger.rows.size() == 2);
  for (const auto& row : f.ledger.rows) CHECK(row.outcome == Outcome::interrupted);
  CHECK(plain->ended());
  CHECK(stream->ended());
}

TEST_CASE("P1 readiness says no at once, and a recent probe is given time") {
  Fixture f;
  auto client = f.connect();
  const auto get = [&](const std::string& path) {
    client->send("GET " + path + " HTTP/1.1\r\nHost: g\r\n\r\n");
    f.loop.settle();
    return client->take();
  };
  CHECK(status_of(get("/health/ready")) == "HTTP/1.1 200 OK");
  CHECK(f.site->drain() == 5s);
  CHECK(status_of(get("/health/ready")) == "HTTP/1.1 503 Service Unavailable");
  CHECK(status_of(get("/health/live")) == "HTTP/1.1 200 OK");
}

TEST_CASE("H14 H15 H18 paths, methods and media types are matched exactly") {
  Fixture f;
  auto client = f.connect();
  const auto get = [&](const std::string& request) {
    client->send(request);
    f.loop.settle();
    return client->take();
  };
  const auto status = [&](const std::string& line) { return status_of(get(line + " HTTP/1.1\r\nHost: g\r\n\r\n")); };
  CHECK(status("GET /v1/models") == "HTTP/1.1 200 OK");
  CHECK(status("GET http://other/v1/models") == "HTTP/1.1 200 OK");
  CHECK(status("GET /v1/%6dodels") == "HTTP/1.1 200 OK");
  CHECK(status("GET //v1/models") == "HTTP/1.1 404 Not Found");
  CHECK(status("GET /v1/../v1/models") == "HTTP/1.1 404 Not Found");
  CHECK(status("GET /v1/%2e%2e/v1/models") == "HTTP/1.1 404 Not Found");
  CHECK(status("GET /v1/%256dodels") == "HTTP/1.1 404 Not Found");
  CHECK(status("GET /v1/models%00") == "HTTP/1.1 400 Bad Request");
  CHECK(status("GET /v1\\models") == "HTTP/1.1 400 Bad Request");
  CHECK(status("GET /v1/models%2") == "HTTP/1.1 400 Bad Request");
  const auto wrong = get("DELETE /v1/models HTTP/1.1\r\nHost: g\r\n\r\n");
  CHECK(status_of(wrong) == "HTTP/1.1 405 Method Not Allowed");
  CHECK(has(wrong, "Allow: GET, HEAD\r\n"));
  CHECK(status("TRACE /v1/models") == "HTTP/1.1 405 Method Not Allowed");
  for (const auto* fields : {"", "Content-Type: text/plain\r\n", "Content-Type: application/json; charset=latin-1\r\n",
                             "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"}) {
    CHECK(status_of(get(Fixture::post(Fixture::chat(false), fields))) == "HTTP/1.1 415 Unsupported Media Type");
  }
  CHECK(f.upstreams.empty());
  CHECK(f.row().outcome == Outcome::refused);
}

TEST_CASE("every answer carries X-Request-Id, refusals too, and a refusal is a row without cost") {
  Fixture f;
  auto client = f.connect();
  client->send(Fixture::post("{nope"));
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 400 Bad Request");
  CHECK(has(client->received(), "X-Request-Id: " + f.row().id.text()));
  CHECK(f.row().outcome == Outcome::refused);
  CHECK(f.row().error_code == "invalid_json");
  client->take();
  client->send("GARBAGE\r\n\r\n");
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 400 Bad Request");
  CHECK(has(client->received(), "X-Request-Id: req_"));
  CHECK(client->ended());
}
