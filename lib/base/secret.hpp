// A secret that cannot be printed, compared by accident or left behind in memory.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace genai {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(Secret&& other) noexcept : text_(other.text_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  ~Secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  // The one way to the text, for the line that puts it on the wire. Never for a log, an error or a dump.
  std::string_view reveal() const { return text_; }

 private:
  void wipe() noexcept;
  std::string text_;
};

}  // namespace genai
