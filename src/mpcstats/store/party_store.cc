#include "mpcstats/store/party_store.h"

#include <filesystem>
#include <system_error>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/database_file.h"
#include "mpcstats/store/party_schema.h"
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

constexpr const char* kMemory = ":memory:";

}  // namespace

Result<std::unique_ptr<PartyStore>> PartyStore::Open(const std::string& directory) {
  const bool in_memory = directory == kMemory;
  if (!in_memory) RETURN_IF_ERROR(MakePrivateFolder(directory));
  // First the database: its lock keeps another process from the keys as well.
  ASSIGN_OR_RETURN(Database database,
                   Database::Open(in_memory ? directory : directory + "/party.db", kPartyMigrations));
  KeyRing keys;
  if (!in_memory) {
    ASSIGN_OR_RETURN(keys, KeyRing::Open(directory + "/keys"));
  }
  auto state = std::make_unique<State>(std::move(database), std::move(keys));
  return std::unique_ptr<PartyStore>(new PartyStore(std::move(state)));
}

PartyStore::PartyStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
PartyStore::~PartyStore() = default;

Result<Bytes32> PartyStore::BatchHead(const Bytes32& survey_hash) {
  ASSIGN_OR_RETURN(const std::vector<SignedBatch> batches, ClosedBatches(survey_hash));
  Sha256Stream head("mpcstats/v1/batch-head");
  head.Add(survey_hash).AddU64(batches.size());
  for (const SignedBatch& batch : batches) head.Add(Sha256(EncodeCertificate(batch.certificate)));
  return head.Finish();
}

Result<Bytes32> PartyStore::ReleaseHead(const Bytes32& survey_hash) {
  ASSIGN_OR_RETURN(const std::vector<ReleaseRecord> releases, Releases(survey_hash));
  Sha256Stream head("mpcstats/v1/release-head");
  head.Add(survey_hash);
  for (const ReleaseRecord& release : releases) {
    // One that lacks a signature may still be unknown to the party that did not sign: it is not history yet.
    if (!Complete(release.signatures)) break;
    head.AddU64(release.sequence).AddU64(release.batches).AddString(release.body);
  }
  return head.Finish();
}

Result<Bytes32> PartyStore::PolicyHead(const Bytes32& survey_hash) {
  ASSIGN_OR_RETURN(const Bytes32 batches, BatchHead(survey_hash));
  ASSIGN_OR_RETURN(const Bytes32 releases, ReleaseHead(survey_hash));
  return Sha256Stream("mpcstats/v1/policy-head").Add(batches).Add(releases).Finish();
}

Status PartyStore::BackupTo(const std::string& directory) {
  const std::lock_guard lock(state_->mutex);
  RETURN_IF_ERROR(MakeNewPrivateFolder(directory));
  Status status = state_->keys.CopyTo(directory + "/keys");
  if (status) status = state_->database.BackupTo(directory + "/party.db");
  if (!status) {
    // Half a backup must not pass for a store: without its database it would open as an empty one.
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    return std::unexpected(status.error().At("while backing up"));
  }
  return {};
}

}  // namespace mpcstats
