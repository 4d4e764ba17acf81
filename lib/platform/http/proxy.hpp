// Forward proxies: which one a request goes through, and the tunnel through it (RFC 9110, section 9.3.6).
//
// What is https goes through a tunnel, so that the proxy sees names and sizes alone; plain http is handed to the proxy with its whole address in the
// request line (RFC 9112, section 3.2.2).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "platform/http/limits.hpp"
#include "platform/net/address.hpp"
#include "platform/net/cancellation.hpp"
#include "platform/net/stream.hpp"

namespace genai::http {

struct Proxy {
  net::Endpoint endpoint;
  Secret authorization;  // the value of Proxy-Authorization; empty: none is sent
};

// "http://[USER:PASSWORD@]HOST:PORT", or without the scheme; user and password percent-encoded. config_error says what is wrong and never repeats the text.
Result<std::shared_ptr<const Proxy>> parse_proxy(std::string_view text);

// A text that stands for itself has a password in it; what ${...} refers to does not count.
bool has_written_password(std::string_view text);

// Where no proxy is used, as NO_PROXY lists it: names, each with what is below it (a leading dot or "*." changes nothing), addresses, ranges of addresses, each with or
// without a port, or "*" for everywhere. Commas or blanks between them.
class NoProxy {
 public:
  NoProxy() = default;
  explicit NoProxy(std::string_view list);
  bool covers(const net::Endpoint& to) const;

 private:
  struct Rule {
    std::string name;  // lower case, without leading or trailing dot; empty: the addresses count
    net::AddressSet addresses;
    std::optional<std::uint16_t> port;
  };
  std::vector<Rule> rules_;
  bool everywhere_ = false;
};

// Asks the proxy at the other end of the stream for a tunnel. The stream is then one to `to`. upstream_unreachable with what the proxy answered, or when that takes until after
// `deadline`; client_closed once cancelled.
net::Task<Result<std::unique_ptr<net::Stream>>> open_tunnel(std::unique_ptr<net::Stream> stream, std::shared_ptr<const Proxy> proxy, net::Endpoint to, Limits limits, MonoTime deadline,
                                                            net::Cancellation& cancellation);

}  // namespace genai::http
