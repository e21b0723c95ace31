// Shared by the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

/// The bytes that `hex` stands for; a test with a broken vector fails.
template <std::size_t kSize>
std::array<std::uint8_t, kSize> HexArray(std::string_view hex) {
  const auto bytes = FromHex(hex);
  std::array<std::uint8_t, kSize> out{};
  EXPECT_TRUE(bytes && bytes->size() == kSize) << hex;
  if (bytes && bytes->size() == kSize) std::ranges::copy(*bytes, out.begin());
  return out;
}

/// Zeros that take no memory as long as nobody reads them: for lengths that must be refused unread.
class UnreadBytes {
 public:
  explicit UnreadBytes(std::size_t size)
      : size_(size),
        data_(mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    EXPECT_NE(data_, MAP_FAILED);
  }
  UnreadBytes(const UnreadBytes&) = delete;
  UnreadBytes& operator=(const UnreadBytes&) = delete;
  ~UnreadBytes() { munmap(data_, size_); }
  [[nodiscard]] ByteSpan span() const { return {static_cast<const std::uint8_t*>(data_), size_}; }

 private:
  std::size_t size_;
  void* data_;
};

/// A fresh folder that goes away with the test.
class FolderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "crypto_test.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string Path(const char* name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

}  // namespace mpcstats
