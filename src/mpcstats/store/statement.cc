#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/store/database.h"
#include "mpcstats/store/statement_cache.h"

namespace mpcstats {

Error DatabaseError(sqlite3* handle, int code) {
  const char* text = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  switch (code & 0xff) {
    case SQLITE_NOTADB: return Error(ErrorCode::kInvalidArgument, "the file is not a database");
    case SQLITE_CORRUPT:
      return Error(ErrorCode::kInvalidArgument,
                   "the database is damaged: restore the latest backup of its directory");
    case SQLITE_FULL:
      return Error(ErrorCode::kResourceExhausted, "the disk of the database is full: make room on it");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return Error(ErrorCode::kInvalidArgument, fmt::format("the database cannot be written: {}", text));
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Error(ErrorCode::kUnavailable, "another program holds the database: end it");
    case SQLITE_IOERR:
      return Error(ErrorCode::kUnavailable, fmt::format("the disk of the database fails: {}", text));
    default: return Error(ErrorCode::kInternal, fmt::format("database: {}", text));
  }
}

Statement::Cache::~Cache() {
  for (const auto& [sql, statements] : idle) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(handle);
}

Result<Statement> Statement::Cache::Take(std::string_view sql) {
  auto entry = idle.find(sql);
  if (entry == idle.end()) entry = idle.emplace(std::string(sql), std::vector<sqlite3_stmt*>()).first;
  sqlite3_stmt* statement = nullptr;
  if (!entry->second.empty()) {
    statement = entry->second.back();
    entry->second.pop_back();
  } else {
    const int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(DatabaseError(handle, code));
  }
  return Statement(this, &entry->second, statement);
}

Statement::Statement(Statement&& other) noexcept
    : cache_(other.cache_),
      home_(other.home_),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_error_(other.bind_error_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(cache_, other.cache_);
  std::swap(home_, other.home_);
  std::swap(statement_, other.statement_);
  std::swap(bind_error_, other.bind_error_);
  return *this;
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  home_->push_back(statement_);
}

void Statement::Note(int code) {
  if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

Statement& Statement::Bind(int index, std::int64_t value) {
  Note(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Statement& Statement::Bind(int index, ByteSpan value) {
  // A null pointer would bind NULL, which an empty string is not.
  static constexpr std::uint8_t kEmpty = 0;
  const std::uint8_t* data = value.empty() ? &kEmpty : value.data();
  Note(sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::BindText(int index, std::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  Note(sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindNull(int index) {
  Note(sqlite3_bind_null(statement_, index));
  return *this;
}

Result<bool> Statement::Step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    Reset();
    return false;
  }
  Error error = DatabaseError(cache_->handle, code);
  Reset();
  return std::unexpected(std::move(error));
}

Status Statement::Run() {
  ASSIGN_OR_RETURN(const bool row, Step());
  if (!row) return {};
  Reset();
  return Fail(ErrorCode::kInternal, "database: a statement without rows gave one");
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

Bytes Statement::Blob(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  if (bytes == nullptr) return {};
  return Bytes(bytes, bytes + sqlite3_column_bytes(statement_, column));
}

Result<Bytes32> Statement::Blob32(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  Bytes32 value{};
  if (bytes == nullptr || sqlite3_column_bytes(statement_, column) != static_cast<int>(value.size())) {
    return Fail(ErrorCode::kInvalidArgument, "the database is damaged: a field that has 32 bytes has not");
  }
  std::copy_n(bytes, value.size(), value.begin());
  return value;
}

std::string Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

void Statement::Reset() {
  // The code is the last step's error, which was reported.
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  bind_error_ = SQLITE_OK;
}

}  // namespace mpcstats
