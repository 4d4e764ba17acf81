// Google's service accounts: their file, what they sign, and the tokens they get for it. Pure.
// Format: Google Identity, "Using OAuth 2.0 for Server to Server Applications" (HTTP/REST); RFC 7523, "JWT Profile for OAuth 2.0 ... Authorization Grants"; RFC 6749, section 5.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "platform/crypto/signing_key.hpp"

namespace genai::providers {

struct ServiceAccount {
  std::string email;
  std::string key_id;
  Secret private_key;     // PEM
  std::string token_uri;  // where its tokens are; https, or http on this machine
};

// Reads the JSON file that Google hands out. config_error says what is missing or wrong, and repeats nothing of it.
Result<ServiceAccount> read_service_account(std::string_view json);

// The body of a request for a token that may use Google Cloud for an hour from `now`.
Result<std::string> token_request(const ServiceAccount& account, const crypto::SigningKey& key, WallTime now);

struct Token {
  Secret text;
  std::chrono::seconds lifetime{};
};

// Reads the answer to such a request. upstream_protocol: it is none; upstream_auth: the account was refused.
Result<Token> read_token(int status, std::string_view body);

}  // namespace genai::providers
