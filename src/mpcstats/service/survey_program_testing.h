// For tests: surveys, answers that may be wrong in every way, and the programs of a survey through three simulated parties.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/engine/simulate.h"
#include "mpcstats/service/survey_program.h"

namespace mpcstats {

/// What stands in the bits of one cell, honest or not.
struct RawCell {
  bool present = true;  ///< of no meaning where the column may not be missing
  std::uint64_t encoded = 0;
};
struct Answer {
  std::string identifier;      ///< at most 16 bytes
  std::vector<RawCell> cells;  ///< one a survey column; that of the unique column is not read
};

[[nodiscard]] SurveyColumn NumberColumn(const std::string& name, std::int64_t min, std::int64_t max,
                                        unsigned scale = 0, bool may_be_missing = false);
[[nodiscard]] SurveyColumn CategoryColumn(const std::string& name, std::vector<std::string> categories);
[[nodiscard]] SurveyColumn UniqueColumn(const std::string& name);

/// person (unique), balance (-500.00 to 1000.00, may be missing), age (18 to 99), region (three categories, the partition),
/// level (0 to 255, so that the width is the check), member (two categories). group_min is 3.
[[nodiscard]] Survey TestSurvey(std::vector<CatalogueFigure> figures);
inline constexpr std::size_t kBalance = 1, kAge = 2, kRegion = 3, kLevel = 4;

/// An honest answer to TestSurvey.
[[nodiscard]] Answer HonestAnswer(const Survey& survey, const std::string& identifier, std::int64_t balance,
                                  std::int64_t age, std::uint64_t region);
/// Answers of any survey: cells missing with junk behind them, at the bounds, just behind them, anywhere in the width.
[[nodiscard]] std::vector<Answer> RandomAnswers(const Survey& survey, std::size_t count, std::uint64_t seed);
/// Every cell is missing or within its range.
[[nodiscard]] bool IsWithinRanges(const Survey& survey, const Answer& answer);

struct CloseOptions {
  SimulationOptions simulation;
  std::array<Bytes, 3> pseudonym_key;  ///< empty: fresh
  /// The choice at a party; none keeps all.
  std::function<Result<std::vector<bool>>(unsigned party, const std::vector<Bytes>& pseudonyms)> keep;
  /// Changes a party's input before the run.
  std::function<void(unsigned party, CloseInput* input)> spoil;
};
struct CloseRun {
  SimulationResult result;
  std::array<Bytes, 3> batch;  ///< encoded; empty where a party did not finish
  std::array<std::vector<Bytes>, 3> pseudonyms;
  std::array<Bytes, 3> pseudonym_key;
};
[[nodiscard]] CloseRun RunClose(const Survey& survey, const std::vector<Answer>& answers,
                                const CloseOptions& options = {});

struct ReleaseRun {
  SimulationResult result;
  std::array<std::optional<ReleaseOutput>, 3> out;  ///< none where a party did not finish
};
/// A release of the batches, given as CloseRun::batch, with the plan that fits them.
[[nodiscard]] ReleaseRun RunRelease(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches,
                                    std::size_t first_new, const SimulationOptions& options = {});
/// The same with a plan, a number of old batches and a last word for each party.
struct PartyRelease {
  const SurveyPlan* plan = nullptr;
  std::size_t first_new = 0;
  std::function<Status()> before_figures = {};
};
[[nodiscard]] ReleaseRun RunReleaseWith(const Survey& survey,
                                        const std::vector<std::array<Bytes, 3>>& batches,
                                        const std::array<PartyRelease, 3>& parties,
                                        const SimulationOptions& options = {});

/// Rows of the batches together, as padded.
[[nodiscard]] std::size_t RowsOf(const Survey& survey, const std::vector<std::array<Bytes, 3>>& batches);
/// The figures of the catalogue in the clear, in the order of the plan's outputs; rows out of range are left out.
[[nodiscard]] std::vector<Figure> PlainFigures(const Survey& survey, const std::vector<Answer>& answers);
/// What differs between two lists of figures; empty when nothing does. Inexact ones may differ by their bound.
[[nodiscard]] std::string Difference(const std::vector<Figure>& found, const std::vector<Figure>& expected);

/// The first error, or nothing.
[[nodiscard]] std::string ErrorText(const SimulationResult& result);

}  // namespace mpcstats
