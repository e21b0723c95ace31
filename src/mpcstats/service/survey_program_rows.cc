#include "mpcstats/service/survey_program_rows.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/secret.h"
#include "mpcstats/engine/boolean/rows.h"
#include "mpcstats/field/packed_kernels.h"

namespace mpcstats {

namespace {

// 64 bits from bit `first` on; zeros behind the end.
std::uint64_t LoadBits(const Bytes& row, unsigned first) {
  const std::size_t byte = first / 8;
  const unsigned shift = first % 8;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8 && byte + i < row.size(); ++i) {
    value |= static_cast<std::uint64_t>(row[byte + i]) << (8 * i);
  }
  value >>= shift;
  if (shift != 0 && byte + 8 < row.size()) {
    value |= static_cast<std::uint64_t>(row[byte + 8]) << (64 - shift);
  }
  return value;
}

}  // namespace

BitPlanes PlanesOfAnswers(const std::vector<RowShares>& rows, std::span<const std::size_t> which,
                          unsigned first_bit, unsigned bits, std::size_t rows_out) {
  CHECK(which.size() <= rows_out);
  PlaneWriter writer(bits, rows_out);
  std::array<std::uint64_t, 64> block;
  for (const bool next : {false, true}) {
    for (unsigned chunk = 0; chunk < bits; chunk += 64) {
      const unsigned planes = std::min(64u, bits - chunk);
      for (std::size_t w = 0; w < WordsFor(rows_out); ++w) {
        block.fill(0);
        for (std::size_t i = 64 * w; i < std::min(64 * w + 64, which.size()); ++i) {
          const RowShares& row = rows[which[i]];
          block[i % 64] = LoadBits(next ? row.next : row.own, first_bit + chunk);
        }
        Kernels().transpose64(1, block.data(), block.data());
        for (unsigned p = 0; p < planes; ++p) {
          (next ? writer.next(chunk + p) : writer.own(chunk + p))[w] = block[p];
        }
      }
    }
  }
  SecureWipe(block.data(), sizeof(block));
  return std::move(writer).Take();
}

BitPlane FirstRows(PartyIndex self, std::size_t people, std::size_t rows) {
  return ExtendRows(Constant(self, true, people), rows);
}

BitPlane OnlyFirstRows(const BitPlane& plane, std::size_t people) {
  return ExtendRows(plane.Slice(0, people), plane.rows());
}

}  // namespace mpcstats
