#include "platform/net/egress.hpp"

#include <algorithm>
#include <charconv>

namespace genai::net {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

bool is_host_name(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  const bool all_digits = std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return !text.empty() && text.size() <= 253 && !all_digits && text.front() != '.' && std::all_of(text.begin(), text.end(), allowed);
}

// A name may end with the dot of the root.
std::string_view without_root(std::string_view name) { return name.ends_with('.') ? name.substr(0, name.size() - 1) : name; }

// What stands before the port, and the port.
struct Split {
  std::string_view host;
  std::optional<std::uint16_t> port;
  bool malformed = false;
};
Split split_port(std::string_view rule) {
  const auto colon = rule.rfind(':');
  const bool bracketed = rule.starts_with('[');
  const auto close = rule.find(']');
  if (bracketed && close == std::string_view::npos) return {.host = rule, .port = {}, .malformed = true};
  if (bracketed && close + 1 == rule.size()) return {rule.substr(1, close - 1), std::nullopt};
  const bool several = colon != std::string_view::npos && rule.find(':') != colon;
  if (colon == std::string_view::npos || (several && !bracketed)) return {rule, std::nullopt};
  if (bracketed && colon != close + 1) return {.host = rule, .port = {}, .malformed = true};
  const auto digits = rule.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool malformed = failure != std::errc() || end != digits.data() + digits.size() || port == 0;
  return {bracketed ? rule.substr(1, close - 1) : rule.substr(0, colon), port, malformed};
}

}  // namespace

Result<void> Egress::allow(std::string_view rule) {
  const auto refused = [&] {
    return Error{Code::invalid_value, "'" + std::string(rule.substr(0, 64)) + "' is neither a host, *.DOMAIN, an address nor a range of them such as 10.0.0.0/8, with or without :PORT", ""};
  };
  const auto [written, port, malformed] = split_port(rule);
  if (malformed) return refused();
  Range range{{}, port};
  if (range.addresses.add(written)) {
    ranges_.push_back(std::move(range));
    return {};
  }
  const bool below = written.starts_with("*.");
  const auto name = lower(without_root(below ? written.substr(2) : written));
  if (!is_host_name(name)) return refused();
  names_.push_back({below ? "." + name : name, below, port});
  return {};
}

Egress::Verdict Egress::judge(const Endpoint& to) const {
  if (to.is_unix()) return Verdict::allowed;
  if (const auto address = IpAddress::parse(to.host)) return allows(*address, to.port) ? Verdict::allowed : Verdict::refused;
  const auto host = lower(without_root(to.host));
  const auto named = [&](const Name& name) {
    return (!name.port || *name.port == to.port) && (name.below ? host.size() > name.text.size() && host.ends_with(name.text) : host == name.text);
  };
  if (std::any_of(names_.begin(), names_.end(), named)) return Verdict::allowed;
  const auto could = [&](const Range& range) { return !range.port || *range.port == to.port; };
  return std::any_of(ranges_.begin(), ranges_.end(), could) ? Verdict::by_address : Verdict::refused;
}

bool Egress::allows(const IpAddress& address, std::uint16_t port) const {
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) { return (!range.port || *range.port == port) && range.addresses.contains(address); });
}

}  // namespace genai::net
