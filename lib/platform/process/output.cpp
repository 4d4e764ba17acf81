#include "platform/process/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

namespace genai::process {
namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset(int value = -1) {
    if (const int old = std::exchange(value_, value); old >= 0) ::close(old);
  }
  int get() const { return value_; }

 private:
  int value_;
};

// How the child starts: its descriptors, directory, signals and a process group of its own.
class Start {
 public:
  Start(const std::filesystem::path& directory, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!directory.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, usual;
    ::sigemptyset(&none);
    ::sigfillset(&usual);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Start(const Start&) = delete;
  ~Start() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // 0, or why it did not start.
  int run(const std::vector<std::string>& arguments, pid_t& child) const {
    std::vector<char*> pointers;
    for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    return ::posix_spawnp(&child, pointers[0], &actions_, &attributes_, pointers.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// A running child, killed with its group unless it has ended.
class Child {
 public:
  explicit Child(pid_t id) : id_(id), ended_(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))) {}
  Child(const Child&) = delete;
  ~Child() {
    if (id_ < 0) return;
    ::kill(-id_, SIGKILL);
    wait();
  }
  int ended() const { return ended_.get(); }
  // Its status as waitpid() says it.
  int wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = -1;
    return status;
  }

 private:
  pid_t id_;
  Descriptor ended_;
};

// Takes what is there. False: no more will come.
bool drain(int from, std::string& to, std::size_t most) {
  std::array<char, 4096> buffer;
  while (to.size() <= most) {
    const auto got = ::read(from, buffer.data(), buffer.size());
    if (got > 0) to.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got < 0 && errno == EINTR) continue;
    else return got < 0 && errno == EAGAIN;
  }
  return true;
}

// Nothing: the child has ended, and `output` is all it wrote. Else what went wrong.
std::optional<std::string> read_to_end(const Child& child, Descriptor& from, std::string& output, const Bounds& bounds) {
  const auto deadline = Clock::now() + bounds.time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return "took longer than " + std::to_string(bounds.time.count()) + " ms";
    std::array<pollfd, 2> waits{pollfd{child.ended(), POLLIN, 0}, pollfd{from.get(), POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) return std::string("cannot be waited for: ") + std::strerror(errno);
    const bool ended = waits[0].revents != 0;  // asked before the last read, so that nothing is missed
    if (from.get() >= 0 && !drain(from.get(), output, bounds.bytes)) from.reset();
    if (output.size() > bounds.bytes) return "wrote more than " + std::to_string(bounds.bytes) + " bytes";
    if (ended) return std::nullopt;
  }
}

}  // namespace

Result<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (const char c : line) {
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (!word) word.emplace();
    if (c == quote) quote = 0;
    else if (quote == 0 && (c == '\'' || c == '"')) quote = c;
    else *word += c;
  }
  if (quote != 0) return Error{Code::config_error, std::string("the command has a ") + quote + " that is not closed", ""};
  if (word) words.push_back(*std::move(word));
  if (words.empty() || words.front().empty()) return Error{Code::config_error, "the command names no program", ""};
  return words;
}

Result<std::string> output(const std::vector<std::string>& arguments, const std::filesystem::path& directory, Bounds bounds) {
  const auto failed = [&](const std::string& why) { return Error{Code::environment, "the command '" + arguments.front().substr(0, 128) + "' " + why, ""}; };
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed(std::string("cannot be started: ") + std::strerror(errno));
  Descriptor from(ends[0]), to(ends[1]);
  ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  pid_t id = -1;
  if (const int error = Start(directory, to.get()).run(arguments, id); error != 0) return failed(std::string("cannot be started: ") + std::strerror(error));
  to.reset();
  Child child(id);
  if (child.ended() < 0) return failed("cannot be waited for");
  std::string text;
  if (const auto wrong = read_to_end(child, from, text, bounds)) return failed(*wrong);
  const int status = child.wait();
  if (WIFSIGNALED(status)) return failed("was ended by signal " + std::to_string(WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0) return failed("ended with exit status " + std::to_string(WEXITSTATUS(status)));
  return text;
}

}  // namespace genai::process
