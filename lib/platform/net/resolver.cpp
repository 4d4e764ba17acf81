#include "platform/net/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace genai::net {
namespace {

constexpr std::size_t max_threads = 4;
constexpr std::size_t max_waiting = 256;

struct Lookup {
  std::string host;
  std::function<void(Result<std::vector<std::string>>)> done;
};

Result<std::vector<std::string>> addresses(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0) {
    if (host == "localhost") return std::vector<std::string>{"127.0.0.1"};  // also where nobody says so: RFC 6761, section 6.3
    return Error{Code::upstream_unreachable, "cannot resolve '" + host + "': " + ::gai_strerror(error), ""};
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  std::vector<std::string> found;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) found.emplace_back(text);
  }
  return found;
}

// Shared with the threads, which are detached: one may sit in getaddrinfo while the process ends.
struct Pool {
  std::mutex mutex;  // guards everything below
  std::condition_variable work;
  std::deque<Lookup> waiting;
  std::size_t threads = 0;
  std::size_t idle = 0;
};

void serve(const std::shared_ptr<Pool>& pool) {
  for (;;) {
    Lookup lookup;
    {
      std::unique_lock lock(pool->mutex);
      ++pool->idle;
      pool->work.wait(lock, [&] { return !pool->waiting.empty(); });
      --pool->idle;
      lookup = std::move(pool->waiting.front());
      pool->waiting.pop_front();
    }
    lookup.done(addresses(lookup.host));
  }
}

}  // namespace

void resolve(std::string host, std::function<void(Result<std::vector<std::string>>)> done) {
  static const auto pool = std::make_shared<Pool>();  // threads, not state: look-ups share nothing
  {
    const std::lock_guard lock(pool->mutex);
    if (pool->waiting.size() < max_waiting) {
      pool->waiting.push_back({std::move(host), std::move(done)});
      if (pool->idle < pool->waiting.size() && pool->threads < max_threads) {
        ++pool->threads;
        std::thread(serve, pool).detach();
      }
      pool->work.notify_one();
      return;
    }
  }
  done(Error{Code::upstream_unreachable, "too many name look-ups are waiting", ""});
}

}  // namespace genai::net
