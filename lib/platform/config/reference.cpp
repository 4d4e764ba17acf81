#include "platform/config/reference.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "platform/process/output.hpp"

namespace genai::config {
namespace {

constexpr std::string_view env = "env:", file = "file:", command = "command:";
constexpr std::string_view how = "write \"${env:NAME}\" or \"${file:PATH}\"";
constexpr std::string_view how_secret = "write \"${env:NAME}\", \"${file:PATH}\" or \"${command:PROGRAM ARGUMENTS}\"";

Error refused(std::string what) { return {.code = Code::config_error, .what = std::move(what), .param = {}}; }

Error refused_file(const std::filesystem::path& path, std::string_view why) { return refused("file " + path.string() + " " + std::string(why)); }

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }

 private:
  int value_;
};

enum class Use { text, secret };

// The whole of a small regular file without the line ends at its end. Rights are asked of the opened file, so no swap gets between.
Result<std::string> read_small(const std::filesystem::path& path, Use use) {
  constexpr off_t most = 64 * 1024;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return refused_file(path, "cannot be read: " + std::system_category().message(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) return refused_file(path, "is not a regular file");
  if (info.st_size > most) return refused_file(path, "is larger than 64 KiB");
  if (use == Use::secret && (info.st_mode & S_IROTH) != 0) return refused_file(path, "can be read by everyone on this machine; chmod o-r it");
  std::string text(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return refused_file(path, "cannot be read to its end");
    filled += static_cast<std::size_t>(got);
  }
  text.erase(text.find_last_not_of("\r\n") + 1);
  return text;
}

// The one line that the command writes.
Result<std::string> output_of(std::string_view line, const Sources& sources) {
  if (sources.commands == Commands::refuse) return refused("no command is run for this document");
  const auto arguments = process::split(line);
  if (!arguments) return refused(arguments.error().what);
  if (sources.commands == Commands::look_at) return std::string("unknown");
  auto text = process::output(*arguments, sources.directory);
  if (!text) return refused(text.error().what);
  text->erase(text->find_last_not_of("\r\n") + 1);
  if (text->find('\n') != std::string::npos) return refused("the command '" + arguments->front().substr(0, 128) + "' wrote more than one line");
  return text;
}

Result<std::string> look_up(std::string_view reference, const Sources& sources, Use use) {
  if (reference.starts_with(env) && reference.size() > env.size()) {
    const auto name = reference.substr(env.size());
    auto value = sources.variable(name);
    if (!value) return refused("environment variable " + std::string(name) + " is not set");
    return *std::move(value);
  }
  if (reference.starts_with(file) && reference.size() > file.size())
    return read_small(sources.directory / std::filesystem::path(reference.substr(file.size())), use);
  if (use == Use::secret && reference.starts_with(command)) return output_of(reference.substr(command.size()), sources);
  return refused("unknown reference; " + std::string(use == Use::secret ? how_secret : how));
}

}  // namespace

Result<std::string> expand(std::string_view text, const Sources& sources) {
  std::string result;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    result += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result += '$';
      text.remove_prefix(2);
    } else if (text.starts_with("${")) {
      const auto end = text.find('}');
      if (end == std::string_view::npos) return refused("${ without its }");
      auto value = look_up(text.substr(2, end - 2), sources, Use::text);
      if (!value) return value.error();
      result += *value;
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      result += '$';
      text.remove_prefix(1);
    }
  }
  return result;
}

bool is_written_out(std::string_view text) { return !text.starts_with("${"); }

SecretSource source_of(std::string_view reference, const Sources& sources) {
  if (reference.starts_with(file)) return {SecretSource::Kind::file, std::string(reference), sources.directory};
  if (reference.starts_with(command)) return {SecretSource::Kind::command, std::string(reference), sources.directory};
  return {SecretSource::Kind::variable, std::string(reference), {}};
}

Result<Secret> checked_secret(std::string text, std::string_view what) {
  if (text.empty()) return refused(std::string(what) + " is empty");
  const auto unprintable = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  if (std::any_of(text.begin(), text.end(), unprintable)) return refused(std::string(what) + " holds a blank or control character");
  return Secret(std::move(text));
}

Result<Secret> read_secret(std::string_view text, const Sources& sources) {
  if (is_written_out(text) || text.find('}') != text.size() - 1) return refused("a secret does not stand in this file; " + std::string(how_secret));
  const auto reference = text.substr(2, text.size() - 3);
  auto value = look_up(reference, sources, Use::secret);
  if (!value) return value.error();
  return checked_secret(*std::move(value), text);
}

std::filesystem::path SecretSource::file_path() const { return kind == Kind::file ? directory / reference.substr(file.size()) : std::filesystem::path(); }

Result<Secret> SecretSource::read() const {
  if (kind != Kind::file && kind != Kind::command) return refused("it cannot be read again");
  return read_secret("${" + reference + "}", {.variable = {}, .directory = directory, .commands = Commands::run});
}

}  // namespace genai::config
