#include "engines/sim/embeddings.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "base/rng.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

using json::Kind;

constexpr std::size_t most_inputs = 2048;
constexpr std::int64_t most_dimensions = 3072;

struct Request {
  std::string model;
  std::vector<std::string_view> inputs;  // raw: equal texts give equal vectors
  std::int64_t tokens = 0;
  std::int64_t dimensions = 256;
  bool base64 = false;
};

class RequestReader {
 public:
  explicit RequestReader(std::string_view body) : in_(body), body_(body) {}

  Result<Request> read() {
    if (!in_.enter_object()) {
      if (!in_.end()) return in_.error();
      return Error{Code::expected_object, "the body must be one JSON object", {}};
    }
    std::string_view key;
    while (in_.next_member(key)) {
      if (key == "model") read_model();
      else if (key == "input") read_input();
      else if (key == "encoding_format") read_format();
      else if (key == "dimensions") read_dimensions();
      else in_.skip();
    }
    if (!in_.end()) return in_.error();
    if (!has_model_) wrong(Code::missing_field, "model", "is required");
    if (!has_input_) wrong(Code::missing_field, "input", "is required");
    if (wrong_) return std::move(*wrong_);
    return std::move(request_);
  }

 private:
  void wrong(Code code, std::string field, std::string_view what) {
    if (!wrong_) wrong_ = Error{code, "'" + field + "' " + std::string(what), std::move(field)};
  }

  void read_model() {
    has_model_ = true;
    const auto text = in_.string();
    if (text && text->size > 0) request_.model = text->unescaped();
    else wrong(Code::invalid_value, "model", "must be a string that is not empty");
  }

  void read_input() {
    has_input_ = true;
    const Kind kind = in_.kind();
    if (kind == Kind::string) return read_text();
    if (!in_.enter_array()) return wrong(Code::invalid_value, "input", "must be a string, an array of strings, or tokens");
    const std::size_t begin = in_.behind();
    std::int64_t numbers = 0;
    while (in_.next_element()) {
      const Kind element = in_.kind();
      if (element == Kind::string) read_text();
      else if (element == Kind::array) read_tokens();
      else if (in_.number()) ++numbers;
      else wrong(Code::invalid_value, "input", "must be a string, an array of strings, or tokens");
    }
    if (numbers > 0) add(body_.substr(begin, in_.behind() - begin), numbers);  // the array itself is one input
    if (numbers > 0 && request_.inputs.size() > 1) wrong(Code::invalid_value, "input", "must not mix tokens with texts");
    if (request_.inputs.empty()) wrong(Code::invalid_value, "input", "must not be empty");
    if (request_.inputs.size() > most_inputs) wrong(Code::invalid_value, "input", "must have at most 2048 elements");
  }

  void read_text() {
    const auto text = in_.string();
    if (!text) return;
    if (text->size == 0) wrong(Code::invalid_value, "input", "must not hold an empty string");
    add(text->raw, static_cast<std::int64_t>((text->size + 3) / 4));
  }

  void read_tokens() {
    const std::size_t begin = in_.at();
    std::int64_t numbers = 0;
    in_.enter_array();
    while (in_.next_element()) {
      if (!in_.number()) wrong(Code::invalid_value, "input", "must be a string, an array of strings, or tokens");
      ++numbers;
    }
    if (numbers == 0) wrong(Code::invalid_value, "input", "must not hold an empty array");
    add(body_.substr(begin, in_.behind() - begin), numbers);
  }

  void add(std::string_view raw, std::int64_t tokens) {
    request_.inputs.push_back(raw);
    request_.tokens += tokens;
  }

  void read_format() {
    const auto text = in_.string();
    if (text && (text->raw == "float" || text->raw == "base64")) request_.base64 = text->raw == "base64";
    else wrong(Code::invalid_value, "encoding_format", "must be float or base64");
  }

  void read_dimensions() {
    const auto text = in_.number();
    std::int64_t value = 0;
    const char* const end = text ? text->data() + text->size() : nullptr;
    const bool read = text && std::from_chars(text->data(), end, value).ptr == end;
    if (read && value >= 1 && value <= most_dimensions) request_.dimensions = value;
    else wrong(Code::invalid_value, "dimensions", "must be an integer from 1 to 3072");
  }

  json::Reader in_;
  std::string_view body_;
  Request request_;
  std::optional<Error> wrong_;
  bool has_model_ = false;
  bool has_input_ = false;
};

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
  hash ^= 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::vector<float> unit_vector(std::uint64_t seed, std::size_t dimensions) {
  SeededRng rng(seed);
  std::vector<double> raw(dimensions);
  double squares = 0;
  for (double& x : raw) {
    x = rng.unit() + rng.unit() + rng.unit() - 1.5;  // near enough to a normal distribution: directions spread evenly
    squares += x * x;
  }
  std::vector<float> unit;
  for (const double x : raw) unit.push_back(static_cast<float>(squares > 0 ? x / std::sqrt(squares) : 1));
  return unit;
}

void append_floats(std::string& to, const std::vector<float>& vector) {
  to += '[';
  for (const float x : vector) {
    char digits[32];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, x).ptr);
    to += ',';
  }
  to.back() = ']';
}

void append_base64(std::string& to, std::string_view bytes) {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [bytes](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    to += letters[group >> 18];
    to += letters[group >> 12 & 63];
    to += i + 1 < bytes.size() ? letters[group >> 6 & 63] : '=';
    to += i + 2 < bytes.size() ? letters[group & 63] : '=';
  }
}

std::string little_endian(const std::vector<float>& vector) {
  std::string bytes;
  for (const float x : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(static_cast<unsigned char>(bits >> shift & 0xFF));
  }
  return bytes;
}

}  // namespace

Result<std::string> embed(const std::string& body, std::uint64_t seed) {
  const auto request = RequestReader(body).read();
  if (!request) return request.error();
  std::string to = R"({"object":"list","data":[)";
  for (std::size_t i = 0; i < request->inputs.size(); ++i) {
    const auto vector = unit_vector(fnv1a(request->inputs[i], seed), static_cast<std::size_t>(request->dimensions));
    to += i == 0 ? R"({"object":"embedding","index":)" : R"(,{"object":"embedding","index":)";
    json::append_integer(to, static_cast<std::int64_t>(i));
    to += R"(,"embedding":)";
    if (request->base64) {
      to += '"';
      append_base64(to, little_endian(vector));
      to += '"';
    } else {
      append_floats(to, vector);
    }
    to += '}';
  }
  to += R"(],"model":)";
  json::append_string(to, request->model);
  to += R"(,"usage":{"prompt_tokens":)";
  json::append_integer(to, request->tokens);
  to += R"(,"total_tokens":)";
  json::append_integer(to, request->tokens);
  return to += "}}";
}

}  // namespace genai::sim
