// Vectors: FIPS 180-4 examples (NIST, "SHA256.pdf"), RFC 4231 (HMAC), RFC 4648, section 10 (base64), RFC 7515, appendices A.1 and A.2 (tokens).
#include "fakes/rsa_key.hpp"
#include "platform/crypto/encoding.hpp"
#include "platform/crypto/hash.hpp"
#include "platform/crypto/signing_key.hpp"
#include "test.hpp"

using namespace genai;
using namespace genai::crypto;

namespace {

std::string repeated(unsigned char byte, std::size_t times) { return std::string(times, static_cast<char>(byte)); }

constexpr const char* ec_key = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrFGYAKMfL3X/jGrD
WkL5rBcrO9E7vn7IU8Wls0raHkehRANCAAQVJGxJfbnplnaSkYKE9JMcskEi5fUQ
DcUJ954gs0yz+QtjtJjzO+UgyMCcxgBHnR3YOGVTHcdwbysgt8B0aYvi
-----END PRIVATE KEY-----
)";
constexpr const char* short_key = R"(-----BEGIN PRIVATE KEY-----
MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAN0TeNHLfnMKHZvc
PuiYq6pBXMIkfHq3nD+Ku8Zf6gwprvuqrz3+X2TdkB7OKxeX113PPW0Uf5+E68nZ
ovox+xFNicULaJKkHk4DN99/r1UpDpxIXNZw8mtoeHrOjDfKNSFtHg2Dha9wGpLN
JTax8hKTnIEb8fqP/TrLPH9Qh/URAgMBAAECgYBNcpfd70siJAYRZwwG0g05fOJx
BPUyzIYJYKG9sjY9ApFRiw8PScDDhjcKA7Hm9wO00ngzcX3wNVGhCgRlYAMS+uRQ
Ur5EGY31GR+6CWycABUsS1GMCz/p8EkMNqnmiV53LBR743frP8RGDy3cGcBvrgrm
sVbfiHXvLpMXJ5kkEQJBAPeo4x0+jlqljFaerEH2gUD/S5xVrp7AGOhC3G8XLhA7
EYkSMAAPsgDsl2kbxAvu8T1MPjGLgZffNd8Ea8LKWA0CQQDkhWcqLf/IxjAsQqN0
xmdzahuf3V8NA9LIbh9zvQLSSNJkCJCtYIdd/byNwEmbyAo3nDhjFb7mdgs0sWrG
XqwVAkBaDzhHsi/iFsFp3lmVwyZNlIjSWPYfFIv6KhYu76b4kAJYbhy2aP66B08o
EcjA7isbt1YGfkyqBal5aAon050hAkBBf3ryO/z0Ltnf1bnD3poIGoGQcIKt2Eqx
595b7fDBFN44jbvp9aDW78L7XgG7BLro9X2z6KeupmbP04onETuBAkAj4mV8Evkx
dk5S2jiHcarxp4SgeZHzhqB9zyLB2b1zJSjldxGxK/E51ZlZv9DAu/3sUzAtY9Vc
uSTiJc/qEZrg
-----END PRIVATE KEY-----
)";

}  // namespace

TEST_CASE("SHA-256 as published", "[crypto]") {
  CHECK(hex(sha256("").bytes()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc").bytes()) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").bytes()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(repeated('a', 1'000'000)).bytes()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("HMAC-SHA-256 as published", "[crypto]") {
  struct Row {
    std::string key, text;
    const char* digest;
  };
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  const Row rows[] = {
      {repeated(0x0b, 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {repeated(0xaa, 20), repeated(0xdd, 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, repeated(0xcd, 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {repeated(0xaa, 131), "Test Using Larger Than Block-Size Key - Hash Key First", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {repeated(0xaa, 131), "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
      {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
  };
  for (const auto& row : rows) CHECK(hex(hmac_sha256(row.key, row.text).bytes()) == row.digest);
}

TEST_CASE("base64 as published, and back", "[crypto]") {
  const std::pair<const char*, const char*> rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : rows) {
    const std::string_view padded(text);
    CHECK(base64(bytes) == padded);
    CHECK(from_base64(padded) == bytes);
    const auto bare = padded.substr(0, padded.find('='));
    CHECK(base64url(bytes) == bare);
    CHECK(from_base64url(bare) == bytes);
  }
  std::string all;
  for (int byte = 255; byte >= 0; --byte) all += static_cast<char>(byte);
  CHECK(base64(all).starts_with("//79/Pv6"));
  CHECK(base64url(all).starts_with("__79_Pv6"));
  CHECK(from_base64(base64(all)) == all);
  CHECK(from_base64url(base64url(all)) == all);
}

TEST_CASE("what is no base64 is nothing", "[crypto]") {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zm9v=", "Zm9v====", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-v", "Zm_v", "===="}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64(text));
  }
  for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v"}) {
    CAPTURE(text);
    CHECK_FALSE(from_base64url(text));
  }
}

TEST_CASE("equal looks at every byte", "[crypto]") {
  CHECK(equal("", ""));
  CHECK(equal("key", "key"));
  CHECK_FALSE(equal("key", "kez"));
  CHECK_FALSE(equal("key", "Key"));
  CHECK_FALSE(equal("key", "keys"));
  CHECK_FALSE(equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST_CASE("an RSA signature as published", "[crypto]") {
  const auto key = SigningKey::of_pem(Secret(genai::fakes::rsa_key));
  REQUIRE(key.has_value());
  const std::string head = base64url(R"({"alg":"RS256"})");
  const std::string claims = base64url("{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
  const auto signature = key->sign(head + "." + claims);
  REQUIRE(signature.has_value());
  CHECK(base64url(*signature) ==
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPv"
        "kSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}

TEST_CASE("keys that cannot be used say why", "[crypto]") {
  const auto why = [](const char* pem) {
    const auto key = SigningKey::of_pem(Secret(pem));
    REQUIRE_FALSE(key.has_value());
    CHECK(key.error().code == Code::config_error);
    return key.error().what;
  };
  CHECK(why("") == "this is no private key in PEM without a password");
  CHECK(why("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n") == "this is no private key in PEM without a password");
  CHECK(why(ec_key) == "this private key is not an RSA key");
  CHECK(why(short_key) == "this RSA key has fewer than 2048 bits");
}
