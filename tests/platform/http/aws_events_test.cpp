#include "platform/http/aws_events.hpp"

#include <vector>

#include "aws_message.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::http;
using namespace genai::http::testing;

namespace {

using Events = std::vector<std::pair<std::string, std::string>>;

// What a decoder that is fed pieces of that size gives, and its error.
struct Read {
  Events events;
  std::string error;
};

Read read(std::string_view bytes, std::size_t step, std::size_t most = AwsEventDecoder::default_max_event) {
  AwsEventDecoder decoder(most);
  Read all;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    decoder.feed(bytes.substr(at, step));
    for (;;) {
      const bool was_ready = decoder.ready();
      const auto event = decoder.next();
      if (!event) {
        CHECK(event.error().code == Code::upstream_protocol);
        CHECK(decoder.next().error().what == event.error().what);
        CHECK_FALSE(decoder.ready());
        all.error = event.error().what;
        return all;
      }
      CHECK(was_ready == event->has_value());
      if (!*event) break;
      all.events.emplace_back((*event)->type, (*event)->data);
    }
  }
  return all;
}

std::string error_of(const std::string& bytes) { return read(bytes, bytes.size()).error; }

std::string bytes_of(std::initializer_list<int> values) {
  std::string to;
  for (const int value : values) to += static_cast<char>(value);
  return to;
}

}  // namespace

// "123456789" is the check value that catalogues of CRCs have.
TEST_CASE("CRC-32 as published", "[http]") {
  CHECK(crc32("") == 0);
  CHECK(crc32("123456789") == 0xCBF43926U);
  CHECK(slow_crc32("123456789") == 0xCBF43926U);
  CHECK(crc32(std::string(1000, '\xFF')) == slow_crc32(std::string(1000, '\xFF')));
}

// Smithy's and the SDKs' example of a message: a payload of {'foo':'bar'}, and one header.
TEST_CASE("a message byte by byte", "[http]") {
  const std::string message = bytes_of({0x00, 0x00, 0x00, 0x3D, 0x00, 0x00, 0x00, 0x20, 0x07, 0xFD, 0x83, 0x96, 0x0C}) + "content-type" + bytes_of({0x07, 0x00, 0x10}) + "application/json" +
                              "{'foo':'bar'}" + bytes_of({0x8D, 0x9C, 0x08, 0xB1});
  CHECK(aws_message(aws_text_header("content-type", "application/json"), "{'foo':'bar'}") == message);
  CHECK(error_of(message) == "the upstream's event stream is broken: a message does not say what it is");
}

TEST_CASE("messages, wherever they are cut", "[http]") {
  const std::string other_headers = bytes_of({1, 'a', 0, 1, 'b', 1, 1, 'c', 2, 9, 1, 'd', 3, 1, 2, 1, 'e', 4, 1, 2, 3, 4, 1, 'f', 5, 1, 2, 3, 4, 5, 6, 7, 8, 1, 'g', 6, 0, 2, 'x', 'y'}) +
                                    bytes_of({1, 'h', 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 'i', 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const std::string stream = aws_event("messageStart", R"({"role":"assistant"})") +
                             aws_message(other_headers + aws_text_header(":message-type", "event") + aws_text_header(":event-type", "contentBlockDelta"), "") +
                             aws_exception("throttlingException", R"({"message":"slowly"})") +
                             aws_message(aws_text_header(":message-type", "error") + aws_text_header(":error-code", "InternalError") + aws_text_header(":error-message", "broken"), "") +
                             aws_event("metadata", "{}");
  const Events expected{{"messageStart", R"({"role":"assistant"})"}, {"contentBlockDelta", ""}, {"exception:throttlingException", R"({"message":"slowly"})"}, {"error:InternalError", "broken"}, {"metadata", "{}"}};
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    const auto all = read(stream, step);
    CHECK(all.events == expected);
    CHECK(all.error.empty());
  }
}

TEST_CASE("every wrong bit is noticed", "[http]") {
  const std::string stream = aws_event("a", "{}");
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string wrong = stream;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << (bit % 8)));
    const auto all = read(wrong, wrong.size());
    CHECK(all.events.empty());
    CHECK(all.error.find("checksum") != all.error.npos);
  }
}

TEST_CASE("a stream that was cut gives what was whole", "[http]") {
  const std::string stream = aws_event("a", "{}") + aws_event("b", "{}");
  const auto first = aws_event("a", "{}").size();
  for (std::size_t size = 0; size < stream.size(); ++size) {
    const auto all = read(std::string_view(stream).substr(0, size), 7);
    CHECK(all.events.size() == (size >= first ? 1 : 0));
    CHECK(all.error.empty());
  }
}

TEST_CASE("lengths that cannot be", "[http]") {
  const auto prelude = [](std::uint32_t size, std::uint32_t headers) {
    const std::string lengths = big_endian(size, 4) + big_endian(headers, 4);
    return lengths + big_endian(slow_crc32(lengths), 4);
  };
  const auto whole = [&](std::uint32_t size, std::uint32_t headers, const std::string& rest) {
    const std::string message = prelude(size, headers) + rest;
    return message + big_endian(slow_crc32(message), 4);
  };
  CHECK(error_of(prelude(15, 0)) == "the upstream's event stream is broken: a message is shorter than its frame");
  CHECK(error_of(prelude(0xFFFFFFFF, 0)) == "the upstream's event stream is broken: a message is longer than 1048576 bytes");
  CHECK(error_of(whole(16, 1, "")) == "the upstream's event stream is broken: a message has malformed headers");
  CHECK(error_of(whole(18, 0xFFFFFFFF, "ab")) == "the upstream's event stream is broken: a message has malformed headers");
  const auto exactly = aws_event("a", std::string(100, 'x'));
  CHECK(read(exactly, 1, exactly.size()).events.size() == 1);
  CHECK(read(exactly, 1, exactly.size() - 1).error == "the upstream's event stream is broken: a message is longer than " + std::to_string(exactly.size() - 1) + " bytes");
}

TEST_CASE("headers that are none", "[http]") {
  for (const auto& headers : {bytes_of({0}), bytes_of({1, 'a'}), bytes_of({5, 'a', 7, 0, 0}), bytes_of({1, 'a', 10, 0}), bytes_of({1, 'a', 255}), bytes_of({1, 'a', 7, 0}), bytes_of({1, 'a', 7, 0, 2, 'x'}),
                              bytes_of({1, 'a', 4, 1, 2, 3}), bytes_of({1, 'a', 6, 255, 255, 1})})
    CHECK(error_of(aws_message(headers, "")) == "the upstream's event stream is broken: a message has malformed headers");
  CHECK(error_of(aws_message("", "{}")) == "the upstream's event stream is broken: a message does not say what it is");
  CHECK(error_of(aws_message(aws_text_header(":message-type", "event"), "{}")) == "the upstream's event stream is broken: a message does not say what it is");
  CHECK(error_of(aws_message(aws_text_header(":message-type", "gift") + aws_text_header(":event-type", "a"), "{}")) == "the upstream's event stream is broken: a message does not say what it is");
}
