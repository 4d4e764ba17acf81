// The owner's door: what answers on the Unix socket in the data directory, which only the user who runs `serve` may open. While `serve` owns the data,
// other commands change it through here. Everything that is public is answered here too, so that health can be asked for when no connection is free.
#pragma once

#include <memory>

#include "engines/gateway/site.hpp"

namespace genai::gateway {

// The socket's name in the data directory.
inline constexpr std::string_view owner_socket = "serve.sock";

// On the loop of `site`. Both references outlive it.
std::unique_ptr<http::Handler> make_owner_door(Shared& shared, http::Site& site);

}  // namespace genai::gateway
