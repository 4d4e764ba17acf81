// Vectors: the AWS Signature Version 4 test suite (get-vanilla, get-utf8, post-vanilla, post-sts-token, post-x-www-form-urlencoded,
// get-vanilla-query-order-key-case), and the example of the IAM User Guide.
#include "features/providers/aws_signature.hpp"
#include "platform/crypto/encoding.hpp"
#include "platform/crypto/hash.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::providers;

namespace {

const WallTime then{std::chrono::sys_days{std::chrono::year{2015} / 8 / 30} + std::chrono::hours(12) + std::chrono::minutes(36)};

AwsKey example_key() { return {.id = "AKIDEXAMPLE", .secret = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), .session = {}, .region = "us-east-1"}; }

std::string signed_lines(const AwsRequest& request, AwsKey key = example_key(), WallTime now = then) {
  std::string head;
  AwsSigner(std::move(key)).append(head, request, now);
  return head;
}

std::string signature_of(const AwsRequest& request) {
  const auto lines = signed_lines(request);
  const std::string_view mark = "Signature=";
  const auto at = lines.find(mark) + mark.size();
  return lines.substr(at, lines.find('\r', at) - at);
}

AwsRequest vanilla(std::string_view method, std::string_view target) {
  return {.service = "service", .method = method, .host = "example.amazonaws.com", .target = target, .content_type = {}, .body = {}};
}

}  // namespace

TEST_CASE("requests are signed as AWS published it", "[providers]") {
  CHECK(signed_lines(vanilla("GET", "/")) ==
        "X-Amz-Date: 20150830T123600Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31\r\n");
  CHECK(signature_of(vanilla("POST", "/")) == "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
  CHECK(signature_of(vanilla("GET", "/?Param2=value2&Param1=value1")) == "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
  auto form = vanilla("POST", "/");
  form.content_type = "application/x-www-form-urlencoded";
  form.body = "Param1=value1";
  CHECK(signature_of(form) == "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST_CASE("the example of IAM's guide", "[providers]") {
  const AwsRequest request{.service = "iam", .method = "GET", .host = "iam.amazonaws.com", .target = "/?Action=ListUsers&Version=2010-05-08",
                           .content_type = "application/x-www-form-urlencoded; charset=utf-8", .body = {}};
  CHECK(signature_of(request) == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST_CASE("temporary keys have a session", "[providers]") {
  auto key = example_key();
  key.session = Secret(
      "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPk"
      "yQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==");
  const auto lines = signed_lines(vanilla("POST", "/"), std::move(key));
  CHECK(lines.starts_with("X-Amz-Date: 20150830T123600Z\r\nX-Amz-Security-Token: AQoDYXdzEPT//"));
  CHECK(lines.find("SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead\r\n") != lines.npos);
}

// Computed by hand from the guide: the path's segments, which are encoded on the wire, are encoded once more.
TEST_CASE("names of models are encoded twice", "[providers]") {
  const std::string body = "{}";
  const AwsRequest request{.service = "bedrock", .method = "POST", .host = "bedrock-runtime.eu-west-1.amazonaws.com",
                           .target = "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fa.b-v1%3A0/converse", .content_type = "application/json", .body = body};
  const std::string canonical =
      "POST\n/model/arn%253Aaws%253Abedrock%253Aeu-west-1%253A1%253Ainference-profile%252Fa.b-v1%253A0/converse\n\n"
      "content-type:application/json\nhost:bedrock-runtime.eu-west-1.amazonaws.com\nx-amz-date:20150830T123600Z\n\ncontent-type;host;x-amz-date\n" +
      crypto::hex(crypto::sha256(body).bytes());
  const std::string to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/bedrock/aws4_request\n" + crypto::hex(crypto::sha256(canonical).bytes());
  std::string key = "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  for (const char* step : {"20150830", "us-east-1", "bedrock", "aws4_request"}) key = std::string(crypto::hmac_sha256(key, step).bytes());
  CHECK(signature_of(request) == crypto::hex(crypto::hmac_sha256(key, to_sign).bytes()));
}

TEST_CASE("a day has its own signing key", "[providers]") {
  AwsSigner signer(example_key());
  std::string first, next_day, again;
  signer.append(first, vanilla("GET", "/"), then);
  signer.append(next_day, vanilla("GET", "/"), then + std::chrono::hours(24));
  signer.append(again, vanilla("GET", "/"), then);
  CHECK(next_day.find("20150831/us-east-1") != next_day.npos);
  CHECK(first == again);
  CHECK(next_day == signed_lines(vanilla("GET", "/"), example_key(), then + std::chrono::hours(24)));
}
