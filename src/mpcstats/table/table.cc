#include "mpcstats/table/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <utility>
#include <variant>

#include "mpcstats/table/mapped_file.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kNamesShown = 20;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein distance without regard to case; names are cut, as only near ones matter.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, 64);
  b = b.substr(0, 64);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

std::optional<std::string_view> NearestName(std::string_view wanted, const std::vector<std::string>& names) {
  std::optional<std::string_view> nearest;
  std::size_t best = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = EditDistance(wanted, name);
    if (distance >= best || distance >= name.size()) continue;
    best = distance;
    nearest = name;
  }
  return nearest;
}

std::unexpected<Error> NoSuchColumn(std::string_view file, std::string_view wanted,
                                    const std::vector<std::string>& names) {
  std::string message = fmt::format("{}:1: there is no column {}", file, QuoteForMessage(wanted));
  if (const auto nearest = NearestName(wanted, names)) {
    message += fmt::format(", did you mean {}?", QuoteForMessage(*nearest));
  }
  message += " (the columns are ";
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
    message += (i == 0 ? "" : ", ") + QuoteForMessage(names[i]);
  }
  if (names.size() > kNamesShown) message += fmt::format(" and {} more", names.size() - kNamesShown);
  return Fail(ErrorCode::kNotFound, message + ")");
}

struct ColumnReader {
  std::size_t index;
  ColumnContent content;
  std::variant<ColumnBuilder, CategoryBuilder> builder;
};

Result<std::vector<ColumnReader>> Resolve(const CsvReader& reader, std::string_view file,
                                          std::span<const WantedColumn> wanted,
                                          std::optional<std::size_t>* absent) {
  std::vector<ColumnReader> readers;
  const std::size_t rows = reader.MaxRows();
  for (const WantedColumn& column : wanted) {
    const auto found = std::ranges::find(reader.header(), column.name);
    if (found == reader.header().end()) {
      if (absent != nullptr) *absent = static_cast<std::size_t>(&column - wanted.data());
      return NoSuchColumn(file, column.name, reader.header());
    }
    const auto index = static_cast<std::size_t>(found - reader.header().begin());
    if (std::ranges::any_of(readers, [&](const ColumnReader& one) {
          return one.index == index && one.content == column.content;
        }))
      continue;
    ColumnPlace place{.file = std::string(file), .number = index + 1, .name = column.name};
    if (column.content == ColumnContent::kNumber) {
      readers.push_back({index, column.content, ColumnBuilder(std::move(place))});
    } else {
      readers.push_back({index, column.content,
                         CategoryBuilder(std::move(place), column.content == ColumnContent::kPresence)});
    }
    std::visit([&](auto& builder) { builder.Reserve(rows); }, readers.back().builder);
  }
  return readers;
}

std::vector<WantedColumn> Numbers(std::span<const std::string> names) {
  std::vector<WantedColumn> wanted;
  for (const std::string& name : names) wanted.push_back({name});
  return wanted;
}

}  // namespace

const NumericColumn* Table::Find(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &NumericColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

std::optional<std::size_t> Table::Find(std::string_view name, ColumnContent content) const {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].name == name && readings[c].content == content) return c;
  }
  return std::nullopt;
}

Result<Table> ReadTable(std::string_view file_name, std::string_view text,
                        std::span<const WantedColumn> wanted_columns, const CsvOptions& options,
                        std::optional<std::size_t>* absent) {
  ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(file_name, text, options));
  ASSIGN_OR_RETURN(std::vector<ColumnReader> readers, Resolve(reader, file_name, wanted_columns, absent));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, reader.Next());
    if (!more) break;
    for (ColumnReader& column : readers) {
      const std::string_view cell = reader.fields()[column.index];
      RETURN_IF_ERROR(
          std::visit([&](auto& builder) { return builder.Add(cell, reader.line()); }, column.builder));
    }
  }
  Table table{.rows = static_cast<std::size_t>(reader.rows()), .columns = {}};
  for (ColumnReader& column : readers) {
    table.readings.push_back({column.content});
    if (auto* numbers = std::get_if<ColumnBuilder>(&column.builder)) {
      table.columns.push_back(std::move(*numbers).Finish());
    } else {
      std::vector<std::string>* categories = &table.readings.back().categories;
      table.columns.push_back(std::move(std::get<CategoryBuilder>(column.builder)).Finish(categories));
    }
  }
  return table;
}

Result<Table> ReadTable(std::string_view file_name, std::string_view text,
                        std::span<const std::string> wanted_columns, const CsvOptions& options) {
  return ReadTable(file_name, text, Numbers(wanted_columns), options);
}

Result<Table> ReadTableFile(const std::string& path, std::span<const WantedColumn> wanted_columns,
                            const CsvOptions& options, std::optional<std::size_t>* absent) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path, options.limits.max_bytes));
  return ReadTable(path, file.text(), wanted_columns, options, absent);
}

Result<Table> ReadTableFile(const std::string& path, std::span<const std::string> wanted_columns,
                            const CsvOptions& options) {
  return ReadTableFile(path, Numbers(wanted_columns), options);
}

}  // namespace mpcstats
