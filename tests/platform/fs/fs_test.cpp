#include <fcntl.h>
#include <unistd.h>

#include "fakes/scratch.hpp"
#include "platform/fs/crc32c.hpp"
#include "platform/fs/file.hpp"
#include "platform/fs/lock_file.hpp"
#include "platform/fs/spool.hpp"
#include "test.hpp"

namespace genai::fs {
namespace {

using Kind = SpoolItem::Kind;

std::vector<std::string> records(std::string_view bytes, Kind& end) {
  std::vector<std::string> found;
  auto item = read_spool(bytes, 0);
  for (; item.kind == Kind::record; item = read_spool(bytes, item.next)) found.emplace_back(item.content);
  end = item.kind;
  return found;
}

std::string spool_of(std::initializer_list<std::string_view> contents) {
  std::string bytes;
  for (const auto content : contents) append_spool_record(bytes, content);
  return bytes;
}

TEST_CASE("crc32c: the check value of RFC 3720, by table and by instruction") {
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(detail::crc32c_by_table("123456789", 0) == 0xE3069283);
  CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283);
}

TEST_CASE("spool: what is appended is read back, across reopening") {
  const fakes::Scratch dir;
  {
    auto spool = Spool::open(dir / "spool");
    REQUIRE(spool.has_value());
    CHECK(spool->append(spool_of({"one", ""})).has_value());
    CHECK(spool->append(spool_of({"three"})).has_value());
  }
  auto spool = Spool::open(dir / "spool");
  REQUIRE(spool.has_value());
  const auto map = spool->read();
  REQUIRE(map.has_value());
  Kind end{};
  CHECK(records({map->bytes().data(), map->bytes().size()}, end) == std::vector<std::string>{"one", "", "three"});
  CHECK(end == Kind::end);
  CHECK(spool->clear().has_value());
  CHECK(std::filesystem::file_size(dir / "spool") == 0);
}

TEST_CASE("spool: cut at any byte, the whole records before stay and the tail is torn") {
  const auto bytes = spool_of({"first", "second"});
  const auto first = spool_of({"first"}).size();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Kind end{};
    const auto found = records(std::string_view(bytes).substr(0, size), end);
    CHECK(found.size() == (size >= first ? 1 : 0));
    CHECK(end == (size == 0 || size == first ? Kind::end : Kind::torn));
  }
}

TEST_CASE("spool: a changed byte before a whole record is damage, in the last record a torn tail") {
  const auto bytes = spool_of({"first", "second", "third"});
  const auto begin = spool_of({"first"}).size(), last = spool_of({"first", "second"}).size();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    Kind end{};
    const auto found = records(changed, end);
    CHECK(found.size() == (at < begin ? 0 : at < last ? 1 : 2));
    CHECK(end == (at < last ? Kind::damaged : Kind::torn));
  }
}

TEST_CASE("spool: a damaged file is set aside whole, each under its own name") {
  const fakes::Scratch dir;
  auto spool = Spool::open(dir / "spool");
  REQUIRE(spool.has_value());
  for (const auto* name : {"spool.damaged-1", "spool.damaged-2"}) {
    REQUIRE(spool->append("rubbish").has_value());
    const auto kept = spool->set_aside();
    REQUIRE(kept.has_value());
    CHECK(*kept == dir / name);
    CHECK(fakes::content(*kept) == "rubbish");
    CHECK(spool->size() == 0);
  }
}

TEST_CASE("directory: made private, and locked by one owner whose process id is told") {
  const fakes::Scratch dir;
  const auto data = dir / "a/b";
  REQUIRE(prepare_private_directory(data).has_value());
  CHECK((std::filesystem::status(data).permissions() & std::filesystem::perms::mask) == std::filesystem::perms::owner_all);
  {
    const auto first = DirectoryLock::take(data);
    REQUIRE(first.has_value());
    const auto second = DirectoryLock::take(data);
    REQUIRE(!second);
    CHECK(second.error().code == Code::lock_held);
    CHECK(second.error().what.find("process " + std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(DirectoryLock::take(data).has_value());
}

TEST_CASE("directory: a file in its place is an error that names it") {
  const fakes::Scratch dir;
  fakes::write_content(dir / "file", "x");
  const auto made = prepare_private_directory(dir / "file");
  REQUIRE(!made);
  CHECK(made.error().code == Code::environment);
  CHECK(made.error().what.find("file") != std::string::npos);
}

TEST_CASE("file: reserved space reads as zero and makes the file longer") {
  const fakes::Scratch dir;
  const auto file = File::open(dir / "f", O_RDWR | O_CREAT);
  REQUIRE(file.has_value());
  REQUIRE(file->write_at(0, "ab").has_value());
  REQUIRE(file->reserve_zeroed(2, 100).has_value());
  CHECK(fakes::content(dir / "f") == "ab" + std::string(100, '\0'));
}

}  // namespace
}  // namespace genai::fs
