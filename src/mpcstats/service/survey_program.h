// What the three parties compute for a survey: closing a batch, and a release.
//
//   CloseOutput closed = co_await CloseProgram(ctx, survey, std::move(input));
//   ReleaseOutput release = co_await ReleaseProgram(ctx, survey, plan, std::move(versions));
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mpcstats/query/catalogue.h"
#include "mpcstats/service/batch_shares.h"

namespace mpcstats {

/// One submission's row at a party: components own and next, LayoutOf(survey).bytes() bytes each. Secret.
struct RowShares {
  Bytes own;
  Bytes next;
};

/// Bytes of a party's part of the pseudonym key: own and next component of 16 bytes each.
inline constexpr std::size_t kPseudonymKeyBytes = 32;
inline constexpr std::size_t kPseudonymBytes = 16;

struct CloseInput {
  std::vector<RowShares> rows;  ///< in list order; wiped when they are read
  /// Own and next component of the pseudonym key, 16 bytes each; empty: the session makes a fresh one.
  Bytes pseudonym_key;
  /// Which rows stay, given the opened pseudonyms (16 bytes each; empty without a unique column). The same at all
  /// parties, else the session ends. An error ends the session; no function keeps all rows.
  std::function<Result<std::vector<bool>>(const std::vector<Bytes>& pseudonyms)> keep;
};
struct CloseOutput {
  BatchShares shares;             ///< of the rows that stay
  std::vector<Bytes> pseudonyms;  ///< of all rows
  Bytes pseudonym_key;            ///< 32 bytes, secret; empty without a unique column
};

/// Pseudonyms = AES-128_K(identifier) are opened (and nothing else); then range checks of every column (min <= x <= max,
/// index < number of categories; one bit for the row that no one sees) and the conversion of numbers to F_p. Ends
/// verified. A cell that is missing is not checked; a row with one bad cell is valid in no column.
///
/// Shapes:   any number of rows; `survey` must live until the task is done.
/// Cost:     pseudonyms: OpenPseudonyms (5,120 ANDs a row, about 100 rounds). A column of k bits: at most two comparisons,
///           k ANDs a row to hide, for numbers BitsToField; all columns share rounds.
/// Security: K is known to nobody; the pseudonyms say which identifiers are equal, within this survey alone
///           (PRF). The number of rows and what `keep` decides are public; who is out of range is not.
/// Errors:   kInvalidArgument when the input does not fit the survey, and what `keep` says: the session ends.
[[nodiscard]] Task<CloseOutput> CloseProgram(Ctx& ctx, const Survey& survey, CloseInput input);

struct ReleaseInput {
  std::vector<BatchShares> batches;  ///< the whole version, in order
  std::size_t first_new = 0;         ///< batches from here on are newer than the last release
  /// Called once when the gate is open and before anything of a figure leaves (R8: the intent is persisted); an error halts.
  std::function<Status()> before_figures;
};
struct ReleaseOutput {
  bool passed = false;  ///< the gate: every atom gained 0 or at least group_min people
  /// One for each of plan.outputs, when passed.
  std::vector<Figure> figures;
};

/// Opens the gate (one bit for the version), and only if it is one, computes and opens the figures of the catalogue (R7).
/// Atoms: for each column of the catalogue's figures the rows that are valid in it, cut by what the catalogue splits by (the
/// cells of the partition, the groups of each grouping) and by each filter and its complement (R3).
///
/// Shapes:   `survey` and `plan` must live until the task is done; the plan is for the rows of all batches together.
/// Cost:     masks: as QueryRows::Where and GroupMasks, over all rows. The gate: about 2 ANDs a new row and atom. The figures: as ExecutePlan; figures of a cell convert anew.
/// Security: with the gate shut, one bit. With it open, for each plan the count of each column and what its statistics
///           declare. Input shares are taken as verified: CloseProgram's are.
/// Errors:   kInvalidArgument when batches or plan do not fit the survey: the session ends.
/// Source:   minimum-frequency rule on whole versions; docs/protocol.md.
[[nodiscard]] Task<ReleaseOutput> ReleaseProgram(Ctx& ctx, const Survey& survey, const SurveyPlan& plan,
                                                 ReleaseInput input);

}  // namespace mpcstats
