#include "mpcstats/service/notary_keyring.h"

#include <algorithm>

#include "mpcstats/attestation/attestation.h"

namespace mpcstats {
namespace {

// A list keeps what it says of keys for this long after their end.
constexpr UnixSeconds kRemembered = UnixSeconds{86'400} * 365;
// Provers' and parties' clocks may be behind.
constexpr UnixSeconds kClocks = 3600;

bool IsGood(const NotaryKey& key, UnixSeconds now) {
  return key.revoked_at == 0 && key.from <= now && now <= key.to;
}

// The newest key that is good at `now`, or null.
const NotaryKey* GoodKey(const NotaryKeyList& list, UnixSeconds now) {
  const NotaryKey* newest = nullptr;
  for (const NotaryKey& key : list.keys) {
    if (IsGood(key, now) && (newest == nullptr || key.from > newest->from)) newest = &key;
  }
  return newest;
}

}  // namespace

Result<std::unique_ptr<NotaryKeyring>> NotaryKeyring::Create(std::shared_ptr<NotaryStore> store,
                                                             std::shared_ptr<const Identity> identity,
                                                             unsigned key_days, UnixSeconds now) {
  ASSIGN_OR_RETURN(std::optional<NotaryKeyList> list, store->KeyList());
  std::unique_ptr<NotaryKeyring> ring(new NotaryKeyring(std::move(store), std::move(identity), key_days));
  if (list && list->identity != ring->identity_->PublicKey()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "the notary's database belongs to another identity.pem: restore the one that it was made with");
  }
  if (list) ring->list_ = std::move(*list);
  RETURN_IF_ERROR(ring->Rotate(now));
  return ring;
}

NotaryKeyList NotaryKeyring::List() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

Result<NotaryKey> NotaryKeyring::MakeKey(UnixSeconds from) {
  ASSIGN_OR_RETURN(const SigningKey key, store_->MakeKey(rng_));
  return NotaryKey{.public_key = key.PublicKey(), .from = from, .to = from + key_seconds_, .revoked_at = 0};
}

Status NotaryKeyring::Put(NotaryKeyList list) {
  list.sequence = list_.sequence + 1;
  list = SignNotaryKeys(std::move(list), *identity_);
  RETURN_IF_ERROR(store_->AddKeyList(list));
  list_ = std::move(list);
  return {};
}

Status NotaryKeyring::Rotate(UnixSeconds now) {
  const std::lock_guard lock(mutex_);
  const NotaryKey* good = GoodKey(list_, now);
  NotaryKeyList next = list_;
  next.issued_at = now;
  std::erase_if(next.keys,
                [&](const NotaryKey& key) { return key.to + kRemembered < now && key.revoked_at == 0; });
  if (good == nullptr) {
    ASSIGN_OR_RETURN(next.keys.emplace_back(), MakeKey(now - kClocks));
    return Put(std::move(next));
  }
  const UnixSeconds third = (good->to - good->from) / 3;
  if (now < good->to - third) return {};
  const bool has_successor = std::ranges::any_of(
      list_.keys, [&](const NotaryKey& key) { return key.revoked_at == 0 && key.from > good->from; });
  if (has_successor) return {};
  ASSIGN_OR_RETURN(next.keys.emplace_back(), MakeKey(now + (good->to - now) / 2));
  return Put(std::move(next));
}

Status NotaryKeyring::Revoke(const Bytes32& key_id, UnixSeconds now) {
  const std::lock_guard lock(mutex_);
  NotaryKeyList next = list_;
  next.issued_at = now;
  const auto key = std::ranges::find_if(
      next.keys, [&](const NotaryKey& one) { return NotaryKeyId(one.public_key) == key_id; });
  if (key == next.keys.end()) return Fail(ErrorCode::kNotFound, "the list has no key of this id");
  if (key->revoked_at != 0) return {};
  key->revoked_at = now;
  if (GoodKey(next, now) == nullptr) {
    ASSIGN_OR_RETURN(next.keys.emplace_back(), MakeKey(now - kClocks));
  }
  return Put(std::move(next));
}

Result<std::pair<std::shared_ptr<const SigningKey>, NotaryKey>> NotaryKeyring::Current(UnixSeconds now) {
  const std::lock_guard lock(mutex_);
  const NotaryKey* const good = GoodKey(list_, now);
  if (good == nullptr) {
    return Fail(ErrorCode::kUnavailable, "no signing key is good now; look at the notary's clock");
  }
  if (!loaded_ || loaded_->PublicKey() != good->public_key) {
    ASSIGN_OR_RETURN(SigningKey key, store_->FindKey(good->public_key));
    loaded_ = std::make_shared<const SigningKey>(std::move(key));
  }
  return std::pair(loaded_, *good);
}

}  // namespace mpcstats
