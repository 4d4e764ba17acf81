// The `application` part of the configuration: the limits of our own endpoints.
#pragma once

#include "domain/wire/application.hpp"

namespace genai::config {
class Map;
}

namespace genai::gateway {

// Reads `application: {advanced_model, routes: {PATH: {max_characters, max_texts, max_tokens, default_tokens, timeout}}}`. What is not said stays as
// in `weaker`. Problems go to the document's list.
wire::application::Config read_application(config::Map& parent, wire::application::Config weaker);

}  // namespace genai::gateway
