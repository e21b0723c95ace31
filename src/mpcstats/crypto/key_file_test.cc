#include "mpcstats/crypto/key_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "mpcstats/crypto/testing.h"

namespace mpcstats {
namespace {

class SecretFile : public FolderTest {
 protected:
  [[nodiscard]] std::string Path() const { return FolderTest::Path("secret.key"); }
  [[nodiscard]] std::ptrdiff_t FileCount() const {
    return std::distance(std::filesystem::directory_iterator(folder_), {});
  }
};

mode_t ModeOf(const std::string& path) {
  struct stat info;
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

TEST_F(SecretFile, ReadsBackWhatWasWritten) {
  for (std::size_t size : {0, 1, 32, 70000}) {
    const Bytes content(size, 0xa5);
    ASSERT_TRUE(WriteSecretFile(Path(), content).has_value());
    EXPECT_EQ(ReadSecretFile(Path(), 70000), content);
  }
}

TEST_F(SecretFile, IsForTheOwnerAloneWhateverTheUmaskAndTheOlderFile) {
  std::ofstream(Path()) << "old";
  ASSERT_EQ(chmod(Path().c_str(), 0666), 0);
  const mode_t before = umask(0);
  const Status written = WriteSecretFile(Path(), Bytes{1});
  umask(before);
  ASSERT_TRUE(written.has_value());
  EXPECT_EQ(ModeOf(Path()), 0600u);
  EXPECT_EQ(FileCount(), 1) << "a temporary file was left";
}

TEST_F(SecretFile, ReplacesALinkAndNotWhatItPointsTo) {
  const std::string target = FolderTest::Path("target");
  std::ofstream(target) << "theirs";
  std::filesystem::create_symlink(target, Path());
  ASSERT_TRUE(WriteSecretFile(Path(), Bytes{1}).has_value());
  EXPECT_EQ(std::filesystem::file_size(target), 6u);
  EXPECT_FALSE(std::filesystem::is_symlink(Path()));
}

TEST_F(SecretFile, IsWrittenUnderARelativeName) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const Status written = WriteSecretFile("secret.key", Bytes{1});
  std::filesystem::current_path(before);
  EXPECT_TRUE(written.has_value());
  EXPECT_EQ(ReadSecretFile(Path(), 1), Bytes{1});
}

TEST_F(SecretFile, WriteFailsInAMissingFolder) {
  const Status written = WriteSecretFile(FolderTest::Path("missing/secret.key"), Bytes{1});
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), ErrorCode::kNotFound);
}

TEST_F(SecretFile, WriteOverAFolderFailsAndLeavesNothing) {
  std::filesystem::create_directory(Path());
  const Status written = WriteSecretFile(Path(), Bytes{1}, "storage key file");
  ASSERT_FALSE(written.has_value());
  EXPECT_NE(written.error().message().find("the storage key file"), std::string::npos)
      << written.error().message();
  EXPECT_EQ(FileCount(), 1);
}

TEST_F(SecretFile, ReadRefusesWhatOthersMayUseAndNamesTheFix) {
  ASSERT_TRUE(WriteSecretFile(Path(), Bytes{1}).has_value());
  for (mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601}) {
    ASSERT_EQ(chmod(Path().c_str(), mode), 0);
    const auto content = ReadSecretFile(Path(), 10);
    ASSERT_FALSE(content.has_value()) << mode;
    EXPECT_EQ(content.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(content.error().message().find("chmod 600 " + Path()), std::string::npos);
  }
  ASSERT_EQ(chmod(Path().c_str(), 0400), 0);
  EXPECT_TRUE(ReadSecretFile(Path(), 10).has_value());
}

TEST_F(SecretFile, ReadRefusesALongerFileInsteadOfCuttingIt) {
  ASSERT_TRUE(WriteSecretFile(Path(), Bytes(11)).has_value());
  EXPECT_FALSE(ReadSecretFile(Path(), 10).has_value());
  EXPECT_TRUE(ReadSecretFile(Path(), 11).has_value());
}

TEST_F(SecretFile, ReadRefusesAFolderAndAFifoWithoutHanging) {
  EXPECT_FALSE(ReadSecretFile(folder_.string(), 10).has_value());
  ASSERT_EQ(mkfifo(Path().c_str(), 0600), 0);
  EXPECT_FALSE(ReadSecretFile(Path(), 10).has_value());
}

TEST_F(SecretFile, ReadOfNothingIsNotFound) {
  const auto content = ReadSecretFile(Path(), 10);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().code(), ErrorCode::kNotFound);
}

TEST_F(SecretFile, DestroyOverwritesEveryByteBeforeTheNameGoes) {
  const Bytes content(10000, 0xa5);
  ASSERT_TRUE(WriteSecretFile(Path(), content).has_value());
  const int still_open = open(Path().c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(still_open, 0);
  EXPECT_TRUE(DestroyFile(Path()).has_value());
  EXPECT_FALSE(std::filesystem::exists(Path()));
  Bytes left(20000, 1);
  EXPECT_EQ(read(still_open, left.data(), left.size()), 10000);
  left.resize(10000);
  EXPECT_EQ(left, Bytes(10000));
  close(still_open);
}

TEST_F(SecretFile, DestroyRefusesLinksFoldersAndNothing) {
  const std::string target = FolderTest::Path("target");
  std::ofstream(target) << "theirs";
  std::filesystem::create_symlink(target, Path());
  EXPECT_FALSE(DestroyFile(Path()).has_value());
  std::filesystem::remove(Path());
  std::filesystem::create_hard_link(target, Path());
  const Status linked = DestroyFile(Path());
  ASSERT_FALSE(linked.has_value());
  EXPECT_NE(linked.error().message().find("2 names"), std::string::npos);
  EXPECT_EQ(std::filesystem::file_size(target), 6u);
  std::ifstream kept(target);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), "theirs");
  EXPECT_FALSE(DestroyFile(folder_.string()).has_value());
  const Status missing = DestroyFile(FolderTest::Path("missing"));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
}

TEST_F(SecretFile, DestroyRefusesAFifoThatNobodyReads) {
  ASSERT_EQ(mkfifo(Path().c_str(), 0600), 0);
  EXPECT_FALSE(DestroyFile(Path()).has_value());
  const int reader = open(Path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  const Status destroyed = DestroyFile(Path());
  ASSERT_FALSE(destroyed.has_value());
  EXPECT_NE(destroyed.error().message().find("not a regular file"), std::string::npos);
  close(reader);
}

}  // namespace
}  // namespace mpcstats
