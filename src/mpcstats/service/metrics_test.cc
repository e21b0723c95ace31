#include "mpcstats/service/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <concepts>
#include <limits>
#include <thread>

namespace mpcstats {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// Names and labels are literals: a text of outside does not compile.
static_assert(!std::constructible_from<MetricName, std::string>);
static_assert(!std::constructible_from<MetricText, std::string>);
static_assert(!std::constructible_from<MetricText, std::string_view>);
static_assert(!std::constructible_from<MetricLabelName, std::string>);

TEST(Metrics, AnEmptyRegistryIsValidText) {
  const MetricsRegistry metrics;
  EXPECT_EQ(metrics.Text(), "# EOF\n");
}

TEST(Metrics, PrintsCountersGaugesAndHistograms) {
  MetricsRegistry metrics;
  Counter& good = metrics.AddCounter("mpcstats_answers", "Answers by outcome.", {{"outcome", "accepted"}});
  metrics.AddCounter("mpcstats_answers", "Answers by outcome.", {{"outcome", "refused"}, {"at", "close"}});
  Gauge& waiting = metrics.AddGauge("mpcstats_waiting", "Answers that wait.");
  const double bounds[] = {0.5, 1, 10};
  Histogram& seconds =
      metrics.AddHistogram("mpcstats_close_seconds", "Time of a close.", bounds, {{"kind", "batch"}});
  good.Add();
  good.Add(41);
  waiting.Set(3);
  waiting.Add(-0.5);
  seconds.Observe(0.5);
  seconds.Observe(2);
  seconds.Observe(100);
  EXPECT_EQ(metrics.Text(), R"(# TYPE mpcstats_answers counter
# HELP mpcstats_answers Answers by outcome.
mpcstats_answers_total{outcome="accepted"} 42
mpcstats_answers_total{outcome="refused",at="close"} 0
# TYPE mpcstats_close_seconds histogram
# UNIT mpcstats_close_seconds seconds
# HELP mpcstats_close_seconds Time of a close.
mpcstats_close_seconds_bucket{kind="batch",le="0.5"} 1
mpcstats_close_seconds_bucket{kind="batch",le="1.0"} 1
mpcstats_close_seconds_bucket{kind="batch",le="10.0"} 2
mpcstats_close_seconds_bucket{kind="batch",le="+Inf"} 3
mpcstats_close_seconds_count{kind="batch"} 3
mpcstats_close_seconds_sum{kind="batch"} 102.5
# TYPE mpcstats_waiting gauge
# HELP mpcstats_waiting Answers that wait.
mpcstats_waiting 2.5
# EOF
)");
}

TEST(Metrics, FamiliesStayTogetherWhateverTheOrderOfAdding) {
  MetricsRegistry metrics;
  metrics.AddCounter("mpcstats_b", "B.", {{"x", "1"}});
  metrics.AddCounter("mpcstats_a", "A.");
  metrics.AddCounter("mpcstats_b", "B.", {{"x", "2"}});
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_b_total{x=\"1\"} 0\nmpcstats_b_total{x=\"2\"} 0\n# EOF"));
}

TEST(Metrics, AsksAGaugeWhenTheTextIsMade) {
  MetricsRegistry metrics;
  double value = 1;
  metrics.AddGauge("mpcstats_asked", "Asked.", [&] { return value; });
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_asked 1\n"));
  value = std::numeric_limits<double>::infinity();
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_asked +Inf\n"));
  value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_asked NaN\n"));
}

TEST(Metrics, AHistogramIgnoresWhatIsNotANumber) {
  MetricsRegistry metrics;
  Histogram& seconds = metrics.AddHistogram("mpcstats_seconds", "Seconds.", SecondsBounds());
  seconds.Observe(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_seconds_count 0\n"));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("NaN")));
}

TEST(Metrics, CountsFromManyThreads) {
  MetricsRegistry metrics;
  Counter& counter = metrics.AddCounter("mpcstats_c", "C.");
  Gauge& gauge = metrics.AddGauge("mpcstats_g", "G.");
  Histogram& histogram = metrics.AddHistogram("mpcstats_h", "H.", SecondsBounds());
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) {
          counter.Add();
          gauge.Add(1);
          histogram.Observe(1);
          if (i % 1000 == 0) EXPECT_THAT(metrics.Text(), EndsWith("# EOF\n"));
        }
      });
    }
  }
  EXPECT_EQ(counter.value(), 20000u);
  EXPECT_EQ(gauge.value(), 20000);
  EXPECT_THAT(metrics.Text(), HasSubstr("mpcstats_h_count 20000\nmpcstats_h_sum 20000\n"));
}

TEST(Metrics, KnowsItsProcess) {
  MetricsRegistry metrics;
  AddProcessMetrics(metrics);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, Not(HasSubstr("mpcstats_process_resident_bytes 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("mpcstats_process_open_files 0\n")));
  EXPECT_THAT(text, HasSubstr("mpcstats_process_start_time_seconds 1"));
}

using MetricsDeathTest = testing::Test;

TEST_F(MetricsDeathTest, TheSameSeriesTwiceIsABug) {
  MetricsRegistry metrics;
  metrics.AddCounter("mpcstats_a", "A.", {{"x", "1"}});
  EXPECT_DEATH(metrics.AddCounter("mpcstats_a", "A.", {{"x", "1"}}), "");
}

TEST_F(MetricsDeathTest, ANameForTwoKindsIsABug) {
  MetricsRegistry metrics;
  metrics.AddCounter("mpcstats_a", "A.");
  EXPECT_DEATH(metrics.AddGauge("mpcstats_a", "A.", {{"x", "1"}}), "");
  EXPECT_DEATH(metrics.AddCounter("mpcstats_a", "Another help.", {{"x", "1"}}), "");
}

TEST_F(MetricsDeathTest, ALabelTwiceIsABug) {
  MetricsRegistry metrics;
  EXPECT_DEATH(metrics.AddCounter("mpcstats_a", "A.", {{"x", "1"}, {"x", "2"}}), "");
}

TEST_F(MetricsDeathTest, BoundsThatDoNotAscendAreABug) {
  const double bounds[] = {1, 1};
  EXPECT_DEATH(Histogram{bounds}, "");
  const double none[] = {std::numeric_limits<double>::infinity()};
  EXPECT_DEATH(Histogram{none}, "");
}

}  // namespace
}  // namespace mpcstats
