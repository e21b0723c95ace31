#include "mpcstats/stats/weighted.h"

#include <bit>

#include "mpcstats/engine/multiply.h"

namespace mpcstats {

Status WeightedFits(const StatisticCall& call) {
  if (call.types[1].is_signed) {
    return Fail(ErrorCode::kInvalidArgument,
                "takes weights that are not negative; choose a column of weights without negative numbers");
  }
  const unsigned bits = call.types[0].MagnitudeBits() + call.types[1].MagnitudeBits() +
                        static_cast<unsigned>(std::bit_width(call.rows));
  if (bits <= 125) return {};
  return Fail(ErrorCode::kInvalidArgument, "does not fit: sums of products of these columns need " +
                                               std::to_string(bits) +
                                               " bits and 125 are the most; use fewer decimals");
}

StatisticCost WeightedCost(const StatisticCall& call) { return {call.rows / 64 + 4000}; }

Task<ArithColumn<Fp127>> WeightedTotal(Ctx& ctx, const ColumnShares& x, const ColumnShares& weights) {
  std::vector<DotOperands<Fp127>> pairs;
  pairs.emplace_back(x.units, weights.units);
  ArithColumn<Fp127> total = co_await Dot<Fp127>(ctx, std::move(pairs));
  co_return total;
}

Rational PlainWeightedTotal(std::span<const std::int64_t> x, std::span<const std::int64_t> weights) {
  Rational total(0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    total = total + Rational(static_cast<__int128>(x[i]) * weights[i]);
  }
  return total;
}

}  // namespace mpcstats
