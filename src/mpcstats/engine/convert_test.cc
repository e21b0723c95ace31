#include "mpcstats/engine/convert.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;
using Wide = unsigned __int128;

Values RandomValues(std::size_t rows, unsigned bits, Rng& rng) {
  Values values(rows);
  for (auto& value : values) value = rng.Word() & ((std::uint64_t{1} << bits) - 1);
  return values;
}

std::vector<Fp127> AsElements(const Values& values) {
  std::vector<Fp127> out;
  for (const std::uint64_t value : values) out.push_back(Fp127::FromU64(value));
  return out;
}

struct Converted {
  SimulationResult result;
  std::array<std::vector<Fp127>, 3> got;
  std::array<Cost, 3> cost;  // of the conversion with its fence, without the last opening
};

Converted RunBitsToField(const Values& values, unsigned bits, const SimulationOptions& options = {}) {
  SeededRng rng(values.size() * 64 + bits);
  const auto shares = ShareBits(values, bits, rng);
  Converted run;
  run.result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_shares = shares[i];
        ArithColumn<Fp127> x = co_await BitsToField(ctx, my_shares);
        run.cost[i] = ctx.session().cost();
        std::vector<Fp127> opened = co_await Open(ctx, x, "x");
        run.got[i] = std::move(opened);
        co_return Done();
      },
      options);
  return run;
}

TEST(BitsToField, IsRightForEveryWidth) {
  for (unsigned bits = 1; bits <= kMaxConvertBits; ++bits) {
    SeededRng rng(bits);
    Values values = RandomValues(17, bits, rng);
    values.push_back(0);
    values.push_back((std::uint64_t{1} << bits) - 1);
    const Converted run = RunBitsToField(values, bits);
    ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
    for (const auto& got : run.got) ASSERT_EQ(got, AsElements(values)) << bits;
  }
}

TEST(BitsToField, IsRightForEveryNumberOfRows) {
  for (const std::size_t rows : {0u, 1u, 2u, 63u, 64u, 65u, 1000u}) {
    for (const unsigned bits : {1u, 37u, 61u}) {
      SeededRng rng(rows + bits);
      const Values values = RandomValues(rows, bits, rng);
      const Converted run = RunBitsToField(values, bits);
      ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
      for (const auto& got : run.got) ASSERT_EQ(got, AsElements(values)) << rows << " " << bits;
    }
  }
}

TEST(BitsToField, IsRightAtThePieceBorder) {
  const std::size_t piece = std::size_t{1} << 17;
  for (const std::size_t rows : {piece - 1, piece, piece + 1}) {
    SeededRng rng(rows);
    const Values values = RandomValues(rows, 2, rng);
    const Converted run = RunBitsToField(values, 2);
    ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
    EXPECT_EQ(run.got[0], AsElements(values)) << rows;
    EXPECT_EQ(run.got[1], run.got[0]);
    EXPECT_EQ(run.got[2], run.got[0]);
  }
}

TEST(BitsToField, CostsWhatItSaysInRippleForm) {
  // Over 2^14 rows additions ripple: 2k + 129 ANDs a row, k + 66 rounds before the fence.
  const std::size_t rows = (std::size_t{1} << 14) + 1;
  for (const unsigned bits : {1u, 20u}) {
    const Converted run = RunBitsToField(Values(rows, 1), bits);
    ASSERT_TRUE(run.result.ok());
    for (const Cost& cost : run.cost) {
      EXPECT_EQ(cost.and_gates, (2 * bits + 129) * rows);
      EXPECT_EQ(cost.batches, 1u);
    }
  }
}

TEST(BitsToField, CostDoesNotDependOnTheValues) {
  for (const unsigned bits : {5u, 61u}) {
    const Converted zero = RunBitsToField(Values(100, 0), bits);
    const Converted ones = RunBitsToField(Values(100, (std::uint64_t{1} << bits) - 1), bits);
    for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(zero.cost[i], ones.cost[i]);
  }
}

// Where a frame of `size` payload bytes goes.
bool ReachesParty(const std::vector<SentFrame>& frames, unsigned to, std::size_t size) {
  return std::any_of(frames.begin(), frames.end(),
                     [&](const SentFrame& frame) { return frame.to == to && frame.bytes == 32 + size; });
}

TEST(OpenToZeroAndTwo, SendsPartyOneNothing) {
  const std::size_t rows = 64 * 9;
  SeededRng rng(11);
  const Values values = RandomValues(rows, 60, rng);
  const auto shares = ShareBits(values, 60, rng);
  std::array<PublicPlanes, 3> got;
  std::vector<SentFrame> frames;
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_shares = shares[i].planes;
        PublicPlanes opened = co_await OpenToZeroAndTwo(ctx, my_shares);
        got[i] = std::move(opened);
        co_return Done();
      },
      {.seed = 1, .hook = RecordInto(&frames), .pools = {}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(ValuesOf(got[0], rows), values);
  EXPECT_EQ(ValuesOf(got[2], rows), values);
  EXPECT_TRUE(got[1].empty());
  for (const SentFrame& frame : frames) EXPECT_NE(frame.to, 1u);
  EXPECT_TRUE(ReachesParty(frames, 0, 60 * 9 * 8));
  EXPECT_TRUE(ReachesParty(frames, 2, 60 * 9 * 8));
}

TEST(BitsToField, NeverSendsTheMaskedNumberToPartyOne) {
  const std::size_t rows = 64 * 16;
  const unsigned bits = 10;
  SeededRng rng(12);
  const auto shares = ShareBits(RandomValues(rows, bits, rng), bits, rng);
  std::vector<SentFrame> frames;
  const auto result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_shares = shares[i];
        co_await BitsToField(ctx, my_shares);
        co_return Done();
      },
      {.seed = 1, .hook = RecordInto(&frames), .pools = {}});
  ASSERT_TRUE(result.ok());
  const std::size_t c_bytes = (bits + 66) * rows / 8;
  EXPECT_TRUE(ReachesParty(frames, 0, c_bytes));
  EXPECT_TRUE(ReachesParty(frames, 2, c_bytes));
  EXPECT_FALSE(ReachesParty(frames, 1, c_bytes));
  // Nothing at all after the fence: the last frame party 1 receives comes before the opening.
  const std::uint32_t opening = frames.back().round;
  for (const SentFrame& frame : frames) EXPECT_FALSE(frame.to == 1 && frame.round == opening);
}

TEST(BitsToField, EndsWhenAnOpenedComponentIsChanged) {
  for (const unsigned to : {0u, 2u}) {
    for (const bool component : {false, true}) {
      std::uint32_t opening = 0;
      const Values values(100, 3);
      const unsigned bits = 4;
      const std::size_t c_bytes = (bits + 66) * 2 * 8;
      std::vector<SentFrame> frames;
      (void)RunBitsToField(values, bits, {.seed = 5, .hook = RecordInto(&frames), .pools = {}});
      for (const SentFrame& frame : frames) {
        if (frame.bytes == 32 + c_bytes && frame.to == 0 && frame.from == 2) opening = frame.round;
      }
      ASSERT_GT(opening, 0u);
      const Converted run =
          RunBitsToField(values, bits,
                         {.seed = 5,
                          .hook =
                              [&](const FrameInFlight& flight) {
                                const bool large = flight.frame->size() == 32 + c_bytes;
                                if (flight.round == opening && flight.to.value() == to && large == component)
                                  flight.frame->back() ^= 0x80;
                              },
                          .pools = {}});
      ASSERT_TRUE(run.result.error[to]) << to << component;
      EXPECT_EQ(run.result.error[to]->code(), ErrorCode::kCheatingDetected);
      for (const auto& got : run.got) EXPECT_TRUE(got.empty());
    }
  }
}

TEST(BitsToFieldDeathTest, RefusesWidthsOutsideOneToSixtyOne) {
  const auto run = [](unsigned bits) {
    return SimulateThree([&](Ctx& ctx) -> Task<Done> {
      const BitColumn x = ConstantColumn(ctx.session().self(), 1, bits, 1);
      co_await BitsToField(ctx, x);
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(0), "bits\\(\\)");
  EXPECT_DEATH((void)run(62), "bits\\(\\)");
}

struct AsBits {
  SimulationResult result;
  std::array<std::vector<Wide>, 3> got;
  Cost cost;
};

AsBits RunFieldToBits(const std::vector<Fp127>& values, std::uint64_t seed = 1) {
  SeededRng rng(seed);
  const auto shares = ShareElements(values, rng);
  AsBits run;
  run.result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const auto& my_shares = shares[i];
    BitColumn bits = co_await FieldToBits(ctx, my_shares);
    if (i == 0) run.cost = ctx.session().cost();
    const PublicPlanes opened = co_await Open(ctx, std::move(bits.planes), "bits");
    run.got[i].assign(values.size(), 0);
    for (std::size_t p = 0; p < opened.size(); ++p) {
      for (std::size_t r = 0; r < values.size(); ++r) {
        run.got[i][r] |= static_cast<Wide>(opened[p][r / 64] >> (r % 64) & 1) << p;
      }
    }
    co_return Done();
  });
  return run;
}

TEST(FieldToBits, GivesTheCanonicalResidue) {
  std::vector<Fp127> values = {Fp127::Zero(), Fp127::One(), -Fp127::One(), -Fp127::FromU64(2)};
  Fp127 power = Fp127::One();
  for (unsigned b = 0; b < 127; ++b) {
    values.push_back(power);
    values.push_back(-power);
    values.push_back(power - Fp127::One());
    power += power;
  }
  SeededRng rng(21);
  for (int i = 0; i < 100; ++i) {
    std::uint8_t bytes[Fp127::kUniformBytes];
    rng.Fill(bytes);
    values.push_back(Fp127::FromUniform(bytes));
  }
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const AsBits run = RunFieldToBits(values, seed);
    ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
    for (const auto& got : run.got) {
      for (std::size_t r = 0; r < values.size(); ++r) EXPECT_TRUE(got[r] == values[r].value()) << r;
    }
  }
}

TEST(FieldToBits, IsRightForComponentsWhoseSumWrapsOnceTwiceAndNot) {
  // Chosen components: sums of 0, p, 2p, p - 1, 2p + 1, 3 (p - 1) and single extremes.
  const Fp127 top = -Fp127::One();
  const Fp127 one = Fp127::One();
  const std::vector<std::array<Fp127, 3>> chosen = {
      {Fp127(), Fp127(), Fp127()}, {top, one, Fp127()}, {Fp127(), top, one},
      {top, top, one + one},       {top, top, top},     {one, one, one},
      {top, Fp127(), top},         {top, one, one},     {Fp127(), Fp127(), top},
      {top, top, Fp127()},         {one, top, one},     {top, top, one + one + one}};
  const std::size_t n = chosen.size();
  std::array<ArithColumn<Fp127>, 3> shares;
  for (unsigned i = 0; i < 3; ++i) {
    auto store = std::make_shared<SharedElements<Fp127>>(n);
    for (std::size_t r = 0; r < n; ++r) {
      store->own[r] = chosen[r][i];
      store->next[r] = chosen[r][(i + 1) % 3];
    }
    shares[i] = ArithColumn<Fp127>(std::move(store));
  }
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const auto& my_shares = shares[i];
    BitColumn bits = co_await FieldToBits(ctx, my_shares);
    const PublicPlanes opened = co_await Open(ctx, std::move(bits.planes), "bits");
    for (std::size_t r = 0; r < n; ++r) {
      Wide got = 0;
      for (std::size_t p = 0; p < opened.size(); ++p) got |= static_cast<Wide>(opened[p][0] >> r & 1) << p;
      EXPECT_TRUE(got == (chosen[r][0] + chosen[r][1] + chosen[r][2]).value()) << r;
    }
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
}

TEST(FieldToBits, TakesNoRows) {
  const AsBits run = RunFieldToBits({});
  EXPECT_TRUE(run.result.ok());
}

TEST(FieldToBits, OpensNothing) {
  SeededRng rng(22);
  const auto shares = ShareElements(std::vector<Fp127>(3, Fp127::One()), rng);
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const auto& my_shares = shares[ctx.session().self().value()];
    co_await FieldToBits(ctx, my_shares);
    co_return Done();
  });
  ASSERT_TRUE(result.ok());
  for (const auto& list : result.disclosures) EXPECT_TRUE(list.empty());
}

TEST(FieldToBits, CostsTheSameForEveryValue) {
  const AsBits one = RunFieldToBits({Fp127::One()});
  const AsBits top = RunFieldToBits({-Fp127::One()});
  EXPECT_EQ(one.cost, top.cost);
  EXPECT_EQ(one.cost.and_gates, 1699u);
  EXPECT_EQ(RunFieldToBits(std::vector<Fp127>(5, Fp127::One())).cost.and_gates, 5 * one.cost.and_gates);
  EXPECT_EQ(one.cost.rounds, 25u);
}

TEST(Convert, ComesBackFromTheField) {
  SeededRng rng(23);
  const Values values = RandomValues(70, 61, rng);
  const auto shares = ShareBits(values, 61, rng);
  const auto result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    const unsigned i = ctx.session().self().value();
    const auto& my_shares = shares[i];
    ArithColumn<Fp127> x = co_await BitsToField(ctx, my_shares);
    ArithColumn<Fp127> product = co_await Multiply<Fp127>(ctx, x, x);
    BitColumn square = co_await FieldToBits(ctx, product);
    BitColumn back = co_await FieldToBits(ctx, x);
    const PublicPlanes opened_square = co_await Open(ctx, std::move(square.planes), "square");
    const PublicPlanes opened = co_await Open(ctx, std::move(back.planes), "back");
    for (std::size_t r = 0; r < values.size(); ++r) {
      Wide got = 0, got_square = 0;
      for (std::size_t p = 0; p < opened.size(); ++p) {
        got |= static_cast<Wide>(opened[p][r / 64] >> (r % 64) & 1) << p;
        got_square |= static_cast<Wide>(opened_square[p][r / 64] >> (r % 64) & 1) << p;
      }
      EXPECT_TRUE(got == values[r]);
      const Fp127 element = Fp127::FromU64(values[r]);
      EXPECT_TRUE(got_square == (element * element).value());
    }
    co_return Done();
  });
  ASSERT_TRUE(result.ok()) << result.error[0]->message();
}

}  // namespace
}  // namespace mpcstats
