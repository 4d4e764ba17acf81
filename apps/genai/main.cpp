#include "genai/commands.hpp"
#include "genai/process.hpp"

#include <string>
#include <vector>

int main(int argc, char** argv) {
  genai::Process process;
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return process.finish(genai::run_genai(arguments, process.world()));
}
