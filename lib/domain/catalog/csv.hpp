// CSV as RFC 4180 has it, strictly, with positions. Private to this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace genai::catalog {

struct Cell {
  std::string text;  // unquoted
  std::size_t line = 0, column = 0;  // where it begins, from 1; columns in bytes
};

struct CsvProblem {
  std::size_t line = 0, column = 0;
  std::string what;
};

// Reads record after record. Empty lines and lines that begin with # are no records. A byte that no text has, a quote out of place, an
// unterminated one: a problem, after which the rest of that line is skipped. LF and CRLF end lines; a byte order mark at the start is skipped.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);
  // False at the end of the text.
  bool next(std::vector<Cell>& record);
  const std::vector<CsvProblem>& problems() const { return problems_; }

 private:
  bool at_end() const { return now_ == text_.size(); }
  bool at_line_end() const { return at_end() || text_[now_] == '\n' || (text_[now_] == '\r' && now_ + 1 < text_.size() && text_[now_ + 1] == '\n'); }
  std::size_t column() const { return now_ - line_start_ + 1; }
  void next_line();
  bool skip_blank_lines();
  bool read_cell(Cell& cell);
  bool read_quoted(Cell& cell);
  bool problem(const char* what);

  std::string_view text_;
  std::size_t now_ = 0, line_ = 1, line_start_ = 0;
  std::vector<CsvProblem> problems_;
};

}  // namespace genai::catalog
