#include "platform/text/table.hpp"

#include <algorithm>
#include <cstdint>

namespace genai::text {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // 0: not UTF-8
};

// Decodes strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint decode(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) return {};
  std::uint32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return {};
    value = value << 6 | (at(i) & 0x3F);
  }
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[length] || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) return {};
  return {value, length};
}

// C0, DEL, C1, and the marks that reorder a line.
bool obeyed_by_terminals(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_combining(std::uint32_t c) {
  return (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE00 && c <= 0xFE0F);
}

bool is_wide(std::uint32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
         (c >= 0x20000 && c <= 0x3FFFD);
}

std::string padded(const std::string& cell, std::size_t width, Align align) {
  const std::string blanks(width - std::min(width, display_width(cell)), ' ');
  return align == Align::left ? cell + blanks : blanks + cell;
}

std::string csv_cell(const std::string& cell, Align align) {
  constexpr std::string_view starts_formula = "=+-@\t\r";
  // Numbers stand in right-aligned columns and may be negative.
  std::string text = align == Align::left && !cell.empty() && starts_formula.find(cell[0]) != std::string_view::npos ? "'" + cell : cell;
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string markdown_cell(const std::string& cell) {
  std::string result;
  for (const char c : cell) {
    if (c == '|' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

void trim_end(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

// One paragraph line after the other into `out`, filled up to `width`.
void fill(std::string_view line, std::size_t width, const std::string& indent, std::string& out) {
  std::size_t used = 0;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    if (word.empty()) continue;
    const auto size = display_width(word);
    if (used != 0 && used + 1 + size > width) {
      out += '\n';
      used = 0;
    }
    out += used == 0 ? indent : " ";
    used += used == 0 ? indent.size() + size : 1 + size;
    out += word;
  }
  out += '\n';
}

}  // namespace

std::string printable(std::string_view bytes) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string result;
  while (!bytes.empty()) {
    const auto point = decode(bytes);
    const auto length = std::max<std::size_t>(point.length, 1);
    if (point.length != 0 && !obeyed_by_terminals(point.value)) {
      result += bytes.substr(0, length);
    } else {
      for (const char c : bytes.substr(0, length)) {
        const auto byte = static_cast<unsigned char>(c);
        result += "\\x";
        result += hex[byte >> 4];
        result += hex[byte & 15];
      }
    }
    bytes.remove_prefix(length);
  }
  return result;
}

std::size_t display_width(std::string_view printable) {
  std::size_t width = 0;
  while (!printable.empty()) {
    const auto point = decode(printable);
    width += is_combining(point.value) ? 0 : is_wide(point.value) ? 2 : 1;
    printable.remove_prefix(std::max<std::size_t>(point.length, 1));
  }
  return width;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::text() const {
  std::vector<std::vector<std::string>> lines(1);
  for (const auto& column : columns_) lines[0].push_back(printable(column.title));
  for (const auto& row : rows_) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(printable(cell));
  }
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(line[i]));
  std::string result;
  for (const auto& cells : lines) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) line += (i == 0 ? "" : "  ") + padded(cells[i], widths[i], columns_[i].align);
    trim_end(line);
    result += line + '\n';
  }
  return result;
}

std::string Table::markdown() const {
  std::string head = "|", rule = "|";
  for (const auto& column : columns_) {
    head += ' ' + markdown_cell(printable(column.title)) + " |";
    rule += column.align == Align::left ? " --- |" : " ---: |";
  }
  auto result = head + '\n' + rule + '\n';
  for (const auto& row : rows_) {
    result += '|';
    for (const auto& cell : row) result += ' ' + markdown_cell(printable(cell)) + " |";
    result += '\n';
  }
  return result;
}

std::string Table::csv() const {
  std::string result;
  for (std::size_t i = 0; i < columns_.size(); ++i) result += (i == 0 ? "" : ",") + csv_cell(columns_[i].title, Align::left);
  result += '\n';
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) result += (i == 0 ? "" : ",") + csv_cell(row[i], columns_[i].align);
    result += '\n';
  }
  return result;
}

std::string wrap(std::string_view paragraphs, std::size_t width, std::size_t indent) {
  const std::string blanks(indent, ' ');
  std::string result;
  while (!paragraphs.empty()) {
    const auto end = std::min(paragraphs.find('\n'), paragraphs.size());
    const auto line = paragraphs.substr(0, end);
    paragraphs.remove_prefix(std::min(end + 1, paragraphs.size()));
    if (line.empty()) {
      result += '\n';
    } else if (line[0] == ' ') {
      result += blanks + std::string(line) + '\n';
    } else {
      fill(line, width, blanks, result);
    }
  }
  return result;
}

}  // namespace genai::text
