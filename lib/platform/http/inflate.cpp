#include "platform/http/inflate.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <new>
#include <span>
#include <string>

namespace genai::http {
namespace {

constexpr std::size_t piece_bytes = 16 * 1024;
constexpr int largest_window = 15;  // zlib's: 32 KiB
constexpr int gzip_window = largest_window + 16;

Error protocol(std::string what) { return Error{Code::upstream_protocol, std::move(what), ""}; }
Error damaged(std::string_view coding) { return protocol("the upstream's answer says that it is " + std::string(coding) + ", and cannot be read as that"); }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

}  // namespace

class Inflater::Codec {
 public:
  struct Turn {
    std::size_t taken = 0;
    std::size_t given = 0;
  };
  virtual ~Codec() = default;
  // As much as fits: all input is taken, or `out` is full. upstream_protocol when it is damaged or goes on after its end.
  virtual Result<Turn> turn(std::string_view in, std::span<char> out) = 0;
  virtual bool ended() const = 0;
};

namespace {

class Zlib final : public Inflater::Codec {
 public:
  explicit Zlib(Coding coding) : coding_(coding) {
    if (coding == Coding::gzip) begin(gzip_window);
  }
  ~Zlib() override {
    if (begun_) ::inflateEnd(&stream_);
  }

  Result<Turn> turn(std::string_view in, std::span<char> out) override {
    Turn turn;
    turn.taken = take_start(in);
    in.remove_prefix(turn.taken);
    if (!begun_) return turn;
    if (start_at_ < start_.size()) {  // two bytes: they fit through before there is output
      const auto first = run(std::string_view(start_).substr(start_at_), out);
      if (!first) return first.error();
      start_at_ += first->taken;
      turn.given = first->given;
      if (start_at_ < start_.size()) return turn;
    }
    const auto rest = run(in, out.subspan(turn.given));
    if (!rest) return rest.error();
    turn.taken += rest->taken;
    turn.given += rest->given;
    return turn;
  }
  bool ended() const override { return ended_; }

 private:
  void begin(int window) {
    if (::inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    begun_ = true;
  }

  // What is called deflate is often without its zlib header: the first two bytes tell. The count of bytes that were taken for that.
  std::size_t take_start(std::string_view in) {
    if (begun_) return 0;
    const auto count = std::min<std::size_t>(2 - start_.size(), in.size());
    start_ += in.substr(0, count);
    if (start_.size() < 2) return count;
    const unsigned first = static_cast<unsigned char>(start_[0]), second = static_cast<unsigned char>(start_[1]);
    const bool has_header = (first & 0x0FU) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
    begin(has_header ? largest_window : -largest_window);
    return count;
  }

  Result<Turn> run(std::string_view in, std::span<char> out) {
    Turn turn;
    while (turn.given < out.size()) {
      if (ended_ && turn.taken == in.size()) break;
      if (ended_ && coding_ != Coding::gzip) return damaged("deflate");
      if (ended_) ::inflateReset(&stream_);  // a gzip file may have several members
      ended_ = false;
      const auto room = out.size() - turn.given, left = in.size() - turn.taken;
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data() + turn.taken));
      stream_.avail_in = static_cast<uInt>(left);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + turn.given);
      stream_.avail_out = static_cast<uInt>(room);
      const int code = ::inflate(&stream_, Z_SYNC_FLUSH);
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return damaged(coding_ == Coding::gzip ? "gzip" : "deflate");
      ended_ = code == Z_STREAM_END;
      turn.taken += left - stream_.avail_in;
      turn.given += room - stream_.avail_out;
      if (!ended_) break;
    }
    return turn;
  }

  const Coding coding_;
  z_stream stream_{};
  std::string start_;
  std::size_t start_at_ = 0;
  bool begun_ = false;
  bool ended_ = false;
};

class Brotli final : public Inflater::Codec {
 public:
  Brotli() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), ::BrotliDecoderDestroyInstance) {
    if (!state_) throw std::bad_alloc();
  }

  Result<Turn> turn(std::string_view in, std::span<char> out) override {
    if (ended()) return in.empty() ? Result<Turn>(Turn{}) : damaged("br");
    std::size_t left = in.size(), room = out.size();
    auto* from = reinterpret_cast<const std::uint8_t*>(in.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    const auto result = ::BrotliDecoderDecompressStream(state_.get(), &left, &from, &room, &to, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR) return damaged("br");
    return Turn{in.size() - left, out.size() - room};
  }
  bool ended() const override { return ::BrotliDecoderIsFinished(state_.get()) != 0; }

 private:
  const std::unique_ptr<BrotliDecoderState, decltype(&::BrotliDecoderDestroyInstance)> state_;
};

std::unique_ptr<Inflater::Codec> make_codec(Coding coding) {
  if (coding == Coding::brotli) return std::make_unique<Brotli>();
  return std::make_unique<Zlib>(coding);
}

}  // namespace

Result<Coding> parse_coding(std::string_view field) {
  const auto name = lower(field);
  if (name.empty() || name == "identity") return Coding::identity;
  if (name == "gzip" || name == "x-gzip") return Coding::gzip;
  if (name == "deflate") return Coding::deflate;
  if (name == "br") return Coding::brotli;
  if (name.find(',') != std::string::npos) return protocol("the upstream's answer is compressed several times over");
  return protocol("the upstream's answer has a content coding that is neither gzip, deflate nor br");
}

Inflater::Inflater(Coding coding, InflateLimits limits) : limits_(limits), codec_(make_codec(coding)), buffer_(piece_bytes) {}
Inflater::~Inflater() = default;

Result<std::string_view> Inflater::next(std::string_view& input) {
  for (;;) {
    const auto turn = codec_->turn(input, buffer_);
    if (!turn) return turn.error();
    input.remove_prefix(turn->taken);
    taken_ += turn->taken;
    given_ += turn->given;
    if (given_ > limits_.bytes) return protocol("the upstream's compressed answer stands for more than " + std::to_string(limits_.bytes) + " bytes");
    if (given_ > limits_.ratio_from && given_ > limits_.ratio * taken_)
      return protocol("the upstream's compressed answer stands for more than " + std::to_string(limits_.ratio) + " times its size");
    if (turn->given > 0) return std::string_view(buffer_.data(), turn->given);
    if (input.empty() || turn->taken == 0) return std::string_view();
  }
}

bool Inflater::complete() const { return codec_->ended() || taken_ == 0; }

}  // namespace genai::http
