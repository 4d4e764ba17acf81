#include "genai/owner.hpp"

#include <utility>

#include "engines/gateway/owner.hpp"
#include "platform/http/client.hpp"
#include "platform/net/io_loop.hpp"

namespace genai {
namespace {

constexpr std::chrono::seconds patience{10};
constexpr std::size_t max_answer_bytes = 1 << 20;

Error failed(const net::Endpoint& at, const std::string& why) {
  return Error{Code::environment, "the server at " + at.text() + " " + why, ""};
}

net::Task<Result<std::string>> read_body(http::Answer& answer, MonoTime until) {
  std::string body;
  for (;;) {
    auto piece = co_await answer.read(until);
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return body;
    if (body.size() + piece->size() > max_answer_bytes) co_return Error{Code::upstream_protocol, "the answer is too long", ""};
    body += *piece;
  }
}

net::Task<void> ask(net::IoLoop& loop, net::Endpoint at, std::string head, std::string body, Result<std::optional<std::string>>& result) {
  http::Client client(loop);
  net::Cancellation never;
  const auto until = loop.now() + patience;
  auto answer = co_await client.send(at, std::move(head), std::move(body), until, until, never);
  if (!answer) {
    const bool nobody = answer.error().code == Code::upstream_unreachable;
    if (nobody) result = std::optional<std::string>();
    else result = failed(at, "does not answer: " + answer.error().what);
  } else {
    const int status = (*answer)->head().status;
    auto said = co_await read_body(**answer, until);
    if (!said) result = failed(at, "broke off: " + said.error().what);
    else if (status != 200) result = failed(at, "answered with status " + std::to_string(status) + ": " + *said);
    else result = std::optional(std::move(*said));
  }
  answer = Error{};
  co_await client.close();
  loop.stop();
}

}  // namespace

Result<std::optional<std::string>> ask_owner(const std::filesystem::path& data_dir, std::string_view method, std::string_view path, std::string body,
                                             const World& world) {
  net::Endpoint at{(data_dir / gateway::owner_socket).string()};
  std::error_code ignored;  // what cannot be seen is not there
  if (!std::filesystem::is_socket(at.host, ignored)) return std::optional<std::string>();
  std::string head;
  head.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: owner\r\n");
  http::append_field(head, "Content-Length", std::to_string(body.size()));
  head += "\r\n";
  Result<std::optional<std::string>> result = Error{};
  net::IoLoop loop(world.clock);
  net::TaskGroup tasks;
  tasks.spawn(ask(loop, std::move(at), std::move(head), std::move(body), result));
  loop.run();
  return result;
}

}  // namespace genai
