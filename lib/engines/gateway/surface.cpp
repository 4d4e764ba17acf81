#include "engines/gateway/surface.hpp"

#include <algorithm>
#include <array>

namespace genai::gateway {
namespace {

using chat::Dialect;

constexpr std::size_t most_forwarded = 8 * 1024;  // of a client's own header lines
constexpr std::string_view anthropic_version = "anthropic-version: 2023-06-01\r\n";

struct Row {
  std::string_view path;
  Dialect dialect;
};
constexpr std::array<Row, 10> dialects{{{"/v1/chat/completions", Dialect::chat_completions},
                                       {"/v1/messages", Dialect::messages},
                                       {"/v1/messages/count_tokens", Dialect::count_tokens},
                                       {"/v1/responses", Dialect::responses},
                                       {"/v1/completions", Dialect::completions},
                                       {"/v1/embeddings", Dialect::embeddings},
                                       {"/v1/moderations", Dialect::moderations},
                                       {"/v1/rerank", Dialect::rerank},
                                       {"/v2/rerank", Dialect::rerank},
                                       {"/rerank", Dialect::rerank}}};

bool begins_like(std::string_view name, std::string_view lower_case) {
  return name.size() >= lower_case.size() &&
         std::equal(lower_case.begin(), lower_case.end(), name.begin(), [](char lower, char c) { return lower == (c >= 'A' && c <= 'Z' ? c + 32 : c); });
}

// The lines of Anthropic's own fields, which its clients and its API use between themselves.
Result<std::string> anthropic_fields(const http::RequestHead& head) {
  std::string lines;
  bool versioned = false;
  for (const auto& field : head.fields.all()) {
    if (!begins_like(field.name, "anthropic-")) continue;
    versioned |= begins_like(field.name, "anthropic-version");
    http::append_field(lines, field.name, field.value);
  }
  if (lines.size() > most_forwarded) return Error{Code::headers_too_large, "the anthropic-* fields are longer than 8192 bytes together", ""};
  if (!versioned) lines += anthropic_version;
  return lines;
}

// A client that speaks to a model's API.
class DialectSurface final : public Surface {
 public:
  explicit DialectSurface(Row row) : row_(row) {}
  std::string_view path() const override { return row_.path; }

  Result<std::vector<chat::Chat>> decode(std::string body, const http::RequestHead& head) const override {
    auto chat = wire::decode(row_.dialect, std::move(body));
    if (!chat) return chat.error();
    if (is_anthropic()) {
      auto fields = anthropic_fields(head);
      if (!fields) return fields.error();
      chat->forwarded = std::move(*fields);
    }
    std::vector<chat::Chat> chats;
    chats.push_back(std::move(*chat));
    return chats;
  }
  std::unique_ptr<wire::Encoder> encoder(const chat::Chat& chat, wire::Identity identity) const override {
    return wire::make_encoder(chat, std::move(identity));
  }
  std::string error(const Error& error, RowId id, WallTime) const override { return wire::encode_error(row_.dialect, error, id.text()); }
  int status(const Error& error) const override { return wire::error_status(row_.dialect, error); }
  std::string_view id_field() const override { return is_anthropic() ? "request-id" : ""; }

 private:
  bool is_anthropic() const { return row_.dialect == Dialect::messages || row_.dialect == Dialect::count_tokens; }
  const Row row_;
};

class ApplicationSurface final : public Surface {
 public:
  ApplicationSurface(wire::application::Route route, const wire::application::Config& config) : route_(route), config_(config) {}
  std::string_view path() const override { return wire::application::path(route_); }
  Result<std::vector<chat::Chat>> decode(std::string body, const http::RequestHead&) const override {
    return wire::application::decode(route_, config_, body);
  }
  bool is_batch() const override { return wire::application::is_batch(route_); }
  std::unique_ptr<wire::Encoder> encoder(const chat::Chat&, wire::Identity identity) const override {
    return wire::application::make_encoder(route_, std::move(identity));
  }
  std::string error(const Error& error, RowId, WallTime now) const override { return wire::application::encode_error(error, now); }

 private:
  const wire::application::Route route_;
  const wire::application::Config& config_;
};

}  // namespace

std::vector<std::unique_ptr<Surface>> make_surfaces(const wire::application::Config& application) {
  std::vector<std::unique_ptr<Surface>> surfaces;
  for (const auto& row : dialects) surfaces.push_back(std::make_unique<DialectSurface>(row));
  for (std::size_t i = 0; i < wire::application::routes; ++i)
    surfaces.push_back(std::make_unique<ApplicationSurface>(static_cast<wire::application::Route>(i), application));
  return surfaces;
}

const Surface& nearest_surface(std::span<const std::unique_ptr<Surface>> surfaces, std::string_view path) {
  const auto at = [surfaces](std::string_view wanted) -> const Surface& {
    return **std::find_if(surfaces.begin(), surfaces.end(), [wanted](const auto& surface) { return surface->path() == wanted; });
  };
  if (path.starts_with("/v1/messages")) return at("/v1/messages");
  if (path.starts_with("/api/")) return at("/api/generate");
  return at("/v1/chat/completions");
}

}  // namespace genai::gateway
