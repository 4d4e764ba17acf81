// Heads and chunks against a slow oracle, over random texts made of telling fragments. The refusals row by row: server_bad_input_test.cpp.
#include <random>

#include "head_laws.hpp"
#include "test.hpp"

namespace genai::http {
namespace {

template <std::size_t N>
std::string pick(const char* const (&from)[N], std::mt19937_64& random) {
  return from[random() % N];
}

std::string random_request(std::mt19937_64& random) {
  static const char* const starts[] = {"GET / HTTP/1.1", "POST /v1 HTTP/1.1", "GET / HTTP/1.0", "GET http://a/x HTTP/1.1", "GET /", "PRI * HTTP/2.0"};
  static const char* const names[] = {"Host", "host", "Content-Length", "content-LENGTH", "Transfer-Encoding", "Connection", "X-Y", "Expect", "Ho st", " X", ""};
  static const char* const values[] = {"a", "5", "0", "05", "chunked", "Chunked", "close", "keep-alive", "100-continue", "5, 5", "", "gzip", "\x01", "a\tb", "\x80"};
  static const char* const colons[] = {": ", ":", ":\t", ": ", " :", ""};
  static const char* const ends[] = {"\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n"};
  std::string text = random() % 8 == 0 ? "\r\n" : "";
  text += pick(starts, random) + "\r\n";
  if (random() % 3 != 0) text += "Host: a\r\n";
  for (auto fields = random() % 4; fields > 0; --fields) text += pick(names, random) + pick(colons, random) + pick(values, random) + pick(ends, random);
  return text + "\r\n" + (random() % 2 == 0 ? "rest" : "");
}

std::string random_chunks(std::mt19937_64& random) {
  static const char* const parts[] = {"0", "1", "5", "A", "a", "00", "hello", "x", "\r\n", "\r\n", "\r\n", "\n", "\r", ";", ";e=1", " ", "T: 1", ":", "0\r\n\r\n", "5\r\nhello\r\n",
                                      "1\r\nx\r\n", "fffffffffffffffff", "7fffffffffffffff", "-", "\x01"};
  std::string text;
  for (auto count = random() % 9; count > 0; --count) text += pick(parts, random);
  return text;
}

RequestHead request_of(std::string_view text) {
  const Limits limits;
  HeadScanner scanner(limits);
  RequestHead head;
  REQUIRE(scanner.request(text, head).value());
  CHECK(scanner.consumed() == text.size());
  return head;
}

}  // namespace

TEST_CASE("a request's head, taken apart") {
  const auto head = request_of("POST http://b:80/v1/chat?x=1 HTTP/1.1\r\nHost: b:80\r\nX-Two:  a b\t\r\nx-two: c\r\nContent-Length: 12\r\n\r\n");
  CHECK(head.method == "POST");
  CHECK(head.target == "/v1/chat?x=1");
  CHECK(head.path == "/v1/chat");
  CHECK(head.body == BodyKind::length);
  CHECK(head.content_length == 12);
  CHECK(head.keep_alive);
  CHECK(head.fields.find("x-two") == "a b");
  CHECK(head.fields.count("x-two") == 2);
  CHECK_FALSE(head.fields.find("x-three"));
}

TEST_CASE("a response's head, taken apart") {
  const Limits limits;
  HeadScanner scanner(limits);
  ResponseHead head;
  const auto scan = [&](std::string_view text, bool to_head = false) {
    scanner.reset();
    return scanner.response(text, head, to_head);
  };
  CHECK(scan("HTTP/1.1 200 OK\r\n\r\n").value());
  CHECK(head.body == BodyKind::until_close);
  CHECK_FALSE(head.keep_alive);
  CHECK(scan("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n").value());
  CHECK(head.content_length == 3);
  CHECK(head.keep_alive);
  CHECK(scan("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true).value());
  CHECK(head.body == BodyKind::none);
  for (const std::string status : {"101", "204", "304"}) {
    CHECK(scan("HTTP/1.1 " + status + " x\r\nContent-Length: 3\r\n\r\n").value());
    CHECK(head.body == BodyKind::none);
  }
  CHECK(scan("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").value());
  CHECK(head.keep_alive);
  CHECK_FALSE(scan("HTTP/1.1 200 OK\r\nContent-").value());
}

TEST_CASE("of two limits crossed in one packet the first is told") {
  Limits small;
  small.request_line = 20;
  small.field = 40;
  small.head = 60;
  for (std::size_t first = 0; first < 50; ++first) {
    for (const std::size_t second : {0, 10, 39, 41, 100}) {
      const std::string text = "GET / HTTP/1.1\r\nA: " + std::string(first, 'a') + "\r\nB: " + std::string(second, 'b') + "\r\n\r\n";
      INFO(text);
      CHECK(laws::request_by(text, text.size(), small) == laws::request_by(text, 1, small));
    }
  }
}

TEST_CASE("requests: any split, and the oracle's opinion") {
  std::mt19937_64 random(7);
  std::size_t good = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto text = random_request(random);
    INFO(text);
    if (const auto wrong = laws::request_law(text); !wrong.empty()) FAIL_CHECK(wrong);
    if (laws::request_by(text, text.size()).starts_with("ok")) ++good;
  }
  CHECK(good > 2'000);  // the texts are neither all good nor all bad
  CHECK(good < 18'000);
}

TEST_CASE("requests that the oracle finds clear are accepted") {
  std::mt19937_64 random(8);
  for (int i = 0; i < 20'000; ++i) {
    const auto text = random_request(random);
    const auto slow = oracle::head_of(text, true);
    const bool old = slow && slow->start.ends_with("HTTP/1.0");
    const bool spoken = slow && (old || slow->start.ends_with("HTTP/1.1"));
    if (!spoken || !oracle::body_of(*slow, old) || slow->fields.count("host") > 1 || (slow->fields.count("host") == 0 && !old)) continue;
    if (const auto host = slow->fields.find("host"); host != slow->fields.end() && host->second.find_first_of(" \t") != std::string::npos) continue;
    bool other_expectation = false;
    for (auto [at, end] = slow->fields.equal_range("expect"); at != end; ++at) other_expectation = other_expectation || at->second != "100-continue";
    if (other_expectation && !old) continue;
    INFO(text);
    CHECK(laws::request_by(text, text.size()).starts_with("ok"));
  }
}

TEST_CASE("chunks: any split, and the oracle's opinion") {
  std::mt19937_64 random(9);
  std::size_t done = 0, bad = 0;
  for (int i = 0; i < 40'000; ++i) {
    const auto text = random_chunks(random);
    INFO(text);
    if (const auto wrong = laws::chunked_law(text); !wrong.empty()) FAIL_CHECK(wrong);
    const auto verdict = oracle::chunks_of(text).verdict;
    if (verdict == oracle::Chunks::complete) ++done;
    if (verdict == oracle::Chunks::bad) ++bad;
  }
  CHECK(done > 500);
  CHECK(bad > 5'000);
}

TEST_CASE("what we chunk, we read") {
  std::mt19937_64 random(10);
  for (int i = 0; i < 200; ++i) {
    std::string coded, body;
    for (auto pieces = random() % 5; pieces > 0; --pieces) {
      const std::string piece(1 + random() % 70'000, 'p');
      char size[20];
      coded.append(chunk_header(piece.size(), size)).append(piece).append("\r\n");
      body += piece;
    }
    coded += last_chunk;
    const auto slow = oracle::chunks_of(coded);
    CHECK(slow.verdict == oracle::Chunks::complete);
    CHECK(slow.body == body);
  }
  char size[20];
  CHECK(chunk_header(SIZE_MAX, size) == "ffffffffffffffff\r\n");
}

}  // namespace genai::http
