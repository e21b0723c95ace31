// The outcome of a statistic: a number, or why there is none; or several named ones.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mpcstats/table/rational.h"

namespace mpcstats {

struct Figure {
  std::string exact_text;  ///< the exact value where there is one: Rational::ToExact
  double value = 0;
  double error_bound = 0;  ///< |value - true value| beyond double rounding; 0 when exact
  std::string undefined;   ///< e.g. "fewer than two values"; empty when defined
  /// The figures of a statistic that has several, each with a name and no parts of its own; the value is then that of the
  /// first. Empty for all others, and where the whole is undefined.
  std::vector<Figure> parts = {};
  std::string name = {};  ///< of a part, such as "slope"

  static Figure Exact(const Rational& value) { return {value.ToExact(), value.ToDouble(), 0, {}}; }
  static Figure Undefined(std::string why) { return {{}, 0, 0, std::move(why)}; }
  /// Several figures as one. CHECKs that there is one and at most kMaxParts.
  static Figure Of(std::vector<Figure> parts);
  [[nodiscard]] Figure Named(std::string part_name) && {
    name = std::move(part_name);
    return std::move(*this);
  }

  bool operator==(const Figure&) const = default;
};

/// Most parts of a figure.
inline constexpr std::size_t kMaxParts = 1024;

/// Whether `got` says the same as the exact `want`, to within its error bound; parts one by one.
[[nodiscard]] bool AgreesWith(const Figure& got, const Figure& want);

}  // namespace mpcstats
