// What a statistic is: one file that declares it, computes it on shares, and computes it in the clear for the tests.
//
//   REGISTER_STATISTIC(Statistic{.name = "count", .compute = Count, .plain = PlainCount, ...});
//
// Adding one takes no other file: docs/adding-a-statistic.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/decimal.h"
#include "mpcstats/base/error.h"
#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"
#include "mpcstats/table/column.h"
#include "mpcstats/table/rational.h"

namespace mpcstats {

/// One column as a statistic sees it at one party. Rows that are missing hold the encoding of zero.
struct ColumnShares {
  ColumnType type;
  std::size_t rows = 0;
  BitColumn bits;            ///< units + Offset(), type.bits planes
  BitPlane valid;            ///< one where the cell is not missing
  ArithColumn<Fp127> units;  ///< units as field elements, zero where missing; if needs has kField
  ArithColumn<Fp127> high;   ///< units + Offset() = high * 2^30 + low, both zero where missing; if kLimbs
  ArithColumn<Fp127> low;
  std::optional<BitColumn>
      sorted;  ///< encodings in ascending order, then a zero for each missing row; if kSorted
  ArithColumn<Fp127> sorted_units;  ///< `sorted` in the field, offset included; if kSortedField
  std::uint64_t count = 0;          ///< rows that are not missing; opened, disclosed as "n"
};

/// What a statistic wants to find in ColumnShares beside bits, valid and count. Shared by all that want it.
enum : unsigned { kField = 1, kSorted = 2, kSortedField = 4, kLimbs = 8 };

/// The outcome: a number, or why there is none.
struct Figure {
  std::string exact_text;  ///< the exact value where there is one: Rational::ToExact
  double value = 0;
  double error_bound = 0;  ///< |value - true value| beyond double rounding; 0 when exact
  std::string undefined;   ///< e.g. "fewer than two values"; empty when defined

  static Figure Exact(const Rational& value) { return {value.ToExact(), value.ToDouble(), 0, {}}; }
  static Figure Undefined(std::string why) { return {{}, 0, 0, std::move(why)}; }
};

/// Estimated cost, for the progress bar and for EXPLAIN: golden files in tests hold the exact counts.
struct StatisticCost {
  std::uint64_t and_gates = 0;
  std::uint64_t field_products = 0;
};

struct Statistic {
  std::string_view name;
  std::string_view summary;
  /// The number in `name(column, number)`: its range, or none.
  struct Number {
    Decimal low;
    Decimal high;
  };
  std::optional<Number> number = std::nullopt;
  /// What is opened, in words; the labels of Open that tests assert.
  std::vector<std::string_view> discloses = {};
  /// The outcome is the exact value of one person, or of two neighbours: surveys turn such statistics on one by one.
  bool shows_one_value = false;
  unsigned needs = 0;
  /// What it wants in addition for this type and size (limbs on wide columns).
  unsigned (*needs_for)(const ColumnType& type, std::size_t rows) = nullptr;
  /// Refuses before the run what does not fit; no function means every column fits.
  Status (*fits)(const ColumnType& type, std::size_t rows) = nullptr;
  StatisticCost (*cost)(const ColumnType& type, std::size_t rows) = nullptr;
  Task<Figure> (*compute)(Ctx& ctx, const ColumnShares& column, Decimal number) = nullptr;
  /// The same on the values that are not missing, in the clear.
  Figure (*plain)(std::span<const std::int64_t> units, const ColumnType& type, Decimal number) = nullptr;
};

/// Registration at start-up, by the file of the statistic itself.
class RegisterStatistic {
 public:
  explicit RegisterStatistic(Statistic statistic);
};
#define REGISTER_STATISTIC(...) const ::mpcstats::RegisterStatistic registration_(__VA_ARGS__)

/// All statistics, by name.
[[nodiscard]] std::vector<const Statistic*> AllStatistics();
[[nodiscard]] const Statistic* FindStatistic(std::string_view name);

/// units / 10^scale.
[[nodiscard]] inline Rational Unscale(const Rational& units, const ColumnType& type, int power = 1) {
  return units * Rational::PowerOfTen(-static_cast<int>(type.scale) * power);
}

/// An opened field element as a signed integer: values above p/2 are negative.
[[nodiscard]] __int128 SignedValue(Fp127 value);

}  // namespace mpcstats
