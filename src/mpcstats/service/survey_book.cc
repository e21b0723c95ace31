#include "mpcstats/service/survey_book.h"

#include <algorithm>

namespace mpcstats {

std::vector<SignedSurvey> SurveyBook::All() const {
  std::vector<SignedSurvey> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [hash, survey] : surveys_) all.push_back(survey);
  }
  std::sort(all.begin(), all.end(),
            [](const SignedSurvey& a, const SignedSurvey& b) { return a.survey().opens < b.survey().opens; });
  return all;
}

}  // namespace mpcstats
