// The language of a program in zero knowledge. It is written once, as a template; the prover runs it with the witness,
// the verifier without, and a ZkMeter tells both beforehand what it takes.
//
//   template <ZkRole Zk>
//   Status ProveKeyOfCiphertext(Zk& zk, const typename Zk::Witness& key, ByteSpan counter_block, ByteSpan keystream) {
//     ASSIGN_OR_RETURN(const auto key_bits, zk.Commit(key));                        // 128 bits of witness
//     ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(key_bits));           // 320
//     ASSIGN_OR_RETURN(const auto block, zk.AesEncrypt(round_keys, zk.Constant(counter_block)));  // 1,280
//     return zk.AssertEqual(block, keystream);
//   }
//
// One round, prover P and verifier V, both with the same session id and correlations of one VOLE:
//
//   P  RETURN_IF_ERROR(Program(prover, ProverWitness{key}, ...));  prover.TakeCommitments()  -> V
//   V  verifier.Receive(commitments);  Program(verifier, PublicWitness{16}, ...);  verifier.Challenge()  -> P
//   P  prover.Prove(challenge)  -> V
//   V  verifier.Check(proof)    // only now is anything true
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/circuit/circuit.h"
#include "mpcstats/zktls/zk/bits.h"

namespace mpcstats {

/// Round keys of AES-128 as bits: 11 * 128.
inline constexpr std::size_t kAesRoundKeyBits = 1408;

/// What a program may do. `Bits` is any number of authenticated bits, `Witness` what Commit takes.
///
/// Shapes:   equal widths where two operands meet, public bytes of exactly the width (the unused bits of a last byte
///           are 0); anything else is the program's own bug and ends the process (CHECK), as in CircuitBuilder.
/// Cost:     Commit, And, circuits and AES take one correlation and one bit of message for each bit of witness; the
///           rest is free. Each And and each gate costs one check, each S-box two.
/// Security: programs take sizes and public values alone for their control flow, so the messages depend on nothing
///           else. An operation that fails ends the session.
/// Errors:   kResourceExhausted when the correlations run out. At the prover kInvalidArgument when its own values do
///           not satisfy an assertion, and nothing is proved: a false proof would tell the verifier bits of the
///           witness. At the verifier kProtocolViolation when the prover's bytes run out.
template <class Zk>
concept ZkRole = requires(Zk& zk, const typename Zk::Bits& a, const typename Zk::Witness& witness,
                          const Circuit& circuit, ByteSpan bytes, std::size_t n,
                          std::initializer_list<std::reference_wrapper<const typename Zk::Bits>> list) {
  // Fresh secret bits of the prover.
  { zk.Commit(witness) } -> std::same_as<Result<typename Zk::Bits>>;
  // Public bits: whole bytes, or the same bit n times.
  { zk.Constant(bytes) } -> std::same_as<typename Zk::Bits>;
  { zk.Repeat(true, n) } -> std::same_as<typename Zk::Bits>;
  // Free: linear.
  { zk.Xor(a, a) } -> std::same_as<typename Zk::Bits>;
  { zk.XorPublic(a, bytes) } -> std::same_as<typename Zk::Bits>;
  { zk.Not(a) } -> std::same_as<typename Zk::Bits>;
  { zk.Slice(a, n, n) } -> std::same_as<typename Zk::Bits>;  // offset, count
  { zk.Concat(list) } -> std::same_as<typename Zk::Bits>;
  // Elementwise; one bit of witness each.
  { zk.And(a, a) } -> std::same_as<Result<typename Zk::Bits>>;
  // All inputs joined in order -> all outputs joined; one bit of witness for each AND gate.
  { zk.EvaluateCircuit(circuit, a) } -> std::same_as<Result<typename Zk::Bits>>;
  // 128 bits -> kAesRoundKeyBits; 320 bits of witness.
  { zk.AesExpandKey(a) } -> std::same_as<Result<typename Zk::Bits>>;
  // Round keys and any number of blocks of 128 bits, public or not -> as many; 1,280 bits of witness a block.
  { zk.AesEncrypt(a, a) } -> std::same_as<Result<typename Zk::Bits>>;
  // The bits have these public values.
  { zk.AssertEqual(a, bytes) } -> std::same_as<Status>;
  { zk.AssertZero(a) } -> std::same_as<Status>;
  // Tells the verifier the bits; it reads them from what Check returns.
  { zk.Open(a) } -> std::same_as<Result<OpenId>>;
};

}  // namespace mpcstats
