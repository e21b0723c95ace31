#include "mpcstats/query/column_sums.h"

#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/popcount.h"
#include "mpcstats/engine/open.h"

namespace mpcstats {

// The highest plane is the sign's and counts negative.
Task<BitColumn> WeightedSum(Ctx& ctx, std::vector<BitColumn> counts, bool is_signed, std::size_t rows) {
  const auto bits = static_cast<unsigned>(counts.size());
  const unsigned width = bits + CountBits(rows);
  const auto shifted = [&](unsigned b) {
    BitColumn out;
    out.planes.assign(b, Zero(1));
    out.planes.insert(out.planes.end(), counts[b].planes.begin(), counts[b].planes.end());
    return SelectPlanes(out, 0, width);
  };
  const unsigned positive = is_signed ? bits - 1 : bits;
  std::vector<BitColumn> summands;
  for (unsigned b = 0; b < positive; ++b) summands.push_back(shifted(b));
  BitColumn total = co_await AddMany(ctx, std::move(summands), width);
  if (!is_signed) co_return total;
  BitColumn negative = shifted(bits - 1);
  Difference rest = co_await Subtract(ctx, std::move(total), std::move(negative));
  co_return std::move(rest.value);
}

Task<std::optional<__int128>> OpenIf(Ctx& ctx, BitColumn number, bool is_signed, std::string_view label) {
  if (number.planes.empty()) co_return std::nullopt;
  const unsigned bits = number.bits();
  const unsigned __int128 opened = co_await OpenNumber(ctx, std::move(number), label);
  const bool negative = is_signed && (opened >> (bits - 1) & 1) != 0;
  const auto value = static_cast<__int128>(opened);
  co_return negative ? value - (static_cast<__int128>(1) << bits) : value;
}

}  // namespace mpcstats
