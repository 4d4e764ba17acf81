// Amazon's proof of who asks: a request is signed, its key never leaves.
// Format: AWS Identity and Access Management User Guide, "Create a signed AWS API request" (Signature Version 4), "Elements of an AWS API request signature".
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace genai::providers {

struct AwsKey {
  std::string id;      // "AKIA..."
  Secret secret;
  Secret session;      // of temporary keys; empty: the key is none
  std::string region;  // "eu-central-1"
};

// What is signed of a request. Its other fields may be changed on the way.
struct AwsRequest {
  std::string_view service;  // "bedrock"
  std::string_view method;
  std::string_view host;          // as in the field Host
  std::string_view target;        // path and query, as in the first line
  std::string_view content_type;  // empty: it has none
  std::string_view body;
};

// Signs for one service, region and key. Confined to one thread: the key of a day is kept.
class AwsSigner {
 public:
  explicit AwsSigner(AwsKey key) : key_(std::move(key)) {}

  // Appends the lines X-Amz-Date, X-Amz-Security-Token if there is a session, and Authorization. Amazon believes them for five minutes.
  void append(std::string& head, const AwsRequest& request, WallTime now);

 private:
  const std::string& signing_key(const std::string& date, std::string_view service);

  AwsKey key_;
  std::string scope_;  // date/region/service/aws4_request, of signing_key_
  std::string signing_key_;
};

}  // namespace genai::providers
