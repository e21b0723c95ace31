// One part of a notary session under memcheck, with the secrets of one end marked as undefined: memcheck then reports every branch
// and every address that depends on one. What leaves for the other end is public, and marked so here.
//
//   valgrind --error-exitcode=9 constant_time PART
//
// `branch` and `index` do what must not be done, so that a run can show that it would be noticed. Exits with 0 when the part itself worked.
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "mpcstats/circuit/adder.h"
#include "mpcstats/circuit/sha256.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/garble/evaluator.h"
#include "mpcstats/zktls/garble/garbler.h"
#include "mpcstats/zktls/statement/shares.h"
#include "mpcstats/zktls/tls/gcm_records.h"
#include "mpcstats/zktls/tls/key_schedule.h"
#include "mpcstats/zktls/vole/vole_receiver.h"
#include "mpcstats/zktls/vole/vole_sender.h"
#include "mpcstats/zktls/zk/meter.h"
#include "mpcstats/zktls/zk/prover.h"
#include "mpcstats/zktls/zk/role.h"
#include "mpcstats/zktls/zk/verifier.h"
#include "parts.h"

namespace mpcstats {
namespace {

// --- the proof, from the base transfers on ------------------------------------------------------------------------

// Key of a public hash; AES with it; a sum of public bits; an opened block.
template <ZkRole Zk>
Status Program(Zk& zk, const typename Zk::Witness& key, const Circuit& sha, ByteSpan digest, ByteSpan block) {
  ASSIGN_OR_RETURN(const auto bits, zk.Commit(key));
  ASSIGN_OR_RETURN(const auto hashed, zk.EvaluateCircuit(sha, bits));
  RETURN_IF_ERROR(zk.AssertEqual(hashed, digest));
  ASSIGN_OR_RETURN(const auto round_keys, zk.AesExpandKey(bits));
  ASSIGN_OR_RETURN(const auto out, zk.AesEncrypt(round_keys, zk.Constant(block)));
  ASSIGN_OR_RETURN(const auto product, zk.And(out, zk.Not(zk.XorPublic(bits, block))));
  RETURN_IF_ERROR(zk.AssertZero(zk.Xor(product, product)));
  RETURN_IF_ERROR(zk.Open(out));
  return {};
}

void Prove(End secret) {
  Bytes key = *FromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const Bytes block = *FromHex("3243f6a8885a308d313198a2e0370734");
  const Bytes32 digest = Sha256(key);
  const Circuit sha = MakeSha256Circuit(16);
  ZkMeter meter;
  Need(Program(meter, PublicWitness{16}, sha, digest, block), "meter");
  const std::size_t count = meter.cost().Correlations();
  if (secret == End::kProver) MarkSecret(key);

  SecretRng prover_rng(1, secret == End::kProver);
  SecretRng notary_rng(2, secret == End::kNotary);
  const Bytes32 session{9};
  VoleReceiverSetup prover_setup = VoleReceiverSetup::Create(session, prover_rng);
  VoleSenderSetup notary_setup = VoleSenderSetup::Create(session, notary_rng);
  const Bytes hello = Sent(prover_setup.message());
  auto created = Need(std::move(prover_setup).Finish(Sent(notary_setup.message()), prover_rng),
                      "transfers of the prover");
  VoleSender sender = Need(std::move(notary_setup).Finish(hello, Sent(created.message)), "trees");
  const Bytes corrections = Sent(Need(created.receiver.Extend(count), "extension"));
  const Bytes vole_challenge = Sent(Need(sender.Extend(count, corrections, notary_rng), "extension"));
  auto response = Need(created.receiver.Respond(vole_challenge), "response");
  auto correlations = Need(sender.Verify(Sent(response.message)), "check of the VOLE");

  ZkProver prover = Need(ZkProver::Create(session, std::move(response.correlations)), "prover");
  ZkVerifier verifier = Need(ZkVerifier::Create(session, std::move(correlations)), "verifier");
  Need(Program(prover, ProverWitness{key}, sha, digest, block), "program of the prover");
  Need(verifier.Receive(Sent(Need(prover.TakeCommitments(), "commitments"))), "commitments");
  Need(Program(verifier, PublicWitness{16}, sha, digest, block), "program of the verifier");
  const Bytes challenge = Sent(Need(verifier.Challenge(notary_rng), "challenge"));
  const Bytes proof = Sent(Need(prover.Prove(challenge), "proof"));
  const ZkOpened opened = Need(verifier.Check(proof), "check");
  Bytes shown(opened[OpenId{0}].begin(), opened[OpenId{0}].end());
  if (ToHex(Sent(shown)) != "3925841d02dc09fbdc118597196a0b32") std::exit(1);
}

// --- garbling, from the base transfers on --------------------------------------------------------------------------

// A sum of both ends' numbers: public, masked and shared.
GarblePlan SumPlan(const Circuit& circuit) {
  GarblePlanBuilder builder;
  const PlanWires a = builder.GarblerInput(32);
  const PlanWires b = builder.EvaluatorInput(32);
  const PlanWires sum = builder.Apply(circuit, {a, b});
  builder.Output(sum.Slice(0, 8), OutputKind::kPublic);
  builder.Output(sum.Slice(8, 12), OutputKind::kMasked);
  builder.Output(sum.Slice(20, 12), OutputKind::kShared);
  builder.EndPhase();
  return std::move(builder).Finish();
}

void Garble(End secret) {
  CircuitBuilder builder;
  const Wires a = builder.AddInput(32);
  const Wires b = builder.AddInput(32);
  builder.AddOutput(CircuitBuilder::Not(Add(builder, a, b)));
  const Circuit circuit = std::move(builder).Finish();
  const GarblePlan plan = SumPlan(circuit);

  SecretRng garbler_rng(4, secret == End::kProver);
  SecretRng evaluator_rng(5, secret == End::kNotary);
  const Bytes32 session{10};
  VoleSenderSetup garbler_setup = VoleSenderSetup::CreateForGarbling(session, garbler_rng);
  VoleReceiverSetup evaluator_setup = VoleReceiverSetup::Create(session, evaluator_rng);
  const Bytes hello = Sent(evaluator_setup.message());
  auto created = Need(std::move(evaluator_setup).Finish(Sent(garbler_setup.message()), evaluator_rng),
                      "transfers of the evaluator");
  VoleSender sender = Need(std::move(garbler_setup).Finish(hello, Sent(created.message)), "trees");
  const std::size_t count = plan.evaluator_bits();
  const Bytes corrections = Sent(Need(created.receiver.Extend(count), "extension"));
  const Bytes challenge = Sent(Need(sender.Extend(count, corrections, garbler_rng), "extension"));
  auto response = Need(created.receiver.Respond(challenge), "response");
  auto keys = Need(sender.Verify(Sent(response.message)), "check of the VOLE");

  Buffer<std::uint8_t> masks(plan.mask_bits());
  garbler_rng.Fill(masks.span());
  for (std::uint8_t& mask : masks.span()) mask &= 1;
  Garbler garbler =
      Need(Garbler::Create(plan, session, std::move(keys), std::move(masks), garbler_rng), "garbler");
  Evaluator evaluator = Need(Evaluator::Create(plan, session, std::move(response.correlations)), "evaluator");
  while (garbler.tables_left()) {
    Need(evaluator.ReceiveTables(Sent(Need(garbler.NextTables(), "tables"))), "tables");
  }
  Need(garbler.ReceiveAcknowledgement(Sent(Need(evaluator.Acknowledge(), "acknowledgement"))),
       "acknowledgement");

  // 0x01020304 and 0x10203040, lowest bit first.
  Bytes mine(32);
  Bytes theirs(32);
  for (unsigned i = 0; i < 32; ++i) {
    mine[i] = (0x01020304u >> i) & 1u;
    theirs[i] = (0x10203040u >> i) & 1u;
  }
  MarkSecret(secret == End::kProver ? mine : theirs);
  const Bytes choices = Sent(Need(evaluator.Choose(theirs), "choices"));
  const Bytes labels = Sent(Need(garbler.StartPhase(choices, mine), "labels"));
  auto evaluated = Need(evaluator.Evaluate(labels), "evaluation");
  const auto values = Need(garbler.ReceiveOutputs(Sent(evaluated.message)), "outputs");
  Bytes shown(values.data(), values.data() + 8);
  shown = Sent(shown);
  for (unsigned i = 0; i < 8; ++i) {
    if (shown[i] != ((~(0x01020304u + 0x10203040u) >> i) & 1u)) std::exit(1);
  }
}

// --- keys of TLS --------------------------------------------------------------------------------------------------

// The key schedule from a secret on, and records both ways.
void Record() {
  Bytes premaster(32, 7);
  MarkSecret(premaster);
  TlsMasterSecret master;
  TlsPrf(premaster, "extended master secret", Bytes(32, 1), master);
  TlsKeyBlock block;
  TlsPrf(master, "key expansion", Bytes(64, 2), {reinterpret_cast<std::uint8_t*>(&block), sizeof(block)});
  const Secret<TlsKeyBlock> keys(block);
  GcmRecords client(keys);
  GcmRecords server(keys, TlsSide::kServer);
  Bytes plaintext(100, 3);
  MarkSecret(plaintext);
  const Bytes sealed = Sent(Need(client.Seal(TlsContent::kApplicationData, 0, plaintext), "seal"));
  const auto opened = Need(server.Open(TlsContent::kApplicationData, 0, sealed), "open");
  if (!opened) std::exit(1);
}

// --- shares -------------------------------------------------------------------------------------------------------

void Share() {
  Bytes row(20, 5);
  MarkSecret(row);
  SecretRng rng(3, true);
  // The last byte of a row that ends within one has its spare bits checked: that check is for whole bytes here.
  const RowShares shares = ShareRow(row, {.ctx = {}, .group = 1, .bits = 160}, rng);
  for (Bytes32 commitment : shares.commitments) VALGRIND_MAKE_MEM_DEFINED(commitment.data(), 32);
}

// --- what must not be done ----------------------------------------------------------------------------------------

void BranchOnASecret() {
  volatile std::uint8_t secret = 1;
  VALGRIND_MAKE_MEM_UNDEFINED(const_cast<std::uint8_t*>(&secret), 1);
  if (secret == 2) std::puts("two");
}

void IndexByASecret() {
  std::vector<std::uint8_t> table(4096, 7);
  volatile std::size_t secret = 1;
  VALGRIND_MAKE_MEM_UNDEFINED(const_cast<std::size_t*>(&secret), sizeof(secret));
  volatile std::uint8_t found = table.data()[secret];
  static_cast<void>(found);
}

int Main(std::string_view part) {
  const std::map<std::string_view, std::function<void()>> parts = {
      {"prover", [] { Prove(End::kProver); }},
      {"notary", [] { Prove(End::kNotary); }},
      {"garbler", [] { Garble(End::kProver); }},
      {"evaluator", [] { Garble(End::kNotary); }},
      {"key-prover", [] { ExchangeKeys(End::kProver); }},
      {"key-notary", [] { ExchangeKeys(End::kNotary); }},
      {"tag", ShareTag},
      {"record", Record},
      {"shares", Share},
      {"branch", BranchOnASecret},
      {"index", IndexByASecret},
  };
  const auto found = parts.find(part);
  if (found == parts.end()) {
    std::fprintf(stderr, "usage: constant_time PART, of:\n");
    for (const auto& [name, run] : parts)
      std::fprintf(stderr, "  %.*s\n", static_cast<int>(name.size()), name.data());
    return 2;
  }
  found->second();
  return 0;
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) { return mpcstats::Main(argc == 2 ? argv[1] : ""); }
