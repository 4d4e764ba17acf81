// Text laid out in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace genai::text {

enum class Align { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

// Rows under titles. Cells are text from anywhere: what a terminal would obey (control bytes, invalid UTF-8) is shown as \xNN.
class Table {
 public:
  explicit Table(std::vector<Column> columns);
  // As many cells as there are columns.
  void add(std::vector<std::string> cells);

  std::string text() const;      // columns two spaces apart, no trailing blanks
  std::string markdown() const;  // GitHub's tables
  std::string csv() const;       // RFC 4180 with LF; a cell that a spreadsheet would run as a formula begins with an apostrophe

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Bytes that are printable UTF-8 stay; others become \xNN. No byte of the result moves a cursor or changes a colour.
std::string printable(std::string_view bytes);

// Columns that printable text takes on a terminal: code points, wide East Asian ones twice, combining marks not at all.
std::size_t display_width(std::string_view printable);

// Breaks paragraphs at blanks so that no line is longer than `width` (a longer word stands alone), each line led by `indent` blanks.
// Lines end with LF; empty lines between paragraphs stay; lines that begin with a blank are kept as they are.
std::string wrap(std::string_view paragraphs, std::size_t width, std::size_t indent = 0);

}  // namespace genai::text
