// SHA-256 (FIPS 180-4) through OpenSSL.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "mpcstats/base/bytes.h"

namespace mpcstats {

[[nodiscard]] Bytes32 Sha256(ByteSpan data);

/// Incremental SHA-256. Integers are hashed little-endian; every use starts with its own ASCII type tag.
class Sha256Stream {
 public:
  explicit Sha256Stream(std::string_view tag);
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  ~Sha256Stream();

  Sha256Stream& Add(ByteSpan data);
  Sha256Stream& AddU64(std::uint64_t value);
  /// Length first, then the bytes: two strings in a row cannot be read in another way.
  Sha256Stream& AddString(std::string_view text);
  /// The digest; the stream is used up.
  [[nodiscard]] Bytes32 Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
