#include "domain/tokens/chat_count.hpp"

#include <string>

#include "domain/tokens/image_size.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::tokens;
using namespace std::string_literals;

namespace {

ChatCount counted(std::string_view model, const std::string& body) {
  const auto count = count_chat(counter_for(model), body);
  INFO((count ? "" : count.error().what));
  REQUIRE(count.has_value());
  return *count;
}

std::int64_t cost(std::string_view model, const std::string& body) { return counted(model, body).tokens.value(); }

// The examples of OpenAI's cookbook, with the counts that its notebook got from the API.
const std::string jargon = R"({"model": "x", "messages": [
  {"role": "system", "content": "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
  {"role": "system", "name": "example_user", "content": "New synergies will help drive top-line growth."},
  {"role": "system", "name": "example_assistant", "content": "Things working well together will increase revenue."},
  {"role": "system", "name": "example_user", "content": "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
  {"role": "system", "name": "example_assistant", "content": "Let's talk later when we're less busy about how to do better."},
  {"role": "user", "content": "This late pivot means we don't have time to boil the ocean for the client deliverable."}]})";

const std::string weather_messages = R"("messages": [
  {"role": "system", "content": "You are a helpful assistant that can answer to questions about the weather."},
  {"role": "user", "content": "What's the weather like in San Francisco?"}])";
const std::string weather = "{" + weather_messages + R"(, "tools": [{"type": "function", "function": {"name": "get_current_weather",
  "description": "Get the current weather in a given location",
  "parameters": {"type": "object", "properties": {
    "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
    "unit": {"type": "string", "description": "The unit of temperature to return", "enum": ["celsius", "fahrenheit"]}},
    "required": ["location"]}}}]})";

std::string with_image(const std::string& image) {
  return R"({"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": )" + image + "}]}]}";
}

std::string png(std::uint32_t width, std::uint32_t height) {
  std::string bytes = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"s;
  for (const auto value : {width, height})
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string url;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])); };
    const unsigned three = at(0) << 16 | at(1) << 8 | at(2);
    for (int shift = 18; shift >= 0; shift -= 6) url += digits[three >> shift & 63];
  }
  return R"({"url": "data:image/png;base64,)" + url + "\"}";
}

}  // namespace

TEST_CASE("chat: the cookbook's messages cost what the API said") {
  CHECK(cost("gpt-4", jargon) == 129);
  CHECK(cost("gpt-3.5-turbo-0125", jargon) == 129);
  CHECK(cost("gpt-3.5-turbo-0301", jargon) == 127);
  CHECK(cost("gpt-4o", jargon) == 124);
  CHECK(cost("gpt-4o-mini-2024-07-18", jargon) == 124);
  CHECK(counted("gpt-4o", jargon).exact());
  CHECK(counted("gpt-4o", jargon).band == 0);
}

TEST_CASE("chat: the cookbook's tool costs what the API said") {
  CHECK(cost("gpt-4", weather) == 105);
  CHECK(cost("gpt-3.5-turbo", weather) == 105);
  CHECK(cost("gpt-4o", weather) == 101);
  CHECK(cost("gpt-4o-mini", weather) == 101);
  CHECK(counted("gpt-4o", weather).exact());
  std::string stopped = weather;
  stopped.replace(stopped.find("given location"), 14, "given location.");
  CHECK(cost("gpt-4o", stopped) == 101);  // a full stop at the end does not count
  std::string bare = weather;  // the older form
  bare.replace(bare.find("\"tools\": [{\"type\": \"function\", \"function\": {"), 44, "\"functions\": [{");
  bare.replace(bare.rfind("}}]}"), 4, "}]}");
  CHECK(cost("gpt-4", bare) == 105);
}

TEST_CASE("chat: keys in any order, escaped text, a byte order mark of fields that do not count") {
  CHECK(cost("gpt-4o", R"({"messages": [{"content": "caf\u00e9 \"x\"", "role": "user"}], "temperature": 1, "user": "someone"})") ==
        cost("gpt-4o", R"({"user": "someone else", "messages": [{"role": "user", "content": "café \"x\""}]})"));
  CHECK(cost("gpt-4o", R"({"messages": []})") == 3);
  CHECK(cost("gpt-4o", R"({"messages": [{"role": "assistant", "content": null}]})") == 7);
}

TEST_CASE("chat: what no rule covers is an estimate that says why") {
  const auto o3 = counted("o3-mini", jargon);
  CHECK(o3.tokens == Tokens(124));
  CHECK(!o3.exact());
  CHECK(o3.band > 0);
  CHECK(describe(o3.doubts) == "no rule for this model's messages is published");

  const auto claude = counted("claude-sonnet-4-5", jargon);
  CHECK(has(claude.doubts, Doubt::encoding));
  CHECK(claude.tokens > Tokens(124));
  CHECK(claude.band >= 0.25);

  const auto calls = counted("gpt-4o", R"({"messages": [{"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
    "function": {"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}}]}, {"role": "tool", "tool_call_id": "c1", "content": "21"}]})");
  CHECK(calls.doubts == Doubt::tool_calls);
  CHECK(calls.tokens > Tokens(14));

  const auto nested = counted("gpt-4o", R"({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function", "function": {"name": "f",
    "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "array", "description": "list", "items": {"type": "object",
    "properties": {"b": {"type": "string", "description": "inner"}}}}}}}}]})");
  CHECK(nested.doubts == Doubt::schema);
  CHECK(nested.tokens > Tokens(40));
}

TEST_CASE("chat: images by tiles and by patches, estimates all") {
  const auto text = cost("gpt-4o", R"({"messages": [{"role": "user", "content": "hi"}]})");
  const auto image = [&](std::string_view model, const std::string& value) { return cost(model, with_image(value)) - text; };
  CHECK(image("gpt-4o", png(1024, 1024)) == 765);  // the guide's own examples
  CHECK(image("gpt-4o", png(2048, 4096)) == 1105);
  CHECK(image("gpt-4o", png(512, 512)) == 255);
  CHECK(image("gpt-4o", R"({"url": "https://example.com/a.png", "detail": "low"})") == 85);
  CHECK(image("gpt-4o", R"("https://example.com/a.png")") == 765);
  CHECK(image("gpt-4o-mini", png(1024, 1024)) == 2833 + 4 * 5667);
  CHECK(image("gpt-4.1-mini", png(1024, 1024)) == (1024 * 1620 + 999) / 1000);
  CHECK(image("gpt-4.1-mini", png(1800, 2400)) == (1452 * 1620 + 999) / 1000);
  CHECK(has(counted("gpt-4o", with_image(R"("https://example.com/a.png")")).doubts, Doubt::unseen_image));
  CHECK(!has(counted("gpt-4o", with_image(png(10, 10))).doubts, Doubt::unseen_image));
  CHECK(image("gpt-4o", png(4'000'000'000, 1)) > 0);
}

TEST_CASE("chat: sizes of pictures from their heads") {
  using detail::image_size;
  const auto is = [](std::string_view bytes, std::uint32_t width, std::uint32_t height) {
    const auto size = image_size(bytes);
    return size && size->width == width && size->height == height;
  };
  CHECK(is("GIF89a\x20\x01\x10\0"s, 288, 16));
  CHECK(is("\xFF\xD8\xFF\xE0\0\x04" "ab\xFF\xC0\0\x11\x08\x01\0\x02\0"s, 512, 256));
  CHECK(is("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xFF\x01\0\x0F\0\0"s, 512, 16));
  CHECK(is("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2F\xFF\xC1\x3F\0"s, 512, 256));
  CHECK(is("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01\x2A\0\x02\0\x01"s, 512, 256));
  for (const auto& broken : {""s, "\x89PNG\r\n\x1A\n"s, "\xFF\xD8\xFF"s, "\xFF\xD8\xFF\xE0\xFF\xFF"s, "RIFF\0\0\0\0WEBP"s, "GIF89a\0\0\0\0"s, "BM"s}) CHECK(!image_size(broken));
}

TEST_CASE("chat: a body that is none is refused") {
  const auto refused = [](std::string_view body) { return count_chat(counter_for("gpt-4o"), body).error().code; };
  CHECK(refused("") == Code::invalid_json);
  CHECK(refused("[]") == Code::expected_object);
  CHECK(refused("{}") == Code::missing_field);
  CHECK(refused(R"({"messages": "x"})") == Code::missing_field);
  CHECK(refused(R"({"messages": [}]})") == Code::invalid_json);
  CHECK(refused(R"({"messages": [], "messages": []})") == Code::duplicate_key);
}
