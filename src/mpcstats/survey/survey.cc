#include "mpcstats/survey/survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

bool IsSurveyId(std::string_view id) {
  const auto is_inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !id.empty() && id.size() <= 64 && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, is_inner);
}

Status ReadTimes(const Section& section, Survey& survey) {
  ASSIGN_OR_RETURN(survey.opens, section.Time("opens"));
  ASSIGN_OR_RETURN(survey.closes, section.Time("closes"));
  if (survey.opens >= survey.closes)
    return section.Refuse("closes", "is not after \"opens\"; write a later time");
  ASSIGN_OR_RETURN(const std::int64_t days, section.Whole("retention_days", {.low = 1, .high = 3650}));
  survey.retention_days = static_cast<unsigned>(days);
  return {};
}

Status ReadSchedule(const Section& section, Survey& survey) {
  ASSIGN_OR_RETURN(survey.release_every_seconds,
                   ReadDuration(section, "release_every", "\"1h\", the time between two releases"));
  return {};
}

Status ReadInvitations(const Section& section, Survey& survey) {
  if (survey.eligibility != Eligibility::kInvite) {
    for (const std::string_view key : {"invite_root", "invite_count"}) {
      if (section.Find(key) == nullptr) continue;
      return section.Refuse(key, "is for invitations only; remove it, or write eligibility = \"invite\"");
    }
    return {};
  }
  ASSIGN_OR_RETURN(const std::string root, section.Text("invite_root",
                                                        "64 hexadecimal digits, which making the invitations "
                                                        "prints"));
  const auto bytes = FromHex(root);
  if (!bytes || bytes->size() != survey.invite_root.size() || ToHex(*bytes) != root) {
    return section.Refuse("invite_root", "is no hash; write its 64 hexadecimal digits in lower case");
  }
  std::ranges::copy(*bytes, survey.invite_root.begin());
  ASSIGN_OR_RETURN(const std::int64_t count,
                   section.Whole("invite_count", {.low = survey.batch_min, .high = kMaxInvites}));
  survey.invite_count = static_cast<std::uint32_t>(count);
  return {};
}

Status ReadEligibility(const Section& section, Survey& survey) {
  ASSIGN_OR_RETURN(const std::string word, section.Text("eligibility", "open"));
  if (word != "open" && word != "invite" && word != "proven") {
    return section.Refuse(
        "eligibility", fmt::format("is {}; write \"open\", \"invite\" or \"proven\"", QuoteForMessage(word)));
  }
  survey.eligibility = word == "proven"   ? Eligibility::kProven
                       : word == "invite" ? Eligibility::kInvite
                                          : Eligibility::kOpen;
  return ReadInvitations(section, survey);
}

// 2 <= group_min <= batch_min <= batch_max.
Status ReadGroups(const Section& section, Survey& survey) {
  ASSIGN_OR_RETURN(const std::int64_t group, section.Whole("group_min", {.low = 2, .high = kMostRows}));
  ASSIGN_OR_RETURN(const std::int64_t least, section.Whole("batch_min", {.low = 2, .high = kMostRows}));
  ASSIGN_OR_RETURN(const std::int64_t most, section.Whole("batch_max", {.low = 2, .high = kMostRows}));
  if (least < group) {
    return section.Refuse("batch_min",
                          fmt::format("is below group_min; write {} or more, for a batch with fewer people "
                                      "could never be released",
                                      group));
  }
  if (most < least)
    return section.Refuse("batch_max", fmt::format("is below batch_min; write {} or more", least));
  survey.group_min = static_cast<unsigned>(group);
  survey.batch_min = static_cast<unsigned>(least);
  survey.batch_max = static_cast<unsigned>(most);
  return {};
}

Status ReadMode(const Section& section) {
  ASSIGN_OR_RETURN(const std::string mode, section.Text("mode", "exact", {.fallback = "exact"}));
  if (mode == "exact") return {};
  if (mode == "analyst") {
    return section.Refuse("mode", "is \"analyst\", which is not built; write \"exact\"",
                          ErrorCode::kUnimplemented);
  }
  return section.Refuse("mode", fmt::format("is {}; write \"exact\"", QuoteForMessage(mode)));
}

Status ReadTerms(const Section& file, Survey& survey) {
  ASSIGN_OR_RETURN(const std::optional<Section> section, file.Table("survey"));
  if (!section) return Fail(ErrorCode::kInvalidArgument, "the file has no [survey]; start it with one");
  RETURN_IF_ERROR(section->AllowOnly({"id", "title", "description", "opens", "closes", "retention_days",
                                      "eligibility", "invite_root", "invite_count", "batch_min", "batch_max",
                                      "group_min", "release_every", "mode"}));
  RETURN_IF_ERROR(ReadMode(*section));
  ASSIGN_OR_RETURN(survey.id, section->Text("id", "personal-balances"));
  if (!IsSurveyId(survey.id)) {
    return section->Refuse(
        "id", fmt::format("is {}; write 1 to 64 lower-case letters, digits and -, a letter first",
                          QuoteForMessage(survey.id)));
  }
  ASSIGN_OR_RETURN(survey.title, section->Text("title", "How much do we hold?"));
  ASSIGN_OR_RETURN(survey.description,
                   section->Text("description", "Why we ask, and who will read the figures.",
                                 {.most_bytes = 4000, .lines = TextLines::kMany, .fallback = ""}));
  RETURN_IF_ERROR(ReadTimes(*section, survey));
  RETURN_IF_ERROR(ReadGroups(*section, survey));
  RETURN_IF_ERROR(ReadSchedule(*section, survey));
  return ReadEligibility(*section, survey);
}

}  // namespace

std::optional<std::size_t> Survey::UniqueColumn() const {
  const auto column = std::ranges::find(columns, ColumnKind::kUnique, &SurveyColumn::kind);
  if (column == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(column - columns.begin());
}

const SurveyColumn* Survey::FindColumn(std::string_view name) const {
  const auto column = std::ranges::find(columns, name, &SurveyColumn::name);
  return column == columns.end() ? nullptr : &*column;
}

const SurveySource* Survey::SourceOf(std::size_t column) const {
  const auto source = std::ranges::find_if(sources, [&](const SurveySource& one) {
    return std::ranges::find(one.columns, column) != one.columns.end();
  });
  return source == sources.end() ? nullptr : &*source;
}

Result<Survey> ParseSurvey(std::string_view toml_text) {
  ASSIGN_OR_RETURN(const TomlNode tree, ReadToml(toml_text));
  const Section file(tree, "the file");
  RETURN_IF_ERROR(file.AllowOnly({"survey", "columns", "catalogue", "figures", "hero", "parties",
                                  "coordinator", "publisher", "notaries", "sources", "limits", "page"}));
  Survey survey;
  RETURN_IF_ERROR(ReadTerms(file, survey));
  RETURN_IF_ERROR(ReadColumns(file, survey));
  RETURN_IF_ERROR(ReadCatalogue(file, survey));
  RETURN_IF_ERROR(ReadOperators(file, survey));
  RETURN_IF_ERROR(ReadSources(file, survey));
  return survey;
}

}  // namespace mpcstats
