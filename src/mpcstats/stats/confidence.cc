#include "mpcstats/stats/confidence.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

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

}  // namespace mpcstats
