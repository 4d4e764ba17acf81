// What a command may touch outside its own memory: streams, clock, variables, terminal. A test hands in its own.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace genai {

// One per process, made in main and outliving every command. Used from the main thread only; the clock from any.
struct World {
  std::istream& in;
  std::ostream& out;  // data; a closed pipe shows as its badbit, which ends the process quietly
  std::ostream& err;  // everything else: progress, notes, errors
  const Clock& clock;
  // The environment: nothing when the variable is not set. Set to nothing is the empty text.
  std::function<std::optional<std::string>(std::string_view)> variable;
  std::filesystem::path directory;  // where the command was started; relative paths of flags start here
  bool out_is_tty = false;
  bool err_is_tty = false;
  bool colour = false;  // a terminal on stdout, no NO_COLOR, TERM not "dumb": only then may an ESC byte be written
  int width = 80;       // columns of the terminal; 80 where there is none
};

}  // namespace genai
