#include "mpcstats/zktls/statement/body_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/base/decimal.h"
#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/text.h"
#include "mpcstats/zktls/statement/hole_value.h"

namespace mpcstats {
namespace {

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kInvalidArgument, std::move(message));
}

struct Interval {
  std::size_t low = 0;
  std::size_t high = 0;
};

Interval LengthsOf(const Template& source, const TemplatePart& part) {
  if (!part.hole) return {part.literal.size(), part.literal.size()};
  const TemplateHole& hole = source.holes[*part.hole];
  return {hole.min_length, hole.max_length};
}

// Where each part can start, and where the last ends: what lengths and the size of the body tell.
std::optional<std::vector<Interval>> StartsOf(const Template& source, std::size_t body_bytes) {
  const std::size_t parts = source.body.size();
  std::vector<Interval> starts(parts + 1);
  for (std::size_t i = 0; i < parts; ++i) {
    const Interval lengths = LengthsOf(source, source.body[i]);
    starts[i + 1] = {starts[i].low + lengths.low, starts[i].high + lengths.high};
  }
  if (body_bytes < starts[parts].low || body_bytes > starts[parts].high) return std::nullopt;
  starts[parts] = {body_bytes, body_bytes};
  for (std::size_t i = parts; i-- > 0;) {
    const Interval lengths = LengthsOf(source, source.body[i]);
    const std::size_t low = starts[i + 1].low > lengths.high ? starts[i + 1].low - lengths.high : 0;
    starts[i].low = std::max(starts[i].low, low);
    starts[i].high = std::min(starts[i].high, starts[i + 1].high - lengths.low);
  }
  return starts;
}

// AND gates of the shifters, roughly: what a template with a long text between two holes can make large.
std::size_t ShiftGates(const Template& source, const std::vector<Interval>& starts) {
  std::size_t gates = 0;
  for (std::size_t i = 0; i < source.body.size(); ++i) {
    const std::size_t slack = starts[i].high - starts[i].low;
    const std::size_t bytes = LengthsOf(source, source.body[i]).high + slack;
    gates += 8 * bytes * static_cast<std::size_t>(std::bit_width(slack));
  }
  return gates;
}

// A place that is `low` and a hidden amount.
struct Place {
  std::size_t low = 0;
  Wires amount;
};

class Walker {
 public:
  Walker(const Template& source, std::span<const StatementColumn> columns, std::size_t body_bytes)
      : source_(source),
        columns_(columns),
        body_(builder_.AddInput(8 * body_bytes)),
        values_(source.holes.size()) {}

  void Walk(const std::vector<Interval>& starts) {
    Place place;
    for (std::size_t i = 0; i < source_.body.size(); ++i) {
      const TemplatePart& part = source_.body[i];
      if (!part.hole) {
        CheckEqual(builder_, BytesAt(place, part.literal.size()),
                   CircuitBuilder::Constant(AsBytes(part.literal)), faults_);
        place.low += part.literal.size();
        continue;
      }
      const TemplateHole& hole = source_.holes[*part.hole];
      const std::size_t shortest =
          starts[i + 1].low > starts[i].high ? starts[i + 1].low - starts[i].high : 0;
      const Interval lengths = {std::max(hole.min_length, shortest),
                                std::min(hole.max_length, starts[i + 1].high - starts[i].low)};
      const auto terminator = static_cast<std::uint8_t>(source_.body[i + 1].literal[0]);
      const std::size_t window_bytes = hole.max_length + 1;
      const Wires window = BytesAt(place, window_bytes);
      const HoleEnd end = EndOfHole(builder_, hole, window, terminator, lengths.low, lengths.high, faults_);
      values_[*part.hole] =
          ValueOfHole(builder_, hole, window, end, ScaleOf(hole, *part.hole, columns_), faults_);
      place = Next(place, end.ends, starts[i + 1]);
    }
  }

  BodyWalk Finish() && {
    Wires row;
    for (const StatementColumn& column : columns_) {
      const Wires bits =
          EncodeColumn(builder_, source_.holes[column.hole], *values_[column.hole], column.column, faults_);
      row.insert(row.end(), bits.begin(), bits.end());
    }
    Wires answers;
    for (const TemplatePredicate& predicate : source_.predicates) {
      answers.push_back(
          AnswerPredicate(builder_, source_.holes[predicate.hole], *values_[predicate.hole], predicate));
    }
    // Faults that are known not to happen need no check.
    std::erase(faults_, CircuitBuilder::Constant(false));
    faults_.push_back(CircuitBuilder::Constant(false));
    Wires all = row;
    all.insert(all.end(), answers.begin(), answers.end());
    all.insert(all.end(), faults_.begin(), faults_.end());
    builder_.AddOutput(all);
    return {.circuit = std::move(builder_).Finish(),
            .row_bits = row.size(),
            .predicate_bits = answers.size(),
            .fault_bits = faults_.size()};
  }

 private:
  // `count` bytes from a place on; zeros behind the body.
  Wires BytesAt(const Place& place, std::size_t count) {
    const WireSpan rest = WireSpan(body_).subspan(std::min(8 * place.low, body_.size()));
    return ShiftBytes(builder_, rest, place.amount, count);
  }

  // Exact as integers: no sum wraps, and a difference that does not fit the wires of the next amount is a fault. So the
  // last literal, whose place is public, says that all lengths add up to the body's.
  Place Next(const Place& place, const Wires& ends, const Interval& start) {
    const Wires length = LengthOf(builder_, ends);
    const std::size_t base = start.low - place.low;
    const std::size_t most = (std::size_t{1} << place.amount.size()) + ends.size() + base;
    const std::size_t width = static_cast<std::size_t>(std::bit_width(most)) + 1;
    const auto widened = [width](Wires bits) {
      bits.resize(width);
      return bits;
    };
    const std::array<Wires, 3> terms = {
        widened(place.amount), widened(length),
        CircuitBuilder::Constant(~static_cast<std::uint64_t>(base) + 1, width)};
    Wires sum = AddMany(builder_, terms);
    const std::size_t kept = static_cast<std::size_t>(std::bit_width(start.high - start.low));
    faults_.insert(faults_.end(), sum.begin() + static_cast<std::ptrdiff_t>(kept), sum.end());
    sum.resize(kept);
    return {start.low, std::move(sum)};
  }

  const Template& source_;
  std::span<const StatementColumn> columns_;
  CircuitBuilder builder_;
  Wires body_;
  std::vector<std::optional<HoleValue>> values_;
  Wires faults_;
};

std::string NumberColumnFault(const TemplateHole& hole, const SurveyColumn& column) {
  switch (hole.kind) {
    case HoleKind::kNumber:
      if (hole.max_fraction > column.scale) {
        return fmt::format("has up to {} decimals, but the column has scale = {}", hole.max_fraction,
                           column.scale);
      }
      if (hole.integer_digits + column.scale > kMaxDecimalDigits) {
        return fmt::format("has up to {} digits before the point, too many for the column's scale = {}",
                           hole.integer_digits, column.scale);
      }
      return {};
    case HoleKind::kBoolean:
    case HoleKind::kDate:
    case HoleKind::kTimestamp:
      return column.scale == 0 ? "" : "is a whole number, but the column has decimals";
    default: return "gives no number";
  }
}

std::string ColumnFault(const TemplateHole& hole, const SurveyColumn& column) {
  switch (column.kind) {
    case ColumnKind::kNumber: return NumberColumnFault(hole, column);
    case ColumnKind::kUnique: return hole.kind == HoleKind::kText ? "" : "is no text";
    case ColumnKind::kCategory: break;
  }
  if (hole.kind != HoleKind::kChoice && hole.kind != HoleKind::kBoolean) return "is no choice";
  const bool all_known = std::ranges::all_of(hole.values, [&](const std::string& value) {
    return std::ranges::find(column.categories, value) != column.categories.end();
  });
  return all_known ? "" : "has a value that is no category of the column";
}

}  // namespace

Result<std::vector<StatementColumn>> ColumnsFor(const Template& source,
                                                std::span<const SurveyColumn> columns) {
  std::vector<StatementColumn> found;
  for (const SurveyColumn& column : columns) {
    const auto hole = source.FindHole(column.name);
    if (!hole || source.holes[*hole].kind == HoleKind::kSecret) {
      return Refuse(
          fmt::format("the template {} has no hole \"{}\" in its body, which the survey wants from it",
                      source.id, column.name));
    }
    if (const std::string fault = ColumnFault(source.holes[*hole], column); !fault.empty()) {
      return Refuse(fmt::format("the hole \"{}\" of the template {} {}", column.name, source.id, fault));
    }
    found.push_back({*hole, column});
  }
  return found;
}

Result<BodyWalk> MakeBodyWalk(const Template& source, std::span<const StatementColumn> columns,
                              std::size_t body_bytes) {
  const auto starts = StartsOf(source, body_bytes);
  if (!starts) {
    return Refuse(fmt::format("no body of {} bytes matches the template {}", body_bytes, source.id));
  }
  if (const std::size_t gates = ShiftGates(source, *starts); gates > kMostShiftGates) {
    return Refuse(fmt::format(
        "the template {} has so much text behind a hole of hidden length that proving it takes about {} "
        "gates, and {} is the limit; ask the website for less, or give the first holes a fixed length",
        source.id, gates, kMostShiftGates));
  }
  Walker walker(source, columns, body_bytes);
  walker.Walk(*starts);
  return std::move(walker).Finish();
}

}  // namespace mpcstats
