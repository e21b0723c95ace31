// Answers for a load run: random cells in the range of every column, sealed before any clock starts.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "mpcstats/base/rng.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {

/// What is posted, and the id that its ticket must name.
struct SealedAnswer {
  Bytes32 id{};
  Bytes bytes;
  std::int64_t first_units = 0;  ///< the cell of the first column, where that is a number
};

/// A cell for every column: numbers within [min, max], one of the categories, 16 hexadecimal digits for an identifier.
[[nodiscard]] std::map<std::string, std::string> RandomCells(const Survey& survey, Rng& rng);

/// `count` independent answers under fresh control keys, made by `threads` threads.
///
/// Cost:   about 0.5 ms of one core and 2 kB of memory an answer.
/// Errors: those of EncodeRow and SealSubmission; kInvalidArgument for a survey of invited people.
[[nodiscard]] Result<std::vector<SealedAnswer>> SealRandomAnswers(const SignedSurvey& survey,
                                                                  std::size_t count, unsigned threads);

/// Answers that were made before, as WriteSealedAnswers has them; their cells are not known.
/// Errors: kNotFound, kInvalidArgument when the file cannot be read or one of them is no answer.
[[nodiscard]] Result<std::vector<SealedAnswer>> ReadSealedAnswers(const std::string& path);
/// A u32 length and EncodeSubmission's bytes for each. Errors: kInvalidArgument with the system's reason.
[[nodiscard]] Status WriteSealedAnswers(const std::string& path, std::span<const SealedAnswer> answers);

/// The answer with the last bit of its last box flipped: its envelope is in order and does not name that box.
[[nodiscard]] Bytes MalformedCopy(const Bytes& answer);

}  // namespace mpcstats
