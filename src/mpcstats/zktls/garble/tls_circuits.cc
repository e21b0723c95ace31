#include "mpcstats/zktls/garble/tls_circuits.h"

#include <utility>

#include "mpcstats/circuit/add_mod.h"
#include "mpcstats/circuit/aes.h"
#include "mpcstats/circuit/gf2_128.h"
#include "mpcstats/circuit/gf2_128_values.h"
#include "mpcstats/circuit/hmac.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/circuit/tls_prf.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;
constexpr std::size_t kFieldBytes = 32;

Circuit PremasterKey() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(8 * kFieldBytes);
  const Wires b = builder.AddInput(8 * kFieldBytes);
  const Wires sum = AddMod(builder, a, b, P256Prime());
  Wires key;
  for (std::size_t byte = kFieldBytes; byte-- > 0;) {
    for (std::size_t k = 0; k < 8; ++k) key.push_back(sum[8 * byte + k]);
  }
  const HmacSha256Key states = HmacSha256SetKey(builder, key);
  builder.AddOutput(Sha256Digest(states.inner));
  builder.AddOutput(Sha256Digest(states.outer));
  return std::move(builder).Finish();
}

Circuit Outer(std::size_t output_bytes) {
  CircuitBuilder builder;
  HmacSha256Key key;
  key.outer = Sha256StateOf(builder.AddInput(256));
  const Wires digest = builder.AddInput(256);
  const Wires tag = HmacSha256Outer(builder, key, digest);
  builder.AddOutput(WireSpan(tag).first(8 * output_bytes));
  return std::move(builder).Finish();
}

Circuit ExpandKey() {
  CircuitBuilder builder;
  const Aes128RoundKeys keys = Aes128ExpandKey(builder, builder.AddInput(kBlockBits));
  Wires all;
  for (const Wires& key : keys) all.insert(all.end(), key.begin(), key.end());
  builder.AddOutput(all);
  return std::move(builder).Finish();
}

// GHASH has bit 7 - k of a byte where the polynomial has coefficient k; its own inverse.
Wires Turned(WireSpan block) {
  Wires out(block.size());
  for (std::size_t i = 0; i < block.size(); ++i) out[i] = block[i / 8 * 8 + 7 - i % 8];
  return out;
}

Circuit Multiply() {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(kBlockBits);
  const Wires b_values = builder.AddInput(kGf2_128ValueBits);
  const Wires a_values = Gf2_128Values(builder, Turned(a));
  builder.AddOutput(Turned(MultiplyGf2_128Values(builder, a_values, b_values)));
  return std::move(builder).Finish();
}

Circuit Values() {
  CircuitBuilder builder;
  builder.AddOutput(Gf2_128Values(builder, Turned(builder.AddInput(kBlockBits))));
  return std::move(builder).Finish();
}

Circuit Square() {
  CircuitBuilder builder;
  builder.AddOutput(Turned(SquareGf2_128(builder, Turned(builder.AddInput(kBlockBits)))));
  return std::move(builder).Finish();
}

}  // namespace

const TlsGarbleCircuits& TlsGarbling() {
  static const TlsGarbleCircuits kCircuits = {.premaster_key = PremasterKey(),
                                              .master_key = MakeHmacKeyCircuit(48),
                                              .outer = Outer(32),
                                              .outer_half = Outer(16),
                                              .outer_verify = Outer(12),
                                              .outer_nonces = Outer(8),
                                              .expand_key = ExpandKey(),
                                              .encrypt = MakeAes128RoundsCircuit(),
                                              .encrypt_prefix = MakeAes128PrefixCircuit(),
                                              .encrypt_last = MakeAes128LastCircuit(),
                                              .multiply = Multiply(),
                                              .values = Values(),
                                              .square = Square()};
  return kCircuits;
}

}  // namespace mpcstats
