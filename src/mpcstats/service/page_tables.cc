// Tables of the public page: figures of several values.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mpcstats/service/page_parts.h"

namespace mpcstats {

namespace {

ReceiptOutput AsOutput(const ReceiptOutput& output, const ReceiptPart& part) {
  ReceiptOutput one;
  one.value = part.value;
  one.exact = part.exact;
  one.error_bound = part.error_bound;
  one.undefined = part.undefined;
  one.unit = output.unit;
  return one;
}

// Whole numbers from 0 on, all of them: what a histogram or a table of counts has.
bool AreCounts(const ReceiptOutput& output) {
  return std::ranges::all_of(output.parts, [](const ReceiptPart& part) {
    return !part.exact.empty() && part.exact.find_first_not_of("0123456789") == std::string::npos;
  });
}

double LargestOf(const ReceiptOutput& output) {
  double largest = 0;
  for (const ReceiptPart& part : output.parts) {
    largest = std::max(largest, NumberOf(AsOutput(output, part)));
  }
  return largest;
}

std::string Caption(const std::string& label, const ReceiptOutput& output) {
  std::string html = "<table>\n<caption>" + TextHtml(label);
  const bool rounded = std::ranges::any_of(output.parts, [](const ReceiptPart& part) {
    return part.undefined.empty() && part.error_bound != "0";
  });
  if (rounded) html += " <span class=\"soft\">error bounds in result.json</span>";
  if (ShowsOneValue(output.expression))
    html += " <span class=\"rank\"><a href=\"#rank\">one person&#39;s exact value each</a></span>";
  return html + "</caption>\n";
}

std::string PartTable(const ReceiptOutput& output) {
  std::string html = Caption(output.label, output) + "<thead><tr><th scope=\"col\">" +
                     (AreCounts(output) ? "Class" : "Name") + "</th><th scope=\"col\" class=\"number\">" +
                     (AreCounts(output) ? "Count" : "Value") + "</th></tr></thead>\n<tbody>\n";
  const double largest = AreCounts(output) ? LargestOf(output) : 0;
  for (const ReceiptPart& part : output.parts) {
    const ReceiptOutput one = AsOutput(output, part);
    html +=
        fmt::format("<tr><th scope=\"row\">{}{}</th><td class=\"number\">{}</td></tr>\n", TextHtml(part.name),
                    largest > 0 ? BarHtml(NumberOf(one), 0, largest) : "", ValueHtml(one));
  }
  return html + "</tbody>\n</table>\n";
}

// A cell in which the whole figure is undefined says so in its column's first row.
std::string CellOf(const ReceiptOutput& cell, std::size_t row) {
  if (row < cell.parts.size()) return ValueHtml(AsOutput(cell, cell.parts[row]));
  return row == 0 ? ValueHtml(cell) : "";
}

}  // namespace

std::string PartSection(const ReceiptBody& body) {
  std::string tables;
  for (const ReceiptOutput& output : body.outputs) {
    if (output.cell.empty() && !output.parts.empty()) tables += PartTable(output);
  }
  if (tables.empty()) return "";
  return "<div class=\"tables parts\">\n" + tables + "</div>\n";
}

std::string SplitPartTable(const std::string& label, const std::vector<const ReceiptOutput*>& cells) {
  // All that have parts have the same ones.
  const auto named = std::ranges::find_if(cells, [](const auto* cell) { return !cell->parts.empty(); });
  std::string html = "<div class=\"wide\" tabindex=\"0\">\n" + Caption(label, **named) +
                     "<thead><tr><th scope=\"col\">Name</th>";
  for (const ReceiptOutput* cell : cells) {
    html += "<th scope=\"col\" class=\"number\">" + TextHtml(cell->cell) + "</th>";
  }
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < (*named)->parts.size(); ++row) {
    html += "<tr><th scope=\"row\">" + TextHtml((*named)->parts[row].name) + "</th>";
    for (const ReceiptOutput* cell : cells) html += "<td class=\"number\">" + CellOf(*cell, row) + "</td>";
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

}  // namespace mpcstats
