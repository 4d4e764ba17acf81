#include "domain/wire/fields.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "platform/json/reader.hpp"

namespace genai::wire {
namespace {

constexpr std::size_t short_id = 9;

struct Member {
  std::string_view name, value;  // into the body
};

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The rest of a string behind its first quote, up to the last.
std::string_view quoted(std::string_view rest) {
  std::size_t end = 0;
  while (rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  return rest.substr(0, end);
}

// Names as they stand: one with an escape in it is none that anybody renames.
std::vector<Member> members_of(std::string_view body) {
  std::vector<Member> members;
  json::Reader in(body, json::Manner::lenient);
  std::string_view key;
  for (in.enter_object(); in.next_member(key);) {
    const std::size_t name = in.key_at() + 1, value = in.at();  // before what the value's own members say
    in.skip();
    if (!in.failed()) members.push_back({quoted(body.substr(name)), body.substr(value, in.behind() - value)});
  }
  return members;
}

const Rename* rename_of(std::string_view name, std::span<const Rename> renames) {
  const auto found = std::find_if(renames.begin(), renames.end(), [name](const Rename& one) { return one.from == name; });
  return found == renames.end() ? nullptr : &*found;
}

// FNV-1a.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace

std::string renamed(std::string body, std::span<const Rename> renames) {
  if (renames.empty()) return body;
  const auto members = members_of(body);
  const auto gives_way = [&](std::string_view name) {
    return std::any_of(members.begin(), members.end(), [&](const Member& other) {
      const auto* rename = rename_of(other.name, renames);
      return rename != nullptr && rename->to == name;
    });
  };
  std::string to = "{";
  for (const auto& member : members) {
    const auto* rename = rename_of(member.name, renames);
    const std::string_view name = rename != nullptr ? rename->to : member.name;
    if (name.empty() || (rename == nullptr && gives_way(name))) continue;
    if (to.size() > 1) to += ',';
    (((to += '"') += name) += "\":") += member.value;
  }
  return to += '}';
}

std::string tool_id(std::string_view id, ToolIds style) {
  if (style == ToolIds::any || (id.size() == short_id && std::all_of(id.begin(), id.end(), is_alphanumeric))) return std::string(id);
  constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string to;
  for (auto rest = hash_of(id); to.size() < short_id; rest /= letters.size()) to += letters[rest % letters.size()];
  return to;
}

}  // namespace genai::wire
