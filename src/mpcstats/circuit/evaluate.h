// Evaluation in the clear, 64 instances at once: for tests, and for a prover who knows the witness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"

namespace mpcstats {

/// The value of every wire in 64 instances.
///
/// Shapes:   `inputs` has one word for each input bit, of which bit j belongs to instance j; out one word for
/// each wire. Cost:     one machine operation a gate; no branch or address depends on a value. Security: the
/// result is wiped when it dies. Errors:   kInvalidArgument when the number of words is not
/// circuit.input_bits().
[[nodiscard]] Result<Buffer<std::uint64_t>> EvaluateWires(const Circuit& circuit,
                                                          std::span<const std::uint64_t> inputs);

/// As EvaluateWires, but only the outputs: one word for each output bit, outputs joined in order.
[[nodiscard]] Result<Buffer<std::uint64_t>> EvaluateLanes(const Circuit& circuit,
                                                          std::span<const std::uint64_t> inputs);

/// One instance on byte strings.
///
/// Shapes: `input` is all inputs joined, bit k of byte i is input bit 8*i + k, ceil(input_bits / 8) bytes;
/// the result
///         holds the joined outputs in the same way. Unused bits of the last byte are 0.
/// Errors: kInvalidArgument for a wrong length or for an unused bit that is 1.
[[nodiscard]] Result<Bytes> EvaluateBytes(const Circuit& circuit, ByteSpan input);

/// Any number of instances, each as in EvaluateBytes; 64 at a time.
[[nodiscard]] Result<std::vector<Bytes>> EvaluateBatch(const Circuit& circuit, std::span<const Bytes> inputs);

}  // namespace mpcstats
