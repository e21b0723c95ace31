// ScanDecimal against a second reading of the same grammar, and the round trip through FormatDecimal.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/base/check.h"
#include "mpcstats/base/decimal.h"

namespace mpcstats {
namespace {

bool AllDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The grammar once more, cut at the point instead of walked.
std::optional<Decimal> Reference(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  std::string digits = std::string(whole) + std::string(fraction);
  if (digits.empty() || !AllDigits(digits) || fraction.size() > kMaxDecimalDigits) return std::nullopt;
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.size() > kMaxDecimalDigits) return std::nullopt;
  const std::int64_t units = digits.empty() ? 0 : std::stoll(digits);
  return Decimal{negative ? -units : units, static_cast<unsigned>(fraction.size())};
}

void Run(std::string_view text) {
  const auto scanned = ScanDecimal(text);
  const auto reference = Reference(text);
  CHECK(scanned.has_value() == reference.has_value());
  if (scanned) {
    CHECK(*scanned == *reference);
    CHECK(ScanDecimal(FormatDecimal(*scanned)) == *scanned);
  } else {
    CHECK(!DecimalFaultText(scanned.error()).empty());
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
