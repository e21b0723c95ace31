// A query on columns whose types are known: values with their ranges, and the condition of WHERE without NOT.
//
// Everything is in integers: a value is units / 10^scale, and constants are moved to the column's scale so that a
// comparison is exact (x < 0.005 of a column with two decimals is x_units < 1).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpcstats/language/syntax.h"
#include "mpcstats/query/plan.h"
#include "mpcstats/table/table.h"

namespace mpcstats {

enum class ValueKind : std::uint8_t {
  kColumn,
  kConstant,
  kAdd,       ///< of two with the same scale
  kSubtract,  ///< of two with the same scale
  kMultiply,  ///< of two columns' values
  kTimes,     ///< of one by `factor`
};

/// A value for each row: units between `low` and `high`; missing where one of its columns is.
struct Value {
  ValueKind kind = ValueKind::kConstant;
  unsigned scale = 0;
  __int128 low = 0;
  __int128 high = 0;
  std::size_t column = 0;  ///< kColumn: index of the stored column
  __int128 factor = 0;     ///< kTimes; a kConstant has low = high
  std::vector<Value> children;
};

enum class ConditionKind : std::uint8_t {
  kAlways,
  kNever,
  kAll,
  kAny,
  kBelow,    ///< value < threshold
  kAmong,    ///< value is one of `among`, ascending
  kPresent,  ///< no column of `columns` is missing
  kMissing,  ///< some column of `columns` is missing
};

/// What a row must fulfil. It holds where SQL's three-valued logic says true; NOT is moved into the leaves, so that only
/// "is true" is ever computed. A comparison holds only where all columns of its value are there, also when negated.
struct Condition {
  ConditionKind kind = ConditionKind::kAlways;
  bool negated = false;  ///< kBelow, kAmong: the value is there and the test fails
  Value value;
  __int128 threshold = 0;
  std::vector<__int128> among;
  std::vector<std::size_t> columns;
  std::vector<Condition> children;
};

/// The groups of a query: public, however many rows they have.
struct Groups {
  std::string text;                 ///< what is grouped by, canonical
  std::vector<std::string> labels;  ///< one a group; the last is "NULL" if has_missing
  bool has_missing = false;         ///< a group of the rows in which the value is missing
  Value value;
  std::vector<__int128> thresholds;  ///< of a bucket: group g has thresholds[g-1] <= value < thresholds[g]
  bool by_bucket = false;            ///< else group g has the category g
};

/// A value that statistics take as a column.
struct Argument {
  Value value;
  ColumnInfo info;  ///< its text as name, and its type
};

struct BoundQuery {
  Condition where;
  std::optional<Groups> groups;
  std::vector<Argument> arguments;  ///< each once; count(*) is of the argument "*", which is never missing
  std::vector<Expression> expressions;  ///< the items, over the arguments by name
};

/// The columns that a query wants read, and as what, in order of appearance; the same column perhaps as numbers and as
/// texts. Before any table is read.
[[nodiscard]] std::vector<WantedColumn> WantedColumns(const Query& query);
/// The same of one table of a query whose columns are all written with their tables.
[[nodiscard]] std::vector<WantedColumn> ColumnsOfTable(const Query& query, std::string_view table);

/// Where a query names a column, and whether that is in the condition, where a text without its quotes looks like one.
struct Mention {
  std::size_t begin = 0;
  bool in_condition = false;
};
/// The first one of `name`; of any table unless the query joins two.
[[nodiscard]] std::optional<Mention> MentionOf(const Query& query, std::string_view table,
                                               std::string_view name);

/// `query`, which `text` said, over `columns`.
///
/// Errors: kNotFound for a column or table that is not there; kInvalidArgument for values that need more than 18 digits,
///         and for what has no meaning, such as a text in a sum; as CheckJoin. One sentence with the character.
[[nodiscard]] Result<BoundQuery> BindQuery(const Query& query, const std::vector<ColumnInfo>& columns,
                                           std::string_view text, std::size_t* fault_at);

/// Whether the argument at `position` is read as texts: a call that names texts, or leaves its numbers to those of a column,
/// such as frequency(region, 'South') and frequency(region).
[[nodiscard]] bool ReadsTexts(const Call& call, std::size_t position);
/// The numbers that a statistic gets, which are places of texts where a call names some or leaves them to a column. Behind
/// texts a number may stand that has a range of its own, such as a level.
/// `categories` are those of each column, none where it holds numbers.
///
/// Errors: kInvalidArgument with why, for a text that is none of the column's.
[[nodiscard]] Result<std::vector<Decimal>> NumbersOf(std::string_view statistic,
                                                     std::span<const std::vector<std::string>> categories,
                                                     std::vector<Decimal> numbers,
                                                     std::span<const std::string> texts);

/// Stored columns in the value, each once, ascending.
[[nodiscard]] std::vector<std::size_t> ColumnsIn(const Value& value);
/// Planes of two's complement that hold all values from `low` to `high`; without a sign when low >= 0.
[[nodiscard]] unsigned WidthOf(__int128 low, __int128 high);
/// The type of a column that holds the value's range. CHECKs that it has at most 18 digits.
[[nodiscard]] ColumnType TypeOf(const Value& value);
/// The values of a stored column, from its type.
[[nodiscard]] Value ValueOfColumn(std::size_t index, const ColumnInfo& info);

}  // namespace mpcstats
