// Requests, conversations and prompts, counted by a counter that everybody can check: a token a byte of content, 3 a message, 3 once.
#include "domain/catalog/fixture.hpp"
#include "engines/estimate/requests.hpp"
#include "platform/json/reader.hpp"

using namespace genai;
using namespace genai::estimate;
using catalog::test::on;

namespace {

std::int64_t content_bytes(json::Reader& in) {
  std::int64_t bytes = 0;
  std::string_view key;
  if (!in.enter_object()) return 0;
  while (in.next_member(key)) {
    if (key == "content") bytes += static_cast<std::int64_t>(in.string()->size);
    else in.skip();
  }
  return bytes + 3;
}

// Tools cost 10.
Result<Bounds> count_bytes(std::string_view body) {
  std::int64_t tokens = 3;
  json::Reader in(body);
  std::string_view key;
  in.enter_object();
  while (in.next_member(key)) {
    if (key == "messages") {
      in.enter_array();
      while (in.next_element()) tokens += content_bytes(in);
    } else {
      tokens += key == "tools" ? 10 : 0;
      in.skip();
    }
  }
  if (!in.end()) return in.error();
  return Bounds{Tokens(tokens), Tokens(tokens - tokens / 10), Tokens(tokens + tokens / 10)};
}

Result<Bounds> count_exactly(std::string_view body) {
  const auto count = count_bytes(body);
  return count ? Result<Bounds>(Bounds{count->likely, count->likely, count->likely}) : count;
}

Sampler sampler(Serving serving = {}, std::int64_t output = 0) {
  ModelCost cost("gpt-4o", catalog::test::match("gpt-4o"), {on("2026-08-15"), {}, {}});
  std::vector<Sampler::Model> models;
  models.push_back({std::move(cost), std::make_shared<ChatCounter>(ChatCounter{"bytes", count_exactly})});
  return Sampler(std::move(models), serving, Tokens(output));
}

struct Sum {
  std::int64_t requests, in, out;
  friend bool operator==(const Sum&, const Sum&) = default;
};
std::ostream& operator<<(std::ostream& to, const Sum& sum) { return to << sum.requests << " requests, " << sum.in << " in, " << sum.out << " out"; }

Sum sum(const Sampler& sampler) {
  Sum result{sampler.models()[0].cost.requests(), 0, 0};
  for (const auto& priced : sampler.models()[0].cost.priced()) (priced.bucket == catalog::Bucket::output ? result.out : result.in) += priced.tokens.value();
  return result;
}

std::vector<std::string> lines_of(std::string_view text, std::size_t step) {
  std::vector<std::string> lines;
  const auto pull = [&](std::span<char> buffer) -> Result<std::size_t> {
    const auto size = std::min({text.size(), buffer.size(), step});
    std::copy_n(text.begin(), size, buffer.begin());
    text.remove_prefix(size);
    return size;
  };
  const auto done = for_each_line(pull, "f", [&](std::string_view line, std::size_t number) -> Result<void> {
    lines.push_back(std::to_string(number) + ":" + std::string(line));
    return {};
  });
  if (!done) lines.push_back(done.error().what);
  return lines;
}

}  // namespace

TEST_CASE("lines come whole, however the bytes come", "[requests]") {
  for (const std::size_t step : {1U, 2U, 3U, 1000U}) {
    CHECK(lines_of("a\n\nbc\r\n  \nd", step) == std::vector<std::string>{"1:a", "3:bc", "5:d"});
    CHECK(lines_of("", step).empty());
    CHECK(lines_of("x\n", step) == std::vector<std::string>{"1:x"});
    CHECK(lines_of("\xEF\xBB\xBFx", step) == std::vector<std::string>{"1:x"});
  }
  CHECK(lines_of(std::string_view("\x7F""ELF\0\1", 6), 100) == std::vector<std::string>{"f is a binary file, not lines of JSON"});
  CHECK(lines_of(std::string(max_line_bytes + 1, 'x'), 1 << 20) == std::vector<std::string>{"f:1: a line of more than 64 MiB"});
}

TEST_CASE("requests and batch lines", "[requests]") {
  auto some = sampler({}, 7);
  REQUIRE(some.add_request(R"({"model":"x","messages":[{"role":"user","content":"hello"}]})").has_value());
  CHECK(sum(some) == Sum{1, 11, 7});
  REQUIRE(some.add_request(R"({"custom_id":"1","method":"POST","body":{"messages":[{"role":"user","content":"abc"}],"tools":[{}]}})").has_value());
  CHECK(sum(some) == Sum{2, 11 + 19, 14});
  REQUIRE(some.add_prompt("a \"b\"\n").has_value());
  CHECK(sum(some) == Sum{3, 30 + 12, 21});
  CHECK(some.add_request("{").error().code == Code::invalid_json);
  CHECK(some.add_request("[]").error().code == Code::expected_object);
  CHECK(some.add_request("{}").error().code == Code::missing_field);
  CHECK(some.add_request(R"({"messages":7})").error().code == Code::missing_field);
  CHECK(some.add_request(R"({"messages":[]} x)").error().code == Code::invalid_json);
}

TEST_CASE("each answer of a conversation was asked for with all before it", "[requests]") {
  auto some = sampler({}, 5);
  // Prompts: "ab" = 8; "ab","xyz","c" = 3+5+6+4 = 18; with "last" behind the second answer: 18+7+7 = 32 for one more request of 5 out.
  REQUIRE(some.add_conversation(R"({"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"xyz"},{"role":"user","content":"c"},)"
                                R"({"role":"assistant","content":"four"},{"role":"user","content":"last"}]})").has_value());
  CHECK(sum(some) == Sum{3, 8 + 18 + 32, 3 + 4 + 5});
  auto answered = sampler({}, 5);
  REQUIRE(answered.add_conversation(R"({"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"xyz"}],"tools":[{"type":"function"}]})").has_value());
  CHECK(sum(answered) == Sum{1, 18, 3});
  CHECK(answered.add_conversation(R"({"messages":[]})").error().code == Code::invalid_value);
}

TEST_CASE("a conversation is what its requests are one by one", "[requests]") {
  std::string messages, prompts;
  auto whole = sampler({}, 9), single = sampler({}, 9);
  for (int turn = 0; turn < 20; ++turn) {
    messages += std::string(turn == 0 ? "" : ",") + R"({"role":"user","content":")" + std::string(static_cast<std::size_t>(turn * 7 % 11), 'q') + "\"}";
    REQUIRE(single.add_request("{\"messages\":[" + messages + "]}").has_value());
    messages += R"(,{"role":"assistant","content":"nine char"})";
  }
  REQUIRE(whole.add_conversation("{\"messages\":[" + messages + "]}").has_value());
  CHECK(sum(whole) == sum(single));
}

TEST_CASE("shares and bounds hold for requests as well", "[requests]") {
  Serving serving;
  serving.batch = Share{500'000};
  auto some = sampler(serving, 10);
  REQUIRE(some.add_prompt("0123").has_value());
  CHECK(some.models()[0].cost.requests() == 2);
  CHECK(some.models()[0].cost.per_request().likely.usd() == "0.00009375");  // (10 x 2.5 + 10 x 10) x 0.75 millionths
  ModelCost cost("gpt-4o", catalog::test::match("gpt-4o"), {on("2026-08-15"), {}, {}});
  std::vector<Sampler::Model> models;
  models.push_back({std::move(cost), std::make_shared<ChatCounter>(ChatCounter{"about bytes", count_bytes})});
  Sampler about(std::move(models), {}, Tokens(0));
  REQUIRE(about.add_prompt("01234567890123").has_value());
  CHECK(about.models()[0].cost.total().least.usd() == "0.000045");
  CHECK(about.models()[0].cost.total().most.usd() == "0.000055");
}
