// How questions are put and answered at one path: what the pipeline needs to know of a client's dialect.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "domain/wire/application.hpp"
#include "domain/wire/dialect.hpp"
#include "platform/http/server.hpp"

namespace genai::gateway {

// Immutable; any thread may ask.
class Surface {
 public:
  virtual ~Surface() = default;
  virtual std::string_view path() const = 0;
  // What is asked: one chat, or for a batch one or more, answered together.
  virtual Result<std::vector<chat::Chat>> decode(std::string body, const http::RequestHead& head) const = 0;
  virtual bool is_batch() const { return false; }
  virtual std::unique_ptr<wire::Encoder> encoder(const chat::Chat& chat, wire::Identity identity) const = 0;
  // The body of an answer that says an error, and its status. `id`: of the request.
  virtual std::string error(const Error& error, RowId id, WallTime now) const = 0;
  virtual int status(const Error& error) const { return error.status(); }
  // Under which name, besides X-Request-Id, its clients look for the id of the request; empty: none.
  virtual std::string_view id_field() const { return {}; }
};

// All of them: the dialects of OpenAI and Anthropic, and the application endpoints.
std::vector<std::unique_ptr<Surface>> make_surfaces(const wire::application::Config& application);

// The surface in whose words a path that is none of them is refused: by its first segment.
const Surface& nearest_surface(std::span<const std::unique_ptr<Surface>> surfaces, std::string_view path);

}  // namespace genai::gateway
