#include "mpcstats/service/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <variant>

#include "mpcstats/base/check.h"

namespace mpcstats {

struct MetricsRegistry::Series {
  std::string labels;  // `a="x",b="y"`, empty for none
  std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::function<double()>,
               std::unique_ptr<Histogram>>
      value;
};

struct MetricsRegistry::Family {
  std::string name;
  std::string type;
  std::string help;
  std::vector<std::unique_ptr<Series>> series;
};

namespace {

// OpenMetrics writes floats with a point or an exponent where they are bounds, and wants words for the rest.
std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string LabelText(MetricLabels labels) {
  std::string out;
  std::vector<std::string_view> names;
  for (const MetricLabel& label : labels) {
    CHECK(std::ranges::find(names, label.name.text()) == names.end());
    names.push_back(label.name.text());
    fmt::format_to(std::back_inserter(out), "{}{}=\"{}\"", out.empty() ? "" : ",", label.name.text(),
                   label.value.text());
  }
  return out;
}

void AppendSample(std::string& out, std::string_view name, std::string_view labels, std::string_view value) {
  out += name;
  if (!labels.empty()) fmt::format_to(std::back_inserter(out), "{{{}}}", labels);
  fmt::format_to(std::back_inserter(out), " {}\n", value);
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
  CHECK(!bounds_.empty());
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    CHECK(std::isfinite(bounds_[i]) && (i == 0 || bounds_[i - 1] < bounds_[i]));
  }
}

void Histogram::Observe(double value) {
  if (std::isnan(value)) return;
  // A bound belongs to its bucket: le is "less or equal".
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::span<const double> SecondsBounds() {
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1,
                                                     2.5,   10,     30,   60,    120, 300,  600};
  return kBounds;
}

MetricsRegistry::MetricsRegistry() = default;
MetricsRegistry::~MetricsRegistry() = default;

MetricsRegistry::Series& MetricsRegistry::Add(std::string_view name, std::string_view type,
                                              std::string_view help, MetricLabels labels) {
  const auto place = std::ranges::lower_bound(
      families_, name, {}, [](const auto& family) -> std::string_view { return family->name; });
  if (place == families_.end() || (*place)->name != name) {
    auto made = std::make_unique<Family>();
    made->name = name;
    made->type = type;
    made->help = help;
    Family& family = **families_.insert(place, std::move(made));
    return *family.series.emplace_back(std::make_unique<Series>(Series{LabelText(labels), {}}));
  }
  Family& family = **place;
  CHECK(family.type == type && family.help == help);
  const std::string text = LabelText(labels);
  for (const auto& other : family.series) CHECK(other->labels != text);
  return *family.series.emplace_back(std::make_unique<Series>(Series{text, {}}));
}

Counter& MetricsRegistry::AddCounter(MetricName name, MetricText help, MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = Add(name.text(), "counter", help.text(), labels);
  return *series.value.emplace<std::unique_ptr<Counter>>(std::make_unique<Counter>());
}

Gauge& MetricsRegistry::AddGauge(MetricName name, MetricText help, MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = Add(name.text(), "gauge", help.text(), labels);
  return *series.value.emplace<std::unique_ptr<Gauge>>(std::make_unique<Gauge>());
}

void MetricsRegistry::AddGauge(MetricName name, MetricText help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  Add(name.text(), "gauge", help.text(), {}).value = std::move(read);
}

Histogram& MetricsRegistry::AddHistogram(MetricName name, MetricText help, std::span<const double> bounds,
                                         MetricLabels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = Add(name.text(), "histogram", help.text(), labels);
  return *series.value.emplace<std::unique_ptr<Histogram>>(std::make_unique<Histogram>(bounds));
}

std::string MetricsRegistry::Text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  const auto histogram_samples = [&out](const std::string& name, const Series& series,
                                        const Histogram& histogram) {
    // Cumulative: a bucket counts everything up to its bound. One pass, so that the parts fit each other.
    std::uint64_t sum = 0;
    const std::string_view comma = series.labels.empty() ? "" : ",";
    for (std::size_t i = 0; i < histogram.counts_.size(); ++i) {
      sum += histogram.counts_[i].load(std::memory_order_relaxed);
      std::string bound = i < histogram.bounds_.size() ? Number(histogram.bounds_[i]) : "+Inf";
      if (!bound.contains('.') && !bound.contains('e') && !bound.contains('I')) bound += ".0";
      AppendSample(out, name + "_bucket", fmt::format("{}{}le=\"{}\"", series.labels, comma, bound),
                   fmt::format("{}", sum));
    }
    AppendSample(out, name + "_count", series.labels, fmt::format("{}", sum));
    AppendSample(out, name + "_sum", series.labels, Number(histogram.sum_.load(std::memory_order_relaxed)));
  };
  for (const auto& family : families_) {
    fmt::format_to(std::back_inserter(out), "# TYPE {} {}\n", family->name, family->type);
    for (const std::string_view unit : {"seconds", "bytes"}) {
      if (family->name.ends_with(fmt::format("_{}", unit))) {
        fmt::format_to(std::back_inserter(out), "# UNIT {} {}\n", family->name, unit);
      }
    }
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n", family->name, family->help);
    for (const auto& series : family->series) {
      if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&series->value)) {
        AppendSample(out, family->name + "_total", series->labels, fmt::format("{}", (*counter)->value()));
      } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&series->value)) {
        AppendSample(out, family->name, series->labels, Number((*gauge)->value()));
      } else if (const auto* read = std::get_if<std::function<double()>>(&series->value)) {
        AppendSample(out, family->name, series->labels, Number((*read)()));
      } else {
        histogram_samples(family->name, *series, *std::get<std::unique_ptr<Histogram>>(series->value));
      }
    }
  }
  return out + "# EOF\n";
}

}  // namespace mpcstats
