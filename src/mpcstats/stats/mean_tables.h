// Straight lines that stand for log2(m) and 1/m on 1 <= m < 2: 256 pieces, 12 more digits inside a piece. Integers alone, so
// that every party has the same tables.
#pragma once

#include <array>
#include <cstdint>

namespace mpcstats {

inline constexpr unsigned kPieceBits = 8;
inline constexpr unsigned kInnerBits = 12;
inline constexpr unsigned kMantissaDigits = kPieceBits + kInnerBits;

/// For the piece i and the inner digits r, m is between 1 + (2^12 i + r) / 2^20 and one unit above.
struct PieceTable {
  std::array<std::uint64_t, 256> start;
  std::array<std::uint64_t, 256> slope;
};

inline constexpr unsigned kStartBits = 25;
inline constexpr unsigned kSlopeBits = 12;

/// log2(m) = start 2^-24 + slope r 2^-31, within kLogError for every m: a test goes through all of them.
[[nodiscard]] const PieceTable& LogTable();
inline constexpr double kLogError = 0x1p-18;

/// 1/m = (start - floor(slope r / 2^9)) 2^-22, within kReciprocalError of itself.
[[nodiscard]] const PieceTable& ReciprocalTable();
inline constexpr double kReciprocalError = 0x1p-18;

}  // namespace mpcstats
