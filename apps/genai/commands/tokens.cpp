#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "domain/tokens/chat_count.hpp"
#include "domain/tokens/chunks.hpp"
#include "domain/tokens/tokenizer_json.hpp"
#include "genai/commands.hpp"
#include "genai/options.hpp"
#include "genai/token_sources.hpp"
#include "platform/fs/file.hpp"
#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"
#include "platform/text/table.hpp"

namespace genai {
namespace {

constexpr std::size_t max_line_bytes = 64 * 1024 * 1024;  // of a JSON Lines file

struct Options {
  std::vector<std::string> files;
  std::optional<std::string> model, encoding, tokenizer, field;
  bool ids = false, special = false, vocab_info = false;
  std::string format = "text";
};

void declare(CLI::App& app, Options& options) {
  app.add_option("FILE", options.files, "files and directories to count, - for standard input")->type_name("FILE");
  auto* model = option::text(app, "--model", options.model, "count as this model does, or estimate it", "MODEL");
  auto* encoding = option::text(app, "--encoding", options.encoding, "count with this encoding: o200k_base if nothing else is asked for", "NAME")->excludes(model);
  option::file(app, "--tokenizer", options.tokenizer, "count with a tokenizer.json of Hugging Face (byte-level BPE)")->excludes(model)->excludes(encoding);
  option::text(app, "--field", options.field, "in .jsonl files and standard input count this field of each line: text, a.b.c, or messages of chat requests", "PATH");
  app.add_flag("--ids", options.ids, "print the ids too");
  app.add_flag("--special", options.special, "read the text of special tokens, such as <|endoftext|>, as these tokens");
  app.add_flag("--vocab-info", options.vocab_info, "list the encodings and where their vocabularies come from");
  option::format(app, options.format, {"text", "json"});
}

Error usage(std::string what) { return Error{Code::usage_error, std::move(what), ""}; }

// ---- what counts

struct Chosen {
  std::optional<tokens::Encoding> own;  // read from a file; `counter` points to it
  tokens::Counter counter;
};

Result<std::string> read_tokenizer(const std::string& name, const World& world) {
  auto file = fs::File::open(world.directory / name, O_RDONLY);
  if (!file) return usage(file.error().what);
  const auto size = file->size();
  if (!size) return size.error();
  if (*size > tokens::max_tokenizer_bytes) return usage(name + " is larger than 64 MiB");
  std::string json(*size, '\0');
  const auto got = file->read_at(0, json);
  if (!got) return got.error();
  json.resize(*got);
  return json;
}

Result<std::unique_ptr<Chosen>> choose(const Options& options, const World& world) {
  auto chosen = std::make_unique<Chosen>();
  if (options.tokenizer) {
    const auto json = read_tokenizer(*options.tokenizer, world);
    if (!json) return json.error();
    auto encoding = tokens::read_tokenizer_json(*json, *options.tokenizer);
    if (!encoding) return usage(*options.tokenizer + ": " + encoding.error().what);
    chosen->own.emplace(std::move(*encoding));
    chosen->counter = tokens::counter_of(*chosen->own);
  } else if (options.model) {
    chosen->counter = tokens::counter_for(*options.model);
  } else {
    const auto encoding = tokens::find_encoding(options.encoding.value_or("o200k_base"));
    if (!encoding) return usage("--encoding: " + encoding.error().what);
    chosen->counter = tokens::counter_of(**encoding);
  }
  return chosen;
}

// ---- counting

struct Tally {
  std::string name;
  std::int64_t bytes = 0, lines = 0;  // lines: of JSON Lines, where a field was counted
  Tokens tokens;
  double spread = 0;  // tokens that the count may be off by
  std::string doubts;
  bool binary = false;
  std::optional<std::string> special_as_text;

  bool exact() const { return spread == 0; }
  double band() const { return tokens.value() == 0 ? 0 : spread / static_cast<double>(tokens.value()); }
};

// Ids go out as they come: nothing keeps those of a large file.
class IdWriter {
 public:
  IdWriter(std::ostream& out, const char* between) : out_(out), between_(between) {}
  void write(const std::vector<tokens::TokenId>& ids) {
    buffer_.clear();
    for (const auto id : ids) {
      if (any_) buffer_ += between_;
      any_ = true;
      json::append_integer(buffer_, id);
    }
    out_ << buffer_;
  }

 private:
  std::ostream& out_;
  const char* between_;
  std::string buffer_;
  bool any_ = false;
};

class Count {
 public:
  Count(const Options& options, const tokens::Counter& counter, World& world, IdWriter* ids) : options_(options), counter_(counter), world_(world), ids_(ids) {}

  Result<Tally> source(const TokenSource& source) {
    tally_ = Tally();
    tally_.name = source.name;
    const bool by_line = options_.field && (source.path.empty() || source.path.extension() == ".jsonl");
    auto counted = by_line ? lines(source) : text(source);
    if (!counted) return counted.error();
    return std::move(tally_);
  }

 private:
  std::vector<tokens::TokenId>* wanted() { return ids_ == nullptr ? nullptr : &batch_; }
  void written() {
    if (ids_ != nullptr) ids_->write(batch_);
    batch_.clear();
  }
  tokens::Specials specials() const { return options_.special ? tokens::Specials::as_tokens : tokens::Specials::as_text; }
  void add(Tokens counted, double band) {
    tally_.tokens += counted;
    tally_.spread += static_cast<double>(counted.value()) * band;
  }

  Result<void> text(const TokenSource& source) {
    tokens::Chunks chunks(*counter_.encoding, specials());
    auto read = read_token_source(source, world_, [&](std::string_view bytes) -> Result<void> {
      if (tally_.bytes == 0) tally_.binary = looks_binary(bytes);
      tally_.bytes += static_cast<std::int64_t>(bytes.size());
      auto added = chunks.add(bytes, wanted());
      written();
      return added;
    });
    if (!read) return read;
    chunks.finish(wanted());
    written();
    add(counter_.scaled(chunks.tokens()), counter_.band);
    if (const auto special = chunks.special_as_text()) tally_.special_as_text = std::string(*special);
    return {};
  }

  Result<void> lines(const TokenSource& source) {
    std::string kept;
    auto read = read_token_source(source, world_, [&](std::string_view bytes) -> Result<void> {
      tally_.bytes += static_cast<std::int64_t>(bytes.size());
      kept += bytes;
      std::size_t begin = 0;
      for (auto end = kept.find('\n'); end != std::string::npos; begin = end + 1, end = kept.find('\n', begin)) {
        if (auto counted = line(std::string_view(kept).substr(begin, end - begin)); !counted) return counted;
      }
      kept.erase(0, begin);
      return kept.size() > max_line_bytes ? Result<void>(usage("a line of more than 64 MiB")) : Result<void>();
    });
    if (!read) return read;
    auto last = line(kept);
    return last ? last : usage(tally_.name + ": " + last.error().what);
  }

  Result<void> line(std::string_view line) {
    ++line_number_;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    ++tally_.lines;
    auto counted = field(line);
    if (!counted) return usage(fmt::format("line {}: {}", line_number_, counted.error().what));
    return counted;
  }

  // Walks to the field and counts it; `inside` is the object that holds its last part.
  Result<void> field(std::string_view line) {
    json::Reader in(line);
    std::string_view path = *options_.field;
    std::optional<std::string> text;
    std::string_view request;
    bool found = false;
    walk(in, line, path, text, request, found);
    if (!in.end()) return in.error();
    if (!found) return usage("no field \"" + text::printable(*options_.field) + "\" with a text or messages");
    if (!request.empty()) return chat(request);
    tokens::Chunks chunks(*counter_.encoding, specials());
    if (auto added = chunks.add(*text, wanted()); !added) return added;
    chunks.finish(wanted());
    written();
    add(counter_.scaled(chunks.tokens()), counter_.band);
    if (const auto special = chunks.special_as_text()) tally_.special_as_text = std::string(*special);
    return {};
  }

  void walk(json::Reader& in, std::string_view line, std::string_view path, std::optional<std::string>& text, std::string_view& request, bool& found) {
    const auto dot = path.find('.');
    const auto name = path.substr(0, dot);
    const bool last = dot == std::string_view::npos;
    const auto from = in.kind() == json::Kind::object ? in.at() : 0;
    bool messages = false;
    if (!in.enter_object()) return;
    std::string_view key;
    while (in.next_member(key)) {
      if (key != name) {
        in.skip();
      } else if (!last) {
        walk(in, line, path.substr(dot + 1), text, request, found);
      } else if (in.kind() == json::Kind::string) {
        text = in.string()->unescaped();
        found = true;
      } else {
        messages = key == "messages" && in.kind() == json::Kind::array;
        in.skip();
      }
    }
    if (messages && !in.failed()) {
      request = line.substr(from, in.behind() - from);
      found = true;
    }
  }

  Result<void> chat(std::string_view request) {
    if (ids_ != nullptr) return usage("--ids has none for chat requests");
    const auto counted = tokens::count_chat(counter_, request);
    if (!counted) return counted.error();
    add(counted->tokens, counted->band);
    doubts_ = doubts_ | counted->doubts;
    tally_.doubts = tokens::describe(doubts_);
    return {};
  }

  const Options& options_;
  const tokens::Counter& counter_;
  World& world_;
  IdWriter* ids_;
  Tally tally_;
  std::int64_t line_number_ = 0;
  tokens::Doubt doubts_ = tokens::Doubt::none;
  std::vector<tokens::TokenId> batch_;
};

// ---- what is shown

// "1 234 567"
std::string grouped(std::int64_t value) {
  auto digits = std::to_string(value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), " ");
  return digits;
}

std::string shown(const Tally& tally) {
  if (tally.exact()) return grouped(tally.tokens.value());
  return fmt::format("≈ {} ± {:.0f} %", grouped(tally.tokens.value()), std::max(1.0, tally.band() * 100));
}

Tally total_of(const std::vector<Tally>& tallies) {
  Tally total;
  total.name = "total";
  for (const auto& tally : tallies) {
    total.bytes += tally.bytes;
    total.tokens += tally.tokens;
    total.spread += tally.spread;
    total.lines += tally.lines;
  }
  return total;
}

void warn(const std::vector<Tally>& tallies, const tokens::Counter& counter, const Options& options, World& world) {
  if (!counter.exact) world.err << "note: an estimate: " << counter.why << "\n";
  for (const auto& tally : tallies) {
    const auto name = text::printable(tally.name);
    if (tally.binary) world.err << "warning: " << name << " looks binary; what is no UTF-8 was counted as U+FFFD\n";
    if (!tally.doubts.empty()) world.err << "note: " << name << ": an estimate: " << tally.doubts << "\n";
    if (tally.special_as_text && !options.special) {
      world.err << "warning: " << name << " holds the text of a special token, " << text::printable(*tally.special_as_text) << ": counted as text (--special counts it as the token)\n";
    }
  }
}

void print_text(const std::vector<Tally>& tallies, const std::vector<SkippedFile>& skipped, const tokens::Counter& counter, bool with_ids, World& world) {
  if (with_ids) world.out << "\n";
  text::Table table({{"file"}, {"tokens", text::Align::right}, {"bytes", text::Align::right}, {"encoding"}});
  const auto row = [&](const Tally& tally) {
    table.add({tally.name, shown(tally), grouped(tally.bytes), tally.name == "total" && tallies.size() > 1 ? "" : std::string(counter.encoding->name())});
  };
  for (const auto& tally : tallies) row(tally);
  if (tallies.size() != 1) row(total_of(tallies));
  world.out << table.text();
  for (const auto& file : skipped) world.err << "skipped: " << text::printable(file.name) << ": " << file.why << "\n";
}

std::string json_text(std::string_view text) {
  std::string json;
  json::append_string(json, text);
  return json;
}

std::string figures(const Tally& tally) {
  auto json = fmt::format(R"("tokens": {}, "bytes": {}, "exact": {})", tally.tokens.value(), tally.bytes, tally.exact());
  if (tally.lines > 0) json += fmt::format(R"(, "lines": {})", tally.lines);
  if (!tally.exact()) json += fmt::format(R"(, "band": {:.4f})", tally.band());
  if (!tally.doubts.empty()) json += R"(, "why": )" + json_text(tally.doubts);
  if (tally.special_as_text) json += R"(, "special_as_text": )" + json_text(*tally.special_as_text);
  return json;
}

void print_json_head(const Options& options, const tokens::Counter& counter, World& world) {
  world.out << R"({"schema": "genai.tokens/v1", "encoding": )" << json_text(counter.encoding->name());
  if (options.model) world.out << R"(, "model": )" << json_text(*options.model) << R"(, "basis": )" << json_text(counter.why);
}

void print_json_tail(const std::vector<Tally>& tallies, const std::vector<SkippedFile>& skipped, World& world) {
  auto total = tallies.size() == 1 ? tallies.front() : total_of(tallies);
  world.out << ", " << figures(total) << R"(, "files": [)";
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    world.out << (i == 0 ? "" : ", ") << R"({"name": )" << json_text(tallies[i].name) << ", " << figures(tallies[i]) << "}";
  }
  world.out << R"(], "skipped": [)";
  for (std::size_t i = 0; i < skipped.size(); ++i) {
    world.out << (i == 0 ? "" : ", ") << R"({"name": )" << json_text(skipped[i].name) << R"(, "why": )" << json_text(skipped[i].why) << "}";
  }
  world.out << "]}\n";
}

int print_vocabularies(const Options& options, World& world) {
  text::Table table({{"encoding"}, {"ids", text::Align::right}, {"special tokens", text::Align::right}, {"SHA-256 of its .tiktoken file"}});
  std::string json = R"({"schema": "genai.tokens/v1", "unicode": "16.0.0", "encodings": [)";
  for (const auto& encoding : tokens::encodings()) {
    table.add({std::string(encoding.name()), grouped(static_cast<std::int64_t>(encoding.size())), grouped(static_cast<std::int64_t>(encoding.special_tokens().size())),
               std::string(encoding.source())});
    json += fmt::format(R"({}{{"name": "{}", "ids": {}, "special_tokens": {}, "sha256": "{}"}})", json.ends_with('[') ? "" : ", ", encoding.name(), encoding.size(),
                        encoding.special_tokens().size(), encoding.source());
  }
  world.out << (options.format == "json" ? json + "]}\n" : table.text());
  return 0;
}

Result<int> run(const Options& options, World& world) {
  if (options.vocab_info) return print_vocabularies(options, world);
  if (options.files.empty()) return usage("nothing to count: name files or directories, or - for standard input");
  const auto chosen = choose(options, world);
  if (!chosen) return chosen.error();
  const auto& counter = (*chosen)->counter;
  const auto sources = find_token_sources(options.files, world);
  if (!sources) return sources.error();
  if (options.ids && !counter.exact) return usage("--ids: the ids of " + text::printable(*options.model) + " are not known, only their number is estimated");
  if (options.ids && sources->files.size() != 1) return usage("--ids wants one file");

  const bool json = options.format == "json";
  std::vector<Tally> tallies;
  IdWriter ids(world.out, json ? ", " : " ");
  if (json && options.ids) {  // they follow as they come
    print_json_head(options, counter, world);
    world.out << R"(, "ids": [)";
  }
  for (const auto& source : sources->files) {
    Count count(options, counter, world, options.ids ? &ids : nullptr);
    auto tally = count.source(source);
    if (!tally) return tally.error();
    tallies.push_back(std::move(*tally));
  }
  if (json) {
    if (options.ids) {
      world.out << "]";
    } else {
      print_json_head(options, counter, world);
    }
    print_json_tail(tallies, sources->skipped, world);
  } else {
    print_text(tallies, sources->skipped, counter, options.ids, world);
  }
  world.out.flush();
  warn(tallies, counter, options, world);
  return 0;
}

constexpr Example examples[] = {
    {.line = "echo 'How many tokens is this?' | genai tokens -", .shows = "a text as gpt-4o and later models count it"},
    {.line = "echo 'hello world' | genai tokens --encoding cl100k_base --ids --json -", .shows = "the ids, for programs"},
    {.line = "mkdir docs && echo 'Some words.' > docs/a.md && genai tokens docs --model gpt-4", .shows = "each file of a directory, and the total"},
    {.line = "echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | genai tokens - --model gpt-4o --field messages",
     .shows = "chat requests, one a line, with what messages and tools add"},
    {.line = "echo 'Bonjour' | genai tokens - --model claude-sonnet-4-5", .shows = "an estimate, with how far off it may be"},
    {.line = "genai tokens --vocab-info", .shows = "the encodings inside and the checksums of their sources"},
};

}  // namespace

const Command tokens_command{.name = "tokens",
                             .summary = "count tokens exactly, in texts, files and chat requests",
                             .group = Group::report,
                             .description =
                                 "Counts as the models of OpenAI do, id by id; no network is used. Models whose vocabulary is not published "
                                 "(Anthropic, Gemini and others) are estimated and shown with the relative error to expect; a tokenizer.json makes "
                                 "open models exact.\n\n"
                                 "The text of special tokens is counted as text, with a warning. Bytes that are no UTF-8 count as U+FFFD, as lossy "
                                 "decoding reads them. Files are read in chunks, so their size does not matter. In directories, binary files are "
                                 "skipped and listed.",
                             .examples = examples,
                             .add = bind<Options, declare, run>};

}  // namespace genai
