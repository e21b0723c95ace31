// What the catalogue as a whole may not be, and the text form of its figures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/survey_parts.h"

namespace mpcstats {
namespace {

constexpr std::array<std::string_view, 5> kRankStatistics = {"min", "max", "median", "quantile", "mode"};

bool IsName(std::string_view name) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, is_inner);
}

// The number as a value: 0.9 and 0.90 ask for the same figure.
std::string Reduced(const std::string& number) {
  if (number.empty()) return {};
  Decimal value = ParseDecimal(number).value();
  for (; value.scale > 0 && value.units % 10 == 0; --value.scale) value.units /= 10;
  return FormatDecimal(value);
}

using FigureKey = std::array<std::string, 4>;  // statistic, column, number, cell

FigureKey KeyOf(const FigureText& figure, bool by_partition) {
  return {figure.statistic, figure.column, Reduced(figure.number), by_partition ? "by" : ""};
}

// With the exact value of one figure its count is known too, so the count is on the list that people are shown.
Status CheckCounts(const Survey& survey, const std::vector<FigureText>& texts,
                   const std::vector<unsigned>& lines) {
  std::set<FigureKey> known;
  for (std::size_t i = 0; i < texts.size(); ++i)
    known.insert(KeyOf(texts[i], survey.figures[i].by_partition));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool by = survey.figures[i].by_partition;
    if (known.contains(FigureKey{"count", texts[i].column, "", by ? "by" : ""})) continue;
    const std::string split =
        by ? fmt::format(" with by = \"{}\"", survey.columns[*survey.partition].name) : "";
    return FailAtLine(
        lines[i],
        fmt::format("{}{} also releases how many answered; add a [[figures]] expr = \"count({})\"{}",
                    texts[i].text, split, texts[i].column, split));
  }
  return {};
}

// As many exact equations as people can be solved for the people.
Status CheckHowMany(const Survey& survey, const std::vector<FigureText>& texts,
                    const std::vector<unsigned>& lines) {
  std::map<std::string, unsigned> figures;
  const unsigned most = survey.group_min / 2;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (++figures[texts[i].column] <= most) continue;
    const auto all = static_cast<unsigned>(std::ranges::count(texts, texts[i].column, &FigureText::column));
    return FailAtLine(
        lines[i],
        fmt::format("\"{}\" has {} figures, each counted once for everybody and once when split, but "
                    "group_min = {} allows {}: enough exact numbers about a small group give its "
                    "members' answers; remove figures, or write group_min = {} or more",
                    texts[i].column, all, survey.group_min, most, 2 * all));
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
  std::vector<FigureText> texts;
  std::set<FigureKey> seen;
  for (std::size_t i = 0; i < survey.figures.size(); ++i) {
    const FigureText& figure = texts.emplace_back(ReadFigureText(survey.figures[i].expression).value());
    if (!seen.insert(KeyOf(figure, survey.figures[i].by_partition)).second) {
      return FailAtLine(lines[i],
                        fmt::format("{} is in the catalogue already; remove one of the two", figure.text));
    }
    if (IsRankStatistic(figure.statistic) && !survey.allow_rank_statistics) {
      return FailAtLine(
          lines[i], fmt::format("{} releases one person's exact value, or that of two; remove it, or write "
                                "allow_rank_statistics = true and a rank_notice in [catalogue]",
                                figure.text));
    }
  }
  RETURN_IF_ERROR(CheckCounts(survey, texts, lines));
  return CheckHowMany(survey, texts, lines);
}

}  // namespace mpcstats
