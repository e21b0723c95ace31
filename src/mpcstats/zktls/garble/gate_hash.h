// The hash of half-gates garbling, many gates at once. Plain types only, for the reason packed_table.h gives.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mpcstats {

/// One implementation of the hash of labels; all return the same bits. The time depends on the sizes alone.
///
///   H(x, i) = AES-128 under the key start xor i, of s(x), xor s(x);   s(high | low) = (high xor low | high)
///
/// Every gate has two tweaks, 2g for its first and 2g + 1 for its second input, each a key of its own, used for the two
/// labels of that wire and never again. So what an attacker prepares for one tweak helps with no other one.
///
/// Security: tweakable circular correlation robust in the ideal cipher model. s is linear, and so is x -> x xor s(x) and
///           invertible: without s, H(x xor Delta, i) xor Delta would show AES(x xor Delta), which the cipher inverts.
/// Source:   Guo, Katz, Wang, Weng and Yu, Better Concrete Security for Half-Gates Garbling, CRYPTO 2020
///           (ePrint 2019/1168), the re-keyed hash; s is from Guo, Katz, Wang and Yu, S&P 2020 (ePrint 2019/074).
struct GateHashKernels {
  const char* name;

  /// Replaces labels by their hashes. A label is two words, low word first. Gate first + k has 2 * versions labels from
  /// labels + 4 * versions * k on: version 0 of its first and of its second input, version 1 of both, ...
  /// `versions` is 1 (who evaluates) or 2 (who garbles); `start` has 16 bytes, of which the lower 8, little-endian, are
  /// what i goes into.
  void (*hash)(const std::uint8_t* start, std::uint64_t first, std::size_t gates, std::size_t versions,
               std::uint64_t* labels);
};

/// The fastest this processor supports.
[[nodiscard]] const GateHashKernels& GetGateHashKernels();

}  // namespace mpcstats
