#include "mpcstats/stats/statistic.h"

#include <algorithm>
#include <map>

#include "mpcstats/engine/boolean/depth.h"

namespace mpcstats {

namespace {
std::map<std::string_view, Statistic>& Registry() {
  static std::map<std::string_view, Statistic> registry;
  return registry;
}
}  // namespace

std::size_t Classes::count() const {
  switch (kind) {
    case Kind::kValues: return at.size();
    case Kind::kEdges: return at.size() + 1;
    case Kind::kTogether: return 1;
  }
  return 0;
}

Task<Figure> Statistic::Compute(Ctx& ctx, std::span<const ColumnShares* const> shares,
                                std::span<const Decimal> call_numbers) const {
  if (compute_columns != nullptr) return compute_columns(ctx, shares, call_numbers);
  return compute(ctx, *shares[0], call_numbers.empty() ? Decimal() : call_numbers[0]);
}

Figure Statistic::Plain(std::span<const std::vector<std::int64_t>> units, std::span<const ColumnType> types,
                        std::span<const Decimal> call_numbers) const {
  if (plain_columns != nullptr) return plain_columns(units, types, call_numbers);
  return plain(units[0], types[0], call_numbers.empty() ? Decimal() : call_numbers[0]);
}

unsigned Statistic::NeedsOf(const StatisticCall& call, std::size_t position) const {
  unsigned all = needs;
  if (needs_for != nullptr) all |= needs_for(call.types[position], call.rows);
  if (needs_at != nullptr) all |= needs_at(call, position);
  return all;
}

Status Statistic::FitsCall(const StatisticCall& call) const {
  if (fits != nullptr) RETURN_IF_ERROR(fits(call.types[0], call.rows));
  if (fits_call != nullptr) RETURN_IF_ERROR(fits_call(call));
  return {};
}

// As in the costs of "b2a" in tests/golden/costs.json.
std::uint64_t FieldGates(unsigned bits, std::size_t rows) {
  return rows * (rows <= kLogDepthRows ? 405 + 19 * bits / 2 : 129 + 2 * bits);
}

StatisticCost Statistic::CostOf(const StatisticCall& call) const {
  if (cost_call != nullptr) return cost_call(call);
  return cost != nullptr ? cost(call.types[0], call.rows) : StatisticCost();
}

std::vector<Decimal> Statistic::ExampleNumbers() const {
  std::vector<Decimal> examples;
  for (std::size_t i = 0; i < numbers.min; ++i) {
    examples.push_back(numbers.ranges[std::min(i, numbers.ranges.size() - 1)].example);
  }
  return examples;
}

RegisterStatistic::RegisterStatistic(Statistic statistic) {
  const bool one_column = statistic.compute != nullptr && statistic.plain != nullptr;
  const bool columns = statistic.compute_columns != nullptr && statistic.plain_columns != nullptr;
  CHECK(one_column != columns && !statistic.discloses.empty());
  CHECK(columns || (statistic.columns.max == 1 && statistic.numbers.max <= 1));
  CHECK(statistic.columns.min >= 1 && statistic.columns.min <= statistic.columns.max);
  CHECK(statistic.numbers.min <= statistic.numbers.max);
  CHECK((statistic.numbers.max == 0) == statistic.numbers.ranges.empty());
  CHECK(!statistic.has_parts || statistic.opened_numbers != nullptr);
  const std::string_view name = statistic.name;
  CHECK(Registry().emplace(name, std::move(statistic)).second);
}

std::vector<const Statistic*> AllStatistics() {
  std::vector<const Statistic*> all;
  for (const auto& [name, statistic] : Registry()) all.push_back(&statistic);
  return all;
}

const Statistic* FindStatistic(std::string_view name) {
  const auto found = Registry().find(name);
  return found == Registry().end() ? nullptr : &found->second;
}

__int128 SignedValue(Fp127 value) {
  const unsigned __int128 p = (static_cast<unsigned __int128>(1) << 127) - 1;
  const unsigned __int128 raw = value.value();
  return raw > p / 2 ? -static_cast<__int128>(p - raw) : static_cast<__int128>(raw);
}

}  // namespace mpcstats
