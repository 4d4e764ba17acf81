// From one target to the next, until the first token; and what becomes of answers whose client left. On raw bytes at both ends, in virtual time.
#include "domain/tokens/chat_count.hpp"
#include "engines/gateway/fixture.hpp"
#include "test.hpp"

using namespace genai;
using namespace std::chrono_literals;
using record::Outcome;

namespace {

const std::string role = Fixture::event(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})");
const std::string plain_answer = R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],)"
                                 R"("usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}})";
const std::string whole_stream = Fixture::stream_head() + role + Fixture::delta("from two") + Fixture::usage_event() + Fixture::done();

// A stream whose first target fails as `fail` does; the second one answers.
void check_goes_elsewhere(Fixture& f, const std::function<void(fakes::Wire& first)>& fail) {
  auto client = f.connect();
  fail(f.ask(*client, Fixture::post(Fixture::chat(true))));
  f.loop.settle();
  REQUIRE(f.seconds.size() == 1);
  CHECK(has(f.seconds[0]->received(), R"("model":"gpt-second")"));
  f.seconds[0]->send(whole_stream);
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 200 OK");
  CHECK(has(client->received(), "from two"));
  CHECK(has(client->received(), "data: [DONE]"));
  CHECK_FALSE(has(client->received(), "error"));
  REQUIRE(f.ledger.rows.size() == 1);
  CHECK(f.row().outcome == Outcome::ok);
  CHECK(f.row().provider == "second");
  CHECK(f.row().upstream_model == "gpt-second");
  CHECK(f.row().usage.completion == Tokens{2});
  CHECK(has(f.metrics.render(), R"(genai_failed_tries_total{provider="up",class=)"));
}

}  // namespace

TEST_CASE("D3 the next target is asked when one fails before its first token") {
  Fixture f(Fixture::two_targets());
  f.deadlines.first_event = 60s;
  SECTION("U1 it cannot be reached") {
    f.network.close(f.upstream_at);
    auto client = f.connect();
    client->send(Fixture::post(Fixture::chat(false)));
    f.loop.settle();
    REQUIRE(f.seconds.size() == 1);
    f.seconds[0]->send(Fixture::json_answer(plain_answer));
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 200 OK");
    CHECK(f.row().provider == "second");
  }
  SECTION("U3 it hangs up") { check_goes_elsewhere(f, [](auto& first) { first.close(); }); }
  SECTION("U3 it hangs up behind its head and a role, which the client never sees") {
    check_goes_elsewhere(f, [&f](auto& first) {
      first.send(Fixture::stream_head() + role);
      f.loop.settle();
      first.close();
    });
  }
  SECTION("U2 its role comes and then nothing") {
    f.shared.ping = 0s;
    check_goes_elsewhere(f, [&f](auto& first) {
      first.send(Fixture::stream_head() + role);
      f.loop.advance(60s);
    });
  }
  SECTION("U2 comments do not stand for a token") {
    f.shared.ping = 0s;
    check_goes_elsewhere(f, [&f](auto& first) {
      first.send(Fixture::stream_head());
      for (int i = 0; i < 7; ++i) {
        first.send(Fixture::piece(": still here\n\n"));
        f.loop.advance(10s);
      }
    });
  }
  SECTION("U5 its first event is an error") {
    check_goes_elsewhere(f, [](auto& first) { first.send(Fixture::stream_head() + role + Fixture::event(R"({"error":{"message":"busy","type":"overloaded_error"}})")); });
  }
  SECTION("U7 it limits the rate") { check_goes_elsewhere(f, [](auto& first) { first.send(Fixture::json_answer(R"({"error":{"message":"slow down"}})", 429)); }); }
  SECTION("U8 it fails with HTML") {
    check_goes_elsewhere(f, [](auto& first) { first.send("HTTP/1.1 529 X\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"); });
  }
  SECTION("U9 it refuses our key") { check_goes_elsewhere(f, [](auto& first) { first.send(Fixture::json_answer(R"({"error":{"message":"bad key"}})", 401)); }); }
  SECTION("U11 it compresses in a way nobody knows") {
    check_goes_elsewhere(f, [](auto& first) { first.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: zzz\r\nContent-Length: 2\r\n\r\nxx"); });
  }
}

TEST_CASE("U10 what is wrong with the request is wrong everywhere: no other target is asked") {
  Fixture f(Fixture::two_targets());
  auto client = f.connect();
  const int status = GENERATE(400, 404, 413, 422);
  f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::json_answer(R"({"error":{"message":"no such thing"}})", status));
  f.loop.settle();
  CHECK(f.seconds.empty());
  CHECK(status_of(client->received()).starts_with("HTTP/1.1 " + std::to_string(status)));
  CHECK(f.row().error_code == "upstream_rejected");
  CHECK(f.row().provider == "up");
}

TEST_CASE("U9 U7 when all targets fail, the last one's error is told") {
  Fixture f(Fixture::two_targets());
  auto client = f.connect();
  f.ask(*client, Fixture::post(Fixture::chat(true))).send(Fixture::json_answer(R"({"error":{"message":"bad key"}})", 403));
  f.loop.settle();
  REQUIRE(f.seconds.size() == 1);
  SECTION("a refused key, of which the caller hears nothing") {
    f.seconds[0]->send(Fixture::json_answer(R"({"error":{"message":"bad key sk-12345678"}})", 401));
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 502 Bad Gateway");
    CHECK(has(client->received(), "upstream_auth"));
    CHECK_FALSE(has(client->received(), "sk-1"));
  }
  SECTION("a limited rate, with the time until it is not") {
    f.seconds[0]->send("HTTP/1.1 429 X\r\nContent-Type: application/json\r\nRetry-After: 90\r\nContent-Length: 2\r\n\r\n{}");
    f.loop.settle();
    CHECK(status_of(client->received()) == "HTTP/1.1 429 Too Many Requests");
    CHECK(has(client->received(), "Retry-After: 90\r\n"));
  }
  CHECK(f.row().provider == "second");
  CHECK(f.row().outcome == Outcome::upstream_error);
  CHECK(f.ledger.rows.size() == 1);
}

TEST_CASE("D3 a target that cannot say what was asked is passed over, and who failed before it is told") {
  Fixture f(Fixture::two_targets());
  f.second.type = providers::ProviderType::anthropic;
  auto client = f.connect();
  f.ask(*client, Fixture::post(Fixture::chat(false, R"(,"logprobs":true)"))).send(Fixture::json_answer(R"({"error":{"message":"busy"}})", 503));
  f.loop.settle();
  CHECK(status_of(client->received()) == "HTTP/1.1 503 Service Unavailable");
  CHECK(f.seconds.empty());
  CHECK(f.row().provider == "up");
  CHECK(f.row().upstream_model == "gpt-upstream");
}

TEST_CASE("D3 after the first token nothing is asked again") {
  Fixture f(Fixture::two_targets());
  auto client = f.connect();
  auto& first = f.ask(*client, Fixture::post(Fixture::chat(true)));
  first.send(Fixture::stream_head() + role + Fixture::delta("one"));
  f.loop.settle();
  CHECK(has(client->received(), R"("role":"assistant")"));  // what was held comes before the token
  first.close();
  f.loop.settle();
  CHECK(f.seconds.empty());
  CHECK(has(client->received(), "upstream_incomplete"));
  CHECK_FALSE(has(client->received(), "[DONE]"));
  CHECK(f.row().outcome == Outcome::truncated);
  CHECK(f.row().usage.completion == Tokens{1});
}

TEST_CASE("D1 the time for the whole answer is one for all targets") {
  Fixture f(Fixture::two_targets());
  f.deadlines.total_plain = 100s;
  auto client = f.connect();
  auto& first = f.ask(*client, Fixture::post(Fixture::chat(false)));
  f.loop.advance(70s);
  first.close();
  f.loop.settle();
  REQUIRE(f.seconds.size() == 1);
  f.loop.advance(29s);
  CHECK(client->received().empty());
  f.loop.advance(2s);
  CHECK(status_of(client->received()) == "HTTP/1.1 504 Gateway Timeout");
}

TEST_CASE("a stream that is slower than its model's pace goes elsewhere, and nothing of it was shown") {
  auto routes = Fixture::two_targets();
  routes.models[0].patience.pace = routing::Pace{4, 5s};
  Fixture f(routes);
  auto client = f.connect();
  auto& first = f.ask(*client, Fixture::post(Fixture::chat(true)));
  first.send(Fixture::stream_head() + role + Fixture::delta("a") + Fixture::delta("b"));
  SECTION("too slow") {
    f.loop.advance(5s);
    CHECK(first.ended());
    REQUIRE(f.seconds.size() == 1);
    f.seconds[0]->send(whole_stream);
    f.loop.settle();
    CHECK_FALSE(has(client->received(), R"("content":"a")"));
    CHECK(has(client->received(), "from two"));
    CHECK(f.row().provider == "second");
  }
  SECTION("just fast enough") {
    f.loop.advance(4s);
    CHECK(client->received().empty());
    first.send(Fixture::delta("c") + Fixture::delta("d"));
    f.loop.settle();
    CHECK(has(client->received(), R"("content":"d")"));
    first.send(Fixture::delta("e") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK(has(client->received(), "[DONE]"));
    CHECK(f.row().provider == "up");
  }
  SECTION("short, and over in time") {
    first.send(Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK(has(client->received(), R"("content":"b")"));
    CHECK(has(client->received(), "[DONE]"));
    CHECK(f.row().outcome == Outcome::ok);
  }
  CHECK(f.ledger.rows.size() == 1);
}

TEST_CASE("C2 a drained answer is read to its end although its client left: the row has its usage") {
  Fixture f(Fixture::two_targets());
  f.up.hangup.drain = 30s;
  auto client = f.connect();
  SECTION("in a stream") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.send(Fixture::stream_head() + Fixture::delta("one"));
    f.loop.settle();
    client->close();
    f.loop.settle();
    CHECK_FALSE(upstream.ended());
    CHECK(f.ledger.rows.empty());
    upstream.send(Fixture::delta(" two") + Fixture::usage_event() + Fixture::done());
    f.loop.settle();
    CHECK(f.row().usage.completion == Tokens{2});
    CHECK_FALSE(f.row().usage.estimated);
  }
  SECTION("a plain one") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(false)));
    client->reset();
    f.loop.settle();
    CHECK_FALSE(upstream.ended());
    upstream.send(Fixture::json_answer(plain_answer));
    f.loop.settle();
    CHECK(f.row().usage.completion == Tokens{1});
    CHECK_FALSE(f.row().usage.estimated);
  }
  SECTION("for as long as is allowed") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    upstream.send(Fixture::stream_head() + Fixture::delta("one"));
    f.loop.settle();
    client->close();
    f.loop.advance(29s);
    CHECK_FALSE(upstream.ended());
    f.loop.advance(1s);
    CHECK(upstream.ended());
    CHECK(f.row().usage.estimated);
  }
  SECTION("but no other target is asked for nobody") {
    auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
    client->close();
    f.loop.settle();
    upstream.close();
    f.loop.settle();
    CHECK(f.seconds.empty());
  }
  REQUIRE(f.ledger.rows.size() == 1);
  CHECK(f.row().outcome == Outcome::cancelled);
  CHECK(f.row().error_code == "client_closed");
}

TEST_CASE("C2 a drain of the server ends answers that nobody waits for, too") {
  Fixture f;
  f.up.hangup.drain = 30s;
  auto client = f.connect();
  auto& upstream = f.ask(*client, Fixture::post(Fixture::chat(true)));
  upstream.send(Fixture::stream_head() + Fixture::delta("one"));
  f.loop.settle();
  client->close();
  f.loop.settle();
  CHECK_FALSE(upstream.ended());
  f.site->cut_streams();
  f.loop.settle();
  CHECK(upstream.ended());
  REQUIRE(f.ledger.rows.size() == 1);
  CHECK(f.row().outcome == Outcome::cancelled);
}

TEST_CASE("C3 a client that does not read holds back its upstream, is cut after a minute and accounted; others go on") {
  Fixture f;
  f.shared.ping = 0s;
  auto lazy = f.connect(false);
  auto& upstream = f.ask(*lazy, Fixture::post(Fixture::chat(true)));
  upstream.send(Fixture::stream_head());
  constexpr int pieces = 4'000;
  for (int i = 0; i < pieces; ++i) upstream.send(Fixture::delta("word "));  // nearly a megabyte
  f.loop.settle();
  f.loop.advance(30s);
  CHECK(f.ledger.rows.empty());
  auto other = f.connect();
  f.ask(*other, Fixture::post(Fixture::chat(false))).send(Fixture::json_answer(plain_answer));
  f.loop.settle();
  CHECK(status_of(other->received()) == "HTTP/1.1 200 OK");
  f.loop.advance(40s);
  CHECK(upstream.ended());
  REQUIRE(f.ledger.rows.size() == 2);
  CHECK(f.row().outcome == Outcome::cancelled);
  CHECK(f.row().usage.estimated);
  CHECK(f.row().usage.completion.value() > 0);
  CHECK(f.row().usage.completion.value() < pieces / 2);  // the rest was not read
}
