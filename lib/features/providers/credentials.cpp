#include "features/providers/credentials.hpp"

#include "features/providers/aws_credentials.hpp"
#include "features/providers/google_credentials.hpp"
#include "features/providers/keys.hpp"
#include "platform/http/server.hpp"

namespace genai::providers {
namespace {

// A key in a field.
class Key final : public Credentials {
 public:
  Key(const ProviderConfig& config, Proof proof) : proof_(proof), is_passed_through_(config.passthrough_credentials), live_(config.live_key) {
    if (config.live_key) keep_up(*config.live_key);
    else if (!config.api_key.empty()) append_line(line_, config.api_key);
  }

  Result<void> append(std::string& head, const Outgoing& request) override {
    if (live_ && live_->version() != version_) keep_up(*live_);
    if (!is_passed_through_) head += line_;
    else if (!request.caller.empty()) append_line(head, request.caller);
    return {};
  }

 private:
  void append_line(std::string& to, const Secret& key) const { http::append_field(to, proof_.field, std::string(proof_.scheme) += key.reveal()); }

  void keep_up(const LiveKey& live) {
    version_ = live.version();  // before the key: at worst it is read once more
    line_.clear();
    append_line(line_, live.current());
  }

  const Proof proof_;
  const bool is_passed_through_;
  const std::shared_ptr<LiveKey> live_;  // null: the key does not change
  std::uint64_t version_ = 0;
  std::string line_;
};

}  // namespace

net::Task<Result<void>> Credentials::prepare(MonoTime, net::Cancellation&) { co_return Result<void>(); }

std::unique_ptr<Credentials> make_credentials(const ProviderConfig& config, const Kind& kind, http::Client& client, net::Loop& loop) {
  if (!config.aws.key_id.empty()) return make_aws_credentials(config);
  if (config.google.account) return make_google_credentials(config, client, loop);
  return std::make_unique<Key>(config, kind.proof);
}

}  // namespace genai::providers
