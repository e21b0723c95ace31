// RFC 3339 times of whole seconds, and spans of time.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr UnixSeconds kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

std::optional<unsigned> Digits(std::string_view text, std::size_t at, std::size_t count) {
  unsigned value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + static_cast<unsigned>(c - '0');
  }
  return value;
}

// "Z" or "+hh:mm": seconds to take away.
std::optional<int> Offset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = Digits(text, 1, 2);
  const auto minutes = Digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int seconds = static_cast<int>(3600 * *hours + 60 * *minutes);
  return text[0] == '-' ? -seconds : seconds;
}

std::optional<UnixSeconds> Read(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
      text[16] != ':') {
    return std::nullopt;
  }
  const auto year = Digits(text, 0, 4);
  const auto month = Digits(text, 5, 2);
  const auto day = Digits(text, 8, 2);
  const auto hour = Digits(text, 11, 2);
  const auto minute = Digits(text, 14, 2);
  const auto second = Digits(text, 17, 2);
  const auto offset = Offset(text.substr(19));
  if (!year || !month || !day || !hour || !minute || !second || !offset) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const UnixSeconds days = std::chrono::sys_days(date).time_since_epoch().count();
  const UnixSeconds time = 86400 * days + 3600 * *hour + 60 * *minute + *second - *offset;
  if (time < 0 || time > kLastSecond) return std::nullopt;
  return time;
}

}  // namespace

std::string FormatTime(UnixSeconds time) {
  // Outside of what ParseTime reads there is no RFC 3339 text; the nearest end is still a time.
  const std::chrono::sys_seconds moment{std::chrono::seconds(std::clamp<UnixSeconds>(time, 0, kLastSecond))};
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

Result<UnixSeconds> ParseTime(std::string_view text) {
  const auto time = Read(text);
  if (!time) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "{} should be like 2026-11-23T09:00:00Z, with whole seconds and Z or an offset like +01:00, "
            "from 1970 to 9999",
            QuoteForMessage(text)));
  }
  return *time;
}

Result<unsigned> ReadDuration(const Section& section, std::string_view key, std::string_view example) {
  constexpr std::int64_t kLongest = 366 * 86400;
  const TomlNode* node = section.Find(key);
  if (node == nullptr) return section.Missing(key, example);
  std::int64_t seconds = node->integer;
  if (node->kind == TomlNode::Kind::kText) {
    const std::string& text = node->text;
    const auto number = ParseDecimal(text.substr(0, text.empty() ? 0 : text.size() - 1));
    const std::int64_t unit = text.ends_with('s')   ? 1
                              : text.ends_with('m') ? 60
                              : text.ends_with('h') ? 3600
                              : text.ends_with('d') ? 86400
                                                    : 0;
    const bool fits = unit != 0 && number && number->scale == 0 && number->units <= kLongest;
    seconds = fits && text.front() >= '0' && text.front() <= '9' ? number->units * unit : 0;
  } else if (node->kind != TomlNode::Kind::kInteger) {
    seconds = 0;
  }
  if (seconds < 1 || seconds > kLongest) {
    return section.Refuse(
        key, "is no time; write seconds, or a text like \"10m\", \"1h\" or \"1d\", up to 366 days");
  }
  return static_cast<unsigned>(seconds);
}

}  // namespace mpcstats
