// The reader's verdict is nlohmann's, apart from our stricter rules; on any bytes.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "platform/json/reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto ours = genai::json::check(text);
  if (ours && (ours->code == genai::Code::duplicate_key || ours->code == genai::Code::json_too_deep)) return 0;
  if (text.starts_with("\xEF\xBB\xBF") || text.find(char{0}) != text.npos) return 0;  // they skip a BOM and end at NUL
  const bool theirs = !nlohmann::json::parse(text, nullptr, false).is_discarded();
  if (theirs && ours) std::abort();
  if (!theirs && !ours && text.find_first_of("eE.0123456789") == text.npos) std::abort();  // they refuse numbers beyond a double
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {R"({"a":[1,2.5e-3,true,null],"b":{"c":"\u00e9\ud83d\ude00 é"}})", R"([[[{"k":"v"}]]])", "\"\\\"\\n\"", "-0.5", nullptr};
  return seeds;
}
