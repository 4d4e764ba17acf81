// The input of a request in the dialect of responses. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/chat/conversation.hpp"
#include "domain/wire/value_reader.hpp"

namespace genai::wire::responses {

// Reads a string, or a list of items, into messages.
class InputReader : protected ValueReader {
 protected:
  using ValueReader::ValueReader;
  ~InputReader() = default;

  void read_input(std::string_view name);

  std::vector<chat::Message> messages_;

 private:
  // An item, before it is judged: its members come in any order.
  struct Item {
    std::string path, type, role, call_id, name, arguments, encrypted;
    std::string foreign_field;  // the first one that is not known
    bool typed = false, has_output = false;
    std::vector<chat::Part> parts;  // of content, and of a summary
    std::vector<chat::Part> output;
  };
  // A part, as its members say.
  struct RawPart {
    std::string type, text, refusal, image_url, file_data, file_url, filename, detail;
  };
  void read_item(Item& item);
  void read_parts(const std::string& path, std::vector<chat::Part>& to);
  void read_part(const std::string& path, std::vector<chat::Part>& to);
  std::optional<chat::Part> judge(const std::string& path, RawPart& raw);
  std::optional<chat::Part> image(const std::string& path, RawPart& raw);
  std::optional<chat::Part> document(const std::string& path, RawPart& raw);
  void take(Item& item);
  void take_message(Item& item);
  void take_call(Item& item);
  void take_output(Item& item);
  void take_reasoning(Item& item);
  std::vector<chat::Part>& turn();
  bool has_results() const;
};

}  // namespace genai::wire::responses
