#include "mpcstats/service/deal.h"

#include <cstring>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/share.h"

namespace mpcstats {

namespace {

std::size_t PlaneBytes(std::size_t rows) { return WordsFor(rows) * sizeof(std::uint64_t); }

void AppendPlanes(Bytes& out, const Buffer<std::uint64_t>& planes) {
  const auto* raw = reinterpret_cast<const std::uint8_t*>(planes.data());
  out.insert(out.end(), raw, raw + planes.size() * sizeof(std::uint64_t));
}

}  // namespace

std::size_t ComponentBytes(const std::vector<ColumnInfo>& columns, std::size_t rows) {
  std::size_t planes = 0;
  for (const ColumnInfo& column : columns) planes += column.type.bits + 1;
  return planes * PlaneBytes(rows);
}

Bytes32 CommitComponent(unsigned index, std::span<const std::uint8_t, 16> nonce, ByteSpan component) {
  Sha256Stream hash("mpcstats/v1/table");
  return hash.AddU64(index).Add(nonce).AddU64(component.size()).Add(component).Finish();
}

DealtTable Deal(const std::vector<NumericColumn>& columns, std::size_t rows, Rng& rng) {
  DealtTable dealt;
  Bytes& last = dealt.component[2];
  std::vector<std::uint64_t> values(rows);
  for (const NumericColumn& column : columns) {
    CHECK(column.units.size() == rows && column.valid.size() == rows);
    for (std::size_t r = 0; r < rows; ++r) values[r] = column.type.Encode(column.units[r]);
    AppendPlanes(last, PlanesOf(values, column.type.bits));
    for (std::size_t r = 0; r < rows; ++r) values[r] = column.valid[r];
    AppendPlanes(last, PlanesOf(values, 1));
  }
  SecureWipe(values.data(), values.size() * sizeof(std::uint64_t));
  for (unsigned j = 0; j < 2; ++j) {
    dealt.component[j].resize(last.size());
    rng.Fill(dealt.component[j]);
    for (std::size_t i = 0; i < last.size(); ++i) last[i] ^= dealt.component[j][i];
  }
  for (unsigned j = 0; j < 3; ++j) {
    rng.Fill(dealt.nonce[j]);
    dealt.commitment[j] = CommitComponent(j, dealt.nonce[j], dealt.component[j]);
  }
  return dealt;
}

std::vector<StoredColumn> StoredColumns(const std::vector<ColumnInfo>& columns, std::size_t rows,
                                        ByteSpan own, ByteSpan next) {
  CHECK(own.size() == ComponentBytes(columns, rows) && next.size() == own.size());
  std::size_t offset = 0;
  const auto read = [&](unsigned planes) {
    PlaneWriter writer(planes, rows);
    for (unsigned p = 0; p < planes && rows > 0; ++p) {
      std::memcpy(writer.own(p), own.data() + offset, PlaneBytes(rows));
      std::memcpy(writer.next(p), next.data() + offset, PlaneBytes(rows));
      offset += PlaneBytes(rows);
      writer.own(p)[WordsFor(rows) - 1] &= TailMask(rows);
      writer.next(p)[WordsFor(rows) - 1] &= TailMask(rows);
    }
    return std::move(writer).Take();
  };
  std::vector<StoredColumn> stored;
  for (const ColumnInfo& column : columns) {
    StoredColumn one;
    one.encoded = BitColumn(read(column.type.bits));
    one.valid = read(1)[0];
    stored.push_back(std::move(one));
  }
  return stored;
}

}  // namespace mpcstats
