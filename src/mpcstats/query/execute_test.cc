#include "mpcstats/query/execute.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

constexpr ColumnType kType{.bits = 8, .is_signed = true};

/// How the one column x comes to a run.
enum class Comes { kAsDealt, kAsDealtWithUnits, kPreparedWithUnits, kPreparedWithoutUnits };

struct Outcome {
  SimulationResult result;
  Cost preparation;
  std::vector<Figure> figures;
};

// Rows -50 .. 49, every third missing: a missing cell holds junk as dealt, the encoding of zero when prepared.
Outcome RunOn(Comes comes, const std::vector<std::string>& expressions) {
  const bool dealt = comes == Comes::kAsDealt || comes == Comes::kAsDealtWithUnits;
  std::vector<std::uint64_t> encoded, valid;
  std::vector<Fp127> units;
  for (std::int64_t r = -50; r < 50; ++r) {
    const bool there = r % 3 != 0;
    valid.push_back(there ? 1 : 0);
    const std::uint64_t absent = dealt ? 201 : kType.Offset();
    encoded.push_back(there ? kType.Encode(r) : absent);
    units.push_back(there ? Fp127::FromSigned(r) : Fp127::Zero());
  }
  SeededRng rng(5);
  const auto encoded_shares = ShareBits(encoded, kType.bits, rng);
  const auto valid_shares = ShareBits(valid, 1, rng);
  const auto unit_shares = ShareElements(units, rng);
  const Result<Plan> plan = MakePlan(expressions, {{"x", kType}}, valid.size());
  EXPECT_TRUE(plan.has_value());
  Outcome run;
  run.result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned self = ctx.session().self().value();
    StoredColumn stored;
    stored.encoded = encoded_shares[self];
    stored.valid = valid_shares[self].planes[0];
    stored.prepared = !dealt;
    if (comes == Comes::kPreparedWithUnits || comes == Comes::kAsDealtWithUnits)
      stored.units = unit_shares[self];
    std::vector<StoredColumn> columns(1, stored);
    std::vector<ColumnShares> prepared = co_await PrepareColumns(ctx, *plan, std::move(columns));
    if (self == 0) run.preparation = ctx.session().cost();
    PlanOutcome outcome = co_await ExecutePlan(ctx, *plan, &prepared);
    if (self == 0) run.figures = outcome.figures;
    co_return Done();
  });
  EXPECT_TRUE(run.result.ok());
  return run;
}

TEST(ExecutePlan, HasTheSameFiguresOfPreparedColumns) {
  const std::vector<std::string> expressions = {"sum(x)", "variance(x)", "median(x)", "count(x)"};
  const Outcome dealt = RunOn(Comes::kAsDealt, expressions);
  for (const Comes comes : {Comes::kPreparedWithUnits, Comes::kPreparedWithoutUnits}) {
    const Outcome run = RunOn(comes, expressions);
    ASSERT_EQ(run.figures.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(run.figures[i].exact_text, dealt.figures[i].exact_text);
  }
}

TEST(PrepareColumns, SpendsNothingOnWhatIsPrepared) {
  const Outcome run = RunOn(Comes::kPreparedWithUnits, {"sum(x)"});
  EXPECT_EQ(run.preparation, Cost());
}

TEST(PrepareColumns, ConvertsAPreparedColumnThatHasNoUnits) {
  const Outcome dealt = RunOn(Comes::kAsDealt, {"sum(x)"});
  const Outcome run = RunOn(Comes::kPreparedWithoutUnits, {"sum(x)"});
  // All but the AND with the validity.
  EXPECT_EQ(run.preparation.and_gates + 100 * kType.bits, dealt.preparation.and_gates);
}

TEST(PrepareColumns, HidesWhatMissingCellsHoldInAColumnAsDealt) {
  const Outcome dealt = RunOn(Comes::kAsDealt, {"sum(x)"});
  const Outcome prepared = RunOn(Comes::kPreparedWithUnits, {"sum(x)"});
  ASSERT_EQ(dealt.figures.size(), 1u);
  EXPECT_EQ(dealt.figures[0].exact_text, prepared.figures[0].exact_text);
}

TEST(PrepareColumns, TakesNoUnitsOfAColumnThatIsNotPrepared) {
  EXPECT_EQ(RunOn(Comes::kAsDealtWithUnits, {"sum(x)"}).preparation,
            RunOn(Comes::kAsDealt, {"sum(x)"}).preparation);
}

}  // namespace
}  // namespace mpcstats
