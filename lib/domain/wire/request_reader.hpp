// What the decoders of requests share: one pass over a body, in which a wrong value is noted and not acted upon, since the rest must still
// be seen to be well-formed. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/chat/chat.hpp"
#include "platform/json/reader.hpp"

namespace genai::wire {

// Where in a body a reader is, put together only when something is wrong: "messages[3].content[0].type".
class Path {
 public:
  // While alive, the path goes through this member, or this element.
  class Step {
   public:
    Step(Path& path, std::string_view name) : path_(path) { path_.steps_.push_back({name, 0}); }
    Step(Path& path, std::size_t index) : path_(path) { path_.steps_.push_back({{}, index}); }
    Step(const Step&) = delete;
    ~Step() { path_.steps_.pop_back(); }

   private:
    Path& path_;
  };
  // The path with one more name behind it, unless that is empty.
  std::string text(std::string_view name = {}) const;

 private:
  struct Piece {
    std::string_view name;  // empty: an index
    std::size_t index;
  };
  std::vector<Piece> steps_;
};

class RequestReader {
 protected:
  explicit RequestReader(std::string_view body) : in_(body), body_(body) {}

  // Notes what is wrong with the member `name` of where the reader is; the first one is told.
  void wrong(Code code, std::string_view name, std::string_view what);
  void wrong(std::string_view name, std::string_view what) { wrong(Code::invalid_value, name, what); }
  // An error that happened at the place of the next value or just behind it, whose own `param` is its path.
  void wrong(Error error) {
    if (!wrong_) wrong_ = std::move(error);
  }

  // Enters the body. False: it is no object, and `failure` says what it is.
  bool enter_body(Error& failure);

  // Each reads the member that comes next; null counts as absent.
  bool skipped_null() { return in_.kind() == json::Kind::null && in_.null(); }
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most, std::string_view what);
  // Its text as it was written.
  std::string_view number(std::string_view name, double least, double most, std::string_view what);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::string> text(std::string_view name);
  // Any value, as it was written.
  std::string_view raw();
  // Steps into a list of objects, calling `read` in each.
  template <class Read>
  std::size_t each_object(std::string_view name, Read read) {
    if (!in_.enter_array()) return wrong(name, "must be an array"), 0;
    const Path::Step in_list(path_, name);
    std::size_t place = 0;
    for (; in_.next_element(); ++place) {
      const Path::Step at(path_, place);
      if (in_.enter_object()) read();
      else wrong("", "must be an object");
    }
    return place;
  }

  // Fields that all dialects have under the same name.
  void read_model(std::string_view name, chat::Chat& chat);
  void read_user(std::string_view name, chat::Chat& chat);
  // No control characters in its keys.
  void read_metadata(std::string_view name);
  // A field by which a request would steer where credentials are sent.
  void refuse(std::string_view name) {
    in_.skip();
    wrong(Code::forbidden_field, name, "must not be set by a request");
  }
  static bool is_forbidden(std::string_view name);

  json::Reader in_;
  std::string_view body_;
  Path path_;
  std::optional<Error> wrong_;
};

bool has_control(std::string_view text);

// What is wrong with a picture's address: "must be ..."; nothing if it can be one. `https://` and `http://` addresses are not looked into; a `data:`
// address must be base64 of an image, of the kind it says where that is PNG, JPEG, GIF or WebP.
std::string_view image_address_problem(std::string_view address);
// The same of an image given as media type and base64.
std::string_view image_data_problem(std::string_view media_type, std::string_view base64);

// "data:image/png;base64,AAAA" taken apart; nothing of other addresses.
struct DataUrl {
  std::string_view media_type;
  std::string_view data;
};
std::optional<DataUrl> parse_data_url(std::string_view address);

}  // namespace genai::wire
