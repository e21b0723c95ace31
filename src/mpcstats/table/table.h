// Tables: the wanted columns of a CSV text or file, with exact numbers.
//
//   const std::vector<std::string> wanted = {"income_usd", "frost_days"};
//   ASSIGN_OR_RETURN(Table table, ReadTableFile("states.csv", wanted, {}));
//   const NumericColumn* income = table.Find("income_usd");
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/table/category.h"
#include "mpcstats/table/column.h"
#include "mpcstats/table/csv.h"

namespace mpcstats {

/// A column to read, and as what. The same column may be wanted as numbers and as texts.
struct WantedColumn {
  std::string name;
  ColumnContent content = ColumnContent::kNumber;
  bool operator==(const WantedColumn&) const = default;
};

struct Table {
  std::size_t rows = 0;
  std::vector<NumericColumn> columns;
  std::vector<ColumnReading> readings = {};  ///< of each column, by ReadTable

  /// Null when there is none; valid as long as `columns` is not changed.
  [[nodiscard]] const NumericColumn* Find(std::string_view name) const;
  /// Index of the column that was read as `content`.
  [[nodiscard]] std::optional<std::size_t> Find(std::string_view name, ColumnContent content) const;
};

/// Reads the wanted columns, in the order they are first named; the others may hold anything.
///
/// Shapes: every column has `rows` >= 1 entries. Without wanted columns the rows are counted and checked
/// only. Cost:   one pass over the text and 9 bytes a row and wanted column. Errors: kNotFound for a column
/// that does not exist, with the nearest name and those that do; kInvalidArgument
///         for the text, as CsvReader and ColumnBuilder. One sentence each, with file, line, column and fix.
[[nodiscard]] Result<Table> ReadTable(std::string_view file_name, std::string_view text,
                                      std::span<const std::string> wanted_columns, const CsvOptions& options);

/// `absent`, if it is not null, becomes the index of a wanted column that the table has not, when that is the error.
[[nodiscard]] Result<Table> ReadTable(std::string_view file_name, std::string_view text,
                                      std::span<const WantedColumn> wanted_columns, const CsvOptions& options,
                                      std::optional<std::size_t>* absent = nullptr);

/// ReadTable of a file. A regular file is mapped, so that its text is in memory once and never on the heap;
/// it must not be cut short meanwhile. Anything else, such as a pipe, is read to its end.
///
/// Errors: kNotFound when there is no such file, kInvalidArgument when it cannot be read; else as ReadTable.
[[nodiscard]] Result<Table> ReadTableFile(const std::string& path,
                                          std::span<const std::string> wanted_columns,
                                          const CsvOptions& options);
[[nodiscard]] Result<Table> ReadTableFile(const std::string& path,
                                          std::span<const WantedColumn> wanted_columns,
                                          const CsvOptions& options,
                                          std::optional<std::size_t>* absent = nullptr);

}  // namespace mpcstats
