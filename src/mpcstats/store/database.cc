#include "mpcstats/store/database.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <array>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/store/database_file.h"
#include "mpcstats/store/statement_cache.h"

namespace mpcstats {
namespace {

constexpr const char* kMemory = ":memory:";

// Pragmas of every connection. The order matters: secure_delete before anything is written.
constexpr const char* kPragmas =
    "PRAGMA secure_delete = ON;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -65536;"            // KiB
    "PRAGMA wal_autocheckpoint = 4000;"      // pages: a checkpoint each 16 MB
    "PRAGMA journal_size_limit = 67108864;"  // bytes of WAL file that stay after one
    "PRAGMA busy_timeout = 5000;";           // ms; a reader of other programs, as ours are locked out

// The first column of the first row.
Result<std::string> AskText(Database& database, const char* sql) {
  ASSIGN_OR_RETURN(Statement ask, database.Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, ask.Step());
  return row ? ask.Text(0) : std::string();
}

}  // namespace

Database::Database() : cache_(std::make_unique<Statement::Cache>()) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::Open(const std::string& path, std::span<const std::string_view> migrations) {
  Database database;
  if (path != kMemory) {
    ASSIGN_OR_RETURN(database.cache_->lock, LockBeside(path));
    RETURN_IF_ERROR(MakePrivateFile(path));
  }
  // One connection that its owner locks: SQLite's own mutexes would only cost.
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &database.cache_->handle, kFlags, nullptr);
  if (code != SQLITE_OK) {
    return std::unexpected(DatabaseError(database.cache_->handle, code).At("cannot open " + path));
  }
  sqlite3_extended_result_codes(database.cache_->handle, 1);
  RETURN_IF_ERROR(database.Configure(path));
  RETURN_IF_ERROR(database.Migrate(path, migrations));
  return database;
}

Status Database::Configure(const std::string& path) {
  if (Status status = Execute(kPragmas); !status)
    return std::unexpected(status.error().At("cannot open " + path));
  Result<std::string> check = AskText(*this, "PRAGMA quick_check(1)");
  if (!check) return std::unexpected(check.error().At("cannot open " + path));
  if (*check != "ok") {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is damaged: restore the latest backup of its directory", path));
  }
  return {};
}

Status Database::Migrate(const std::string& path, std::span<const std::string_view> migrations) {
  ASSIGN_OR_RETURN(const std::string text, AskText(*this, "PRAGMA user_version"));
  const std::size_t version = std::stoul("0" + text);
  if (version > migrations.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} was written by a newer version of mpcstats (format {}, this one knows {}): "
                            "install that version",
                            path, version, migrations.size()));
  }
  for (std::size_t i = version; i < migrations.size(); ++i) {
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*this));
    RETURN_IF_ERROR(Execute(std::string(migrations[i]).c_str()));
    RETURN_IF_ERROR(Execute(fmt::format("PRAGMA user_version = {}", i + 1).c_str()));
    RETURN_IF_ERROR(transaction.Commit());
  }
  return {};
}

Result<Statement> Database::Prepare(std::string_view sql) { return cache_->Take(sql); }

Status Database::Execute(const char* sql) {
  const int code = sqlite3_exec(cache_->handle, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(DatabaseError(cache_->handle, code));
  return {};
}

Status Database::BackupTo(const std::string& path) {
  RETURN_IF_ERROR(MakeNewPrivateFile(path));
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", cache_->handle, "main");
    code = backup == nullptr ? sqlite3_errcode(target) : sqlite3_backup_step(backup, -1);
    if (backup != nullptr) {
      const int finished = sqlite3_backup_finish(backup);
      if (code == SQLITE_DONE) code = finished;
    }
  }
  Status status;
  if (code != SQLITE_OK)
    status = std::unexpected(DatabaseError(target, code).At("cannot back up to " + path));
  sqlite3_close_v2(target);
  if (status) status = SyncFileAndFolder(path);
  return status;
}

std::int64_t Database::changes() const { return sqlite3_changes64(cache_->handle); }

Result<Transaction> Transaction::Begin(Database& database) {
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(&database);
}

Result<Transaction> Transaction::BeginReading(Database& database) {
  RETURN_IF_ERROR(database.Execute("BEGIN DEFERRED"));
  return Transaction(&database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // Fails only when SQLite rolled back by itself already.
  if (database_ != nullptr) static_cast<void>(database_->Execute("ROLLBACK"));
}

Status Transaction::Commit() {
  CHECK(database_ != nullptr);
  RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace mpcstats
