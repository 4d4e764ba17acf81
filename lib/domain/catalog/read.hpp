// From the text of one table to its rows. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "domain/catalog/catalog.hpp"

namespace genai::catalog {

// The rows that could be read, in order; what could not is told in `problems` as "file:line:column: what".
std::vector<Row> read_rows(const Catalog::Source& source, std::vector<std::string>& problems);

// The name under which a table lists a vendor, given any of its spellings ("vertex_ai" is google); other names as they are.
std::string_view vendor_of(std::string_view spelling);

}  // namespace genai::catalog
