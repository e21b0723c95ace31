// Products of shared field elements: one round and one element for each product, or for each whole dot product.
#pragma once

#include <vector>

#include "mpcstats/engine/arith.h"
#include "mpcstats/engine/bits.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/task.h"

namespace mpcstats {

/// z_r = x_r * y_r for each row.
///
/// Cost:     1 round; one element a row to the previous party.
/// Security: the result is not verified; Open waits for that.
/// Source:   Araki, Furukawa, Lindell, Nof, Ohara, CCS 2016, section 3, over K.
template <typename K>
[[nodiscard]] Task<ArithColumn<K>> Multiply(Ctx& ctx, ArithColumn<K> x, ArithColumn<K> y);

template <typename K>
struct DotOperands {
  ArithColumn<K> x;
  ArithColumn<K> y;
};

/// z_d = sum over the rows of x_d * y_d, for each pair d: as many rows in the result as pairs.
///
/// Cost:     1 round; one element for each pair, whatever the number of rows.
/// Security: as Multiply.
template <typename K>
[[nodiscard]] Task<ArithColumn<K>> Dot(Ctx& ctx, std::vector<DotOperands<K>> pairs);

/// The dot products of every two of the columns and of each with itself: element i (i + 1) / 2 + j is that of columns i and
/// j, j <= i.
///
/// Shapes:   one column or more, of equal rows; they may be the same.
/// Cost:     1 round; one element for each product. The proof takes one entry a row, however many columns.
/// Security: as Multiply.
/// Source:   Freivalds, Probabilistic machines can use less running time, IFIP Congress (1977), for the one entry a row.
[[nodiscard]] Task<ArithColumn<Fp127>> Gram(Ctx& ctx, std::vector<ArithColumn<Fp127>> columns);

/// z_r = sum over the columns of columns_w[r] * factors[w]: rows by the same secret factors.
///
/// Shapes:   columns of equal rows, as many as `factors` has rows; one column out. With no rows nothing is sent.
/// Cost:     1 round; one element a row, however many columns. The proof takes two entries a column, however many rows.
/// Security: as Multiply.
template <typename K>
[[nodiscard]] Task<ArithColumn<K>> Combine(Ctx& ctx, std::vector<ArithColumn<K>> columns,
                                           ArithColumn<K> factors);

/// n uniformly random shared elements that no party knows. Nothing is sent.
template <typename K>
[[nodiscard]] ArithColumn<K> RandomElements(Ctx& ctx, std::size_t rows);

/// A shared bit of the Boolean domain as a field element, 0 or 1.
///
/// Cost:     2 rounds; one element for each row from party 0, then one each from parties 1 and 2.
/// Security: as Multiply; each one-sided product is proved by its sender.
/// Source:   docs/protocol.md section 5.
[[nodiscard]] Task<ArithColumn<Fp127>> BitToField(Ctx& ctx, BitPlane bits);

extern template Task<ArithColumn<Fp127>> Multiply(Ctx&, ArithColumn<Fp127>, ArithColumn<Fp127>);
extern template Task<ArithColumn<Gf2_64>> Multiply(Ctx&, ArithColumn<Gf2_64>, ArithColumn<Gf2_64>);
extern template Task<ArithColumn<Fp127>> Dot(Ctx&, std::vector<DotOperands<Fp127>>);
extern template Task<ArithColumn<Gf2_64>> Dot(Ctx&, std::vector<DotOperands<Gf2_64>>);
extern template Task<ArithColumn<Fp127>> Combine(Ctx&, std::vector<ArithColumn<Fp127>>, ArithColumn<Fp127>);
extern template Task<ArithColumn<Gf2_64>> Combine(Ctx&, std::vector<ArithColumn<Gf2_64>>,
                                                  ArithColumn<Gf2_64>);
extern template ArithColumn<Fp127> RandomElements(Ctx&, std::size_t);
extern template ArithColumn<Gf2_64> RandomElements(Ctx&, std::size_t);

}  // namespace mpcstats
