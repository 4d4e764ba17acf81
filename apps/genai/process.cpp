#include "genai/process.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <system_error>

#include "base/error.hpp"
#include "genai/commands.hpp"

namespace genai {
namespace {

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

// Before the first stream exists. Read-only, so that writing still fails and is noticed.
int occupy_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", O_RDONLY);
  return STDOUT_FILENO;
}

int terminal_width() {
  constexpr int narrowest = 40, widest = 120;
  winsize size{};
  int width = 80;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    width = size.ws_col;
  } else if (const auto columns = environment("COLUMNS")) {
    int value = 0;
    const auto [end, failure] = std::from_chars(columns->data(), columns->data() + columns->size(), value);
    if (failure == std::errc() && end == columns->data() + columns->size()) width = value;
  }
  return std::clamp(width, narrowest, widest);
}

bool may_colour() {
  const auto no_color = environment("NO_COLOR");
  const auto terminal = environment("TERM");
  return ::isatty(STDOUT_FILENO) != 0 && (!no_color || no_color->empty()) && terminal && *terminal != "dumb";
}

std::filesystem::path current_directory() {
  std::error_code failure;  // removed under our feet: relative paths then fail where they are used
  auto path = std::filesystem::current_path(failure);
  return failure ? std::filesystem::path("/") : path;
}

}  // namespace

DescriptorBuffer::DescriptorBuffer(int descriptor) : descriptor_(descriptor) { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

int DescriptorBuffer::overflow(int byte) {
  if (sync() != 0) return traits_type::eof();
  if (byte != traits_type::eof()) sputc(static_cast<char>(byte));
  return 0;
}

int DescriptorBuffer::sync() {
  const char* at = pbase();
  while (error_ == 0 && at < pptr()) {
    const auto written = ::write(descriptor_, at, static_cast<std::size_t>(pptr() - at));
    if (written > 0) at += written;
    if (written < 0 && errno != EINTR) error_ = errno;
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
  return error_ == 0 ? 0 : -1;
}

Process::Process()
    : out_buffer_(occupy_standard_descriptors()),
      err_buffer_(STDERR_FILENO),
      out_(&out_buffer_),
      err_(&err_buffer_),
      world_{std::cin, out_, err_, clock_, environment, current_directory()} {
  std::signal(SIGPIPE, SIG_IGN);
  err_ << std::unitbuf;
  world_.out_is_tty = ::isatty(STDOUT_FILENO) != 0;
  world_.err_is_tty = ::isatty(STDERR_FILENO) != 0;
  world_.colour = may_colour();
  world_.width = terminal_width();
}

int Process::finish(int code) {
  out_.flush();
  const int failure = out_buffer_.error();
  if (failure == 0 || failure == EPIPE) return code;
  return report({.code = Code::environment, .what = "standard output cannot be written: " + std::system_category().message(failure), .param = {}},
                world_);
}

}  // namespace genai
