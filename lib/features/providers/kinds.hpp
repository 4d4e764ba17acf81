// What is known of each kind of provider: one row each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "domain/wire/dialect.hpp"
#include "features/providers/config.hpp"

namespace genai::providers {

// How the events of a stream are told apart.
enum class Framing : std::uint8_t {
  events,      // server-sent events
  json_lines,  // a line of JSON each
  aws_events,  // Amazon's event streams
};

// Where a provider takes one dialect.
struct Endpoint {
  chat::Dialect dialect;
  std::string_view path;           // behind the base URL; "{model}" in it is the model's name
  std::string_view stream_path{};  // of streams, where it is another one
  Framing framing = Framing::events;
  std::string_view models{};       // the models that are there begin so; empty: those that are nowhere else
};

// How a request proves who sends it.
struct Proof {
  std::string_view field;   // the field that carries the key
  std::string_view scheme;  // what stands before it
};

struct Kind {
  ProviderType type;
  std::string_view name;      // in the configuration
  std::string_view base_url;  // where it is unless the configuration says otherwise, with marks for places (at_place); empty: that must
  std::span<const Endpoint> endpoints;
  std::string_view models;    // where it lists its models, behind the base URL; empty: nowhere
  Proof proof{};
  std::string_view fields{};  // lines that every request has
  wire::Manner manner{};
  struct Second {
    std::span<const Endpoint> endpoints{};
    std::string_view models{};
    std::string_view base_url{};  // if it is another one
  } second{};                     // what holds instead for Api::second
  std::string_view prefix{};      // before all paths, with marks for places

  // Where a chat of `dialect` to `model` goes: where it is spoken, else to the first endpoint for such a question (a bare text to one for bare texts, if there is one), for which
  // it is translated. Null: nowhere.
  const Endpoint* endpoint_for(chat::Dialect dialect, std::string_view model = {}) const;
  bool speaks(chat::Dialect dialect) const;
};

const Kind& kind(ProviderType type) noexcept;
// What is known of one provider: its kind, with what its configuration chose.
Kind kind(const ProviderConfig& config) noexcept;
// Under whose name the catalogue has its prices.
std::string_view vendor(const ProviderConfig& config) noexcept;
std::span<const Kind> kinds() noexcept;

}  // namespace genai::providers
