// The outputs of a garbled circuit: what the garbler commits to before anybody has an input, and what comes back.
//
// Before the evaluator has any label, the garbler sends a bit and one hash for each output wire, and one digest for all of a phase.
// h_0, h_1 are the hashes of the labels of colour 0 and of colour 1 of a wire; the digest is of the pairs (h_0, h_1) of all wires, and
// what is sent for a wire is h_0 xor h_1. With a label of colour c the evaluator has h_c and so the other one, and compares the digest.
// As SHA-256 has no collisions, the digest fixes all pairs: a phase goes on only if every label is the committed one of its colour.
// value = colour xor bit. Then everything it ever returns or uses is a function of committed labels: a row that was shifted, so that a
// label carries a bit of another wire while its colour stays right, ends the session instead of returning that bit.
//
// For an output with a mask, the bit has the mask in it: the evaluator decodes value xor mask and cannot tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/zktls/garble/half_gates.h"

namespace mpcstats {

/// The bits, eight a byte, then the digest, then a hash an output.
[[nodiscard]] constexpr std::size_t OutputTableBytes(std::size_t outputs) {
  return (outputs + 7) / 8 + sizeof(Bytes32) * (1 + outputs);
}

/// What ties the hashes of one session and plan to it; outputs are numbered through all phases.
struct OutputBinding {
  std::array<std::uint8_t, 16> start{};

  /// SHA-256 of a label as output `index`.
  [[nodiscard]] Bytes32 Hash(std::uint64_t index, Label label) const;
  /// Of all labels that are returned with the outputs from `first` on.
  [[nodiscard]] Bytes32 Digest(std::uint64_t first, std::span<const Label> labels) const;
};

/// Writes the table of the outputs `first`, `first + 1`, ...
///
/// Shapes: `masks` are bits, 0 for a public output; `out` has OutputTableBytes.
/// Cost:   four blocks of SHA-256 an output.
/// Errors: kInvalidArgument when a label is zero: an output that depends on nothing would show Delta.
[[nodiscard]] Status WriteOutputTable(const OutputBinding& binding, std::uint64_t first,
                                      std::span<const Label> zeros, Label delta,
                                      std::span<const std::uint8_t> masks, MutableByteSpan out);

/// The bits that active labels stand for, all labels being committed ones.
///
/// Cost:     three blocks of SHA-256 an output. No time or address depends on a label; whether it failed is all that comes out.
/// Errors:   kCheatingDetected when a label is none of its two, or the two are one; kProtocolViolation for a table with
///           unused bits set. No detail says which wire.
[[nodiscard]] Result<Buffer<std::uint8_t>> DecodeOutputs(const OutputBinding& binding, std::uint64_t first,
                                                         std::span<const Label> labels, ByteSpan table);

/// Bits, eight a byte, lowest first; unused ones are 0.
[[nodiscard]] Bytes PackBits(std::span<const std::uint8_t> bits);
/// The reverse. Errors: kProtocolViolation for another length or an unused bit that is 1.
[[nodiscard]] Result<Buffer<std::uint8_t>> UnpackBits(ByteSpan packed, std::size_t count);

}  // namespace mpcstats
