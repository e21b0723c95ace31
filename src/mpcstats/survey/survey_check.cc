// What the catalogue as a whole may not be, and the text form of its figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::array<std::string_view, 10> kRankStatistics = {
    "iqr", "lorenz", "max", "median", "min", "mode", "quantile", "range", "top_share", "trimmed_mean"};

bool IsName(std::string_view name) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, is_inner);
}

// The number as a value: 0.9 and 0.90 ask for the same figure.
std::string Reduced(Decimal value) {
  for (; value.scale > 0 && value.units % 10 == 0; --value.scale) value.units /= 10;
  return FormatDecimal(value);
}

using FigureKey = std::array<std::string, 4>;  // statistic, values, numbers, who and in which cells

std::string SelectionOf(const FigureParts& parts, const CatalogueFigure& figure) {
  return figure.by_partition ? "by" : parts.Selection();
}

FigureKey KeyOf(const FigureParts& parts, const CatalogueFigure& figure) {
  std::string values;
  for (const Node& value : parts.values) values += ToText(value) + ",";
  std::string numbers;
  for (const Decimal& number : parts.numbers) numbers += Reduced(number) + ",";
  for (const std::string& text : parts.texts) numbers += std::to_string(text.size()) + "'" + text;
  return {parts.statistic, values, numbers, SelectionOf(parts, figure)};
}

// With the exact value of one figure its count is known too, so the count is on the list that people are shown. Several columns
// stand together where nobody may leave one out: the count of one is that of all.
Status CheckCounts(const Survey& survey, const std::vector<FigureParts>& parts,
                   const std::vector<unsigned>& lines) {
  std::set<FigureKey> known;
  for (std::size_t i = 0; i < parts.size(); ++i) known.insert(KeyOf(parts[i], survey.figures[i]));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string selection = SelectionOf(parts[i], survey.figures[i]);
    const auto is_counted = [&](const std::string& value) {
      return known.contains(FigureKey{"count", value + ",", "", selection});
    };
    const bool counted =
        std::ranges::any_of(parts[i].values, is_counted, [](const Node& value) { return ToText(value); }) ||
        std::ranges::any_of(parts[i].columns, is_counted,
                            [](const std::string& column) { return ColumnText("", column); });
    if (counted) continue;
    const std::string& column = parts[i].columns[0];
    if (IsQuery(parts[i].text)) {
      return FailAtLine(lines[i],
                        fmt::format("{} also releases how many people that are; add count({}) to the query",
                                    QuoteForMessage(parts[i].text), column));
    }
    const std::string split = survey.figures[i].by_partition
                                  ? fmt::format(" with by = \"{}\"", survey.columns[*survey.partition].name)
                                  : "";
    return FailAtLine(
        lines[i],
        fmt::format("{}{} also releases how many answered; add a [[figures]] expr = \"count({})\"{}",
                    parts[i].text, split, column, split));
  }
  return {};
}

// As many exact equations as people can be solved for the people.
Status CheckHowMany(const Survey& survey, const std::vector<FigureParts>& parts,
                    const std::vector<unsigned>& lines) {
  std::map<std::string, unsigned> all;
  for (const FigureParts& one : parts) {
    for (const std::string& column : EquationColumns(survey, one)) ++all[column];
  }
  std::map<std::string, unsigned> figures;
  const unsigned most = survey.group_min / 2;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const std::string& column : EquationColumns(survey, parts[i])) {
      if (++figures[column] <= most) continue;
      return FailAtLine(
          lines[i],
          fmt::format("\"{}\" has {} figures, each counted once for everybody and once when split, but "
                      "group_min = {} allows {}: enough exact numbers about a small group give its "
                      "members' answers; remove figures, or write group_min = {} or more",
                      column, all[column], survey.group_min, most, 2 * all[column]));
    }
  }
  return {};
}

}  // namespace

bool IsRankStatistic(std::string_view statistic) {
  return std::ranges::find(kRankStatistics, statistic) != kRankStatistics.end();
}

std::optional<FigureText> ReadFigureText(std::string_view text) {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !TrimSpaces(text).ends_with(')')) return std::nullopt;
  const std::size_t close = text.rfind(')');
  const std::string_view inside = text.substr(open + 1, close - open - 1);
  const std::size_t comma = inside.find(',');
  FigureText out;
  out.statistic = TrimSpaces(text.substr(0, open));
  out.column = TrimSpaces(inside.substr(0, comma));
  if (!IsName(out.statistic) || !IsName(out.column)) return std::nullopt;
  if (comma != std::string_view::npos) {
    const auto number = ScanDecimal(inside.substr(comma + 1));
    if (!number) return std::nullopt;
    out.number = FormatDecimal(*number);
  }
  out.text = out.statistic + "(" + out.column + (out.number.empty() ? "" : ", " + out.number) + ")";
  return out;
}

Status CheckFigures(const Survey& survey, const std::vector<unsigned>& lines) {
  std::vector<FigureParts> parts;
  std::set<FigureKey> seen;
  for (std::size_t i = 0; i < survey.figures.size(); ++i) {
    const FigureParts& figure = parts.emplace_back(PartsOf(survey, survey.figures[i]));
    const std::string text = IsQuery(figure.text) ? QuoteForMessage(figure.text) : figure.text;
    if (!seen.insert(KeyOf(figure, survey.figures[i])).second) {
      return FailAtLine(lines[i], fmt::format("{} is in the catalogue already; remove one of the two", text));
    }
    if (IsRankStatistic(figure.statistic) && !survey.allow_rank_statistics) {
      return FailAtLine(
          lines[i], fmt::format("{} releases one person's exact value, or that of two; remove it, or write "
                                "allow_rank_statistics = true and a rank_notice in [catalogue]",
                                text));
    }
  }
  RETURN_IF_ERROR(CheckCounts(survey, parts, lines));
  return CheckHowMany(survey, parts, lines);
}

}  // namespace mpcstats
