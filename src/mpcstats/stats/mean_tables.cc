#include "mpcstats/stats/mean_tables.h"

namespace mpcstats {

namespace {

using U128 = unsigned __int128;

// log2(1 + i/256) in units of 2^-40, digit by digit: squaring a number in [1, 2) doubles its logarithm.
std::uint64_t Log40(std::uint64_t i) {
  if (i == 256) return std::uint64_t{1} << 40;
  std::uint64_t x = (256 + i) << 54;  // units of 2^-62
  std::uint64_t log = 0;
  for (unsigned digit = 0; digit < 40; ++digit) {
    x = static_cast<std::uint64_t>(static_cast<U128>(x) * x >> 62);
    const std::uint64_t two_or_more = x >> 63;
    x >>= two_or_more;
    log = log << 1 | two_or_more;
  }
  return log;
}

PieceTable MakeLog() {
  PieceTable table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    const std::uint64_t from = Log40(i);
    const std::uint64_t rise = Log40(i + 1) - from;
    // The chord lies below the curve by at most h^2 / 8 |f''| = 2^-19 / (m^2 ln 2): half of it is added. 1512775 is
    // 2^20 / ln 2.
    const std::uint64_t lift = (std::uint64_t{1'512'775} << 16) / ((256 + i) * (256 + i));
    // r stands for the middle of its unit.
    const std::uint64_t start = from + lift + rise / 8192;
    table.start[i] = (start + (1 << 15)) >> 16;
    table.slope[i] = (rise + (1 << 20)) >> 21;
  }
  return table;
}

// 256 / (256 + i) in units of 2^-40.
std::uint64_t Reciprocal40(std::uint64_t i) { return (std::uint64_t{1} << 48) / (256 + i); }

PieceTable MakeReciprocal() {
  PieceTable table{};
  for (std::uint64_t i = 0; i < 256; ++i) {
    const std::uint64_t from = Reciprocal40(i);
    const std::uint64_t fall = from - Reciprocal40(i + 1);
    // The chord lies above the curve by at most h^2 / 8 f'' = 2^-18 / m^3: half of it is taken off.
    const std::uint64_t drop = (std::uint64_t{1} << 45) / ((256 + i) * (256 + i) * (256 + i));
    // What floor(slope r / 2^9) leaves out is half a unit in the mean, and so is what the shift here leaves out.
    table.start[i] = (from - drop - fall / 8192) >> 18;
    table.slope[i] = (fall + (1 << 20)) >> 21;
  }
  return table;
}

}  // namespace

const PieceTable& LogTable() {
  static const PieceTable table = MakeLog();
  return table;
}

const PieceTable& ReciprocalTable() {
  static const PieceTable table = MakeReciprocal();
  return table;
}

}  // namespace mpcstats
