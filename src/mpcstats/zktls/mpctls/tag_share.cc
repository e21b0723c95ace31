#include "mpcstats/zktls/mpctls/tag_share.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBytes = sizeof(GcmBlock);

// GCM's element: its first byte holds the lowest coefficients, highest bit first. Ours has the lowest bit first.
std::uint8_t Reversed(std::uint8_t byte) {
  byte = static_cast<std::uint8_t>((byte & 0xf0) >> 4 | (byte & 0x0f) << 4);
  byte = static_cast<std::uint8_t>((byte & 0xcc) >> 2 | (byte & 0x33) << 2);
  return static_cast<std::uint8_t>((byte & 0xaa) >> 1 | (byte & 0x55) << 1);
}

Gf2_128 ElementOf(ByteSpan bytes) {
  GcmBlock block{};
  for (std::size_t i = 0; i < bytes.size(); ++i) block[i] = Reversed(bytes[i]);
  const Gf2_128 element = Gf2_128::Load(block.data());
  SecureWipe(block.data(), block.size());
  return element;
}

GcmBlock BlockOf(const Gf2_128& element) {
  GcmBlock block;
  element.Store(block.data());
  for (std::uint8_t& byte : block) byte = Reversed(byte);
  return block;
}

std::size_t BlocksFor(std::size_t bytes) { return (bytes + kBlockBytes - 1) / kBlockBytes; }

void PutBits(std::uint64_t bytes, std::uint8_t* out) {
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>((8 * bytes) >> (56 - 8 * i));
}

}  // namespace

Result<TagShares> TagShares::FromOddPowers(std::span<const GcmBlock> odd_powers) {
  if (odd_powers.empty()) return Fail(ErrorCode::kInvalidArgument, "a tag takes at least one power of H");
  // H^1 .. H^(2n): of the last odd power 2n - 1 on, the even ones go on for as long as their half is there.
  Buffer<Gf2_128> powers(2 * odd_powers.size());
  for (std::size_t i = 0; i < powers.size(); ++i) {
    const std::size_t exponent = i + 1;
    powers[i] = exponent % 2 == 1 ? ElementOf(odd_powers[i / 2]) : powers[exponent / 2 - 1].Square();
  }
  return TagShares(std::move(powers));
}

Result<GcmBlock> TagShares::Share(ByteSpan additional_data, ByteSpan ciphertext,
                                  const Secret<GcmBlock>& mask) const {
  const std::size_t blocks = 1 + BlocksFor(ciphertext.size()) + 1;
  if (additional_data.size() > kBlockBytes || blocks > powers_.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a record of {} bytes takes {} powers of H where {} are there", ciphertext.size(),
                            blocks, powers_.size()));
  }
  // Blocks by falling power: additional data, ciphertext, lengths.
  Buffer<Gf2_128> coefficients(blocks);
  coefficients[blocks - 1] = ElementOf(additional_data);
  for (std::size_t i = 0; i + 2 < blocks; ++i) {
    const ByteSpan rest = ciphertext.subspan(i * kBlockBytes);
    coefficients[blocks - 2 - i] = ElementOf(rest.first(std::min(rest.size(), kBlockBytes)));
  }
  GcmBlock lengths;
  PutBits(additional_data.size(), lengths.data());
  PutBits(ciphertext.size(), lengths.data() + 8);
  coefficients[0] = ElementOf(lengths);
  GcmBlock share = BlockOf(InnerProduct(coefficients.span(), powers_.span().first(blocks)));
  mask.With(SecretAccess("share of a record's tag"), [&](const GcmBlock& own) {
    for (std::size_t i = 0; i < kBlockBytes; ++i) share[i] ^= own[i];
  });
  return share;
}

}  // namespace mpcstats
