#include "mpcstats/zktls/statement/shares.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostRowBytes = 512;
constexpr std::size_t kBlockBytes = 64;

Bytes PublicBlock(const ShareContext& context, unsigned j) {
  CHECK(j < 3 && context.group < 256 && context.bits > 0 && context.bytes() <= kMostRowBytes);
  Writer writer;
  writer.Raw(AsBytes("mpcstats/v1/commit")).U8(static_cast<std::uint8_t>(j));
  writer.U8(static_cast<std::uint8_t>(context.group))
      .U16(static_cast<std::uint16_t>(context.bits))
      .Raw(context.ctx);
  Bytes block = std::move(writer).Take();
  block.resize(kBlockBytes);
  return block;
}

}  // namespace

Bytes32 ShareMidstate(const ShareContext& context, unsigned j) {
  return Sha256CompressPublic(Sha256InitialBytes(), PublicBlock(context, j));
}

RowShares ShareRow(ByteSpan row, const ShareContext& context, Rng& rng) {
  const std::size_t n = context.bytes();
  CHECK(row.size() == n && (context.bits % 8 == 0 || row.back() >> (context.bits % 8) == 0));
  RowShares shares;
  shares.witness = Buffer<std::uint8_t>(ShareWitnessBytes(n));
  rng.Fill(shares.witness.span());
  const auto mask = static_cast<std::uint8_t>(context.bits % 8 == 0 ? 0xff : (1u << (context.bits % 8)) - 1);
  for (std::size_t j = 0; j < 2; ++j) shares.witness[(j + 1) * n - 1] &= mask;
  for (unsigned j = 0; j < 3; ++j) {
    Buffer<std::uint8_t>& component = shares.components[j] = Buffer<std::uint8_t>(n + kShareNonceBytes);
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint8_t x_0 = shares.witness[i];
      const std::uint8_t x_1 = shares.witness[n + i];
      component[i] = j == 0 ? x_0 : j == 1 ? x_1 : static_cast<std::uint8_t>(row[i] ^ x_0 ^ x_1);
    }
    std::copy_n(shares.witness.data() + 2 * n + kShareNonceBytes * j, kShareNonceBytes, component.data() + n);
    Buffer<std::uint8_t> input(kBlockBytes + component.size());
    std::ranges::copy(PublicBlock(context, j), input.data());
    std::ranges::copy(component.span(), input.data() + kBlockBytes);
    shares.commitments[j] = Sha256(input.span());
  }
  return shares;
}

const Circuit& ShareCommitmentCircuit(std::size_t row_bytes) {
  CHECK(row_bytes > 0 && row_bytes <= kMostRowBytes);
  static std::mutex mutex;
  static std::map<std::size_t, std::unique_ptr<const Circuit>> circuits;
  const std::scoped_lock lock(mutex);
  std::unique_ptr<const Circuit>& circuit = circuits[row_bytes];
  if (!circuit)
    circuit = std::make_unique<const Circuit>(MakeSha256TailCircuit(row_bytes + kShareNonceBytes));
  return *circuit;
}

}  // namespace mpcstats
