// For tests: the same tables in SQLite.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

#include "mpcstats/language/syntax.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

class Sqlite {
 public:
  Sqlite() {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(":memory:", &db), SQLITE_OK);
    db_.reset(db);
  }

  /// A table with the columns of `table` under their names, and the number of the row as `row` before them.
  void Add(const std::string& name, const Table& table) {
    std::string create = "CREATE TABLE " + name + " (row INTEGER";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const bool text = table.readings[c].content == ColumnContent::kCategory;
      create += ", " + table.columns[c].name +
                (text                               ? " TEXT"
                 : table.columns[c].type.scale == 0 ? " INTEGER"
                                                    : " REAL");
    }
    Run(create + ")");
    for (std::size_t r = 0; r < table.rows; ++r) {
      std::string insert = "INSERT INTO " + name + " VALUES (" + std::to_string(r);
      for (std::size_t c = 0; c < table.columns.size(); ++c) insert += ", " + CellOf(table, c, r);
      Run(insert + ")");
    }
  }

  /// All rows; NULL as "NULL".
  std::vector<std::vector<std::string>> Run(const std::string& sql) {
    std::vector<std::vector<std::string>> rows;
    sqlite3_stmt* raw = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &raw, nullptr), SQLITE_OK)
        << sql << ": " << sqlite3_errmsg(db_.get());
    const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
    while (raw != nullptr && sqlite3_step(raw) == SQLITE_ROW) {
      std::vector<std::string> row;
      for (int c = 0; c < sqlite3_column_count(raw); ++c) {
        if (sqlite3_column_type(raw, c) == SQLITE_FLOAT) {
          row.push_back(fmt::format("{}", sqlite3_column_double(raw, c)));  // as text it would lose digits
          continue;
        }
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, c));
        row.emplace_back(text == nullptr ? "NULL" : text);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  static std::string CellOf(const Table& table, std::size_t c, std::size_t r) {
    const NumericColumn& column = table.columns[c];
    if (column.valid[r] == 0) return "NULL";
    if (table.readings[c].content == ColumnContent::kCategory) {
      return LiteralText(table.readings[c].categories[static_cast<std::size_t>(column.units[r])]);
    }
    return FormatDecimal({column.units[r], column.type.scale});
  }

  std::unique_ptr<sqlite3, int (*)(sqlite3*)> db_{nullptr, sqlite3_close};
};

}  // namespace mpcstats
