// A garbler and an evaluator who do not follow the protocol, one deviation a test.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mpcstats/circuit/aes.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/garble/testing.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kSession{5};
constexpr Bytes32 kOtherSession{6};

/// out_i = a_i and b_i, a of the evaluator: 64 AND gates whose rows are in the order of the bits, then XOR with a mask of
/// the garbler's, as the last gates of a SHA-256 are free.
struct Ands {
  static constexpr std::size_t kBits = 64;
  Circuit circuit;
  GarblePlan plan;

  explicit Ands(OutputKind kind = OutputKind::kPublic)
      : circuit(MakeCircuit()), plan(MakePlan(circuit, kind)) {}
  static Circuit MakeCircuit() {
    CircuitBuilder builder;
    const Wires a = builder.AddInput(kBits);
    const Wires b = builder.AddInput(kBits);
    const Wires c = builder.AddInput(kBits);
    builder.AddOutput(builder.Xor(builder.And(a, b), c));
    return std::move(builder).Finish();
  }
  static GarblePlan MakePlan(const Circuit& circuit, OutputKind kind) {
    GarblePlanBuilder builder;
    const PlanWires a = builder.EvaluatorInput(kBits);
    const PlanWires b = builder.GarblerInput(kBits);
    const PlanWires c = builder.GarblerInput(kBits);
    builder.Output(builder.Apply(circuit, {a, b, c}), kind);
    builder.EndPhase();
    return std::move(builder).Finish();
  }
};

/// `result` failed as cheating, and with words that depend on nothing secret.
void ExpectCaught(const Result<Evaluator::Evaluated>& result) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kCheatingDetected);
  EXPECT_EQ(result.error().message(), "an output of the garbled circuit is not a committed one");
}

// --- A garbler who cheats -------------------------------------------------------------------------------------------

/// The attack of a shifted row. T_G of a gate is shifted by s with colour 0, so the output label of that gate is shifted
/// when the label of the gate's first input has colour 1, and not otherwise; its own colour, and so the bit it decodes to,
/// stay right. Whoever gets a hash of the label learns the colour, and the garbler knows what the colour stands for.
struct ShiftedRows {
  static constexpr Gf2_128 kShift{0x1234567890abcdee, 0x0fedcba987654321};
  GarbleEnds ends;
  Bytes labels;

  ShiftedRows(const Ands& ands, std::uint64_t seed, std::size_t rows)
      : ends(MakeGarbleEnds(ands.plan, kSession, seed)) {
    SeededRng rng(seed + 1'000'000);
    const BitString secret = RandomBits(Ands::kBits, rng);
    Bytes tables = AllTables(ends.garbler);
    const Bytes honest = *GiveTables(ends.evaluator, tables);
    for (std::size_t i = 0; i < rows; ++i) {
      (Gf2_128::Load(tables.data() + kRowBytes * i) + kShift).Store(tables.data() + kRowBytes * i);
    }
    ends = MakeDeceivedEnds(ands.plan, kSession, seed, tables, honest);
    labels = *LabelsFor(ends, BitString(2 * Ands::kBits, 0), secret);
  }
};

TEST(ShiftedRow, IsCaughtInAllTrialsWhenItReadsManyBits) {
  const Ands ands;
  const std::size_t trials = ScaledTrials(10'000);
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    ShiftedRows attack(ands, seed, Ands::kBits);
    const auto result = attack.ends.evaluator.Evaluate(attack.labels);
    ASSERT_FALSE(result) << "seed " << seed;
    ASSERT_EQ(result.error().code(), ErrorCode::kCheatingDetected) << "seed " << seed;
  }
}

// With one row it is caught whenever the shift reached a label, and when it did not, what is returned is what an honest
// garbler gets: nothing is learned but that it was not caught.
TEST(ShiftedRow, OfOneGateIsCaughtOrReturnsWhatAnHonestGarblerGets) {
  const Ands ands;
  const std::size_t trials = std::max<std::size_t>(ScaledTrials(400), 100);
  std::size_t caught = 0;
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    ShiftedRows attack(ands, seed, 1);
    const auto result = attack.ends.evaluator.Evaluate(attack.labels);
    if (!result) {
      ExpectCaught(result);
      EXPECT_FALSE(attack.ends.evaluator.Evaluate(attack.labels)) << "the session goes on, seed " << seed;
      ++caught;
      continue;
    }
    EXPECT_TRUE(attack.ends.garbler.ReceiveOutputs(result->message)) << "seed " << seed;
  }
  EXPECT_GT(caught, trials / 3);
  EXPECT_LT(caught, trials - trials / 3);
}

// The same message without the check, made from the same parts: the decoded bits are right in all trials, and the digest
// tells all bits of the evaluator's input, as a garbler who tries both labels of one output after the other sees.
TEST(ShiftedRow, ReadsTheInputWhenOutputsAreNotChecked) {
  const Ands ands;
  const OutputBinding binding = BindingOf(kSession, ands.plan);
  const std::size_t trials = ScaledTrials(100);
  for (std::uint64_t seed = 0; seed < trials; ++seed) {
    SeededRng rng(seed);
    const Label delta = GarblingDelta(rng);
    std::vector<Label> zeros(3 * Ands::kBits);
    for (Label& zero : zeros) zero = RandomElement(rng);
    const BitString secret = RandomBits(Ands::kBits, rng);
    std::vector<Label> outputs(Ands::kBits);
    Bytes rows(kRowBytes * Ands::kBits);
    HalfGates(binding.start).Garble(ands.circuit, delta, zeros, outputs, rows);
    for (std::size_t i = 0; i < Ands::kBits; ++i) {
      (Gf2_128::Load(rows.data() + kRowBytes * i) + ShiftedRows::kShift).Store(rows.data() + kRowBytes * i);
    }
    // The evaluator's inputs are a; the garbler's are zero, so that all outputs are zero.
    std::vector<Label> active = zeros;
    for (std::size_t i = 0; i < Ands::kBits; ++i) active[i] += delta.Times(secret[i]);
    std::vector<Label> reached(Ands::kBits);
    HalfGates(binding.start).Evaluate(ands.circuit, active, reached, rows);

    std::size_t right = 0;
    BitString read(Ands::kBits);
    for (std::size_t i = 0; i < Ands::kBits; ++i) {
      right += ColourOf(reached[i]) == ColourOf(outputs[i]) ? 1 : 0;
      // One output's label hash, as it would be returned: of the zero label, or of the shifted one.
      const Bytes32 returned = binding.Digest(i, std::span(reached).subspan(i, 1));
      const bool shifted = returned != binding.Digest(i, std::span(outputs).subspan(i, 1));
      read[i] = static_cast<std::uint8_t>((shifted ? 1 : 0) ^ ColourOf(zeros[i]));
    }
    ASSERT_EQ(right, Ands::kBits) << "seed " << seed;
    ASSERT_EQ(read, secret) << "seed " << seed;
  }
}

/// Ends that deceive with what `change` makes of the tables, after the labels of the first phase.
struct Deceived {
  GarbleEnds ends;
  Bytes labels;

  template <class Change>
  Deceived(const Ands& ands, std::uint64_t seed, const BitString& secret, const Change& change)
      : ends(MakeGarbleEnds(ands.plan, kSession, seed)) {
    Bytes tables = AllTables(ends.garbler);
    const Bytes honest = *GiveTables(ends.evaluator, tables);
    change(tables);
    ends = MakeDeceivedEnds(ands.plan, kSession, seed, tables, honest);
    labels = *LabelsFor(ends, BitString(2 * Ands::kBits, 0), secret);
  }
};

TEST(GarblerCheats, WrongTablesAreCaughtForMaskedAndSharedOutputsToo) {
  for (const OutputKind kind : {OutputKind::kPublic, OutputKind::kMasked, OutputKind::kShared}) {
    const Ands ands(kind);
    // Both rows of all gates; they are used unless all 64 gates have colours 0 and 0.
    Deceived run(ands, 1, BitString(Ands::kBits, 1), [](Bytes& tables) {
      for (std::size_t i = 0; i < kRowBytes * Ands::kBits; ++i) tables[i] ^= 0x80;
    });
    ExpectCaught(run.ends.evaluator.Evaluate(run.labels));
  }
}

TEST(GarblerCheats, TablesThatWereChangedAreNotAcknowledged) {
  const Ands ands;
  GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 2);
  Bytes tables = AllTables(ends.garbler);
  tables.back() ^= 1;
  const Bytes hash = *GiveTables(ends.evaluator, tables);
  const Status status = ends.garbler.ReceiveAcknowledgement(hash);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kProtocolViolation);
}

TEST(GarblerCheats, TruncatedAndOversizedTablesAreRefused) {
  const Ands ands;
  const auto give = [&](std::size_t size, std::size_t extra) {
    GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 3);
    Bytes tables = AllTables(ends.garbler);
    tables.resize(size == 0 ? tables.size() + extra : size);
    return ends.evaluator.ReceiveTables(tables);
  };
  ASSERT_LT(ands.plan.table_bytes(), kTableChunkBytes);
  EXPECT_TRUE(give(0, 0));
  for (const auto& status : {give(0, 1), give(1, 0), give(ands.plan.table_bytes() - 1, 0)}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kProtocolViolation);
  }
  GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 3);
  EXPECT_EQ(ends.evaluator.ReceiveTables({}).error().code(), ErrorCode::kProtocolViolation);

  GarbleEnds more = MakeGarbleEnds(ands.plan, kSession, 3);
  ASSERT_TRUE(more.evaluator.ReceiveTables(AllTables(more.garbler)));
  EXPECT_EQ(more.evaluator.ReceiveTables(Bytes(1)).error().code(), ErrorCode::kProtocolViolation);
  // Without all tables there is no acknowledgement and no phase.
  GarbleEnds none = MakeGarbleEnds(ands.plan, kSession, 3);
  EXPECT_EQ(none.evaluator.Acknowledge().error().code(), ErrorCode::kInvalidArgument);
  GarbleEnds early = MakeGarbleEnds(ands.plan, kSession, 3);
  EXPECT_FALSE(early.evaluator.Choose(BitString(Ands::kBits)));
}

struct Started {
  GarbleEnds ends;
  Bytes labels;
  Started(const Ands& ands, std::uint64_t seed, const Bytes32& session = kSession)
      : ends(MakeGarbleEnds(ands.plan, session, seed)) {
    if (!ExchangeTables(ends)) std::abort();
    SeededRng rng(seed);
    labels = *LabelsFor(ends, RandomBits(2 * Ands::kBits, rng), RandomBits(Ands::kBits, rng));
  }
};

TEST(GarblerCheats, SwappedInputLabelsAreCaught) {
  const Ands ands;
  Started started(ands, 4);
  std::swap_ranges(started.labels.begin(), started.labels.begin() + kLabelBytes,
                   started.labels.begin() + kLabelBytes);
  ExpectCaught(started.ends.evaluator.Evaluate(started.labels));
}

TEST(GarblerCheats, AChangedLabelOfTheEvaluatorsInputIsCaught) {
  const Ands ands;
  for (std::size_t bit : {1u, 64u, 127u}) {
    Started started(ands, 5);
    const std::size_t place = kLabelBytes * 2 * Ands::kBits;
    started.labels[place + bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    ExpectCaught(started.ends.evaluator.Evaluate(started.labels));
  }
}

TEST(GarblerCheats, LabelsOfAnotherLengthAreRefused) {
  const Ands ands;
  for (const std::size_t size : {std::size_t{0}, 3 * 64 * kLabelBytes - 1, 3 * 64 * kLabelBytes + 1}) {
    Started started(ands, 6);
    started.labels.resize(size);
    EXPECT_EQ(started.ends.evaluator.Evaluate(started.labels).error().code(), ErrorCode::kProtocolViolation);
    EXPECT_EQ(started.ends.evaluator.Evaluate(started.labels).error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(GarblerCheats, LabelsBeforeTheChoicesAreRefused) {
  const Ands ands;
  GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 7);
  ASSERT_TRUE(ExchangeTables(ends));
  EXPECT_EQ(ends.evaluator.Evaluate(Bytes(3 * 64 * kLabelBytes)).error().code(),
            ErrorCode::kProtocolViolation);
}

// The digest of the pairs, and what follows from a wire's two hashes, are as they were committed.
TEST(GarblerCheats, AChangedOutputTableIsCaughtAtEveryWire) {
  const Ands ands;
  const std::size_t begin = kRowBytes * Ands::kBits + Ands::kBits / 8;
  for (std::size_t hash = 0; hash <= Ands::kBits; ++hash) {
    Deceived run(ands, 8, BitString(Ands::kBits, 1),
                 [&](Bytes& tables) { tables[begin + 32 * hash + hash % 32] ^= 0x10; });
    ExpectCaught(run.ends.evaluator.Evaluate(run.labels));
  }
}

/// The output table of two wires with the labels of one of them exchanged for others, made by somebody who follows no rule.
struct TwoOutputs {
  OutputBinding binding{.start = {1, 2, 3}};
  Label delta{0x1234567812345679, 0x9abcdef09abcdef0};
  std::array<Label, 2> zeros{Label{0x1111, 0x2222}, Label{0x3332, 0x4444}};
  Bytes table = Bytes(OutputTableBytes(2));

  TwoOutputs() { EXPECT_TRUE(WriteOutputTable(binding, 7, zeros, delta, BitString(2, 0), table)); }
  Result<Buffer<std::uint8_t>> Decode(Label a, Label b, std::uint64_t first = 7) const {
    return DecodeOutputs(binding, first, std::array{a, b}, table);
  }
};

TEST(OutputTable, TakesTheFourCombinationsOfCommittedLabelsAndNoOther) {
  const TwoOutputs o;
  for (const std::uint64_t x : {0u, 1u}) {
    for (const std::uint64_t y : {0u, 1u}) {
      const auto bits = o.Decode(o.zeros[0] + o.delta.Times(x), o.zeros[1] + o.delta.Times(y));
      ASSERT_TRUE(bits);
      EXPECT_EQ((*bits)[0], x);
      EXPECT_EQ((*bits)[1], y);
    }
  }
  EXPECT_FALSE(o.Decode(o.zeros[1], o.zeros[0]));
  EXPECT_FALSE(o.Decode(o.zeros[0], o.zeros[1], 8));
  for (unsigned bit = 0; bit < 128; ++bit) {
    const Label shift =
        bit < 64 ? Label{std::uint64_t{1} << bit, 0} : Label{0, std::uint64_t{1} << (bit - 64)};
    EXPECT_FALSE(o.Decode(o.zeros[0] + shift, o.zeros[1])) << bit;
    EXPECT_FALSE(o.Decode(o.zeros[0], o.zeros[1] + o.delta + shift)) << bit;
  }
}

// One committed hash for both colours: a label would be accepted whichever bit it stands for.
TEST(OutputTable, RefusesAWireWhoseTwoHashesAreOne) {
  TwoOutputs o;
  const Label lonely{0x5550, 0x6666};
  const Bytes32 hash = o.binding.Hash(7, lonely);
  const Bytes32 zero = o.binding.Hash(8, o.zeros[1]);
  const Bytes32 one = o.binding.Hash(8, o.zeros[1] + o.delta);
  Sha256Stream pairs("mpcstats/v1/output-labels");
  pairs.Add(o.binding.start).AddU64(7).AddU64(2).Add(hash).Add(hash).Add(zero).Add(one);
  const Bytes32 digest = pairs.Finish();
  std::copy(digest.begin(), digest.end(), o.table.begin() + 1);
  // The digest is the right one of these pairs.
  std::fill_n(o.table.begin() + 33, 32, std::uint8_t{0});
  const auto decoded = o.Decode(lonely, o.zeros[1]);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::kCheatingDetected);
  // Two hashes that differ pass with a digest that was made in the same way.
  TwoOutputs honest;
  Sha256Stream same("mpcstats/v1/output-labels");
  same.Add(o.binding.start).AddU64(7).AddU64(2);
  // The first wire's label of colour 0 is the one.
  same.Add(honest.binding.Hash(7, honest.zeros[0] + honest.delta))
      .Add(honest.binding.Hash(7, honest.zeros[0]));
  const Bytes32 again = same.Add(zero).Add(one).Finish();
  EXPECT_TRUE(std::equal(again.begin(), again.end(), honest.table.begin() + 1));
}

TEST(GarblerCheats, UnusedBitsOfAnOutputTableAreRefused) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(2);
  builder.AddOutput(Wires{builder.And(a[0], a[1])});
  const Circuit circuit = std::move(builder).Finish();
  GarblePlanBuilder plan_builder;
  plan_builder.Output(plan_builder.Apply(circuit, {plan_builder.GarblerInput(2)}), OutputKind::kPublic);
  plan_builder.EndPhase();
  const GarblePlan plan = std::move(plan_builder).Finish();
  GarbleEnds ends = MakeGarbleEnds(plan, kSession, 9);
  Bytes tables = AllTables(ends.garbler);
  tables[kRowBytes] |= 0x80;
  ASSERT_TRUE(GiveTables(ends.evaluator, tables));
  EXPECT_EQ(ends.evaluator.Evaluate(Bytes(2 * kLabelBytes)).error().code(), ErrorCode::kProtocolViolation);
}

// Same labels, same Delta, same circuit: the tables of two sessions have nothing in common, and one does not run in the
// other.
TEST(Tweaks, AreNotUsedAgainInAnotherSession) {
  const Ands ands;
  GarbleEnds first = MakeGarbleEnds(ands.plan, kSession, 10);
  GarbleEnds second = MakeGarbleEnds(ands.plan, kOtherSession, 10);
  const Bytes a = AllTables(first.garbler);
  const Bytes b = AllTables(second.garbler);
  std::set<Bytes> blocks;
  const std::size_t rows = 2 * Ands::kBits;
  for (const Bytes* tables : {&a, &b}) {
    for (std::size_t i = 0; i < rows; ++i) {
      const auto begin = tables->begin() + static_cast<std::ptrdiff_t>(kLabelBytes * i);
      blocks.insert(Bytes(begin, begin + kLabelBytes));
    }
  }
  EXPECT_EQ(blocks.size(), 2 * rows);

  Started honest(ands, 10);
  ASSERT_TRUE(GiveTables(second.evaluator, a));
  SeededRng rng(10);
  RandomBits(2 * Ands::kBits, rng);
  ASSERT_TRUE(second.evaluator.Choose(RandomBits(Ands::kBits, rng)));
  ExpectCaught(second.evaluator.Evaluate(honest.labels));
}

TEST(Tweaks, DifferForPlansOfOneSession) {
  const Ands one(OutputKind::kPublic);
  const Ands two(OutputKind::kMasked);
  EXPECT_NE(BindingOf(kSession, one.plan).start, BindingOf(kSession, two.plan).start);
  EXPECT_NE(BindingOf(kSession, one.plan).start, BindingOf(kOtherSession, one.plan).start);
  EXPECT_EQ(BindingOf(kSession, one.plan).start, BindingOf(kSession, one.plan).start);
}

// --- An evaluator who cheats ----------------------------------------------------------------------------------------

/// An honest run up to the message of the evaluator.
struct Returned {
  Started started;
  Bytes message;
  Returned(const Ands& ands, std::uint64_t seed) : started(ands, seed) {
    message = started.ends.evaluator.Evaluate(started.labels)->message;
  }
  Status Give() {
    const auto result = started.ends.garbler.ReceiveOutputs(message);
    if (!result) return std::unexpected(result.error());
    return {};
  }
};

TEST(EvaluatorCheats, AWrongOutputBitIsCaughtAtEveryPlace) {
  for (const OutputKind kind : {OutputKind::kPublic, OutputKind::kMasked}) {
    const Ands ands(kind);
    EXPECT_TRUE(Returned(ands, 20).Give());
    for (std::size_t bit = 0; bit < Ands::kBits; ++bit) {
      Returned returned(ands, 20);
      returned.message[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      const Status status = returned.Give();
      ASSERT_FALSE(status) << bit;
      EXPECT_EQ(status.error().code(), ErrorCode::kCheatingDetected);
    }
  }
}

TEST(EvaluatorCheats, AWrongOutputLabelIsCaughtAndEndsTheRun) {
  const Ands ands;
  Returned returned(ands, 21);
  const Bytes right = returned.message;
  returned.message.back() ^= 1;
  EXPECT_EQ(returned.Give().error().code(), ErrorCode::kCheatingDetected);
  returned.message = right;
  EXPECT_EQ(returned.Give().error().code(), ErrorCode::kInvalidArgument);
}

TEST(EvaluatorCheats, OutputsOfAnotherSessionAreCaught) {
  const Ands ands;
  Returned other(ands, 22);
  Returned returned(ands, 23);
  returned.message = other.message;
  EXPECT_EQ(returned.Give().error().code(), ErrorCode::kCheatingDetected);
}

TEST(EvaluatorCheats, OutputsOfAnotherLengthAreRefused) {
  const Ands ands;
  for (const int change : {-1, 1}) {
    Returned returned(ands, 24);
    returned.message.resize(returned.message.size() + static_cast<std::size_t>(change));
    EXPECT_EQ(returned.Give().error().code(), ErrorCode::kProtocolViolation);
  }
}

TEST(EvaluatorCheats, ChoicesOfAnotherLengthAreRefused) {
  const Ands ands;
  for (const std::size_t size : {0u, 7u, 9u}) {
    GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 25);
    ASSERT_TRUE(ExchangeTables(ends));
    EXPECT_EQ(ends.garbler.StartPhase(Bytes(size), BitString(2 * Ands::kBits)).error().code(),
              ErrorCode::kProtocolViolation);
  }
}

TEST(EvaluatorCheats, AnAcknowledgementOfOtherTablesIsRefused) {
  const Ands ands;
  for (const std::size_t size : {0u, 31u, 32u, 33u}) {
    GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 26);
    AllTables(ends.garbler);
    EXPECT_EQ(ends.garbler.ReceiveAcknowledgement(Bytes(size)).error().code(), ErrorCode::kProtocolViolation);
  }
}

// Other choices than it should make are other inputs: the evaluator may always choose them. It gets one label a wire.
TEST(EvaluatorCheats, ChangedChoicesAreOtherInputsAndNoMore) {
  const Ands ands;
  GarbleEnds ends = MakeGarbleEnds(ands.plan, kSession, 27);
  ASSERT_TRUE(ExchangeTables(ends));
  Bytes corrections = *ends.evaluator.Choose(BitString(Ands::kBits, 0));
  corrections[0] ^= 1;
  BitString ones(2 * Ands::kBits, 0);
  std::fill_n(ones.begin(), Ands::kBits, 1);
  const Bytes labels = *ends.garbler.StartPhase(corrections, ones);
  const auto result = ends.evaluator.Evaluate(labels);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->bits[0], 1);
  EXPECT_EQ(result->bits[1], 0);
  EXPECT_TRUE(ends.garbler.ReceiveOutputs(result->message));
}

}  // namespace
}  // namespace mpcstats
