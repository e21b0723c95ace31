// PublisherStore: the results a publisher shows. At most one body for a sequence number, ever; another one is evidence.
//
// Every call is one durable transaction and may be made from any thread. `directory` holds publisher.db; ":memory:" keeps
// everything in memory, for tests.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpcstats/survey/signed_survey.h"

namespace mpcstats {

struct PublishedResult {
  std::uint32_t sequence = 0;
  Bytes32 receipt_hash{};  ///< ReceiptHash of its body
  std::string json;        ///< result.json
  UnixSeconds adopted_at = 0;
};

enum class Adoption : std::uint8_t {
  kNew,
  kKnown,     ///< this body was there; the first JSON stays
  kConflict,  ///< another body has the number: refused, kept in Conflicts()
};

class PublisherStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PublisherStore>> Open(const std::string& directory);
  ~PublisherStore();

  [[nodiscard]] Status AddSurvey(const SignedSurvey& survey);      ///< idempotent
  [[nodiscard]] Status ReplaceSurvey(const SignedSurvey& survey);  ///< same hash, now with a close object
  [[nodiscard]] Result<std::vector<SignedSurvey>> Surveys();

  /// Takes a result whose three signatures the caller has verified against the survey.
  /// Errors: kNotFound for an unknown survey, kInvalidArgument for sequence 0.
  [[nodiscard]] Result<Adoption> AdoptOnce(const Bytes32& survey_hash, const PublishedResult& result);
  [[nodiscard]] Result<std::optional<PublishedResult>> Find(const Bytes32& survey_hash,
                                                            std::uint32_t sequence);
  [[nodiscard]] Result<std::optional<PublishedResult>> Latest(const Bytes32& survey_hash);
  [[nodiscard]] Result<std::vector<std::uint32_t>> Sequences(const Bytes32& survey_hash);
  /// Bodies that contradict an adopted one: each proves that three signers signed two results for one number.
  [[nodiscard]] Result<std::vector<PublishedResult>> Conflicts(const Bytes32& survey_hash);

 private:
  struct State;
  explicit PublisherStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
