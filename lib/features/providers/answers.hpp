// Answers that come over HTTP, as events. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "domain/wire/dialect.hpp"
#include "features/providers/kinds.hpp"
#include "features/providers/upstream.hpp"
#include "platform/http/client.hpp"

namespace genai::providers {

// The media type of a stream that is framed so.
std::string_view media_type(Framing framing) noexcept;

// "text/event-stream; charset=utf-8" is "text/event-stream".
bool has_type(const http::ResponseHead& head, std::string_view type);

// The rest of a body, which the decoders may read a little beyond. upstream_protocol when it is longer than `most` bytes.
net::Task<Result<std::string>> read_all(http::Answer& answer, std::size_t most, MonoTime deadline);

// A streamed answer: events until the one that ends it. The client gets the connection back then.
std::unique_ptr<EventSource> make_streamed_answer(http::Client& client, std::unique_ptr<http::Answer> answer, Framing framing, std::unique_ptr<wire::Decoder> decoder, net::Loop& loop,
                                                  Deadlines deadlines);

// A plain answer, read as a whole when it is pulled.
std::unique_ptr<EventSource> make_whole_answer(std::unique_ptr<http::Answer> answer, std::unique_ptr<wire::Decoder> decoder, Deadlines deadlines);

}  // namespace genai::providers
