#include "domain/tokens/tokenizer_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "domain/tokens/encoding_parts.hpp"
#include "platform/json/reader.hpp"
#include "platform/text/table.hpp"

namespace genai::tokens {
namespace {

using detail::Builder;
using detail::Pattern;
using detail::Token;
using json::Kind;
using json::Reader;

constexpr std::size_t most_shown = 200;  // of a pattern in an error

Error refused(std::string where, std::string what) {
  return Error{.code = Code::invalid_value, .what = where + ": " + std::move(what), .param = std::move(where)};
}

// ---- what the file says

struct AddedToken {
  std::string text;
  TokenId id = 0;
};

struct Model {
  std::string type = "BPE";
  std::vector<std::pair<std::string, TokenId>> vocabulary;  // as spelled in the file
  std::vector<std::pair<std::string, std::string>> merges;
  bool ignore_merges = false;
};

struct PreTokenizer {
  std::string type;
  std::string pattern;    // of a Split
  std::string literal;    // of a Split by a text
  std::string behavior;
  bool inverted = false;
  bool prefix_space = false;
  bool use_regex = true;  // of a ByteLevel
  std::vector<PreTokenizer> parts;
};

struct File {
  Model model;
  bool has_model = false;
  std::vector<AddedToken> added;
  std::vector<std::string> normalizers;
  std::optional<PreTokenizer> pre_tokenizer;
};

class FileReader {
 public:
  explicit FileReader(std::string_view json) : in_(json) {}

  Result<File> read() {
    std::string_view key;
    if (!in_.enter_object()) {
      if (!in_.end()) return in_.error();
      return Error{Code::expected_object, "a tokenizer.json is one JSON object", {}};
    }
    while (in_.next_member(key)) {
      if (key == "model") {
        file_.has_model = true;
        model();
      } else if (key == "added_tokens") {
        while_element([&] { added_token(); });
      } else if (key == "normalizer") {
        normalizer();
      } else if (key == "pre_tokenizer") {
        if (in_.kind() == Kind::null) {
          in_.skip();
        } else {
          file_.pre_tokenizer = pre_tokenizer();
        }
      } else {
        in_.skip();
      }
    }
    if (!in_.end()) return in_.error();
    if (wrong_) return std::move(*wrong_);
    return std::move(file_);
  }

 private:
  void wrong(std::string where, std::string what) {
    if (!wrong_) wrong_ = refused(std::move(where), std::move(what));
  }
  template <class Each>
  void while_element(Each each) {
    if (!in_.enter_array()) return;
    while (in_.next_element()) each();
  }
  std::string string() {
    const auto text = in_.string();
    return text ? text->unescaped() : std::string();
  }
  bool flag() { return in_.boolean().value_or(false); }
  TokenId id(const char* where) {
    const auto number = in_.number();
    TokenId value = 0;
    if (number) {
      const auto [end, failure] = std::from_chars(number->data(), number->data() + number->size(), value);
      if (failure == std::errc() && end == number->data() + number->size() && value < detail::max_tokens) return value;
    }
    wrong(where, "an id must be a whole number below 4,194,304");
    return 0;
  }

  void model() {
    std::string_view key;
    if (!in_.enter_object()) return;
    auto& model = file_.model;
    while (in_.next_member(key)) {
      if (key == "type") {
        model.type = string();
      } else if (key == "vocab") {
        vocabulary();
      } else if (key == "merges") {
        while_element([&] { merge(); });
      } else if (key == "ignore_merges") {
        model.ignore_merges = flag();
      } else if (key == "byte_fallback") {
        if (flag()) wrong("model.byte_fallback", "a SentencePiece vocabulary; only byte-level BPE is read");
      } else if (key == "dropout") {
        if (!in_.null()) wrong("model.dropout", "merging by chance cannot be counted");
      } else if (key == "continuing_subword_prefix" || key == "end_of_word_suffix") {
        const std::string where = "model." + std::string(key);
        if (in_.kind() == Kind::string && !string().empty()) wrong(where, "is set; only byte-level BPE is read");
        else if (in_.kind() == Kind::null) in_.skip();
      } else {
        in_.skip();
      }
    }
  }

  void vocabulary() {
    std::string_view key;
    if (!in_.enter_object()) return;
    while (in_.next_member(key)) {
      std::string spelled(key);
      file_.model.vocabulary.emplace_back(std::move(spelled), id("model.vocab"));
    }
  }

  // "a b" or ["a", "b"].
  void merge() {
    if (in_.kind() == Kind::string) {
      const auto both = string();
      const auto blank = both.find(' ');
      if (blank == std::string::npos) return wrong("model.merges", "a merge must be two tokens");
      file_.model.merges.emplace_back(both.substr(0, blank), both.substr(blank + 1));
      return;
    }
    std::vector<std::string> both;
    while_element([&] { both.push_back(string()); });
    if (both.size() != 2) return wrong("model.merges", "a merge must be two tokens");
    file_.model.merges.emplace_back(std::move(both[0]), std::move(both[1]));
  }

  void added_token() {
    std::string_view key;
    AddedToken added;
    if (!in_.enter_object()) return;
    while (in_.next_member(key)) {
      if (key == "id") {
        added.id = id("added_tokens");
      } else if (key == "content") {
        added.text = string();
      } else if (key == "lstrip" || key == "rstrip" || key == "single_word") {
        const std::string what = std::string(key) + " is set, which changes the text around it";
        if (flag()) wrong("added_tokens", what);
      } else {
        in_.skip();
      }
    }
    if (!added.text.empty()) file_.added.push_back(std::move(added));
  }

  void normalizer() {
    if (in_.kind() == Kind::null) return in_.skip();
    std::string_view key;
    std::string type;
    if (!in_.enter_object()) return;
    while (in_.next_member(key)) {
      if (key == "type") {
        type = string();
      } else if (key == "normalizers") {
        while_element([&] { normalizer(); });
      } else {
        in_.skip();
      }
    }
    if (type != "Sequence") file_.normalizers.push_back(std::move(type));
  }

  PreTokenizer pre_tokenizer() {
    PreTokenizer result;
    std::string_view key;
    if (!in_.enter_object()) return result;
    while (in_.next_member(key)) {
      if (key == "type") {
        result.type = string();
      } else if (key == "pretokenizers") {
        while_element([&] { result.parts.push_back(pre_tokenizer()); });
      } else if (key == "pattern") {
        if (!in_.enter_object()) continue;
        while (in_.next_member(key)) (key == "Regex" ? result.pattern : result.literal) = string();
      } else if (key == "behavior") {
        result.behavior = string();
      } else if (key == "invert") {
        result.inverted = flag();
      } else if (key == "add_prefix_space") {
        result.prefix_space = flag();
      } else if (key == "use_regex") {
        result.use_regex = flag();
      } else {
        in_.skip();
      }
    }
    return result;
  }

  Reader in_;
  File file_;
  std::optional<Error> wrong_;
};

// ---- its pretokenizer

struct KnownPattern {
  std::string_view text;
  Pattern pattern;
};

#define GENAI_WORDS_X R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define GENAI_WORDS_Y R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define GENAI_PREFIX R"([^\r\n\p{L}\p{N}]?)"
#define GENAI_CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define GENAI_BLANKS R"(|\s*[\r\n]+|\s+(?!\S)|\s+)"
// As published with GPT-2, Llama-3, Qwen2, gpt-oss and Mistral-Nemo.
constexpr std::array known_patterns{
    KnownPattern{R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", Pattern::gpt2},
    KnownPattern{GENAI_CONTRACTIONS "|" GENAI_PREFIX R"(\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)" GENAI_BLANKS, Pattern::cl100k},
    KnownPattern{GENAI_CONTRACTIONS "|" GENAI_PREFIX R"(\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)" GENAI_BLANKS, Pattern::qwen2},
    KnownPattern{GENAI_PREFIX GENAI_WORDS_X "*" GENAI_WORDS_Y "+" GENAI_CONTRACTIONS "?|" GENAI_PREFIX GENAI_WORDS_X "+" GENAI_WORDS_Y
                 "*" GENAI_CONTRACTIONS R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" GENAI_BLANKS, Pattern::o200k},
    KnownPattern{GENAI_PREFIX GENAI_WORDS_X "*" GENAI_WORDS_Y "+|" GENAI_PREFIX GENAI_WORDS_X "+" GENAI_WORDS_Y
                 R"(*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*)" GENAI_BLANKS, Pattern::tekken},
};

Result<Pattern> pattern_of(const File& file) {
  const std::string where = "pre_tokenizer";
  if (!file.pre_tokenizer) return refused(where, "there is none; only byte-level BPE is read");
  std::vector<PreTokenizer> parts = file.pre_tokenizer->type == "Sequence" ? file.pre_tokenizer->parts : std::vector{*file.pre_tokenizer};
  std::vector<const PreTokenizer*> splits;
  bool byte_level = false;
  for (const auto& part : parts) {
    if (part.type == "ByteLevel" && !byte_level) {
      if (part.prefix_space) return refused(where, "add_prefix_space is set, which changes the text");
      byte_level = true;
      if (part.use_regex && !splits.empty()) return refused(where, "a Split and then the pattern of ByteLevel is not known here");
      if (part.use_regex) return Pattern::gpt2;
    } else if (part.type == "Split" && !byte_level) {
      splits.push_back(&part);
    } else {
      return refused(where, "\"" + text::printable(part.type) + "\" is not known here; Split and ByteLevel are");
    }
  }
  if (!byte_level) return refused(where, "no ByteLevel in it; only byte-level BPE is read");
  if (splits.size() != 1) return refused(where, std::to_string(splits.size()) + " splits; one is known here");
  const auto& split = *splits.front();
  const bool pieces = (split.behavior == "Isolated" && !split.inverted) || (split.behavior == "Removed" && split.inverted);
  for (const auto& known : known_patterns) {
    if (pieces && known.text == split.pattern) return known.pattern;
  }
  return refused(where, "this pattern is not known here: " + text::printable((split.pattern.empty() ? split.literal : split.pattern).substr(0, most_shown)) +
                            (pieces ? "" : " (" + text::printable(split.behavior) + (split.inverted ? ", inverted" : "") + ")"));
}

// ---- its vocabulary

// GPT-2's alphabet: bytes that print stand for themselves, the others for U+0100 onwards in their order.
std::array<char, 0x144> byte_alphabet(std::array<bool, 0x144>& in_use) {
  std::array<char, 0x144> bytes{};
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool prints = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    const auto letter = prints ? byte : next++;
    bytes[letter] = static_cast<char>(byte);
    in_use[letter] = true;
  }
  return bytes;
}

// The bytes that a spelled token stands for; nothing if a letter is not of the alphabet.
class Alphabet {
 public:
  std::optional<std::string> bytes(std::string_view spelled) const {
    std::string bytes;
    for (std::size_t at = 0; at < spelled.size(); ++at) {
      unsigned letter = static_cast<unsigned char>(spelled[at]);
      if (letter >= 0x80) {
        if (letter >= 0xE0 || at + 1 == spelled.size()) return std::nullopt;
        letter = (letter & 0x1F) << 6 | (static_cast<unsigned char>(spelled[++at]) & 0x3F);
      }
      if (letter >= bytes_.size() || !in_use_[letter]) return std::nullopt;
      bytes += bytes_[letter];
    }
    return bytes;
  }

 private:
  std::array<bool, 0x144> in_use_{};
  std::array<char, 0x144> bytes_ = byte_alphabet(in_use_);
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

class Vocabulary {
 public:
  static Result<Encoding::Parts> build(const File& file) {
    Vocabulary vocabulary(file);
    if (auto read = vocabulary.read_tokens(); !read) return read.error();
    if (auto merged = vocabulary.merge(); !merged) return merged.error();
    vocabulary.add_others();
    auto tables = vocabulary.builder_.build();
    if (!tables) return refused("model.vocab", tables.error().what);
    Encoding::Parts parts;
    parts.owned_tables = std::move(*tables);
    parts.tables = detail::Tables::view(parts.owned_tables->bytes()).value();
    parts.ids = std::move(vocabulary.ids_);
    return parts;
  }

 private:
  explicit Vocabulary(const File& file) : file_(file) {}

  Result<void> read_tokens() {
    const auto& model = file_.model;
    id_of_.reserve(model.vocabulary.size());
    std::unordered_set<TokenId> added;
    for (const auto& token : file_.added) added.insert(token.id);
    for (const auto& [spelled, id] : model.vocabulary) {
      if (added.contains(id)) continue;
      auto bytes = alphabet_.bytes(spelled);
      if (!bytes || bytes->empty()) return refused("model.vocab", "\"" + text::printable(spelled.substr(0, most_shown)) + "\" is not spelled in GPT-2's byte alphabet; only byte-level BPE is read");
      id_of_.emplace(std::move(*bytes), id);
    }
    for (const auto& [bytes, id] : id_of_) {
      if (bytes.size() == 1) singles_.emplace(bytes, id);
    }
    for (const auto& [bytes, id] : singles_) {
      builder_.add_byte(id_of_.find(bytes)->first);
      ids_.push_back(id);
    }
    return {};
  }

  Result<void> merge() {
    std::vector<std::size_t> left_over;
    for (std::size_t i = 0; i < file_.model.merges.size(); ++i) {
      const auto left_bytes = alphabet_.bytes(file_.model.merges[i].first), right_bytes = alphabet_.bytes(file_.model.merges[i].second);
      const auto token = left_bytes && right_bytes ? id_of_.find(*left_bytes + *right_bytes) : id_of_.end();
      if (token == id_of_.end()) return refused("model.merges", "merge " + std::to_string(i) + " makes no token of the vocabulary");
      if (builder_.find(token->first)) continue;  // another merge before this one makes it, always
      const auto left = builder_.find(*left_bytes), right = builder_.find(*right_bytes);
      if (!left || !right) {
        left_over.push_back(i);
      } else if (builder_.add_merge(*left, *right, token->first)) {
        ids_.push_back(token->second);
      }
    }
    return check_order(left_over);
  }

  // Merges whose parts are made by later merges: fine as long as they never happen.
  Result<void> check_order(const std::vector<std::size_t>& left_over) {
    std::unordered_map<std::string, std::size_t> ranks;
    for (const auto i : left_over) {
      const auto bytes = *alphabet_.bytes(file_.model.merges[i].first) + *alphabet_.bytes(file_.model.merges[i].second);
      if (builder_.find(bytes)) continue;
      if (ranks.empty()) {
        for (std::size_t k = 0; k < file_.model.merges.size(); ++k) {
          const auto left = *alphabet_.bytes(file_.model.merges[k].first), right = *alphabet_.bytes(file_.model.merges[k].second);
          ranks.emplace(std::to_string(left.size()) + " " + left + right, k);
        }
      }
      if (parts_by_merging(bytes, ranks) == 1) return refused("model.merges", "merge " + std::to_string(i) + " stands before the merges that make its parts");
    }
    return {};
  }

  // Into how many parts the list of merges brings these bytes. The slow, obvious way.
  static std::size_t parts_by_merging(const std::string& bytes, const std::unordered_map<std::string, std::size_t>& ranks) {
    std::vector<std::string> parts;
    for (const char byte : bytes) parts.emplace_back(1, byte);
    for (;;) {
      std::size_t best = ranks.size(), at = 0;
      for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rank = ranks.find(std::to_string(parts[i].size()) + " " + parts[i] + parts[i + 1]);
        if (rank != ranks.end() && rank->second < best) best = rank->second, at = i;
      }
      if (best == ranks.size()) return parts.size();
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    }
  }

  // Tokens that no merge makes: found as whole pieces where the model looks there first.
  void add_others() {
    std::map<TokenId, std::string_view> others;  // in the order of their ids, so that the result is the same each time
    for (const auto& [bytes, id] : id_of_) {
      if (!builder_.find(bytes)) others.emplace(id, bytes);
    }
    for (const auto& [id, bytes] : others) {
      builder_.add_unreachable(bytes, file_.model.ignore_merges);
      ids_.push_back(id);
    }
  }

  const File& file_;
  Alphabet alphabet_;
  std::unordered_map<std::string, TokenId, StringHash, std::equal_to<>> id_of_;  // its keys are what the builder views
  std::map<std::string, TokenId> singles_;
  Builder builder_;
  std::vector<TokenId> ids_;
};

}  // namespace

Result<Encoding> read_tokenizer_json(std::string_view json, std::string name) {
  if (json.size() > max_tokenizer_bytes) return Error{Code::payload_too_large, name + " is larger than 64 MiB", {}};
  auto file = FileReader(json).read();
  if (!file) return file.error();
  if (!file->has_model) return refused("model", "there is none: not a tokenizer.json");
  if (file->model.type != "BPE") return refused("model.type", "\"" + text::printable(file->model.type.substr(0, most_shown)) + "\"; only byte-level BPE is read");
  const auto pattern = pattern_of(*file);
  if (!pattern) return pattern.error();
  const bool nfc = file->normalizers == std::vector<std::string>{"NFC"};
  if (!nfc && !file->normalizers.empty()) return refused("normalizer", "\"" + text::printable(file->normalizers.front()) + "\"; none and NFC are known here");

  auto parts = Vocabulary::build(*file);
  if (!parts) return parts.error();
  parts->name = std::move(name);
  parts->source = "tokenizer.json";
  parts->pattern = *pattern;
  parts->normalizes = nfc;
  parts->owned_texts.reserve(file->added.size());
  for (auto& added : file->added) {
    parts->specials.push_back({parts->owned_texts.emplace_back(std::move(added.text)), added.id});
    parts->size = std::max<std::size_t>(parts->size, added.id + 1);
  }
  for (const auto id : parts->ids) parts->size = std::max<std::size_t>(parts->size, id + 1);
  parts->by_id.assign(parts->size, detail::no_token);
  for (Token token = 0; token < parts->ids.size(); ++token) parts->by_id[parts->ids[token]] = token;
  return Encoding(std::move(*parts));
}

}  // namespace genai::tokens
