// The request log: one line of JSON for each exchange, written beside the requests and never in their way.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.hpp"
#include "domain/record/record.hpp"

namespace genai::telemetry {

struct RequestLogConfig {
  std::filesystem::path file;                            // appended to, made with mode 0600; empty: standard error
  std::size_t max_waiting_bytes = 4 * 1024 * 1024;       // lines beyond are dropped and counted
};

// Owns its descriptor and the one thread that writes to it. Lines gather while the thread writes, so that a reader who stalls costs memory up to the
// bound and then lines, but never time. A file that was rotated away, or reopen(), lets it start the new one.
class RequestLog {
 public:
  // environment, naming the file, when it cannot be opened.
  static Result<std::unique_ptr<RequestLog>> open(RequestLogConfig config);
  // Writes what waits, for at most a second.
  ~RequestLog();

  // Any thread; never waits for the disk or a reader. `line` is without its line feed.
  void add(std::string_view line);
  // The next line goes to a file opened anew. Any thread.
  void reopen();
  // Waits until all that was added before has been written or given up. Any thread but a loop's.
  void flush();
  // Lines that were given up, because too much waited or they could not be written. Any thread.
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  class Sink;
  RequestLog(RequestLogConfig config, std::unique_ptr<Sink> sink);
  void run();

  const RequestLogConfig config_;
  std::unique_ptr<Sink> sink_;  // the thread's
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::string waiting_;
  std::uint64_t added_ = 0, done_ = 0;  // bytes
  bool reopen_ = false;
  std::thread thread_;
};

// What a record adds to its line: members of a JSON object without braces. Names, numbers and codes, never a text of the conversation or a credential.
std::string log_members(const record::Record& record);

}  // namespace genai::telemetry
