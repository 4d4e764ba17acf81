// Any bytes a server may send, in any split: the reader neither reads beyond them nor changes its mind about what it saw.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engines/load/answer.hpp"

namespace {

using namespace genai;
using load::AnswerReader;

struct Outcome {
  AnswerReader::State state;
  load::Observation seen;
};

// Feeds `bytes` in pieces of `step`, as a connection does: what was not consumed is fed again with what follows.
Outcome read(load::Mode mode, std::string_view bytes, std::size_t step) {
  AnswerReader reader(mode);
  stats::Histogram gaps;
  reader.reset(&gaps);
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    std::size_t consumed = 0;
    const auto state = reader.feed(bytes.substr(begin, end - begin), MonoTime{}, consumed);
    if (consumed > end - begin) std::abort();
    begin += consumed;
    if (state != AnswerReader::State::more) return {state, reader.seen()};
  }
  return {reader.end(), reader.seen()};
}

void require_same(const Outcome& a, const Outcome& b) {
  const bool same = a.state == b.state && a.seen.failure == b.seen.failure && a.seen.status == b.seen.status &&
                    a.seen.token_events == b.seen.token_events && a.seen.finish == b.seen.finish && a.seen.done == b.seen.done &&
                    a.seen.output_tokens == b.seen.output_tokens;
  if (!same) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.size() > 16 * 1024) return 0;
  for (auto mode : {load::Mode::plain, load::Mode::chat, load::Mode::stream}) {
    const Outcome whole = read(mode, bytes, bytes.size());
    require_same(whole, read(mode, bytes, 1));
    require_same(whole, read(mode, bytes, 7));
  }
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 X\r\nConnection: close\r\n\r\nbusy",
      "HTTP/1.1 200 OK\r\nContent-Length: 62\r\n\r\n{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n35\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"index\":0}]}\n\r\n"
      "1\r\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
      "HTTP/1.1 200 OK\r\n\r\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n",
      nullptr,
  };
  return seeds;
}
