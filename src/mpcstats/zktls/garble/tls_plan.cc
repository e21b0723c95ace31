#include "mpcstats/zktls/garble/tls_plan.h"

#include <algorithm>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/garble/tls_circuits.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;
constexpr std::size_t kStateBits = 256;
constexpr std::size_t kSaltBits = 32;
constexpr std::size_t kNonceBits = 64;

class TlsPlanBuilder {
 public:
  GarblePlan Build(std::size_t request_blocks, std::size_t odd_powers) && {
    Premaster();
    Master();
    Keys();
    Records(request_blocks, odd_powers);
    Server();
    return std::move(plan_).Finish();
  }

 private:
  PlanWires Digest() { return plan_.GarblerInput(kStateBits); }
  PlanWires Outer(PlanWires state) { return plan_.Apply(circuits_.outer, {state, Digest()}); }
  void EndWith(PlanWires wires) {
    plan_.Output(wires, OutputKind::kPublic);
    plan_.EndPhase();
  }

  void Premaster() {
    const PlanWires mine = plan_.GarblerInput(kStateBits);
    const PlanWires theirs = plan_.EvaluatorInput(kStateBits);
    const PlanWires states = plan_.Apply(circuits_.premaster_key, {mine, theirs});
    premaster_outer_ = states.Slice(kStateBits, kStateBits);
    EndWith(states.Slice(0, kStateBits));
  }

  void Master() {
    EndWith(Outer(premaster_outer_));
    const PlanWires first = Outer(premaster_outer_);
    EndWith(Outer(premaster_outer_));
    const PlanWires rest = plan_.Apply(circuits_.outer_half, {premaster_outer_, Digest()});
    const PlanWires states = plan_.Apply(circuits_.master_key, {first, rest});
    master_outer_ = states.Slice(kStateBits, kStateBits);
    EndWith(states.Slice(0, kStateBits));
  }

  void Keys() {
    plan_.Output(Outer(master_outer_), OutputKind::kPublic);
    EndWith(Outer(master_outer_));
    const PlanWires keys = Outer(master_outer_);
    plan_.Output(Outer(master_outer_), OutputKind::kPublic);
    EndWith(plan_.Apply(circuits_.outer_verify, {master_outer_, Digest()}));
    client_key_ = keys.Slice(0, kBlockBits);
    server_key_ = keys.Slice(kBlockBits, kBlockBits);
  }

  /// Encryption of salt | explicit nonce | counter.
  PlanWires CounterBlock(PlanWires round_keys, PlanWires salt, PlanWires nonce, std::size_t counter) {
    Bytes tail;
    for (int shift = 24; shift >= 0; shift -= 8) tail.push_back(static_cast<std::uint8_t>(counter >> shift));
    return plan_.Apply(circuits_.encrypt, {round_keys, salt, nonce, plan_.Constant(tail)});
  }

  /// What the counter blocks of a client record share: all but the last byte of the counter. The explicit nonce is the record's number.
  PlanWires PrefixOf(PlanWires round_keys, PlanWires salt, std::uint8_t record) {
    const std::array<std::uint8_t, 8 + 3> rest{0, 0, 0, 0, 0, 0, 0, record, 0, 0, 0};
    return plan_.Apply(circuits_.encrypt_prefix, {round_keys, salt, plan_.Constant(rest)});
  }
  PlanWires WithCounter(PlanWires round_keys, PlanWires prefix, std::size_t counter) {
    CHECK(counter < 256);
    const std::array<std::uint8_t, 1> last{static_cast<std::uint8_t>(counter)};
    return plan_.Apply(circuits_.encrypt_last, {round_keys, prefix, plan_.Constant(last)});
  }

  void Records(std::size_t request_blocks, std::size_t odd_powers) {
    const PlanWires salts = plan_.Apply(circuits_.outer_nonces, {master_outer_, Digest()});
    const PlanWires client_salt = salts.Slice(0, kSaltBits);
    server_salt_ = salts.Slice(kSaltBits, kSaltBits);
    const PlanWires keys = plan_.Apply(circuits_.expand_key, {client_key_});
    server_round_keys_ = plan_.Apply(circuits_.expand_key, {server_key_});

    PlanWires power = plan_.Apply(circuits_.encrypt, {keys, plan_.Constant(Bytes(16, 0))});
    const PlanWires square = plan_.Apply(circuits_.values, {plan_.Apply(circuits_.square, {power})});
    plan_.Output(power, OutputKind::kShared);
    for (std::size_t i = 1; i < odd_powers; ++i) {
      power = plan_.Apply(circuits_.multiply, {power, square});
      plan_.Output(power, OutputKind::kShared);
    }
    const PlanWires finished = PrefixOf(keys, client_salt, 0);
    const PlanWires request = PrefixOf(keys, client_salt, 1);
    plan_.Output(WithCounter(keys, finished, 1), OutputKind::kShared);
    plan_.Output(WithCounter(keys, request, 1), OutputKind::kShared);
    plan_.Output(WithCounter(keys, finished, 2), OutputKind::kMasked);
    for (std::size_t i = 0; i < request_blocks; ++i) {
      plan_.Output(WithCounter(keys, request, 2 + i), OutputKind::kMasked);
    }
    plan_.EndPhase();
  }

  void Server() {
    const PlanWires nonce = plan_.GarblerInput(kNonceBits);
    EndWith(CounterBlock(server_round_keys_, server_salt_, nonce, 2));
    EndWith(Outer(master_outer_));
    EndWith(plan_.Apply(circuits_.outer_verify, {master_outer_, Digest()}));
  }

  const TlsGarbleCircuits& circuits_ = TlsGarbling();
  GarblePlanBuilder plan_;
  PlanWires premaster_outer_;
  PlanWires master_outer_;
  PlanWires client_key_;
  PlanWires server_key_;
  PlanWires server_round_keys_;
  PlanWires server_salt_;
};

TlsGarblePlan MakePlan(std::size_t bucket) {
  const std::size_t blocks = bucket / 16;
  // GHASH of n + 2 blocks takes the powers 1 to n + 2.
  const std::size_t odd_powers = (blocks + 2 + 1) / 2;
  return {TlsPlanBuilder().Build(blocks, odd_powers), blocks, odd_powers};
}

}  // namespace

Result<std::size_t> RequestBucketFor(std::size_t request_bytes) {
  for (const std::size_t bucket : kRequestBuckets) {
    if (request_bytes > 0 && request_bytes <= bucket) return bucket;
  }
  return Fail(ErrorCode::kInvalidArgument, "a request in MPC mode has 1 to 2,048 bytes");
}

const TlsGarblePlan& TlsGarblePlanFor(std::size_t bucket) {
  switch (bucket) {
    case 256: {
      static const TlsGarblePlan kPlan = MakePlan(256);
      return kPlan;
    }
    case 512: {
      static const TlsGarblePlan kPlan = MakePlan(512);
      return kPlan;
    }
    case 1024: {
      static const TlsGarblePlan kPlan = MakePlan(1024);
      return kPlan;
    }
    default: {
      CHECK(bucket == 2048);
      static const TlsGarblePlan kPlan = MakePlan(2048);
      return kPlan;
    }
  }
}

}  // namespace mpcstats
