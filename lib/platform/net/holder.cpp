#include "platform/net/holder.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace genai::net {
namespace {

namespace fs = std::filesystem;

// proc(5), /proc/net/tcp: "sl local_address rem_address st ... inode"; st 0A is LISTEN.
std::vector<std::string> listening_inodes(const char* table, std::uint16_t port) {
  std::vector<std::string> inodes;
  std::ifstream file(table);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream columns(line);
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
    columns >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
    const auto colon = local.rfind(':');
    if (state != "0A" || colon == std::string::npos) continue;
    if (std::stoul(local.substr(colon + 1), nullptr, 16) == port) inodes.push_back("socket:[" + inode + "]");
  }
  return inodes;
}

bool holds(const fs::path& process, const std::vector<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator entry(process / "fd", error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    const auto target = fs::read_symlink(entry->path(), gone).string();
    if (!gone && std::find(sockets.begin(), sockets.end(), target) != sockets.end()) return true;
  }
  return false;
}

}  // namespace

std::string holder_of_port(std::uint16_t port) {
  auto sockets = listening_inodes("/proc/net/tcp", port);
  const auto v6 = listening_inodes("/proc/net/tcp6", port);
  sockets.insert(sockets.end(), v6.begin(), v6.end());
  if (sockets.empty()) return "";
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string pid = entry->path().filename();
    if (!std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
    if (!holds(entry->path(), sockets)) continue;
    std::string name;
    std::getline(std::ifstream(entry->path() / "comm"), name);
    return name + " (pid " + pid + ")";
  }
  return "";
}

}  // namespace genai::net
