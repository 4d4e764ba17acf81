#include "platform/http/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>

namespace genai::http {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a text apart from its beginning; a part that is not there makes it fail for good.
class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text) {}
  bool complete() const { return good_ && rest_.empty(); }

  void word(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_) rest_.remove_prefix(expected.size());
  }
  // Exactly so many digits; the first may be a space if `padded`.
  int number(std::size_t digits, bool padded = false) {
    int value = 0;
    std::string_view text = rest_.substr(0, digits);
    good_ = good_ && text.size() == digits;
    if (padded && text.starts_with(' ')) text.remove_prefix(1);
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    good_ = good_ && failed == std::errc() && end == text.data() + text.size() && text.front() != '-';
    if (good_) rest_.remove_prefix(digits);
    return value;
  }
  unsigned month() {
    const auto found = std::find(months.begin(), months.end(), rest_.substr(0, 3));
    good_ = good_ && found != months.end();
    if (good_) rest_.remove_prefix(3);
    return static_cast<unsigned>(found - months.begin()) + 1;
  }
  std::chrono::seconds time() {
    const int hour = number(2);
    word(":");
    const int minute = number(2);
    word(":");
    const int second = number(2);
    good_ = good_ && hour < 24 && minute < 60 && second <= 60;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct Read {
  int year = 0;
  unsigned month = 0;
  int day = 0;
  std::chrono::seconds time{};
};

Read read_fixed(Parts& parts) {
  Read read;
  read.day = parts.number(2);
  parts.word(" ");
  read.month = parts.month();
  parts.word(" ");
  read.year = parts.number(4);
  parts.word(" ");
  read.time = parts.time();
  parts.word(" GMT");
  return read;
}

Read read_two_digits(Parts& parts, WallTime now) {
  Read read;
  read.day = parts.number(2);
  parts.word("-");
  read.month = parts.month();
  parts.word("-");
  const int year = parts.number(2);
  const int this_year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  read.year = this_year / 100 * 100 + year;
  if (read.year > this_year + 50) read.year -= 100;  // RFC 9110: more than 50 years ahead is meant as the past
  parts.word(" ");
  read.time = parts.time();
  parts.word(" GMT");
  return read;
}

Read read_asctime(Parts& parts) {
  Read read;
  read.month = parts.month();
  parts.word(" ");
  read.day = parts.number(2, true);
  parts.word(" ");
  read.time = parts.time();
  parts.word(" ");
  read.year = parts.number(4);
  return read;
}

}  // namespace

std::optional<WallTime> parse_date(std::string_view text, WallTime now) {
  const auto comma = text.find(", ");
  const bool is_asctime = comma == text.npos;
  Parts parts(text.substr(is_asctime ? std::min<std::size_t>(4, text.size()) : comma + 2));
  const bool is_fixed = comma == 3;
  const Read read = is_asctime ? read_asctime(parts) : is_fixed ? read_fixed(parts) : read_two_digits(parts, now);
  const std::chrono::year_month_day date{std::chrono::year(read.year), std::chrono::month(read.month), std::chrono::day(static_cast<unsigned>(read.day))};
  if (!parts.complete() || !date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date) + read.time);
}

}  // namespace genai::http
