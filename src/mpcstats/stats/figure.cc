#include "mpcstats/stats/figure.h"

#include <cmath>

#include "mpcstats/base/check.h"

namespace mpcstats {

Figure Figure::Of(std::vector<Figure> parts) {
  CHECK(!parts.empty() && parts.size() <= kMaxParts);
  Figure figure = parts.front();
  figure.name.clear();
  figure.parts = std::move(parts);
  return figure;
}

bool AgreesWith(const Figure& got, const Figure& want) {
  if (got.undefined != want.undefined || got.name != want.name || got.parts.size() != want.parts.size())
    return false;
  for (std::size_t p = 0; p < got.parts.size(); ++p) {
    if (!AgreesWith(got.parts[p], want.parts[p])) return false;
  }
  if (got.error_bound > 0) return std::abs(got.value - want.value) <= got.error_bound;
  return got.exact_text == want.exact_text && got.value == want.value;
}

}  // namespace mpcstats
