// Proven answers with real processes. The notary is a stand-in that signs without proof: what is tested is all that comes behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mpcstats/cli/client.h"
#include "mpcstats/service/party_client.h"
#include "mpcstats/survey/proven_testing.h"
#include "survey_system.h"

namespace mpcstats::e2e {
namespace {

using mpcstats::testing::FakeNotary;
using mpcstats::testing::FakeProof;
using mpcstats::testing::FakeSubmission;
using ::testing::Each;
using ::testing::HasSubstr;

SystemOptions ProvenSurvey() {
  SystemOptions options;
  options.eligibility = "eligibility = \"proven\"";
  options.extra_columns = "[[columns]]\nname = \"who\"\nkind = \"unique\"\n" + FakeNotary().Toml() +
                          mpcstats::testing::SourceToml("exchange", "\"amount\", \"who\"", 0x7e);
  return options;
}

class ProvenSystem : public ::testing::Test {
 protected:
  ProvenSystem() : survey_(ReadSurveyFile(system_.survey()).value()) {}

  static std::uint64_t Minute() { return static_cast<std::uint64_t>(std::time(nullptr)) / 60; }
  Submission Make(const std::string& amount, const FakeProof& proof) {
    return FakeSubmission(survey_, notary_, {{"amount", amount}, {"who", "id-" + amount}},
                          SigningKey::Generate(rng_), proof, rng_);
  }
  void Post(const Submission& submission) {
    const Operator& coordinator = survey_.survey().coordinator;
    const auto client = ClientOf(coordinator);
    ASSERT_TRUE(client);
    const auto posted = Fetch(**client, coordinator.name, "POST", SurveyPath(survey_, "/submissions"),
                              EncodeSubmission(submission));
    ASSERT_TRUE(posted) << posted.error().message();
  }
  // What each party says of its box.
  std::vector<std::string_view> Words(const Submission& submission) {
    const Bytes32 id = SubmissionId(submission.envelope.header);
    std::vector<std::string_view> words;
    for (unsigned party = 0; party < 3; ++party) {
      auto client = PartyClient::Create(survey_, party);
      const UploadedBox item{.envelope = EncodeEnvelope(submission.envelope), .box = submission.boxes[party]};
      const auto answer = client->Upload(std::span(&item, 1), std::span(&id, 1));
      EXPECT_TRUE(answer) << answer.error().message();
      words.push_back(answer ? RefusalWord(answer->verdicts[0].refusal) : "no answer");
    }
    return words;
  }

  SurveySystem system_{ProvenSurvey()};
  SignedSurvey survey_;
  FakeNotary notary_;
  SystemRng rng_;
};

TEST_F(ProvenSystem, ProvenAnswersAreCountedWhateverTheirDigitsAndTheResultSaysSo) {
  for (const char* amount : {"0", "0.00", "0.09", "0.57", "1000000.01", "-999.99", "1", "2", "3", "4"}) {
    Post(Make(amount, {.end_minute = Minute()}));
  }
  ASSERT_EQ(system_.AwaitCount(10, "result.json").code, 0) << system_.Logs();
  EXPECT_EQ(SurveySystem::Figure(system_.path("result.json"), "sum(amount)"), "999010.68");
  const Outcome verified = RunProgram({"verify", system_.path("result.json"), "--survey", system_.survey()});
  EXPECT_EQ(verified.code, 0) << verified.out;
  std::ifstream file(system_.path("result.json"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr("amount: proven by exchange.example (mpc)"));
}

TEST_F(ProvenSystem, AllThreeProcessesRefuseWhatWasNotProvenWithTheReason) {
  const auto changed = [](mpcstats::testing::FactsChange change) {
    FakeProof proof{.end_minute = Minute()};
    proof.change = std::move(change);
    return proof;
  };
  EXPECT_THAT(Words(Make("1", {.end_minute = Minute()})), Each("none"));
  EXPECT_THAT(Words(Make("2", changed([](Attestation& a, auto) { a.statement.commitments[1][0] ^= 1; }))),
              Each("attestation-commitments"));
  EXPECT_THAT(Words(Make("3", changed([](Attestation& a, auto) { a.statement.template_hash[0] ^= 1; }))),
              Each("attestation-template"));
  EXPECT_THAT(Words(Make("4", changed([](Attestation& a, auto) { a.server.host = "other.example"; }))),
              Each("attestation-host"));
  EXPECT_THAT(Words(Make("5", changed([](Attestation& a, auto) { a.session.context[0] ^= 1; }))),
              Each("attestation-context"));
  EXPECT_THAT(
      Words(Make("6", changed([](Attestation& a, auto) { a.session.mode = AttestationMode::kProxy; }))),
      Each("attestation-mode"));
  EXPECT_THAT(Words(Make("7", changed([](Attestation& a, auto) { a.session.complete = false; }))),
              Each("attestation-incomplete"));
  EXPECT_THAT(Words(Make("8", {.end_minute = Minute() - 70})), Each("attestation-too-old"));
  EXPECT_THAT(Words(Make("9", {.end_minute = Minute(), .key = 0, .change = {}, .signed_by = 1})),
              Each("attestation-signature"));
}

TEST_F(ProvenSystem, APartyTakesARevocationFromItsFolderWhenItStarts) {
  std::filesystem::create_directory(system_.path("party1/notary-lists"));
  const Bytes list = EncodeNotaryKeys(notary_.List(2, {0}));
  std::ofstream(system_.path("party1/notary-lists/notary.keys"), std::ios::binary)
      .write(reinterpret_cast<const char*>(list.data()), static_cast<std::streamsize>(list.size()));
  system_.Kill("party1", SIGTERM);
  system_.StartService("party1");
  const auto words = Words(Make("1", {.end_minute = Minute()}));
  EXPECT_EQ(words[1], "attestation-revoked");
  EXPECT_EQ(words[0], "none") << "it learns of it at the next close";
}

TEST_F(ProvenSystem, ShareAsksForTheTemplateOfTheWebsite) {
  const Outcome shared = system_.Share("5", "one");
  EXPECT_EQ(shared.code, 2);
  EXPECT_THAT(shared.err, HasSubstr("give its file with --template"));
}

TEST(VerifyAttestation, TheProgramAndTheSmallOneAgree) {
  const Bytes bytes = mpcstats::testing::SignedSample(mpcstats::testing::SampleFacts());
  const std::string path =
      (std::filesystem::temp_directory_path() / ("attestation." + std::to_string(getpid()))).string();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  const std::string key = FakeNotary::KeyText(FakeNotary().keys[0]);
  const std::string other = FakeNotary::KeyText(FakeNotary().keys[1]);
  const Outcome verified = RunProgram({"verify-attestation", path, "--notary-key", key});
  EXPECT_EQ(verified.code, 0);
  EXPECT_THAT(verified.out, HasSubstr("website: api.exchange.example"));
  EXPECT_EQ(RunProgram({"verify-attestation", path, "--notary-key", other}).code, 1);
  EXPECT_EQ(RunProgram({"verify-attestation", path + ".none", "--notary-key", key}).code, 2);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace mpcstats::e2e
