// Decimal numbers read exactly from text: an integer and a power of ten, never a float.
//
//   ParseDecimal("-12.50")            // units -1250, scale 2
//   FormatDecimal({-1250, 2})         // "-12.50"
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

/// The value units / 10^scale. "1.5" and "1.50" are equal numbers with different scales, so == tells them
/// apart.
struct Decimal {
  std::int64_t units = 0;
  unsigned scale = 0;
  bool operator==(const Decimal&) const = default;
};

/// Most digits a number may have (leading zeros not counted), and most digits after its point.
inline constexpr unsigned kMaxDecimalDigits = 18;

/// 10^kMaxDecimalDigits: a Decimal that was parsed has |units| below it.
inline constexpr std::int64_t kDecimalUnitsEnd = 1'000'000'000'000'000'000;

/// Why a text is not a Decimal.
enum class DecimalFault {
  kEmpty,
  kThousandsSeparators,
  kDecimalComma,
  kExponent,
  kCurrency,
  kPercent,
  kParentheses,
  kTypographicMinus,
  kMisplacedSign,
  kSecondPoint,
  kHexadecimal,
  kTooManyDigits,
  kTooManyDecimals,
  kNotANumber,
};

/// The fault and its fix as the end of a sentence that starts with the text: `has a currency sign; remove
/// it`.
[[nodiscard]] std::string_view DecimalFaultText(DecimalFault fault);

/// Reads [spaces] [-|+] digits [. digits] [spaces]; ".5" and "5." are accepted, an exponent is not.
///
/// Units:  the scale is the number of digits after the point, so "1.50" has scale 2; "-0" is 0.
/// Cost:   one pass and no allocation, also for a text that is refused.
/// Errors: a DecimalFault; 19 digits are refused, never rounded.
[[nodiscard]] std::expected<Decimal, DecimalFault> ScanDecimal(std::string_view text);

/// ScanDecimal with the fault as a sentence.
///
/// Security: the message does not repeat the text; a caller that may show it puts it in front.
/// Errors:   kInvalidArgument.
[[nodiscard]] Result<Decimal> ParseDecimal(std::string_view text);

/// Plain text with exactly `scale` digits after the point: "-12.50", "7", "0.05". Any int64 is allowed.
[[nodiscard]] std::string FormatDecimal(Decimal value);

/// `text` without the spaces and tabs around it.
[[nodiscard]] std::string_view TrimSpaces(std::string_view text);

}  // namespace mpcstats
