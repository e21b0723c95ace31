#include "mpcstats/engine/verification/packed_source.h"

#include <gtest/gtest.h>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/verification/roles_run.h"

namespace mpcstats {
namespace {

using K = Gf2_64;
using Words = std::vector<std::uint64_t>;
constexpr std::array<std::uint8_t, 16> kSeed = {1, 2, 3};

// Shared gates z = x & y as the three parties record them, in pieces that cross the borders of chunks.
struct Gates {
  std::size_t words;
  std::array<Words, 3> x, y, rho, z;
  std::array<BooleanBatch, 3> batch;

  explicit Gates(std::size_t count, std::uint64_t seed = 1) : words(count) {
    TestRandom random(seed);
    for (auto* shared : {&x, &y, &rho, &z}) {
      for (Words& component : *shared) {
        for (std::size_t w = 0; w < words; ++w) component.push_back(random());
      }
    }
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      for (std::size_t w = 0; w < words; ++w) {
        z[i][w] = (x[i][w] & y[i][w]) ^ (x[i][w] & y[n][w]) ^ (x[n][w] & y[i][w]) ^ rho[i][w] ^ rho[n][w];
      }
    }
    Record();
  }
  void Record() {
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      Words local(words);
      for (std::size_t w = 0; w < words; ++w) local[w] = (x[n][w] & y[n][w]) ^ rho[n][w];
      BooleanLog log;
      for (std::size_t at = 0; at < words;) {
        const std::size_t piece = std::min<std::size_t>(words - at, 1 + at / 2 + at % 7);
        const std::size_t position =
            log.Append({&x[i][at], &x[n][at], &y[i][at], &y[n][at], &local[at], &rho[i][at], piece});
        EXPECT_EQ(position, at);
        log.XorLeadTarget(position, &z[n][at], piece);
        at += piece;
      }
      EXPECT_EQ(log.gates(), 64 * words);
      batch[i] = log.Take();
      EXPECT_TRUE(log.empty());
    }
  }
  [[nodiscard]] std::size_t groups() const { return (words + 63) / 64; }
};

struct Weights {
  Words psi, theta;
  explicit Weights(std::size_t groups) : psi(64), theta(groups) {
    const AesPrg prg(kSeed);
    prg.Generate({0, 0}, {reinterpret_cast<std::uint8_t*>(psi.data()), 8 * psi.size()});
    prg.Generate({0, 1}, {reinterpret_cast<std::uint8_t*>(theta.data()), 8 * theta.size()});
  }
  [[nodiscard]] K Psi(std::size_t j) const { return K::FromU64(psi[j]); }
  [[nodiscard]] K Theta(std::size_t g) const { return K::FromU64(theta[g]); }
};

std::unique_ptr<ProofSource<K>> SourceOf(const Gates& gates, unsigned prover, ProofRole role,
                                         ThreadPool& pool) {
  auto source = MakePackedSource(gates.batch[PartyOf(prover, role).value()], role, pool);
  source->Begin(kSeed);
  return source;
}

constexpr std::size_t kSizes[] = {1, 63, 64, 65, 1024, 1025, 3000};

TEST(PackedSource, TargetsAreTheWeightedSumsOfTheRecordedWords) {
  ThreadPool pool(1);
  for (const std::size_t words : kSizes) {
    const Gates gates(words);
    const Weights weights(gates.groups());
    for (unsigned i = 0; i < 3; ++i) {
      K lead = K::Zero(), second = K::Zero();
      for (std::size_t w = 0; w < words; ++w) {
        const K weight = weights.Theta(w / 64) * weights.Psi(w % 64);
        lead += weight * K::FromU64(gates.z[i][w] ^ (gates.x[i][w] & gates.y[i][w]) ^ gates.rho[i][w]);
        second += weight * K::FromU64(gates.rho[(i + 1) % 3][w]);
      }
      EXPECT_TRUE(SourceOf(gates, i, ProofRole::kLead, pool)->Target() == lead) << words;
      EXPECT_TRUE(SourceOf(gates, i, ProofRole::kSecond, pool)->Target() == second) << words;
    }
  }
}

TEST(PackedSource, CoefficientsAreTheWeightedSumsOfTheDiagonals) {
  ThreadPool pool(1);
  for (const std::size_t words : kSizes) {
    const Gates gates(words);
    const Weights weights(gates.groups());
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      std::vector<K> want(127, K::Zero()), got(127, K::Zero());
      for (std::size_t j = 0; j < words; ++j) {
        for (std::size_t l = j / 64 * 64; l < std::min(words, j / 64 * 64 + 64); ++l) {
          const std::uint64_t both = (gates.x[i][j] & gates.y[n][l]) ^ (gates.y[i][j] & gates.x[n][l]);
          want[63 + j - l] += weights.Theta(j / 64) * weights.Psi(j % 64) * K::FromU64(both);
        }
      }
      SourceOf(gates, i, ProofRole::kProver, pool)->PackedCoefficients(got.data());
      EXPECT_TRUE(got == want) << words;
    }
  }
}

// Both terms of a chunk one after the other, then the next chunk: 1024, 1024, then 2048 words.
std::vector<std::pair<std::size_t, bool>> TermGroups(std::size_t groups) {
  std::vector<std::pair<std::size_t, bool>> order;
  for (std::size_t first = 0, chunk = 16; first < groups; first += chunk, chunk = first < 32 ? 16 : 32) {
    for (const bool second_term : {false, true}) {
      for (std::size_t g = first; g < std::min(groups, first + chunk); ++g)
        order.emplace_back(g, second_term);
    }
  }
  return order;
}

TEST(PackedSource, FoldsEachBitOfEachGroupWithThePowersOfTheChallenge) {
  ThreadPool pool(1);
  TestRandom random(5);
  for (const std::size_t words : kSizes) {
    const Gates gates(words);
    const Weights weights(gates.groups());
    const K r = RandomElement<K>(random);
    const auto order = TermGroups(gates.groups());
    const std::size_t size = 64 * order.size() + 64;
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      std::vector<K> u(size, K::Zero()), v(size, K::Zero());
      for (std::size_t at = 0; at < order.size(); ++at) {
        const auto [g, second_term] = order[at];
        const Words& left = second_term ? gates.y[i] : gates.x[i];
        const Words& right = second_term ? gates.x[n] : gates.y[n];
        for (std::size_t j = 0; j < 64 && 64 * g + j < words; ++j) {
          const K left_weight = weights.Theta(g) * weights.Psi(j) * Power(r, j);
          const K right_weight = Power(r, 63 - j);
          for (unsigned b = 0; b < 64; ++b) {
            if (left[64 * g + j] >> b & 1) u[64 * at + b] += left_weight * K::FromU64(std::uint64_t{1} << b);
            if (right[64 * g + j] >> b & 1) v[64 * at + b] += right_weight;
          }
        }
      }
      for (const ProofRole role : kRoles) {
        const ProofVectors<K> got = SourceOf(gates, i, role, pool)->PackedFold(r, size);
        ASSERT_EQ(got.u.size(), HoldsU(role) ? size : 0);
        ASSERT_EQ(got.v.size(), HoldsV(role) ? size : 0);
        if (HoldsU(role)) EXPECT_TRUE(std::equal(u.begin(), u.end(), got.u.data())) << words;
        if (HoldsV(role)) EXPECT_TRUE(std::equal(v.begin(), v.end(), got.v.data())) << words;
      }
    }
  }
}

TEST(PackedSource, GivesTheSameBitsForEveryNumberOfThreads) {
  const Gates gates(20000);
  const K r = K::FromU64(0x123456789abcdef1);
  ThreadPool one(1);
  std::vector<K> want(127);
  auto reference = SourceOf(gates, 1, ProofRole::kProver, one);
  const std::size_t size = 2 * gates.groups() * 64;
  reference->PackedCoefficients(want.data());
  const ProofVectors<K> folded = reference->PackedFold(r, size);
  for (const unsigned threads : {2u, 3u}) {
    ThreadPool pool(threads);
    for (int repeat = 0; repeat < 3; ++repeat) {
      auto source = SourceOf(gates, 1, ProofRole::kProver, pool);
      std::vector<K> got(127);
      source->PackedCoefficients(got.data());
      EXPECT_TRUE(got == want);
      const ProofVectors<K> again = source->PackedFold(r, size);
      EXPECT_EQ(std::memcmp(again.u.data(), folded.u.data(), 8 * size), 0);
      EXPECT_EQ(std::memcmp(again.v.data(), folded.v.data(), 8 * size), 0);
    }
  }
}

bool Accepted(const Gates& gates, unsigned prover, TestRandom& random) {
  ThreadPool pool(2);
  std::array<std::unique_ptr<ProofSource<K>>, 3> sources;
  for (const ProofRole role : kRoles) {
    sources[static_cast<std::size_t>(role)] =
        MakePackedSource(gates.batch[PartyOf(prover, role).value()], role, pool);
  }
  const Coins<K> coins = Coins<K>::Random(sources[0]->schedule(), random);
  return RunMachines<K>({sources[0].get(), sources[1].get(), sources[2].get()}, coins).accepted;
}

TEST(PackedSource, ProvesHonestGatesOfEverySize) {
  TestRandom random(6);
  for (const std::size_t words : {1u, 64u, 65u, 1025u, 3000u, 9000u, 70000u}) {
    const Gates gates(words, words);
    for (unsigned prover = 0; prover < 3; ++prover) EXPECT_TRUE(Accepted(gates, prover, random)) << words;
  }
}

TEST(PackedSource, ProofFailsForOneWrongBitOfOneMessageAndForThatProverOnly) {
  TestRandom random(7);
  for (const std::size_t words : {1u, 64u, 1025u, 3000u}) {
    for (const std::size_t at : {std::size_t{0}, words / 2, words - 1}) {
      Gates gates(words, words);
      gates.z[2][at] ^= std::uint64_t{1} << (at % 64);
      gates.Record();
      EXPECT_TRUE(Accepted(gates, 0, random));
      EXPECT_TRUE(Accepted(gates, 1, random));
      EXPECT_FALSE(Accepted(gates, 2, random)) << words << " " << at;
    }
  }
}

// Gates and linear forms in one batch: each form sums its products under public weights.
struct GatesAndForms {
  Gates gates;

  GatesAndForms(std::size_t words, const std::vector<std::size_t>& form_words) : gates(words) {
    TestRandom random(words + 1);
    for (const std::size_t form : form_words) AddForm(form, random);
  }
  void AddForm(std::size_t words, TestRandom& random) {
    std::array<Words, 3> x, y;
    std::array<std::uint64_t, 3> mask{}, message{};
    for (unsigned i = 0; i < 3; ++i) {
      for (std::size_t w = 0; w < words; ++w) {
        x[i].push_back(random());
        y[i].push_back(random());
      }
      mask[i] = random();
    }
    FormRecord weights(words);
    for (auto& sigma : weights.sigma) sigma = random();
    for (auto& rho : weights.rho) rho = random();
    const auto form_of = [&](auto&& word) {
      K sum = K::Zero();
      for (std::size_t w = 0; w < words; ++w) {
        sum += K::FromU64(weights.rho[w / 64]) * K::FromU64(weights.sigma[w % 64]) * K::FromU64(word(w));
      }
      return sum.bits();
    };
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      message[i] = mask[i] ^ mask[n] ^ form_of([&](std::size_t w) {
                     return (x[i][w] & y[i][w]) ^ (x[i][w] & y[n][w]) ^ (x[n][w] & y[i][w]);
                   });
    }
    for (unsigned i = 0; i < 3; ++i) {
      const unsigned n = (i + 1) % 3;
      auto record = std::make_unique<FormRecord>(words);
      record->sigma = weights.sigma;
      record->rho = weights.rho;
      std::copy(x[i].begin(), x[i].end(), record->x_own.data());
      std::copy(x[n].begin(), x[n].end(), record->x_next.data());
      std::copy(y[i].begin(), y[i].end(), record->y_own.data());
      std::copy(y[n].begin(), y[n].end(), record->y_next.data());
      record->lead_target = message[n] ^ mask[n] ^ form_of([&](std::size_t w) { return x[n][w] & y[n][w]; });
      record->second_target = mask[i];
      gates.batch[i].form_words += record->x_own.size();
      gates.batch[i].forms.push_back(std::move(record));
    }
  }
};

TEST(PackedSource, ProvesFormsBesideGatesAndAlone) {
  TestRandom random(8);
  for (const std::size_t words : {0u, 1u, 1025u}) {
    const GatesAndForms both(words, {1, 64, 65, 500});
    for (unsigned prover = 0; prover < 3; ++prover)
      EXPECT_TRUE(Accepted(both.gates, prover, random)) << words;
  }
}

TEST(PackedSource, ProofFailsForAWrongFormAndForErrorsOfTwoFormsThatCancel) {
  TestRandom random(9);
  for (const std::size_t words : {0u, 100u}) {
    for (std::size_t form = 0; form < 3; ++form) {
      GatesAndForms both(words, {1, 64, 65});
      both.gates.batch[1].forms[form]->lead_target ^= 2;  // party 1 leads the proof of party 2
      EXPECT_TRUE(Accepted(both.gates, 0, random));
      EXPECT_TRUE(Accepted(both.gates, 1, random));
      EXPECT_FALSE(Accepted(both.gates, 2, random)) << words << " " << form;
      both.gates.batch[1].forms[(form + 1) % 3]->lead_target ^= 2;
      EXPECT_FALSE(Accepted(both.gates, 2, random)) << words << " " << form;
    }
  }
}

TEST(BooleanLog, EndsTheProcessWhenAMessageIsCompletedBehindTheEnd) {
  BooleanLog log;
  const Words words(10);
  log.Append({words.data(), words.data(), words.data(), words.data(), words.data(), words.data(), 10});
  EXPECT_DEATH(log.XorLeadTarget(5, words.data(), 6), "");
}

}  // namespace
}  // namespace mpcstats
