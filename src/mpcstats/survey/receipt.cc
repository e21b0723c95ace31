#include "mpcstats/survey/receipt.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/figure.h"
#include "mpcstats/survey/receipt_json.h"
#include "mpcstats/survey/survey_parts.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {

namespace {

constexpr std::string_view kSignedTag = "mpcstats/v1/receipt";
constexpr std::string_view kFieldTag = "mpcstats/v1/receipt-field";

Bytes32 FieldDigest(const std::string& name, const std::string& canonical) {
  Writer writer;
  writer.Raw(AsBytes(kFieldTag)).String(name).String(canonical);
  return Sha256(writer.bytes());
}

// "api.exchange.example (mpc)"; the weakest mode that is taken.
std::string SourceText(const SurveySource& source) {
  return fmt::format("{} ({})", source.host,
                     source.weakest == AttestationMode::kMpc ? "mpc" : "proxy or mpc");
}

std::string ProvenText(const Survey& survey) {
  std::string hosts;
  for (const SurveySource& source : survey.sources) hosts += (hosts.empty() ? "" : ", ") + SourceText(source);
  std::string notaries;
  for (const SurveyNotary& notary : survey.notaries) notaries += (notaries.empty() ? "" : ", ") + notary.name;
  return fmt::format(
      "proven: each answer came with attestations of {}, as true as these notaries are honest: {}", hosts,
      notaries);
}

bool IsNameCharacter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// Whether `name` stands in the expression as a whole name and not as that of a statistic.
bool Names(std::string_view expression, std::string_view name) {
  for (std::size_t at = expression.find(name); at != std::string_view::npos;
       at = expression.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool whole = (at == 0 || !IsNameCharacter(expression[at - 1])) &&
                       (end == expression.size() || !IsNameCharacter(expression[end]));
    if (whole && (end == expression.size() || expression[end] != '(')) return true;
  }
  return false;
}

}  // namespace

std::string GateText(const Survey& survey) {
  const bool queries = std::ranges::any_of(
      survey.figures, [](const CatalogueFigure& figure) { return IsQuery(figure.expression); });
  return fmt::format("every cell{} gained nobody or at least {} people",
                     queries ? " that filters and groups cut out" : "", survey.group_min);
}

std::string RuleText(const Survey& survey) {
  std::string text = fmt::format(
      "All figures move together, once a batch of at least {} answers has closed; from one release to the "
      "next every cell "
      "gains no answer or at least {}. The people behind the difference of any two releases are nobody or at "
      "least {}; if at "
      "most {} of them collude with the reader, what is left is a sum over at least two.",
      survey.batch_min, survey.group_min, survey.group_min, survey.group_min - 2);
  if (survey.eligibility == Eligibility::kOpen)
    text += " As anyone could answer many times, this holds for answers, not for people.";
  const std::optional<std::size_t> unique = survey.UniqueColumn();
  if (survey.eligibility == Eligibility::kProven && (!unique || survey.SourceOf(*unique) == nullptr))
    text += " As one account could answer many times, this holds for answers, not for people.";
  if (survey.allow_rank_statistics)
    text += " Rank statistics show one person's exact value; this survey turned them on.";
  return text;
}

std::string EligibilityText(const Survey& survey) {
  switch (survey.eligibility) {
    case Eligibility::kOpen: return "open: anyone could answer any number of times";
    case Eligibility::kInvite:
      return fmt::format("invited: each of {} invitations counted at most once", survey.invite_count);
    case Eligibility::kProven: return ProvenText(survey);
  }
  return {};
}

std::string ProtocolOf(const Survey& survey) { return survey.sources.empty() ? "mpcstats/1" : "mpcstats/2"; }

std::string ProvenanceText(const Survey& survey, std::string_view expression, std::string_view cell) {
  if (survey.sources.empty()) return {};
  const bool query = IsQuery(expression);
  std::vector<std::string> named_in_query;
  if (query) {
    // What is not of the survey names none of its columns.
    const auto figures = ReadFigures(survey, expression);
    if (figures && figures->size() == 1) {
      named_in_query = figures->front().columns;
      const auto& selecting = figures->front().selecting;
      named_in_query.insert(named_in_query.end(), selecting.begin(), selecting.end());
    }
  }
  std::string text;
  for (std::size_t i = 0; i < survey.columns.size(); ++i) {
    const bool splits = !cell.empty() && !query && survey.partition == i;
    const bool named = query
                           ? std::ranges::find(named_in_query, survey.columns[i].name) != named_in_query.end()
                           : Names(expression, survey.columns[i].name);
    if (!splits && !named) continue;
    const SurveySource* source = survey.SourceOf(i);
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", survey.columns[i].name,
                        source == nullptr ? "declared" : "proven by " + SourceText(*source));
  }
  return text;
}

bool ShowsOneValue(std::string_view expression) { return IsRankStatistic(StatisticOf(expression)); }

FieldDigests DigestsOf(const ReceiptBody& body) {
  FieldDigests digests;
  for (const auto& [name, canonical] : CanonicalFields(body)) {
    digests.emplace_back(name, FieldDigest(name, canonical));
  }
  return digests;
}

Bytes ReceiptSignedBytes(const FieldDigests& digests) {
  Writer list;
  for (const auto& [name, digest] : digests) list.String(name).Raw(digest);
  Writer writer;
  writer.Raw(AsBytes(kSignedTag)).Raw(Sha256(list.bytes()));
  return std::move(writer).Take();
}

Bytes ReceiptSignedBytes(const ReceiptBody& body) { return ReceiptSignedBytes(DigestsOf(body)); }

Bytes32 ReceiptHash(const ReceiptBody& body) { return Sha256(ReceiptSignedBytes(body)); }

}  // namespace mpcstats
