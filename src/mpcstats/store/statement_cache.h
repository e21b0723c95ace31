// What a Database and its Statements share: the connection, its lock, and compiled statements that are not in use. Internal.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/store/database.h"
#include "mpcstats/store/database_file.h"

namespace mpcstats {

struct Statement::Cache {
  FileLock lock;
  sqlite3* handle = nullptr;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle;

  Cache() = default;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache();

  /// A statement of that text, compiled now or before.
  [[nodiscard]] Result<Statement> Take(std::string_view sql);
};

/// What SQLite's `code` means for a caller. Never contains a value that was stored.
[[nodiscard]] Error DatabaseError(sqlite3* handle, int code);

}  // namespace mpcstats
