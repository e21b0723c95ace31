// The newest list of keys of each notary.
#include "mpcstats/store/party_state.h"

namespace mpcstats {
namespace {

Result<std::optional<NotaryKeyList>> FindList(Database& database, const Bytes32& identity) {
  ASSIGN_OR_RETURN(Statement find, database.Prepare("SELECT list FROM notary_lists WHERE identity = ?1"));
  ASSIGN_OR_RETURN(const bool row, find.Bind(1, identity).Step());
  if (!row) return std::nullopt;
  auto list = DecodeNotaryKeys(find.Blob(0));
  if (!list) return Fail(ErrorCode::kInternal, "the store holds a notary's list of keys that does not check");
  return std::move(*list);
}

}  // namespace

Result<bool> PartyStore::AddNotaryList(const NotaryKeyList& list) {
  const std::lock_guard lock(state_->mutex);
  ASSIGN_OR_RETURN(const std::optional<NotaryKeyList> known, FindList(state_->database, list.identity));
  if (known && !IsNewerList(list, *known)) return false;
  ASSIGN_OR_RETURN(
      Statement insert,
      state_->database.Prepare("INSERT OR REPLACE INTO notary_lists(identity, list) VALUES (?1, ?2)"));
  RETURN_IF_ERROR(insert.Bind(1, list.identity).Bind(2, EncodeNotaryKeys(list)).Run());
  return true;
}

Result<std::vector<NotaryKeyList>> PartyStore::NotaryLists(const Survey& survey) {
  const std::lock_guard lock(state_->mutex);
  std::vector<NotaryKeyList> lists;
  for (const SurveyNotary& notary : survey.notaries) {
    ASSIGN_OR_RETURN(std::optional<NotaryKeyList> list, FindList(state_->database, notary.identity_key));
    if (list) lists.push_back(std::move(*list));
  }
  return lists;
}

}  // namespace mpcstats
