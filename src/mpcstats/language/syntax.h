// What a query says, as a tree, before anything is known about the tables it names.
//
//   SELECT mean(income) FROM data WHERE region = 'South'
//   items[0] = mean(column income); where = compare(column region, text South)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/decimal.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

enum class NodeKind : std::uint8_t {
  kNumber,
  kText,
  kNull,
  kColumn,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kCompare,
  kIn,       ///< children[0] among the others
  kBetween,  ///< children[0] from children[1] to children[2]
  kIsNull,
  kNot,
  kAnd,  ///< two children or more
  kOr,
};

enum class Comparison : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

/// A value or a condition.
struct Node {
  NodeKind kind = NodeKind::kNull;
  std::size_t begin = 0;  ///< byte of the query text where it stands
  unsigned depth = 1;     ///< levels of the tree below and with it
  Decimal number{};       ///< kNumber
  std::string text;       ///< kText; the name of a kColumn
  std::string table;      ///< of a kColumn that names one
  Comparison comparison = Comparison::kEqual;
  bool negated = false;  ///< NOT IN, NOT BETWEEN, IS NOT NULL
  std::vector<Node> children;
};

/// name(argument, ...), or count(*).
struct Call {
  std::size_t begin = 0;
  std::string statistic;
  std::vector<Node> arguments;
  bool of_rows = false;  ///< count(*)
};

/// `GROUP BY column` or `GROUP BY bucket(value, edge, ...)`.
struct Grouping {
  std::size_t begin = 0;
  Node value;
  std::vector<Decimal> edges;  ///< of a bucket, ascending
  [[nodiscard]] bool by_bucket() const { return !edges.empty(); }
};

/// `FROM left JOIN right ON left.key = right.key`.
struct Join {
  std::size_t begin = 0;
  std::string table;
  Node left_key;
  Node right_key;
};

struct Query {
  bool explain = false;
  std::vector<Call> items;
  std::vector<Grouping>
      keys;           ///< items that only name what is grouped by; it is shown with every group anyway
  std::string table;  ///< "data" when nothing is said
  std::optional<Join> join;
  std::optional<Node> where;
  std::optional<Grouping> group_by;
};

/// The name of the table of `compute --csv`.
inline constexpr std::string_view kDefaultTable = "data";
/// Longest texts, in bytes, of a query (as it is written, and canonical) and of one call; deepest tree; most edges of a
/// bucket.
inline constexpr std::size_t kLongestQuery = 100'000;
inline constexpr std::size_t kLongestCall = 4000;
inline constexpr unsigned kDeepestQuery = 100;
inline constexpr std::size_t kMaxBuckets = 1000;

/// Texts that read back as the same tree: one space between words, parentheses only where they are needed.
[[nodiscard]] std::string ToText(const Node& node);
[[nodiscard]] std::string ToText(const Call& call);
[[nodiscard]] std::string ToText(const Grouping& grouping);
[[nodiscard]] std::string ToText(const Query& query);
/// A column's name as it stands in a query: in double quotes where it needs them.
[[nodiscard]] std::string ColumnText(const std::string& table, const std::string& name);
/// A text in single quotes.
[[nodiscard]] std::string LiteralText(std::string_view text);

/// The names of a bucket's groups, one more than it has edges: "below 18", "18 to below 65", "65 and above".
[[nodiscard]] std::vector<std::string> BucketLabels(const std::vector<Decimal>& edges);
/// The name of the group of rows in which the value is missing.
inline constexpr std::string_view kMissingLabel = "NULL";

/// Two lines: the line of `text` that holds byte `at`, and a caret under it. Tabs and control characters as spaces.
[[nodiscard]] std::string CaretLines(std::string_view text, std::size_t at);
/// The character (from 1) at byte `at`, as messages count.
[[nodiscard]] std::size_t CharacterAt(std::string_view text, std::size_t at);

}  // namespace mpcstats
