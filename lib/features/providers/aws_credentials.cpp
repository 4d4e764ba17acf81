#include "features/providers/aws_credentials.hpp"

#include "features/providers/aws_signature.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {
namespace {

class Signed final : public Credentials {
 public:
  Signed(AwsKey key, std::string host) : signer_(std::move(key)), host_(std::move(host)) {}

  Result<void> append(std::string& head, const Outgoing& request) override {
    const AwsRequest to_sign{.service = "bedrock", .method = "POST", .host = host_, .target = request.target, .content_type = "application/json", .body = request.body};
    signer_.append(head, to_sign, request.now);
    return {};
  }

 private:
  AwsSigner signer_;
  const std::string host_;  // as in the field Host
};

}  // namespace

std::unique_ptr<Credentials> make_aws_credentials(const ProviderConfig& config) {
  const auto& aws = config.aws;
  const auto url = http::parse_url(config.base_url);
  return std::make_unique<Signed>(AwsKey{aws.key_id, aws.secret_key, aws.session_token, aws.region}, url ? url->authority : std::string());
}

}  // namespace genai::providers
