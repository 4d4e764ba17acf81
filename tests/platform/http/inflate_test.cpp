// U11: content codings are undone piece by piece, within bounds.
#include "coded.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

using coded::decoded;
using coded::deflated;
using coded::Wrapper;

const std::string text = "data: {\"text\":\"héllo\"}\n\ndata: {\"text\":\"héllo\"}\n\ndata: {\"text\":\"héllo\"}\n\n";
// The same three events by Brotli's reference encoder.
const std::string brotli("\x1b\x4a\x00\xf8\x1d\x07\x76\x63\xd7\x01\xcd\xe2\x62\x13\xff\xb0\xa8\x15\xd8\x52\x87\x35\x08\x19\xda\x9e\x16\xd1\x79\xeb\x9b\x82\x88\xe2\x54\x59\x80\x02\xc5"
                         "\xce\x4a\xa7\x73\x30",
                         44);
// A mebibyte of zeros by the same.
const std::string brotli_bomb("\x5b\xff\xff\x8f\x7f\x02\x20\x1e\x0b\x04\x72\xef\x1f\x00", 14);

struct Sample {
  std::string_view name;
  Coding coding;
  std::string bytes;
};
std::vector<Sample> samples() {
  return {{"gzip", Coding::gzip, deflated(text, Wrapper::gzip)},     {"deflate", Coding::deflate, deflated(text, Wrapper::zlib)},
          {"deflate without its header", Coding::deflate, deflated(text, Wrapper::none)}, {"stored", Coding::gzip, deflated(text, Wrapper::gzip, 0)},
          {"br", Coding::brotli, brotli}};
}

}  // namespace

TEST_CASE("U11: the codings that are known, in any case; others and several at once are refused") {
  CHECK(*parse_coding("") == Coding::identity);
  CHECK(*parse_coding("identity") == Coding::identity);
  CHECK(*parse_coding("gzip") == Coding::gzip);
  CHECK(*parse_coding("X-GZip") == Coding::gzip);
  CHECK(*parse_coding("Deflate") == Coding::deflate);
  CHECK(*parse_coding("br") == Coding::brotli);
  for (const std::string_view field : {"zstd", "compress", "gzip, gzip", "gzip,br", "gzip;q=1", "*"}) {
    INFO(field);
    CHECK(parse_coding(field).error().code == Code::upstream_protocol);
  }
}

TEST_CASE("U11: in pieces of any size the text is the same") {
  for (const auto& sample : samples()) {
    INFO(sample.name);
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, sample.bytes.size()}) {
      CHECK(decoded(sample.coding, sample.bytes, step) == coded::Decoded{text, "", true});
    }
  }
}

TEST_CASE("U11: cut at each byte, what came is the beginning of the text, and something is missing") {
  for (const auto& sample : samples()) {
    INFO(sample.name);
    for (std::size_t at = 1; at < sample.bytes.size(); ++at) {
      const auto result = decoded(sample.coding, std::string_view(sample.bytes).substr(0, at), 5);
      CHECK(result.error.empty());
      CHECK(text.starts_with(result.text));
      CHECK_FALSE(result.complete);
    }
    CHECK(decoded(sample.coding, "", 1).complete);
  }
}

TEST_CASE("U11: what was flushed comes out before anything follows") {
  const std::vector<std::string> parts{"data: one\n\n", "data: two\n\n", "data: [DONE]\n\n"};
  for (const auto wrapper : {Wrapper::gzip, Wrapper::zlib, Wrapper::none}) {
    Inflater inflater(wrapper == Wrapper::gzip ? Coding::gzip : Coding::deflate, {});
    const auto pieces = coded::deflated_parts(parts, wrapper);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string_view piece = pieces[i];
      CHECK(*inflater.next(piece) == parts[i]);
      CHECK(inflater.next(piece)->empty());
      CHECK(piece.empty());
      CHECK(inflater.complete() == (i + 1 == parts.size()));
    }
  }
}

TEST_CASE("U11: a gzip file of several members is one text; bytes after the end are damage") {
  const auto once = deflated(text, Wrapper::gzip);
  CHECK(decoded(Coding::gzip, once + once, 9) == coded::Decoded{text + text, "", true});
  CHECK_FALSE(decoded(Coding::gzip, once + "x", 9).complete);
  CHECK_FALSE(decoded(Coding::gzip, once + "junk after the end of all", 9).error.empty());
  CHECK_FALSE(decoded(Coding::deflate, deflated(text, Wrapper::zlib) + "x", 9).error.empty());
  CHECK_FALSE(decoded(Coding::brotli, brotli + "x", 100).error.empty());
}

TEST_CASE("U11: damage anywhere is an error or, at the latest, an end that does not come") {
  for (const auto& sample : samples()) {
    if (sample.coding == Coding::brotli || sample.name == "deflate without its header" || sample.name == "stored") continue;  // no checksum, or bits without meaning
    INFO(sample.name);
    for (std::size_t at = sample.coding == Coding::gzip ? 10 : 2; at < sample.bytes.size(); ++at) {  // a gzip header's time and system mean nothing
      auto bytes = sample.bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
      const auto result = decoded(sample.coding, bytes, 11);
      CHECK((!result.error.empty() || !result.complete));
    }
  }
}

TEST_CASE("U11: a bomb ends at the bounds") {
  const std::string zeros(8 * 1024 * 1024, '\0');
  const auto bomb = deflated(zeros, Wrapper::gzip);
  const auto result = decoded(Coding::gzip, bomb, 512);
  CHECK(result.error == "the upstream's compressed answer stands for more than 100 times its size");
  CHECK(result.text.size() < 1024 * 1024);
  CHECK(decoded(Coding::gzip, bomb, 512, {.bytes = 8 * 1024 * 1024, .ratio = 2000}).text.size() == zeros.size());
  CHECK(decoded(Coding::gzip, bomb, 512, {.bytes = 8 * 1024 * 1024 - 1, .ratio = 2000}).error == "the upstream's compressed answer stands for more than 8388607 bytes");
  CHECK(decoded(Coding::brotli, brotli_bomb, 1).error == "the upstream's compressed answer stands for more than 100 times its size");
  const std::string small(60 * 1024, ' ');  // 60 KiB of blanks are nobody's bomb
  CHECK(decoded(Coding::gzip, deflated(small, Wrapper::gzip), 512).text == small);
}

}  // namespace genai::http
