#include "mpcstats/survey/survey_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

std::string_view KindName(TomlNode::Kind kind) {
  using Kind = TomlNode::Kind;
  switch (kind) {
    case Kind::kText: return "a text";
    case Kind::kInteger: return "a whole number";
    case Kind::kFloat: return "a number with a fraction";
    case Kind::kBoolean: return "true or false";
    case Kind::kTime: return "a date or time";
    case Kind::kArray: return "a list";
    case Kind::kTable: return "a table";
  }
  return "";
}

// Letters to change, add or drop to come from one to the other.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

bool IsPrivacyBudget(std::string_view key) {
  static constexpr std::array<std::string_view, 9> kWords = {
      "epsilon", "delta", "rho", "dp", "privacy", "privacy_budget", "differential_privacy",
      "budget",  "noise"};
  return std::ranges::find(kWords, key) != kWords.end();
}

std::string_view TextFaultOf(std::string_view text, std::size_t most_bytes, TextLines lines) {
  if (const auto fault = TextFault(text, lines); !fault.empty()) return fault;
  if (text.empty()) return "is empty; write a text or leave the key out";
  if (text.size() > most_bytes) return "is too long";
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  // A text in triple quotes ends with a line end as a matter of course.
  if (is_space(text.front()) || (is_space(text.back()) && lines == TextLines::kOne)) {
    return "has spaces at its ends; remove them";
  }
  return {};
}

std::string WithLimit(std::string_view fault, std::size_t bytes, std::size_t most_bytes) {
  if (fault != "is too long") return std::string(fault);
  return fmt::format("has {} bytes; shorten it to {}", bytes, most_bytes);
}

}  // namespace

Result<Section> Section::Of(const TomlNode& node, std::string name) {
  if (node.kind != TomlNode::Kind::kTable) {
    return FailAtLine(node.line,
                      fmt::format("{} is {} where a table should be; write its keys below a line {}", name,
                                  KindName(node.kind), name.substr(0, name.find_last_of(']') + 1)));
  }
  return Section(node, std::move(name));
}

Status Section::AllowOnly(std::initializer_list<std::string_view> keys) const {
  for (const TomlEntry& entry : table_->entries) {
    if (std::ranges::find(keys, entry.key) != keys.end()) continue;
    if (IsPrivacyBudget(entry.key)) {
      return Refuse(
          entry.key,
          "asks for differential privacy, which is not built; remove the key: figures of a survey are exact",
          ErrorCode::kUnimplemented);
    }
    const std::string_view key = std::string_view(entry.key).substr(0, 64);
    const auto nearest =
        std::ranges::min_element(keys, {}, [&](auto known) { return EditDistance(key, known); });
    return FailAtLine(entry.line, fmt::format("{} has no key {}; the nearest is \"{}\"", name_,
                                              QuoteForMessage(entry.key), *nearest));
  }
  return {};
}

const TomlNode* Section::Find(std::string_view key) const {
  const auto entry = std::ranges::find(table_->entries, key, &TomlEntry::key);
  return entry == table_->entries.end() ? nullptr : &entry->value;
}

unsigned Section::LineOf(std::string_view key) const {
  const auto entry = std::ranges::find(table_->entries, key, &TomlEntry::key);
  return entry == table_->entries.end() ? table_->line : entry->line;
}

std::unexpected<Error> Section::Refuse(std::string_view key, std::string_view rest, ErrorCode code) const {
  return FailAtLine(LineOf(key), fmt::format("\"{}\" in {} {}", key, name_, rest), code);
}

std::unexpected<Error> Section::Missing(std::string_view key, std::string_view example) const {
  return FailAtLine(line(), fmt::format("{} has no \"{}\"; write {} = {}", name_, key, key, example));
}

Result<std::string> Section::Text(std::string_view key, std::string_view example,
                                  const TextRule& rule) const {
  const TomlNode* node = Find(key);
  if (node == nullptr) {
    if (rule.fallback) return *rule.fallback;
    return Missing(key, fmt::format("\"{}\"", example));
  }
  if (node->kind != TomlNode::Kind::kText) {
    return Refuse(
        key, fmt::format("is {}; write a text in quotes: {} = \"{}\"", KindName(node->kind), key, example));
  }
  const auto fault = TextFaultOf(node->text, rule.most_bytes, rule.lines);
  if (!fault.empty()) return Refuse(key, WithLimit(fault, node->text.size(), rule.most_bytes));
  return node->text;
}

Result<std::int64_t> Section::Whole(std::string_view key, const WholeRule& rule) const {
  const TomlNode* node = Find(key);
  if (node == nullptr) {
    if (rule.fallback) return *rule.fallback;
    return Missing(key, fmt::format("a whole number from {} to {}", rule.low, rule.high));
  }
  if (node->kind != TomlNode::Kind::kInteger) {
    return Refuse(key, fmt::format("is {}; write a whole number from {} to {}, without quotes",
                                   KindName(node->kind), rule.low, rule.high));
  }
  if (node->integer < rule.low || node->integer > rule.high) {
    return Refuse(
        key, fmt::format("is {}; write a whole number from {} to {}", node->integer, rule.low, rule.high));
  }
  return node->integer;
}

Result<bool> Section::Boolean(std::string_view key, bool fallback) const {
  const TomlNode* node = Find(key);
  if (node == nullptr) return fallback;
  if (node->kind != TomlNode::Kind::kBoolean) {
    return Refuse(key, fmt::format("is {}; write true or false, without quotes", KindName(node->kind)));
  }
  return node->boolean;
}

Result<UnixSeconds> Section::Time(std::string_view key) const {
  const TomlNode* node = Find(key);
  if (node == nullptr) return Missing(key, "2026-11-23T09:00:00Z");
  if (node->kind != TomlNode::Kind::kTime && node->kind != TomlNode::Kind::kText) {
    return Refuse(key, fmt::format("is {}; write a time like 2026-11-23T09:00:00Z", KindName(node->kind)));
  }
  auto time = ParseTime(node->text);
  if (!time) return Refuse(key, fmt::format("is no time: {}", time.error().message()));
  return time;
}

Result<const std::vector<TomlNode>*> Section::List(std::string_view key) const {
  static const std::vector<TomlNode> kNone;
  const TomlNode* node = Find(key);
  if (node == nullptr) return &kNone;
  if (node->kind != TomlNode::Kind::kArray) {
    return Refuse(key, fmt::format("is {}; write a list in square brackets", KindName(node->kind)));
  }
  return &node->items;
}

Result<std::vector<Section>> Section::Tables(std::string_view key, std::size_t most) const {
  std::vector<Section> sections;
  const TomlNode* node = Find(key);
  if (node == nullptr) return sections;
  if (node->kind != TomlNode::Kind::kArray) {
    return FailAtLine(LineOf(key),
                      fmt::format("\"{}\" is {} where a list of tables should be; write [[{}]] above each",
                                  key, KindName(node->kind), key));
  }
  if (node->items.size() > most) {
    return FailAtLine(node->items[most].line,
                      fmt::format("the file has {} [[{}]]; write at most {}", node->items.size(), key, most));
  }
  for (const TomlNode& item : node->items) {
    ASSIGN_OR_RETURN(Section section, Of(item, fmt::format("[[{}]] number {}", key, sections.size() + 1)));
    sections.push_back(std::move(section));
  }
  return sections;
}

Result<std::optional<Section>> Section::Table(std::string_view key) const {
  const TomlNode* node = Find(key);
  if (node == nullptr) return std::nullopt;
  return Of(*node, fmt::format("[{}]", key));
}

Status CheckItemText(const TomlNode& item, std::string_view what, std::size_t most_bytes) {
  if (item.kind != TomlNode::Kind::kText) {
    return FailAtLine(item.line, fmt::format("{} is {}; write a text in quotes", what, KindName(item.kind)));
  }
  const auto fault = TextFaultOf(item.text, most_bytes, TextLines::kOne);
  if (!fault.empty()) {
    return FailAtLine(item.line, fmt::format("{} {}", what, WithLimit(fault, item.text.size(), most_bytes)));
  }
  return {};
}

}  // namespace mpcstats
