#include "platform/text/table.hpp"

#include "test.hpp"

using namespace genai;
using text::Align;

TEST_CASE("columns are as wide as their widest cell on the screen") {
  text::Table table({{"model", Align::left}, {"requests", Align::right}});
  table.add({"gpt-4o", "12"});
  table.add({"日本", "3"});
  table.add({"e\xCC\x81", "4"});  // e and a combining accent
  CHECK(table.text() ==
        "model   requests\n"
        "gpt-4o        12\n"
        "日本           3\n"
        "e\xCC\x81              4\n");
}

TEST_CASE("left-aligned last columns have no trailing blanks") {
  text::Table table({{"a", Align::left}, {"b", Align::left}});
  table.add({"x", "long"});
  table.add({"y", ""});
  CHECK(table.text() == "a  b\nx  long\ny\n");
}

TEST_CASE("a cell cannot drive the terminal") {
  CHECK(text::printable("a\x1b[31mb") == "a\\x1b[31mb");
  CHECK(text::printable("a\nb\tc\x7f") == "a\\x0ab\\x09c\\x7f");
  CHECK(text::printable("\xC2\x9B") == "\\xc2\\x9b");          // C1
  CHECK(text::printable("\xE2\x80\xAE") == "\\xe2\\x80\\xae");  // right-to-left override
  CHECK(text::printable("\xff\xC3") == "\\xff\\xc3");
  CHECK(text::printable("\xC0\x80\xED\xA0\x80") == "\\xc0\\x80\\xed\\xa0\\x80");
  CHECK(text::printable("Zürich 日本 🙂") == "Zürich 日本 🙂");
}

TEST_CASE("markdown and CSV escape what they would read") {
  text::Table table({{"user", Align::left}, {"cost", Align::right}});
  table.add({"a|b", "-1"});
  table.add({"say \"hi\", you", "2"});
  table.add({"=HYPERLINK(1)", "3"});
  CHECK(table.markdown() == "| user | cost |\n| --- | ---: |\n| a\\|b | -1 |\n| say \"hi\", you | 2 |\n| =HYPERLINK(1) | 3 |\n");
  CHECK(table.csv() == "user,cost\na|b,-1\n\"say \"\"hi\"\", you\",2\n'=HYPERLINK(1),3\n");
}

TEST_CASE("wrapping fills lines and keeps set ones") {
  CHECK(text::wrap("one two three four", 9) == "one two\nthree\nfour\n");
  CHECK(text::wrap("one\n\n  kept as it is, however long\ntwo", 10, 1) == " one\n\n   kept as it is, however long\n two\n");
  CHECK(text::wrap("unbreakable", 3) == "unbreakable\n");
  CHECK(text::wrap("", 10).empty());
}
