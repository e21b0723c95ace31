// What the tests and benchmarks of garbling share: both ends over dealt correlations, and runs of a plan.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/garble/evaluator.h"
#include "mpcstats/zktls/garble/garbler.h"
#include "mpcstats/zktls/vole/testing.h"

namespace mpcstats {

using BitString = std::vector<std::uint8_t>;

inline BitString RandomBits(std::size_t count, Rng& rng) {
  BitString bits(count);
  rng.Fill(bits);
  for (std::uint8_t& bit : bits) bit &= 1;
  return bits;
}

inline BitString BitsOf(ByteSpan bytes) {
  BitString bits;
  for (const std::uint8_t byte : bytes) {
    for (unsigned k = 0; k < 8; ++k) bits.push_back((byte >> k) & 1u);
  }
  return bits;
}

inline Label GarblingDelta(Rng& rng) {
  const Gf2_128 delta = RandomElement(rng);
  return {delta.low() | 1, delta.high()};
}

struct GarbleEnds {
  Garbler garbler;
  Evaluator evaluator;
  BitString masks;
};

/// Both ends of a plan, everything from `seed`.
inline GarbleEnds MakeGarbleEnds(const GarblePlan& plan, const Bytes32& session, std::uint64_t seed) {
  SeededRng rng(seed);
  DealtCorrelations dealt = DealCorrelations(plan.evaluator_bits(), GarblingDelta(rng), rng);
  const BitString masks = RandomBits(plan.mask_bits(), rng);
  Buffer<std::uint8_t> secret_masks(masks.size());
  std::copy(masks.begin(), masks.end(), secret_masks.data());
  auto garbler = Garbler::Create(plan, session, std::move(dealt.verifier), std::move(secret_masks), rng);
  auto evaluator = Evaluator::Create(plan, session, std::move(dealt.prover));
  if (!garbler || !evaluator) std::abort();
  return {std::move(*garbler), std::move(*evaluator), masks};
}

/// All tables of the garbler.
inline Bytes AllTables(Garbler& garbler) {
  Bytes tables;
  while (garbler.tables_left()) {
    const auto chunk = garbler.NextTables();
    if (!chunk) std::abort();
    tables.insert(tables.end(), chunk->begin(), chunk->end());
  }
  return tables;
}

/// Gives the evaluator these tables, and its acknowledgement back when `garbler` is to accept it.
inline Result<Bytes> GiveTables(Evaluator& evaluator, ByteSpan tables) {
  for (std::size_t at = 0; at < tables.size(); at += kTableChunkBytes) {
    RETURN_IF_ERROR(
        evaluator.ReceiveTables(tables.subspan(at, std::min(kTableChunkBytes, tables.size() - at))));
  }
  return evaluator.Acknowledge();
}

/// Ends whose evaluator has these tables, while the garbler goes on as if they were its own, whose hash is `honest`.
inline GarbleEnds MakeDeceivedEnds(const GarblePlan& plan, const Bytes32& session, std::uint64_t seed,
                                   ByteSpan tables, ByteSpan honest) {
  GarbleEnds ends = MakeGarbleEnds(plan, session, seed);
  AllTables(ends.garbler);
  if (!GiveTables(ends.evaluator, tables) || !ends.garbler.ReceiveAcknowledgement(honest)) std::abort();
  return ends;
}

inline Status ExchangeTables(GarbleEnds& ends) {
  const Bytes tables = AllTables(ends.garbler);
  ASSIGN_OR_RETURN(const Bytes hash, GiveTables(ends.evaluator, tables));
  return ends.garbler.ReceiveAcknowledgement(hash);
}

struct PhaseResult {
  BitString garbler;    ///< what the garbler has of all outputs
  BitString evaluator;  ///< and the evaluator
};

inline Result<Bytes> LabelsFor(GarbleEnds& ends, std::span<const std::uint8_t> garbler_bits,
                               std::span<const std::uint8_t> evaluator_bits) {
  Bytes corrections;
  if (!evaluator_bits.empty()) {
    ASSIGN_OR_RETURN(corrections, ends.evaluator.Choose(evaluator_bits));
  }
  return ends.garbler.StartPhase(corrections, garbler_bits);
}

/// One phase, both ends honest.
inline Result<PhaseResult> RunPhase(GarbleEnds& ends, std::span<const std::uint8_t> garbler_bits,
                                    std::span<const std::uint8_t> evaluator_bits) {
  ASSIGN_OR_RETURN(const Bytes labels, LabelsFor(ends, garbler_bits, evaluator_bits));
  ASSIGN_OR_RETURN(const Evaluator::Evaluated evaluated, ends.evaluator.Evaluate(labels));
  ASSIGN_OR_RETURN(const Buffer<std::uint8_t> values, ends.garbler.ReceiveOutputs(evaluated.message));
  const auto copy = [](const Buffer<std::uint8_t>& bits) {
    return BitString(bits.data(), bits.data() + bits.size());
  };
  return PhaseResult{copy(values), copy(evaluated.bits)};
}

}  // namespace mpcstats
