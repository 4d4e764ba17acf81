// A server that answers each request with a script of pauses, bytes and an end: in memory and virtual time, or on what a listener accepts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/net/cancellation.hpp"
#include "platform/net/loop.hpp"
#include "platform/net/memory.hpp"
#include "platform/net/stream.hpp"

namespace genai::load {

struct Step {
  Nanoseconds after{0};
  std::string bytes;
  bool close = false;
};
using Script = std::vector<Step>;

// Says what to do with the `index`th request of all, which came at `now`.
using Behaviour = std::function<Script(std::size_t index, MonoTime now)>;

class FakeServer final : public net::Network {
 public:
  FakeServer(net::Loop& loop, Behaviour behaviour) : loop_(loop), behaviour_(std::move(behaviour)) {}

  net::Loop& loop() override { return loop_; }
  net::Task<Result<std::unique_ptr<net::Stream>>> connect(net::Endpoint, MonoTime, net::Cancellation&) override {
    if (refuse) co_return Error{Code::upstream_unreachable, "refused", ""};
    auto [near, far] = net::make_stream_pair(loop_);
    serve(std::move(far));
    co_return std::move(near);
  }
  void serve(std::unique_ptr<net::Stream> stream) { peers_.push_back(std::make_unique<Peer>(*this, std::move(stream))); }
  void close_all() {
    for (auto& peer : peers_) peer->close();
  }

  bool refuse = false;
  std::size_t connections() const { return peers_.size(); }
  std::size_t requests() const { return requests_; }
  // The requests as they came.
  std::string received;

 private:
  class Peer final : net::Completion {
   public:
    Peer(FakeServer& server, std::unique_ptr<net::Stream> stream)
        : server_(server), stream_(std::move(stream)), timer_(server.loop_, [this] { play(); }) {
      stream_->start_read(buffer_, *this);
    }

    void close() {
      timer_.clear();
      stream_->close();
    }

   private:
    struct Ignored final : net::Completion {
      void complete(net::IoResult) override {}
    };
    void complete(net::IoResult result) override {
      if (!result.ok() || result.bytes == 0) return stream_->close();
      server_.received.append(buffer_, result.bytes);
      script_ = server_.behaviour_(server_.requests_++, server_.loop_.now());
      at_ = 0;
      wait();
      stream_->start_read(buffer_, *this);
    }
    void wait() {
      if (at_ < script_.size()) timer_.set(server_.loop_.now() + script_[at_].after);
    }
    void play() {
      const Step& step = script_[at_++];
      net::IoResult now;
      const std::string_view part[] = {step.bytes};
      if (!step.bytes.empty()) stream_->start_write(part, now, written_);
      if (step.close) return stream_->close();
      wait();
    }
    FakeServer& server_;
    std::unique_ptr<net::Stream> stream_;
    net::Timer timer_;
    Script script_;
    std::size_t at_ = 0;
    Ignored written_;
    char buffer_[4096];
  };

  net::Loop& loop_;
  Behaviour behaviour_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::size_t requests_ = 0;
};

}  // namespace genai::load
