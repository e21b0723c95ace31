// Texts, numbers and times of the public page.
#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

#include "mpcstats/service/page_parts.h"

namespace mpcstats {

namespace {

// Digits that a reader wants: four significant ones of a small number, less behind the point of a large one.
unsigned DecimalsFor(const ReceiptOutput& output) {
  const double magnitude = std::abs(NumberOf(output));
  if (magnitude >= 1000) return 2;
  if (magnitude >= 1) return 3;
  if (magnitude >= 0.1 || magnitude == 0) return 4;
  return static_cast<unsigned>(std::min(18.0, 3 - std::floor(std::log10(magnitude))));
}

bool IsPlainNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find_first_not_of("0123456789.") == std::string_view::npos &&
         (point == std::string_view::npos || text.find('.', point + 1) == std::string_view::npos);
}

// Adds one to the last digit of digits with a point.
void CountUp(std::string& digits) {
  for (std::size_t at = digits.size(); at-- > 0;) {
    if (digits[at] == '.') continue;
    if (digits[at] != '9') {
      ++digits[at];
      return;
    }
    digits[at] = '0';
  }
  digits.insert(0, "1");
}

std::string Rounded(std::string digits, unsigned decimals) {
  const std::size_t point = digits.find('.');
  if (point == std::string::npos || digits.size() - point - 1 <= decimals) return digits;
  const bool up = digits[point + 1 + decimals] >= '5';
  digits.resize(point + 1 + decimals);
  if (up) CountUp(digits);
  while (digits.back() == '0') digits.pop_back();
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

// One digit, never below the bound.
std::string BoundText(const std::string& bound) {
  const double value = std::strtod(bound.c_str(), nullptr);
  if (!(value > 0) || !std::isfinite(value)) return bound;
  int exponent = static_cast<int>(std::floor(std::log10(value)));
  int digit = static_cast<int>(std::ceil(value / std::pow(10.0, exponent) * (1 - 1e-12)));
  if (digit >= 10) digit = 1, ++exponent;
  if (exponent >= 0 || exponent < -6) return fmt::format("{}e{}", digit, exponent);
  return fmt::format("{:.{}f}", digit * std::pow(10.0, exponent), -exponent);
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

std::string TextHtml(std::string_view text) { return "<bdi>" + EscapeHtml(text) + "</bdi>"; }

std::string GroupDigits(std::string_view number, unsigned decimals) {
  if (!IsPlainNumber(number)) return std::string(number);
  const bool negative = number.starts_with('-');
  std::string digits = Rounded(std::string(number.substr(negative ? 1 : 0)), decimals);
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  for (std::size_t at = std::min(digits.find('.'), digits.size()); at > 3;) digits.insert(at -= 3, ",");
  return (negative && !zero ? "-" : "") + digits;
}

double NumberOf(const ReceiptOutput& output) {
  const double number = std::strtod(output.value.c_str(), nullptr);
  return std::isfinite(number) ? number : 0;
}

std::string ValueHtml(const ReceiptOutput& output) {
  if (!output.undefined.empty())
    return "<span class=\"none\">no value: " + TextHtml(output.undefined) + "</span>";
  // The minus of print stands on the height of digits.
  std::string shown = GroupDigits(output.value, DecimalsFor(output));
  if (shown.starts_with('-')) shown.replace(0, 1, "\xe2\x88\x92");
  std::string html = "<span class=\"n\">" + EscapeHtml(shown) + "</span>";
  if (!output.unit.empty()) html += " <span class=\"unit\">" + TextHtml(output.unit) + "</span>";
  return html;
}

std::string PrecisionText(const ReceiptOutput& output) {
  if (!output.undefined.empty()) return "";
  if (output.error_bound != "0") {
    return "rounded here; off by at most " + BoundText(output.error_bound) + " in result.json";
  }
  if (output.exact.empty()) return "rounded";
  const std::string shown = GroupDigits(output.value, DecimalsFor(output));
  return shown == GroupDigits(output.exact, 1000) ? "exact" : "rounded here; exact in result.json";
}

std::string TimeHtml(UnixSeconds time) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const std::string machine = FormatTime(time);
  const std::chrono::sys_days day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(time)));
  const std::chrono::year_month_day date(day);
  return fmt::format("<time datetime=\"{}\">{} {} {}, {} UTC</time>", machine, unsigned{date.day()},
                     kMonths.at(unsigned{date.month()} - 1), int{date.year()}, machine.substr(11, 5));
}

}  // namespace mpcstats
