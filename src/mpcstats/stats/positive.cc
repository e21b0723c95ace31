#include "mpcstats/stats/positive.h"

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/boolean/integer.h"
#include "mpcstats/engine/boolean/popcount.h"

namespace mpcstats {

Status PositiveFits(const ColumnType& type, std::size_t) {
  if (!type.is_signed) return {};
  return Fail(ErrorCode::kInvalidArgument,
              "is defined for values that are not negative; choose a column without negative numbers");
}

Task<BitPlane> AnyZero(Ctx& ctx, BitPlane valid, BitPlane nonzero) {
  BitPlane zero = co_await And(ctx, std::move(valid), Not(ctx.session().self(), nonzero));
  BitPlane any = co_await AnyRow(ctx, std::move(zero));
  co_return any;
}

Task<BitColumn> WeightedCount(Ctx& ctx, BitPlanes planes, std::vector<unsigned> weights,
                              unsigned __int128 minus, unsigned bits) {
  CHECK(planes.size() == weights.size());
  const std::vector<BitColumn> counts = co_await CountMany(ctx, std::move(planes));
  std::vector<BitColumn> summands;
  for (std::size_t p = 0; p < counts.size(); ++p) {
    const BitColumn shifted = ShiftedUp(counts[p], weights[p]);
    summands.push_back(SelectPlanes(shifted, 0, bits));
  }
  BitColumn total = co_await AddMany(ctx, std::move(summands), bits);
  const BitColumn constant = ConstantColumn(ctx.session().self(), minus, bits, 1);
  Difference rest = co_await Subtract(ctx, std::move(total), constant);
  co_return rest.value;
}

}  // namespace mpcstats
