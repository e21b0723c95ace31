#include "mpcstats/service/load_answers.h"

#include <algorithm>
#include <thread>

#include "mpcstats/base/decimal.h"

namespace mpcstats {
namespace {

// A remainder is a little uneven, which does not matter to a load.
std::uint64_t Below(Rng& rng, std::uint64_t end) { return end == 0 ? rng.Word() : rng.Word() % end; }

std::string RandomCell(const SurveyColumn& column, Rng& rng) {
  if (column.kind == ColumnKind::kCategory) return column.categories[Below(rng, column.categories.size())];
  if (column.kind == ColumnKind::kUnique) {
    const Bytes32 digest = [&] {
      Bytes32 out;
      rng.Fill(out);
      return out;
    }();
    return ToHex(digest).substr(0, 16);
  }
  const auto low = static_cast<std::uint64_t>(column.min_units);
  const std::uint64_t width = static_cast<std::uint64_t>(column.max_units) - low + 1;
  return FormatDecimal({.units = static_cast<std::int64_t>(low + Below(rng, width)), .scale = column.scale});
}

Result<SealedAnswer> SealOne(const SignedSurvey& survey, Rng& rng) {
  const std::map<std::string, std::string> cells = RandomCells(survey.survey(), rng);
  ASSIGN_OR_RETURN(const RowBits row, EncodeRow(survey.survey(), cells));
  const SigningKey control = SigningKey::Generate(rng);
  ASSIGN_OR_RETURN(const Submission submission, SealSubmission(survey, row, control, {}, rng));
  SealedAnswer answer{.id = SubmissionId(submission.envelope.header), .bytes = EncodeSubmission(submission)};
  const SurveyColumn& first = survey.survey().columns.front();
  if (first.kind == ColumnKind::kNumber) {
    ASSIGN_OR_RETURN(const Decimal cell, ParseDecimal(cells.at(first.name)));
    answer.first_units = cell.units;
  }
  return answer;
}

}  // namespace

std::map<std::string, std::string> RandomCells(const Survey& survey, Rng& rng) {
  std::map<std::string, std::string> cells;
  for (const SurveyColumn& column : survey.columns) cells[column.name] = RandomCell(column, rng);
  return cells;
}

Result<std::vector<SealedAnswer>> SealRandomAnswers(const SignedSurvey& survey, std::size_t count,
                                                    unsigned threads) {
  if (survey.survey().eligibility != Eligibility::kOpen) {
    return Fail(ErrorCode::kInvalidArgument,
                "the survey is for invited people; make a load survey with eligibility = \"open\"");
  }
  threads = std::max(threads, 1u);
  std::vector<SealedAnswer> answers(count);
  std::vector<Status> outcomes(threads);
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      SystemRng rng;
      for (std::size_t i = t; i < count; i += threads) {
        auto sealed = SealOne(survey, rng);
        if (!sealed) {
          outcomes[t] = std::unexpected(sealed.error());
          return;
        }
        answers[i] = std::move(*sealed);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  for (const Status& outcome : outcomes) RETURN_IF_ERROR(outcome);
  return answers;
}

Bytes MalformedCopy(const Bytes& answer) {
  Bytes copy = answer;
  if (!copy.empty()) copy.back() ^= 1;
  return copy;
}

}  // namespace mpcstats
