// Database: SQLite behind a few types. One connection, one thread at a time; the stores above it lock.
//
//   ASSIGN_OR_RETURN(Database database, Database::Open(path, migrations));
//   ASSIGN_OR_RETURN(Statement insert, database.Prepare("INSERT INTO batches VALUES (?1, ?2)"));
//
// WAL, synchronous=FULL (a promise is given only after COMMIT returned), foreign keys, secure_delete on; tables are STRICT.
// Migrations are numbered and run in one transaction each; a database of a newer version is refused. A lock file beside the
// database keeps other processes out while it is open.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mpcstats {

/// A compiled statement; must not outlive its Database. When it dies, the compiled form goes back to the database for the
/// next Prepare of the same text, so that preparing where it is used costs a look-up.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();
  /// Parameters count from 1, columns from 0. A wrong index comes out as the error of the next Step.
  Statement& Bind(int index, std::int64_t value);
  Statement& Bind(int index, ByteSpan value);
  Statement& BindText(int index, std::string_view value);
  Statement& BindNull(int index);
  /// True when there is a row. After the last row, or an error, the statement is reset and can be bound again.
  [[nodiscard]] Result<bool> Step();
  /// For statements without rows: Step, expecting none.
  [[nodiscard]] Status Run();
  [[nodiscard]] std::int64_t Int(int column) const;
  [[nodiscard]] Bytes Blob(int column) const;
  /// A column of exactly 32 bytes. Errors: kInvalidArgument: the database is damaged.
  [[nodiscard]] Result<Bytes32> Blob32(int column) const;
  [[nodiscard]] std::string Text(int column) const;
  [[nodiscard]] bool IsNull(int column) const;
  void Reset();

 private:
  friend class Database;
  struct Cache;
  Statement(Cache* cache, std::vector<sqlite3_stmt*>* home, sqlite3_stmt* statement)
      : cache_(cache), home_(home), statement_(statement) {}
  void Note(int code);

  Cache* cache_;
  std::vector<sqlite3_stmt*>* home_;  ///< where the compiled form goes back to
  sqlite3_stmt* statement_;           ///< none after a move
  int bind_error_ = 0;
};

/// One connection. Move-only; nothing moves it while a Transaction or a row is open.
class Database {
 public:
  /// `path` ":memory:" is a private in-memory database. The file is made with mode 0600, and a lock file beside it.
  /// Cost:   reads the whole file once, to find damage now and not in the middle of a batch.
  /// Errors: kInvalidArgument (permissions, not a database, damaged, newer version), kUnavailable when it is open already.
  [[nodiscard]] static Result<Database> Open(const std::string& path,
                                             std::span<const std::string_view> migrations);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  [[nodiscard]] Result<Statement> Prepare(std::string_view sql);
  [[nodiscard]] Status Execute(const char* sql);
  /// Copies the whole database while it is in use (sqlite3_backup), to a file that must not exist yet.
  [[nodiscard]] Status BackupTo(const std::string& path);
  [[nodiscard]] std::int64_t changes() const;

 private:
  Database();
  Status Configure(const std::string& path);
  Status Migrate(const std::string& path, std::span<const std::string_view> migrations);

  std::unique_ptr<Statement::Cache> cache_;  ///< the connection, its lock and its idle statements
};

/// BEGIN IMMEDIATE ... COMMIT; rolls back when it dies without Commit().
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> Begin(Database& database);
  /// For many reads of one state, which takes the file's lock once and not for each; no Commit is needed.
  [[nodiscard]] static Result<Transaction> BeginReading(Database& database);
  Transaction(Transaction&& other) noexcept;
  ~Transaction();
  [[nodiscard]] Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;  ///< none once it is over
};

}  // namespace mpcstats
