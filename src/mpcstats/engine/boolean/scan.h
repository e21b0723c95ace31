// Scans over the rows of sorted columns: equal neighbours, the first and last row of each run, the longest run.
//
//   BitPlane starts = co_await RunStarts(ctx, sorted);        // one where a row differs from the one before it
//   BitColumn first = co_await LastMarked(ctx, starts);       // for each row the first row of its run
#pragma once

#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

// Not verified until something is opened (and.h). Rows and widths are public and decide the cost; values never do.

/// Rows 0, 2, 4, ... and rows 1, 3, 5, ...; local.
[[nodiscard]] BitPlane EvenRows(const BitPlane& plane);
[[nodiscard]] BitPlane OddRows(const BitPlane& plane);
/// The inverse: even.rows() is odd.rows() or one more; local.
[[nodiscard]] BitPlane Interleave(const BitPlane& even, const BitPlane& odd);
/// The rows in reverse order; local.
[[nodiscard]] BitPlane Reversed(const BitPlane& plane);
/// Row r + 1 becomes row r's, row 0 gets a zero, the last one falls out; local.
[[nodiscard]] BitPlane MovedDown(const BitPlane& plane);
/// The number of each row, from 0, as `bits` planes of public values; local.
[[nodiscard]] BitColumn RowNumbers(PartyIndex self, std::size_t rows, unsigned bits);

/// One where a row differs from the row before it, and in row 0.
///
/// Cost: bits - 1 ANDs a row, ceil(log2 bits) rounds.
[[nodiscard]] Task<BitPlane> RunStarts(Ctx& ctx, BitColumn sorted);

/// For each row r the number of the last row up to r that is marked; 0 if none is.
///
/// Cost:   for n rows about 2 n (log2 n + 1) ANDs, 2 log2 n rounds.
/// Source: the tree form of a prefix scan, Blelloch, Prefix sums and their applications, CMU-CS-90-190 (1990).
[[nodiscard]] Task<BitColumn> LastMarked(Ctx& ctx, BitPlane marks);

/// For each row r the value of the last row up to r that is marked; the value of row 0 if none is.
///
/// Shapes: as many rows of values as of marks.
/// Cost:   for n rows of k bits 2 n (k + 1) ANDs, 2 log2 n rounds.
/// Source: as LastMarked.
[[nodiscard]] Task<BitColumn> LastMarkedValue(Ctx& ctx, BitPlane marks, BitColumn values);

/// For each row the sum of the numbers of the first and the last row of its run, counted from 1: twice the average rank of
/// tied values.
///
/// Cost: RunStarts' and two of LastMarked, and an addition of log2 n bits a row.
[[nodiscard]] Task<BitColumn> DoubleRanks(Ctx& ctx, BitPlane starts);

/// The value of the longest run of equal neighbours; among equally long ones the first. At least one row.
///
/// Shapes: one row of sorted.bits() planes.
/// Cost:   about (2 bits + 20) ANDs a row; some 10 log2 n rounds.
[[nodiscard]] Task<BitColumn> ValueOfLongestRun(Ctx& ctx, BitColumn sorted);

}  // namespace mpcstats
