#include "mpcstats/service/load_answers.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "mpcstats/base/decimal.h"
#include "mpcstats/wire/codec.h"

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

Result<std::vector<SealedAnswer>> ReadSealedAnswers(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "there is no file " + path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Reader reader(AsBytes(text));
  std::vector<SealedAnswer> answers;
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint32_t size = reader.U32();
    const ByteSpan bytes = reader.Raw(size);
    if (!reader.ok()) break;
    ASSIGN_OR_RETURN(const Submission submission, DecodeSubmission(bytes));
    answers.push_back(
        {.id = SubmissionId(submission.envelope.header), .bytes = Bytes(bytes.begin(), bytes.end())});
  }
  if (reader.ok() && !answers.empty()) return answers;
  return Fail(ErrorCode::kInvalidArgument, path + " is no file of answers, or ends in the middle of one");
}

Status WriteSealedAnswers(const std::string& path, std::span<const SealedAnswer> answers) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (const SealedAnswer& answer : answers) {
    Writer writer;
    writer.U32(static_cast<std::uint32_t>(answer.bytes.size())).Raw(answer.bytes);
    const Bytes bytes = std::move(writer).Take();
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  file.close();
  if (file) return {};
  return Fail(ErrorCode::kInvalidArgument, "cannot write " + path);
}

Bytes MalformedCopy(const Bytes& answer) {
  Bytes copy = answer;
  if (!copy.empty()) copy.back() ^= 1;
  return copy;
}

}  // namespace mpcstats
