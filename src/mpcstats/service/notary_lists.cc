#include "mpcstats/service/notary_lists.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace mpcstats {
namespace {

Result<NotaryKeyList> ReadList(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Bytes bytes(kMaxNotaryListBytes + 1);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return Fail(ErrorCode::kInvalidArgument, "the file cannot be read");
  }
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kMaxNotaryListBytes) {
    return Fail(ErrorCode::kInvalidArgument, "the file is longer than any list of a notary's keys");
  }
  return DecodeNotaryKeys(bytes);
}

}  // namespace

std::vector<std::pair<std::string, Result<NotaryKeyList>>> ReadNotaryLists(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".keys") paths.push_back(entry->path());
  }
  std::ranges::sort(paths);
  std::vector<std::pair<std::string, Result<NotaryKeyList>>> lists;
  for (const std::filesystem::path& path : paths) lists.emplace_back(path.string(), ReadList(path));
  return lists;
}

}  // namespace mpcstats
