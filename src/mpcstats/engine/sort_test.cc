#include "mpcstats/engine/sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats {
namespace {

using Values = std::vector<std::uint64_t>;

struct Data {
  Values values;
  Values valid;
  unsigned bits;
};

Values Expected(const Data& data) {
  Values sorted;
  for (std::size_t r = 0; r < data.values.size(); ++r) {
    if (data.valid[r] != 0) sorted.push_back(data.values[r]);
  }
  std::sort(sorted.begin(), sorted.end());
  sorted.resize(data.values.size(), 0);
  return sorted;
}

struct Sorted {
  SimulationResult result;
  std::array<Values, 3> got;
  Cost cost;  // of the sort alone
  std::size_t levels = 0;
};

constexpr std::size_t kOnePivot = 1;  // level_gates so small that every level has one pivot

Sorted RunSort(const Data& data, std::uint64_t seed, std::size_t level_gates = SortOptions().level_gates,
               FrameHook hook = {}) {
  SeededRng rng(seed ^ 0x5eed);
  const auto values = ShareBits(data.values, data.bits, rng);
  const auto valid = ShareBits(data.valid, 1, rng);
  Sorted run;
  run.result = SimulateThree(
      [&](Ctx& ctx) -> Task<Done> {
        const unsigned i = ctx.session().self().value();
        const auto& my_values = values[i];
        const auto& my_valid = valid[i].planes[0];
        BitColumn sorted = co_await Sort(ctx, my_values, my_valid, SortOptions(level_gates));
        if (i == 0) {
          run.cost = ctx.session().cost();
          run.levels = ctx.session().disclosures().size();
        }
        const PublicPlanes opened = co_await Open(ctx, std::move(sorted.planes), "sorted");
        run.got[i] = ValuesOf(opened, data.values.size());
        co_return Done();
      },
      {.seed = seed, .hook = std::move(hook), .pools = {}});
  return run;
}

void ExpectSorted(const Data& data, std::uint64_t seed, std::size_t level_gates = SortOptions().level_gates) {
  const Sorted run = RunSort(data, seed, level_gates);
  ASSERT_TRUE(run.result.ok()) << run.result.error[0]->message();
  const Values want = Expected(data);
  for (const auto& got : run.got) ASSERT_EQ(got, want) << "seed " << seed;
}

std::uint64_t Mask(unsigned bits) { return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

Data RandomData(std::size_t n, unsigned bits, Rng& rng) {
  Data data{Values(n), Values(n), bits};
  for (auto& value : data.values) value = rng.Word() & Mask(bits);
  for (auto& valid : data.valid) valid = rng.Word() % 4 != 0;
  return data;
}

TEST(Sort, PutsValidRowsInOrderForEveryKindOfInput) {
  for (const std::size_t n : {1u, 2u, 3u, 63u, 64u, 65u, 1000u}) {
    SeededRng rng(n);
    const unsigned bits = 12;
    const Data random = RandomData(n, bits, rng);
    Data ascending{Values(n), Values(n, 1), bits}, descending = ascending, alternating = ascending;
    for (std::size_t r = 0; r < n; ++r) {
      ascending.values[r] = 3 * r;
      descending.values[r] = 3 * (n - r);
      alternating.values[r] = r % 2 == 0 ? Mask(bits) : 0;
      alternating.valid[r] = r % 3 != 0;
    }
    ExpectSorted(random, n);
    ExpectSorted(ascending, n);
    ExpectSorted(descending, n);
    ExpectSorted(alternating, n);
    ExpectSorted({Values(n, 77), Values(n, 1), bits}, n);
    ExpectSorted({Values(n, Mask(bits)), Values(n, 1), bits}, n);
    ExpectSorted({Values(n, 77), Values(n, 0), bits}, n);
  }
}

TEST(Sort, TakesNoRows) { ExpectSorted({{}, {}, 5}, 1); }

TEST(Sort, SortsFiveThousandRows) {
  SeededRng rng(5000);
  ExpectSorted(RandomData(5000, 20, rng), 1);
}

TEST(Sort, IsRightForEveryWidth) {
  for (unsigned bits = 1; bits <= 64; ++bits) {
    SeededRng rng(bits);
    Data data = RandomData(9, bits, rng);
    data.values[3] = Mask(bits);
    data.valid[3] = 1;
    ExpectSorted(data, bits);
  }
}

TEST(Sort, IsRightForEveryNumberOfPivots) {
  SeededRng rng(9);
  const Data data = RandomData(200, 10, rng);
  for (const std::size_t level_gates : {1u, 2000u, 8000u, 20000u, 60000u, 1000000u})
    ExpectSorted(data, 3, level_gates);
}

TEST(SortDeathTest, RefusesValidityOfOtherRows) {
  const auto run = [] {
    return SimulateThree([](Ctx& ctx) -> Task<Done> {
      const PartyIndex self = ctx.session().self();
      const BitColumn values = ConstantColumn(self, 1, 3, 10);
      co_await Sort(ctx, values, Zero(9));
      co_return Done();
    });
  };
  EXPECT_DEATH((void)run(), "valid.rows");
}

std::vector<SentFrame> Pattern(const Data& data, std::uint64_t seed) {
  std::vector<SentFrame> frames;
  const Sorted run = RunSort(data, seed, kOnePivot, RecordInto(&frames));
  EXPECT_TRUE(run.result.ok());
  return frames;
}

// Keys in the order of their rows: equal, ascending, missing.
std::vector<Data> DataInRowOrder(std::size_t n, unsigned bits) {
  Data equal{Values(n, 5), Values(n, 1), bits}, ascending = equal, missing = equal, zero = equal;
  for (std::size_t r = 0; r < n; ++r) {
    ascending.values[r] = r;
    missing.values[r] = (n - r) & Mask(bits);
    missing.valid[r] = 0;
    zero.values[r] = r / 7;
  }
  return {equal, ascending, missing, zero};
}

TEST(Sort, ShowsExactlyTheSameForKeysOfTheSameOrder) {
  for (std::uint64_t seed = 1; seed <= ScaledTrials(20); ++seed) {
    const auto all = DataInRowOrder(40, 6);
    const auto want = Pattern(all[0], seed);
    for (std::size_t d = 1; d < all.size(); ++d) ASSERT_EQ(Pattern(all[d], seed), want) << "seed " << seed;
  }
}

TEST(Sort, ShowsTheSameForValuesOfTheSameRanks) {
  SeededRng rng(31);
  for (std::uint64_t seed = 1; seed <= ScaledTrials(20); ++seed) {
    const Data data = RandomData(50, 8, rng);
    // The rank of each value among all keys, ties by row; missing rows behind.
    std::vector<std::size_t> order(50);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const auto key = [&](std::size_t r) {
        return std::tuple(data.valid[r] == 0, data.valid[r] == 0 ? 0 : data.values[r], r);
      };
      return key(a) < key(b);
    });
    Data ranks{Values(50), Values(50, 1), 8};
    for (std::size_t i = 0; i < 50; ++i) ranks.values[order[i]] = 2 * i;
    ASSERT_EQ(Pattern(ranks, seed), Pattern(data, seed)) << "seed " << seed;
  }
}

// The greatest distance of two empirical distributions.
double Kolmogorov(std::vector<std::uint64_t> a, std::vector<std::uint64_t> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double worst = 0;
  for (const auto& sample : {a, b}) {
    for (const std::uint64_t x : sample) {
      const auto below = [x](const std::vector<std::uint64_t>& s) {
        return static_cast<double>(std::upper_bound(s.begin(), s.end(), x) - s.begin()) /
               static_cast<double>(s.size());
      };
      worst = std::max(worst, std::abs(below(a) - below(b)));
    }
  }
  return worst;
}

TEST(Sort, ShowsNothingOfTiesValidityAndOrder) {
  const std::size_t n = 20;
  const unsigned bits = 5;
  std::vector<Data> kinds = DataInRowOrder(n, bits);
  Data descending = kinds[1], half = kinds[1];
  for (std::size_t r = 0; r < n; ++r) {
    descending.values[r] = n - r;
    half.valid[r] = r % 2;
  }
  kinds[3] = descending;
  kinds.push_back(half);
  const std::size_t trials = ScaledTrials(250);
  std::vector<std::vector<std::uint64_t>> levels(kinds.size()), gates(kinds.size());
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    for (std::size_t trial = 0; trial < trials; ++trial) {
      const Sorted run = RunSort(kinds[k], 1 + trial + k * 1000003, kOnePivot);
      ASSERT_TRUE(run.result.ok());
      levels[k].push_back(run.levels);
      gates[k].push_back(run.cost.and_gates);
    }
  }
  // Passed by equal distributions with probability 1 - 2e-6.
  const double limit = 2.69 * std::sqrt(2.0 / static_cast<double>(trials));
  for (std::size_t k = 1; k < kinds.size(); ++k) {
    EXPECT_LT(Kolmogorov(levels[0], levels[k]), limit) << k;
    EXPECT_LT(Kolmogorov(gates[0], gates[k]), limit) << k;
  }
}

TEST(Sort, EndsWhenAnOpenedComparisonIsChanged) {
  const Data data{Values(30, 4), Values(30, 1), 3};
  std::vector<SentFrame> frames;
  const Sorted honest = RunSort(data, 2, kOnePivot, RecordInto(&frames));
  ASSERT_TRUE(honest.result.ok());
  std::size_t tried = 0;
  for (std::size_t f = 0; f < frames.size(); f += 5) {
    const SentFrame& place = frames[f];
    if (place.round == frames.back().round) break;  // who already has the result keeps it
    const Sorted run = RunSort(data, 2, kOnePivot, [&](const FrameInFlight& flight) {
      const bool here =
          flight.round == place.round && flight.from.value() == place.from && flight.to.value() == place.to;
      if (here) flight.frame->at(32 + (f * 7) % (place.bytes - 32)) ^= 1;
    });
    ASSERT_TRUE(run.result.error[place.to]) << place.round << " " << place.from << place.to;
    for (unsigned i = 0; i < 3; ++i) {
      if (i != place.from) EXPECT_TRUE(run.got[i].empty());
    }
    ++tried;
  }
  EXPECT_GT(tried, 50u);
}

}  // namespace
}  // namespace mpcstats
