#include "mpcstats/service/page_parts.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace mpcstats {
namespace {

double NumberOf(const ReceiptOutput& output) { return std::strtod(output.value.c_str(), nullptr); }

// Digits that a reader wants: all of a short exact number, four significant ones behind the point of a small one.
unsigned DecimalsFor(const ReceiptOutput& output) {
  const double magnitude = std::abs(NumberOf(output));
  if (magnitude >= 1000) return 2;
  if (magnitude >= 1) return 3;
  return 4;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string GroupDigits(std::string_view number, unsigned decimals) {
  const bool plain = !number.empty() && number.find_first_not_of("-0123456789.") == std::string_view::npos;
  if (!plain) return std::string(number);
  // Rounding goes through the exact text of the double only where there is something to cut.
  std::string text(number);
  const std::size_t point = text.find('.');
  if (point != std::string::npos && text.size() - point - 1 > decimals) {
    text = fmt::format("{:.{}f}", std::strtod(text.c_str(), nullptr), decimals);
    if (text.find('.') != std::string::npos) {
      while (text.back() == '0') text.pop_back();
      if (text.back() == '.') text.pop_back();
    }
  }
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  std::size_t end = text.find('.');
  if (end == std::string::npos) end = text.size();
  for (std::size_t at = end; at > first + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string ValueHtml(const ReceiptOutput& output) {
  if (!output.undefined.empty()) return "<span class=\"soft\">" + EscapeHtml(output.undefined) + "</span>";
  std::string html = EscapeHtml(GroupDigits(output.value, DecimalsFor(output)));
  if (!output.unit.empty()) html += " <span class=\"unit\">" + EscapeHtml(output.unit) + "</span>";
  return html;
}

std::string PrecisionText(const ReceiptOutput& output) {
  if (!output.undefined.empty()) return "";
  if (output.error_bound != "0") {
    // One digit, rounded up: 4.77e-07 is within 0.0000005.
    const double bound = std::strtod(output.error_bound.c_str(), nullptr);
    const int digits = bound > 0 ? static_cast<int>(std::ceil(-std::log10(bound))) : 0;
    const double step = std::pow(10.0, -digits);
    return fmt::format("within {:.{}f}", std::ceil(bound / step) * step, std::max(digits, 0));
  }
  return GroupDigits(output.value, DecimalsFor(output)) == GroupDigits(output.value, 18)
             ? "exact"
             : "exact: " + output.exact;
}

std::string TimeHtml(UnixSeconds time) {
  const std::string machine = FormatTime(time);
  std::string people = machine.substr(0, 10) + " " + machine.substr(11, 5) + " UTC";
  return "<time datetime=\"" + machine + "\">" + people + "</time>";
}

std::string HeroSection(const Survey& survey, const ReceiptOutput& output) {
  std::string html = fmt::format(
      "<section class=\"hero\" aria-labelledby=\"hero-label\">\n<div class=\"label\" "
      "id=\"hero-label\">{}</div>\n"
      "<div class=\"value\">{}</div>\n",
      EscapeHtml(output.label), ValueHtml(output));
  const auto& scale = survey.hero.up_to;
  if (!scale.empty() && output.undefined.empty()) {
    const double top = scale.back().first;
    const double value = std::clamp(NumberOf(output), 0.0, top);
    std::string word = scale.back().second;
    for (auto band = scale.rbegin(); band != scale.rend(); ++band) {
      if (value <= band->first) word = band->second;
    }
    html += fmt::format("<div class=\"word\">{}</div>\n", EscapeHtml(word));
    std::string svg = fmt::format(
        "<svg viewBox=\"0 0 1000 48\" role=\"img\" aria-label=\"{} on a scale from 0 to {}: {}\">\n",
        EscapeHtml(output.value), top, EscapeHtml(word));
    // Words stand in a list below: text inside would shrink with the picture on a telephone.
    std::string legend = "<ul class=\"legend\">\n";
    double from = 0;
    for (std::size_t i = 0; i < scale.size(); ++i) {
      const double left = 1000 * from / top;
      const double right = 1000 * scale[i].first / top;
      const std::size_t colour = std::min<std::size_t>(i, 4);
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"22\" width=\"{:.1f}\" height=\"26\" fill=\"var(--b{})\"/>\n",
                         left, right - left - 2, colour);
      legend += fmt::format("<li><span class=\"chip b{}\"></span>{} to {}: {}</li>\n", colour, from,
                            scale[i].first, EscapeHtml(scale[i].second));
      from = scale[i].first;
    }
    const double x = std::clamp(1000 * value / top, 12.0, 988.0);
    svg += fmt::format("<path d=\"M{:.1f} 24 l-12 -22 h24 z\" fill=\"var(--ink)\"/>\n</svg>\n", x);
    svg += legend + "</ul>\n";
    html += svg;
  }
  const std::string precision = PrecisionText(output);
  if (!precision.empty()) html += fmt::format("<div class=\"soft\">{}</div>\n", EscapeHtml(precision));
  return html + "</section>\n";
}

std::string CardSection(const Survey& survey, const ReceiptBody& body, const ReceiptOutput& hero) {
  (void)survey;
  std::string html = "<section class=\"cards\" aria-label=\"Figures\">\n";
  for (const ReceiptOutput& output : body.outputs) {
    if (!output.cell.empty() || &output == &hero) continue;
    html += fmt::format(
        "<div class=\"card\"><div class=\"label\">{}</div><div class=\"value\">{}</div><div "
        "class=\"note\">{}</div></div>\n",
        EscapeHtml(output.label), ValueHtml(output), EscapeHtml(PrecisionText(output)));
  }
  return html + "</section>\n";
}

std::string CellSection(const Survey& survey, const ReceiptBody& body) {
  std::string html;
  for (const CatalogueFigure& figure : survey.figures) {
    if (!figure.by_partition) continue;
    double largest = 0;
    for (const ReceiptOutput& output : body.outputs) {
      if (output.expression == figure.expression && !output.cell.empty() && output.undefined.empty()) {
        largest = std::max(largest, std::abs(NumberOf(output)));
      }
    }
    html += fmt::format(
        "<table>\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">Value</th>"
        "<th scope=\"col\"><span class=\"soft\">of the largest</span></th></tr></thead>\n<tbody>\n",
        EscapeHtml(figure.label), EscapeHtml(survey.columns[*survey.partition].label));
    for (const ReceiptOutput& output : body.outputs) {
      if (output.expression != figure.expression || output.cell.empty()) continue;
      const double part = largest > 0 && output.undefined.empty() ? std::abs(NumberOf(output)) / largest : 0;
      html += fmt::format(
          "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td><svg viewBox=\"0 0 100 10\" "
          "preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"{:.1f}\" height=\"10\" "
          "fill=\"var(--bar)\"/>"
          "</svg></td></tr>\n",
          EscapeHtml(output.cell), ValueHtml(output), 100 * part);
    }
    html += "</tbody>\n</table>\n";
  }
  if (html.empty()) return html;
  return "<h2>By " + EscapeHtml(survey.columns[*survey.partition].label) + "</h2>\n" + html;
}

}  // namespace mpcstats
