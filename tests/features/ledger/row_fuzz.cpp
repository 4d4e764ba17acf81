// Whatever stands in a spooled record: decoding never reads outside it, and a row that decodes encodes to the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "features/ledger/row_codec.hpp"
#include "platform/fs/spool.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" const char* const* genai_fuzz_seeds();

namespace {
void try_row(std::string_view bytes) {
  const auto row = genai::ledger::decode_row(bytes);
  if (!row) return;
  std::string again;
  genai::ledger::encode_row(*row, again);
  const auto twice = genai::ledger::decode_row(again);
  if (!twice || twice->id != row->id || twice->usage != row->usage || twice->model != row->model) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_row(bytes);
  // The same with a plausible head, so that the plain driver gets past the version.
  std::string headed;
  genai::record::Record record;
  record.id = genai::RowId(1);
  record.model = "m";
  genai::ledger::encode_row(record, headed);
  for (std::size_t i = 0; i + 1 < size; i += 2) headed[data[i] % headed.size()] = static_cast<char>(data[i + 1]);
  try_row(headed);
  return 0;
}

extern "C" const char* const* genai_fuzz_seeds() {
  static const char* const seeds[] = {"\x01\x01\x01", "model and route and user", nullptr};
  return seeds;
}
