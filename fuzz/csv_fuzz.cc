// The first byte picks the delimiter, the rest is the text. What is read is written again in quotes and must
// read back equal; every column is then converted, and each error must be one line that names the file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/table/table.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

using Row = std::vector<std::string>;

void CheckError(const Error& error) {
  CHECK(error.message().starts_with("fuzz.csv:"));
  CHECK(error.message().find_first_of("\r\n") == std::string::npos);
  CHECK(IsUtf8(error.message()));
}

// All records; empty when the text is refused.
std::vector<Row> ReadAll(std::string_view text, const CsvOptions& options) {
  auto reader = CsvReader::Open("fuzz.csv", text, options);
  if (!reader) {
    CheckError(reader.error());
    return {};
  }
  std::vector<Row> rows = {reader->header()};
  for (;;) {
    const auto more = reader->Next();
    if (!more) {
      CheckError(more.error());
      return {};
    }
    if (!*more) break;
    CHECK(reader->fields().size() == reader->header().size());
    CHECK(reader->line() <= text.size() + 1);
    rows.emplace_back(reader->fields().begin(), reader->fields().end());
  }
  CHECK(rows.size() - 1 == reader->rows());
  CHECK(reader->rows() <= reader->MaxRows());
  return rows;
}

std::string Write(const std::vector<Row>& rows, char delimiter) {
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += delimiter;
      text += '"';
      for (char c : row[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += '"';
    }
    text += '\n';
  }
  return text;
}

void CheckColumns(std::string_view text, const Row& header, std::size_t rows, const CsvOptions& options) {
  for (const std::string& name : header) {
    const auto table = ReadTable("fuzz.csv", text, std::vector<std::string>{name}, options);
    if (!table) {
      CheckError(table.error());
      continue;
    }
    const NumericColumn& column = table->columns.at(0);
    CHECK(table->rows == rows && column.units.size() == rows && column.valid.size() == rows);
    for (std::size_t i = 0; i < rows; ++i) {
      CHECK(column.type.Decode(column.type.Encode(column.units[i])) == column.units[i]);
      CHECK(column.valid[i] == 1 || column.units[i] == 0);
    }
  }
}

void Run(std::string_view input) {
  if (input.empty()) return;
  constexpr std::string_view kDelimiters = ",;\t|";
  const char delimiter = kDelimiters[static_cast<std::uint8_t>(input[0]) % kDelimiters.size()];
  const std::string_view text = input.substr(1);
  // Fields may double in length when they are written in quotes, so the second limit is wider.
  const CsvOptions options{
      .delimiter = delimiter,
      .limits = {.max_bytes = 4096, .max_columns = 8, .max_field_bytes = 64, .max_rows = 100}};
  const std::vector<Row> rows = ReadAll(text, options);
  if (rows.empty()) return;
  CHECK(ReadAll(Write(rows, delimiter), {.delimiter = delimiter, .limits = {}}) == rows);
  CheckColumns(text, rows[0], rows.size() - 1, options);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
