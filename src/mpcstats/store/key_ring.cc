#include "mpcstats/store/key_ring.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "mpcstats/crypto/key_file.h"
#include "mpcstats/store/database_file.h"

namespace mpcstats {
namespace {

constexpr std::string_view kWhat = "survey key";
constexpr std::size_t kFileBytes = 65;  // 64 hexadecimal digits and a line end

Secret<Bytes32> Copy(const Secret<Bytes32>& key) {
  return key.With(SecretAccess("a copy for the caller"),
                  [](const Bytes32& raw) { return Secret<Bytes32>(raw); });
}

Status WriteKey(const std::string& path, const Secret<Bytes32>& key) {
  return key.With(SecretAccess("key file"), [&](const Bytes32& raw) {
    std::string text = ToHex(raw) + "\n";
    const Status status = WriteSecretFile(path, AsBytes(text), kWhat);
    SecureWipe(text.data(), text.size());
    return status;
  });
}

Result<Secret<Bytes32>> ParseKey(const std::string& path, Bytes text) {
  const std::string_view digits(reinterpret_cast<const char*>(text.data()),
                                std::min<std::size_t>(text.size(), kFileBytes - 1));
  std::optional<Bytes> raw = FromHex(digits);
  const bool whole = raw.has_value() && raw->size() == 32;
  Bytes32 key{};
  if (whole) std::ranges::copy(*raw, key.begin());
  Secret<Bytes32> secret(key);
  SecureWipe(key.data(), key.size());
  if (raw.has_value()) SecureWipe(raw->data(), raw->size());
  SecureWipe(text.data(), text.size());
  if (whole) return secret;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{} is damaged: it does not hold 64 hexadecimal digits; restore it from a backup", path));
}

bool IsKeyName(std::string_view name) { return name.ends_with(".box") || name.ends_with(".shares"); }

Result<std::vector<std::string>> NamesIn(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(directory, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  if (!error) return names;
  return Fail(ErrorCode::kUnavailable, fmt::format("cannot read {}: {}", directory, error.message()));
}

}  // namespace

Result<KeyRing> KeyRing::Open(const std::string& directory) {
  RETURN_IF_ERROR(MakePrivateFolder(directory));
  KeyRing ring;
  ring.directory_ = directory;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory));
  for (const std::string& name : names) {
    // A crash between writing a key and giving it its name leaves NAME.XXXXXX: nobody was told of that key.
    const bool left_over = !IsKeyName(name) && IsKeyName(name.substr(0, name.rfind('.')));
    if (left_over) RETURN_IF_ERROR(DestroyFile(ring.PathOf(name)));
  }
  return ring;
}

std::string KeyRing::PathOf(const std::string& name) const { return *directory_ + "/" + name; }

Result<std::optional<Secret<Bytes32>>> KeyRing::Find(const std::string& name) const {
  std::optional<Secret<Bytes32>> found;
  if (!directory_) {
    if (const auto entry = memory_.find(name); entry != memory_.end()) found = Copy(entry->second);
    return found;
  }
  Result<Bytes> text = ReadSecretFile(PathOf(name), kFileBytes, kWhat);
  if (!text && text.error().code() == ErrorCode::kNotFound) return found;
  if (!text) return std::unexpected(text.error());
  ASSIGN_OR_RETURN(found, ParseKey(PathOf(name), std::move(*text)));
  return found;
}

Result<Secret<Bytes32>> KeyRing::FindOrMake(const std::string& name, Rng& rng) {
  ASSIGN_OR_RETURN(std::optional<Secret<Bytes32>> found, Find(name));
  if (found) return std::move(*found);
  Bytes32 raw{};
  rng.Fill(raw);
  Secret<Bytes32> key(raw);
  SecureWipe(raw.data(), raw.size());
  if (directory_) {
    RETURN_IF_ERROR(WriteKey(PathOf(name), key));
  } else {
    memory_.emplace(name, Copy(key));
  }
  return key;
}

Status KeyRing::Destroy(const std::string& name) {
  if (!directory_) {
    memory_.erase(name);
    return {};
  }
  const Status status = DestroyFile(PathOf(name));
  if (!status && status.error().code() != ErrorCode::kNotFound) return status;
  return {};
}

Status KeyRing::CopyTo(const std::string& directory) const {
  RETURN_IF_ERROR(MakeNewPrivateFolder(directory));
  for (const auto& [name, key] : memory_) RETURN_IF_ERROR(WriteKey(directory + "/" + name, key));
  if (!directory_) return {};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(*directory_));
  for (const std::string& name : names) {
    if (!IsKeyName(name)) continue;
    ASSIGN_OR_RETURN(const std::optional<Secret<Bytes32>> key, Find(name));
    if (key) RETURN_IF_ERROR(WriteKey(directory + "/" + name, *key));
  }
  return {};
}

}  // namespace mpcstats
