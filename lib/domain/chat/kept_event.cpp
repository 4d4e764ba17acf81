#include "domain/chat/kept_event.hpp"

namespace genai::chat {

KeptEvent::KeptEvent(const Event& event) : deltas_(event.deltas.begin(), event.deltas.end()), event_(event) {
  std::size_t size = event.payload.size() + event.type.size() + event.text.size() + event.stop_sequence.size() + event.service_tier.size();
  for (const auto& delta : deltas_) size += delta.text.size() + delta.id.size() + delta.name.size();
  text_.reserve(size);
  for (auto* const part : {&event_.payload, &event_.type, &event_.text, &event_.stop_sequence, &event_.service_tier}) *part = keep(*part);
  for (auto& delta : deltas_)
    for (auto* const part : {&delta.text, &delta.id, &delta.name}) *part = keep(*part);
  event_.deltas = deltas_;
}

std::string_view KeptEvent::keep(std::string_view text) {
  const std::size_t at = text_.size();
  text_ += text;
  return std::string_view(text_).substr(at);
}

}  // namespace genai::chat
