#include "mpcstats/crypto/hpke.h"

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/hpke_context.h"

namespace mpcstats {
namespace {

constexpr std::size_t kEncapsulatedBytes = 32;
constexpr std::size_t kMaxBytes = kHpkeOverhead + (std::size_t{1} << 29);
static_assert(kHpkeOverhead == kEncapsulatedBytes + HpkeContext::kTagBytes);

Secret<Bytes32> RandomSecret(Rng& rng) {
  Bytes32 raw;
  rng.Fill(raw);
  Secret<Bytes32> secret(raw);
  SecureWipe(raw.data(), raw.size());
  return secret;
}

}  // namespace

HpkeKey HpkeKey::Generate(Rng& rng) { return FromSecret(RandomSecret(rng)); }

HpkeKey HpkeKey::FromSecret(Secret<Bytes32> secret) {
  PkeyPtr key = secret.With(SecretAccess("X25519 key"), [](const Bytes32& raw) {
    return PkeyPtr(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw.data(), raw.size()));
  });
  Bytes32 public_key;
  std::size_t size = public_key.size();
  CHECK(key && EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) == 1 && size == 32);
  return HpkeKey(std::move(key), std::move(secret), public_key);
}

Result<Bytes> HpkeSeal(const Bytes32& public_key, ByteSpan info, ByteSpan aad, ByteSpan plaintext, Rng& rng) {
  ASSIGN_OR_RETURN(HpkeContext::Sender sender, HpkeContext::Send(public_key, info, RandomSecret(rng)));
  Bytes box(kHpkeOverhead + plaintext.size());
  std::ranges::copy(sender.encapsulated, box.begin());
  sender.context.Seal(aad, plaintext, MutableByteSpan(box).subspan(kEncapsulatedBytes));
  return box;
}

Result<Bytes> HpkeOpen(const HpkeKey& key, ByteSpan info, ByteSpan aad, ByteSpan box) {
  if (box.size() < kHpkeOverhead || box.size() > kMaxBytes) {
    return Fail(ErrorCode::kProtocolViolation, "a box has an impossible length");
  }
  Bytes32 encapsulated;
  std::ranges::copy(box.first(kEncapsulatedBytes), encapsulated.begin());
  ASSIGN_OR_RETURN(HpkeContext context, HpkeContext::Receive(key, encapsulated, info));
  Bytes plaintext(box.size() - kHpkeOverhead);
  if (!context.Open(aad, box.subspan(kEncapsulatedBytes), plaintext)) {
    return Fail(ErrorCode::kProtocolViolation,
                "a box does not open: it was changed, or sealed to another key or for another purpose");
  }
  return plaintext;
}

}  // namespace mpcstats
