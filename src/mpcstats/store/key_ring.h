// KeyRing: 32-byte secret keys by name, each in a file of its own, so that one can be destroyed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

/// Move-only; one thread at a time. Names end in ".box" or ".shares".
class KeyRing {
 public:
  /// In memory, for tests.
  KeyRing() = default;
  /// Files NAME in `directory`, made with mode 0700 when it is missing. Destroys what a crash left half made.
  [[nodiscard]] static Result<KeyRing> Open(const std::string& directory);

  /// The key, or nothing when there is none.
  /// Errors: kInvalidArgument when others may read its file or it does not hold a key.
  [[nodiscard]] Result<std::optional<Secret<Bytes32>>> Find(const std::string& name) const;
  /// The key; made from `rng` and on disk at the first call.
  [[nodiscard]] Result<Secret<Bytes32>> FindOrMake(const std::string& name, Rng& rng);
  /// Overwrites and removes it; one that is not there is fine.
  [[nodiscard]] Status Destroy(const std::string& name);
  /// Copies every key into `directory`, which must not be there.
  [[nodiscard]] Status CopyTo(const std::string& directory) const;

 private:
  [[nodiscard]] std::string PathOf(const std::string& name) const;

  std::optional<std::string> directory_;
  std::map<std::string, Secret<Bytes32>> memory_;  ///< without a directory
};

}  // namespace mpcstats
