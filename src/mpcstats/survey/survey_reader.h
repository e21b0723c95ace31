// Reading one table of a survey file: typed values, each with a sentence of its own when it is missing or wrong.
//
//   Section section(node, "[limits]");
//   RETURN_IF_ERROR(section.AllowOnly({"posts_per_minute"}));
//   ASSIGN_OR_RETURN(auto posts, section.Whole("posts_per_minute", {.low = 1, .high = 1000, .fallback = 600}));
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/survey/survey.h"
#include "mpcstats/survey/survey_toml.h"

namespace mpcstats {

struct TextRule {
  std::size_t most_bytes = 200;
  TextLines lines = TextLines::kOne;
  /// What stands for an absent key; without it the key is needed.
  std::optional<std::string> fallback = std::nullopt;
};

struct WholeRule {
  std::int64_t low = 0;
  std::int64_t high = 0;
  std::optional<std::int64_t> fallback = std::nullopt;
};

/// A view of a table, which must outlive it. All errors are kInvalidArgument with line and key unless said otherwise.
class Section {
 public:
  /// `name` is how sentences call it: "[survey]", "[[columns]] number 2".
  Section(const TomlNode& table, std::string name) : table_(&table), name_(std::move(name)) {}
  /// Refuses a node that is no table.
  [[nodiscard]] static Result<Section> Of(const TomlNode& node, std::string name);

  /// Refuses every other key, naming the nearest of these; kUnimplemented for keys of differential privacy.
  [[nodiscard]] Status AllowOnly(std::initializer_list<std::string_view> keys) const;

  [[nodiscard]] const TomlNode* Find(std::string_view key) const;
  /// The line of the key, or of the table when it is absent.
  [[nodiscard]] unsigned LineOf(std::string_view key) const;
  [[nodiscard]] unsigned line() const { return table_->line; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Not empty, no spaces at its ends, without characters that show as something else. `example` is the value to write.
  [[nodiscard]] Result<std::string> Text(std::string_view key, std::string_view example,
                                         const TextRule& rule = {}) const;
  [[nodiscard]] Result<std::int64_t> Whole(std::string_view key, const WholeRule& rule) const;
  [[nodiscard]] Result<bool> Boolean(std::string_view key, bool fallback) const;
  /// A TOML time with an offset, or the same as text.
  [[nodiscard]] Result<UnixSeconds> Time(std::string_view key) const;
  /// A list, empty when the key is absent.
  [[nodiscard]] Result<const std::vector<TomlNode>*> List(std::string_view key) const;

  /// The tables under [[key]], none when there are none, each named "[[key]] number N".
  [[nodiscard]] Result<std::vector<Section>> Tables(std::string_view key, std::size_t most) const;
  /// The table [key], nothing when it is absent.
  [[nodiscard]] Result<std::optional<Section>> Table(std::string_view key) const;

  /// "line N: "key" in [name] " and the rest of the sentence.
  [[nodiscard]] std::unexpected<Error> Refuse(std::string_view key, std::string_view rest,
                                              ErrorCode code = ErrorCode::kInvalidArgument) const;
  /// The same for a key that is not there.
  [[nodiscard]] std::unexpected<Error> Missing(std::string_view key, std::string_view example) const;

 private:
  const TomlNode* table_;
  std::string name_;
};

/// The same checks for a text that is an item of a list; `what` starts the sentence.
[[nodiscard]] Status CheckItemText(const TomlNode& item, std::string_view what, std::size_t most_bytes);

}  // namespace mpcstats
