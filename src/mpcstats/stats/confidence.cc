#include "mpcstats/stats/confidence.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace mpcstats {

using boost::math::complement;
using boost::math::quantile;

double TailOf(std::span<const Decimal> numbers) {
  const Rational level = Rational::FromDecimal(numbers.empty() ? kUsualLevel : numbers[0]);
  return ((Rational(1) - level) / Rational(2)).ToDouble();
}

double NormalUpperQuantile(double tail) {
  const boost::math::normal_distribution<double> distribution;
  return quantile(complement(distribution, tail));
}

double StudentUpperQuantile(double tail, double freedom) {
  const boost::math::students_t_distribution<double> distribution(freedom);
  return quantile(complement(distribution, tail));
}

double ChiSquaredUpperQuantile(double tail, double freedom) {
  const boost::math::chi_squared_distribution<double> distribution(freedom);
  return quantile(complement(distribution, tail));
}

double ChiSquaredLowerQuantile(double tail, double freedom) {
  const boost::math::chi_squared_distribution<double> distribution(freedom);
  return quantile(distribution, tail);
}

Figure StudentInterval(const Figure& middle, const Figure& square, const Figure& freedom,
                       double least_freedom, double tail) {
  // The quantile descends with the degrees of freedom.
  const auto reach = [&](double squared, double degrees) {
    return std::sqrt(std::max(0.0, squared)) * StudentUpperQuantile(tail, std::max(least_freedom, degrees));
  };
  const double usual = reach(square.value, freedom.value);
  const double most = reach(square.value + square.error_bound, freedom.value - freedom.error_bound);
  const double least = reach(square.value - square.error_bound, freedom.value + freedom.error_bound);
  // A quantile is a double to some 14 digits; all else is rounded a few times.
  const double bound = middle.error_bound + std::max(most - usual, usual - least) + most * 1e-12 +
                       std::abs(middle.value) * 0x1p-51;
  std::vector<Figure> parts;
  parts.push_back(Figure({}, middle.value - usual, bound, {}).Named("low"));
  parts.push_back(Figure({}, middle.value + usual, bound, {}).Named("high"));
  return Figure::Of(std::move(parts));
}

}  // namespace mpcstats
