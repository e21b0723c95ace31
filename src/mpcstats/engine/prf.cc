#include "mpcstats/engine/prf.h"

#include <utility>

#include "mpcstats/crypto/hkdf.h"

namespace mpcstats {

template <std::size_t... I>
std::array<AesPrg, Prf::kPurposes> Prf::Streams(ByteSpan keys, std::index_sequence<I...>) {
  return {AesPrg(keys.subspan(I * AesPrg::kKeyBytes).first<AesPrg::kKeyBytes>())...};
}

Prf::Prf(const Secret<Bytes32>& key) {
  std::array<std::uint8_t, kPurposes * AesPrg::kKeyBytes> keys;
  key.With(SecretAccess("prf subkeys"),
           [&](const Bytes32& k) { Hkdf(k, {}, AsBytes("mpcstats/v1/prf-subkeys"), keys); });
  streams_.emplace(Streams(keys, std::make_index_sequence<kPurposes>()));
  SecureWipe(keys.data(), keys.size());
}

}  // namespace mpcstats
