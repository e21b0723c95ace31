// Answers as an adversary makes them: every part can be another one than the program of an honest person would send.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>

#include "mpcstats/survey/submission.h"

namespace mpcstats::e2e {

/// What an answer is made of, before commitments, boxes and seal.
struct Parts {
  Header header;                   ///< without commitments
  std::array<Bytes, 3> openings;   ///< x_j | r_j
  std::array<Bytes, 3> committed;  ///< what the commitments are to: the same, unless somebody cheats
  /// What is in each box: components i and i + 1.
  std::array<std::array<Bytes, 2>, 3> boxed;
};

struct Crafted {
  Submission submission;
  Bytes32 id{};
  Parts parts;
};

/// The parts of an honest answer under `control`.
[[nodiscard]] Parts HonestParts(const SignedSurvey& survey, const std::map<std::string, std::string>& cells,
                                const Bytes32& control);
/// Commits, boxes and seals what the parts say. `control` signs; its key need not be the header's.
[[nodiscard]] Crafted Craft(const SignedSurvey& survey, Parts parts, const SigningKey& control);
/// An honest answer.
[[nodiscard]] Crafted Honest(const SignedSurvey& survey, const std::map<std::string, std::string>& cells,
                             const SigningKey& control);
[[nodiscard]] SigningKey FreshKey();

}  // namespace mpcstats::e2e
