// Columns and values of a query, with their ranges; BindQuery builds conditions and items on top of them.
#pragma once

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/query/bind.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats::binding {

using Int = __int128;

// Beyond it no value is followed: products of two such still fit an Int.
inline constexpr Int kFarthest = static_cast<Int>(1) << 100;

inline Int Power10(unsigned exponent) {
  Int power = 1;
  for (unsigned i = 0; i < exponent; ++i) power *= 10;
  return power;
}

inline Int FloorDivide(Int a, Int b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

inline unsigned __int128 Magnitude(Int x) {
  return x < 0 ? 0 - static_cast<unsigned __int128>(x) : static_cast<unsigned __int128>(x);
}

inline unsigned BitWidth(unsigned __int128 x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? 64u + static_cast<unsigned>(std::bit_width(high))
                   : static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(x)));
}

inline Value Constant(Int units, unsigned scale) {
  Value value;
  value.kind = ValueKind::kConstant;
  value.scale = scale;
  value.low = value.high = units;
  return value;
}

inline bool IsConstant(const Value& value) { return value.kind == ValueKind::kConstant; }

class ValueBinder {
 public:
  ValueBinder(const Query& query, const std::vector<ColumnInfo>& columns, std::string_view text,
              std::size_t* fault_at)
      : query_(query), columns_(columns), text_(text), fault_at_(fault_at) {}

 protected:
  std::unexpected<Error> Refuse(std::size_t at, const std::string& what,
                                ErrorCode code = ErrorCode::kInvalidArgument);
  Status CheckTable(const Node& node);
  Result<std::size_t> Find(const Node& node, ColumnContent content);
  // The stored columns whose presence says that `node` is not missing.
  Result<std::size_t> FindAny(const Node& node);
  // Nothing stands for NULL.
  Result<std::optional<Value>> BindValue(const Node& node);
  Result<std::optional<Value>> BindOfTwo(const Node& node);
  std::unexpected<Error> TooWide(const Node& node);
  Result<Value> Checked(const Node& node, Value value);
  // value * factor / 10^scale.
  Result<Value> Times(const Node& node, Value value, Int factor, unsigned scale);
  // The same value with more decimals.
  Result<Value> Rescaled(const Node& node, Value value, unsigned scale);
  Result<Value> Sum(const Node& node, Value left, Value right, bool subtract);
  Result<Value> Product(const Node& node, Value left, Value right);

  /// Also those that a factor of zero took out of the value: NULL * 0 is NULL.
  std::vector<std::size_t> MentionedIn(const Node& node);

  const Query& query_;
  const std::vector<ColumnInfo>& columns_;
  std::string_view text_;
  std::size_t* fault_at_;
};

}  // namespace mpcstats::binding
