// What a party sees says nothing: the same shape of traffic, and bytes of one distribution, for inputs with one output.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "mpcstats/base/test_scale.h"
#include "mpcstats/engine/attack.h"

namespace mpcstats {
namespace {

// A chi-square of 256 byte values has mean 255 and deviation 22.6: 400 is 6.4 deviations, met once in 10^7.
constexpr double kChiSquareLimit = 400;

struct ByteCounts {
  std::array<std::array<std::uint32_t, 256>, 2> count{};
  [[nodiscard]] double Uniformity(unsigned input) const {
    double total = 0;
    for (const auto c : count[input]) total += c;
    double chi = 0;
    for (const auto c : count[input]) chi += (c - total / 256) * (c - total / 256) / (total / 256);
    return chi;
  }
  [[nodiscard]] double Difference() const {
    double chi = 0;
    for (unsigned value = 0; value < 256; ++value) {
      const double a = count[0][value];
      const double b = count[1][value];
      if (a + b > 0) chi += (a - b) * (a - b) / (a + b);
    }
    return chi;
  }
};

// Counts every word that travels in runs of two inputs under many seeds.
class View : public testing::Test {
 protected:
  void Collect(const std::array<AttackedProgram*, 2>& program, std::size_t seeds) {
    ASSERT_EQ(program[0]->Expected(), program[1]->Expected());
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      for (unsigned input = 0; input < 2; ++input) {
        program[input]->ShareAgain(2 * seed + input);
        const AttackRun run =
            RunUnderAttack(*program[input], 2 * seed + input, [&](const FrameInFlight& frame) {
              const std::size_t size = frame.frame->size();
              const auto [known, first] = sizes_[input].try_emplace(PlaceOf(frame), size);
              EXPECT_EQ(known->second, size);
              EXPECT_TRUE(!first || seed == 0);
              last_round_ = std::max(last_round_, frame.round);
              auto& words = counts_[PlaceOf(frame)];
              words.resize((size - kFrameHeader + 7) / 8);
              for (std::size_t i = kFrameHeader; i < size; ++i) {
                ++words[(i - kFrameHeader) / 8].count[input][(*frame.frame)[i]];
              }
            });
        ASSERT_TRUE(run.result.ok());
      }
    }
    EXPECT_EQ(sizes_[0], sizes_[1]);
  }
  // `uniform` says of a place whether its bytes are uniform; every place has one distribution for both inputs.
  void Judge(const std::function<bool(Place)>& uniform) const {
    double worst = 0;
    std::size_t total = 0;
    for (const auto& [place, words] : counts_) {
      const auto [round, from, to] = place;
      total += words.size();
      for (std::size_t w = 0; w < words.size(); ++w) {
        std::vector<double> values(1, words[w].Difference());
        if (uniform(place)) values.insert(values.end(), {words[w].Uniformity(0), words[w].Uniformity(1)});
        const double chi = *std::max_element(values.begin(), values.end());
        EXPECT_LT(chi, kChiSquareLimit)
            << "round " << round << " from " << from << " to " << to << " word " << w;
        worst = std::max(worst, chi);
      }
    }
    std::printf("  %zu words of %zu messages, largest chi-square %.0f\n", total, sizes_[0].size(), worst);
  }

  std::map<Place, std::vector<ByteCounts>> counts_;  // the words of each payload
  std::array<std::map<Place, std::size_t>, 2> sizes_;
  std::uint32_t last_round_ = 0;
};

TEST_F(View, OfBitsIsUniformAndEqualForTwoInputsWithOneOutput) {
  BitProgram zeros(1), mixed(1);
  for (std::size_t i = 0; i < zeros.x().size(); ++i) {
    zeros.x()[i] = zeros.y()[i] = 0;
    mixed.x()[i] = i % 3;
    mixed.y()[i] = 1 + i % 2;
  }
  Collect({&zeros, &mixed}, ScaledTrials(2000));
  // The last opening goes to the next party and has one bit a word.
  Judge([&](Place place) {
    const auto [round, from, to] = place;
    return round != last_round_ || to != (from + 1) % 3;
  });
}

TEST_F(View, OfFieldElementsIsEqualForTwoInputsWithOneOutput) {
  FieldProgram zeros(1), mixed(1);
  for (std::size_t i = 0; i < zeros.x().size(); ++i) zeros.x()[i] = mixed.y()[i] = 0;
  mixed.x()[1] = 6;
  Collect({&zeros, &mixed}, ScaledTrials(1000));
  // Elements have 127 bits: the last byte is not uniform.
  Judge([](Place) { return false; });
}

}  // namespace
}  // namespace mpcstats
