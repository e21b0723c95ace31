#include "mpcstats/engine/convert.h"

#include <algorithm>
#include <array>

#include "mpcstats/engine/and.h"
#include "mpcstats/engine/boolean/adder.h"
#include "mpcstats/engine/boolean/compare.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

constexpr std::size_t kPieceRows = std::size_t{1} << 17;
constexpr unsigned kMaskSlack = 64;

using PlaneWords = std::vector<std::vector<std::uint64_t>>;

// Planes of up to 127 bits as one number for each row.
Buffer<Fp127> NumbersOf(const PlaneWords& planes, std::size_t rows) {
  Buffer<Fp127> numbers(rows);
  std::array<std::array<std::uint64_t, 64>, 2> block;
  for (std::size_t w = 0; w < WordsFor(rows); ++w) {
    for (unsigned half = 0; half < 2; ++half) {
      block[half].fill(0);
      for (unsigned p = 0; p < 64 && half * 64 + p < planes.size(); ++p)
        block[half][p] = planes[half * 64 + p][w];
      Kernels().transpose64(1, block[half].data(), block[half].data());
    }
    const std::size_t count = std::min<std::size_t>(64, rows - 64 * w);
    for (std::size_t i = 0; i < count; ++i) {
      // The sum may reach p itself, which is zero: FromUniform reduces.
      const std::array<std::uint64_t, 2> limbs = {block[0][i], block[1][i]};
      numbers[64 * w + i] = Fp127::FromUniform(reinterpret_cast<const std::uint8_t*>(limbs.data()));
    }
  }
  SecureWipe(block.data(), sizeof(block));
  return numbers;
}

PlaneWords RandomPlanes(const Prf& prf, StreamId op, unsigned bits, std::size_t rows) {
  PlaneWords planes(bits, std::vector<std::uint64_t>(WordsFor(rows)));
  Buffer<std::uint64_t> words = Buffer<std::uint64_t>::Raw(bits * WordsFor(rows));
  prf.Generate(Purpose::kConvertMask, op, {reinterpret_cast<std::uint8_t*>(words.data()), words.size() * 8});
  for (unsigned p = 0; p < bits; ++p) {
    std::copy_n(words.data() + p * WordsFor(rows), WordsFor(rows), planes[p].begin());
    if (rows > 0) planes[p].back() &= TailMask(rows);
  }
  return planes;
}

enum class Place { kOwn, kNext, kNowhere };

// A number known to the holders of one component, as bits: (.., value, ..) with zeros in the other components.
BitColumn KnownBits(const PlaneWords& planes, unsigned bits, std::size_t rows, Place place) {
  PlaneWriter writer(bits, rows);
  for (unsigned p = 0; p < bits; ++p) {
    std::fill_n(writer.own(p), WordsFor(rows), 0);
    std::fill_n(writer.next(p), WordsFor(rows), 0);
    if (place == Place::kOwn) std::copy(planes[p].begin(), planes[p].end(), writer.own(p));
    if (place == Place::kNext) std::copy(planes[p].begin(), planes[p].end(), writer.next(p));
  }
  return BitColumn(std::move(writer).Take());
}

// Component `component` of a sharing: this party's own, its next, or the one it lacks.
Place PlaceOf(PartyIndex self, unsigned component) {
  if (self.value() == component) return Place::kOwn;
  return self.Next().value() == component ? Place::kNext : Place::kNowhere;
}

Task<ArithColumn<Fp127>> ConvertPiece(Ctx& ctx, BitColumn x) {
  Session& session = ctx.session();
  const PartyIndex self = session.self();
  const std::size_t n = x.rows();
  const unsigned mask_bits = x.bits() + kMaskSlack;
  const StreamId op = ctx.NextOp("bits-to-field", n);

  // R1 = F(k_1), known to parties 0 and 1; R2 = F(k_2), known to parties 1 and 2.
  const std::array<Place, 2> place = {PlaceOf(self, 1), PlaceOf(self, 2)};
  std::array<PlaneWords, 2> mask;
  std::array<BitColumn, 2> mask_bits_shared;
  for (unsigned m = 0; m < 2; ++m) {
    if (place[m] != Place::kNowhere) {
      mask[m] = RandomPlanes(place[m] == Place::kOwn ? session.own() : session.next(), op, mask_bits, n);
    }
    mask_bits_shared[m] = KnownBits(mask[m], mask_bits, n, place[m]);
  }
  auto& [first, second] = mask_bits_shared;
  CarrySaved saved =
      co_await CarrySave(ctx, std::move(x), std::move(first), std::move(second), mask_bits + 2);
  BitColumn c = co_await Add(ctx, std::move(saved.sum), std::move(saved.carry), mask_bits + 2);
  const PublicPlanes opened = co_await OpenToZeroAndTwo(ctx, std::move(c.planes));

  // x = c - R1 - R2: components (c, -R1, -R2).
  auto out = std::make_shared<SharedElements<Fp127>>(n);
  if (self.value() == 0) out->own = NumbersOf(opened, n);
  if (self.value() == 2) out->next = NumbersOf(opened, n);
  for (unsigned m = 0; m < 2; ++m) {
    if (place[m] == Place::kNowhere) continue;
    Buffer<Fp127> numbers = NumbersOf(mask[m], n);
    for (std::size_t r = 0; r < n; ++r) numbers[r] = -numbers[r];
    (place[m] == Place::kOwn ? out->own : out->next) = std::move(numbers);
    for (auto& plane : mask[m]) SecureWipe(plane.data(), plane.size() * sizeof(std::uint64_t));
  }
  co_return ArithColumn<Fp127>(std::move(out));
}

PlaneWords BitsOf(const Fp127* values, std::size_t rows) {
  PlaneWords planes(kFieldBits, std::vector<std::uint64_t>(WordsFor(rows)));
  for (std::size_t r = 0; r < rows; ++r) {
    for (unsigned b = 0; b < kFieldBits; ++b) {
      planes[b][r / 64] |= static_cast<std::uint64_t>(values[r].value() >> b & 1) << (r % 64);
    }
  }
  return planes;
}

}  // namespace

Task<ArithColumn<Fp127>> BitsToField(Ctx& ctx, BitColumn x) {
  CHECK(x.bits() >= 1 && x.bits() <= kMaxConvertBits);
  const std::size_t n = x.rows();
  if (n <= kPieceRows) {
    ArithColumn<Fp127> whole = co_await ConvertPiece(ctx, std::move(x));
    co_return whole;
  }
  auto out = std::make_shared<SharedElements<Fp127>>(n);
  for (std::size_t first = 0; first < n; first += kPieceRows) {
    const std::size_t rows = std::min(kPieceRows, n - first);
    BitColumn piece;
    for (const BitPlane& plane : x.planes) piece.planes.push_back(plane.Slice(first, rows));
    const ArithColumn<Fp127> converted = co_await ConvertPiece(ctx, std::move(piece));
    std::copy_n(converted.own(), rows, out->own.data() + first);
    std::copy_n(converted.next(), rows, out->next.data() + first);
  }
  co_return ArithColumn<Fp127>(std::move(out));
}

Task<BitColumn> FieldToBits(Ctx& ctx, ArithColumn<Fp127> x) {
  const PartyIndex self = ctx.session().self();
  const std::size_t n = x.rows();
  // Each component is known to two parties, as its canonical residue: three numbers whose sum mod p is x.
  std::array<BitColumn, 3> known;
  const PlaneWords own = BitsOf(x.own(), n);
  const PlaneWords next = BitsOf(x.next(), n);
  for (unsigned j = 0; j < 3; ++j) {
    const Place place = PlaceOf(self, j);
    known[j] = KnownBits(place == Place::kOwn ? own : next, kFieldBits, n, place);
  }
  // 2^127 = 1 mod p, so a carry out of bit 126 comes back into bit 0.
  const auto& [x0, x1, x2] = known;
  CarrySaved saved = co_await CarrySave(ctx, x0, x1, x2, kFieldBits + 1);
  saved.carry.planes[0] = saved.carry.planes[kFieldBits];
  BitColumn sum = SelectPlanes(saved.sum, 0, kFieldBits);
  BitColumn carry = SelectPlanes(saved.carry, 0, kFieldBits);
  BitColumn total = co_await Add(ctx, std::move(sum), std::move(carry), kFieldBits + 1);
  BitColumn around;
  around.planes.push_back(total.planes[kFieldBits]);
  BitColumn low = SelectPlanes(total, 0, kFieldBits);
  BitColumn residue = co_await Add(ctx, std::move(low), std::move(around), kFieldBits);
  // All ones is p, that is zero.
  BitPlane all_ones = co_await AllOf(ctx, residue.planes);
  BitPlane keep = Not(self, all_ones);
  BitPlanes canonical = co_await AndEach(ctx, std::move(residue.planes), keep);
  co_return BitColumn(std::move(canonical));
}

}  // namespace mpcstats
