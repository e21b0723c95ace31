#include "mpcstats/service/survey_program_pseudonyms.h"

#include "mpcstats/base/secret.h"
#include "mpcstats/circuit/aes.h"
#include "mpcstats/engine/boolean/circuit.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"

namespace mpcstats {

namespace {

constexpr std::size_t kBlockBits = 128;
constexpr std::size_t kBlockBytes = 16;

Circuit MakeKeyExpansion() {
  CircuitBuilder builder;
  const Wires key = builder.AddInput(kBlockBits);
  Wires expanded;
  for (const Wires& round_key : Aes128ExpandKey(builder, key)) {
    expanded.insert(expanded.end(), round_key.begin(), round_key.end());
  }
  builder.AddOutput(expanded);
  return std::move(builder).Finish();
}

// The key's bits, one row.
BitPlanes KeyPlanes(const Bytes& key) {
  CHECK(key.size() == 2 * kBlockBytes);
  PlaneWriter writer(kBlockBits, 1);
  for (std::size_t b = 0; b < kBlockBits; ++b) {
    writer.own(b)[0] = key[b / 8] >> (b % 8) & 1;
    writer.next(b)[0] = key[kBlockBytes + b / 8] >> (b % 8) & 1;
  }
  return std::move(writer).Take();
}

// The round keys in each of `rows` rows.
Task<BitPlanes> RoundKeys(Ctx& ctx, Bytes key, std::size_t rows) {
  const Circuit expansion = MakeKeyExpansion();
  std::vector<BitPlanes> inputs(1, KeyPlanes(key));
  SecureWipe(key.data(), key.size());
  const std::vector<BitPlanes> expanded = co_await EvaluateCircuit(ctx, expansion, std::move(inputs));
  BitPlanes everywhere;
  for (const BitPlane& bit : expanded[0]) everywhere.push_back(Broadcast(bit, rows));
  co_return everywhere;
}

}  // namespace

Bytes FreshPseudonymKey(Ctx& ctx) {
  const ArithColumn<Gf2_64> words = RandomElements<Gf2_64>(ctx, kBlockBytes / Gf2_64::kBytes);
  Bytes key(2 * kBlockBytes);
  for (std::size_t w = 0; w < words.rows(); ++w) {
    words.own()[w].Store(key.data() + w * Gf2_64::kBytes);
    words.next()[w].Store(key.data() + kBlockBytes + w * Gf2_64::kBytes);
  }
  return key;
}

Task<std::vector<Bytes>> OpenPseudonyms(Ctx& ctx, BitPlanes identifiers, Bytes key) {
  CHECK(identifiers.size() == kBlockBits);
  const std::size_t rows = identifiers[0].rows();
  BitPlanes round_keys = co_await RoundKeys(ctx, std::move(key), rows);
  const Circuit rounds = MakeAes128RoundsCircuit();
  std::vector<BitPlanes> inputs;
  inputs.push_back(std::move(round_keys));
  inputs.push_back(std::move(identifiers));
  std::vector<BitPlanes> encrypted = co_await EvaluateCircuit(ctx, rounds, std::move(inputs));
  const PublicPlanes opened = co_await Open(ctx, std::move(encrypted.front()), "pseudonyms");
  std::vector<Bytes> pseudonyms(rows, Bytes(kBlockBytes));
  for (std::size_t half = 0; half < 2; ++half) {
    const auto first = opened.begin() + static_cast<std::ptrdiff_t>(64 * half);
    const std::vector<std::uint64_t> words = ValuesOf(PublicPlanes(first, first + 64), rows);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t i = 0; i < 8; ++i) {
        pseudonyms[r][8 * half + i] = static_cast<std::uint8_t>(words[r] >> (8 * i));
      }
    }
  }
  co_return pseudonyms;
}

}  // namespace mpcstats
