// SurveyBook: the surveys that a service takes part in, by hash; readers never wait for writers.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

class SurveyBook {
 public:
  /// Adds it, or takes its close object.
  void Put(const SignedSurvey& survey) {
    const std::lock_guard lock(mutex_);
    surveys_.insert_or_assign(survey.hash(), survey);
  }
  [[nodiscard]] std::optional<SignedSurvey> Find(const Bytes32& hash) const {
    const std::lock_guard lock(mutex_);
    const auto found = surveys_.find(hash);
    if (found == surveys_.end()) return std::nullopt;
    return found->second;
  }
  /// In order of their opening time.
  [[nodiscard]] std::vector<SignedSurvey> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<Bytes32, SignedSurvey> surveys_;
};

}  // namespace mpcstats
