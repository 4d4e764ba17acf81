#include "domain/wire/invisible.hpp"
#include "test.hpp"

using namespace genai;

TEST_CASE("S9: what hides something is found, raw and escaped, and can be taken out") {
  const auto left = [](const std::string& text) { return wire::find_invisible(text).text; };
  CHECK(left("\"a\xF3\xA0\x81\xA1\xF3\xA0\x81\xA2z\"") == "\"az\"");    // tags
  CHECK(left(R"("a\udb40\udc61z")") == R"("az")");
  CHECK(left("\"a\xE2\x80\xAEz\"") == "\"az\"");                        // right-to-left override
  CHECK(left(R"("a\u202ez\u2066")") == R"("az")");
  CHECK(left("\"a\xE2\x80\x8B\xE2\x80\x8D\xEF\xBB\xBFz\"") == "\"az\"");  // a run
  CHECK(left(R"("a\u200b\u200Bz")") == R"("az")");
  CHECK(wire::find_invisible("\"a\xE2\x80\x8B\xE2\x80\x8Cz\"").found == 2);
}

TEST_CASE("S9: flags, joiners in emoji and scripts, marks and quoted backslashes survive") {
  for (const std::string text : {
           "\"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA7\xF3\xA0\x81\xA2\xF3\xA0\x81\xA5\xF3\xA0\x81\xAE\xF3\xA0\x81\xA7\xF3\xA0\x81\xBF\"",  // England
           R"("\ud83c\udff4\udb40\udc67\udb40\udc7f")",
           "\"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB\"",  // woman, joiner, computer
           "\"\xD9\x86\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88\xD8\xA7\xD9\x87\xD9\x85\"",  // Persian with a non-joiner
           "\"\xE2\x80\x8F\xD7\x90\"",                           // right-to-left mark
           R"("C:\\u202e is a path")", R"("\u00e9\n\"")", "\"\xE2\x82\xAC\"", "plain"}) {
    CAPTURE(text);
    CHECK(wire::find_invisible(text).found == 0);
    CHECK(wire::find_invisible(text).text.empty());
  }
}

TEST_CASE("S9: tags behind a flag that do not end as one are hidden text") {
  CHECK(wire::find_invisible("\"\xF0\x9F\x8F\xB4\xF3\xA0\x81\xA1 x\"").found == 1);
  CHECK(wire::find_invisible("\"\xE2\x80").found == 0);  // cut off
}
