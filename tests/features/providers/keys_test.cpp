// Keys that change: files that are read again, commands that are asked again, and what stays when they fail.
#include <sys/stat.h>

#include "fakes/network.hpp"
#include "fakes/scratch.hpp"
#include "features/providers/credentials.hpp"
#include "features/providers/keys.hpp"
#include "platform/net/loop.hpp"
#include "test.hpp"

namespace genai::providers {
namespace {

using namespace std::chrono_literals;
using Source = config::SecretSource::Kind;

struct KeysFixture {
  explicit KeysFixture(Source from, const std::string& reference, Nanoseconds refresh = 10min) {
    put("first");
    ProviderConfig provider;
    provider.name = "far";
    provider.type = ProviderType::openai_compatible;
    provider.api_key = Secret("first");
    provider.key_source = {.kind = from, .reference = reference, .directory = scratch.path()};
    provider.key_refresh = refresh;
    providers.push_back(std::move(provider));
    keeper = std::make_unique<KeyKeeper>(providers, clock, [this](const std::string& what) { reports.push_back(what); });
  }
  // A new file each time, as who rotates keys with care does it.
  void put(std::string_view text, mode_t mode = 0600) {
    const auto fresh = scratch / "fresh";
    fakes::write_content(fresh, text);
    ::chmod(fresh.c_str(), mode);
    std::filesystem::rename(fresh, scratch / "key");
  }
  void turn_in(Nanoseconds wait) {
    clock.advance(wait);
    (void)keeper->turn();
  }
  std::string line() {
    std::string head;
    REQUIRE(credentials().append(head, Outgoing{"/v1", "", none, clock.wall_now()}).has_value());
    return head;
  }
  Credentials& credentials() {
    if (!credentials_) credentials_ = make_credentials(providers.front(), kind(ProviderType::openai_compatible), client, loop);
    return *credentials_;
  }
  LiveKey& key() { return *providers.front().live_key; }
  // How often the command ran.
  std::size_t runs() const { return fakes::content(scratch / "runs").size(); }

  fakes::Scratch scratch;
  net::VirtualClock clock;
  net::VirtualLoop loop{clock};
  fakes::Network network{loop};
  http::Client client{network};
  const Secret none;
  std::vector<ProviderConfig> providers;
  std::vector<std::string> reports;
  std::unique_ptr<KeyKeeper> keeper;
  std::unique_ptr<Credentials> credentials_;
};

const std::string counting = "command:sh -c 'printf x >> runs; cat key'";

}  // namespace

TEST_CASE("C4: a key in a file is read again when the file changes, and requests carry it") {
  KeysFixture fixture(Source::file, "file:key");
  CHECK(fixture.line() == "Authorization: Bearer first\r\n");
  fixture.turn_in(1s);
  CHECK(fixture.key().version() == 1);
  fixture.put("second\n");
  fixture.turn_in(1s);
  CHECK(fixture.line() == "Authorization: Bearer second\r\n");
  CHECK(fixture.reports == std::vector<std::string>{"the key of provider 'far' has been replaced"});
}

TEST_CASE("C4: a file is looked at once a second at most") {
  KeysFixture fixture(Source::file, "file:key");
  const auto next = fixture.keeper->turn();
  CHECK(next == fixture.clock.now() + 1s);
  fixture.put("second");
  fixture.turn_in(999ms);
  CHECK(fixture.key().current().reveal() == "first");
  fixture.turn_in(1ms);
  CHECK(fixture.key().current().reveal() == "second");
}

TEST_CASE("C4: a file that cannot be used leaves the last good key, is told once, and is tried again") {
  KeysFixture fixture(Source::file, "file:key");
  fixture.turn_in(1s);
  SECTION("empty") { fixture.put(""); }
  SECTION("for everyone to read") { fixture.put("second", 0644); }
  SECTION("gone") { std::filesystem::remove(fixture.scratch / "key"); }
  for (int i = 0; i < 3; ++i) fixture.turn_in(1s);
  CHECK(fixture.line() == "Authorization: Bearer first\r\n");
  REQUIRE(fixture.reports.size() == 1);
  CHECK(fixture.reports[0].starts_with("the key of provider 'far' stays as it was: "));
  CHECK(fixture.reports[0].find("first") == std::string::npos);
  CHECK(fixture.reports[0].find("second") == std::string::npos);
  CHECK(fixture.keeper->failures() == 3);
  fixture.put("third");
  fixture.turn_in(1s);
  CHECK(fixture.line() == "Authorization: Bearer third\r\n");
  CHECK(fixture.reports.size() == 2);
}

TEST_CASE("C4: a command is asked again when its time has come") {
  KeysFixture fixture(Source::command, counting, 5min);
  (void)fixture.keeper->turn();
  CHECK(fixture.runs() == 0);
  fixture.put("second");
  fixture.turn_in(299s);
  CHECK(fixture.runs() == 0);
  fixture.turn_in(1s);
  CHECK(fixture.runs() == 1);
  CHECK(fixture.line() == "Authorization: Bearer second\r\n");
}

TEST_CASE("C4: a key that the provider refuses is looked for at once, but not more than every ten seconds") {
  KeysFixture fixture(Source::command, counting);
  fixture.put("second");
  fixture.key().refused();
  fixture.key().refused();
  (void)fixture.keeper->turn();
  CHECK(fixture.runs() == 1);
  CHECK(fixture.line() == "Authorization: Bearer second\r\n");
  fixture.key().refused();
  CHECK(fixture.keeper->turn() == fixture.clock.now() + 10s);
  CHECK(fixture.runs() == 1);
  fixture.turn_in(10s);
  CHECK(fixture.runs() == 2);
  fixture.turn_in(10s);
  CHECK(fixture.runs() == 2);
}

TEST_CASE("C4: a command that fails is asked again sooner, and the key stays") {
  KeysFixture fixture(Source::command, "command:sh -c 'printf x >> runs; exit 7'");
  fixture.turn_in(10min);
  CHECK(fixture.runs() == 1);
  CHECK(fixture.reports == std::vector<std::string>{"the key of provider 'far' stays as it was: the command 'sh' ended with exit status 7"});
  fixture.turn_in(30s);
  CHECK(fixture.runs() == 2);
  CHECK(fixture.reports.size() == 1);
  CHECK(fixture.line() == "Authorization: Bearer first\r\n");
}

TEST_CASE("C4: keys that cannot change are nobody's work") {
  KeysFixture fixture(Source::variable, "env:KEY");
  CHECK(fixture.keeper->empty());
  CHECK_FALSE(fixture.providers.front().live_key);
  CHECK(fixture.keeper->turn() == MonoTime::max());
  CHECK(fixture.line() == "Authorization: Bearer first\r\n");
}

TEST_CASE("C4: the keeper's thread ends when it is asked to, whatever it waits for") {
  KeysFixture fixture(Source::command, counting);
  fixture.keeper->start();
  fixture.key().refused();
  fixture.keeper.reset();
  fixture.key().refused();
}

}  // namespace genai::providers
