// Tokens in virtual time: one fetch however many wait, a new one before the end of the old, and what happens when there is none.
#include "features/providers/google_credentials.hpp"

#include <optional>

#include "fakes/network.hpp"
#include "fakes/rsa_key.hpp"
#include "fakes/wire.hpp"
#include "features/providers/google_account.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;
using namespace std::chrono_literals;

namespace {

const net::Endpoint tokens_at{"tokens.example", 80};

struct Asked {
  std::string head;   // what was proven
  Error failed;
  bool done = false;
  net::Cancellation cancellation;
};

struct Fixture {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  http::Client client{network};
  std::vector<std::unique_ptr<fakes::Wire>> peers;
  net::TaskGroup tasks;
  std::unique_ptr<Credentials> credentials;

  Fixture() {
    network.listen(tokens_at, [this](std::unique_ptr<net::Stream> stream) { peers.push_back(std::make_unique<fakes::Wire>(std::move(stream))); });
    ProviderConfig config;
    config.google.account = std::make_shared<const ServiceAccount>(ServiceAccount{"a@b", "k", Secret(fakes::rsa_key), "http://tokens.example/token"});
    credentials = make_google_credentials(config, client, loop);
  }
  ~Fixture() {
    credentials.reset();
    tasks.spawn(closing());
    loop.settle();
    CHECK(tasks.size() == 0);  // nothing that runs beside holds it up
    for (auto& peer : peers) peer->close();
    loop.settle();
  }
  net::Task<void> closing() { co_await client.close(); }

  net::Task<void> prove(Asked& asked, MonoTime by) {
    auto ready = co_await credentials->prepare(by, asked.cancellation);
    if (ready) {
      const Secret none;
      const Outgoing request{"/", "", none, loop.clock().wall_now()};
      if (auto proven = credentials->append(asked.head, request); !proven) asked.failed = proven.error();
    } else {
      asked.failed = ready.error();
    }
    asked.done = true;
  }
  void ask(Asked& asked, Nanoseconds within = 60s) {
    tasks.spawn(prove(asked, loop.now() + within));
    loop.settle();
  }
  void answer(int status, const std::string& body) {
    peers.back()->send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    loop.settle();
  }
  void give(const std::string& token, int lifetime = 3600) { answer(200, R"({"access_token":")" + token + R"(","expires_in":)" + std::to_string(lifetime) + "}"); }
  std::string now() {
    Asked asked;
    ask(asked);
    REQUIRE(asked.done);
    return asked.head;
  }
};

std::string line(const std::string& token) { return "Authorization: Bearer " + token + "\r\n"; }
std::string_view code(const Asked& asked) { return row(asked.failed.code).name; }

}  // namespace

TEST_CASE("one fetch, however many wait", "[providers]") {
  Fixture test;
  Asked asked[3];
  for (auto& one : asked) test.ask(one);
  CHECK(test.peers.size() == 1);
  CHECK(test.peers[0]->received().starts_with("POST /token HTTP/1.1\r\nHost: tokens.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  CHECK_FALSE(asked[0].done);
  test.give("t1");
  for (auto& one : asked) CHECK(one.head == line("t1"));
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 1);
}

TEST_CASE("a token is fetched anew while the old one holds, and nobody waits", "[providers]") {
  Fixture test;
  Asked first;
  test.ask(first);
  test.give("t1");
  test.loop.advance(54min);
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 1);
  test.loop.advance(1min + 1s);
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 2);
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 2);
  test.give("t2");
  CHECK(test.now() == line("t2"));
}

TEST_CASE("an old token goes on while a new one cannot be had, with pauses", "[providers]") {
  Fixture test;
  Asked first;
  test.ask(first);
  test.give("t1");
  test.loop.advance(56min);
  CHECK(test.now() == line("t1"));
  test.answer(503, "");
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 2);
  test.loop.advance(31s);
  CHECK(test.now() == line("t1"));
  CHECK(test.peers.size() == 3);
  test.answer(503, "");
  test.loop.advance(4min);  // the old one is over
  Asked last;
  test.ask(last);
  CHECK_FALSE(last.done);
  test.answer(400, R"({"error":"invalid_grant"})");
  CHECK(code(last) == "upstream_auth");
  Asked again;
  test.ask(again);
  CHECK(test.peers.size() == 5);
  test.give("t2");
  CHECK(again.head == line("t2"));
}

TEST_CASE("tokens that hold for a moment are used for half of it", "[providers]") {
  Fixture test;
  Asked first;
  test.ask(first);
  test.give("t1", 4);
  CHECK(first.head == line("t1"));
  test.loop.advance(1s);
  CHECK(test.now() == line("t1"));
  test.loop.advance(2s);
  Asked next;
  test.ask(next);
  CHECK_FALSE(next.done);
  test.give("t2", 4);
  CHECK(next.head == line("t2"));
}

TEST_CASE("a token that was refused is not used again", "[providers]") {
  Fixture test;
  Asked first;
  test.ask(first);
  test.give("t1");
  test.credentials->refused();
  Asked next;
  test.ask(next);
  CHECK_FALSE(next.done);
  test.give("t2");
  CHECK(next.head == line("t2"));
}

TEST_CASE("who leaves, or has no more time, ends alone", "[providers]") {
  Fixture test;
  Asked leaves, hurries, stays;
  test.ask(leaves);
  test.ask(hurries, 1s);
  test.ask(stays);
  leaves.cancellation.cancel();
  test.loop.settle();
  CHECK(code(leaves) == "client_closed");
  test.loop.advance(1s);
  CHECK(code(hurries) == "upstream_timeout");
  CHECK_FALSE(stays.done);
  test.give("t1");
  CHECK(stays.head == line("t1"));
}

TEST_CASE("an endpoint for tokens that is silent, or not there", "[providers]") {
  Fixture test;
  Asked asked;
  test.ask(asked);
  test.loop.advance(10s);
  CHECK(code(asked) == "upstream_timeout");
  test.network.close(tokens_at);
  Asked next;
  test.ask(next);
  CHECK(code(next) == "upstream_unreachable");
}

TEST_CASE("a fetch under way does not outlive its client", "[providers]") {
  Fixture test;
  Asked asked;
  test.ask(asked);
  asked.cancellation.cancel();
  test.loop.settle();
  CHECK(asked.done);
}
