// Surveys and their keys, backups, and a store that is killed.
#include "mpcstats/store/party_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using testing::Items;
using testing::MadeRecord;
using testing::MessageOf;
using testing::NumberHash;
using testing::SignAll;
using testing::TemporaryFolder;
using testing::TestSurvey;

Bytes32 TextHashOf(const TestSurvey& test) { return Sha256(AsBytes(test.signed_survey.draft().text)); }

Status CloseFirst(PartyStore& store, const TestSurvey& test, const Items& items) {
  BatchRecord record = MadeRecord(test, 1, 1, items.ids());
  record.pseudonym_key = Bytes(32, 5);
  RETURN_IF_ERROR(store.PrepareBatch(test.signed_survey, record));
  return store.CloseBatch(test.signed_survey, 1, 1, SignAll(test, record.certificate));
}

TEST(PartyStore, MakesABoxKeyOnceAndKeepsIt) {
  const TemporaryFolder folder;
  const TestSurvey test;
  Bytes32 public_key{};
  {
    const auto store = PartyStore::Open(folder.path()).value();
    public_key = store->BoxKeyFor(TextHashOf(test)).value().PublicKey();
    EXPECT_EQ(store->BoxKeyFor(TextHashOf(test)).value().PublicKey(), public_key);
    EXPECT_NE(store->BoxKeyFor(NumberHash("other", 0)).value().PublicKey(), public_key);
  }
  const auto store = PartyStore::Open(folder.path()).value();
  EXPECT_EQ(store->BoxKeyFor(TextHashOf(test)).value().PublicKey(), public_key);
}

TEST(PartyStore, DestroyedBoxKeysStayDestroyed) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const auto store = PartyStore::Open(folder.path()).value();
  ASSERT_TRUE(store->BoxKeyFor(TextHashOf(test)));
  ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  const std::string file = folder / ("keys/" + ToHex(TextHashOf(test)) + ".box");
  ASSERT_TRUE(std::filesystem::exists(file));
  ASSERT_TRUE(store->DestroyBoxKey(test.signed_survey));
  EXPECT_TRUE(store->DestroyBoxKey(test.signed_survey));
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_THAT(MessageOf(store->BoxKeyFor(TextHashOf(test))), HasSubstr("was destroyed after its last batch"));
}

TEST(PartyStore, NeverMakesALostBoxKeyAgain) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const auto store = PartyStore::Open(folder.path()).value();
  ASSERT_TRUE(store->BoxKeyFor(TextHashOf(test)));
  ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  std::filesystem::remove(folder / ("keys/" + ToHex(TextHashOf(test)) + ".box"));
  EXPECT_THAT(MessageOf(store->BoxKeyFor(TextHashOf(test))), HasSubstr("restore it from a backup"));
}

TEST(PartyStore, DestroyedKeysMakeSharesUnreadable) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const SignedSurvey& survey = test.signed_survey;
  const Items items(survey, 0, 2);
  const Items open(survey, 10, 1);
  auto store = PartyStore::Open(folder.path()).value();
  ASSERT_TRUE(store->AddSurvey(survey));
  ASSERT_TRUE(store->AddSubmissions(survey, items.items, 1));
  ASSERT_TRUE(store->AddSubmissions(survey, open.items, 1));
  ASSERT_TRUE(CloseFirst(*store, test, items));
  const Bytes32 head = store->PolicyHead(survey.hash()).value();
  ASSERT_TRUE(store->BatchShares(survey, 1));
  ASSERT_TRUE(store->DestroyShares(survey));
  EXPECT_TRUE(store->DestroyShares(survey));
  store.reset();
  store = PartyStore::Open(folder.path()).value();
  EXPECT_FALSE(std::filesystem::exists(folder / ("keys/" + ToHex(survey.hash()) + ".shares")));
  const std::string sentence = "were destroyed at the end of their retention";
  EXPECT_THAT(MessageOf(store->BatchShares(survey, 1)), HasSubstr(sentence));
  EXPECT_THAT(MessageOf(store->PseudonymKey(survey)), HasSubstr(sentence));
  EXPECT_THAT(MessageOf(store->LoadSubmissions(survey, open.ids())), HasSubstr(sentence));
  EXPECT_THAT(MessageOf(store->AddSubmissions(survey, open.items, 1)),
              HasSubstr("its shares were destroyed"));
  ASSERT_TRUE(store->AddSurvey(survey));
  EXPECT_FALSE(store->BatchShares(survey, 1));
  EXPECT_EQ(store->PolicyHead(survey.hash()).value(), head);
}

TEST(PartyStore, RefusesAKeyThatOthersMayRead) {
  const TemporaryFolder folder;
  const TestSurvey test;
  {
    const auto store = PartyStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  }
  ASSERT_EQ(chmod((folder / ("keys/" + ToHex(test.signed_survey.hash()) + ".shares")).c_str(), 0644), 0);
  const auto store = PartyStore::Open(folder.path()).value();
  const Items items(test.signed_survey, 0, 1);
  EXPECT_THAT(MessageOf(store->AddSubmissions(test.signed_survey, items.items, 1)), HasSubstr("chmod 600"));
}

TEST(PartyStore, RefusesADamagedKey) {
  const TemporaryFolder folder;
  const TestSurvey test;
  {
    const auto store = PartyStore::Open(folder.path()).value();
    ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  }
  std::ofstream(folder / ("keys/" + ToHex(test.signed_survey.hash()) + ".shares")) << "abc\n";
  const auto store = PartyStore::Open(folder.path()).value();
  EXPECT_THAT(MessageOf(store->PseudonymKey(test.signed_survey)), HasSubstr("64 hexadecimal digits"));
}

TEST(PartyStore, DestroysAKeyThatACrashLeftHalfMade) {
  const TemporaryFolder folder;
  {
    ASSERT_TRUE(PartyStore::Open(folder.path()));
  }
  const std::string left = folder / ("keys/" + std::string(64, 'a') + ".box.Xy12zw");
  std::ofstream(left) << "half a key";
  {
    ASSERT_TRUE(PartyStore::Open(folder.path()));
  }
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(PartyStore, RefusesADirectoryThatOthersMayWriteTo) {
  const TemporaryFolder folder;
  ASSERT_EQ(chmod(folder.path().c_str(), 0777), 0);
  EXPECT_THAT(MessageOf(PartyStore::Open(folder.path())), HasSubstr("chmod 700"));
}

TEST(PartyStore, RefusesASecondProcess) {
  const TemporaryFolder folder;
  const auto store = PartyStore::Open(folder.path());
  ASSERT_TRUE(store);
  EXPECT_THAT(MessageOf(PartyStore::Open(folder.path())),
              HasSubstr("another mpcstats process uses " + folder.path()));
}

TEST(PartyStore, KeepsSurveysAndTheirEnd) {
  const TestSurvey test;
  const auto store = PartyStore::Open(":memory:").value();
  ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  const auto ended_at = [&](UnixSeconds end) {
    SurveyDraft draft = test.signed_survey.draft();
    draft.close = SurveyClose{.closes_at = end, .signatures = {}};
    for (unsigned i = 0; i < 3; ++i) {
      draft.close->signatures[i] = test.identities[i].Sign(SurveyCloseInput(draft.Hash(), end, i));
    }
    return SignedSurvey::FromDraft(std::move(draft)).value();
  };
  const SignedSurvey ended = ended_at(testing::kTestOpens + 500);
  ASSERT_TRUE(store->ReplaceSurvey(ended));
  EXPECT_TRUE(store->ReplaceSurvey(ended));
  ASSERT_TRUE(store->AddSurvey(test.signed_survey));
  ASSERT_EQ(store->Surveys().value().size(), 1u);
  EXPECT_EQ(store->Surveys().value()[0].closes_at(), testing::kTestOpens + 500);
  EXPECT_THAT(MessageOf(store->ReplaceSurvey(ended_at(testing::kTestOpens + 900))),
              HasSubstr("cannot have another"));
  EXPECT_FALSE(store->ReplaceSurvey(test.signed_survey));
  const TestSurvey other(Eligibility::kOpen, "Another");
  EXPECT_FALSE(store->ReplaceSurvey(other.signed_survey));
}

// --- backups ------------------------------------------------------------------------------------------------------

TEST(PartyBackup, IsAStoreThatOpens) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const SignedSurvey& survey = test.signed_survey;
  const Items items(survey, 0, 2);
  const auto store = PartyStore::Open(folder / "live").value();
  ASSERT_TRUE(store->AddSurvey(survey));
  const Bytes32 box_key = store->BoxKeyFor(NumberHash("next survey", 0)).value().PublicKey();
  ASSERT_TRUE(store->AddSubmissions(survey, items.items, 1));
  ASSERT_TRUE(CloseFirst(*store, test, items));
  ASSERT_TRUE(store->BackupTo(folder / "copy"));
  struct stat info;
  ASSERT_EQ(stat((folder / "copy").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  const auto copy = PartyStore::Open(folder / "copy").value();
  EXPECT_EQ(copy->BatchShares(survey, 1).value(), store->BatchShares(survey, 1).value());
  EXPECT_EQ(copy->PolicyHead(survey.hash()).value(), store->PolicyHead(survey.hash()).value());
  EXPECT_EQ(copy->BoxKeyFor(NumberHash("next survey", 0)).value().PublicKey(), box_key);
}

TEST(PartyBackup, DoesNotWriteOverADirectory) {
  const TemporaryFolder folder;
  const auto store = PartyStore::Open(folder / "live").value();
  std::filesystem::create_directory(folder / "copy");
  EXPECT_FALSE(store->BackupTo(folder / "copy"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "copy"));
}

TEST(PartyBackup, AnOlderOneHasOtherHeads) {
  const TemporaryFolder folder;
  const TestSurvey test;
  const SignedSurvey& survey = test.signed_survey;
  const Bytes32& hash = survey.hash();
  const Items items(survey, 0, 2);
  const auto store = PartyStore::Open(folder / "live").value();
  ASSERT_TRUE(store->AddSurvey(survey));
  ASSERT_TRUE(store->AddSubmissions(survey, items.items, 1));
  ASSERT_TRUE(store->BackupTo(folder / "before the batch"));
  ASSERT_TRUE(CloseFirst(*store, test, items));
  ASSERT_TRUE(store->BackupTo(folder / "before the release"));
  ReleaseRecord release{.sequence = 1, .batches = 1, .body = "{}", .signatures = {}};
  release.signatures.fill(Signature{});
  ASSERT_TRUE(store->AdoptRelease(hash, release));

  const auto late = PartyStore::Open(folder / "before the release").value();
  EXPECT_NE(late->PolicyHead(hash).value(), store->PolicyHead(hash).value());
  EXPECT_EQ(late->BatchHead(hash).value(), store->BatchHead(hash).value());
  EXPECT_NE(late->ReleaseHead(hash).value(), store->ReleaseHead(hash).value());
  ASSERT_TRUE(late->AdoptRelease(hash, store->Releases(hash).value().at(0)));
  EXPECT_EQ(late->PolicyHead(hash).value(), store->PolicyHead(hash).value());

  const auto early = PartyStore::Open(folder / "before the batch").value();
  EXPECT_NE(early->BatchHead(hash).value(), store->BatchHead(hash).value());
  EXPECT_FALSE(early->AdoptRelease(hash, release));
  EXPECT_THAT(MessageOf(early->AdoptBatch(survey, store->ClosedBatches(hash).value().at(0))),
              HasSubstr("closed after the backup that was restored here"));
}

// --- a process that is killed ---------------------------------------------------------------------------------------

constexpr std::size_t kGroup = 20;

// Stores groups without end and writes a byte to `pipe` once AddSubmissions has returned. Ends by being killed.
[[noreturn]] void StoreForEver(const std::string& directory, const SignedSurvey& survey, int pipe) {
  const auto store = PartyStore::Open(directory);
  if (!store || !(*store)->AddSurvey(survey)) _exit(1);
  for (std::uint64_t group = 0;; ++group) {
    const Items items(survey, group * kGroup, kGroup);
    if (!(*store)->AddSubmissions(survey, items.items, 1)) _exit(1);
    const char done = 1;
    if (write(pipe, &done, 1) != 1) _exit(1);
  }
}

TEST(PartyCrash, KeepsEveryAcknowledgedSubmission) {
  const TemporaryFolder folder;
  const TestSurvey test;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) StoreForEver(folder.path(), test.signed_survey, ends[1]);
  close(ends[1]);
  std::size_t acknowledged = 0;
  char byte = 0;
  while (acknowledged < 25 && read(ends[0], &byte, 1) == 1) ++acknowledged;
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  while (read(ends[0], &byte, 1) == 1) ++acknowledged;  // said before it died
  close(ends[0]);

  ASSERT_GE(acknowledged, 25u);
  const auto store = PartyStore::Open(folder.path()).value();
  const std::size_t stored = store->OpenIds(test.signed_survey.hash()).value().size();
  EXPECT_EQ(stored % kGroup, 0u);  // groups are stored whole
  EXPECT_GE(stored, acknowledged * kGroup);
  EXPECT_LE(stored, (acknowledged + 1) * kGroup);
  const Items items(test.signed_survey, 0, acknowledged * kGroup);
  const auto loaded = store->LoadSubmissions(test.signed_survey, items.ids()).value();
  for (std::size_t i = 0; i < loaded.size(); ++i) ASSERT_EQ(loaded[i].opening, Items::OpeningOf(i)) << i;
  EXPECT_EQ(store->AddSubmissions(test.signed_survey, items.items, 1).value(),
            std::vector(items.items.size(), Refusal::kNone));
}

}  // namespace
}  // namespace mpcstats
