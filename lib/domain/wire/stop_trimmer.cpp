#include "domain/wire/stop_trimmer.hpp"

#include <algorithm>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::wire {
namespace {

class StopTrimmer final : public Decoder {
 public:
  StopTrimmer(std::unique_ptr<Decoder> inner, std::vector<std::string> stops) : inner_(std::move(inner)), stops_(std::move(stops)) {}

  Result<std::optional<chat::Event>> event(std::string_view type, std::string_view data) override {
    auto event = inner_->event(type, data);
    if (event && *event) trim(**event);
    return event;
  }
  Result<chat::Event> whole(std::string_view body) override {
    auto event = inner_->whole(body);
    if (event) trim(*event);
    return event;
  }
  bool may_end() const override { return inner_->may_end(); }
  std::string_view terminal() const override { return inner_->terminal(); }

 private:
  void trim(chat::Event& event) {
    for (const auto& delta : event.deltas) held_ += json::unescaped(delta.text);
    const std::size_t back = event.last || event.whole ? spoken_stop(event) : begun_stop();
    say(event, held_.size() - back);
    held_.erase(0, held_.size() - back);
  }

  // The longest one at the end, of an answer that one has ended: its length.
  std::size_t spoken_stop(chat::Event& event) {
    if (event.finish != chat::Finish::stop_sequence) return 0;
    const std::string* found = nullptr;
    for (const auto& stop : stops_)
      if (held_.ends_with(stop) && (found == nullptr || stop.size() > found->size())) found = &stop;
    if (found == nullptr) return 0;
    json::append_escaped(stop_, *found);
    event.stop_sequence = stop_;
    return found->size();
  }

  // How much of the end may be the beginning of one, or all of it.
  std::size_t begun_stop() const {
    std::size_t most = 0;
    for (const auto& stop : stops_) {
      std::size_t size = std::min(stop.size(), held_.size());
      while (size > most && !held_.ends_with(std::string_view(stop).substr(0, size))) --size;
      most = std::max(most, size);
    }
    return most;
  }

  void say(chat::Event& event, std::size_t size) {
    said_.clear();
    json::append_escaped(said_, std::string_view(held_).substr(0, size));
    delta_.text = said_;
    event.visible = size > 0;
    event.deltas = size > 0 ? std::span<const chat::Delta>(&delta_, 1) : std::span<const chat::Delta>();
  }

  const std::unique_ptr<Decoder> inner_;
  const std::vector<std::string> stops_;
  std::string held_, said_, stop_;
  chat::Delta delta_;
};

}  // namespace

std::unique_ptr<Decoder> without_stops(std::unique_ptr<Decoder> inner, std::vector<std::string> stops) {
  std::erase_if(stops, [](const std::string& stop) { return stop.empty(); });
  if (stops.empty()) return inner;
  return std::make_unique<StopTrimmer>(std::move(inner), std::move(stops));
}

}  // namespace genai::wire
