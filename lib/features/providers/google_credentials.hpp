// Requests as a service account of Google's.
#pragma once

#include <memory>

#include "features/providers/credentials.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

// Fetches tokens from the account's token endpoint through `client`, on its loop, one at a time however many wait for it. A token is fetched anew
// when its last five minutes begin, while requests still go out with it; only without one they wait. `config.google.account` is there.
std::unique_ptr<Credentials> make_google_credentials(const ProviderConfig& config, http::Client& client, net::Loop& loop);

}  // namespace genai::providers
