// From names to connections in virtual time: the cache of names, the race of addresses, and what the egress rules let through.
#include "fakes/sockets.hpp"
#include "test.hpp"

namespace genai::net {
namespace {

using namespace std::chrono_literals;

struct DialerFixture {
  struct Call {
    Cancellation cancellation;
    std::unique_ptr<Stream> stream;
    Error failed;
    bool done = false;
  };
  static Task<void> run(Dialer& dialer, Endpoint to, MonoTime deadline, Call& call) {
    auto got = co_await dialer.connect(std::move(to), deadline, call.cancellation);
    if (got) call.stream = std::move(*got);
    else call.failed = got.error();
    call.done = true;
  }
  Call& start(const std::string& host = "up.example", Nanoseconds in = 5s) {
    calls.push_back(std::make_unique<Call>());
    tasks.spawn(run(dialer, Endpoint{host, 443}, loop.now() + in, *calls.back()));
    loop.settle();
    return *calls.back();
  }
  ~DialerFixture() {
    for (auto& call : calls) call->cancellation.cancel();
    loop.advance(1min);
  }

  VirtualClock clock;
  VirtualLoop loop{clock};
  fakes::Sockets sockets{loop};
  Dialer dialer{sockets};
  std::vector<std::unique_ptr<Call>> calls;
  TaskGroup tasks;
};

Addresses addresses(const std::vector<std::string>& texts) {
  Addresses result;
  for (const auto& text : texts) result.push_back(*IpAddress::parse(text));
  return result;
}

}  // namespace

TEST_CASE("families take turns, the preferred one first") {
  CHECK(interleaved(addresses({"::1", "::2", "::3", "10.0.0.1"})) == addresses({"::1", "10.0.0.1", "::2", "::3"}));
  CHECK(interleaved(addresses({"10.0.0.1", "10.0.0.2", "::1"})) == addresses({"10.0.0.1", "::1", "10.0.0.2"}));
  CHECK(interleaved({}).empty());
}

TEST_CASE("a name is looked up once, again after half a minute, and then what is known serves meanwhile") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"10.0.0.1"});
  fixture.sockets.connects("10.0.0.1:443");
  fixture.sockets.connects("10.0.0.2:443");
  for (int i = 0; i < 3; ++i) CHECK(fixture.start().stream);
  CHECK(fixture.sockets.look_ups.size() == 1);
  fixture.loop.advance(29s);
  CHECK(fixture.start().stream);
  CHECK(fixture.sockets.look_ups.size() == 1);
  fixture.loop.advance(2s);
  fixture.sockets.name("up.example", {"10.0.0.2"});
  fixture.sockets.hold_look_ups();
  CHECK(fixture.start().stream);
  CHECK(fixture.start().stream);
  CHECK(fixture.sockets.look_ups.size() == 2);
  CHECK(fixture.sockets.connected == "10.0.0.1:443");
  fixture.sockets.answer();
  fixture.loop.settle();
  CHECK(fixture.start().stream);
  CHECK(fixture.sockets.connected == "10.0.0.2:443");
}

TEST_CASE("look-ups of one name are joined; each waiter has its own deadline and may leave") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"10.0.0.1"});
  fixture.sockets.connects("10.0.0.1:443");
  fixture.sockets.hold_look_ups();
  auto& patient = fixture.start();
  auto& hasty = fixture.start("up.example", 1s);
  auto& leaving = fixture.start();
  CHECK(fixture.sockets.look_ups.size() == 1);
  fixture.loop.advance(1s);
  CHECK(hasty.failed.what == "resolving 'up.example' took too long");
  CHECK(hasty.failed.code == Code::upstream_unreachable);
  leaving.cancellation.cancel();
  fixture.loop.settle();
  CHECK(leaving.failed.code == Code::client_closed);
  CHECK_FALSE(patient.done);
  fixture.sockets.answer();
  fixture.loop.settle();
  CHECK(patient.stream);
  CHECK(fixture.sockets.attempts.size() == 1);
}

TEST_CASE("a resolver that is down does not take down what is known, for ten minutes") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"10.0.0.1"});
  fixture.sockets.connects("10.0.0.1:443");
  CHECK(fixture.start().stream);
  fixture.sockets.name("up.example", {});
  fixture.loop.advance(9min);
  CHECK(fixture.start().stream);
  CHECK(fixture.start().stream);
  fixture.loop.advance(2min);
  CHECK(fixture.start().failed.what == "cannot resolve 'up.example': not known");
  fixture.sockets.name("up.example", {"10.0.0.1"});
  CHECK(fixture.start().stream);
}

TEST_CASE("U1: a name that nobody knows is unreachable, and asked for again by the next") {
  DialerFixture fixture;
  auto& call = fixture.start();
  CHECK(call.failed.code == Code::upstream_unreachable);
  CHECK(call.failed.what == "cannot resolve 'up.example': not known");
  CHECK(fixture.sockets.attempts.empty());
  (void)fixture.start();
  CHECK(fixture.sockets.look_ups.size() == 2);
}

TEST_CASE("when all known addresses are dead the name is looked up at once") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"10.0.0.1"});
  fixture.sockets.connects("10.0.0.1:443");
  CHECK(fixture.start().stream);
  fixture.loop.advance(5s);
  fixture.sockets.refuses("10.0.0.1:443");
  SECTION("and it has moved") {
    fixture.sockets.name("up.example", {"10.0.0.2"});
    fixture.sockets.connects("10.0.0.2:443");
    CHECK(fixture.start().stream);
    CHECK(fixture.sockets.connected == "10.0.0.2:443");
    CHECK(fixture.sockets.look_ups.size() == 2);
  }
  SECTION("or it has not, which is not asked more than once a second") {
    CHECK(fixture.start().failed.what == "cannot connect to up.example:443: Connection refused");
    CHECK(fixture.sockets.look_ups.size() == 2);
    CHECK(fixture.start().failed.what == "cannot connect to up.example:443: Connection refused");
    CHECK(fixture.sockets.look_ups.size() == 2);
    fixture.loop.advance(1s);
    (void)fixture.start();
    CHECK(fixture.sockets.look_ups.size() == 3);
  }
}

TEST_CASE("the next address has its turn after a quarter of a second; the first connection wins, the others are closed") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"::1", "::2", "10.0.0.1"});
  fixture.sockets.swallows("[::1]:443");
  fixture.sockets.connects("10.0.0.1:443", 400ms);
  fixture.sockets.connects("[::2]:443", 10ms);
  auto& call = fixture.start();
  CHECK(fixture.sockets.attempts == std::vector<std::string>{"[::1]:443"});
  fixture.loop.advance(249ms);
  CHECK(fixture.sockets.attempts.size() == 1);
  fixture.loop.advance(1ms);
  CHECK(fixture.sockets.attempts == std::vector<std::string>{"[::1]:443", "10.0.0.1:443"});
  fixture.loop.advance(250ms);
  CHECK(fixture.sockets.attempts.size() == 3);
  CHECK_FALSE(call.done);
  fixture.loop.advance(10ms);
  CHECK(call.stream);
  CHECK(fixture.sockets.connected == "[::2]:443");
  CHECK(fixture.sockets.abandoned == std::vector<std::string>{"[::1]:443", "10.0.0.1:443"});
}

TEST_CASE("an address that refuses makes room for the next at once, also while others are under way") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"::1", "10.0.0.1", "::2", "::3"});
  fixture.sockets.swallows("[::1]:443");
  fixture.sockets.connects("[::3]:443");
  auto& call = fixture.start();
  fixture.loop.advance(250ms);
  CHECK(call.stream);
  CHECK(fixture.sockets.attempts == std::vector<std::string>{"[::1]:443", "10.0.0.1:443", "[::2]:443", "[::3]:443"});
}

TEST_CASE("U1: no connection in five seconds, however many addresses there are") {
  DialerFixture fixture;
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) {
    many.push_back("10.0.0." + std::to_string(i));
    fixture.sockets.swallows(many.back() + ":443");
  }
  fixture.sockets.name("up.example", many);
  auto& call = fixture.start();
  fixture.loop.advance(4999ms);
  CHECK_FALSE(call.done);
  fixture.loop.advance(1ms);
  CHECK(call.failed.what == "cannot connect to up.example:443: no connection in time");
  CHECK(call.failed.code == Code::upstream_unreachable);
}

TEST_CASE("who leaves during the race takes all attempts along") {
  DialerFixture fixture;
  fixture.sockets.name("up.example", {"10.0.0.1", "10.0.0.2"});
  fixture.sockets.swallows("10.0.0.1:443");
  fixture.sockets.swallows("10.0.0.2:443");
  auto& call = fixture.start();
  fixture.loop.advance(300ms);
  call.cancellation.cancel();
  fixture.loop.settle();
  CHECK(call.failed.code == Code::client_closed);
  CHECK(fixture.sockets.abandoned.size() == 2);
}

TEST_CASE("a literal address needs no look-up") {
  DialerFixture fixture;
  fixture.sockets.connects("[::7]:443");
  CHECK(fixture.start("::7").stream);
  CHECK(fixture.start("10.9.9.9").failed.what == "cannot connect to 10.9.9.9:443: Connection refused");
  CHECK(fixture.sockets.look_ups.empty());
}

TEST_CASE("more names than are remembered: the oldest are looked up again") {
  DialerFixture fixture;
  fixture.sockets.connects("10.0.0.1:443");
  for (std::size_t i = 0; i <= Names::most_names; ++i) {
    const auto host = "h" + std::to_string(i);
    fixture.sockets.name(host, {"10.0.0.1"});
    CHECK(fixture.start(host).stream);
    fixture.loop.advance(1ms);
  }
  const auto so_far = fixture.sockets.look_ups.size();
  CHECK(fixture.start("h1").stream);
  CHECK(fixture.sockets.look_ups.size() == so_far);
  CHECK(fixture.start("h0").stream);
  CHECK(fixture.sockets.look_ups.size() == so_far + 1);
}

// ---- egress

TEST_CASE("egress rules: names, what is below them, addresses and ranges, with and without ports") {
  Egress rules;
  for (const std::string_view rule : {"API.example", "*.below.example", "only.example:8443", "10.0.0.0/8", "192.0.2.7:80", "[2001:db8::1]:443", "fd00::/8"}) REQUIRE(rules.allow(rule).has_value());
  using enum Egress::Verdict;
  const auto judged = [&](const std::string& host, std::uint16_t port = 443) { return rules.judge({host, port}); };
  CHECK(judged("api.example") == allowed);
  CHECK(judged("Api.Example.", 80) == allowed);
  CHECK(judged("a.below.example") == allowed);
  CHECK(judged("below.example") == by_address);
  CHECK(judged("only.example", 8443) == allowed);
  CHECK(judged("only.example") == by_address);
  CHECK(judged("10.1.2.3") == allowed);
  CHECK(judged("11.1.2.3") == refused);
  CHECK(judged("::ffff:10.1.2.3") == allowed);
  CHECK(judged("192.0.2.7", 80) == allowed);
  CHECK(judged("192.0.2.7", 443) == refused);
  CHECK(judged("2001:db8::1", 443) == allowed);
  CHECK(judged("2001:db8::1", 80) == refused);
  CHECK(judged("127.0.0.1") == refused);
  CHECK(judged("/run/some.sock") == allowed);
  Egress names;
  REQUIRE(names.allow("api.example").has_value());
  CHECK(names.judge({"evil-api.example", 443}) == refused);
  CHECK(names.judge({"other.example", 443}) == refused);
  CHECK(Egress().judge({"api.example", 443}) == refused);
}

TEST_CASE("egress rules that mean nothing are refused") {
  for (const std::string_view rule : {"", "*", "*.", ".example", "a b", "https://a.example", "a.example/path", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.300", "a.example:0", "a.example:65536",
                                      "a.example:x", "[::1", "[::1]x", "user@a.example", "a.*.example"}) {
    INFO(rule);
    Egress rules;
    CHECK_FALSE(rules.allow(rule).has_value());
  }
}

TEST_CASE("C5: with rules nothing else is connected to, and what is refused is not even looked up") {
  DialerFixture fixture;
  auto rules = std::make_shared<Egress>();
  REQUIRE(rules->allow("named.example").has_value());
  fixture.sockets.name("named.example", {"203.0.113.5"});
  fixture.sockets.name("up.example", {"203.0.113.5", "10.0.0.1"});
  fixture.sockets.name("elsewhere.example", {"203.0.113.6"});
  for (const auto* place : {"203.0.113.5:443", "10.0.0.1:443", "203.0.113.6:443"}) fixture.sockets.connects(place);
  SECTION("names alone") {
    fixture.dialer.allow_only(rules);
    CHECK(fixture.start("named.example").stream);
    CHECK(fixture.start("up.example").failed.what == "cannot connect to up.example:443: it is not in egress.allow");
    CHECK(fixture.start("203.0.113.5").failed.code == Code::upstream_unreachable);
    CHECK(fixture.sockets.look_ups == std::vector<std::string>{"named.example"});
    CHECK(fixture.sockets.attempts.size() == 1);
  }
  SECTION("ranges: of a name's addresses those that are listed") {
    REQUIRE(rules->allow("10.0.0.0/8").has_value());
    fixture.dialer.allow_only(rules);
    CHECK(fixture.start("up.example").stream);
    CHECK(fixture.sockets.attempts == std::vector<std::string>{"10.0.0.1:443"});
    CHECK(fixture.start("elsewhere.example").failed.what == "cannot connect to elsewhere.example:443: neither its name nor any of its addresses is in egress.allow");
    CHECK(fixture.sockets.attempts.size() == 1);
  }
}

}  // namespace genai::net
