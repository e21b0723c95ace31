#include "mpcstats/zktls/garble/output_table.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

/// `a` when bit 0 of `bit` is 1, else `b`; no branch.
void SelectBytes(std::uint64_t bit, ByteSpan a, ByteSpan b, Bytes32& out) {
  const auto mask = static_cast<std::uint8_t>(ct::Mask(bit));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(b[i] ^ (mask & (a[i] ^ b[i])));
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
  std::uint8_t* place = out.data() + (zeros.size() + 7) / 8;
  for (std::size_t i = 0; i < zeros.size(); ++i) {
    const Label one = zeros[i] + delta;
    const auto constant = static_cast<unsigned>(zeros[i].IsZero()) | static_cast<unsigned>(one.IsZero());
    if (ct::Declassify(constant, "the plan is public, and other labels are random") != 0) {
      return Fail(ErrorCode::kInvalidArgument, "an output of the garbled circuit depends on no input");
    }
    const std::uint64_t colour = ColourOf(zeros[i]);
    bits[i] = static_cast<std::uint8_t>((colour ^ masks[i]) & 1);
    // The label of colour 0 first.
    const Bytes32 of_zero = binding.Hash(first + i, zeros[i]);
    const Bytes32 of_one = binding.Hash(first + i, one);
    Bytes32 chosen;
    SelectBytes(colour, of_one, of_zero, chosen);
    std::copy(chosen.begin(), chosen.end(), place);
    SelectBytes(colour, of_zero, of_one, chosen);
    std::copy(chosen.begin(), chosen.end(), place + sizeof(Bytes32));
    place += 2 * sizeof(Bytes32);
  }
  const Bytes packed = PackBits(bits.span());
  std::copy(packed.begin(), packed.end(), out.begin());
  return {};
}

Result<Buffer<std::uint8_t>> DecodeOutputs(const OutputBinding& binding, std::uint64_t first,
                                           std::span<const Label> labels, ByteSpan table) {
  CHECK(table.size() == OutputTableBytes(labels.size()));
  const std::size_t packed = (labels.size() + 7) / 8;
  ASSIGN_OR_RETURN(Buffer<std::uint8_t> bits, UnpackBits(table.first(packed), labels.size()));
  std::uint64_t good = 1;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const ByteSpan pair = table.subspan(packed + 2 * sizeof(Bytes32) * i, 2 * sizeof(Bytes32));
    Bytes32 committed;
    SelectBytes(ColourOf(labels[i]), pair.last(sizeof(Bytes32)), pair.first(sizeof(Bytes32)), committed);
    good &= static_cast<std::uint64_t>(ct::Equal(binding.Hash(first + i, labels[i]), committed));
    good &= static_cast<std::uint64_t>(!ct::Equal(pair.first(sizeof(Bytes32)), pair.last(sizeof(Bytes32))));
    bits[i] = static_cast<std::uint8_t>(bits[i] ^ ColourOf(labels[i]));
  }
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
