#include "mpcstats/engine/and.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/engine/verification/boolean_log.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

using Words = Buffer<std::uint64_t>;

// Where the words of each plane stand in the message: whole words for each plane, or bits packed across planes when
// there are fewer rows than a word holds.
struct Layout {
  std::size_t gates = 0;
  std::size_t words = 0;
  bool dense = false;
  std::size_t dense_rows = 0;

  explicit Layout(const BitPlanes& planes) {
    bool same = true;
    for (const BitPlane& plane : planes) {
      gates += plane.rows();
      words += plane.words();
      same &= plane.rows() == planes[0].rows();
    }
    dense = same && !planes.empty() && planes[0].rows() < 64;
    if (dense) {
      dense_rows = planes[0].rows();
      words = WordsFor(gates);
    }
  }

  template <typename GetWords>
  void Gather(const BitPlanes& planes, GetWords&& get, std::uint64_t* out) const {
    if (!dense) {
      for (const BitPlane& plane : planes) out = std::copy_n(get(plane), plane.words(), out);
      return;
    }
    std::fill_n(out, words, 0);
    std::size_t bit = 0;
    for (const BitPlane& plane : planes) {
      const std::uint64_t value = get(plane)[0] & TailMask(dense_rows == 0 ? 64 : dense_rows);
      if (dense_rows == 0) continue;
      out[bit / 64] |= value << (bit % 64);
      if (bit % 64 + dense_rows > 64) out[bit / 64 + 1] |= value >> (64 - bit % 64);
      bit += dense_rows;
    }
  }

  // Planes of the result from message-ordered words.
  [[nodiscard]] BitPlanes Scatter(const BitPlanes& like, std::shared_ptr<Words> own_then_next) const {
    BitPlanes out;
    out.reserve(like.size());
    if (!dense) {
      const std::shared_ptr<const Words> store = std::move(own_then_next);
      std::size_t offset = 0;
      for (const BitPlane& plane : like) {
        out.emplace_back(store, offset, words + offset, plane.rows());
        offset += plane.words();
      }
      return out;
    }
    PlaneWriter writer(like.size(), dense_rows);
    if (dense_rows > 0) {
      for (std::size_t p = 0; p < like.size(); ++p) {
        writer.own(p)[0] = Extract(own_then_next->data(), p * dense_rows);
        writer.next(p)[0] = Extract(own_then_next->data() + words, p * dense_rows);
      }
    }
    return std::move(writer).Take();
  }

 private:
  [[nodiscard]] std::uint64_t Extract(const std::uint64_t* in, std::size_t bit) const {
    std::uint64_t value = in[bit / 64] >> (bit % 64);
    if (bit % 64 + dense_rows > 64) value |= in[bit / 64 + 1] << (64 - bit % 64);
    return value & TailMask(dense_rows);
  }
};

MutableByteSpan RawBytes(std::uint64_t* words, std::size_t count) {
  return {reinterpret_cast<std::uint8_t*>(words), count * sizeof(std::uint64_t)};
}

// Gates of one message: larger operations go out in pieces, so that frames stay small and the record is cut in time.
constexpr std::size_t kPieceWords = (std::size_t{1} << 22) / 64;

Task<BitPlanes> AndPiece(Ctx& ctx, BitPlanes x, BitPlanes y) {
  Session& session = ctx.session();
  const Layout layout(x);
  const StreamId op = ctx.NextOp("and", layout.gates);
  const std::size_t n = layout.words;
  if (n == 0) co_return x;

  Words operands = Words::Raw(6 * n);
  std::uint64_t *x_own = operands.data(), *x_next = x_own + n, *y_own = x_next + n, *y_next = y_own + n,
                *rho_own = y_next + n, *rho_next = rho_own + n;
  layout.Gather(x, [](const BitPlane& plane) { return plane.own(); }, x_own);
  layout.Gather(x, [](const BitPlane& plane) { return plane.next(); }, x_next);
  layout.Gather(y, [](const BitPlane& plane) { return plane.own(); }, y_own);
  layout.Gather(y, [](const BitPlane& plane) { return plane.next(); }, y_next);
  session.own().Generate(Purpose::kMultiply, op, RawBytes(rho_own, n));
  session.next().Generate(Purpose::kMultiply, op, RawBytes(rho_next, n));

  // z_i = x_i y_i + x_i y_{i+1} + x_{i+1} y_i + rho_i + rho_{i+1}
  const auto result = std::make_shared<Words>(Words::Raw(2 * n));
  Kernels().and3(x_own, x_next, y_own, y_next, rho_own, rho_next, n, result->data());
  session.QueueSend(Peer::kPrevious, RawBytes(result->data(), n));
  // Lead target of the next party's message, without the message: x_{i+1} y_{i+1} + rho_{i+1}
  for (std::size_t w = 0; w < n; ++w) rho_next[w] ^= x_next[w] & y_next[w];
  const std::size_t position =
      session.boolean_log().Append({x_own, x_next, y_own, y_next, rho_next, rho_own, n});
  session.cost().and_gates += layout.gates;
  operands = Words();

  std::uint64_t* received = result->data() + n;
  session.Expect(Peer::kNext, RawBytes(received, n), [&session, position, received, n] {
    session.boolean_log().XorLeadTarget(position, received, n);
  });
  co_await session.Round();
  co_return layout.Scatter(x, result);
}

// A plane longer than a piece.
Task<BitPlane> AndLong(Ctx& ctx, BitPlane x, BitPlane y) {
  constexpr std::size_t kPieceRows = 64 * kPieceWords;
  BitPlanes pieces;
  for (std::size_t first = 0; first < x.rows(); first += kPieceRows) {
    const std::size_t rows = std::min(kPieceRows, x.rows() - first);
    BitPlanes left(1, x.Slice(first, rows));
    BitPlanes right(1, y.Slice(first, rows));
    const BitPlanes z = co_await AndPiece(ctx, std::move(left), std::move(right));
    pieces.push_back(z[0]);
  }
  co_return Concatenate(pieces);
}

}  // namespace

Task<BitPlanes> And(Ctx& ctx, BitPlanes x, BitPlanes y) {
  CHECK(x.size() == y.size());
  for (std::size_t p = 0; p < x.size(); ++p) CHECK(x[p].rows() == y[p].rows());
  if (Layout(x).words <= kPieceWords) {
    BitPlanes z = co_await AndPiece(ctx, std::move(x), std::move(y));
    co_return z;
  }
  BitPlanes out;
  for (std::size_t p = 0; p < x.size();) {
    if (x[p].words() > kPieceWords) {
      BitPlane left = x[p];
      BitPlane right = y[p];
      const BitPlane z = co_await AndLong(ctx, std::move(left), std::move(right));
      out.push_back(z);
      ++p;
      continue;
    }
    BitPlanes left, right;
    for (std::size_t words = 0; p < x.size() && words + x[p].words() <= kPieceWords; ++p) {
      words += x[p].words();
      left.push_back(x[p]);
      right.push_back(y[p]);
    }
    const BitPlanes z = co_await AndPiece(ctx, std::move(left), std::move(right));
    out.insert(out.end(), z.begin(), z.end());
  }
  co_return out;
}

Task<BitPlane> And(Ctx& ctx, BitPlane x, BitPlane y) {
  BitPlanes left(1, std::move(x));
  BitPlanes right(1, std::move(y));
  BitPlanes z = co_await And(ctx, std::move(left), std::move(right));
  co_return z[0];
}

Task<BitPlanes> AndEach(Ctx& ctx, BitPlanes x, BitPlane bit) {
  BitPlanes bits(x.size(), bit);
  BitPlanes z = co_await And(ctx, std::move(x), std::move(bits));
  co_return z;
}

}  // namespace mpcstats
