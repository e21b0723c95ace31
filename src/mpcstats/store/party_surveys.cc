// Surveys of a party and their keys.
#include <fmt/core.h>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/store/party_state.h"
#include "mpcstats/store/survey_table.h"

namespace mpcstats {
namespace {

constexpr std::size_t kPseudonymKeyBytes = 32;

Bytes32 TextHash(const SignedSurvey& survey) { return Sha256(AsBytes(survey.draft().text)); }
std::string BoxKeyName(const Bytes32& text_hash) { return ToHex(text_hash) + ".box"; }

}  // namespace

Result<HpkeKey> PartyStore::BoxKeyFor(const Bytes32& text_hash) {
  const std::lock_guard lock(state_->mutex);
  const std::string name = BoxKeyName(text_hash);
  ASSIGN_OR_RETURN(Statement find, state_->database.Prepare("SELECT max(box_key_destroyed) FROM survey_keys "
                                                            "WHERE text_hash = ?1"));
  RETURN_IF_ERROR(find.Bind(1, text_hash).Step());
  const bool added = !find.IsNull(0);
  const bool destroyed = find.Int(0) != 0;
  find.Reset();
  if (destroyed) {
    return Fail(ErrorCode::kNotFound,
                "the box key of this survey was destroyed after its last batch: no box of it opens any more");
  }
  if (added) {
    ASSIGN_OR_RETURN(std::optional<Secret<Bytes32>> known, state_->keys.Find(name));
    if (known) return HpkeKey::FromSecret(std::move(*known));
    return Fail(ErrorCode::kNotFound,
                fmt::format("the box key keys/{} is missing: restore it from a backup", name));
  }
  ASSIGN_OR_RETURN(Secret<Bytes32> key, state_->keys.FindOrMake(name, state_->rng));
  return HpkeKey::FromSecret(std::move(key));
}

Status PartyStore::AddSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  if (SurveyNumber(database, survey.hash())) return {};
  // The key first: a survey without its key would be one that lost it.
  RETURN_IF_ERROR(state_->keys.FindOrMake(ToHex(survey.hash()) + ".shares", state_->rng));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(const std::int64_t number, InsertSurvey(database, survey));
  ASSIGN_OR_RETURN(Statement insert,
                   Query(database, "INSERT INTO survey_keys(survey, text_hash) VALUES (?1, ?2)", {number}));
  RETURN_IF_ERROR(insert.Bind(2, TextHash(survey)).Run());
  return transaction.Commit();
}

Status PartyStore::ReplaceSurvey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  return ReplaceSurveyRow(state_->database, survey);
}

Result<std::vector<SignedSurvey>> PartyStore::Surveys() {
  const std::lock_guard lock(state_->mutex);
  return LoadSurveys(state_->database);
}

Status PartyStore::DestroyBoxKey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  // The file first: what is marked as destroyed is.
  RETURN_IF_ERROR(state_->keys.Destroy(BoxKeyName(TextHash(survey))));
  ASSIGN_OR_RETURN(
      Statement mark,
      Query(state_->database, "UPDATE survey_keys SET box_key_destroyed = 1 WHERE survey = ?1", {number}));
  return mark.Run();
}

Status PartyStore::DestroyShares(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  Database& database = state_->database;
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  RETURN_IF_ERROR(state_->keys.Destroy(ToHex(survey.hash()) + ".shares"));
  state_->share_keys.erase(survey.hash());
  // Nothing below opens any more; it only takes room.
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  for (const std::string_view sql :
       {"UPDATE survey_keys SET shares_destroyed = 1, pseudonym_key = NULL WHERE survey = ?1",
        "UPDATE submissions SET opening = NULL WHERE survey = ?1 AND opening IS NOT NULL",
        "DELETE FROM batches WHERE survey = ?1 AND closed = 0",
        "UPDATE batches SET shares = NULL, pseudonym_key = NULL WHERE survey = ?1"}) {
    ASSIGN_OR_RETURN(Statement update, Query(database, sql, {number}));
    RETURN_IF_ERROR(update.Run());
  }
  return transaction.Commit();
}

Result<std::optional<std::string>> PartyStore::StopReason(const Bytes32& survey_hash) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey_hash));
  ASSIGN_OR_RETURN(Statement find, Query(state_->database,
                                         "SELECT stop_reason FROM survey_keys WHERE survey = ?1", {number}));
  RETURN_IF_ERROR(find.Step());
  std::optional<std::string> reason;
  if (!find.IsNull(0)) reason = find.Text(0);
  return reason;
}

Result<Bytes> PartyStore::PseudonymKey(const SignedSurvey& survey) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  ASSIGN_OR_RETURN(AeadKey * key, state_->ShareKey(survey.hash()));
  ASSIGN_OR_RETURN(
      Statement find,
      Query(state_->database, "SELECT pseudonym_key FROM survey_keys WHERE survey = ?1", {number}));
  RETURN_IF_ERROR(find.Step());
  if (find.IsNull(0)) return Bytes();
  return key->Open(SealedFor(kPseudonymKeyTag, survey.hash(), {}), find.Blob(0));
}

Status PartyStore::State::SetPseudonymKey(const Bytes32& hash, std::int64_t survey, ByteSpan components) {
  if (components.size() != kPseudonymKeyBytes) {
    return Fail(ErrorCode::kInvalidArgument, "the components of a pseudonym key have 32 bytes");
  }
  const Bytes aad = SealedFor(kPseudonymKeyTag, hash, {});
  ASSIGN_OR_RETURN(Statement find,
                   Query(database, "SELECT pseudonym_key FROM survey_keys WHERE survey = ?1", {survey}));
  RETURN_IF_ERROR(find.Step());
  if (!find.IsNull(0)) {
    ASSIGN_OR_RETURN(AeadKey * key, ShareKey(hash));
    ASSIGN_OR_RETURN(Bytes known, key->Open(aad, find.Blob(0)));
    const bool same = ct::Equal(known, components);
    SecureWipe(known.data(), known.size());
    if (same) return {};
    return Fail(ErrorCode::kInvalidArgument, "the survey has another pseudonym key already");
  }
  find.Reset();
  ASSIGN_OR_RETURN(const Bytes sealed, Seal(hash, aad, components));
  ASSIGN_OR_RETURN(Statement update,
                   Query(database, "UPDATE survey_keys SET pseudonym_key = ?2 WHERE survey = ?1", {survey}));
  return update.Bind(2, sealed).Run();
}

Status PartyStore::SetPseudonymKey(const SignedSurvey& survey, ByteSpan components) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::int64_t number, state_->Survey(survey.hash()));
  return state_->SetPseudonymKey(survey.hash(), number, components);
}

}  // namespace mpcstats
