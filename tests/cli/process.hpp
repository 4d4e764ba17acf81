// Runs the real binary the way a shell does.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace genai::test {

// A fresh empty directory, gone with its contents at the end.
class Directory {
 public:
  Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);  // empty if there is none
void write_file(const std::filesystem::path& path, const std::string& text);

// Variables of the child: nothing of ours but these. HOME and PATH (with genai first) are always set.
using Variables = std::map<std::string, std::string>;

struct Outcome {
  std::string out;
  std::string err;
  int exit = -1;  // 128 + signal if it was killed
};

// Waits for the end; after a minute the child is killed.
Outcome run(const std::vector<std::string>& arguments, const std::filesystem::path& directory, const std::string& input = "",
            const Variables& variables = {});
// The same for a line of /bin/sh.
Outcome run_shell(const std::string& line, const std::filesystem::path& directory, const Variables& variables = {});

// A server of ours: started, ready once it has said "listening on URL".
class Server {
 public:
  // Empty url(): it ended, or said nothing within ten seconds; said() tells why.
  Server(const std::string& line, const std::filesystem::path& directory, const Variables& variables = {});
  ~Server();
  const std::string& url() const { return url_; }
  const std::string& said() const { return said_; }
  // SIGTERM, then the end: its exit code.
  int stop();

 private:
  int pid_ = -1;
  int errors_ = -1;
  std::string url_;
  std::string said_;
};

namespace detail {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// A file descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int number) : value(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  int value;
};

inline std::vector<std::string> environment(const Variables& variables, const fs::path& directory) {
  Variables all{{"HOME", directory.string()}, {"PATH", fs::path(GENAI_BINARY).parent_path().string() + ":/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}};
  // Sanitizers report through these.
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) all[name] = value;
  for (const auto& [name, value] : variables) all[name] = value;
  std::vector<std::string> result;
  for (const auto& [name, value] : all) result.push_back(name + "=" + value);
  return result;
}

inline std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

inline int spawn(std::vector<std::string> arguments, const fs::path& directory, int in, int out, int err, const Variables& variables) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  auto variable_list = environment(variables, directory);
  pid_t pid = -1;
  const int failure = ::posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(), pointers(variable_list).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) throw std::runtime_error("cannot start " + arguments[0]);
  return pid;
}

// Readable within the time.
inline bool wait_readable(int descriptor, std::chrono::milliseconds most) {
  pollfd wanted{descriptor, POLLIN, 0};
  return ::poll(&wanted, 1, static_cast<int>(most.count())) > 0;
}

inline int wait_end(int pid, std::chrono::milliseconds most) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!wait_readable(process.value, most)) ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

inline Outcome run_program(const std::vector<std::string>& arguments, const fs::path& directory, const std::string& input, const Variables& variables) {
  const Directory scratch;
  write_file(scratch.path() / "in", input);
  const auto create = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  int pid = -1;
  {
    const Descriptor in(::open((scratch.path() / "in").c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor out(::open((scratch.path() / "out").c_str(), create, 0600));
    const Descriptor err(::open((scratch.path() / "err").c_str(), create, 0600));
    pid = spawn(arguments, directory, in.value, out.value, err.value, variables);
  }
  Outcome outcome;
  outcome.exit = wait_end(pid, std::chrono::seconds(60));
  outcome.out = read_file(scratch.path() / "out");
  outcome.err = read_file(scratch.path() / "err");
  return outcome;
}

}  // namespace detail

namespace fs = std::filesystem;

inline Directory::Directory() {
  char name[] = "/tmp/genai-cli-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

inline Directory::~Directory() {
  std::error_code ignored;  // a leftover in /tmp is no reason to fail a test
  fs::remove_all(path_, ignored);
}

inline std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

inline Outcome run(const std::vector<std::string>& arguments, const fs::path& directory, const std::string& input, const Variables& variables) {
  std::vector<std::string> all{GENAI_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return detail::run_program(all, directory, input, variables);
}

inline Outcome run_shell(const std::string& line, const fs::path& directory, const Variables& variables) {
  return detail::run_program({"/bin/sh", "-c", line}, directory, "", variables);
}

inline Server::Server(const std::string& line, const fs::path& directory, const Variables& variables) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  errors_ = ends[0];
  {
    const detail::Descriptor none(::open("/dev/null", O_RDWR | O_CLOEXEC)), write_end(ends[1]);
    pid_ = detail::spawn({"/bin/sh", "-c", "exec " + line}, directory, none.value, none.value, write_end.value, variables);
  }
  constexpr std::string_view ready = "listening on ";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (url_.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !detail::wait_readable(errors_, left)) return;
    char bytes[4096];
    const auto got = ::read(errors_, bytes, sizeof bytes);
    if (got <= 0) return;
    said_.append(bytes, static_cast<std::size_t>(got));
    const auto at = said_.find(ready);
    const auto end = at == std::string::npos ? at : said_.find('\n', at);
    if (end != std::string::npos) url_ = said_.substr(at + ready.size(), end - at - ready.size());
  }
}

inline Server::~Server() {
  if (pid_ >= 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(errors_);
}

inline int Server::stop() {
  ::kill(pid_, SIGTERM);
  const int code = detail::wait_end(pid_, std::chrono::seconds(30));
  pid_ = -1;
  char bytes[4096];
  for (;;) {
    const auto got = ::read(errors_, bytes, sizeof bytes);
    if (got <= 0) return code;
    said_.append(bytes, static_cast<std::size_t>(got));
  }
}

}  // namespace genai::test
