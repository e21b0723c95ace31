// The table of kernels that stretch the leaves of a tree. Plain types only, for the reason packed_table.h gives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats {

inline constexpr std::size_t kTreeLeaves = 256;
inline constexpr std::size_t kTreeDepth = 8;

/// One implementation; all return the same bits. The time depends on the sizes alone.
struct VoleKernels {
  const char* name;

  /// With G_y the blocks first .. first+blocks-1 of AES-128 under the key seeds[16*y..], of the block numbers as 128-bit
  /// little-endian integers:
  ///   sum = xor of G_y over all y,   planes + j*stride = xor of G_y over the y with bit j set, j < 8.
  /// A block is two words; each of the nine results has 2*blocks of them.
  void (*stretch)(const std::uint8_t* seeds, std::uint64_t first, std::size_t blocks, std::uint64_t* sum,
                  std::uint64_t* planes, std::size_t stride);
};

/// The fastest this processor supports.
[[nodiscard]] const VoleKernels& GetVoleKernels();

}  // namespace mpcstats
