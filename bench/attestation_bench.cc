// What a proven answer costs a party: opening its box, and the check of its attestation with and without the signature.
#include <benchmark/benchmark.h>

#include "mpcstats/survey/proven_testing.h"
#include "mpcstats/survey/submission_testing.h"

namespace mpcstats {
namespace {

struct Sample {
  testing::FakeNotary notary;
  testing::TestSurvey test{Eligibility::kProven, "A test",
                           notary.Toml() + testing::SourceToml("exchange", "\"balance\", \"account\"", 0x7e)};
  Submission submission = Make();
  CheckedEnvelope envelope = testing::Checked(test, submission.envelope);
  Bytes opening = testing::Open(test, submission, 0).value();
  ProofTime arrival{.when = ProofTime::When::kArrival,
                    .time = static_cast<UnixSeconds>(testing::kTestMinute) * 60};

  Submission Make() {
    SeededRng rng(5);
    return testing::FakeSubmission(test.signed_survey, notary,
                                   {{"balance", "12.34"}, {"region", "south"}, {"account", "account-7"}},
                                   testing::TestKey('a', 1), {.end_minute = testing::kTestMinute}, rng);
  }
};

const Sample& TheSample() {
  static const Sample sample;
  return sample;
}

void BM_CheckAttestations(benchmark::State& state, SignatureCheck signature) {
  const Sample& sample = TheSample();
  for (auto _ : state) {
    const Refusal refusal = CheckAttestations(sample.test.signed_survey, sample.envelope, sample.opening, {},
                                              sample.arrival, signature);
    CHECK(refusal == Refusal::kNone);
  }
}
BENCHMARK_CAPTURE(BM_CheckAttestations, with_signature, SignatureCheck::kVerify);
BENCHMARK_CAPTURE(BM_CheckAttestations, again_at_close, SignatureCheck::kVerifiedBefore);

// Envelope, box, attestation: all that a party does with an answer before it stores it.
void BM_WholeAnswer(benchmark::State& state) {
  const Sample& sample = TheSample();
  const Bytes envelope = EncodeEnvelope(sample.submission.envelope);
  for (auto _ : state) {
    const auto checked = CheckEnvelope(sample.test.signed_survey, envelope);
    const auto opening =
        OpenBox(sample.test.signed_survey, *checked, 0, sample.test.box_keys[0], sample.submission.boxes[0]);
    const Refusal refusal = CheckAttestations(sample.test.signed_survey, *checked, *opening, {},
                                              sample.arrival, SignatureCheck::kVerify);
    CHECK(refusal == Refusal::kNone);
  }
  state.counters["box_bytes"] = static_cast<double>(sample.submission.boxes[0].size());
  state.counters["attestation_bytes"] =
      static_cast<double>(AttestationOf(sample.test.survey(), sample.opening, 1).size());
}
BENCHMARK(BM_WholeAnswer);

}  // namespace
}  // namespace mpcstats

BENCHMARK_MAIN();
