#include "features/providers/credentials.hpp"

#include "platform/http/server.hpp"

namespace genai::providers {
namespace {

// A key in a field.
class Key final : public Credentials {
 public:
  Key(const ProviderConfig& config, Proof proof) : proof_(proof), is_passed_through_(config.passthrough_credentials) {
    if (!config.api_key.empty()) append_line(line_, config.api_key);
  }

  Result<void> append(std::string& head, const Outgoing& request) override {
    if (!is_passed_through_) head += line_;
    else if (!request.caller.empty()) append_line(head, request.caller);
    return {};
  }

 private:
  void append_line(std::string& to, const Secret& key) const { http::append_field(to, proof_.field, std::string(proof_.scheme) += key.reveal()); }

  const Proof proof_;
  const bool is_passed_through_;
  std::string line_;
};

}  // namespace

std::unique_ptr<Credentials> make_credentials(const ProviderConfig& config, const Kind& kind) { return std::make_unique<Key>(config, kind.proof); }

}  // namespace genai::providers
