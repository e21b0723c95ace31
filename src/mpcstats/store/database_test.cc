#include "mpcstats/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "mpcstats/store/store_testing.h"

namespace mpcstats {
namespace {

using testing::FileText;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::TemporaryFolder;

constexpr std::string_view kFirst = "CREATE TABLE pairs(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;";
constexpr std::string_view kSecond = "ALTER TABLE pairs ADD COLUMN rank INTEGER NOT NULL DEFAULT 7;";
constexpr std::array kOne = {kFirst};
constexpr std::array kTwo = {kFirst, kSecond};

void Put(Database& database, std::string_view name, ByteSpan value) {
  Statement insert = database.Prepare("INSERT INTO pairs(name, value) VALUES (?1, ?2)").value();
  ASSERT_TRUE(insert.BindText(1, name).Bind(2, value).Run());
}

std::int64_t Count(Database& database) {
  Statement count = database.Prepare("SELECT count(*) FROM pairs").value();
  EXPECT_TRUE(count.Step().value());
  return count.Int(0);
}

TEST(Database, KeepsWhatWasCommitted) {
  const TemporaryFolder folder;
  const Bytes value = {0, 1, 255};
  {
    Database database = Database::Open(folder / "a.db", kOne).value();
    Put(database, "one", value);
    Put(database, "", {});
  }
  Database database = Database::Open(folder / "a.db", kOne).value();
  Statement select = database.Prepare("SELECT name, value FROM pairs ORDER BY name DESC").value();
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Text(0), "one");
  EXPECT_EQ(select.Blob(1), value);
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Text(0), "");
  EXPECT_FALSE(select.IsNull(1));
  EXPECT_FALSE(select.Step().value());
}

TEST(Database, RollsBackATransactionThatIsNotCommitted) {
  Database database = Database::Open(":memory:", kOne).value();
  {
    Transaction transaction = Transaction::Begin(database).value();
    Put(database, "gone", {});
  }
  EXPECT_EQ(Count(database), 0);
  Transaction transaction = Transaction::Begin(database).value();
  Put(database, "kept", {});
  ASSERT_TRUE(transaction.Commit());
  EXPECT_EQ(Count(database), 1);
}

TEST(Database, RefusesASecondOwner) {
  const TemporaryFolder folder;
  Result<Database> first = Database::Open(folder / "a.db", kOne);
  ASSERT_TRUE(first);
  const Result<Database> second = Database::Open(folder / "a.db", kOne);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message(), "another mpcstats process uses " + folder.path() + ": stop it first");
  {
    const Database last = std::move(*first);
  }
  EXPECT_TRUE(Database::Open(folder / "a.db", kOne));
}

TEST(Database, MakesFilesForItsOwnerAlone) {
  const TemporaryFolder folder;
  Database database = Database::Open(folder / "a.db", kOne).value();
  Put(database, "one", {});
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    struct stat info;
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3u);  // database, log, lock
}

TEST(Database, RefusesAFileThatOthersMayRead) {
  const TemporaryFolder folder;
  {
    const Database database = Database::Open(folder / "a.db", kOne).value();
  }
  ASSERT_EQ(chmod((folder / "a.db").c_str(), 0644), 0);
  EXPECT_THAT(MessageOf(Database::Open(folder / "a.db", kOne)), HasSubstr("chmod 600"));
}

TEST(Database, RefusesAFileThatIsNone) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.db") << std::string(5000, 'z');
  ASSERT_EQ(chmod((folder / "a.db").c_str(), 0600), 0);
  const Result<Database> opened = Database::Open(folder / "a.db", kOne);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(opened.error().message(), HasSubstr("not a database"));
}

TEST(Database, FindsDamageWhenItOpens) {
  const TemporaryFolder folder;
  {
    Database database = Database::Open(folder / "a.db", kOne).value();
    for (int i = 0; i < 50; ++i) Put(database, std::to_string(i), Bytes(1000, 1));
  }
  {
    std::fstream file(folder / "a.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3 * 4096);
    file << std::string(4 * 4096, 'z');
  }
  const Result<Database> opened = Database::Open(folder / "a.db", kOne);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(opened.error().message(), HasSubstr("damaged: restore the latest backup"));
}

TEST(Database, BringsAnOlderFormatForward) {
  const TemporaryFolder folder;
  {
    Database database = Database::Open(folder / "a.db", kOne).value();
    Put(database, "old", {});
  }
  Database database = Database::Open(folder / "a.db", kTwo).value();
  Statement select = database.Prepare("SELECT name, rank FROM pairs").value();
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Text(0), "old");
  EXPECT_EQ(select.Int(1), 7);
}

TEST(Database, RefusesANewerFormat) {
  const TemporaryFolder folder;
  {
    const Database database = Database::Open(folder / "a.db", kTwo).value();
  }
  EXPECT_THAT(MessageOf(Database::Open(folder / "a.db", kOne)), HasSubstr("newer version of mpcstats"));
}

TEST(Database, KeepsTheOldFormatWhenAMigrationFails) {
  const TemporaryFolder folder;
  constexpr std::array<std::string_view, 2> kBroken = {kFirst,
                                                       "CREATE TABLE more(x INTEGER); SELECT nonsense;"};
  EXPECT_FALSE(Database::Open(folder / "a.db", kBroken));
  Database database = Database::Open(folder / "a.db", kTwo).value();
  EXPECT_FALSE(database.Prepare("SELECT * FROM more"));
  EXPECT_EQ(Count(database), 0);
}

TEST(Database, BacksUpWhileInUse) {
  const TemporaryFolder folder;
  Database database = Database::Open(folder / "a.db", kOne).value();
  Put(database, "before", {});
  ASSERT_TRUE(database.BackupTo(folder / "b.db"));
  Put(database, "after", {});
  Database copy = Database::Open(folder / "b.db", kOne).value();
  EXPECT_EQ(Count(copy), 1);
  EXPECT_EQ(Count(database), 2);
}

TEST(Database, DoesNotBackUpOverAFile) {
  const TemporaryFolder folder;
  Database database = Database::Open(folder / "a.db", kOne).value();
  std::ofstream(folder / "b.db") << "precious";
  EXPECT_FALSE(database.BackupTo(folder / "b.db"));
  EXPECT_EQ(FileText(folder / "b.db"), "precious");
}

TEST(Database, ReportsAWrongParameterAtTheNextStep) {
  Database database = Database::Open(":memory:", kOne).value();
  Statement insert = database.Prepare("INSERT INTO pairs(name, value) VALUES (?1, ?2)").value();
  EXPECT_FALSE(insert.Bind(3, std::int64_t{1}).Run());
  EXPECT_TRUE(insert.BindText(1, "one").Bind(2, ByteSpan()).Run());
}

TEST(Database, RefusesAValueOfAnotherType) {
  Database database = Database::Open(":memory:", kOne).value();
  Statement insert = database.Prepare("INSERT INTO pairs(name, value) VALUES (?1, ?2)").value();
  EXPECT_FALSE(insert.BindText(1, "one").BindText(2, "text in a blob column").Run());
}

TEST(Database, ErrorsDoNotRepeatStoredValues) {
  Database database = Database::Open(":memory:", kOne).value();
  Put(database, "hunter2", {});
  Statement insert = database.Prepare("INSERT INTO pairs(name, value) VALUES (?1, ?2)").value();
  const Status status = insert.BindText(1, "hunter2").Bind(2, ByteSpan()).Run();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message().find("hunter2"), std::string::npos);
}

TEST(Database, ReadsThirtyTwoBytesOrSaysThatItIsDamaged) {
  Database database = Database::Open(":memory:", kOne).value();
  Put(database, "a", Bytes(32, 9));
  Put(database, "b", Bytes(31, 9));
  Statement select = database.Prepare("SELECT value FROM pairs ORDER BY name").value();
  ASSERT_TRUE(select.Step().value());
  EXPECT_EQ(select.Blob32(0).value()[31], 9);
  ASSERT_TRUE(select.Step().value());
  EXPECT_THAT(MessageOf(select.Blob32(0)), HasSubstr("damaged"));
}

}  // namespace
}  // namespace mpcstats
