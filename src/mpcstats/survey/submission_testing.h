// A small signed survey with all its keys, and submissions to it, for tests.
#pragma once

#include <fmt/format.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats::testing {

inline Bytes32 Seed(std::uint8_t tag, std::uint8_t index) {
  Bytes32 seed{};
  seed[0] = tag;
  seed[1] = index;
  return seed;
}
inline SigningKey TestKey(std::uint8_t tag, std::uint8_t index) {
  return SigningKey::FromSeed(Secret<Bytes32>(Seed(tag, index)));
}

constexpr std::uint32_t kTestTokens = 9;
constexpr UnixSeconds kTestOpens = 1793491200;  // 2026-11-01T00:00:00Z

/// Columns: balance (signed, two decimals, 28 bits), region (1 + 2 bits), account (128 bits): 159 bits in 20 bytes.
struct TestSurvey {
  explicit TestSurvey(Eligibility eligibility = Eligibility::kOpen, std::string_view title = "A test",
                      const std::string& more = "")
      : signed_survey(Make(eligibility, title, more)) {}

  [[nodiscard]] const Survey& survey() const { return signed_survey.survey(); }
  [[nodiscard]] InviteToken Token(std::uint32_t index) const {
    return {.seed = Secret<Bytes32>(Seed('t', static_cast<std::uint8_t>(index))),
            .index = index,
            .path = Tokens().Path(index)};
  }
  static MerkleTree Tokens() {
    std::vector<Bytes32> keys;
    for (std::uint8_t i = 0; i < kTestTokens; ++i) keys.push_back(TestKey('t', i).PublicKey());
    return MerkleTree("mpcstats/v1/invited", keys);
  }
  static HpkeKey BoxKey(std::uint8_t party) { return HpkeKey::FromSecret(Secret<Bytes32>(Seed('b', party))); }
  static std::string Text(Eligibility eligibility, std::string_view title) {
    const auto key = [](std::uint8_t tag, std::uint8_t i) { return ToHex(TestKey(tag, i).PublicKey()); };
    std::string text = fmt::format(
        "[survey]\nid = \"a-test\"\ntitle = \"{}\"\nopens = 2026-11-01T00:00:00Z\ncloses = "
        "2026-12-01T00:00:00Z\n"
        "retention_days = 30\nbatch_min = 2\nbatch_max = 10\ngroup_min = 2\nrelease_every = \"1h\"\n",
        title);
    text += eligibility == Eligibility::kInvite
                ? fmt::format("eligibility = \"invite\"\ninvite_root = \"{}\"\ninvite_count = {}\n",
                              ToHex(Tokens().Root()), kTestTokens)
            : eligibility == Eligibility::kProven ? "eligibility = \"proven\"\n"
                                                  : "eligibility = \"open\"\n";
    text +=
        "[[columns]]\nname = \"balance\"\nkind = \"number\"\nscale = 2\nmin = \"-1000000\"\nmax = "
        "\"1000000\"\n"
        "[[columns]]\nname = \"region\"\nkind = \"category\"\ncategories = [\"north\", \"south\", \"far "
        "east\"]\n"
        "may_be_missing = true\n[[columns]]\nname = \"account\"\nkind = \"unique\"\n"
        "[[figures]]\nexpr = \"count(region)\"\n";
    for (std::uint8_t i = 0; i < 3; ++i) {
      text += fmt::format(
          "[[parties]]\nname = \"Party {0}\"\nurl = \"https://party{0}.example.org:8443\"\n"
          "mpc = \"party{0}.example.org:7000\"\nidentity = \"ed25519:{1}\"\n",
          i, key('p', i));
    }
    return text +
           fmt::format(
               "[coordinator]\nname = \"Coordinator\"\nurl = \"https://coordinator.example.org:8443\"\n"
               "identity = \"ed25519:{}\"\n",
               key('c', 0));
  }

  std::array<SigningKey, 3> identities{TestKey('p', 0), TestKey('p', 1), TestKey('p', 2)};
  SigningKey coordinator = TestKey('c', 0);
  std::array<HpkeKey, 3> box_keys{BoxKey(0), BoxKey(1), BoxKey(2)};
  SignedSurvey signed_survey;

 private:
  [[nodiscard]] SignedSurvey Make(Eligibility eligibility, std::string_view title,
                                  const std::string& more) const {
    SurveyDraft draft;
    draft.text = Text(eligibility, title) + more;
    for (unsigned i = 0; i < 3; ++i) draft.box_keys[i] = box_keys[i].PublicKey();
    for (unsigned i = 0; i < 3; ++i) {
      draft.signatures[i] = identities[i].Sign(SurveySignatureInput(draft.Hash(), i));
    }
    auto made = SignedSurvey::FromDraft(std::move(draft));
    if (!made) fmt::print(stderr, "{}\n", made.error().message());
    CHECK(made);
    return *std::move(made);
  }
};

inline RowBits TestRow(const Survey& survey, const std::string& balance = "-12.34") {
  auto row = EncodeRow(survey, {{"balance", balance}, {"region", "south"}, {"account", "account-7"}});
  CHECK(row);
  return *std::move(row);
}

/// An answer under the seed `seed`, by TestKey('a', seed). By invitation `seed` where the survey asks for one.
inline Submission TestSubmission(const TestSurvey& test, std::uint8_t seed = 1) {
  SeededRng rng(seed);
  const InviteToken token = test.Token(seed % kTestTokens);
  SealOptions options;
  if (test.survey().eligibility == Eligibility::kInvite) options.invite = &token;
  auto sealed = SealSubmission(test.signed_survey, TestRow(test.survey()), TestKey('a', seed), options, rng);
  CHECK(sealed);
  return *std::move(sealed);
}

inline CheckedEnvelope Checked(const TestSurvey& test, const Envelope& envelope) {
  auto checked = CheckEnvelope(test.signed_survey, EncodeEnvelope(envelope));
  CHECK(checked);
  return *std::move(checked);
}

/// The verdict of CheckEnvelope alone.
inline Refusal Judge(const TestSurvey& test, const Envelope& envelope) {
  const auto checked = CheckEnvelope(test.signed_survey, EncodeEnvelope(envelope));
  return checked ? Refusal::kNone : checked.error();
}

inline Result<Bytes> Open(const TestSurvey& test, const Submission& submission, unsigned party) {
  return OpenBox(test.signed_survey, Checked(test, submission.envelope), party, test.box_keys[party],
                 submission.boxes[party]);
}

inline Bytes FlipBit(ByteSpan bytes, std::size_t bit) {
  Bytes flipped(bytes.begin(), bytes.end());
  flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1u << (bit % 8)));
  return flipped;
}

}  // namespace mpcstats::testing
