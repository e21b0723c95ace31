// What the decoders of this folder share beside wire/codec.h. For the sources of this folder only.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "mpcstats/wire/codec.h"

namespace mpcstats {

/// Longest Merkle path there is: counts have 32 bits.
inline constexpr std::size_t kMaxPath = 32;

/// Fills `out` with the next N bytes; leaves it as it is when they are missing.
template <std::size_t N>
void ReadArray(Reader& reader, std::array<std::uint8_t, N>& out) {
  const ByteSpan bytes = reader.Raw(N);
  if (bytes.size() == N) std::ranges::copy(bytes, out.begin());
}

/// `size` hashes; the caller has bounded `size`.
inline std::vector<Bytes32> ReadHashes(Reader& reader, std::size_t size) {
  std::vector<Bytes32> hashes(size);
  for (Bytes32& hash : hashes) ReadArray(reader, hash);
  return hashes;
}

}  // namespace mpcstats
