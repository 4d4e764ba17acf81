#include "domain/wire/dialect.hpp"

#include <array>

#include "domain/wire/anthropic.hpp"
#include "domain/wire/gemini.hpp"
#include "domain/wire/openai.hpp"
#include "domain/wire/plain.hpp"
#include "domain/wire/responses.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {
namespace {

using chat::Dialect;

constexpr std::array<std::string_view, chat::dialects> names{"OpenAI chat completions", "OpenAI completions", "OpenAI Responses", "Anthropic Messages",
                                                             "Gemini", "questions of applications", "counting of tokens", "embeddings", "moderations"};

Error untranslatable(Dialect from, Dialect to) {
  return {Code::unsupported_parameter, "the provider of this model speaks " + std::string(name(to)) + ", which has no " + std::string(name(from)), "model"};
}

// The body with another model in it.
std::string with_model(const chat::Chat& chat, std::string_view model) {
  if (model == chat.model) return chat.body;
  std::string to;
  to.reserve(chat.body.size() + model.size() + 16);
  if (chat.model_value.empty()) {  // none was named
    to.append(chat.body, 0, chat.open_brace + 1) += R"("model":)";
    json::append_string(to, model);
    return (to += ',').append(chat.body, chat.open_brace + 1);
  }
  to.append(chat.body, 0, chat.model_value.begin);
  json::append_string(to, model);
  return to.append(chat.body, chat.model_value.end);
}

Result<chat::Conversation> read(const chat::Chat& chat) {
  switch (chat.dialect) {
    case Dialect::messages: return anthropic::read_conversation(chat);
    case Dialect::responses: return responses::read(chat);
    default: return openai::read_conversation(chat);
  }
}

Result<std::string> write(const chat::Conversation& asked, Dialect dialect, std::string_view model, TokenLimit limit) {
  switch (dialect) {
    case Dialect::messages: return anthropic::write_conversation(asked, model);
    case Dialect::responses: return responses::write(asked, model);
    case Dialect::gemini: return gemini::write(asked, model);
    default: return openai::write_conversation(asked, model, limit);
  }
}

}  // namespace

std::string_view name(Dialect dialect) noexcept { return names[static_cast<std::size_t>(dialect)]; }

Result<chat::Chat> decode(Dialect dialect, std::string body) {
  switch (dialect) {
    case Dialect::messages:
    case Dialect::count_tokens: return anthropic::decode(std::move(body), dialect);
    case Dialect::responses: return responses::decode(std::move(body));
    case Dialect::embeddings:
    case Dialect::moderations: return plain::decode(std::move(body), dialect);
    default: return openai::decode_chat(std::move(body), dialect);
  }
}

Result<std::string> encode(const chat::Chat& chat, Dialect dialect, std::string_view model, TokenLimit limit) {
  if (chat.dialect == dialect) {
    const bool asks_for_usage = dialect == Dialect::chat_completions || dialect == Dialect::completions;
    return asks_for_usage ? openai::encode_chat(chat, model) : with_model(chat, model);
  }
  if (!chat::is_conversational(chat.dialect) || !chat::is_conversational(dialect)) return untranslatable(chat.dialect, dialect);
  const auto asked = read(chat);
  if (!asked) return asked.error();
  return write(*asked, dialect, model, limit);
}

std::unique_ptr<Decoder> make_decoder(Dialect dialect, bool translated) {
  switch (dialect) {
    case Dialect::messages: return anthropic::make_decoder(translated);
    case Dialect::responses: return responses::make_decoder(translated);
    case Dialect::gemini: return gemini::make_decoder(translated);
    case Dialect::count_tokens:
    case Dialect::embeddings:
    case Dialect::moderations: return plain::make_decoder(dialect);
    default: return openai::make_chat_decoder(dialect, translated);
  }
}

std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity) {
  switch (chat.dialect) {
    case Dialect::messages: return anthropic::make_encoder(std::move(identity));
    case Dialect::responses: return responses::make_encoder(std::move(identity));
    case Dialect::count_tokens:
    case Dialect::embeddings:
    case Dialect::moderations: return plain::make_encoder(chat.dialect);
    default: return openai::make_chat_encoder(chat, std::move(identity));
  }
}

std::string encode_error(Dialect dialect, const Error& error, std::string_view request_id) {
  return dialect == Dialect::messages || dialect == Dialect::count_tokens ? anthropic::encode_error(error, request_id) : openai::encode_error(error);
}

int error_status(Dialect dialect, const Error& error) {
  return dialect == Dialect::messages || dialect == Dialect::count_tokens ? anthropic::error_status(error) : error.status();
}

}  // namespace genai::wire
