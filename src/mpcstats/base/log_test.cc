#include "mpcstats/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <thread>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

// What must not compile in a field.
static_assert(std::constructible_from<LogValue, const char*>);
static_assert(std::constructible_from<LogValue, std::string>);
static_assert(std::constructible_from<LogValue, std::uint64_t>);
static_assert(std::constructible_from<LogValue, double>);
static_assert(!std::constructible_from<LogValue, Bytes>);
static_assert(!std::constructible_from<LogValue, ByteSpan>);
static_assert(!std::constructible_from<LogValue, Bytes32>);
static_assert(!std::constructible_from<LogValue, const Secret<Bytes32>&>);
static_assert(!std::constructible_from<LogValue, const Secret<std::uint64_t>&>);
static_assert(!std::constructible_from<LogValue, bool>);
static_assert(!std::constructible_from<LogValue, char>);
static_assert(!std::constructible_from<LogValue, const std::uint8_t*>);
static_assert(!std::constructible_from<LogValue, const void*>);
static_assert(!std::constructible_from<LogValue, LogLevel>);
static_assert(!std::constructible_from<LogValue, std::nullptr_t>);
static_assert(!std::constructible_from<LogName, std::string>);

constexpr std::int64_t kTime = 1'795'424'400'123;  // 2026-11-23T09:00:00.123Z

std::string Text(std::initializer_list<LogField> fields) {
  return FormatLogLine(LogFormat::kText, LogLevel::kInfo, kTime, "event-name", fields);
}
std::string Json(std::initializer_list<LogField> fields) {
  return FormatLogLine(LogFormat::kJson, LogLevel::kWarning, kTime, "event-name", fields);
}

// SetLog is for the whole process: a test that changes it puts it back.
struct LogTest : testing::Test {
  ~LogTest() override { SetLog(LogOptions()); }
};

TEST_F(LogTest, TextLineHasTimeLevelEventAndFields) {
  EXPECT_EQ(Text({{"survey", "6f1d"}, {"count", 5}, {"seconds", 0.25}}),
            "2026-11-23T09:00:00.123Z info    event-name survey=6f1d count=5 seconds=0.25");
}

TEST_F(LogTest, JsonLineHasTimeLevelEventAndFields) {
  EXPECT_EQ(Json({{"survey", "6f1d"}, {"count", 5}, {"seconds", 0.25}}),
            R"({"time":"2026-11-23T09:00:00.123Z","level":"warning","event":"event-name",)"
            R"("survey":"6f1d","count":5,"seconds":0.25})");
}

TEST_F(LogTest, KeepsTheWholeRangeOfIntegers) {
  EXPECT_THAT(Json({{"a", std::numeric_limits<std::uint64_t>::max()}}), HasSubstr("18446744073709551615"));
  EXPECT_THAT(Json({{"a", std::numeric_limits<std::int64_t>::min()}}), HasSubstr("-9223372036854775808"));
}

TEST_F(LogTest, TimesBeforeTheEpochAreRight) {
  EXPECT_THAT(FormatLogLine(LogFormat::kText, LogLevel::kInfo, -1, "x", {}),
              testing::StartsWith("1969-12-31T23:59:59.999Z"));
}

TEST_F(LogTest, NumbersThatAreNotFiniteDoNotBreakJson) {
  EXPECT_THAT(Json({{"a", std::numeric_limits<double>::quiet_NaN()}}), HasSubstr(R"("a":null)"));
  EXPECT_THAT(Json({{"a", std::numeric_limits<double>::infinity()}}), HasSubstr(R"("a":null)"));
}

TEST_F(LogTest, ControlCharactersCannotBreakALine) {
  std::string hostile;
  for (int c = 0; c < 0x20; ++c) hostile += static_cast<char>(c);
  hostile +=
      "\x7f\xc2\x9b\xe2\x80\xa8\xe2\x80\xae";  // DEL, CSI of C1, a line separator, right-to-left override
  for (const std::string& line : {Text({{"text", hostile}}), Json({{"text", hostile}})}) {
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c < 0x7f) << line;
    EXPECT_THAT(line, HasSubstr(R"(\u0000)"));
    EXPECT_THAT(line, HasSubstr(R"(\u000a)"));
    EXPECT_THAT(line, HasSubstr(R"(\u001b)"));
    EXPECT_THAT(line, HasSubstr(R"(\u007f\u009b\u2028\u202e)"));
  }
}

TEST_F(LogTest, ATextCannotForgeAnotherField) {
  EXPECT_THAT(Text({{"a", "x level=error"}}), EndsWith(R"(a="x level=error")"));
  EXPECT_THAT(Text({{"a", "x\" b=1"}}), EndsWith(R"(a="x\" b=1")"));
  EXPECT_THAT(Text({{"a", "b=1"}}), EndsWith(R"(a="b=1")"));
  EXPECT_THAT(Text({{"a", ""}}), EndsWith(R"(a="")"));
  EXPECT_THAT(Json({{"a", R"(","level":"error)"}}), EndsWith(R"("a":"\",\"level\":\"error"})"));
}

TEST_F(LogTest, KeepsWhatIsUtf8AndShowsWhatIsNot) {
  EXPECT_THAT(Json({{"a", "Zürich 😀"}}), HasSubstr("Zürich 😀"));
  // A lone continuation byte, an overlong slash, a surrogate, a cut sequence.
  EXPECT_THAT(Json({{"a", "\x80"}}), HasSubstr(R"("a":"\\x80")"));
  EXPECT_THAT(Json({{"a", "\xc0\xaf"}}), HasSubstr(R"(\\xc0\\xaf)"));
  EXPECT_THAT(Json({{"a", "\xed\xa0\x80"}}), HasSubstr(R"(\\xed\\xa0\\x80)"));
  EXPECT_THAT(Json({{"a", "\xe2\x82"}}), HasSubstr(R"(\\xe2\\x82)"));
}

TEST_F(LogTest, LongTextsAreCut) {
  const std::string long_text(kLogTextLimit + 1, 'x');
  EXPECT_EQ(Text({{"a", long_text}}).size(), Text({{"a", ""}}).size() + kLogTextLimit + 3);
  EXPECT_THAT(Text({{"a", long_text}}), EndsWith("x...\""));
  EXPECT_THAT(Text({{"a", long_text.substr(1)}}), EndsWith("xx"));
}

TEST_F(LogTest, NoBytesBreakALine) {
  EXPECT_TRUE(
      rc::check("a line has no control character and its quotes are paired", [](const std::string& text) {
        for (const std::string& line : {Text({{"a", text}}), Json({{"a", text}})}) {
          std::size_t quotes = 0;
          for (std::size_t i = 0; i < line.size(); ++i) {
            const auto byte = static_cast<unsigned char>(line[i]);
            RC_ASSERT(byte >= ' ' && byte != 0x7f);
            if (line[i] == '\\') {
              ++i;
            } else if (line[i] == '"') {
              ++quotes;
            }
          }
          RC_ASSERT(quotes % 2 == 0);
        }
      }));
}

TEST_F(LogTest, WritesToStandardErrorOnly) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Log(LogLevel::kError, "started", {{"port", 8443}});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), EndsWith("error   started port=8443\n"));
}

TEST_F(LogTest, DoesNotTakeATextForAFormat) {
  testing::internal::CaptureStderr();
  Log(LogLevel::kError, "started", {{"path", "{} {0} %v"}});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), EndsWith("path=\"{} {0} %v\"\n"));
}

TEST_F(LogTest, WritesNothingBelowTheLevel) {
  testing::internal::CaptureStderr();
  Log(LogLevel::kDebug, "quiet-by-default");
  SetLog({.level = LogLevel::kError});
  Log(LogLevel::kWarning, "quiet-too");
  Log(LogLevel::kError, "loud");
  SetLog({.level = LogLevel::kDebug, .format = LogFormat::kJson});
  Log(LogLevel::kDebug, "loud-debug");
  const std::string written = testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, Not(HasSubstr("quiet")));
  EXPECT_THAT(written, HasSubstr("error   loud\n"));
  EXPECT_THAT(written, HasSubstr(R"("level":"debug","event":"loud-debug"})"));
}

TEST_F(LogTest, LinesOfThreadsAreNotMixed) {
  testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 200; ++i) Log(LogLevel::kInfo, "tick", {{"text", "a b"}, {"number", 7}});
      });
    }
  }
  const std::string written = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (std::size_t start = 0; start < written.size(); ++lines) {
    const std::size_t end = written.find('\n', start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_THAT(written.substr(start, end - start), EndsWith("Z info    tick text=\"a b\" number=7"));
    start = end + 1;
  }
  EXPECT_EQ(lines, 800u);
}

TEST_F(LogTest, LevelsAndFormatsHaveNames) {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    EXPECT_EQ(*ParseLogLevel(LogLevelName(level)), level);
  }
  EXPECT_EQ(*ParseLogFormat("text"), LogFormat::kText);
  EXPECT_EQ(*ParseLogFormat("json"), LogFormat::kJson);
}

TEST_F(LogTest, RefusesUnknownLevelsAndFormats) {
  EXPECT_THAT(ParseLogLevel("Info").error().message(), HasSubstr("debug, info, warning or error"));
  EXPECT_THAT(ParseLogFormat("").error().message(), HasSubstr("text or json"));
}

}  // namespace
}  // namespace mpcstats
