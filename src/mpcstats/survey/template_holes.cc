// [[hole]] and [[predicate]]: what stays hidden, and what is asked about it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "mpcstats/base/decimal.h"
#include "mpcstats/survey/template_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostTextBytes = 16;
constexpr std::size_t kMostChoices = 64;
constexpr std::size_t kMostPredicates = 16;

bool IsName(std::string_view name) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 32 && name[0] >= 'a' && name[0] <= 'z' &&
         std::ranges::all_of(name, is_inner);
}

Result<std::string> ReadName(const Section& section) {
  ASSIGN_OR_RETURN(std::string name, section.Text("name", "balance"));
  if (!IsName(name)) {
    return section.Refuse("name",
                          fmt::format("is {}; write 1 to 32 lower-case letters, digits and _, a letter first",
                                      QuoteForMessage(name)));
  }
  return name;
}

Result<Charset> ReadCharset(const Section& section, std::string_view example) {
  ASSIGN_OR_RETURN(const std::string name, section.Text("charset", example));
  std::string all;
  for (unsigned i = 1; i <= 9; ++i) {
    const auto charset = static_cast<Charset>(i);
    if (CharsetName(charset) == name) return charset;
    all += fmt::format("{}\"{}\"", i == 1 ? "" : i == 9 ? " or " : ", ", CharsetName(charset));
  }
  return section.Refuse("charset", fmt::format("is {}; write {}", QuoteForMessage(name), all));
}

Status ReadLengths(const Section& section, std::size_t lowest, std::size_t most, TemplateHole& hole) {
  const auto most_signed = static_cast<std::int64_t>(most);
  ASSIGN_OR_RETURN(const std::int64_t low,
                   section.Whole("min", {.low = static_cast<std::int64_t>(lowest),
                                         .high = most_signed,
                                         .fallback = static_cast<std::int64_t>(lowest)}));
  ASSIGN_OR_RETURN(const std::int64_t high, section.Whole("max", {.low = 1, .high = most_signed}));
  if (high < low) return section.Refuse("max", "is below \"min\"; write a larger one");
  hole.min_length = static_cast<std::size_t>(low);
  hole.max_length = static_cast<std::size_t>(high);
  return {};
}

Status ReadNumber(const Section& section, TemplateHole& hole) {
  RETURN_IF_ERROR(section.AllowOnly({"name", "kind", "integer_digits", "fraction_digits",
                                     "min_fraction_digits", "negative", "leading_zeros"}));
  ASSIGN_OR_RETURN(const auto integer,
                   section.Whole("integer_digits", {.low = 1, .high = kMaxDecimalDigits}));
  ASSIGN_OR_RETURN(const auto fraction,
                   section.Whole("fraction_digits", {.low = 0, .high = kMaxDecimalDigits, .fallback = 0}));
  if (integer + fraction > kMaxDecimalDigits) {
    return section.Refuse("fraction_digits",
                          fmt::format("and \"integer_digits\" make {} digits; write at most {} in all",
                                      integer + fraction, kMaxDecimalDigits));
  }
  ASSIGN_OR_RETURN(const auto least,
                   section.Whole("min_fraction_digits", {.low = 0, .high = fraction, .fallback = 0}));
  ASSIGN_OR_RETURN(hole.negative, section.Boolean("negative", false));
  ASSIGN_OR_RETURN(hole.leading_zeros, section.Boolean("leading_zeros", false));
  hole.integer_digits = static_cast<unsigned>(integer);
  hole.max_fraction = static_cast<unsigned>(fraction);
  hole.min_fraction = static_cast<unsigned>(least);
  hole.min_length = 1 + (hole.min_fraction > 0 ? 1 + hole.min_fraction : 0);
  hole.max_length =
      hole.integer_digits + (hole.negative ? 1 : 0) + (hole.max_fraction > 0 ? 1 + hole.max_fraction : 0);
  return {};
}

Status ReadChoice(const Section& section, TemplateHole& hole) {
  RETURN_IF_ERROR(section.AllowOnly({"name", "kind", "values"}));
  ASSIGN_OR_RETURN(const auto* items, section.List("values"));
  if (items->size() < 2 || items->size() > kMostChoices) {
    return section.Refuse("values",
                          fmt::format("has {} entries; write 2 to {}", items->size(), kMostChoices));
  }
  const std::bitset<256> allowed = BytesOfCharset(Charset::kString);
  for (const TomlNode& item : *items) {
    RETURN_IF_ERROR(CheckItemText(item, fmt::format("an entry of \"values\" in {}", section.name()), 64));
    if (!std::ranges::all_of(item.text, [&](char c) { return allowed[static_cast<unsigned char>(c)]; })) {
      return FailAtLine(item.line,
                        fmt::format("an entry of \"values\" in {} has a quote or a backslash; values with "
                                    "JSON escapes cannot be matched",
                                    section.name()));
    }
    if (std::ranges::find(hole.values, item.text) != hole.values.end()) {
      return FailAtLine(item.line, fmt::format("\"values\" in {} has {} twice; remove one", section.name(),
                                               QuoteForMessage(item.text)));
    }
    hole.values.push_back(item.text);
  }
  return {};
}

Status ReadOfKind(const Section& section, std::string_view kind, TemplateHole& hole) {
  if (kind == "number") {
    hole.kind = HoleKind::kNumber;
    return ReadNumber(section, hole);
  }
  if (kind == "choice" || kind == "boolean") {
    hole.kind = kind == "choice" ? HoleKind::kChoice : HoleKind::kBoolean;
    hole.charset = Charset::kString;
    if (hole.kind == HoleKind::kChoice) {
      RETURN_IF_ERROR(ReadChoice(section, hole));
    } else {
      RETURN_IF_ERROR(section.AllowOnly({"name", "kind"}));
      hole.values = {"false", "true"};
    }
    const auto by_size = [](const std::string& text) { return text.size(); };
    hole.min_length = std::ranges::min(hole.values, {}, by_size).size();
    hole.max_length = std::ranges::max(hole.values, {}, by_size).size();
    return {};
  }
  if (kind == "date" || kind == "timestamp") {
    hole.kind = kind == "date" ? HoleKind::kDate : HoleKind::kTimestamp;
    hole.min_length = hole.max_length = kind == "date" ? 10 : 16;
    return section.AllowOnly({"name", "kind"});
  }
  const bool is_text = kind == "secret" || kind == "text" || kind == "skip";
  if (!is_text) {
    return section.Refuse(
        "kind", fmt::format("is {}; write \"secret\", \"number\", \"text\", \"choice\", \"boolean\", "
                            "\"date\", \"timestamp\" or \"skip\"",
                            QuoteForMessage(kind)));
  }
  RETURN_IF_ERROR(section.AllowOnly({"name", "kind", "charset", "min", "max"}));
  if (kind == "secret") {
    hole.kind = HoleKind::kSecret;
    ASSIGN_OR_RETURN(hole.charset, ReadCharset(section, "hex"));
    return ReadLengths(section, 1, kMostSecretBytes, hole);
  }
  if (kind == "text") {
    hole.kind = HoleKind::kText;
    ASSIGN_OR_RETURN(hole.charset, ReadCharset(section, "digits"));
    if (hole.charset == Charset::kString || hole.charset == Charset::kHeader) {
      return section.Refuse("charset",
                            "has bytes that a column cannot hold; write \"ascii\" or a smaller set");
    }
    return ReadLengths(section, 1, kMostTextBytes, hole);
  }
  hole.kind = HoleKind::kSkip;
  ASSIGN_OR_RETURN(hole.charset, ReadCharset(section, "string"));
  if (hole.charset == Charset::kHeader) {
    return section.Refuse("charset", "is for headers; write \"string\", or \"number\" outside of quotes");
  }
  return ReadLengths(section, 0, kMostSkipBytes, hole);
}

Result<std::int64_t> ReadNumberBound(const Section& section, std::string_view key, const std::string& text,
                                     unsigned scale) {
  const auto parsed = ParseDecimal(text);
  if (!parsed) return section.Refuse(key, fmt::format("is no number: it {}", parsed.error().message()));
  Decimal value = *parsed;
  for (; value.scale > scale && value.units % 10 == 0; --value.scale) value.units /= 10;
  for (; value.scale < scale; ++value.scale) {
    if (__builtin_mul_overflow(value.units, std::int64_t{10}, &value.units)) value.units = kDecimalUnitsEnd;
    if (std::abs(value.units) >= kDecimalUnitsEnd)
      return section.Refuse(key, "is too large for the hole's digits");
  }
  if (value.scale > scale)
    return section.Refuse(key, fmt::format("has more than the hole's {} decimals", scale));
  return value.units;
}

Result<std::optional<std::int64_t>> ReadBound(const Section& section, std::string_view key,
                                              const TemplateHole& hole) {
  if (section.Find(key) == nullptr) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string text, section.Text(key, "18"));
  if (hole.kind == HoleKind::kNumber) return ReadNumberBound(section, key, text, hole.max_fraction);
  if (hole.kind == HoleKind::kDate) {
    if (const auto days = DaysOfDate(text)) return days;
    return section.Refuse(key, "is no day from 1901-01-01 to 2099-12-31; write it like 2026-11-22");
  }
  if (hole.kind == HoleKind::kTimestamp) {
    if (const auto minutes = MinutesOfTimestamp(text)) return minutes;
    return section.Refuse(key, "is no minute from 1901 to 2099; write it like 2026-11-22T13:05");
  }
  return section.Refuse(key, "is for numbers, dates and timestamps; write \"is\" for a choice");
}

Result<TemplatePredicate> ReadPredicate(const Section& section, const Template& source) {
  RETURN_IF_ERROR(section.AllowOnly({"name", "hole", "at_least", "at_most", "is"}));
  TemplatePredicate predicate;
  ASSIGN_OR_RETURN(predicate.name, ReadName(section));
  ASSIGN_OR_RETURN(const std::string hole_name, section.Text("hole", "age"));
  const auto found = source.FindHole(hole_name);
  if (!found)
    return section.Refuse("hole", fmt::format("is {}, which no [[hole]] is", QuoteForMessage(hole_name)));
  predicate.hole = *found;
  const TemplateHole& hole = source.holes[*found];
  ASSIGN_OR_RETURN(predicate.at_least, ReadBound(section, "at_least", hole));
  ASSIGN_OR_RETURN(predicate.at_most, ReadBound(section, "at_most", hole));
  const bool bounded = predicate.at_least || predicate.at_most;
  if (section.Find("is") != nullptr) {
    ASSIGN_OR_RETURN(predicate.is, section.Text("is", "ETH"));
    if (std::ranges::find(hole.values, predicate.is) == hole.values.end()) {
      return section.Refuse("is", "is none of the hole's values; write one of them");
    }
  } else if (!bounded) {
    return section.Missing("at_least", "\"18\"");
  }
  if (predicate.at_least && predicate.at_most && *predicate.at_least > *predicate.at_most) {
    return section.Refuse("at_most", "is below \"at_least\"; write a larger one");
  }
  return predicate;
}

std::optional<unsigned> DigitsAt(std::string_view text, std::size_t at, std::size_t count) {
  unsigned value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<std::int64_t> DaysOfDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto y = DigitsAt(text, 0, 4);
  const auto m = DigitsAt(text, 5, 2);
  const auto d = DigitsAt(text, 8, 2);
  if (!y || !m || !d || *y < 1901 || *y > 2099) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m),
                                         std::chrono::day(*d)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

std::optional<std::int64_t> MinutesOfTimestamp(std::string_view text) {
  if (text.size() != 16 || text[10] != 'T' || text[13] != ':') return std::nullopt;
  const auto days = DaysOfDate(text.substr(0, 10));
  const auto hour = DigitsAt(text, 11, 2);
  const auto minute = DigitsAt(text, 14, 2);
  if (!days || !hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return *days * 1440 + *hour * 60 + *minute;
}

Status ReadHoles(const Section& file, Template& source) {
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("hole", kMostHoles));
  for (const Section& section : sections) {
    TemplateHole hole;
    ASSIGN_OR_RETURN(hole.name, ReadName(section));
    ASSIGN_OR_RETURN(const std::string kind, section.Text("kind", "number"));
    RETURN_IF_ERROR(ReadOfKind(section, kind, hole));
    if (source.FindHole(hole.name)) {
      return section.Refuse("name",
                            fmt::format("is \"{}\" like that of a hole above; write another", hole.name));
    }
    source.holes.push_back(std::move(hole));
  }
  return {};
}

Status ReadPredicates(const Section& file, Template& source) {
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("predicate", kMostPredicates));
  for (const Section& section : sections) {
    ASSIGN_OR_RETURN(TemplatePredicate predicate, ReadPredicate(section, source));
    if (std::ranges::find(source.predicates, predicate.name, &TemplatePredicate::name) !=
        source.predicates.end()) {
      return section.Refuse("name",
                            fmt::format("is \"{}\" like that of one above; write another", predicate.name));
    }
    source.predicates.push_back(std::move(predicate));
  }
  return {};
}

}  // namespace mpcstats
