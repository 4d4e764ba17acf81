#include "genai/request_files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "domain/tokens/chat_count.hpp"
#include "platform/fs/file.hpp"

namespace genai {
namespace {

Error at_place(const std::string& place, Error error) {
  error.what = place + ": " + error.what;
  return error;
}

Result<void> feed_lines(estimate::Sampler& sampler, const estimate::Pull& pull, const std::string& shown, bool are_conversations) {
  return estimate::for_each_line(pull, shown, [&](std::string_view line, std::size_t number) -> Result<void> {
    auto added = are_conversations ? sampler.add_conversation(line) : sampler.add_request(line);
    if (!added) return at_place(shown + ":" + std::to_string(number), std::move(added.error()));
    return {};
  });
}

estimate::Pull pull_from(std::istream& in) {
  return [&in](std::span<char> buffer) -> Result<std::size_t> {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (in.bad()) return Error{Code::environment, "standard input cannot be read", {}};
    return static_cast<std::size_t>(in.gcount());
  };
}

// `file` outlives what is returned.
estimate::Pull pull_from(const fs::File& file, const std::string& shown) {
  return [&file, shown](std::span<char> buffer) -> Result<std::size_t> {
    auto got = file.read_on(buffer);
    return got ? got : Result<std::size_t>(at_place(shown, std::move(got.error())));
  };
}

Result<void> feed_prompt(estimate::Sampler& sampler, const std::string& path, const World& world) {
  const auto file = fs::File::open(world.directory / path, O_RDONLY);
  if (!file) return file.error();
  constexpr std::size_t step = std::size_t{1} << 20;
  std::string text;
  for (std::size_t got = step; got > 0;) {
    text.resize(text.size() + step);
    const auto read = file->read_on(std::span(text).last(step));
    if (!read) return at_place(path, read.error());
    got = *read;
    text.resize(text.size() - step + got);
    if (text.size() > estimate::max_line_bytes) return Error{Code::invalid_value, path + ": a prompt of more than 64 MiB", {}};
  }
  if (text.find('\0') != text.npos) return Error{Code::invalid_value, path + " is a binary file, not a prompt", {}};
  auto added = sampler.add_prompt(text);
  return added ? added : Result<void>(at_place(path, std::move(added.error())));
}

bool count_alike(const tokens::Counter& a, const tokens::Counter& b) {
  const auto rule = [](const tokens::Counter& c) {
    return std::tuple(c.encoding, c.exact, c.scale, c.band, c.why, c.chat.published, c.chat.message, c.chat.name, c.chat.reply, c.chat.function,
                      c.chat.image.kind, c.chat.image.base, c.chat.image.tile, c.chat.image.thousandths);
  };
  return rule(a) == rule(b);
}

estimate::Bounds bounds(const tokens::ChatCount& count) {
  const auto tokens = static_cast<double>(count.tokens.value());
  return {count.tokens, Tokens(static_cast<std::int64_t>(std::floor(tokens * std::max(0.0, 1 - count.band)))),
          Tokens(static_cast<std::int64_t>(std::ceil(tokens * (1 + count.band))))};
}

std::string description(const tokens::Counter& kind) {
  std::string text(kind.encoding->name());
  if (!kind.exact) text += ", an estimate within " + std::to_string(std::lround(kind.band * 100)) + "%";
  return text + ": " + std::string(kind.why);
}

std::shared_ptr<const estimate::ChatCounter> chat_counter(const tokens::Counter& kind) {
  return std::make_shared<const estimate::ChatCounter>(
      estimate::ChatCounter{description(kind), [kind](std::string_view body) -> Result<estimate::Bounds> {
                              const auto count = tokens::count_chat(kind, body);
                              return count ? Result<estimate::Bounds>(bounds(*count)) : count.error();
                            }});
}

}  // namespace

Result<void> feed(estimate::Sampler& sampler, const RequestFiles& files, World& world) {
  for (const auto& path : files.requests) {
    if (path == "-") {
      if (auto fed = feed_lines(sampler, pull_from(world.in), "standard input", files.are_conversations); !fed) return fed;
      continue;
    }
    const auto file = fs::File::open(world.directory / path, O_RDONLY);
    if (!file) return file.error();
    if (auto fed = feed_lines(sampler, pull_from(*file, path), path, files.are_conversations); !fed) return fed;
  }
  for (const auto& path : files.prompts)
    if (auto fed = feed_prompt(sampler, path, world); !fed) return fed;
  return {};
}

std::vector<std::shared_ptr<const estimate::ChatCounter>> chat_counters(const std::vector<std::string>& models) {
  std::vector<tokens::Counter> kinds;
  std::vector<std::shared_ptr<const estimate::ChatCounter>> result;
  for (const auto& model : models) {
    const auto kind = tokens::counter_for(model);
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const tokens::Counter& other) { return count_alike(kind, other); });
    result.push_back(same == kinds.end() ? chat_counter(kind) : result[static_cast<std::size_t>(same - kinds.begin())]);
    kinds.push_back(kind);
  }
  return result;
}

}  // namespace genai
