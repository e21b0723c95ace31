#include "mpcstats/service/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mpcstats {
namespace {

using ::testing::HasSubstr;

struct DataDirectoryTest : ::testing::Test {
  DataDirectoryTest() {
    std::string pattern = ::testing::TempDir() + "mpcstats_dir_XXXXXX";
    directory = mkdtemp(pattern.data());
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(directory); }
  std::string directory;
};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(DataDirectoryTest, AcceptsADirectoryOfTheOwnerAlone) { EXPECT_TRUE(CheckDataDirectory(directory)); }

TEST_F(DataDirectoryTest, RefusesOneThatOthersMayReadAndSaysWhatToRun) {
  for (const mode_t mode : {0750u, 0701u, 0720u}) {
    chmod(directory.c_str(), mode);
    EXPECT_THAT(CheckDataDirectory(directory).error().message(), HasSubstr("run: chmod 700 " + directory));
  }
}

TEST_F(DataDirectoryTest, RefusesAFile) {
  std::ofstream(directory + "/file") << "x";
  EXPECT_THAT(CheckDataDirectory(directory + "/file").error().message(), HasSubstr("is a file"));
}

TEST_F(DataDirectoryTest, SaysThatInitMakesAMissingOne) {
  const Status status = CheckDataDirectory(directory + "/none");
  EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(status.error().message(), HasSubstr("mpcstats init"));
}

TEST_F(DataDirectoryTest, RefusesOneOfAnotherUser) {
  if (geteuid() == 0) {
    ASSERT_EQ(chown(directory.c_str(), 1, 1), 0);
    EXPECT_THAT(CheckDataDirectory(directory).error().message(), HasSubstr("belongs to another user"));
  } else {
    EXPECT_THAT(CheckDataDirectory("/").error().message(), HasSubstr("belongs to another user"));
  }
}

TEST_F(DataDirectoryTest, MakesAnIdentityOnceAndKeepsIt) {
  const Result<Identity> first = LoadOrCreateIdentity(directory);
  ASSERT_TRUE(first) << first.error().message();
  const Result<Identity> second = LoadOrCreateIdentity(directory);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->PublicKey(), second->PublicKey());
  EXPECT_EQ(IdentityText(first->PublicKey()).size(), 8 + 64u);
}

TEST_F(DataDirectoryTest, NeverReplacesAnIdentityThatItCannotRead) {
  ASSERT_TRUE(LoadOrCreateIdentity(directory));
  const std::string before = ReadAll(IdentityPath(directory));
  chmod(IdentityPath(directory).c_str(), 0644);
  EXPECT_FALSE(LoadOrCreateIdentity(directory));
  EXPECT_EQ(ReadAll(IdentityPath(directory)), before);

  std::ofstream(IdentityPath(directory)) << "not a key";
  chmod(IdentityPath(directory).c_str(), 0600);
  EXPECT_FALSE(LoadOrCreateIdentity(directory));
  EXPECT_EQ(ReadAll(IdentityPath(directory)), "not a key");
}

TEST_F(DataDirectoryTest, PortFileHoldsThePortAndGoesWithItsOwner) {
  {
    Result<PortFile> file = PortFile::Write(directory, "port", 54321);
    ASSERT_TRUE(file) << file.error().message();
    const PortFile moved = std::move(*file);
    EXPECT_EQ(ReadAll(directory + "/port"), "54321\n");
  }
  EXPECT_FALSE(std::filesystem::exists(directory + "/port"));
}

TEST_F(DataDirectoryTest, PortFileReplacesAStaleOne) {
  std::ofstream(directory + "/port") << "1234567890\n";
  const Result<PortFile> file = PortFile::Write(directory, "port", 7);
  ASSERT_TRUE(file);
  EXPECT_EQ(ReadAll(directory + "/port"), "7\n");
}

TEST_F(DataDirectoryTest, PortFileNeedsItsDirectory) {
  EXPECT_FALSE(PortFile::Write(directory + "/none", "port", 7));
}

}  // namespace
}  // namespace mpcstats
