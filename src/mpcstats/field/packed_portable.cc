// Kernels without special instructions: two words at a time, carryless products from integer multiplications.
#include <cstddef>
#include <cstdint>

#include "mpcstats/field/kernels_level.h"
#include "mpcstats/field/kernels_linear.h"
#include "mpcstats/field/packed_table.h"

namespace mpcstats {
namespace {

using packed::Word;
using Wide = unsigned __int128;

// Integer multiplication of words with three empty bits ("holes") between any two used ones: each column of
// the product counts at most 15 terms as long as one factor has its top four bits clear, so no carry reaches
// the next used column, and bit 0 of the count is the carryless product. Integer multiplication takes
// constant time on the processors we run on. Idea: T. Pornin, BearSSL, "Constant-time multiplication".
Wide Carryless(Word a, Word b) {
  constexpr Word kEvery4 = 0x1111111111111111;
  constexpr Wide kEvery4Wide = (Wide{kEvery4} << 64) | kEvery4;
  const Word a_top = a >> 60;
  const Word a_low = a & 0x0fffffffffffffff;
  Word x[4];
  Word y[4];
  for (int i = 0; i < 4; ++i) {
    x[i] = a_low & (kEvery4 << i);
    y[i] = b & (kEvery4 << i);
  }
  Wide product = 0;
  for (int i = 0; i < 4; ++i) {
    Wide column = 0;
    for (int j = 0; j < 4; ++j) column ^= Wide{x[j]} * y[(i - j) & 3];
    product ^= column & (kEvery4Wide << i);
  }
  for (int i = 0; i < 4; ++i) product ^= (Wide{b} << (60 + i)) & (Wide{0} - ((a_top >> i) & 1));
  return product;
}

void Transpose(Word* rows) {
  Word mask = 0x00000000ffffffff;
  for (std::size_t half = 32; half > 0; half >>= 1, mask ^= mask << half) {
    for (std::size_t base = 0; base < 64; base += 2 * half) {
      for (std::size_t k = base; k < base + half; ++k) {
        const Word swap = ((rows[k] >> half) ^ rows[k + half]) & mask;
        rows[k] ^= swap << half;
        rows[k + half] ^= swap;
      }
    }
  }
}

struct Pair {
  static constexpr std::size_t kLanes = 2;
  Word lane[2];

  static Pair Zero() { return {{0, 0}}; }
  static Pair Broadcast(Word w) { return {{w, w}}; }
  static Pair Load(const Word* in) { return {{in[0], in[1]}}; }
  void Store(Word* out) const {
    out[0] = lane[0];
    out[1] = lane[1];
  }
  static Pair And(Pair a, Pair b) { return {{a.lane[0] & b.lane[0], a.lane[1] & b.lane[1]}}; }
  static Pair Xor(Pair a, Pair b) { return {{a.lane[0] ^ b.lane[0], a.lane[1] ^ b.lane[1]}}; }
  static Pair Xor3(Pair a, Pair b, Pair c) { return Xor(Xor(a, b), c); }
  template <int kBits>
  static Pair Shl(Pair a) {
    return {{a.lane[0] << kBits, a.lane[1] << kBits}};
  }
  template <int kBits>
  static Pair Shr(Pair a) {
    return {{a.lane[0] >> kBits, a.lane[1] >> kBits}};
  }
  static Pair UnpackLow(Pair a, Pair b) { return {{a.lane[0], b.lane[0]}}; }
  static Pair UnpackHigh(Pair a, Pair b) { return {{a.lane[1], b.lane[1]}}; }
  static Pair FromWide(Wide w) { return {{static_cast<Word>(w), static_cast<Word>(w >> 64)}}; }
  static Pair ClmulLow(Pair a, Pair b) { return FromWide(Carryless(a.lane[0], b.lane[0])); }
  static Pair ClmulHigh(Pair a, Pair b) { return FromWide(Carryless(a.lane[1], b.lane[1])); }
  static void Transpose(Pair* rows) {
    const Pair first = UnpackLow(rows[0], rows[1]);
    rows[1] = UnpackHigh(rows[0], rows[1]);
    rows[0] = first;
  }

  // Row k: bit k of c_0..c_63.
  struct FoldTable {
    Word rows[64];
  };
  static void BuildFoldTable(const Word* c, FoldTable& table) {
    for (int j = 0; j < 64; ++j) table.rows[j] = c[j];
    mpcstats::Transpose(table.rows);
  }
  // Bit k of all 64 results is the sum of the x_j with bit k of c_j set: tables of the sums of four words
  // each, looked up by bits of the public c; then one transposition.
  static void FoldGroup(const FoldTable& table, const Word* x, Word* out) {
    for (int k = 0; k < 64; ++k) out[k] = 0;
    for (int j = 0; j < 64; j += 4) {
      Word sums[16] = {};
      for (unsigned i = 1; i < 16; ++i) sums[i] = sums[i & (i - 1)] ^ x[j + __builtin_ctz(i)];
      for (int k = 0; k < 64; ++k) out[k] ^= sums[(table.rows[k] >> j) & 15];
    }
    mpcstats::Transpose(out);
  }
  static void TransposeGroup(const Word* in, Word* out) {
    Word rows[64];
    for (int j = 0; j < 64; ++j) rows[j] = in[j];
    mpcstats::Transpose(rows);
    for (int j = 0; j < 64; ++j) out[j] = rows[j];
  }
};

void CarrylessInto(Word a, Word b, Word out[2]) { Pair::FromWide(Carryless(a, b)).Store(out); }

}  // namespace

extern const PackedKernels kPortableKernels;
const PackedKernels kPortableKernels = {
    .name = "portable",
    .carryless = CarrylessInto,
    .level1 = packed::Level1Single<Pair, 4>,
    .level1_pairs = packed::Level1Pairs<Pair, 4>,
    .fold_groups = packed::FoldGroups<Pair>,
    .weighted_sum = packed::WeightedSum<Pair>,
    .level = packed::Level<Pair>,
    .fold = packed::Fold<Pair>,
    .inner_product = packed::InnerProduct<Pair>,
    .multiply = packed::Multiply<Pair>,
    .multiply_scalar = packed::MultiplyScalar<Pair>,
    .transpose64 = packed::Transpose64<Pair>,
    .and3 = packed::And3<Pair>,
};

}  // namespace mpcstats
