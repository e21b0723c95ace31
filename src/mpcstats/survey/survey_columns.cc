// [[columns]]: what is asked.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostCategories = 256;

bool IsColumnName(std::string_view name) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 32 && name[0] >= 'a' && name[0] <= 'z' &&
         std::ranges::all_of(name, is_inner);
}

// The bound as units at `scale`, exactly.
Result<std::int64_t> ReadBound(const Section& section, std::string_view key, unsigned scale) {
  const TomlNode* node = section.Find(key);
  if (node == nullptr) return section.Missing(key, fmt::format("\"{}\"", key == "min" ? "0" : "1000000"));
  if (node->kind == TomlNode::Kind::kFloat) {
    return section.Refuse(
        key, "is a binary fraction, which is seldom exact; write it in quotes, such as \"0.05\"");
  }
  std::string text = node->text;
  if (node->kind == TomlNode::Kind::kInteger) {
    text = std::to_string(node->integer);
  } else if (node->kind != TomlNode::Kind::kText) {
    return section.Refuse(key, "is no number; write it in quotes, such as \"0.05\"");
  }
  const auto parsed = ParseDecimal(text);
  if (!parsed)
    return section.Refuse(
        key, fmt::format("is no number: {} {}", QuoteForMessage(text), parsed.error().message()));
  Decimal value = *parsed;
  for (; value.scale > scale && value.units % 10 == 0; --value.scale) value.units /= 10;
  if (value.scale > scale) {
    return section.Refuse(
        key, fmt::format("has {} decimals but scale = {}; write a bound with at most {}, or a larger scale",
                         value.scale, scale, scale));
  }
  for (; value.scale < scale; ++value.scale) {
    if (__builtin_mul_overflow(value.units, std::int64_t{10}, &value.units)) value.units = kDecimalUnitsEnd;
    if (std::abs(value.units) >= kDecimalUnitsEnd) {
      return section.Refuse(
          key, fmt::format("needs more than 18 digits at scale = {}; write a smaller bound or scale", scale));
    }
  }
  return value.units;
}

Status ReadNumber(const Section& section, SurveyColumn& column) {
  RETURN_IF_ERROR(
      section.AllowOnly({"name", "label", "unit", "kind", "may_be_missing", "scale", "min", "max"}));
  ASSIGN_OR_RETURN(const std::int64_t scale,
                   section.Whole("scale", {.low = 0, .high = kMaxDecimalDigits, .fallback = 0}));
  column.scale = static_cast<unsigned>(scale);
  ASSIGN_OR_RETURN(column.min_units, ReadBound(section, "min", column.scale));
  ASSIGN_OR_RETURN(column.max_units, ReadBound(section, "max", column.scale));
  if (column.min_units >= column.max_units)
    return section.Refuse("max", "is not above \"min\"; write a larger one");
  if (const unsigned bits = column.Type().bits; bits > kWidestBits) {
    return section.Refuse(
        "max", fmt::format("and \"min\" need {} bits at scale = {}, sign included; write bounds or a scale "
                           "that need at most {}",
                           bits, column.scale, kWidestBits));
  }
  return {};
}

Status ReadCategories(const Section& section, SurveyColumn& column) {
  RETURN_IF_ERROR(section.AllowOnly({"name", "label", "unit", "kind", "may_be_missing", "categories"}));
  if (section.Find("categories") == nullptr) return section.Missing("categories", "[\"yes\", \"no\"]");
  ASSIGN_OR_RETURN(const auto* items, section.List("categories"));
  if (items->size() < 2 || items->size() > kMostCategories) {
    return section.Refuse("categories",
                          fmt::format("has {} entries; write 2 to {}", items->size(), kMostCategories));
  }
  std::set<std::string_view> seen;
  for (const TomlNode& item : *items) {
    RETURN_IF_ERROR(
        CheckItemText(item, fmt::format("an entry of \"categories\" in {}", section.name()), 100));
    if (!seen.insert(item.text).second) {
      return FailAtLine(item.line, fmt::format("\"categories\" in {} has {} twice; remove one",
                                               section.name(), QuoteForMessage(item.text)));
    }
    column.categories.push_back(item.text);
  }
  return {};
}

Result<SurveyColumn> ReadColumn(const Section& section) {
  SurveyColumn column;
  ASSIGN_OR_RETURN(column.name, section.Text("name", "balance", {.most_bytes = 4000}));
  if (!IsColumnName(column.name)) {
    return section.Refuse("name",
                          fmt::format("is {}; write 1 to 32 lower-case letters, digits and _, a letter first",
                                      QuoteForMessage(column.name)));
  }
  ASSIGN_OR_RETURN(column.label, section.Text("label", "Your balance", {.fallback = column.name}));
  ASSIGN_OR_RETURN(column.unit, section.Text("unit", "ETH", {.most_bytes = 40, .fallback = ""}));
  ASSIGN_OR_RETURN(const std::string kind, section.Text("kind", "number"));
  ASSIGN_OR_RETURN(column.may_be_missing, section.Boolean("may_be_missing", false));
  if (kind == "number") {
    column.kind = ColumnKind::kNumber;
    RETURN_IF_ERROR(ReadNumber(section, column));
  } else if (kind == "category") {
    column.kind = ColumnKind::kCategory;
    RETURN_IF_ERROR(ReadCategories(section, column));
  } else if (kind == "unique") {
    column.kind = ColumnKind::kUnique;
    RETURN_IF_ERROR(section.AllowOnly({"name", "label", "kind", "may_be_missing"}));
    if (column.may_be_missing) {
      return section.Refuse("may_be_missing",
                            "is true for an identifier that everybody has once; remove the key");
    }
  } else {
    return section.Refuse(
        "kind", fmt::format("is {}; write \"number\", \"category\" or \"unique\"", QuoteForMessage(kind)));
  }
  return column;
}

}  // namespace

ColumnType SurveyColumn::Type() const {
  CHECK(kind != ColumnKind::kUnique);
  if (kind == ColumnKind::kCategory) return ColumnType::For(categories.size() - 1, false, 0);
  const auto magnitude = static_cast<std::uint64_t>(std::max(std::abs(min_units), std::abs(max_units)));
  return ColumnType::For(magnitude, min_units < 0, scale);
}

unsigned SurveyColumn::value_bits() const { return kind == ColumnKind::kUnique ? 128 : Type().bits; }

Status ReadColumns(const Section& file, Survey& survey) {
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("columns", kMostColumns));
  if (sections.empty())
    return Fail(ErrorCode::kInvalidArgument, "the file asks nothing; write a [[columns]] for each answer");
  for (const Section& section : sections) {
    ASSIGN_OR_RETURN(SurveyColumn column, ReadColumn(section));
    if (survey.FindColumn(column.name) != nullptr) {
      return section.Refuse("name",
                            fmt::format("is \"{}\" like that of a column above; write another", column.name));
    }
    if (column.kind == ColumnKind::kUnique && survey.UniqueColumn()) {
      return section.Refuse(
          "kind", fmt::format("is \"unique\" like that of \"{}\"; one column can be, remove the other",
                              survey.columns[*survey.UniqueColumn()].name));
    }
    survey.columns.push_back(std::move(column));
  }
  return {};
}

}  // namespace mpcstats
