#include <algorithm>
#include <numeric>

#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/service/survey_program.h"
#include "mpcstats/service/survey_program_pseudonyms.h"
#include "mpcstats/service/survey_program_rows.h"
#include "mpcstats/survey/row.h"

namespace mpcstats {

namespace {

Status CheckInput(const Survey& survey, const RowLayout& layout, const CloseInput& input) {
  for (const RowShares& row : input.rows) {
    if (row.own.size() != layout.bytes() || row.next.size() != layout.bytes()) {
      return Fail(ErrorCode::kInvalidArgument, "a row of the batch is not of " +
                                                   std::to_string(layout.bytes()) +
                                                   " bytes; it belongs to another survey");
    }
  }
  const std::size_t key = input.pseudonym_key.size();
  if (key != 0 && (key != kPseudonymKeyBytes || !survey.UniqueColumn())) {
    return Fail(ErrorCode::kInvalidArgument,
                "a pseudonym key of " + std::to_string(key) + " bytes does not fit the survey");
  }
  return {};
}

void Wipe(Bytes& bytes) {
  SecureWipe(bytes.data(), bytes.size());
  bytes.clear();
}

/// A column as it was sent, behind the rows that stay.
struct Cells {
  const SurveyColumn* column = nullptr;
  BitColumn encoded;
  BitPlane present;  // zero in the rows behind the last person
};

std::vector<std::size_t> KeptRows(const std::vector<bool>& keep) {
  std::vector<std::size_t> kept;
  for (std::size_t r = 0; r < keep.size(); ++r) {
    if (keep[r]) kept.push_back(r);
  }
  return kept;
}

// One entry a survey column; of the unique one nothing is read.
std::vector<Cells> ReadCells(PartyIndex self, const Survey& survey, const RowLayout& layout,
                             const std::vector<RowShares>& rows, std::span<const std::size_t> kept) {
  const std::size_t padded = 64 * WordsFor(kept.size());
  std::vector<Cells> cells(survey.columns.size());
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const ColumnPlacement& place = layout.columns[c];
    cells[c].column = &survey.columns[c];
    if (cells[c].column->kind == ColumnKind::kUnique) continue;
    cells[c].encoded.planes = PlanesOfAnswers(rows, kept, place.first_bit, place.bits, padded);
    cells[c].present = place.valid_bit ? PlanesOfAnswers(rows, kept, *place.valid_bit, 1, padded)[0]
                                       : FirstRows(self, kept.size(), padded);
  }
  return cells;
}

// The smallest and the largest encoding that the survey allows.
std::pair<std::uint64_t, std::uint64_t> EncodedRange(const SurveyColumn& column) {
  if (column.kind == ColumnKind::kCategory) return {0, column.categories.size() - 1};
  const ColumnType type = column.Type();
  return {type.Encode(column.min_units), type.Encode(column.max_units)};
}

// No plane when every encoding is allowed; else one, [the cell is missing or within the range].
Task<BitPlanes> InRange(Ctx& ctx, const Cells& cells) {
  const PartyIndex self = ctx.session().self();
  const auto [low, high] = EncodedRange(*cells.column);
  BitPlanes conditions;
  if (low > 0) {
    BitPlane enough = co_await GreaterOrEqualPublic(ctx, cells.encoded, low);
    conditions.push_back(enough);
  }
  if (high + 1 < std::uint64_t{1} << cells.encoded.bits()) {
    BitPlane not_too_much = co_await LessThanPublic(ctx, cells.encoded, high + 1);
    conditions.push_back(not_too_much);
  }
  if (conditions.empty()) co_return conditions;
  BitPlane within = co_await AllOf(ctx, std::move(conditions));
  if (cells.column->may_be_missing) {
    // missing or within = not (present and not within)
    BitPlane outside = co_await And(ctx, cells.present, Not(self, within));
    within = Not(self, outside);
  }
  co_return BitPlanes(1, within);
}

// [every cell of the row is missing or within its range]; anything in the rows behind the last person.
Task<BitPlane> RowsInRange(Ctx& ctx, const std::vector<Cells>& cells, std::size_t padded) {
  std::vector<Ctx> contexts;
  for (std::size_t c = 0; c < cells.size(); ++c) contexts.push_back(ctx.Fork());
  std::vector<Task<BitPlanes>> tasks;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells[c].column->kind != ColumnKind::kUnique) tasks.push_back(InRange(contexts[c], cells[c]));
  }
  const std::vector<BitPlanes> conditions = co_await Par(std::move(tasks));
  BitPlanes all;
  for (const BitPlanes& condition : conditions) all.insert(all.end(), condition.begin(), condition.end());
  if (all.empty()) co_return Constant(ctx.session().self(), true, padded);
  BitPlane row_ok = co_await AllOf(ctx, std::move(all));
  co_return row_ok;
}

Task<BatchColumn> Store(Ctx& ctx, const Cells& cells, BitPlane row_ok, std::size_t people) {
  BatchColumn out;
  if (cells.column->kind == ColumnKind::kUnique) co_return out;
  out.valid = OnlyFirstRows(row_ok, people);
  if (cells.column->may_be_missing) {
    BitPlane valid = co_await And(ctx, cells.present, row_ok);
    out.valid = valid;
  }
  const ColumnType type = cells.column->Type();
  BitColumn encoded = co_await ZeroWhereMissing(ctx, type, cells.encoded, out.valid);
  out.encoded = encoded;
  if (cells.column->kind == ColumnKind::kNumber) {
    ArithColumn<Fp127> units = co_await UnitsInField(ctx, type, std::move(encoded));
    out.units = units;
  }
  co_return out;
}

Task<BatchShares> CheckAndConvert(Ctx& ctx, std::vector<Cells> cells, std::size_t people) {
  BatchShares shares;
  shares.people = people;
  BitPlane row_ok = co_await RowsInRange(ctx, cells, shares.rows());
  std::vector<Ctx> contexts;
  for (std::size_t c = 0; c < cells.size(); ++c) contexts.push_back(ctx.Fork());
  std::vector<Task<BatchColumn>> tasks;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    tasks.push_back(Store(contexts[c], cells[c], row_ok, people));
  }
  std::vector<BatchColumn> columns = co_await Par(std::move(tasks));
  shares.columns = std::move(columns);
  co_return shares;
}

Result<std::vector<bool>> AskKeep(const CloseInput& input, const std::vector<Bytes>& pseudonyms) {
  if (!input.keep) return std::vector<bool>(input.rows.size(), true);
  ASSIGN_OR_RETURN(std::vector<bool> keep, input.keep(pseudonyms));
  if (keep.size() != input.rows.size()) {
    return Fail(ErrorCode::kInternal, "the choice of rows is not one for each row");
  }
  return keep;
}

// Puts the choice into the digest that every frame carries: parties that chose differently stop at the next one.
void AgreeOn(Ctx& ctx, const std::vector<bool>& keep) {
  Bytes bits;
  for (const bool kept : keep) bits.push_back(kept ? 1 : 0);
  (void)ctx.NextOp("keep " + ToHex(Sha256(bits)), keep.size());
}

}  // namespace

Task<CloseOutput> CloseProgram(Ctx& ctx, const Survey& survey, CloseInput input) {
  Session& session = ctx.session();
  const RowLayout layout = LayoutOf(survey);
  if (Status fits = CheckInput(survey, layout, input); !fits) {
    co_await session.Halt(fits.error());
  }
  CloseOutput out;
  if (const std::optional<std::size_t> unique = survey.UniqueColumn()) {
    out.pseudonym_key = std::move(input.pseudonym_key);
    if (out.pseudonym_key.empty()) out.pseudonym_key = FreshPseudonymKey(ctx);
    std::vector<std::size_t> all(input.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const ColumnPlacement& place = layout.columns[*unique];
    BitPlanes identifiers = PlanesOfAnswers(input.rows, all, place.first_bit, place.bits, all.size());
    std::vector<Bytes> pseudonyms = co_await OpenPseudonyms(ctx, std::move(identifiers), out.pseudonym_key);
    out.pseudonyms = std::move(pseudonyms);
  }
  const Result<std::vector<bool>> keep = AskKeep(input, out.pseudonyms);
  if (!keep) {
    Wipe(out.pseudonym_key);
    co_await session.Halt(keep.error());
  }
  AgreeOn(ctx, *keep);
  const std::vector<std::size_t> kept = KeptRows(*keep);
  std::vector<Cells> cells = ReadCells(session.self(), survey, layout, input.rows, kept);
  for (RowShares& row : input.rows) {
    Wipe(row.own);
    Wipe(row.next);
  }
  BatchShares shares = co_await CheckAndConvert(ctx, std::move(cells), kept.size());
  out.shares = std::move(shares);
  co_await session.Fence();
  co_return out;
}

}  // namespace mpcstats
