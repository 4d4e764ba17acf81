#include "engines/sim/rerank.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "platform/json/reader.hpp"
#include "platform/json/writer.hpp"

namespace genai::sim {
namespace {

using json::Kind;

struct Asked {
  std::string query;
  std::vector<std::string> documents;
  std::size_t top_n = 0;  // 0: all
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string text_of(json::Reader& in) {
  const auto text = in.string();
  return text ? lower(text->unescaped()) : std::string();
}

// A text, or an object with one.
std::string document_of(json::Reader& in) {
  if (in.kind() == Kind::string) return text_of(in);
  std::string document;
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    if (key == "text") document = text_of(in);
    else in.skip();
  }
  return document;
}

Asked read(const std::string& body) {
  Asked asked;
  json::Reader in(body);
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    if (key == "query") asked.query = text_of(in);
    else if (key == "documents") {
      for (in.enter_array(); in.next_element();) asked.documents.push_back(document_of(in));
    } else if (key == "top_n") {
      const auto digits = in.number().value_or("");
      std::from_chars(digits.data(), digits.data() + digits.size(), asked.top_n);
    } else {
      in.skip();
    }
  }
  return asked;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; };
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_word);
    const auto end = std::find_if_not(begin, text.end(), is_word);
    if (begin != end) words.emplace_back(begin, end);
    at = static_cast<std::size_t>(end - text.begin());
  }
  return words;
}

struct Ranked {
  std::size_t index;
  double score;  // 0 to 1
};

Ranked ranked(std::size_t index, const std::string& document, const std::vector<std::string>& query) {
  const auto words = words_of(document);
  const auto found = std::count_if(query.begin(), query.end(), [&words](const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); });
  return {index, query.empty() ? 0.0 : static_cast<double>(found) / static_cast<double>(query.size())};
}

}  // namespace

Result<std::string> rank(const chat::Chat& chat) {
  const auto asked = read(chat.body);
  const auto query = words_of(asked.query);
  std::vector<Ranked> results;
  for (std::size_t i = 0; i < asked.documents.size(); ++i) results.push_back(ranked(i, asked.documents[i], query));
  std::stable_sort(results.begin(), results.end(), [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
  if (asked.top_n > 0 && asked.top_n < results.size()) results.resize(asked.top_n, {});
  std::string to = R"({"id":"rerank-sim","results":[)";
  for (const auto& result : results) {
    char text[64];
    to.append(text, static_cast<std::size_t>(std::snprintf(text, sizeof text, R"({"index":%zu,"relevance_score":%.6g},)", result.index, result.score)));
  }
  if (to.back() == ',') to.pop_back();
  to += R"(],"usage":{"total_tokens":)";
  json::append_integer(to, chat.prompt_estimate.value());
  return to += "}}";
}

}  // namespace genai::sim
