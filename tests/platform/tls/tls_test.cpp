#include "platform/tls/tls.hpp"

#include <sys/stat.h>

#include "fakes/certificates.hpp"
#include "fakes/scratch.hpp"
#include "fakes/wire.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/memory.hpp"
#include "test.hpp"

namespace genai::tls {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

struct Attempt {
  std::optional<Result<std::unique_ptr<net::Stream>>> result;
  net::Cancellation cancellation;
  std::string why() const { return result && result->has_error() ? result->error().what : "no error"; }
  Code code() const { return result && result->has_error() ? result->error().code : Code::internal; }
};

net::Task<void> connect(Remote& remote, std::unique_ptr<net::Stream> stream, MonoTime deadline, Attempt& attempt) {
  attempt.result = co_await remote.connect(std::move(stream), deadline, attempt.cancellation);
}

struct Fixture {
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Scratch dir;
  fakes::Identity authority{"Test CA"};
  std::vector<std::string> reports;
  std::shared_ptr<Workspace> workspace = make_workspace();
  std::unique_ptr<Server> server;
  std::shared_ptr<const Trust> trust;
  net::TaskGroup tasks;

  Fixture() {
    fakes::write_content(dir / "ca.pem", authority.certificate_pem());
    install(fakes::Identity("server", &authority, "DNS:server.example,DNS:*.wild.example,IP:127.0.0.1"));
    auto opened = open();
    REQUIRE(opened.has_value());
    server = std::move(*opened);
    trust = *Trust::of_file(dir / "ca.pem");
  }
  ~Fixture() {
    loop.advance(1min);
  }
  void install(const fakes::Identity& identity, bool with_key = true) const {
    fakes::write_content(dir / "server.pem", identity.certificate_pem() + authority.certificate_pem());
    if (with_key) fakes::write_content(dir / "server.key", identity.key_pem());
    ::chmod((dir / "server.key").c_str(), 0600);
  }
  Result<std::unique_ptr<Server>> open() {
    return Server::open({.certificate = dir / "server.pem", .key = dir / "server.key"}, clock, [this](std::string text) { reports.push_back(std::move(text)); });
  }
  // Both ends of a connection that has shaken hands.
  struct Ends {
    std::unique_ptr<net::Stream> client, server;
  };
  Ends ends(Remote& remote, std::size_t capacity = 64 * 1024) {
    auto [near, far] = net::make_stream_pair(loop, capacity);
    Ends made;
    made.server = server->accept(std::move(far), workspace);
    Attempt attempt;
    tasks.spawn(connect(remote, std::move(near), loop.now() + 5s, attempt));
    net::IoResult now;
    struct Ignored final : net::Completion {
      void complete(net::IoResult) override {}
    } ignored;
    const std::string_view nothing[] = {""};
    made.server->start_write(nothing, now, ignored);  // makes it begin
    loop.settle();
    INFO(attempt.why());
    REQUIRE(attempt.result);
    REQUIRE(attempt.result->has_value());
    made.client = std::move(**attempt.result);
    return made;
  }
  Remote remote(std::string host = "server.example") const { return Remote(trust, std::move(host), workspace); }
  // Why a handshake with `host` fails.
  std::string refusal(const std::string& host, std::shared_ptr<const Trust> with) {
    Remote to(std::move(with), host, workspace);
    auto [near, far] = net::make_stream_pair(loop);
    fakes::Wire served(server->accept(std::move(far), workspace));
    Attempt attempt;
    tasks.spawn(connect(to, std::move(near), loop.now() + 5s, attempt));
    loop.settle();
    CHECK(served.ended());
    CHECK(served.error());
    if (attempt.result && attempt.result->has_error()) CHECK(attempt.code() == Code::upstream_unreachable);
    return attempt.why();
  }
};

std::string numbers(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + " ";
  return text;
}

struct Outcome final : net::Completion {
  std::optional<net::IoResult> result;
  void complete(net::IoResult it) override { result = it; }
};

}  // namespace

TEST_CASE("bytes pass both ways, over TLS 1.3 with ALPN") {
  Fixture fixture;
  auto remote = fixture.remote();
  auto [client, server] = fixture.ends(remote);
  CHECK(facts_of(*client).protocol == "TLSv1.3");
  CHECK(facts_of(*client).alpn == "http/1.1");
  CHECK(facts_of(*server).alpn == "http/1.1");
  CHECK(client->peer() == "memory");
  fakes::Wire near(std::move(client)), far(std::move(server));
  near.send("ping");
  fixture.loop.settle();
  CHECK(far.received() == "ping");
  far.send("pong");
  far.send(" pong");
  fixture.loop.settle();
  CHECK(near.received() == "pong pong");
  near.close();
  far.close();
}

TEST_CASE("names, wildcards and addresses that the certificate has are accepted") {
  Fixture fixture;
  for (const auto host : {"server.example", "SERVER.example", "a.wild.example", "127.0.0.1"}) {
    INFO(host);
    auto remote = fixture.remote(host);
    auto made = fixture.ends(remote);
    CHECK(facts_of(*made.client).protocol == "TLSv1.3");
  }
}

TEST_CASE("a certificate for another name or of an unknown authority is refused") {
  Fixture fixture;
  CHECK(fixture.refusal("other.example", fixture.trust) == "no TLS connection to other.example: its certificate is for another name");
  CHECK(fixture.refusal("127.0.0.2", fixture.trust) == "no TLS connection to 127.0.0.2: its certificate is for another name");
  CHECK(fixture.refusal("a.b.wild.example", fixture.trust) == "no TLS connection to a.b.wild.example: its certificate is for another name");
  CHECK_THAT(fixture.refusal(std::string(300, 'x'), fixture.trust), Contains("no TLS connection to "));
  const fakes::Identity stranger("Other CA");
  fakes::write_content(fixture.dir / "other.pem", stranger.certificate_pem());
  CHECK_THAT(fixture.refusal("server.example", *Trust::of_file(fixture.dir / "other.pem")), Contains("its certificate is not trusted: "));
  CHECK_THAT(fixture.refusal("server.example", *Trust::system()), Contains("its certificate is not trusted: "));
}

TEST_CASE("large and gathered writes arrive whole through narrow pipes") {
  Fixture fixture;
  const auto text = numbers(300'000);
  for (const std::size_t capacity : {std::size_t{7}, std::size_t{5'000}, std::size_t{1} << 20}) {
    INFO(capacity);
    auto remote = fixture.remote();
    auto [client, server] = fixture.ends(remote, capacity);
    fakes::Wire far(std::move(server));
    const auto size = capacity < 100 ? std::size_t{3'000} : text.size();
    const std::string_view all = std::string_view(text).substr(0, size);
    const std::string_view parts[] = {all.substr(0, 10), "", all.substr(10, 400), all.substr(410, size - 430), all.substr(size - 20, 19), all.substr(size - 1)};
    Outcome done;
    net::IoResult now;
    const bool at_once = client->start_write(parts, now, done);
    fixture.loop.settle();
    const auto result = at_once ? std::optional(now) : done.result;
    REQUIRE(result);
    CHECK(result->ok());
    CHECK(result->bytes == size);
    CHECK((far.received() == all));
    far.close();
    client->close();
    fixture.loop.settle();
  }
}

TEST_CASE("a reader with little room gets everything, and what is left over waits for it") {
  Fixture fixture;
  auto remote = fixture.remote();
  auto [client, server] = fixture.ends(remote);
  const auto text = numbers(40'000);
  fakes::Wire near(std::move(client)), far(std::move(server), false);
  near.send(text);
  for (std::size_t most = 1; far.received().size() < text.size(); most = most % 5'000 + 777) {
    const auto before = far.received().size();
    far.read(most);
    fixture.loop.settle();
    REQUIRE(far.received().size() > before);
  }
  CHECK((far.received() == text));
  near.close();
  far.close();
}

TEST_CASE("an orderly end reads as the end, a connection cut off as an error") {
  Fixture fixture;
  auto remote = fixture.remote();
  {
    auto [client, server] = fixture.ends(remote);
    fakes::Wire near(std::move(client)), far(std::move(server));
    near.send("last words");
    near.finish_writing();
    fixture.loop.settle();
    CHECK(far.received() == "last words");
    CHECK(far.ended());
    CHECK_FALSE(far.error());
    far.send("an answer all the same");
    fixture.loop.settle();
    CHECK(near.received() == "an answer all the same");
    far.close();
    fixture.loop.settle();
    CHECK(near.ended());
    CHECK_FALSE(near.error());
  }
  auto [near, far] = net::make_stream_pair(fixture.loop);
  auto [relay_near, relay_far] = net::make_stream_pair(fixture.loop);
  // A man in the middle who passes all on, and then cuts.
  fakes::Wire middle(std::move(far)), outer(std::move(relay_near));
  fakes::Wire served(fixture.server->accept(std::move(relay_far), fixture.workspace));
  Attempt attempt;
  fixture.tasks.spawn(connect(remote, std::move(near), fixture.loop.now() + 5s, attempt));
  for (int i = 0; i < 5; ++i) {
    fixture.loop.settle();
    outer.send(middle.take());
    fixture.loop.settle();
    middle.send(outer.take());
  }
  fixture.loop.settle();
  REQUIRE(attempt.result);
  REQUIRE(attempt.result->has_value());
  fakes::Wire client(std::move(**attempt.result));
  fixture.loop.settle();
  middle.close();
  fixture.loop.settle();
  CHECK(client.ended());
  CHECK(client.error() == std::errc::connection_aborted);
  outer.send("these bytes are no record");
  fixture.loop.settle();
  CHECK(served.ended());
  CHECK(served.error() == std::errc::protocol_error);
  client.close();
  served.close();
}

TEST_CASE("close() ends both waits, later, with operation_canceled") {
  Fixture fixture;
  auto remote = fixture.remote();
  auto [client, server] = fixture.ends(remote, 1'000);
  Outcome read, write;
  char room[100];
  net::IoResult now;
  const auto text = numbers(500'000);
  const std::string_view part[] = {text};
  client->start_read(room, read);
  CHECK_FALSE(client->start_write(part, now, write));
  fixture.loop.settle();
  client->close();
  CHECK_FALSE(read.result);
  CHECK_FALSE(write.result);
  fixture.loop.settle();
  CHECK(read.result->error == std::errc::operation_canceled);
  CHECK(write.result->error == std::errc::operation_canceled);
  server->close();
  // Before the handshake, too.
  auto [near, far] = net::make_stream_pair(fixture.loop);
  auto waiting = fixture.server->accept(std::move(far), fixture.workspace);
  Outcome early_read, early_write;
  waiting->start_read(room, early_read);
  CHECK_FALSE(waiting->start_write(part, now, early_write));
  fixture.loop.settle();
  waiting->close();
  fixture.loop.settle();
  CHECK(early_read.result->error);
  CHECK(early_write.result->error == std::errc::operation_canceled);
}

TEST_CASE("the next connection resumes the session, also after the certificate was replaced") {
  Fixture fixture;
  auto remote = fixture.remote();
  const auto talk = [&] {
    auto [client, server] = fixture.ends(remote);
    const bool resumed = facts_of(*client).resumed;
    CHECK(facts_of(*server).resumed == resumed);
    fakes::Wire near(std::move(client)), far(std::move(server));
    far.send("tickets come before this");
    fixture.loop.settle();
    near.close();
    far.close();
    fixture.loop.settle();
    return resumed;
  };
  CHECK_FALSE(talk());
  CHECK(talk());
  CHECK(talk());
  fixture.install(fakes::Identity("renewed", &fixture.authority, "DNS:server.example"));
  fixture.loop.advance(2s);
  CHECK(talk());
  CHECK(fixture.reports.empty());
  auto another = fixture.remote();
  CHECK_FALSE(facts_of(*fixture.ends(another).client).resumed);
}

TEST_CASE("a replaced certificate serves the connections that follow; one that cannot be used is reported once and the old one stays") {
  Fixture fixture;
  const fakes::Identity renewed("renewed", &fixture.authority, "DNS:renewed.example");
  CHECK(fixture.refusal("renewed.example", fixture.trust) != "no error");
  fixture.install(renewed, false);  // the key is still the old one
  fixture.loop.advance(2s);
  auto old = fixture.remote();
  fixture.ends(old);
  REQUIRE(fixture.reports.size() == 1);
  CHECK_THAT(fixture.reports[0], Contains("the certificate in use stays: ") && Contains("server.key") && Contains("not the key of the certificate"));
  fixture.loop.advance(2s);
  fixture.ends(old);
  CHECK(fixture.reports.size() == 1);
  fixture.install(renewed);
  auto next = fixture.remote("renewed.example");
  CHECK(fixture.refusal("renewed.example", fixture.trust) != "no error");  // looked at no more than once a second
  fixture.loop.advance(2s);
  fixture.ends(next);
  CHECK(fixture.reports.size() == 1);
}

TEST_CASE("P3: certificates and keys that cannot be used are refused, naming the file") {
  Fixture fixture;
  const auto why = [&] {
    const auto opened = fixture.open();
    REQUIRE(opened.has_error());
    CHECK(opened.error().code == Code::config_error);
    return opened.error().what;
  };
  const auto key = fakes::content(fixture.dir / "server.key");
  const auto certificate = fakes::content(fixture.dir / "server.pem");
  ::chmod((fixture.dir / "server.key").c_str(), 0644);
  CHECK(why() == (fixture.dir / "server.key").string() + ": everyone on this machine may read this key; take that away: chmod o-rw");
  ::chmod((fixture.dir / "server.key").c_str(), 0600);
  fakes::write_content(fixture.dir / "server.key", "no key");
  CHECK_THAT(why(), Contains("server.key: it holds no private key in PEM form without a password"));
  fakes::write_content(fixture.dir / "server.key", fakes::Identity("x").key_pem());
  CHECK_THAT(why(), Contains("server.key: it is not the key of the certificate"));
  fakes::write_content(fixture.dir / "server.key", key);
  fakes::write_content(fixture.dir / "server.pem", "no certificate");
  CHECK_THAT(why(), Contains("server.pem: it holds no certificate in PEM form"));
  std::filesystem::remove(fixture.dir / "server.pem");
  CHECK_THAT(why(), Contains("server.pem: cannot be read: No such file or directory"));
  std::filesystem::create_directory(fixture.dir / "server.pem");
  CHECK_THAT(why(), Contains("server.pem: cannot be read: "));
  CHECK_THAT(Trust::of_file(fixture.dir / "none.pem").error().what, Contains("none.pem: cannot be read: No such file or directory"));
  CHECK_THAT(Trust::of_file(fixture.dir / "server.key").error().what, Contains("server.key: it holds no certificate in PEM form"));
}

TEST_CASE("a client that speaks no TLS is closed") {
  Fixture fixture;
  auto [near, far] = net::make_stream_pair(fixture.loop);
  fakes::Wire client(std::move(near)), served(fixture.server->accept(std::move(far), fixture.workspace));
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  fixture.loop.settle();
  CHECK(served.ended());
  CHECK(served.error());
  CHECK(client.ended());
  CHECK_FALSE(client.error());
}

TEST_CASE("handshakes have a deadline and can be cancelled") {
  Fixture fixture;
  {
    auto [near, far] = net::make_stream_pair(fixture.loop);
    fakes::Wire silent(std::move(near)), served(fixture.server->accept(std::move(far), fixture.workspace));
    fixture.loop.advance(9s);
    CHECK_FALSE(served.ended());
    fixture.loop.advance(2s);
    CHECK(served.ended());
    CHECK(silent.ended());
  }
  auto remote = fixture.remote();
  Attempt late, cancelled, gone;
  auto [near1, far1] = net::make_stream_pair(fixture.loop);
  fixture.tasks.spawn(connect(remote, std::move(near1), fixture.loop.now() + 5s, late));
  auto [near2, far2] = net::make_stream_pair(fixture.loop);
  fixture.tasks.spawn(connect(remote, std::move(near2), fixture.loop.now() + 5s, cancelled));
  auto [near3, far3] = net::make_stream_pair(fixture.loop);
  fixture.tasks.spawn(connect(remote, std::move(near3), fixture.loop.now() + 5s, gone));
  fixture.loop.settle();
  cancelled.cancellation.cancel();
  far3->close();
  fixture.loop.settle();
  CHECK(cancelled.code() == Code::client_closed);
  CHECK(gone.why() == "no TLS connection to server.example: the connection ended during the handshake");
  CHECK_FALSE(late.result);
  fixture.loop.advance(6s);
  CHECK(late.why() == "no TLS connection to server.example: no handshake in time");
  CHECK(late.code() == Code::upstream_unreachable);
}

}  // namespace genai::tls
