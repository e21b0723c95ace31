#include "mpcstats/attestation/verify_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "mpcstats/attestation/testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::NotaryTestKey;
using testing::SampleFacts;

std::string KeyText(std::uint8_t index = 0) { return "ed25519:" + ToHex(NotaryTestKey(index).PublicKey()); }

class VerifyFile : public ::testing::Test {
 protected:
  VerifyFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mpcstats-attestation.XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~VerifyFile() override { std::filesystem::remove_all(folder_); }

  std::string Write(const Bytes& bytes) {
    const std::string path = (folder_ / "attestation").string();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::filesystem::path folder_;
};

Bytes Full(const Attestation& facts = SampleFacts()) {
  SeededRng rng(7);
  return EncodePresentation(SignAttestation(facts, NotaryTestKey(), rng));
}

TEST_F(VerifyFile, SaysWhatAVerifiedAttestationSays) {
  const VerifyOutcome outcome = VerifyAttestationFile(Write(Full()), KeyText());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  for (const char* line : {"website: api.exchange.example\n", "time: 2026-11-01T00:10Z to 2026-11-01T00:11Z",
                           "mode: mpc", "  balance: a number from -1000000.00 to 1000000.00\n",
                           "  account: an identifier\n", "public asset: ETH\n", "public adult: holds\n",
                           "public bytes, sent at 0: GET\n", "public bytes, received at 9: 200\n",
                           "the notary at 192.0.2.1 connected to 2001:db8::1", "verified: "}) {
    EXPECT_THAT(outcome.out, HasSubstr(line));
  }
}

TEST_F(VerifyFile, SaysWhatIsWithheld) {
  const VerifyOutcome outcome = VerifyAttestationFile(Write(testing::SignedSample(SampleFacts())), KeyText());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("withheld: exact times, lengths, ranges\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("public bytes")));
}

TEST_F(VerifyFile, CallsProxyModeWeaker) {
  Attestation facts = SampleFacts();
  facts.session.mode = AttestationMode::kProxy;
  EXPECT_THAT(VerifyAttestationFile(Write(Full(facts)), KeyText()).out, HasSubstr("weaker than mpc"));
}

TEST_F(VerifyFile, BytesThatCouldTurnATerminalAreEscaped) {
  Attestation facts = SampleFacts();
  facts.open.values = {{"note", {0x1b, '[', '\n', '\\', 0xff}}};
  EXPECT_THAT(VerifyAttestationFile(Write(Full(facts)), KeyText()).out,
              HasSubstr("public note: \\x1b[\\x0a\\x5c\\xff\n"));
}

TEST_F(VerifyFile, AnAlteredAttestationIsNotVerifiedAndSaysNothing) {
  Bytes bytes = Full();
  bytes.back() ^= 1;
  const VerifyOutcome outcome = VerifyAttestationFile(Write(bytes), KeyText());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("altered"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("exchange")));
}

TEST_F(VerifyFile, AnotherNotarysAttestationIsNotVerified) {
  const VerifyOutcome outcome = VerifyAttestationFile(Write(Full()), KeyText(1));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("another key"));
}

TEST_F(VerifyFile, InputThatCannotBeUsedIsExplained) {
  EXPECT_THAT(VerifyAttestationFile((folder_ / "none").string(), KeyText()).err, HasSubstr("cannot be read"));
  const VerifyOutcome other = VerifyAttestationFile(Write({'{', '}'}), KeyText());
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("these bytes are no attestation"));
  EXPECT_THAT(VerifyAttestationFile(Write(Bytes(kMaxAttestationBytes + 1)), KeyText()).err,
              HasSubstr("longer than"));
  for (const std::string& key : {std::string("abc"), KeyText().substr(0, 71), KeyText() + "0",
                                 std::string("ed25519:") + std::string(64, 'A')}) {
    const VerifyOutcome outcome = VerifyAttestationFile(Write(Full()), key);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("64 hexadecimal digits"));
  }
}

}  // namespace
}  // namespace mpcstats
