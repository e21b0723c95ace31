#include "mpcstats/query/bind_values.h"

#include "mpcstats/base/check.h"
#include "mpcstats/query/join_tables.h"

namespace mpcstats {

namespace binding {

std::unexpected<Error> ValueBinder::Refuse(std::size_t at, const std::string& what, ErrorCode code) {
  if (fault_at_ != nullptr) *fault_at_ = at;
  return Fail(code, "the query " + QuoteForMessage(text_) + " at character " +
                        std::to_string(CharacterAt(text_, at)) + ": " + what);
}

Status ValueBinder::CheckTable(const Node& node) {
  if (query_.join) return {};  // CheckJoin
  if (node.table.empty() || node.table == query_.table) return {};
  return Refuse(node.begin,
                "there is no table " + QuoteForMessage(node.table) + " in the query; its table is " +
                    QuoteForMessage(query_.table),
                ErrorCode::kNotFound);
}

Result<std::size_t> ValueBinder::Find(const Node& node, ColumnContent content) {
  RETURN_IF_ERROR(CheckTable(node));
  const std::string name = StoredName(query_, node);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].name == name && columns_[c].content == content) return c;
  }
  return Refuse(node.begin,
                "there is no column " + QuoteForMessage(name) + "; a text stands in single quotes, such as " +
                    LiteralText(node.text),
                ErrorCode::kNotFound);
}

Result<std::size_t> ValueBinder::FindAny(const Node& node) {
  RETURN_IF_ERROR(CheckTable(node));
  const auto found = std::ranges::find(columns_, StoredName(query_, node), &ColumnInfo::name);
  if (found != columns_.end()) return static_cast<std::size_t>(found - columns_.begin());
  return Find(node, ColumnContent::kPresence);
}

Result<std::optional<Value>> ValueBinder::BindValue(const Node& node) {
  switch (node.kind) {
    case NodeKind::kNumber: return Constant(node.number.units, node.number.scale);
    case NodeKind::kNull: return std::nullopt;
    case NodeKind::kColumn: {
      ASSIGN_OR_RETURN(const std::size_t c, Find(node, ColumnContent::kNumber));
      return ValueOfColumn(c, columns_[c]);
    }
    case NodeKind::kText:
      return Refuse(node.begin, LiteralText(node.text) +
                                    " is a text where a number should be; compare texts with a column alone");
    case NodeKind::kNegate: {
      ASSIGN_OR_RETURN(std::optional<Value> value, BindValue(node.children[0]));
      if (!value) return std::nullopt;
      return Times(node, std::move(*value), -1, 0);
    }
    default: return BindOfTwo(node);
  }
}

Result<std::optional<Value>> ValueBinder::BindOfTwo(const Node& node) {
  ASSIGN_OR_RETURN(std::optional<Value> left, BindValue(node.children[0]));
  ASSIGN_OR_RETURN(std::optional<Value> right, BindValue(node.children[1]));
  if (!left || !right) return std::nullopt;
  if (node.kind != NodeKind::kMultiply) {
    ASSIGN_OR_RETURN(Value sum,
                     Sum(node, std::move(*left), std::move(*right), node.kind == NodeKind::kSubtract));
    return sum;
  }
  if (IsConstant(*left)) std::swap(left, right);
  if (IsConstant(*right)) {
    ASSIGN_OR_RETURN(Value product, Times(node, std::move(*left), right->low, right->scale));
    return product;
  }
  ASSIGN_OR_RETURN(Value product, Product(node, std::move(*left), std::move(*right)));
  return product;
}

std::unexpected<Error> ValueBinder::TooWide(const Node& node) {
  return Refuse(node.begin,
                ToText(node) + " may need more than 18 digits; use fewer decimals or smaller factors");
}

Result<Value> ValueBinder::Checked(const Node& node, Value value) {
  const bool fits = value.low > -kFarthest && value.high < kFarthest && value.scale <= 2 * kMaxDecimalDigits;
  if (!fits) return TooWide(node);
  return value;
}

Result<Value> ValueBinder::Times(const Node& node, Value value, Int factor, unsigned scale) {
  Value out;
  out.scale = value.scale + scale;
  if (factor == 0) return Constant(0, 0);
  if (Magnitude(factor) >= static_cast<unsigned __int128>(kFarthest)) return TooWide(node);
  const unsigned bits =
      BitWidth(Magnitude(factor)) + std::max(BitWidth(Magnitude(value.low)), BitWidth(Magnitude(value.high)));
  if (bits > 120) return TooWide(node);
  const Int a = value.low * factor;
  const Int b = value.high * factor;
  out.low = std::min(a, b);
  out.high = std::max(a, b);
  if (IsConstant(value)) {
    out.kind = ValueKind::kConstant;
  } else if (value.kind == ValueKind::kTimes) {
    if (BitWidth(Magnitude(factor)) + BitWidth(Magnitude(value.factor)) > 120) return TooWide(node);
    out.kind = ValueKind::kTimes;
    out.factor = value.factor * factor;
    out.children = std::move(value.children);
  } else if (factor == 1 && (scale == 0 || value.kind != ValueKind::kColumn)) {
    // A column as it is stored has its own decimals: a * 0.1 is another value than a.
    value.scale += scale;
    return Checked(node, std::move(value));
  } else {
    out.kind = ValueKind::kTimes;
    out.factor = factor;
    out.children.push_back(std::move(value));
  }
  return Checked(node, std::move(out));
}

Result<Value> ValueBinder::Rescaled(const Node& node, Value value, unsigned scale) {
  if (value.scale == scale) return value;
  const unsigned more = scale - value.scale;
  if (more > 2 * kMaxDecimalDigits) return TooWide(node);
  ASSIGN_OR_RETURN(Value out, Times(node, std::move(value), Power10(more), 0));
  out.scale = scale;
  return out;
}

Result<Value> ValueBinder::Sum(const Node& node, Value left, Value right, bool subtract) {
  const unsigned scale = std::max(left.scale, right.scale);
  ASSIGN_OR_RETURN(left, Rescaled(node, std::move(left), scale));
  ASSIGN_OR_RETURN(right, Rescaled(node, std::move(right), scale));
  if (subtract && IsConstant(right)) {
    right = Constant(-right.low, scale);
    subtract = false;
  }
  if (!subtract && IsConstant(left)) std::swap(left, right);
  Value out;
  out.scale = scale;
  out.low = subtract ? left.low - right.high : left.low + right.low;
  out.high = subtract ? left.high - right.low : left.high + right.high;
  out.kind = IsConstant(left) && IsConstant(right) ? ValueKind::kConstant
             : subtract                            ? ValueKind::kSubtract
                                                   : ValueKind::kAdd;
  if (out.kind != ValueKind::kConstant) {
    out.children.push_back(std::move(left));
    out.children.push_back(std::move(right));
  }
  return Checked(node, std::move(out));
}

Result<Value> ValueBinder::Product(const Node& node, Value left, Value right) {
  const unsigned bits = std::max(BitWidth(Magnitude(left.low)), BitWidth(Magnitude(left.high))) +
                        std::max(BitWidth(Magnitude(right.low)), BitWidth(Magnitude(right.high)));
  if (bits > 100) return TooWide(node);
  Value out;
  out.kind = ValueKind::kMultiply;
  out.scale = left.scale + right.scale;
  const Int ends[] = {left.low * right.low, left.low * right.high, left.high * right.low,
                      left.high * right.high};
  out.low = *std::ranges::min_element(ends);
  out.high = *std::ranges::max_element(ends);
  out.children.push_back(std::move(left));
  out.children.push_back(std::move(right));
  return Checked(node, std::move(out));
}

std::vector<std::size_t> ValueBinder::MentionedIn(const Node& node) {
  std::vector<std::size_t> mentioned;
  if (node.kind == NodeKind::kColumn) {
    if (const auto c = Find(node, ColumnContent::kNumber)) mentioned.push_back(*c);
  }
  for (const Node& child : node.children) {
    const std::vector<std::size_t> below = MentionedIn(child);
    mentioned.insert(mentioned.end(), below.begin(), below.end());
  }
  std::ranges::sort(mentioned);
  mentioned.erase(std::unique(mentioned.begin(), mentioned.end()), mentioned.end());
  return mentioned;
}

}  // namespace binding

namespace {

using binding::BitWidth;
using binding::Int;
using binding::Magnitude;

void Collect(const Value& value, std::vector<std::size_t>* columns) {
  if (value.kind == ValueKind::kColumn) columns->push_back(value.column);
  for (const Value& child : value.children) Collect(child, columns);
}

}  // namespace

std::vector<std::size_t> ColumnsIn(const Value& value) {
  std::vector<std::size_t> columns;
  Collect(value, &columns);
  std::ranges::sort(columns);
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

unsigned WidthOf(__int128 low, __int128 high) {
  if (low >= 0) return std::max(1u, BitWidth(Magnitude(high)));
  // -2^(w-1) <= low, and high < 2^(w-1).
  const unsigned negative = BitWidth(Magnitude(low) - 1);
  const unsigned positive = high < 0 ? 0 : BitWidth(Magnitude(high));
  return std::max(negative, positive) + 1;
}

ColumnType TypeOf(const Value& value) {
  const unsigned __int128 most = std::max(Magnitude(value.low), Magnitude(value.high));
  CHECK(most < static_cast<unsigned __int128>(kDecimalUnitsEnd));
  return ColumnType::For(static_cast<std::uint64_t>(most), value.low < 0, value.scale);
}

Value ValueOfColumn(std::size_t index, const ColumnInfo& info) {
  Value value;
  value.kind = ValueKind::kColumn;
  value.scale = info.type.scale;
  value.column = index;
  const Int end = static_cast<Int>(1) << info.type.MagnitudeBits();
  value.low = info.type.is_signed ? -end : 0;
  value.high = end - 1;
  return value;
}

}  // namespace mpcstats
