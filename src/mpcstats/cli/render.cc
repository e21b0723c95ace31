#include "mpcstats/cli/render.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace mpcstats {

namespace {

using Json = nlohmann::ordered_json;

Json CostJson(const LaunchOutcome& outcome) {
  const Report& report = outcome.agreed;
  return {{"rounds", report.cost.rounds},
          {"and_gates", report.cost.and_gates},
          {"multiplications", report.cost.multiplications},
          {"bytes_sent", outcome.bytes_sent},
          {"peak_rss_bytes", outcome.peak_rss_bytes},
          {"wall_seconds", outcome.wall_seconds},
          {"sharing_seconds", outcome.sharing_seconds},
          {"sharing",
           {{"rounds", report.preparation_cost.rounds},
            {"and_gates", report.preparation_cost.and_gates},
            {"multiplications", report.preparation_cost.multiplications},
            {"bytes_sent_by_party_0", report.preparation_cost.bytes_sent}}}};
}

std::string WithThousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string ByteCount(double bytes) {
  if (bytes < 1e4) return fmt::format("{:.0f} B", bytes);
  if (bytes < 1e7) return fmt::format("{:.1f} kB", bytes / 1e3);
  return fmt::format("{:.1f} MB", bytes / 1e6);
}

// Six decimals; of very large and small values seven digits, which no bound of a figure outdoes by much.
std::string Digits(const Figure& figure) {
  const double magnitude = std::abs(figure.value);
  if (magnitude == 0 || (magnitude >= 1e-3 && magnitude < 1e6)) return fmt::format("{:.6f}", figure.value);
  return fmt::format("{:.7g}", figure.value);
}

std::string ValueText(const Figure& figure) {
  if (!figure.undefined.empty()) return "undefined: " + figure.undefined;
  if (figure.error_bound > 0) return fmt::format("{} (within {:.0e})", Digits(figure), figure.error_bound);
  if (!figure.exact_text.empty() && figure.exact_text.find('/') == std::string::npos &&
      figure.exact_text.size() <= 24) {
    return figure.exact_text;
  }
  return fmt::format("{}", figure.value);
}

std::string CostText(const LaunchOutcome& outcome) {
  const Report& report = outcome.agreed;
  const std::uint64_t most = *std::max_element(outcome.bytes_sent.begin(), outcome.bytes_sent.end());
  const std::uint64_t memory =
      *std::max_element(outcome.peak_rss_bytes.begin(), outcome.peak_rss_bytes.end());
  return fmt::format(
      "{} rounds, {} AND gates, {} field products; {} sent and {} of memory at most for a party\n"
      "{:.3f} s of computation, {:.3f} s of sharing and conversion before it\n",
      WithThousands(report.cost.rounds), WithThousands(report.cost.and_gates),
      WithThousands(report.cost.multiplications), ByteCount(static_cast<double>(most)),
      ByteCount(static_cast<double>(memory)), outcome.wall_seconds, outcome.sharing_seconds);
}

void AddFigure(const Figure& figure, Json* json) {
  Json& one = *json;
  if (figure.undefined.empty()) {
    one["value"] = figure.value;
    one["exact"] = figure.exact_text.empty() ? Json() : Json(figure.exact_text);
    if (figure.error_bound > 0) one["error_bound"] = figure.error_bound;
  } else {
    one["value"] = nullptr;
    one["exact"] = nullptr;
    one["undefined"] = figure.undefined;
  }
}

// One figure as it is shown.
struct ResultLine {
  std::string group;  // with groups
  std::string expression;
  const Figure* figure;
  std::optional<std::uint64_t> n;
};

std::vector<ResultLine> LinesOf(const Plan& plan, const Report& report) {
  std::vector<ResultLine> lines;
  for (std::size_t i = 0; i < plan.items.size(); ++i)
    lines.push_back({"", plan.items[i].expression.text, &report.figures[i], report.counts[i]});
  return lines;
}

std::vector<ResultLine> LinesOf(const QueryPlan& plan, const Report& report) {
  std::vector<ResultLine> lines;
  for (std::size_t g = 0; g < plan.group_count(); ++g) {
    for (const PlanItem& item : plan.figures.items) {
      const std::size_t f = lines.size();
      const bool counted = report.counted.empty() || report.counted[f] != 0;
      lines.push_back({plan.groups ? plan.groups->labels[g] : "", item.expression.text, &report.figures[f],
                       counted ? std::optional(report.counts[f]) : std::nullopt});
    }
  }
  return lines;
}

Json ResultsJson(const std::vector<ResultLine>& lines, bool grouped) {
  Json results = Json::array();
  for (const ResultLine& line : lines) {
    Json one = {{"expr", line.expression}};
    if (grouped) one["group"] = line.group;
    AddFigure(*line.figure, &one);
    if (!line.figure->parts.empty()) {
      Json parts = Json::array();
      for (const Figure& part : line.figure->parts) {
        parts.push_back({{"name", part.name}});
        AddFigure(part, &parts.back());
      }
      one["parts"] = std::move(parts);
    }
    one["n"] = line.n ? Json(*line.n) : Json();
    results.push_back(std::move(one));
  }
  return results;
}

struct TableLine {
  std::string group;
  std::string expression;
  std::string value;
  std::string n;
};

// One line a figure, and below it one for each of its parts; a group is named on its first line.
std::vector<TableLine> TableLines(const std::vector<ResultLine>& results) {
  std::vector<TableLine> lines;
  const std::string* last_group = nullptr;
  for (const ResultLine& result : results) {
    const Figure& figure = *result.figure;
    const bool same_group = last_group != nullptr && *last_group == result.group;
    last_group = &result.group;
    lines.push_back({same_group ? "" : result.group, result.expression,
                     figure.parts.empty() ? ValueText(figure) : std::string(),
                     result.n ? WithThousands(*result.n) : std::string()});
    for (const Figure& part : figure.parts) lines.push_back({"", "  " + part.name, ValueText(part), ""});
  }
  return lines;
}

std::string TableText(const std::vector<ResultLine>& results, std::string_view group) {
  const std::vector<TableLine> lines = TableLines(results);
  std::size_t group_width = group.size();
  std::size_t width = 10;
  std::size_t value_width = 8;
  for (const TableLine& line : lines) {
    group_width = std::max(group_width, line.group.size());
    width = std::max(width, line.expression.size());
    value_width = std::max(value_width, line.value.size());
  }
  const auto row = [&](std::string_view in, std::string_view expression, std::string_view value,
                       std::string_view n) {
    const std::string first = group.empty() ? std::string() : fmt::format("  {:<{}}", in, group_width);
    return first + fmt::format("  {:<{}}  {:>{}}  {:>10}\n", expression, width, value, value_width, n);
  };
  std::string text = "\n" + row(group, "expression", "value", "n");
  for (const TableLine& line : lines) text += row(line.group, line.expression, line.value, line.n);
  return text;
}

std::string AfterTable(std::size_t rows) {
  return fmt::format(
      "\n{} rows, secret-shared between three parties; every step was verified before a figure was "
      "opened.\n",
      WithThousands(rows));
}

}  // namespace

std::string RenderJson(const Plan& plan, const LaunchOutcome& outcome) {
  return Json{{"rows", plan.rows},
              {"results", ResultsJson(LinesOf(plan, outcome.agreed), false)},
              {"cost", CostJson(outcome)}}
             .dump() +
         "\n";
}

std::string RenderJson(const QueryPlan& plan, const LaunchOutcome& outcome) {
  return Json{{"rows", plan.rows},
              {"results", ResultsJson(LinesOf(plan, outcome.agreed), plan.groups.has_value())},
              {"cost", CostJson(outcome)}}
             .dump() +
         "\n";
}

std::string RenderTable(const Plan& plan, const LaunchOutcome& outcome) {
  return TableText(LinesOf(plan, outcome.agreed), "") + AfterTable(plan.rows) + CostText(outcome);
}

std::string RenderTable(const QueryPlan& plan, const LaunchOutcome& outcome) {
  return TableText(LinesOf(plan, outcome.agreed), plan.groups ? plan.groups->text : "") +
         AfterTable(plan.rows) + CostText(outcome);
}

std::string RenderExplainJson(const QueryPlan& plan, const CostEstimate& cost) {
  Json outputs = Json::array();
  const std::vector<std::string> opened = Disclosures(plan);
  for (std::size_t i = 0; i < opened.size(); ++i)
    outputs.push_back({{"expr", plan.figures.items[i].expression.text}, {"opens", opened[i]}});
  return Json{{"query", plan.text},
              {"rows", plan.rows},
              {"groups", plan.groups ? Json(plan.groups->labels) : Json::array()},
              {"outputs", outputs},
              {"estimate",
               {{"counted", cost.counted},
                {"and_gates", cost.and_gates},
                {"multiplications", cost.multiplications},
                {"rounds", cost.rounds},
                {"bytes_sent", cost.bytes_sent},
                {"memory_bytes", cost.memory_bytes},
                {"seconds", cost.seconds}}}}
             .dump() +
         "\n";
}

std::string RenderBenchJson(const std::string& operation, const Plan& plan, const LaunchOutcome& outcome) {
  return Json{{"operation", operation},
              {"rows", plan.rows},
              {"bits", plan.columns[0].type.bits},
              {"correct", true},
              {"cost", CostJson(outcome)}}
             .dump() +
         "\n";
}

std::string RenderBenchText(const std::string& operation, const Plan& plan, const LaunchOutcome& outcome) {
  const double seconds = std::max(outcome.wall_seconds, 1e-9);
  std::string text =
      fmt::format("{} of {} rows of {} bits: right, {:.3f} s, {} rows a second", operation,
                  WithThousands(plan.rows), plan.columns[0].type.bits, outcome.wall_seconds,
                  WithThousands(static_cast<std::uint64_t>(static_cast<double>(plan.rows) / seconds)));
  if (outcome.agreed.cost.and_gates > 0) {
    text += fmt::format(", {:.1f} M verified AND a second",
                        static_cast<double>(outcome.agreed.cost.and_gates) / seconds / 1e6);
  }
  return text + "\n" + CostText(outcome);
}

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressBar::Show(std::uint64_t done, std::uint64_t expected) {
  if (!terminal_) return;
  shown_ = true;
  if (expected == 0) {
    fmt::print(stderr, "\r\033[K{} AND gates", WithThousands(done));
    return;
  }
  constexpr int kWidth = 40;
  const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(expected));
  const int filled = static_cast<int>(part * kWidth);
  fmt::print(stderr, "\r\033[K[{}{}] {:3.0f} % of about {} AND gates",
             std::string(static_cast<std::size_t>(filled), '#'),
             std::string(static_cast<std::size_t>(kWidth - filled), '.'), 100 * part,
             WithThousands(expected));
}

}  // namespace mpcstats
