// Cards and tables of the public page.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mpcstats/service/page_parts.h"
#include "mpcstats/survey/figure.h"

namespace mpcstats {

namespace {

std::string Card(const ReceiptOutput& output) {
  std::string html =
      fmt::format("<div class=\"card\"><h3 class=\"label\">{}</h3><div class=\"value\">{}</div>",
                  TextHtml(output.label), ValueHtml(output));
  const std::string precision = PrecisionText(output);
  if (!precision.empty()) html += "<div class=\"note\">" + EscapeHtml(precision) + "</div>";
  if (ShowsOneValue(output.expression)) {
    html += "<div class=\"rank\"><a href=\"#rank\">One person&#39;s exact value</a></div>";
  }
  return html + "</div>\n";
}

std::string CellTable(const CatalogueFigure& figure, const std::string& by,
                      const std::vector<const ReceiptOutput*>& cells) {
  double low = 0;
  double high = 0;
  for (const ReceiptOutput* cell : cells) {
    low = std::min(low, NumberOf(*cell));
    high = std::max(high, NumberOf(*cell));
  }
  std::string html = fmt::format(
      "<table>\n<caption>{}{}</caption>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\" "
      "class=\"number\">Value</th></tr>"
      "</thead>\n<tbody>\n",
      TextHtml(figure.label),
      ShowsOneValue(figure.expression)
          ? " <span class=\"rank\"><a href=\"#rank\">one person&#39;s exact value each</a></span>"
          : "",
      TextHtml(by));
  for (const ReceiptOutput* cell : cells) {
    html += fmt::format("<tr><th scope=\"row\">{}{}</th><td class=\"number\">{}</td></tr>\n",
                        TextHtml(cell->cell), BarHtml(NumberOf(*cell), low, high), ValueHtml(*cell));
  }
  return html + "</tbody>\n</table>\n";
}

}  // namespace

// The line of zero is where the lowest bar needs it.
std::string BarHtml(double number, double low, double high) {
  if (high <= low) return "<svg class=\"bars\" aria-hidden=\"true\"></svg>";
  const double zero = 100 * -low / (high - low);
  const double width = 100 * std::abs(number) / (high - low);
  return fmt::format(
      "<svg class=\"bars\" aria-hidden=\"true\"><rect class=\"track\" x=\"0%\" y=\"0\" width=\"100%\" "
      "height=\"12\"/>"
      "<rect class=\"fill\" x=\"{:.2f}%\" y=\"0\" width=\"{:.2f}%\" height=\"12\"/></svg>",
      number < 0 ? zero - width : zero, width);
}

std::string CardSection(const Survey& survey, const ReceiptBody& body, const ReceiptOutput* hero) {
  std::string cards;
  bool any_rank = false;
  for (const ReceiptOutput& output : body.outputs) {
    any_rank |= ShowsOneValue(output.expression);
    if (output.cell.empty() && output.parts.empty() && &output != hero) cards += Card(output);
  }
  std::string html;
  if (!cards.empty())
    html += "<section class=\"cards\" aria-label=\"More figures\">\n" + cards + "</section>\n";
  if (any_rank) html += "<p class=\"notice\" id=\"rank\">" + TextHtml(survey.rank_notice) + "</p>\n";
  return html;
}

std::string CellSection(const Survey& survey, const ReceiptBody& body) {
  // What figures are split by, in the order of the catalogue, and the tables of each.
  std::vector<std::pair<std::string, std::string>> sections;
  for (const CatalogueFigure& figure : survey.figures) {
    const std::string by = SplitLabel(survey, figure);
    if (by.empty()) continue;
    std::vector<const ReceiptOutput*> cells;
    for (const ReceiptOutput& output : body.outputs) {
      if (output.expression == figure.expression && !output.cell.empty()) cells.push_back(&output);
    }
    if (cells.empty()) continue;
    auto section = std::ranges::find(sections, by, &std::pair<std::string, std::string>::first);
    if (section == sections.end()) section = sections.insert(section, {by, ""});
    const bool several = std::ranges::any_of(cells, [](const auto* cell) { return !cell->parts.empty(); });
    section->second += several ? SplitPartTable(figure.label, cells) : CellTable(figure, by, cells);
  }
  std::string html;
  for (const auto& [by, tables] : sections) {
    html += "<h2>By group: " + TextHtml(by) + "</h2>\n<div class=\"tables\">\n" + tables + "</div>\n";
  }
  return html;
}

}  // namespace mpcstats
