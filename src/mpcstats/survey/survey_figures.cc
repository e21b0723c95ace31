// [catalogue], [[figures]] and [hero]: everything that will ever be computed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpcstats/language/grammar.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/table/utf8.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostScaleSteps = 16;

Status ReadPartition(const Section& section, Survey& survey) {
  if (section.Find("partition") == nullptr) return {};
  ASSIGN_OR_RETURN(const std::string name, section.Text("partition", "region"));
  const auto column = std::ranges::find(survey.columns, name, &SurveyColumn::name);
  if (column == survey.columns.end()) {
    return section.Refuse(
        "partition",
        fmt::format("is {}, which is no column; write the name of a category column", QuoteForMessage(name)));
  }
  if (column->kind != ColumnKind::kCategory) {
    return section.Refuse(
        "partition",
        fmt::format("is \"{}\", which is no category; write the name of a category column", name));
  }
  if (column->may_be_missing) {
    return section.Refuse("partition",
                          fmt::format("is \"{}\", which may be missing, so that some people are in no cell; "
                                      "remove may_be_missing and write a category such as \"not said\"",
                                      name));
  }
  survey.partition = static_cast<std::size_t>(column - survey.columns.begin());
  return {};
}

Status ReadRules(const Section& section, Survey& survey) {
  RETURN_IF_ERROR(section.AllowOnly({"partition", "allow_rank_statistics", "rank_notice"}));
  RETURN_IF_ERROR(ReadPartition(section, survey));
  ASSIGN_OR_RETURN(survey.allow_rank_statistics, section.Boolean("allow_rank_statistics", false));
  ASSIGN_OR_RETURN(survey.rank_notice, section.Text("rank_notice", "", {.most_bytes = 1000, .fallback = ""}));
  if (survey.allow_rank_statistics && survey.rank_notice.empty()) {
    return section.Missing(
        "rank_notice",
        "\"The median is the exact answer of one person, or the middle of two.\", which everybody who "
        "answers is shown, or remove allow_rank_statistics");
  }
  if (!survey.allow_rank_statistics && !survey.rank_notice.empty()) {
    return section.Refuse("rank_notice",
                          "is for rank statistics only; remove it, or write allow_rank_statistics = true");
  }
  return {};
}

Result<std::vector<FigureParts>> ReadExpression(const Section& section, const Survey& survey) {
  ASSIGN_OR_RETURN(const std::string text,
                   section.Text("expr", "mean(balance)", {.most_bytes = 4000, .lines = TextLines::kMany}));
  if (!IsQuery(text) && !ReadFigureText(text)) {
    if (const auto call = ParseCall(text, nullptr); !call) {
      return section.Refuse("expr", "is no figure: " + call.error().message());
    }
  }
  auto figures = ReadFigures(survey, text);
  if (!figures) {
    return FailAtLine(section.LineOf("expr"), figures.error().message(), figures.error().code());
  }
  return std::move(*figures);
}

// The columns of the short form; those of a query are checked where they stand.
Status CheckColumns(const Section& section, const FigureParts& figure, const Survey& survey) {
  for (const std::string& name : figure.columns) {
    const SurveyColumn* column = survey.FindColumn(name);
    if (column == nullptr) {
      return section.Refuse("expr", fmt::format("names {}, which is no column; write one of [[columns]]",
                                                QuoteForMessage(name)));
    }
    if (column->kind == ColumnKind::kUnique) {
      return section.Refuse(
          "expr", fmt::format("names \"{}\", a hidden identifier of which nothing is released; count another "
                              "column",
                              column->name));
    }
  }
  return {};
}

Status CheckBy(const Section& section, const Survey& survey) {
  ASSIGN_OR_RETURN(const std::string by, section.Text("by", "region"));
  if (!survey.partition) {
    return section.Refuse(
        "by", fmt::format("needs a partition; write partition = {} in [catalogue]", QuoteForMessage(by)));
  }
  if (const std::string& partition = survey.columns[*survey.partition].name; by != partition) {
    return section.Refuse(
        "by", fmt::format("is {}, but figures are split by the partition alone; write by = \"{}\"",
                          QuoteForMessage(by), partition));
  }
  return {};
}

// By the partition and of everybody in it: what `by` says in the short form.
bool IsSplitAlone(const FigureParts& parts, const Survey& survey) {
  return !parts.where && parts.group_by && !parts.group_by->by_bucket() && survey.partition &&
         parts.group_by->value.text == survey.columns[*survey.partition].name;
}

// One figure, or those of a query.
Result<std::vector<CatalogueFigure>> ReadFigure(const Section& section, const Survey& survey) {
  RETURN_IF_ERROR(section.AllowOnly({"expr", "label", "by"}));
  ASSIGN_OR_RETURN(const std::vector<FigureParts> parts, ReadExpression(section, survey));
  ASSIGN_OR_RETURN(const std::string text,
                   section.Text("expr", "", {.most_bytes = 4000, .lines = TextLines::kMany}));
  const bool by = section.Find("by") != nullptr;
  if (!IsQuery(text)) {
    RETURN_IF_ERROR(CheckColumns(section, parts[0], survey));
    if (by) RETURN_IF_ERROR(CheckBy(section, survey));
  } else if (by) {
    return section.Refuse("by", "stands beside a query; write GROUP BY in the query instead");
  }
  ASSIGN_OR_RETURN(const std::string label, section.Text("label", "Average balance", {.fallback = ""}));
  std::vector<CatalogueFigure> figures;
  for (const FigureParts& one : parts) {
    CatalogueFigure figure;
    figure.by_partition = by || IsSplitAlone(one, survey);
    figure.expression = figure.by_partition ? one.item : one.text;
    // Written out it can be longer than what is read.
    if (const auto again = ReadFigures(survey, figure.expression); !again || again->size() != 1) {
      return section.Refuse("expr", "is too long when it is written out; write a shorter one");
    }
    figure.label = label.empty() ? figure.expression : label + (parts.size() > 1 ? ": " + one.item : "");
    figures.push_back(std::move(figure));
  }
  return figures;
}

Status ReadScaleStep(const TomlNode& node, HeroScale& hero) {
  ASSIGN_OR_RETURN(const Section step, Section::Of(node, "a step of \"scale\" in [hero]"));
  RETURN_IF_ERROR(step.AllowOnly({"up_to", "word"}));
  const TomlNode* bound = step.Find("up_to");
  if (bound == nullptr) return step.Missing("up_to", "0.3");
  double value = 0;
  if (bound->kind == TomlNode::Kind::kFloat) {
    value = bound->number;
  } else if (bound->kind == TomlNode::Kind::kInteger) {
    value = static_cast<double>(bound->integer);
  } else {
    return step.Refuse("up_to", "is no number; write one without quotes, such as 0.3");
  }
  if (!std::isfinite(value))
    return step.Refuse("up_to", "is not finite; write a number that the figure cannot exceed");
  if (!hero.up_to.empty() && value <= hero.up_to.back().first) {
    return step.Refuse("up_to", "is not above the step before it; write the steps in ascending order");
  }
  ASSIGN_OR_RETURN(const std::string word, step.Text("word", "low", {.most_bytes = 40}));
  hero.up_to.emplace_back(value, word);
  return {};
}

Status ReadHero(const Section& section, Survey& survey) {
  RETURN_IF_ERROR(section.AllowOnly({"expr", "scale"}));
  if (section.Find("expr") != nullptr) {
    ASSIGN_OR_RETURN(const std::vector<FigureParts> parts, ReadExpression(section, survey));
    const FigureParts& expression = parts.front();
    const bool known = parts.size() == 1 && !expression.group_by &&
                       std::ranges::any_of(survey.figures, [&](const CatalogueFigure& figure) {
                         return figure.expression == expression.text && !figure.by_partition;
                       });
    if (!known) {
      return section.Refuse(
          "expr", fmt::format("is {}, which is no figure for everybody; write one of [[figures]] without "
                              "\"by\"",
                              QuoteForMessage(expression.text)));
    }
    survey.hero.expression = expression.text;
  }
  ASSIGN_OR_RETURN(const auto* steps, section.List("scale"));
  if (steps->size() > kMostScaleSteps) {
    return section.Refuse("scale",
                          fmt::format("has {} steps; write at most {}", steps->size(), kMostScaleSteps));
  }
  for (const TomlNode& step : *steps) RETURN_IF_ERROR(ReadScaleStep(step, survey.hero));
  return {};
}

}  // namespace

Status ReadCatalogue(const Section& file, Survey& survey) {
  ASSIGN_OR_RETURN(const std::optional<Section> catalogue, file.Table("catalogue"));
  if (catalogue) RETURN_IF_ERROR(ReadRules(*catalogue, survey));
  ASSIGN_OR_RETURN(const std::vector<Section> sections, file.Tables("figures", kMostFigures));
  if (sections.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the file releases nothing; write a [[figures]] for each figure");
  }
  std::vector<unsigned> lines;
  for (const Section& section : sections) {
    ASSIGN_OR_RETURN(const std::vector<CatalogueFigure> figures, ReadFigure(section, survey));
    survey.figures.insert(survey.figures.end(), figures.begin(), figures.end());
    lines.insert(lines.end(), figures.size(), section.LineOf("expr"));
  }
  if (survey.figures.size() > kMostFigures) {
    return FailAtLine(lines.back(), fmt::format("the queries hold {} figures together; write at most {}",
                                                survey.figures.size(), kMostFigures));
  }
  RETURN_IF_ERROR(CheckFigures(survey, lines));
  ASSIGN_OR_RETURN(const std::optional<Section> hero, file.Table("hero"));
  if (hero) RETURN_IF_ERROR(ReadHero(*hero, survey));
  return {};
}

}  // namespace mpcstats
