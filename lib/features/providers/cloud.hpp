// Providers inside of a cloud: where there they are, and as whom they are asked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace genai::config {
class Map;
}

namespace genai::providers {

struct ServiceAccount;

// Of Amazon Bedrock.
struct AwsConfig {
  std::string region;    // "eu-central-1"
  std::string key_id;    // of the access key; empty: requests are not signed
  Secret secret_key;
  Secret session_token;  // of temporary keys; empty: the key is none
};

// Of Google Vertex AI.
struct GoogleConfig {
  std::string project;
  std::string location;                   // "europe-west1", or "global"
  std::filesystem::path service_account;  // its file, as Google hands it out; empty: none
  std::shared_ptr<const ServiceAccount> account;  // what load_service_accounts() read there
};

// Read what only providers in that cloud have. Problems go to the document's list.
AwsConfig read_aws(config::Map& map);
GoogleConfig read_google(config::Map& map);

// "https://bedrock-runtime.{region}.amazonaws.com" with the places in it: {region}, {project}, {location}, and {vertex}, the first part of Vertex AI's
// host there. What is empty stays a mark.
std::string at_place(std::string_view pattern, const AwsConfig& aws, const GoogleConfig& google);

}  // namespace genai::providers
