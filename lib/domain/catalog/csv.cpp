#include "domain/catalog/csv.hpp"

namespace genai::catalog {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
}

void CsvReader::next_line() {
  while (!at_end() && text_[now_] != '\n') ++now_;
  if (at_end()) return;
  ++now_;
  ++line_;
  line_start_ = now_;
}

bool CsvReader::skip_blank_lines() {
  while (!at_end() && (at_line_end() || text_[now_] == '#')) next_line();
  return !at_end();
}

bool CsvReader::problem(const char* what) {
  problems_.push_back({line_, column(), what});
  return false;
}

bool CsvReader::next(std::vector<Cell>& record) {
  while (skip_blank_lines()) {
    record.clear();
    for (;;) {
      if (!read_cell(record.emplace_back())) break;
      if (at_line_end()) {
        next_line();
        return true;
      }
      ++now_;  // the comma
    }
    next_line();  // of a record with a problem nothing is handed out
  }
  return false;
}

bool CsvReader::read_cell(Cell& cell) {
  cell.line = line_;
  cell.column = column();
  if (!at_end() && text_[now_] == '"') return read_quoted(cell);
  for (; !at_line_end() && text_[now_] != ','; ++now_) {
    if (text_[now_] == '"') return problem("a quote inside of an unquoted cell");
    if (is_control(text_[now_])) return problem("a control byte: not a text file");
    cell.text += text_[now_];
  }
  return true;
}

bool CsvReader::read_quoted(Cell& cell) {
  for (++now_;; ++now_) {
    if (at_line_end()) return problem("a quoted cell must end on its line");
    if (is_control(text_[now_])) return problem("a control byte: not a text file");
    if (text_[now_] != '"') {
      cell.text += text_[now_];
    } else if (now_ + 1 < text_.size() && text_[now_ + 1] == '"') {
      cell.text += '"';
      ++now_;
    } else {
      break;
    }
  }
  ++now_;
  return at_line_end() || text_[now_] == ',' || problem("expected a comma after the closing quote");
}

}  // namespace genai::catalog
