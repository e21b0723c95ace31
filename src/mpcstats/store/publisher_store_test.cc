#include "mpcstats/store/publisher_store.h"

#include <gtest/gtest.h>

#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using testing::NumberHash;
using testing::TemporaryFolder;
using testing::TestSurvey;

PublishedResult MadeResult(std::uint32_t sequence, std::uint64_t body, std::string json = "{}") {
  return {.sequence = sequence,
          .receipt_hash = NumberHash("body", body),
          .json = std::move(json),
          .adopted_at = 5};
}

class PublisherStoreTest : public ::testing::Test {
 protected:
  PublisherStoreTest() { EXPECT_TRUE(store->AddSurvey(test.signed_survey)); }

  TestSurvey test;
  Bytes32 hash = test.signed_survey.hash();
  std::unique_ptr<PublisherStore> store = PublisherStore::Open(":memory:").value();
};

TEST_F(PublisherStoreTest, ShowsTheLatestResult) {
  EXPECT_FALSE(store->Latest(hash).value().has_value());
  EXPECT_EQ(store->AdoptOnce(hash, MadeResult(2, 2, "two")).value(), Adoption::kNew);
  EXPECT_EQ(store->AdoptOnce(hash, MadeResult(1, 1, "one")).value(), Adoption::kNew);
  EXPECT_EQ(store->Latest(hash).value()->json, "two");
  EXPECT_EQ(store->Find(hash, 1).value()->json, "one");
  EXPECT_EQ(store->Find(hash, 1).value()->adopted_at, 5);
  EXPECT_FALSE(store->Find(hash, 3).value().has_value());
  EXPECT_EQ(store->Sequences(hash).value(), (std::vector{1u, 2u}));
}

TEST_F(PublisherStoreTest, TheSameBodyAgainChangesNothing) {
  ASSERT_TRUE(store->AdoptOnce(hash, MadeResult(1, 1, "first")));
  EXPECT_EQ(store->AdoptOnce(hash, MadeResult(1, 1, "second")).value(), Adoption::kKnown);
  EXPECT_EQ(store->Find(hash, 1).value()->json, "first");
  EXPECT_TRUE(store->Conflicts(hash).value().empty());
}

TEST_F(PublisherStoreTest, RefusesAnotherBodyAndKeepsItAsEvidence) {
  ASSERT_TRUE(store->AdoptOnce(hash, MadeResult(1, 1, "first")));
  EXPECT_EQ(store->AdoptOnce(hash, MadeResult(1, 2, "forked")).value(), Adoption::kConflict);
  EXPECT_EQ(store->AdoptOnce(hash, MadeResult(1, 2, "forked")).value(), Adoption::kConflict);
  EXPECT_EQ(store->Latest(hash).value()->json, "first");
  const auto conflicts = store->Conflicts(hash).value();
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0].json, "forked");
}

TEST_F(PublisherStoreTest, RefusesSequenceZeroAndUnknownSurveys) {
  EXPECT_FALSE(store->AdoptOnce(hash, MadeResult(0, 1)));
  EXPECT_FALSE(store->AdoptOnce(Bytes32{}, MadeResult(1, 1)));
  EXPECT_FALSE(store->Latest(Bytes32{}));
}

TEST(PublisherStoreFiles, SurviveARestart) {
  const TemporaryFolder folder;
  const TestSurvey test;
  {
    const auto store = PublisherStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(test.signed_survey));
    ASSERT_TRUE(store->AdoptOnce(test.signed_survey.hash(), MadeResult(1, 1, "one")));
    EXPECT_FALSE(PublisherStore::Open(folder.path()));
  }
  const auto store = PublisherStore::Open(folder.path()).value();
  EXPECT_EQ(store->Latest(test.signed_survey.hash()).value()->json, "one");
}

}  // namespace
}  // namespace mpcstats
