#include "mpcstats/base/decimal.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace mpcstats {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSign(char c) { return c == '-' || c == '+'; }

template <std::size_t N>
bool ContainsAny(std::string_view text, const std::array<std::string_view, N>& needles) {
  return std::ranges::any_of(needles, [&](std::string_view needle) { return text.contains(needle); });
}

std::size_t CountDigits(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, IsDigit) - text.begin());
}

bool IsExponentNotation(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  if (e == std::string_view::npos) return false;
  std::string_view exponent = text.substr(e + 1);
  if (!exponent.empty() && IsSign(exponent.front())) exponent.remove_prefix(1);
  return !exponent.empty() && CountDigits(exponent) == exponent.size() && ScanDecimal(text.substr(0, e));
}

bool IsHexadecimal(std::string_view text) {
  if (!text.empty() && IsSign(text.front())) text.remove_prefix(1);
  return text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
         text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
}

// 1,234 and 12,345,678.90 but not 1,5 or 12,34.
bool HasCommaGroups(std::string_view text) {
  if (!text.empty() && IsSign(text.front())) text.remove_prefix(1);
  std::size_t digits = CountDigits(text);
  if (digits < 1 || digits > 3) return false;
  text.remove_prefix(digits);
  while (text.starts_with(',')) {
    text.remove_prefix(1);
    if (CountDigits(text) != 3) return false;
    text.remove_prefix(3);
  }
  return text.empty() || (text[0] == '.' && CountDigits(text.substr(1)) == text.size() - 1);
}

// Digits with punctuation of other habits; every other character makes it not a number at all.
DecimalFault DiagnosePunctuation(std::string_view text) {
  if (text.find_first_not_of("0123456789.,+-' _") != std::string_view::npos) return DecimalFault::kNotANumber;
  if (text.find_first_of("+-", 1) != std::string_view::npos) return DecimalFault::kMisplacedSign;
  if (text.find_first_of("' _") != std::string_view::npos) return DecimalFault::kThousandsSeparators;
  if (text.contains(',')) {
    return HasCommaGroups(text) ? DecimalFault::kThousandsSeparators : DecimalFault::kDecimalComma;
  }
  return DecimalFault::kSecondPoint;
}

// Reached only for a text that is refused already; picks the sentence that helps most.
DecimalFault Diagnose(std::string_view text) {
  static constexpr std::array<std::string_view, 5> kCurrencySigns = {"$", "€", "£", "¥", "₹"};
  static constexpr std::array<std::string_view, 3> kDashes = {"−", "–", "—"};
  static constexpr std::array<std::string_view, 4> kWideSpaces = {"\u00a0", "\u202f", "\u2009", "’"};
  if (text.empty()) return DecimalFault::kEmpty;
  if (std::ranges::none_of(text, IsDigit)) return DecimalFault::kNotANumber;
  if (IsExponentNotation(text)) return DecimalFault::kExponent;
  if (IsHexadecimal(text)) return DecimalFault::kHexadecimal;
  if (ContainsAny(text, kCurrencySigns)) return DecimalFault::kCurrency;
  if (text.ends_with('%')) return DecimalFault::kPercent;
  if (text.starts_with('(') && text.ends_with(')')) {
    return ScanDecimal(text.substr(1, text.size() - 2)) ? DecimalFault::kParentheses
                                                        : DecimalFault::kNotANumber;
  }
  for (std::string_view dash : kDashes) {
    if (text.starts_with(dash) && ScanDecimal(text.substr(dash.size()))) {
      return DecimalFault::kTypographicMinus;
    }
  }
  if (ContainsAny(text, kWideSpaces)) return DecimalFault::kThousandsSeparators;
  return DiagnosePunctuation(text);
}

}  // namespace

std::string_view DecimalFaultText(DecimalFault fault) {
  switch (fault) {
    case DecimalFault::kEmpty: return "is empty; write a number such as 12.5";
    case DecimalFault::kThousandsSeparators:
      return "has thousands separators; remove them (write 1234, not 1,234 or 1 234)";
    case DecimalFault::kDecimalComma: return "has a decimal comma; write a point (1.5, not 1,5)";
    case DecimalFault::kExponent: return "has an exponent; write the number out (100000, not 1e5)";
    case DecimalFault::kCurrency: return "has a currency sign; remove it (write 5, not $5)";
    case DecimalFault::kPercent: return "has a percent sign; remove it (write 5, not 5%)";
    case DecimalFault::kParentheses: return "is in parentheses; write a minus sign (-5, not (5))";
    case DecimalFault::kTypographicMinus: return "starts with a typographic dash; write the plain '-'";
    case DecimalFault::kMisplacedSign: return "has a misplaced sign; write one sign in front (-5, not 5-)";
    case DecimalFault::kSecondPoint: return "has more than one decimal point; keep one at most";
    case DecimalFault::kHexadecimal: return "is hexadecimal; write it in decimal digits (255, not 0xff)";
    case DecimalFault::kTooManyDigits:
      return "has more than 18 digits; round it, remove trailing zeros or choose a larger unit";
    case DecimalFault::kTooManyDecimals:
      return "has more than 18 digits after the point; round it to 18 or fewer";
    case DecimalFault::kNotANumber: return "is not a number; write digits with at most one decimal point";
  }
  return "is not a number";
}

std::expected<Decimal, DecimalFault> ScanDecimal(std::string_view text) {
  text = TrimSpaces(text);
  std::size_t at = 0;
  const bool negative = text.starts_with('-');
  if (!text.empty() && IsSign(text[0])) at = 1;
  std::int64_t units = 0;
  std::size_t digits = 0;
  std::size_t decimals = 0;
  bool any_digit = false;
  bool point = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (IsDigit(c)) {
      any_digit = true;
      if (digits > 0 || c != '0') ++digits;
      if (digits <= kMaxDecimalDigits) units = units * 10 + (c - '0');
      if (point) ++decimals;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      return std::unexpected(Diagnose(text));
    }
  }
  if (!any_digit) return std::unexpected(Diagnose(text));
  if (digits > kMaxDecimalDigits) return std::unexpected(DecimalFault::kTooManyDigits);
  if (decimals > kMaxDecimalDigits) return std::unexpected(DecimalFault::kTooManyDecimals);
  return Decimal{negative ? -units : units, static_cast<unsigned>(decimals)};
}

Result<Decimal> ParseDecimal(std::string_view text) {
  const auto scanned = ScanDecimal(text);
  if (!scanned) return Fail(ErrorCode::kInvalidArgument, std::string(DecimalFaultText(scanned.error())));
  return *scanned;
}

std::string FormatDecimal(Decimal value) {
  // 0 - x in unsigned arithmetic: the magnitude of INT64_MIN has no int64.
  const auto bits = static_cast<std::uint64_t>(value.units);
  std::string text = std::to_string(value.units < 0 ? 0 - bits : bits);
  if (value.scale > 0) {
    if (text.size() <= value.scale) text.insert(0, value.scale + 1 - text.size(), '0');
    text.insert(text.size() - value.scale, 1, '.');
  }
  if (value.units < 0) text.insert(0, 1, '-');
  return text;
}

std::string_view TrimSpaces(std::string_view text) {
  constexpr std::string_view kSpaces = " \t";
  while (!text.empty() && kSpaces.contains(text.front())) text.remove_prefix(1);
  while (!text.empty() && kSpaces.contains(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mpcstats
