// Requests that are signed with an access key of Amazon's.
#pragma once

#include <memory>

#include "features/providers/credentials.hpp"

namespace genai::providers {

// Signs for Bedrock, in the configuration's region.
std::unique_ptr<Credentials> make_aws_credentials(const ProviderConfig& config);

}  // namespace genai::providers
