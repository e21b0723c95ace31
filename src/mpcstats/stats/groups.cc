#include "mpcstats/stats/groups.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "mpcstats/stats/counts.h"

namespace mpcstats {

namespace {

// What is left of doubles in a distribution function.
constexpr double kFunctionError = 1e-12;

double TwoSidedStudent(double t, double freedom) {
  const boost::math::students_t_distribution<double> distribution(freedom);
  return 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
}

Figure Between(double value, double low, double high) {
  return {{}, value, std::max(std::abs(value - low), std::abs(value - high)) + kFunctionError, {}};
}

}  // namespace

Status GroupsDiffer(const StatisticCall& call) {
  if (Rational::FromDecimal(call.numbers[0]) != Rational::FromDecimal(call.numbers[1])) return {};
  return Fail(ErrorCode::kInvalidArgument, "compares two groups, and both are " +
                                               ShortDecimal(call.numbers[0]) +
                                               "; name two values of the group");
}

std::vector<Classes> GroupClasses(const StatisticCall& call) {
  return {{1, Classes::Kind::kValues, {call.numbers[0], call.numbers[1]}}};
}

std::vector<Decimal> TwoCategories(std::span<const std::size_t> texts) {
  return texts[1] == 2 ? FirstNumbers(2) : std::vector<Decimal>();
}

Task<TwoGroups> SplitGroups(Ctx& ctx, const ColumnShares& group, Decimal a, Decimal b) {
  Ctx a_ctx = ctx.Fork();
  Ctx b_ctx = ctx.Fork();
  const auto [in_a, in_b] = co_await Par(EqualTo(a_ctx, group, a), EqualTo(b_ctx, group, b));
  BitPlanes both(1, in_a);
  both.push_back(in_b);
  const std::vector<std::uint64_t> sizes = co_await OpenCounts(ctx, std::move(both), "group sizes");
  co_return TwoGroups(in_a, in_b, sizes[0], sizes[1]);
}

PlainGroups PlainSplit(std::span<const std::vector<std::int64_t>> columns, const ColumnType& group, Decimal a,
                       Decimal b) {
  PlainGroups out;
  const std::optional<std::int64_t> code_a = UnitsOf(a, group);
  const std::optional<std::int64_t> code_b = UnitsOf(b, group);
  for (std::size_t i = 0; i < columns[0].size(); ++i) {
    if (code_a && columns[1][i] == *code_a) out.a.push_back(columns[0][i]);
    if (code_b && columns[1][i] == *code_b) out.b.push_back(columns[0][i]);
  }
  return out;
}

Figure StudentP(const Figure& t, const Figure& freedom) {
  const double size = std::abs(t.value);
  const double low = TwoSidedStudent(size + t.error_bound, freedom.value + freedom.error_bound);
  const double high = TwoSidedStudent(std::max(0.0, size - t.error_bound),
                                      std::max(1.0, freedom.value - freedom.error_bound));
  return Between(TwoSidedStudent(size, freedom.value), low, high);
}

Figure ChiSquaredP(const Figure& statistic, double freedom) {
  const boost::math::chi_squared_distribution<double> distribution(freedom);
  const auto upper = [&](double x) {
    return boost::math::cdf(boost::math::complement(distribution, std::max(0.0, x)));
  };
  return Between(upper(statistic.value), upper(statistic.value + statistic.error_bound),
                 upper(statistic.value - statistic.error_bound));
}

double NormalP(double z) {
  const boost::math::normal_distribution<double> distribution;
  return 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(z)));
}

}  // namespace mpcstats
