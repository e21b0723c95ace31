// Runs one operator at three simulated parties on shared inputs and reports what came out and what it cost.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>
#include <functional>
#include <vector>

#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/testing.h"

namespace mpcstats::boolean_testing {

using Number = boost::multiprecision::cpp_int;
using Numbers = std::vector<Number>;

/// A plaintext column.
struct Input {
  Numbers values;
  unsigned bits;
};

/// An operator under test: columns in, planes out (each opened).
using Operator = std::function<Task<BitPlanes>(Ctx&, std::vector<BitColumn>)>;

struct OperatorRun {
  PublicPlanes planes;
  std::uint64_t and_gates = 0;
  std::uint64_t rounds = 0;  ///< of the operator alone: without verification and opening

  /// Planes [first, first + count) as numbers, `rows` of them.
  [[nodiscard]] Numbers Read(std::size_t first, std::size_t count, std::size_t rows) const {
    Numbers out(rows);
    for (std::size_t p = 0; p < count; ++p) {
      for (std::size_t row = 0; row < rows; ++row) {
        if ((planes[first + p][row / 64] >> (row % 64) & 1) != 0) bit_set(out[row], static_cast<unsigned>(p));
      }
    }
    return out;
  }
  [[nodiscard]] Numbers Read(std::size_t rows) const { return Read(0, planes.size(), rows); }
};

inline std::array<BitColumn, 3> ShareNumbers(const Input& input, Rng& rng) {
  std::array<BitColumn, 3> shares;
  for (unsigned first = 0; first < input.bits; first += 64) {
    std::vector<std::uint64_t> limb;
    for (const Number& value : input.values) {
      limb.push_back(static_cast<std::uint64_t>(Number(value >> first) & Number(~std::uint64_t{0})));
    }
    const unsigned bits = std::min(64u, input.bits - first);
    for (std::uint64_t& word : limb) word &= TailMask(bits);
    const std::array<BitColumn, 3> part = ShareBits(limb, bits, rng);
    for (unsigned i = 0; i < 3; ++i) {
      shares[i].planes.insert(shares[i].planes.end(), part[i].planes.begin(), part[i].planes.end());
    }
  }
  return shares;
}

inline OperatorRun RunOperator(const std::vector<Input>& inputs, const Operator& operation) {
  SeededRng rng(inputs.size() + 17);
  std::array<std::vector<BitColumn>, 3> columns;
  for (const Input& input : inputs) {
    const std::array<BitColumn, 3> shares = ShareNumbers(input, rng);
    for (unsigned i = 0; i < 3; ++i) columns[i].push_back(shares[i]);
  }
  OperatorRun run;
  std::array<PublicPlanes, 3> opened;
  const SimulationResult result = SimulateThree([&](Ctx& ctx) -> Task<Done> {
    Session& session = ctx.session();
    const unsigned i = session.self().value();
    const Cost before = session.cost();
    BitPlanes out = co_await operation(ctx, columns.at(i));
    const Cost used = session.cost() - before;
    run.and_gates = used.and_gates;
    run.rounds = used.rounds;
    // Bits behind the last row must be a sharing of zero: they are opened too.
    PublicPlanes planes = co_await Open(ctx, std::move(out), "out");
    opened[i] = std::move(planes);
    co_return Done();
  });
  EXPECT_TRUE(result.ok()) << (result.error[0] ? result.error[0]->message() : "another party stopped");
  EXPECT_EQ(opened[0], opened[1]);
  EXPECT_EQ(opened[0], opened[2]);
  run.planes = opened[0];
  return run;
}

inline Number RandomNumber(unsigned bits, Rng& rng) {
  Number value = 0;
  for (unsigned first = 0; first < bits; first += 64) value |= Number(rng.Word()) << first;
  return value & ((Number(1) << bits) - 1);
}

/// Random numbers, with zero and the largest among them.
inline Input RandomInput(std::size_t rows, unsigned bits, Rng& rng) {
  Input input{.values = {}, .bits = bits};
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint64_t pick = rng.Word() % 8;
    Number value = RandomNumber(bits, rng);
    if (pick == 0) value = 0;
    if (pick == 1) value = (Number(1) << bits) - 1;
    input.values.push_back(value);
  }
  return input;
}

inline unsigned CeilLog2(std::size_t n) { return static_cast<unsigned>(std::bit_width(n - 1)); }

inline const std::array<std::size_t, 9> kRows = {0, 1, 2, 63, 64, 65, 127, 1000, 4097};

}  // namespace mpcstats::boolean_testing
