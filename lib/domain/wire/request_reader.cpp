#include "domain/wire/request_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace genai::wire {
namespace {

constexpr std::size_t longest_model = 256;
constexpr std::array<std::string_view, 6> forbidden{"api_base", "base_url", "api_key", "user_config", "extra_headers", "extra_body"};

// How the bytes of a picture begin.
struct Magic {
  std::string_view media_type;
  std::string_view begins;
};
constexpr std::array<Magic, 5> magics{{{"image/png", "\x89PNG\r\n\x1a\n"},
                                       {"image/jpeg", "\xff\xd8\xff"},
                                       {"image/jpg", "\xff\xd8\xff"},
                                       {"image/gif", "GIF8"},
                                       {"image/webp", "RIFF"}}};

int base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

bool is_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && text.size() % 4 != 1 && std::all_of(text.begin(), text.end(), [](char c) { return base64_digit(c) >= 0; });
}

// The first `most` bytes.
std::string decoded_begin(std::string_view base64, std::size_t most) {
  std::string bytes;
  unsigned bits = 0, held = 0;
  for (const char c : base64) {
    if (bytes.size() >= most || c == '=') break;
    held = (held << 6) | static_cast<unsigned>(base64_digit(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((held >> bits) & 0xFF);
  }
  return bytes;
}

}  // namespace

std::string Path::text(std::string_view name) const {
  std::string text;
  const auto member = [&text](std::string_view of) {
    if (!text.empty()) text += '.';
    text += of;
  };
  for (const auto& step : steps_) {
    if (step.name.empty()) ((text += '[') += std::to_string(step.index)) += ']';
    else member(step.name);
  }
  if (!name.empty()) member(name);
  return text;
}

void RequestReader::wrong(Code code, std::string_view name, std::string_view what) {
  if (wrong_) return;
  std::string param = path_.text(name);
  std::string sentence = "'" + param + "' ";
  sentence += what;
  wrong_ = Error{code, std::move(sentence), std::move(param)};
}

bool RequestReader::enter_body(Error& failure) {
  if (in_.kind() == json::Kind::object) return in_.enter_object();
  in_.skip();
  failure = in_.end() ? Error{Code::expected_object, "the body must be one JSON object", {}} : in_.error();
  return false;
}

std::optional<std::int64_t> RequestReader::integer(std::string_view name, std::int64_t least, std::int64_t most, std::string_view what) {
  if (skipped_null()) return std::nullopt;
  const auto text = in_.number();
  std::int64_t value = 0;
  if (text) {
    const auto [stop, failed] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (failed == std::errc() && stop == text->data() + text->size() && value >= least && value <= most) return value;
  }
  wrong(name, what);
  return std::nullopt;
}

std::string_view RequestReader::number(std::string_view name, double least, double most, std::string_view what) {
  if (skipped_null()) return {};
  const auto text = in_.number();
  double value = 0;
  const bool fits = text && std::from_chars(text->data(), text->data() + text->size(), value).ec == std::errc();
  if (fits && value >= least && value <= most) return *text;
  wrong(name, what);
  return {};
}

std::optional<bool> RequestReader::boolean(std::string_view name) {
  if (skipped_null()) return std::nullopt;
  const auto value = in_.boolean();
  if (!value) wrong(name, "must be true or false");
  return value;
}

std::optional<std::string> RequestReader::text(std::string_view name) {
  if (skipped_null()) return std::nullopt;
  const auto value = in_.string();
  if (value) return value->escaped() ? value->unescaped() : std::string(value->raw);
  wrong(name, "must be a string");
  return std::nullopt;
}

std::string_view RequestReader::raw() {
  const std::size_t begin = in_.at();
  in_.skip();
  return in_.failed() ? std::string_view() : body_.substr(begin, in_.behind() - begin);
}

void RequestReader::read_model(std::string_view name, chat::Chat& chat) {
  const std::size_t begin = in_.at();
  const auto text = in_.string();
  if (!text) return wrong(name, "must be a string");
  chat.model_value = {begin, in_.behind()};
  chat.model = text->escaped() ? text->unescaped() : std::string(text->raw);
  if (chat.model.empty() || chat.model.size() > longest_model) wrong(name, "must have 1 to 256 bytes");
  else if (has_control(chat.model)) wrong(name, "must not contain control characters");
}

void RequestReader::read_user(std::string_view name, chat::Chat& chat) {
  auto value = text(name);
  if (!value) return;
  chat.user = *std::move(value);
  if (has_control(chat.user)) wrong(name, "must not contain control characters");
}

void RequestReader::read_metadata(std::string_view name) {
  if (skipped_null()) return;
  if (!in_.enter_object()) return wrong(name, "must be an object");
  std::string_view key;
  while (in_.next_member(key)) {
    if (has_control(key)) wrong(name, "must not have control characters in its keys");
    in_.skip();
  }
}

bool RequestReader::is_forbidden(std::string_view name) { return std::find(forbidden.begin(), forbidden.end(), name) != forbidden.end(); }

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<DataUrl> parse_data_url(std::string_view address) {
  constexpr std::string_view scheme = "data:", coding = ";base64";
  if (!address.starts_with(scheme)) return std::nullopt;
  const auto comma = address.find(',');
  if (comma == address.npos) return std::nullopt;
  auto type = address.substr(scheme.size(), comma - scheme.size());
  if (!type.ends_with(coding)) return std::nullopt;
  type.remove_suffix(coding.size());
  return DataUrl{type.substr(0, type.find(';')), address.substr(comma + 1)};
}

std::string_view image_data_problem(std::string_view media_type, std::string_view base64) {
  if (!media_type.starts_with("image/")) return "must be an image: its media type begins with image/";
  if (!is_base64(base64)) return "must be an image in base64";
  constexpr std::size_t looked_at = 16;
  const auto bytes = decoded_begin(base64, looked_at);
  for (const auto& magic : magics)
    if (magic.media_type == media_type && !bytes.starts_with(magic.begins)) return "must be an image of the kind it says; its bytes are something else";
  return {};
}

std::string_view image_address_problem(std::string_view address) {
  if (address.starts_with("https://") || address.starts_with("http://")) return {};
  const auto data = parse_data_url(address);
  if (!data) return "must be an https address or data:image/...;base64,...";
  return image_data_problem(data->media_type, data->data);
}

}  // namespace genai::wire
