#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <set>

#include "mpcstats/engine/testing.h"
#include "mpcstats/service/survey_program_testing.h"

namespace mpcstats {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kSizes[] = {1, 63, 64, 65, 200};

/// A column of a batch in the clear; nothing when two holders of a component disagree.
struct PlainColumn {
  std::vector<std::uint64_t> encoded;
  std::vector<std::uint64_t> valid;
  std::vector<Fp127> units;
};

std::vector<std::uint64_t> Bits(const std::array<BitPlane, 3>& plane) {
  const auto words = WordsOf(plane);
  EXPECT_TRUE(words.has_value()) << "the holders of a component disagree";
  std::vector<std::uint64_t> bits;
  for (std::size_t r = 0; words && r < plane[0].rows(); ++r) bits.push_back((*words)[r / 64] >> (r % 64) & 1);
  return bits;
}

PlainColumn Reveal(const Survey& survey, const CloseRun& run, std::size_t column) {
  std::array<BatchColumn, 3> shares;
  for (unsigned i = 0; i < 3; ++i) {
    Result<BatchShares> batch = DecodeBatchShares(survey, run.batch[i]);
    EXPECT_TRUE(batch.has_value());
    if (batch) shares[i] = batch->columns[column];
  }
  PlainColumn plain;
  plain.valid = Bits({shares[0].valid, shares[1].valid, shares[2].valid});
  plain.encoded.assign(plain.valid.size(), 0);
  for (unsigned b = 0; b < shares[0].encoded.bits(); ++b) {
    const auto bits =
        Bits({shares[0].encoded.planes[b], shares[1].encoded.planes[b], shares[2].encoded.planes[b]});
    for (std::size_t r = 0; r < bits.size(); ++r) plain.encoded[r] |= bits[r] << b;
  }
  for (std::size_t r = 0; r < shares[0].units.rows(); ++r) {
    for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(shares[i].units.next()[r], shares[(i + 1) % 3].units.own()[r]);
    plain.units.push_back(shares[0].units.own()[r] + shares[1].units.own()[r] + shares[2].units.own()[r]);
  }
  return plain;
}

// Every row of every column as it should be stored.
void ExpectStored(const Survey& survey, const CloseRun& run, const std::vector<Answer>& kept) {
  const std::size_t rows = 64 * WordsFor(kept.size());
  for (std::size_t c = 0; c < survey.columns.size(); ++c) {
    const SurveyColumn& column = survey.columns[c];
    if (column.kind == ColumnKind::kUnique) continue;
    SCOPED_TRACE(column.name);
    const PlainColumn plain = Reveal(survey, run, c);
    ASSERT_EQ(plain.valid.size(), rows);
    const ColumnType type = column.Type();
    for (std::size_t r = 0; r < rows; ++r) {
      const bool valid = r < kept.size() && IsWithinRanges(survey, kept[r]) &&
                         (!column.may_be_missing || kept[r].cells[c].present);
      const std::uint64_t encoded = valid ? kept[r].cells[c].encoded : type.Offset();
      ASSERT_EQ(plain.valid[r], valid ? 1u : 0u) << "row " << r;
      ASSERT_EQ(plain.encoded[r], encoded) << "row " << r;
      if (column.kind == ColumnKind::kNumber) {
        ASSERT_EQ(plain.units[r], Fp127::FromSigned(type.Decode(encoded))) << "row " << r;
      }
    }
  }
}

Bytes Aes128(const Bytes& key, const std::string& identifier) {
  Bytes block(16), out(32);
  std::copy(identifier.begin(), identifier.end(), block.begin());
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  int written = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(cipher, EVP_aes_128_ecb(), nullptr, key.data(), nullptr), 1);
  EXPECT_EQ(EVP_EncryptUpdate(cipher, out.data(), &written, block.data(), 16), 1);
  EVP_CIPHER_CTX_free(cipher);
  EXPECT_EQ(written, 16);
  out.resize(16);
  return out;
}

Bytes RevealKey(const CloseRun& run) {
  Bytes key(16);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(run.pseudonym_key[i].size(), 32u);
    for (std::size_t b = 0; b < 16; ++b) {
      EXPECT_EQ(run.pseudonym_key[i][16 + b], run.pseudonym_key[(i + 1) % 3][b]);
      key[b] ^= run.pseudonym_key[i][b];
    }
  }
  return key;
}

std::vector<Answer> People(const Survey& survey, const std::vector<std::string>& identifiers) {
  std::vector<Answer> answers;
  for (const std::string& identifier : identifiers) {
    answers.push_back(HonestAnswer(survey, identifier, 100, 40, 1));
  }
  return answers;
}

TEST(CloseProgram, StoresWhatIsWithinTheRangesAndZeroElsewhere) {
  const Survey survey = TestSurvey({});
  for (const std::size_t people : kSizes) {
    SCOPED_TRACE(people);
    const std::vector<Answer> answers = RandomAnswers(survey, people, people);
    const CloseRun run = RunClose(survey, answers);
    ASSERT_EQ(ErrorText(run.result), "");
    ExpectStored(survey, run, answers);
  }
}

TEST(CloseProgram, TakesEveryBoundAndNothingBehindIt) {
  Survey survey;
  survey.columns = {NumberColumn("x", -7, 5), NumberColumn("y", 3, 8, 0, true),
                    CategoryColumn("z", {"a", "b", "c", "d", "e"})};
  std::vector<Answer> answers;
  for (std::uint64_t x = 0; x < 16; ++x) {
    for (std::uint64_t y = 0; y < 16; ++y) {
      for (std::uint64_t z = 0; z < 8; ++z) {
        for (const bool present : {true, false})
          answers.push_back({"", {{true, x}, {present, y}, {true, z}}});
      }
    }
  }
  const CloseRun run = RunClose(survey, answers);
  ASSERT_EQ(ErrorText(run.result), "");
  ExpectStored(survey, run, answers);
}

TEST(CloseProgram, ChecksNothingThatTheWidthEnforces) {
  Survey survey;
  survey.columns = {NumberColumn("x", 0, 255), CategoryColumn("z", {"a", "b"})};
  // 58 rows of padding, which would be within the ranges.
  const std::vector<Answer> answers = RandomAnswers(survey, 70, 3);
  const CloseRun run = RunClose(survey, answers);
  ASSERT_EQ(ErrorText(run.result), "");
  ExpectStored(survey, run, answers);
  Survey checked = survey;
  checked.columns[0].max_units = 254;
  EXPECT_LT(run.result.cost[0].and_gates, RunClose(checked, answers).result.cost[0].and_gates);
}

TEST(CloseProgram, OpensThePseudonymsAndNothingElse) {
  const Survey survey = TestSurvey({});
  const CloseRun run = RunClose(survey, RandomAnswers(survey, 70, 1));
  ASSERT_EQ(ErrorText(run.result), "");
  for (const auto& disclosures : run.result.disclosures) EXPECT_THAT(disclosures, ElementsAre("pseudonyms"));
}

TEST(CloseProgram, OpensNothingWithoutAUniqueColumn) {
  Survey survey = TestSurvey({});
  survey.columns.erase(survey.columns.begin());
  const std::vector<Answer> answers = RandomAnswers(survey, 70, 1);
  const CloseRun run = RunClose(survey, answers);
  ASSERT_EQ(ErrorText(run.result), "");
  for (unsigned party = 0; party < 3; ++party) {
    EXPECT_THAT(run.result.disclosures[party], IsEmpty());
    EXPECT_THAT(run.pseudonyms[party], IsEmpty());
    EXPECT_THAT(run.pseudonym_key[party], IsEmpty());
  }
  ExpectStored(survey, run, answers);
}

TEST(CloseProgram, PseudonymsAreAes128OfTheIdentifierUnderTheSharedKey) {
  const Survey survey = TestSurvey({});
  std::vector<std::string> identifiers = {"a", "b", "sixteen-bytes-16", "~!@#$%^&*()_+ =", "a"};
  for (int i = 0; i < 70; ++i) identifiers.push_back("person " + std::to_string(i));
  const CloseRun run = RunClose(survey, People(survey, identifiers));
  ASSERT_EQ(ErrorText(run.result), "");
  const Bytes key = RevealKey(run);
  ASSERT_EQ(run.pseudonyms[0].size(), identifiers.size());
  for (std::size_t r = 0; r < identifiers.size(); ++r) {
    EXPECT_EQ(run.pseudonyms[0][r], Aes128(key, identifiers[r])) << "row " << r;
  }
  EXPECT_EQ(run.pseudonyms[1], run.pseudonyms[0]);
  EXPECT_EQ(run.pseudonyms[2], run.pseudonyms[0]);
}

TEST(CloseProgram, AKeptKeyGivesOnePersonOnePseudonymInEveryBatch) {
  const Survey survey = TestSurvey({});
  const CloseRun first = RunClose(survey, People(survey, {"anna", "bert"}));
  CloseOptions again;
  again.simulation.seed = 2;
  again.pseudonym_key = first.pseudonym_key;
  const CloseRun second = RunClose(survey, People(survey, {"carla", "anna"}), again);
  ASSERT_EQ(ErrorText(first.result) + ErrorText(second.result), "");
  EXPECT_EQ(second.pseudonyms[0][1], first.pseudonyms[0][0]);
  EXPECT_NE(second.pseudonyms[0][0], first.pseudonyms[0][1]);
  EXPECT_EQ(second.pseudonym_key, first.pseudonym_key);
}

TEST(CloseProgram, AnotherSurveysFreshKeyGivesAnotherPseudonym) {
  const Survey survey = TestSurvey({});
  CloseOptions other;
  other.simulation.seed = 2;
  const CloseRun first = RunClose(survey, People(survey, {"anna"}));
  const CloseRun second = RunClose(survey, People(survey, {"anna"}), other);
  ASSERT_EQ(ErrorText(first.result) + ErrorText(second.result), "");
  EXPECT_NE(second.pseudonyms[0], first.pseudonyms[0]);
  EXPECT_NE(RevealKey(second), RevealKey(first));
}

TEST(CloseProgram, KeepDropsRows) {
  const Survey survey = TestSurvey({});
  const std::vector<Answer> answers = RandomAnswers(survey, 150, 9);
  const auto stays = [](std::size_t r) { return r % 3 != 1 && r != 149; };
  CloseOptions options;
  options.keep = [&](unsigned, const std::vector<Bytes>& pseudonyms) {
    std::vector<bool> keep(pseudonyms.size());
    for (std::size_t r = 0; r < keep.size(); ++r) keep[r] = stays(r);
    return Result<std::vector<bool>>(keep);
  };
  const CloseRun run = RunClose(survey, answers, options);
  ASSERT_EQ(ErrorText(run.result), "");
  std::vector<Answer> kept;
  for (std::size_t r = 0; r < answers.size(); ++r) {
    if (stays(r)) kept.push_back(answers[r]);
  }
  ExpectStored(survey, run, kept);
  EXPECT_EQ(DecodeBatchShares(survey, run.batch[0])->people, kept.size());
  EXPECT_EQ(run.pseudonyms[0].size(), answers.size());
}

TEST(CloseProgram, KeepMayDropTheSecondAnswerOfOnePerson) {
  const Survey survey = TestSurvey({});
  const std::vector<Answer> answers = People(survey, {"anna", "bert", "anna"});
  CloseOptions options;
  options.keep = [](unsigned, const std::vector<Bytes>& pseudonyms) {
    std::set<Bytes> seen;
    std::vector<bool> keep;
    for (const Bytes& pseudonym : pseudonyms) keep.push_back(seen.insert(pseudonym).second);
    return Result<std::vector<bool>>(keep);
  };
  const CloseRun run = RunClose(survey, answers, options);
  ASSERT_EQ(ErrorText(run.result), "");
  ExpectStored(survey, run, {answers[0], answers[1]});
}

TEST(CloseProgram, KeepMayDropEveryRow) {
  const Survey survey = TestSurvey({});
  CloseOptions options;
  options.keep = [](unsigned, const std::vector<Bytes>& pseudonyms) {
    return Result<std::vector<bool>>(std::vector<bool>(pseudonyms.size(), false));
  };
  const CloseRun run = RunClose(survey, People(survey, {"anna", "bert"}), options);
  ASSERT_EQ(ErrorText(run.result), "");
  EXPECT_EQ(DecodeBatchShares(survey, run.batch[0])->people, 0u);
}

TEST(CloseProgram, EndsWithTheErrorOfKeep) {
  const Survey survey = TestSurvey({});
  CloseOptions options;
  options.keep = [](unsigned, const std::vector<Bytes>&) -> Result<std::vector<bool>> {
    return Fail(ErrorCode::kResourceExhausted, "fewer people than a batch needs");
  };
  const CloseRun run = RunClose(survey, People(survey, {"anna"}), options);
  for (unsigned party = 0; party < 3; ++party) {
    ASSERT_TRUE(run.result.error[party].has_value());
    EXPECT_THAT(run.batch[party], IsEmpty());
  }
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(run.result.error[0]->message(), HasSubstr("fewer people"));
}

TEST(CloseProgram, EndsWhenKeepDoesNotChooseForEveryRow) {
  const Survey survey = TestSurvey({});
  CloseOptions options;
  options.keep = [](unsigned, const std::vector<Bytes>&) { return Result<std::vector<bool>>({true}); };
  const CloseRun run = RunClose(survey, People(survey, {"anna", "bert"}), options);
  ASSERT_TRUE(run.result.error[0].has_value());
  EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kInternal);
}

TEST(CloseProgram, EndsWhenOnePartyKeepsOtherRowsThoughAsMany) {
  const Survey survey = TestSurvey({});
  CloseOptions options;
  options.keep = [](unsigned party, const std::vector<Bytes>&) {
    return Result<std::vector<bool>>(party == 1 ? std::vector<bool>{true, false}
                                                : std::vector<bool>{false, true});
  };
  const CloseRun run = RunClose(survey, People(survey, {"anna", "bert"}), options);
  for (unsigned party = 0; party < 3; ++party) {
    ASSERT_TRUE(run.result.error[party].has_value()) << "party " << party;
    // The first frame behind the choice tells; no proof over shares that do not belong together is needed.
    EXPECT_EQ(run.result.error[party]->code(), ErrorCode::kProtocolViolation);
    EXPECT_THAT(run.batch[party], IsEmpty()) << "party " << party;
  }
}

TEST(CloseProgram, RefusesARowOfAnotherLength) {
  const Survey survey = TestSurvey({});
  for (const bool own : {true, false}) {
    CloseOptions options;
    options.spoil = [own](unsigned, CloseInput* input) {
      (own ? input->rows[1].own : input->rows[1].next).pop_back();
    };
    const CloseRun run = RunClose(survey, People(survey, {"anna", "bert"}), options);
    ASSERT_TRUE(run.result.error[2].has_value());
    EXPECT_EQ(run.result.error[2]->code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(run.result.error[2]->message(), HasSubstr("another survey"));
  }
}

TEST(CloseProgram, RefusesAKeyThatDoesNotFit) {
  const Survey survey = TestSurvey({});
  Survey nameless = survey;
  nameless.columns.erase(nameless.columns.begin());
  CloseOptions short_key;
  for (Bytes& key : short_key.pseudonym_key) key.assign(31, 1);
  CloseOptions needless_key;
  for (Bytes& key : needless_key.pseudonym_key) key.assign(32, 1);
  for (const CloseRun& run : {RunClose(survey, RandomAnswers(survey, 1, 1), short_key),
                              RunClose(nameless, RandomAnswers(nameless, 1, 1), needless_key)}) {
    ASSERT_TRUE(run.result.error[0].has_value());
    EXPECT_EQ(run.result.error[0]->code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(run.result.error[0]->message(), HasSubstr("pseudonym key"));
  }
}

TEST(CloseProgram, EndsWhenTheKeysOfTwoPartiesDoNotBelongTogether) {
  const Survey survey = TestSurvey({});
  const CloseRun first = RunClose(survey, People(survey, {"anna"}));
  ASSERT_EQ(ErrorText(first.result), "");
  for (unsigned cheater = 0; cheater < 3; ++cheater) {
    for (const std::size_t byte : {std::size_t{0}, std::size_t{16}}) {
      CloseOptions options;
      options.pseudonym_key = first.pseudonym_key;
      options.pseudonym_key[cheater][byte] ^= 1;
      const CloseRun run = RunClose(survey, People(survey, {"anna"}), options);
      EXPECT_FALSE(run.result.ok()) << "party " << cheater << " byte " << byte;
      EXPECT_THAT(run.pseudonyms[(cheater + 1) % 3], IsEmpty());
    }
  }
}

TEST(CloseProgram, TrafficDoesNotDependOnTheAnswers) {
  const Survey survey = TestSurvey({});
  std::array<std::vector<SentFrame>, 2> frames;
  std::array<CloseRun, 2> runs;
  const std::vector<Answer> same(100, HonestAnswer(survey, "anna", 5, 50, 0));
  for (unsigned i = 0; i < 2; ++i) {
    CloseOptions options;
    options.simulation.hook = RecordInto(&frames[i]);
    runs[i] = RunClose(survey, i == 0 ? same : RandomAnswers(survey, 100, 4), options);
    ASSERT_EQ(ErrorText(runs[i].result), "");
  }
  EXPECT_FALSE(frames[0].empty());
  EXPECT_EQ(frames[0], frames[1]);
  EXPECT_EQ(runs[0].result.cost, runs[1].result.cost);
}

TEST(CloseProgram, CostsWhatItPromises) {
  Survey survey;
  survey.columns = {UniqueColumn("person")};
  const CloseRun run = RunClose(survey, std::vector<Answer>(64, Answer{"anna", std::vector<RawCell>(1)}));
  ASSERT_EQ(ErrorText(run.result), "");
  EXPECT_EQ(run.result.cost[0].and_gates, 64u * 5120 + 1280);
}

}  // namespace
}  // namespace mpcstats
