#include "mpcstats/circuit/hmac.h"

#include <cstdint>
#include <utility>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

Sha256State StateAfterPaddedKey(CircuitBuilder& builder, WireSpan block, std::uint8_t pad) {
  const Wires pads = CircuitBuilder::Constant(Bytes(kBlockBytes, pad));
  return Sha256Compress(builder, Sha256InitialState(), builder.Xor(block, pads));
}

}  // namespace

HmacSha256Key HmacSha256SetKey(CircuitBuilder& builder, WireSpan key) {
  CHECK(key.size() % 8 == 0);
  Wires block = key.size() > 8 * kBlockBytes ? Sha256(builder, key) : Wires(key.begin(), key.end());
  block.resize(8 * kBlockBytes, CircuitBuilder::Constant(false));
  return {StateAfterPaddedKey(builder, block, kInnerPad), StateAfterPaddedKey(builder, block, kOuterPad)};
}

Wires HmacSha256Inner(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan message) {
  return Sha256Continue(builder, key.inner, kBlockBytes, message);
}

Wires HmacSha256Outer(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan inner_digest) {
  CHECK(inner_digest.size() == 256);
  return Sha256Continue(builder, key.outer, kBlockBytes, inner_digest);
}

Wires HmacSha256(CircuitBuilder& builder, const HmacSha256Key& key, WireSpan message) {
  return HmacSha256Outer(builder, key, HmacSha256Inner(builder, key, message));
}

Circuit MakeHmacSha256Circuit(std::size_t key_bytes, std::size_t message_bytes) {
  CircuitBuilder builder;
  const Wires key = builder.AddInput(8 * key_bytes);
  const Wires message = builder.AddInput(8 * message_bytes);
  builder.AddOutput(HmacSha256(builder, HmacSha256SetKey(builder, key), message));
  return std::move(builder).Finish();
}

}  // namespace mpcstats
