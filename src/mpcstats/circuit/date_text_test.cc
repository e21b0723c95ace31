#include "mpcstats/circuit/date_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "mpcstats/circuit/text_testing.h"

namespace mpcstats {
namespace {

using Days = std::optional<std::int64_t>;

std::vector<Days> Read(const TextReader& reader, const std::vector<std::string>& texts, std::size_t bits) {
  std::vector<Days> days;
  for (const auto& value : reader.Read(texts)) {
    if (!value) {
      days.push_back(std::nullopt);
    } else {
      const auto raw = static_cast<std::int64_t>(*value);
      days.push_back(raw >> (bits - 1) != 0 ? raw - (std::int64_t{1} << bits) : raw);
    }
  }
  return days;
}
std::vector<Days> ReadDates(const std::vector<std::string>& texts) {
  static const TextReader kReader(10, DateOf);
  return Read(kReader, texts, kDateBits);
}
std::vector<Days> ReadTimes(const std::vector<std::string>& texts) {
  static const TextReader kReader(16, TimestampOf);
  return Read(kReader, texts, kTimestampBits);
}

Days PlainDate(int y, unsigned m, unsigned d) {
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
  if (!date.ok() || y < 1901 || y > 2099) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

TEST(DateOf, AgreesWithTheCalendarOnEveryWritableDay) {
  for (int year = 1890; year <= 2110; ++year) {
    std::vector<std::string> texts;
    std::vector<Days> expected;
    for (unsigned month = 0; month <= 19; ++month) {
      for (unsigned day = 0; day <= 39; ++day) {
        texts.push_back(fmt::format("{}-{:02}-{:02}", year, month, day));
        expected.push_back(PlainDate(year, month, day));
      }
    }
    ASSERT_EQ(ReadDates(texts), expected) << year;
  }
}

TEST(DateOf, RefusesOtherWritings) {
  for (const char* text : {"2026/11/22", "26-11-22xx", "2026-1-022", "22-11-2026", "2026-11-2 ", "2026-11-2a",
                           "2026-20-01", "2026-99-01", "2026-11-99", "1900-02-28", "2100-01-01", "0000-00-00",
                           "3026-11-22", "1026-11-22", "2926-11-22",
                           "\xd9\xa2"
                           "26-11-22"}) {
    EXPECT_EQ(ReadDates({text})[0], std::nullopt) << text;
  }
}

TEST(DateOf, AgreesOnRandomlyDamagedDates) {
  constexpr std::uint64_t kSeed = 3;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  TestNumbers random(kSeed);
  std::vector<std::string> texts(10000);
  for (std::string& text : texts) {
    text =
        fmt::format("{}-{:02}-{:02}", 1901 + random.Below(199), 1 + random.Below(12), 1 + random.Below(31));
    text[random.Below(10)] = random.From("0123456789-:/ ");
  }
  const auto days = ReadDates(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& t = texts[i];
    const auto is_digit = [&](std::size_t at) { return t[at] >= '0' && t[at] <= '9'; };
    bool plain = t[4] == '-' && t[7] == '-';
    for (const std::size_t at : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u}) plain = plain && is_digit(at);
    const Days expected = plain ? PlainDate(std::stoi(t), static_cast<unsigned>(std::stoi(t.substr(5, 2))),
                                            static_cast<unsigned>(std::stoi(t.substr(8))))
                                : std::nullopt;
    ASSERT_EQ(days[i], expected) << t;
  }
}

TEST(TimestampOf, CountsMinutes) {
  EXPECT_EQ(ReadTimes({"1970-01-01T00:00"})[0], Days(0));
  EXPECT_EQ(ReadTimes({"1969-12-31T23:59"})[0], Days(-1));
  EXPECT_EQ(ReadTimes({"2026-11-22T13:05"})[0], Days(29922545));
  constexpr std::uint64_t kSeed = 4;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  TestNumbers random(kSeed);
  std::vector<std::string> texts;
  std::vector<Days> expected;
  for (int i = 0; i < 10000; ++i) {
    const int year = static_cast<int>(1901 + random.Below(199));
    const auto month = static_cast<unsigned>(1 + random.Below(12));
    const auto day = static_cast<unsigned>(1 + random.Below(28));
    const auto hour = static_cast<unsigned>(random.Below(28));
    const auto minute = static_cast<unsigned>(random.Below(70));
    texts.push_back(fmt::format("{}-{:02}-{:02}T{:02}:{:02}", year, month, day, hour, minute));
    const bool good = hour < 24 && minute < 60;
    expected.push_back(good ? Days(*PlainDate(year, month, day) * 1440 + 60 * hour + minute) : std::nullopt);
  }
  EXPECT_EQ(ReadTimes(texts), expected);
}

TEST(TimestampOf, RefusesOtherWritings) {
  for (const char* text :
       {"2026-11-22 13:05", "2026-11-22T13.05", "2026-11-22T24:00", "2026-11-22T1:305", "2026-02-30T10:00"}) {
    EXPECT_EQ(ReadTimes({text})[0], std::nullopt) << text;
  }
}

TEST(DateText, StaysBelowItsDeclaredCounts) {
  EXPECT_LE(TextReader(10, DateOf).circuit().and_count(), 131u);
  EXPECT_LE(TextReader(16, TimestampOf).circuit().and_count(), 230u);
}

}  // namespace
}  // namespace mpcstats
