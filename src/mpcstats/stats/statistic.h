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
#include "mpcstats/stats/figure.h"
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

/// Estimated cost, for the progress bar: EXPLAIN counts in a dry run, and golden files in tests hold the exact counts.
struct StatisticCost {
  std::uint64_t and_gates = 0;
};

/// ANDs of `rows` numbers of `bits` bits brought into the field.
[[nodiscard]] std::uint64_t FieldGates(unsigned bits, std::size_t rows);

/// What is public about `name(column, ..., number, ...)`: enough to refuse it, to prepare its columns and to price it.
struct StatisticCall {
  std::span<const ColumnType> types;  ///< of the columns, in the order of the call
  std::size_t rows = 0;
  std::span<const Decimal> numbers;
};

/// Rows that a call counts apart in what it opens, by public values of one of its columns. Rows that are missing there, and those
/// of no class, are the rest.
struct Classes {
  enum class Kind : std::uint8_t {
    kValues,    ///< those with the value at[i], for each i
    kEdges,     ///< below at[0], from at[i-1] to below at[i], from the last on
    kTogether,  ///< those with any of the values, as one class
  };
  std::size_t column = 0;  ///< position in the call
  Kind kind = Kind::kValues;
  std::vector<Decimal> at;  ///< different values; edges ascend
  /// Classes without the rest.
  [[nodiscard]] std::size_t count() const;
};

/// A statistic of one column and at most one number sets `compute` and `plain`; any other sets `compute_columns` and
/// `plain_columns`. The same holds for `needs_for`, `fits` and `cost`.
struct Statistic {
  std::string_view name;
  std::string_view summary;
  /// Columns that a call names, first of all. A row counts where none of them is missing (joint.h).
  struct Columns {
    std::size_t min = 1;
    std::size_t max = 1;
  };
  Columns columns = {};
  /// A number of a call: its range, one that is in it, and the most decimals.
  struct Number {
    Decimal low;
    Decimal high;
    Decimal example;
    unsigned decimals = high.scale;
    /// Whatever a cell of a column may be.
    [[nodiscard]] static constexpr Number OfColumn(Decimal example) {
      return {{-(kDecimalUnitsEnd - 1), 0}, {kDecimalUnitsEnd - 1, 0}, example, kMaxDecimalDigits};
    }
  };
  /// The numbers behind the columns; those behind the last range are in the last range.
  struct Numbers {
    std::size_t min = 0;
    std::size_t max = 0;
    std::vector<Number> ranges;
  };
  Numbers numbers = {};
  /// What is opened, in words; the labels of Open that tests assert.
  std::vector<std::string_view> discloses = {};
  /// Degree of what it opens, as a polynomial in the values (of one column in their order). A figure of a value that is formed from
  /// columns counts, among a survey's equations, once for each product of so many of them: one exact sum of
  /// 1000000 a + b holds two. 0: not said, and surveys have the statistic of columns as they are asked alone.
  unsigned degree = 0;
  /// The outcome is the exact value of one person, or of two neighbours: surveys turn such statistics on one by one.
  bool shows_one_value = false;
  bool has_parts = false;  ///< the figure has parts
  bool in_units = true;    ///< a figure of one column is in that column's unit
  /// Numbers about the people that a call opens beside "n": what a survey counts as equations. No function means one.
  std::size_t (*opened_numbers)(const StatisticCall& call) = nullptr;
  /// What surveys must find enough people in before anything is opened. No function means everybody.
  std::vector<Classes> (*classes)(const StatisticCall& call) = nullptr;
  /// Bit i: a column of categories may stand at position i, as the places of its texts in their list: 0, 1, ...
  unsigned categories = 0;
  /// The numbers of a call that names none, where the columns of categories have so many texts each (other columns: 0).
  /// Empty where that does not say it.
  std::vector<Decimal> (*numbers_of_categories)(std::span<const std::size_t> texts) = nullptr;
  /// Names parts by the texts of the columns, empty where a column holds numbers.
  void (*name_parts)(std::span<const std::vector<std::string>> texts, std::span<const Decimal> numbers,
                     Figure* figure) = nullptr;
  unsigned needs = 0;
  /// What it wants in addition for this type and size (limbs on wide columns).
  unsigned (*needs_for)(const ColumnType& type, std::size_t rows) = nullptr;
  /// Refuses before the run what does not fit; no function means every column fits.
  Status (*fits)(const ColumnType& type, std::size_t rows) = nullptr;
  StatisticCost (*cost)(const ColumnType& type, std::size_t rows) = nullptr;
  Task<Figure> (*compute)(Ctx& ctx, const ColumnShares& column, Decimal number) = nullptr;
  /// The same on the values that are not missing, in the clear.
  Figure (*plain)(std::span<const std::int64_t> units, const ColumnType& type, Decimal number) = nullptr;

  /// What it wants in addition of the column at `position` of the call.
  unsigned (*needs_at)(const StatisticCall& call, std::size_t position) = nullptr;
  Status (*fits_call)(const StatisticCall& call) = nullptr;
  StatisticCost (*cost_call)(const StatisticCall& call) = nullptr;
  /// All columns have the same rows, `valid` and `count`. What the spans show lives until the task is done.
  Task<Figure> (*compute_columns)(Ctx& ctx, std::span<const ColumnShares* const> columns,
                                  std::span<const Decimal> numbers) = nullptr;
  /// Columns of equal length: the rows in which nothing is missing.
  Figure (*plain_columns)(std::span<const std::vector<std::int64_t>> columns,
                          std::span<const ColumnType> types, std::span<const Decimal> numbers) = nullptr;

  // For callers who do not care which of the two forms it has.
  [[nodiscard]] Task<Figure> Compute(Ctx& ctx, std::span<const ColumnShares* const> shares,
                                     std::span<const Decimal> call_numbers) const;
  [[nodiscard]] Figure Plain(std::span<const std::vector<std::int64_t>> units,
                             std::span<const ColumnType> types, std::span<const Decimal> call_numbers) const;
  [[nodiscard]] unsigned NeedsOf(const StatisticCall& call, std::size_t position) const;
  [[nodiscard]] Status FitsCall(const StatisticCall& call) const;
  [[nodiscard]] StatisticCost CostOf(const StatisticCall& call) const;
  /// The fewest numbers that a call may have, from the examples.
  [[nodiscard]] std::vector<Decimal> ExampleNumbers() const;
  [[nodiscard]] std::size_t OpenedNumbers(const StatisticCall& call) const {
    return opened_numbers == nullptr ? 1 : opened_numbers(call);
  }
  [[nodiscard]] std::vector<Classes> ClassesOf(const StatisticCall& call) const {
    return classes == nullptr ? std::vector<Classes>() : classes(call);
  }
  [[nodiscard]] bool TakesCategory(std::size_t position) const {
    return position < 32 && (categories >> position & 1) != 0;
  }
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
