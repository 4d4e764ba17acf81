// One HTTP exchange without a connection: what was sent is kept, with the time of every piece.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "platform/http/server.hpp"

namespace genai::sim::testing {

class FakeExchange final : public http::Exchange {
 public:
  FakeExchange(net::Loop& loop, std::string method, std::string path, std::string body, std::string content_type = "application/json")
      : loop_(loop), method_(std::move(method)), path_(std::move(path)), body_(std::move(body)), content_type_(std::move(content_type)) {
    head_.method = method_;
    head_.target = head_.path = path_;
    if (!content_type_.empty()) head_.fields.add({"Content-Type", content_type_});
  }

  const http::RequestHead& head() const override { return head_; }
  net::Loop& loop() override { return loop_; }
  std::string peer() const override { return "fake"; }
  net::Task<Result<std::string>> body() override { co_return body_; }
  net::Task<bool> respond(http::Response response) override {
    response_ = std::move(response);
    text = response_.body;
    ended = true;
    co_return !gone_;
  }
  void begin(http::Response head) override {
    response_ = std::move(head);
    begun_ = true;
  }
  net::Task<bool> send(std::string_view piece) override {
    pieces.emplace_back(loop_.now(), std::string(piece));
    text += piece;
    co_return !gone_;
  }
  net::Task<bool> finish(std::string_view last_piece) override {
    pieces.emplace_back(loop_.now(), std::string(last_piece));
    text += last_piece;
    ended = true;
    co_return !gone_;
  }
  void abort() override { aborted = true; }
  bool begun() const override { return begun_; }
  void on_hangup(std::function<void()> left) override { left_ = std::move(left); }
  bool hung_up() const override { return gone_; }

  void hang_up() {
    gone_ = true;
    if (left_) left_();
  }
  const http::Response& response() const { return response_; }

  std::vector<std::pair<MonoTime, std::string>> pieces;
  std::string text;  // the whole body
  bool ended = false;
  bool aborted = false;

 private:
  net::Loop& loop_;
  std::string method_, path_, body_, content_type_;
  http::RequestHead head_;
  http::Response response_;
  std::function<void()> left_;
  bool begun_ = false;
  bool gone_ = false;
};

}  // namespace genai::sim::testing
