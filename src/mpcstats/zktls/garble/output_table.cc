#include "mpcstats/zktls/garble/output_table.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

using HashPair = std::array<std::uint8_t, 2 * sizeof(Bytes32)>;

/// (a, b), or (b, a) when bit 0 of `turn` is 1; no branch.
void Order(std::uint64_t turn, const Bytes32& a, const Bytes32& b, HashPair& out) {
  const auto mask = static_cast<std::uint8_t>(ct::Mask(turn));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto change = static_cast<std::uint8_t>(mask & (a[i] ^ b[i]));
    out[i] = static_cast<std::uint8_t>(a[i] ^ change);
    out[sizeof(Bytes32) + i] = static_cast<std::uint8_t>(b[i] ^ change);
  }
}

/// What commits to all pairs of a phase.
Sha256Stream PairsDigest(const OutputBinding& binding, std::uint64_t first, std::size_t count) {
  Sha256Stream hash("mpcstats/v1/output-labels");
  hash.Add(binding.start).AddU64(first).AddU64(count);
  return hash;
}

}  // namespace

Bytes32 OutputBinding::Hash(std::uint64_t index, Label label) const {
  // One block of SHA-256: 48 bytes and the padding.
  std::array<std::uint8_t, 48> block{'m', 'p', 'c', 'l', 'a', 'b', 'e', 'l'};
  std::copy(start.begin(), start.end(), block.begin() + 8);
  for (std::size_t i = 0; i < 8; ++i) block[24 + i] = static_cast<std::uint8_t>(index >> (8 * i));
  label.Store(block.data() + 32);
  const Bytes32 hash = Sha256(block);
  SecureWipe(block.data(), block.size());
  return hash;
}

Bytes32 OutputBinding::Digest(std::uint64_t first, std::span<const Label> labels) const {
  Sha256Stream hash("mpcstats/v1/returned-labels");
  hash.Add(start).AddU64(first).AddU64(labels.size());
  hash.Add({reinterpret_cast<const std::uint8_t*>(labels.data()), labels.size_bytes()});
  return hash.Finish();
}

Status WriteOutputTable(const OutputBinding& binding, std::uint64_t first, std::span<const Label> zeros,
                        Label delta, std::span<const std::uint8_t> masks, MutableByteSpan out) {
  CHECK(zeros.size() == masks.size() && out.size() == OutputTableBytes(zeros.size()));
  Buffer<std::uint8_t> bits(zeros.size());
  std::uint8_t* const digest = out.data() + (zeros.size() + 7) / 8;
  std::uint8_t* place = digest + sizeof(Bytes32);
  Sha256Stream pairs = PairsDigest(binding, first, zeros.size());
  HashPair pair;
  for (std::size_t i = 0; i < zeros.size(); ++i) {
    const Label one = zeros[i] + delta;
    const auto constant = static_cast<unsigned>(zeros[i].IsZero()) | static_cast<unsigned>(one.IsZero());
    if (ct::Declassify(constant, "the plan is public, and other labels are random") != 0) {
      return Fail(ErrorCode::kInvalidArgument, "an output of the garbled circuit depends on no input");
    }
    const std::uint64_t colour = ColourOf(zeros[i]);
    bits[i] = static_cast<std::uint8_t>((colour ^ masks[i]) & 1);
    const Bytes32 of_zero = binding.Hash(first + i, zeros[i]);
    const Bytes32 of_one = binding.Hash(first + i, one);
    // The label of colour 0 first.
    Order(colour, of_zero, of_one, pair);
    pairs.Add(pair);
    for (std::size_t k = 0; k < of_zero.size(); ++k)
      *place++ = static_cast<std::uint8_t>(of_zero[k] ^ of_one[k]);
  }
  SecureWipe(pair.data(), pair.size());
  const Bytes32 all = pairs.Finish();
  std::copy(all.begin(), all.end(), digest);
  const Bytes packed = PackBits(bits.span());
  std::copy(packed.begin(), packed.end(), out.begin());
  return {};
}

Result<Buffer<std::uint8_t>> DecodeOutputs(const OutputBinding& binding, std::uint64_t first,
                                           std::span<const Label> labels, ByteSpan table) {
  CHECK(table.size() == OutputTableBytes(labels.size()));
  const std::size_t packed = (labels.size() + 7) / 8;
  ASSIGN_OR_RETURN(Buffer<std::uint8_t> bits, UnpackBits(table.first(packed), labels.size()));
  const ByteSpan digest = table.subspan(packed, sizeof(Bytes32));
  std::uint64_t good = 1;
  Sha256Stream pairs = PairsDigest(binding, first, labels.size());
  HashPair pair;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::uint64_t colour = ColourOf(labels[i]);
    const Bytes32 own = binding.Hash(first + i, labels[i]);
    const ByteSpan both = table.subspan(packed + sizeof(Bytes32) * (1 + i), sizeof(Bytes32));
    Bytes32 other;
    for (std::size_t k = 0; k < own.size(); ++k) other[k] = static_cast<std::uint8_t>(own[k] ^ both[k]);
    good &= static_cast<std::uint64_t>(!ct::Equal(own, other));
    Order(colour, own, other, pair);
    pairs.Add(pair);
    bits[i] = static_cast<std::uint8_t>(bits[i] ^ colour);
  }
  SecureWipe(pair.data(), pair.size());
  good &= static_cast<std::uint64_t>(ct::Equal(pairs.Finish(), digest));
  if (good != 1)
    return Fail(ErrorCode::kCheatingDetected, "an output of the garbled circuit is not a committed one");
  return bits;
}

Bytes PackBits(std::span<const std::uint8_t> bits) {
  Bytes packed((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | ((bits[i] & 1u) << (i % 8)));
  }
  return packed;
}

Result<Buffer<std::uint8_t>> UnpackBits(ByteSpan packed, std::size_t count) {
  if (packed.size() != (count + 7) / 8) {
    return Fail(ErrorCode::kProtocolViolation, "a string of bits has another length than was agreed");
  }
  if (count % 8 != 0 && (packed.back() >> (count % 8)) != 0) {
    return Fail(ErrorCode::kProtocolViolation, "unused bits of a string of bits are set");
  }
  Buffer<std::uint8_t> bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = (packed[i / 8] >> (i % 8)) & 1u;
  return bits;
}

}  // namespace mpcstats
