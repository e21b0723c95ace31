#include "mpcstats/circuit/tls_prf.h"

#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/circuit/hmac.h"
#include "mpcstats/circuit/sha256_public.h"

namespace mpcstats {

Circuit MakeHmacKeyCircuit(std::size_t key_bytes) {
  CHECK(key_bytes <= 64);
  CircuitBuilder builder;
  const HmacSha256Key key = HmacSha256SetKey(builder, builder.AddInput(8 * key_bytes));
  builder.AddOutput(Sha256Digest(key.inner));
  builder.AddOutput(Sha256Digest(key.outer));
  return std::move(builder).Finish();
}

Bytes HmacOuterBlock(const Bytes32& inner_digest) {
  Bytes block(inner_digest.begin(), inner_digest.end());
  block.push_back(0x80);
  block.resize(62);
  // 64 + 32 bytes were hashed: 768 bits.
  block.push_back(0x03);
  block.push_back(0x00);
  return block;
}

const TlsPrfCircuits& TlsPrf() {
  static const TlsPrfCircuits kCircuits = {.premaster_key = MakeHmacKeyCircuit(32),
                                           .master_key = MakeHmacKeyCircuit(48),
                                           .outer = MakeSha256PublicBlockCircuit(32),
                                           .outer_master_end = MakeSha256PublicBlockCircuit(16),
                                           .outer_keys_end = MakeSha256PublicBlockCircuit(8),
                                           .outer_verify = MakeSha256PublicBlockCircuit(12)};
  return kCircuits;
}

std::size_t TlsPrfAndCount() {
  const TlsPrfCircuits& prf = TlsPrf();
  // A(1), A(2), P(1) of the master secret and of the keys, and A(1) of each Finished are whole digests.
  return prf.premaster_key.and_count() + prf.master_key.and_count() + 8 * prf.outer.and_count() +
         prf.outer_master_end.and_count() + prf.outer_keys_end.and_count() + 2 * prf.outer_verify.and_count();
}

}  // namespace mpcstats
