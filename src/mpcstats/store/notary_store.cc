#include "mpcstats/store/notary_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "mpcstats/crypto/key_file.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/database.h"
#include "mpcstats/store/database_file.h"
#include "mpcstats/store/query.h"

namespace mpcstats {
namespace {

constexpr const char* kMemory = ":memory:";

constexpr std::array<std::string_view, 1> kMigrations = {R"sql(
CREATE TABLE key_lists(sequence INTEGER PRIMARY KEY, list BLOB NOT NULL) STRICT;
CREATE TRIGGER one_list BEFORE UPDATE ON key_lists
  BEGIN SELECT RAISE(ABORT, 'a list of keys never changes'); END;
CREATE TRIGGER kept_list BEFORE DELETE ON key_lists
  BEGIN SELECT RAISE(ABORT, 'a list of keys never changes'); END;

CREATE TABLE log(
  number INTEGER PRIMARY KEY, time INTEGER NOT NULL, attestation BLOB NOT NULL UNIQUE, head BLOB NOT NULL) STRICT;
CREATE TRIGGER one_entry BEFORE UPDATE ON log
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER kept_entry BEFORE DELETE ON log
  BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
)sql"};

Result<std::optional<NotaryLogEntry>> NextEntry(Statement& select) {
  ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return std::nullopt;
  NotaryLogEntry entry{.number = static_cast<std::uint64_t>(select.Int(0)), .time = select.Int(1)};
  ASSIGN_OR_RETURN(entry.attestation_hash, select.Blob32(2));
  ASSIGN_OR_RETURN(entry.head, select.Blob32(3));
  return entry;
}

// Whether every key of `old` that has not ended by then is in `list`, with no later end of its revocation.
bool KeepsKeys(const NotaryKeyList& old, const NotaryKeyList& list) {
  return std::ranges::all_of(old.keys, [&](const NotaryKey& key) {
    if (key.to < list.issued_at && key.revoked_at == 0) return true;
    return std::ranges::any_of(list.keys, [&](const NotaryKey& kept) {
      return kept.public_key == key.public_key && (key.revoked_at == 0 || kept.revoked_at == key.revoked_at);
    });
  });
}

}  // namespace

Bytes32 NextLogHead(const Bytes32& previous, const NotaryLogEntry& entry) {
  return Sha256Stream("mpcstats/v1/notary-log")
      .Add(previous)
      .AddU64(entry.number)
      .AddU64(static_cast<std::uint64_t>(entry.time))
      .Add(entry.attestation_hash)
      .Finish();
}

struct NotaryStore::State {
  State(Database db, std::string folder) : database(std::move(db)), directory(std::move(folder)) {}

  Result<std::optional<NotaryKeyList>> List();
  Result<std::optional<NotaryLogEntry>> Last();
  Status CheckChain();
  [[nodiscard]] std::string KeyPath(const Bytes32& public_key) const {
    return directory + "/notary-" + ToHex(ByteSpan(public_key).first(8)) + ".key";
  }

  std::mutex mutex;
  Database database;
  std::string directory;
  std::map<Bytes32, Secret<Bytes32>> memory_keys;  ///< without a directory
};

Result<std::optional<NotaryKeyList>> NotaryStore::State::List() {
  ASSIGN_OR_RETURN(Statement select,
                   Query(database, "SELECT list FROM key_lists ORDER BY sequence DESC LIMIT 1", {}));
  ASSIGN_OR_RETURN(const bool row, select.Step());
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(NotaryKeyList list, DecodeNotaryKeys(select.Blob(0)));
  return list;
}

Result<std::optional<NotaryLogEntry>> NotaryStore::State::Last() {
  ASSIGN_OR_RETURN(
      Statement select,
      Query(database, "SELECT number, time, attestation, head FROM log ORDER BY number DESC LIMIT 1", {}));
  return NextEntry(select);
}

Status NotaryStore::State::CheckChain() {
  ASSIGN_OR_RETURN(Statement select,
                   Query(database, "SELECT number, time, attestation, head FROM log ORDER BY number", {}));
  Bytes32 head{};
  for (std::uint64_t number = 1;; ++number) {
    ASSIGN_OR_RETURN(const std::optional<NotaryLogEntry> entry, NextEntry(select));
    if (!entry) return {};
    head = NextLogHead(head, *entry);
    if (entry->number != number || entry->head != head) {
      return Fail(
          ErrorCode::kInvalidArgument,
          fmt::format("the notary's log is damaged at entry {}: restore a backup of its directory", number));
    }
  }
}

Result<std::unique_ptr<NotaryStore>> NotaryStore::Open(const std::string& directory) {
  const bool in_memory = directory == kMemory;
  if (!in_memory) RETURN_IF_ERROR(MakePrivateFolder(directory));
  ASSIGN_OR_RETURN(Database database,
                   Database::Open(in_memory ? directory : directory + "/notary.db", kMigrations));
  auto state = std::make_unique<State>(std::move(database), in_memory ? std::string() : directory);
  RETURN_IF_ERROR(state->CheckChain());
  return std::unique_ptr<NotaryStore>(new NotaryStore(std::move(state)));
}

NotaryStore::NotaryStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
NotaryStore::~NotaryStore() = default;

Result<std::optional<NotaryKeyList>> NotaryStore::KeyList() {
  const std::lock_guard lock(state_->mutex);
  return state_->List();
}

Status NotaryStore::AddKeyList(const NotaryKeyList& list) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::optional<NotaryKeyList> old, state_->List());
  const std::uint32_t next = old ? old->sequence + 1 : 1;
  if (list.sequence != next) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the next list of keys has number {}", next));
  }
  if (old && (old->identity != list.identity || !KeepsKeys(*old, list))) {
    return Fail(ErrorCode::kInvalidArgument,
                "a list of keys keeps the keys of the one before until they end");
  }
  ASSIGN_OR_RETURN(
      Statement insert,
      Query(state_->database, "INSERT INTO key_lists(sequence, list) VALUES (?1, ?2)", {list.sequence}));
  return insert.Bind(2, EncodeNotaryKeys(list)).Run();
}

Result<SigningKey> NotaryStore::MakeKey(Rng& rng) {
  const std::lock_guard lock(state_->mutex);
  SigningKey key = SigningKey::Generate(rng);
  const SecretAccess access("the notary's own key file");
  RETURN_IF_ERROR(key.seed().With(access, [&](const Bytes32& seed) -> Status {
    if (state_->directory.empty()) {
      state_->memory_keys.emplace(key.PublicKey(), Secret<Bytes32>(seed));
      return {};
    }
    return WriteSecretFile(state_->KeyPath(key.PublicKey()), seed);
  }));
  return key;
}

Result<SigningKey> NotaryStore::FindKey(const Bytes32& public_key) {
  const std::lock_guard lock(state_->mutex);
  if (state_->directory.empty()) {
    const auto found = state_->memory_keys.find(public_key);
    if (found == state_->memory_keys.end()) return Fail(ErrorCode::kNotFound, "there is no such signing key");
    return SigningKey::FromSeed(found->second);
  }
  const std::string path = state_->KeyPath(public_key);
  ASSIGN_OR_RETURN(Bytes bytes, ReadSecretFile(path, 32));
  if (bytes.size() != 32) {
    SecureWipe(bytes.data(), bytes.size());
    return Fail(ErrorCode::kInvalidArgument,
                path + " does not hold a signing key: restore it from the backup");
  }
  Bytes32 raw;
  std::copy(bytes.begin(), bytes.end(), raw.begin());
  SecureWipe(bytes.data(), bytes.size());
  const Secret<Bytes32> seed(raw);
  SecureWipe(raw.data(), raw.size());
  SigningKey key = SigningKey::FromSeed(seed);
  if (key.PublicKey() != public_key) {
    return Fail(ErrorCode::kInvalidArgument, path + " holds another signing key: restore it from the backup");
  }
  return key;
}

Result<NotaryLogEntry> NotaryStore::Append(const Bytes32& attestation_hash, std::int64_t time) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::optional<NotaryLogEntry> last, state_->Last());
  NotaryLogEntry entry{
      .number = last ? last->number + 1 : 1, .time = time, .attestation_hash = attestation_hash};
  entry.head = NextLogHead(last ? last->head : Bytes32{}, entry);
  ASSIGN_OR_RETURN(Statement find,
                   Query(state_->database, "SELECT number FROM log WHERE attestation = ?1", {}));
  find.Bind(1, attestation_hash);
  ASSIGN_OR_RETURN(const bool there, find.Step());
  if (there) return Fail(ErrorCode::kInvalidArgument, "this attestation is in the log already");
  ASSIGN_OR_RETURN(
      Statement insert,
      Query(state_->database, "INSERT INTO log(number, time, attestation, head) VALUES (?1, ?2, ?3, ?4)",
            {static_cast<std::int64_t>(entry.number), entry.time}));
  RETURN_IF_ERROR(insert.Bind(3, entry.attestation_hash).Bind(4, entry.head).Run());
  return entry;
}

Result<std::optional<NotaryLogEntry>> NotaryStore::Head() {
  const std::lock_guard lock(state_->mutex);
  return state_->Last();
}

Result<std::vector<NotaryLogEntry>> NotaryStore::Entries(std::uint64_t first, std::size_t limit) {
  const std::lock_guard lock(state_->mutex);
  const auto from = static_cast<std::int64_t>(std::min<std::uint64_t>(first, INT64_MAX));
  ASSIGN_OR_RETURN(
      Statement select,
      Query(state_->database,
            "SELECT number, time, attestation, head FROM log WHERE number >= ?1 ORDER BY number LIMIT ?2",
            {from, static_cast<std::int64_t>(limit)}));
  std::vector<NotaryLogEntry> entries;
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<NotaryLogEntry> entry, NextEntry(select));
    if (!entry) return entries;
    entries.push_back(*entry);
  }
}

Result<std::optional<NotaryLogEntry>> NotaryStore::FindEntry(const Bytes32& attestation_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(
      Statement find,
      Query(state_->database, "SELECT number, time, attestation, head FROM log WHERE attestation = ?1", {}));
  find.Bind(1, attestation_hash);
  return NextEntry(find);
}

}  // namespace mpcstats
