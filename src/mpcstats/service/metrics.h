// Metrics: counters, gauges and histograms, printed as OpenMetrics text.
//
//   MetricsRegistry metrics;
//   Counter& answers = metrics.AddCounter("mpcstats_answers", "Answers by outcome.", {{"outcome", "accepted"}});
//   answers.Add();
//   HttpText(200, kOpenMetricsType, metrics.Text());
//
// Every series is made when a service starts, out of literals: nothing from outside can become a name or a label, and
// the number of series never grows.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mpcstats {

/// The content type of Text().
inline constexpr std::string_view kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

namespace metrics_internal {
consteval bool IsMetricName(std::string_view text) {
  for (const char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return !text.empty() && text.front() >= 'a';
}
}  // namespace metrics_internal

/// A literal "mpcstats_...": lower-case letters, digits and '_'; without the "_total" of a counter's sample.
class MetricName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval MetricName(const char* text) : text_(text) {
    if (!text_.starts_with("mpcstats_") || !metrics_internal::IsMetricName(text_))
      throw "a name is mpcstats_...";
    for (const std::string_view taken : {"_total", "_bucket", "_count", "_sum", "_created", "_info"}) {
      if (text_.ends_with(taken)) throw "OpenMetrics adds this ending itself";
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A literal of a label or a help text; no quotes, backslashes or line ends, so that nothing needs escaping.
class MetricText {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval MetricText(const char* text) : text_(text) {
    for (const char c : text_) {
      if (c < ' ' || c > '~' || c == '"' || c == '\\') throw "plain ASCII without quotes and backslashes";
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class MetricLabelName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval MetricLabelName(const char* text) : text_(text) {
    if (!metrics_internal::IsMetricName(text_) || text_ == "le") throw "a label name has a-z, 0-9 and _ only";
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct MetricLabel {
  MetricLabelName name;
  MetricText value;
};
using MetricLabels = std::initializer_list<MetricLabel>;

/// Only grows. Any thread; one atomic addition.
class Counter {
 public:
  void Add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Any thread; one atomic operation.
class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Counts observations by upper bounds. Any thread; two atomic additions and a search over the bounds.
class Histogram {
 public:
  /// `bounds` ascend and are finite; what is above the last is counted too.
  explicit Histogram(std::span<const double> bounds);
  /// What is not a number is not counted.
  void Observe(double value);

 private:
  friend class MetricsRegistry;
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;  // one more than bounds
  std::atomic<double> sum_{0};
};

/// Bounds in seconds from a millisecond to ten minutes.
[[nodiscard]] std::span<const double> SecondsBounds();

/// Owns all series; they live as long as it does. A name that is used for two kinds, or with the same labels twice,
/// breaks a CHECK.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();
  MetricsRegistry(const MetricsRegistry&) = delete;
  MetricsRegistry& operator=(const MetricsRegistry&) = delete;

  Counter& AddCounter(MetricName name, MetricText help, MetricLabels labels = {});
  Gauge& AddGauge(MetricName name, MetricText help, MetricLabels labels = {});
  /// A gauge that is asked for its value whenever Text is called, from that thread.
  void AddGauge(MetricName name, MetricText help, std::function<double()> read);
  /// A name that ends in "_seconds" or "_bytes" gets that as its unit.
  Histogram& AddHistogram(MetricName name, MetricText help, std::span<const double> bounds,
                          MetricLabels labels = {});

  /// All series, families by name. Content type kOpenMetricsType.
  /// Source:   OpenMetrics 1.0.0, text format.
  [[nodiscard]] std::string Text() const;

 private:
  struct Series;
  struct Family;
  Series& Add(std::string_view name, std::string_view type, std::string_view help, MetricLabels labels);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_;  // by name
};

/// Memory, open files and the time of start of this process: mpcstats_process_*.
void AddProcessMetrics(MetricsRegistry& metrics);

}  // namespace mpcstats
