// How a line of the log is written; log.cc writes it out.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <iterator>
#include <optional>

#include "mpcstats/base/log.h"

namespace mpcstats {

namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// The code point that `text` starts with; nothing when it is not UTF-8 (RFC 3629: shortest form, no surrogates).
std::optional<CodePoint> Decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return CodePoint{first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return std::nullopt;
  char32_t value = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return std::nullopt;
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[size] || value > 0x10ffff || surrogate) return std::nullopt;
  return CodePoint{value, size};
}

// What a terminal or a reader of lines could take for more than a character.
bool MustBeEscaped(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f || c == 0x2028 ||
         c == 0x2029 || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

// The inside of a JSON string; all characters that are escaped lie in the basic plane. Also used for text lines.
void AppendEscaped(std::string& out, std::string_view text) {
  const bool cut = text.size() > kLogTextLimit;
  if (cut) text = text.substr(0, kLogTextLimit);
  while (!text.empty()) {
    const std::optional<CodePoint> c = Decode(text);
    if (!c) {
      // A byte that is no character: shown as such in a way that is valid in both formats.
      fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (c->value == '"' || c->value == '\\') {
      out += '\\';
      out += static_cast<char>(c->value);
    } else if (MustBeEscaped(c->value)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(c->value));
    } else {
      out += text.substr(0, c->bytes);
    }
    text.remove_prefix(c->bytes);
  }
  if (cut) out += "...";
}

// Whether a text can stand in a text line without quotes.
bool IsBare(std::string_view text) {
  if (text.empty() || text.size() > kLogTextLimit) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void AppendQuoted(std::string& out, std::string_view text) {
  out += '"';
  AppendEscaped(out, text);
  out += '"';
}

void AppendValue(std::string& out, LogFormat format, const LogValue& value) {
  const auto back = std::back_inserter(out);
  if (const auto* text = std::get_if<std::string_view>(&value.value())) {
    if (format == LogFormat::kText && IsBare(*text)) {
      out += *text;
    } else {
      AppendQuoted(out, *text);
    }
  } else if (const auto* signed_number = std::get_if<std::int64_t>(&value.value())) {
    fmt::format_to(back, "{}", *signed_number);
  } else if (const auto* unsigned_number = std::get_if<std::uint64_t>(&value.value())) {
    fmt::format_to(back, "{}", *unsigned_number);
  } else {
    const double number = std::get<double>(value.value());
    // JSON has no word for what is not finite (RFC 8259 section 6).
    if (format == LogFormat::kJson && !std::isfinite(number)) {
      out += "null";
    } else {
      fmt::format_to(back, "{}", number);
    }
  }
}

std::string FormatMilliseconds(std::int64_t unix_milliseconds) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(unix_milliseconds)};
  const auto seconds = floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                     (time - seconds).count());
}

}  // namespace

std::string_view LogLevelName(LogLevel level) { return kLevels.at(static_cast<std::size_t>(level)); }

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == text) return static_cast<LogLevel>(i);
  }
  return Fail(ErrorCode::kInvalidArgument, "a log level is debug, info, warning or error");
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return Fail(ErrorCode::kInvalidArgument, "a log format is text or json");
}

std::string FormatLogLine(LogFormat format, LogLevel level, std::int64_t unix_milliseconds, LogName event,
                          std::span<const LogField> fields) {
  const std::string time = FormatMilliseconds(unix_milliseconds);
  std::string line;
  if (format == LogFormat::kText) {
    line = fmt::format("{} {:<7} {}", time, LogLevelName(level), event.text());
  } else {
    line = fmt::format(R"({{"time":"{}","level":"{}","event":"{}")", time, LogLevelName(level), event.text());
  }
  for (const LogField& field : fields) {
    line += format == LogFormat::kText ? " " : ",\"";
    line += field.name.text();
    line += format == LogFormat::kText ? "=" : "\":";
    AppendValue(line, format, field.value);
  }
  if (format == LogFormat::kJson) line += '}';
  return line;
}

}  // namespace mpcstats
