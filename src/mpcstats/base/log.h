// Log: one line an event, to standard error, for people or as JSON.
//
//   Log(LogLevel::kInfo, "batch-closed", {{"survey", ToHex(hash)}, {"batch", 3}});
//   2026-11-23T09:00:00.123Z info  batch-closed survey=6f1d... batch=3
//
// Ids, sizes and durations are logged; keys, shares, tokens and bodies never are, at any level. Only texts and numbers
// can be passed: Bytes, Secret<T> and everything else with a structure do not compile. Whatever a text holds, the line
// stays one line.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "mpcstats/base/error.h"

namespace mpcstats {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : std::uint8_t { kText, kJson };

/// "debug", "info", "warning", "error" and back; likewise "text" and "json".
/// Errors:   kInvalidArgument with the words there are.
[[nodiscard]] std::string_view LogLevelName(LogLevel level);
[[nodiscard]] Result<LogLevel> ParseLogLevel(std::string_view text);
[[nodiscard]] Result<LogFormat> ParseLogFormat(std::string_view text);

struct LogOptions {
  LogLevel level = LogLevel::kInfo;  ///< nothing below it is written
  LogFormat format = LogFormat::kText;
};

/// For the whole process, from now on; safe while other threads log.
void SetLog(const LogOptions& options);

/// A word of the program: the name of an event or field. Only literals of a-z, 0-9, '-' and '_' compile, so that
/// nothing from outside becomes one; "time", "level" and "event" are taken.
class LogName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): "event" stands where a name is meant
  consteval LogName(const char* text) : text_(text) {
    if (text_.empty() || text_ == "time" || text_ == "level" || text_ == "event") throw "this name is taken";
    for (const char c : text_) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!plain) throw "a name has a-z, 0-9, - and _ only";
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

template <typename T>
concept LogNumber = (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                     sizeof(T) <= sizeof(std::uint64_t)) ||
                    std::same_as<T, double>;

/// A text or a number. It points into what it was made of: for arguments of Log only.
class LogValue {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  LogValue(std::string_view text) : value_(text) {}
  LogValue(const std::string& text) : value_(std::string_view(text)) {}
  LogValue(const char* text) : value_(std::string_view(text)) {}
  template <LogNumber T>
  LogValue(T number) {
    if constexpr (std::floating_point<T>) {
      value_ = number;
    } else if constexpr (std::unsigned_integral<T>) {
      value_ = static_cast<std::uint64_t>(number);
    } else {
      value_ = static_cast<std::int64_t>(number);
    }
  }
  /// Everything else: bytes, secrets, booleans, characters, pointers, enums. Say in words or numbers what is meant.
  template <typename T>
    requires(!LogNumber<std::remove_cvref_t<T>> && !std::convertible_to<T, std::string_view>)
  LogValue(const T&) = delete;
  // NOLINTEND(google-explicit-constructor)

  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double>;
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  Value value_;
};

struct LogField {
  LogName name;
  LogValue value;
};

/// Writes one line when `level` is at least the level set. Any thread.
///
/// Units:    a text is cut at kLogTextLimit bytes, which "..." shows.
/// Security: control characters (C0, DEL, C1), line and paragraph separators, bidirectional controls and bytes that
///           are not UTF-8 are escaped in both formats, so that a text can neither break a line nor hide a part of it.
/// Cost:     nothing is formatted below the level; else one write to standard error.
void Log(LogLevel level, LogName event, std::initializer_list<LogField> fields = {});

inline constexpr std::size_t kLogTextLimit = 2048;

/// The line that Log writes, without its end.
/// Units:    milliseconds since 1970-01-01 UTC, of which the line has RFC 3339.
[[nodiscard]] std::string FormatLogLine(LogFormat format, LogLevel level, std::int64_t unix_milliseconds,
                                        LogName event, std::span<const LogField> fields);

}  // namespace mpcstats
