// Addition and subtraction of bit columns.
//
//   BitColumn total = co_await Add(ctx, income, bonus, 33);
//   Difference d = co_await Subtract(ctx, x, y);   // d.value = x - y mod 2^w, d.borrow = [x < y]
#pragma once

#include <optional>
#include <vector>

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/boolean/depth.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// x + y modulo 2^out_bits.
///
/// Shapes:   equal rows; widths may differ (missing planes are zero), neither is 0; the result has out_bits
///           planes.
/// Cost:     with m = min(max(x.bits(), y.bits()), out_bits - 1): kRipple at most m ANDs a row and m rounds.
///           kLog at most 2*m + m*log2(m) ANDs a row and 1 + ceil(log2 m) rounds. A plane that only one side
///           has costs nothing but the passing on of the carry.
/// Security: as And: not verified until something is opened. Widths are public.
/// Source:   carry.h.
[[nodiscard]] Task<BitColumn> Add(Ctx& ctx, BitColumn x, BitColumn y, unsigned out_bits,
                                  std::optional<Depth> depth = std::nullopt);

/// x + y + carry_in modulo 2^out_bits; as Add, with one AND a row more (kRipple).
[[nodiscard]] Task<BitColumn> AddWithCarryIn(Ctx& ctx, BitColumn x, BitColumn y, BitPlane carry_in,
                                             unsigned out_bits, std::optional<Depth> depth = std::nullopt);

struct Difference {
  BitColumn value;
  BitPlane borrow;
};
/// x - y modulo 2^w with w = max(x.bits(), y.bits()), and the borrow [x < y].
///
/// Shapes:   as Add; the value has w planes.
/// Cost:     kRipple at most w ANDs a row, w rounds; kLog as Add with m = w.
[[nodiscard]] Task<Difference> Subtract(Ctx& ctx, BitColumn x, BitColumn y,
                                        std::optional<Depth> depth = std::nullopt);

struct CarrySaved {
  BitColumn sum;
  BitColumn carry;  ///< already in its place: plane 0 is zero
};
/// Two columns with the same total as three, modulo 2^out_bits: a 3:2 compressor.
///
/// Shapes:   equal rows, widths may differ; both results have out_bits planes.
/// Cost:     1 round; one AND a row for each position below out_bits - 1 with three planes, or with two.
[[nodiscard]] Task<CarrySaved> CarrySave(Ctx& ctx, BitColumn x, BitColumn y, BitColumn z, unsigned out_bits);

/// The sum of any number of columns modulo 2^out_bits; at least one column.
///
/// Cost:     compress.h; about log_1.5 of half the number of columns rounds, then one addition.
[[nodiscard]] Task<BitColumn> AddMany(Ctx& ctx, std::vector<BitColumn> columns, unsigned out_bits,
                                      std::optional<Depth> depth = std::nullopt);

}  // namespace mpcstats
