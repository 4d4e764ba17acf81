#include "domain/wire/dialect.hpp"

#include <array>

#include "domain/wire/anthropic.hpp"
#include "domain/wire/cohere.hpp"
#include "domain/wire/converse.hpp"
#include "domain/wire/embeddings.hpp"
#include "domain/wire/fields.hpp"
#include "domain/wire/gemini.hpp"
#include "domain/wire/ollama.hpp"
#include "domain/wire/openai.hpp"
#include "domain/wire/plain.hpp"
#include "domain/wire/rerank.hpp"
#include "domain/wire/responses.hpp"
#include "domain/wire/stop_trimmer.hpp"
#include "domain/wire/tgi.hpp"
#include "domain/wire/triton.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {
namespace {

using chat::Conversation;
using chat::Dialect;

// What is known of a dialect. Null: nobody speaks it to us (decode), it is not translated (read, write, rewrite), no upstream speaks it (make_decoder).
struct Row {
  Dialect dialect;
  std::string_view name;
  // Of clients.
  Result<chat::Chat> (*decode)(std::string body, Dialect dialect);
  Result<Conversation> (*read)(const chat::Chat& chat);
  std::unique_ptr<Encoder> (*make_encoder)(const chat::Chat& chat, Identity identity);
  // Of upstreams: conversations, and what is said of other questions.
  Result<std::string> (*write)(const Conversation& asked, std::string_view model, const Manner& manner);
  Result<std::string> (*rewrite)(const chat::Chat& chat, std::string_view model);
  std::unique_ptr<Decoder> (*make_decoder)(Dialect dialect, bool translated);
};

// ---- their functions, as the rows want them

template <auto decode>
Result<chat::Chat> decode_body(std::string body, Dialect) {
  return decode(std::move(body));
}

template <auto make_encoder>
std::unique_ptr<Encoder> encoder_of_identity(const chat::Chat&, Identity identity) {
  return make_encoder(std::move(identity));
}

Result<std::string> write_gemini(const Conversation& asked, std::string_view model, const Manner& manner) { return gemini::write(asked, model, manner.tool_ids); }

template <auto write>
Result<std::string> write_anyhow(const Conversation& asked, std::string_view model, const Manner&) {
  return write(asked, model);
}

template <auto make_decoder>
std::unique_ptr<Decoder> decoder_of_translation(Dialect, bool translated) {
  return make_decoder(translated);
}

std::unique_ptr<Decoder> make_plain_decoder(Dialect dialect, bool) { return plain::make_decoder(dialect); }

std::unique_ptr<Encoder> make_plain_encoder(const chat::Chat& chat, Identity) { return plain::make_encoder(chat.dialect); }

Result<std::string> write_chat(const Conversation& asked, std::string_view model, const Manner& manner) {
  auto body = openai::write_conversation(asked, model, manner);
  return body ? renamed(*std::move(body), manner.renames) : body;
}

// In the order of Dialect.
constexpr std::array<Row, chat::dialects> rows{{
    {Dialect::chat_completions, "OpenAI chat completions", openai::decode_chat, openai::read_conversation, openai::make_chat_encoder, write_chat, nullptr, openai::make_chat_decoder},
    {Dialect::completions, "OpenAI completions", openai::decode_chat, openai::read_conversation, openai::make_chat_encoder, nullptr, nullptr, openai::make_chat_decoder},
    {Dialect::responses, "OpenAI Responses", decode_body<responses::decode>, responses::read, encoder_of_identity<responses::make_encoder>, write_anyhow<responses::write>, nullptr, decoder_of_translation<responses::make_decoder>},
    {Dialect::messages, "Anthropic Messages", anthropic::decode, anthropic::read_conversation, encoder_of_identity<anthropic::make_encoder>, write_anyhow<anthropic::write_conversation>, nullptr, decoder_of_translation<anthropic::make_decoder>},
    {Dialect::gemini, "Gemini", nullptr, nullptr, nullptr, write_gemini, nullptr, decoder_of_translation<gemini::make_decoder>},
    {Dialect::cohere, "Cohere chat", nullptr, nullptr, nullptr, write_anyhow<cohere::write>, nullptr, decoder_of_translation<cohere::make_decoder>},
    {Dialect::converse, "Bedrock Converse", nullptr, nullptr, nullptr, write_anyhow<converse::write>, nullptr, decoder_of_translation<converse::make_decoder>},
    {Dialect::ollama, "Ollama", nullptr, nullptr, nullptr, write_anyhow<ollama::write_chat>, nullptr, ollama::make_decoder},
    {Dialect::ollama_generate, "Ollama generate", nullptr, nullptr, nullptr, write_anyhow<ollama::write_generate>, nullptr, ollama::make_decoder},
    {Dialect::tgi, "Text Generation Inference", nullptr, nullptr, nullptr, tgi::write, nullptr, decoder_of_translation<tgi::make_decoder>},
    {Dialect::triton, "Triton generate", nullptr, nullptr, nullptr, triton::write, nullptr, decoder_of_translation<triton::make_decoder>},
    {Dialect::application, "questions of applications", openai::decode_chat, openai::read_conversation, openai::make_chat_encoder, nullptr, nullptr, nullptr},
    {Dialect::count_tokens, "counting of tokens", anthropic::decode, nullptr, make_plain_encoder, nullptr, nullptr, make_plain_decoder},
    {Dialect::embeddings, "embeddings", plain::decode, nullptr, embeddings::make_encoder, nullptr, nullptr, make_plain_decoder},
    {Dialect::gemini_embed, "Gemini embeddings", nullptr, nullptr, nullptr, nullptr, embeddings::write_gemini, embeddings::make_decoder},
    {Dialect::cohere_embed, "Cohere embeddings", nullptr, nullptr, nullptr, nullptr, embeddings::write_cohere, embeddings::make_decoder},
    {Dialect::ollama_embed, "Ollama embeddings", nullptr, nullptr, nullptr, nullptr, embeddings::write_ollama, embeddings::make_decoder},
    {Dialect::moderations, "moderations", plain::decode, nullptr, make_plain_encoder, nullptr, nullptr, make_plain_decoder},
    {Dialect::rerank, "reranking", decode_body<rerank::decode>, nullptr, rerank::make_encoder, nullptr, nullptr, rerank::make_decoder},
    {Dialect::tei_rerank, "Text Embeddings Inference", nullptr, nullptr, nullptr, nullptr, rerank::write_tei, rerank::make_decoder},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].dialect != static_cast<Dialect>(i)) return false;
  return true;
}
static_assert(in_order());

const Row& row_of(Dialect dialect) { return rows[static_cast<std::size_t>(dialect)]; }

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

// The body of a Messages request with its version where its model was.
std::string with_version(std::string body, std::string_view version) {
  json::Reader in(body, json::Manner::lenient);
  std::string_view name;
  std::string member = R"("anthropic_version":)";
  json::append_string(member, version);
  for (in.enter_object(); in.next_member(name);) {
    const bool is_model = name == "model";
    const auto begin = in.key_at();
    in.skip();
    if (is_model) return body.replace(begin, in.behind() - begin, member);
  }
  return body;
}

// In its own words.
std::string same(const chat::Chat& chat, std::string_view model, const Manner& manner) {
  const bool asks_for_usage = chat.dialect == Dialect::chat_completions || chat.dialect == Dialect::completions;
  return asks_for_usage ? renamed(openai::encode_chat(chat, model), manner.renames) : with_model(chat, model);
}

}  // namespace

std::string_view name(Dialect dialect) noexcept { return row_of(dialect).name; }

Result<chat::Chat> decode(Dialect dialect, std::string body) { return row_of(dialect).decode(std::move(body), dialect); }

namespace {

Result<std::string> encode_in(const chat::Chat& chat, Dialect dialect, std::string_view model, const Manner& manner) {
  if (chat.dialect == dialect) return same(chat, model, manner);
  const Row& to = row_of(dialect);
  if (chat::question(chat.dialect) != chat::question(dialect)) return untranslatable(chat.dialect, dialect);
  if (to.rewrite != nullptr) return to.rewrite(chat, model);
  const Row& from = row_of(chat.dialect);
  if (from.read == nullptr || to.write == nullptr) return untranslatable(chat.dialect, dialect);
  const auto asked = from.read(chat);
  if (!asked) return asked.error();
  Manner how = manner;
  if (chat::is_bare_text(chat.dialect)) how.chat_template = ChatTemplate::bare;
  return to.write(*asked, model, how);
}

}  // namespace

Result<std::string> encode(const chat::Chat& chat, Dialect dialect, std::string_view model, const Manner& manner) {
  auto body = encode_in(chat, dialect, model, manner);
  if (!body || dialect != Dialect::messages || manner.anthropic_version.empty()) return body;
  return with_version(std::move(*body), manner.anthropic_version);
}

std::unique_ptr<Decoder> make_decoder(Dialect dialect, bool translated) { return row_of(dialect).make_decoder(dialect, translated); }

std::unique_ptr<Decoder> make_decoder(const chat::Chat& chat, Dialect dialect) {
  auto decoder = make_decoder(dialect, chat.dialect != dialect);
  if (dialect != Dialect::tgi) return decoder;
  auto asked = row_of(chat.dialect).read(chat);
  return asked ? without_stops(std::move(decoder), std::move(asked->stop)) : std::move(decoder);
}

std::unique_ptr<Encoder> make_encoder(const chat::Chat& chat, Identity identity) { return row_of(chat.dialect).make_encoder(chat, std::move(identity)); }

std::string encode_error(Dialect dialect, const Error& error, std::string_view request_id) {
  return dialect == Dialect::messages || dialect == Dialect::count_tokens ? anthropic::encode_error(error, request_id) : openai::encode_error(error);
}

int error_status(Dialect dialect, const Error& error) {
  return dialect == Dialect::messages || dialect == Dialect::count_tokens ? anthropic::error_status(error) : error.status();
}

}  // namespace genai::wire
