#include "mpcstats/engine/verification/verify.h"

#include <functional>
#include <memory>
#include <vector>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/session.h"
#include "mpcstats/engine/verification/packed_source.h"
#include "mpcstats/engine/verification/product_source.h"
#include "mpcstats/engine/verification/roles.h"

namespace mpcstats {

namespace {

enum class Instance : std::uint8_t { kBoolean = 0, kFp = 1, kGf = 2 };

// One proof: who proves, in which batch and instance. Names every stream and every hash of it.
struct ProofName {
  std::uint64_t batch;
  Instance instance;
  PartyIndex prover;
  [[nodiscard]] std::uint64_t high() const { return batch * 4 + static_cast<std::uint64_t>(instance); }
  [[nodiscard]] StreamId stream(std::size_t level) const {
    return {high(), prover.value() << 16 | static_cast<std::uint32_t>(level)};
  }
};

template <typename K>
Bytes Encode(std::span<const K> values) {
  Bytes bytes(values.size() * K::kBytes);
  for (std::size_t i = 0; i < values.size(); ++i) values[i].Store(bytes.data() + i * K::kBytes);
  return bytes;
}

template <typename K>
bool Decode(ByteSpan bytes, std::vector<K>* values) {
  values->clear();
  for (std::size_t i = 0; i < bytes.size(); i += K::kBytes) {
    const auto value = K::Load(bytes.data() + i);
    if (!value) return false;
    values->push_back(*value);
  }
  return true;
}

template <typename K>
std::vector<K> Uniform(const Prf& prf, Purpose purpose, StreamId stream, std::size_t count) {
  Bytes bytes(count * K::kUniformBytes);
  prf.Generate(purpose, stream, bytes);
  std::vector<K> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = K::FromUniform(bytes.data() + i * K::kUniformBytes);
  return values;
}

// The verifiers' challenges of one proof, under k_{j-1}, which the prover P_j does not hold. Each is derived once.
template <typename K>
class Challenges {
 public:
  Challenges(Session& session, const Prf& key, ProofName name) : session_(session), key_(key), name_(name) {}

  std::array<std::uint8_t, 16> Seed() {
    session_.UseChallenge(Purpose::kChallengeSeed, name_.prover.value(), name_.high(), 0);
    std::array<std::uint8_t, 16> seed;
    key_.Generate(Purpose::kChallengeSeed, name_.stream(0), seed);
    return seed;
  }
  K At(std::size_t level) {
    session_.UseChallenge(Purpose::kChallenge, name_.prover.value(), name_.high(),
                          static_cast<unsigned>(level));
    return Uniform<K>(key_, Purpose::kChallenge, name_.stream(level), 1)[0];
  }
  // The last challenge is not zero, or the mask would not hide V(r): the first non-zero of a stream.
  K Last(std::size_t level) {
    session_.UseChallenge(Purpose::kChallenge, name_.prover.value(), name_.high(),
                          static_cast<unsigned>(level));
    for (const K& r : Uniform<K>(key_, Purpose::kChallenge, name_.stream(level), 16)) {
      if (!(r == K::Zero())) return r;
    }
    return K::One();
  }

 private:
  Session& session_;
  const Prf& key_;
  ProofName name_;
};

Error CheatingBy(const Session& session, PartyIndex prover, const char* what) {
  return Error(ErrorCode::kCheatingDetected, std::string(what) + " in the proof of party " +
                                                 std::to_string(prover.value()) + ", found by party " +
                                                 std::to_string(session.self().value()));
}

template <typename K>
std::vector<K> Minus(std::vector<K> values, const std::vector<K>& pad) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= pad[i];
  return values;
}

template <typename K>
bool TakeMessage(ProofMachine<K>& machine, std::size_t level, ByteSpan message) {
  std::vector<K> share;
  if (!Decode<K>(message, &share)) return false;
  machine.TakeShare(level, share);
  return true;
}

// All three parties run this for each prover, each in its role; every branch waits for the same rounds.
template <typename K>
Task<Done> RunProof(Session& session, ProofName name, std::unique_ptr<ProofSource<K>> source) {
  const ProofRole role = RoleFor(session.self(), name.prover);
  const bool prover = role == ProofRole::kProver;
  const bool lead = role == ProofRole::kLead;
  const bool second = role == ProofRole::kSecond;
  ProofMachine<K> machine(role, source.get(), &session.pool());
  const std::size_t levels = machine.levels();
  // k_{j-1}: own key of the lead P_{j-1}, next key of the second P_{j+1}. Never the prover's.
  Challenges<K> challenges(session, lead ? session.own() : session.next(), name);
  // k_{j+1}: next key of the prover, own key of the second.
  const Prf& pad_key = prover ? session.next() : session.own();
  Sha256Stream echo("mpcstats/v1/echo");
  echo.Add(session.id()).AddU64(name.high()).AddU64(name.prover.value());

  // Round 1: the lead has all messages of the batch (it was cut after they came), so it may say the seed.
  std::array<std::uint8_t, 16> seed{};
  if (!prover) seed = challenges.Seed();
  if (lead) session.QueueSend(Peer::kNext, seed);
  if (prover) session.Expect(Peer::kPrevious, seed);
  co_await session.Round();
  echo.Add(seed);
  machine.Begin(seed);
  // mu is known to prover and lead (k_j), nu to prover and second (k_{j+1}).
  const K mu =
      second ? K::Zero()
             : Uniform<K>(prover ? session.own() : session.next(), Purpose::kProofMask, name.stream(0), 1)[0];
  const K nu = lead ? K::Zero() : Uniform<K>(pad_key, Purpose::kProofMask, name.stream(1), 1)[0];
  machine.SetMasks(mu, nu);

  for (std::size_t level = 0; level + 1 < levels; ++level) {
    const std::size_t size = machine.MessageSize(level);
    Bytes message(size * K::kBytes);
    std::vector<K> pad;
    if (!lead) pad = Uniform<K>(pad_key, Purpose::kProofPad, name.stream(level), size);
    if (prover) session.QueueSend(Peer::kPrevious, Encode<K>(Minus(machine.Message(level), pad)));
    if (lead) session.Expect(Peer::kNext, message);
    co_await session.Round();
    if (lead && !TakeMessage(machine, level, message)) {
      co_await session.Halt(CheatingBy(session, name.prover, "a malformed message"));
    }
    if (second) machine.TakeShare(level, pad);

    Bytes challenge(K::kBytes);
    if (!prover) challenges.At(level).Store(challenge.data());
    if (lead) session.QueueSend(Peer::kNext, challenge);
    if (prover) session.Expect(Peer::kPrevious, challenge);
    co_await session.Round();
    const auto r = K::Load(challenge.data());
    if (!r) co_await session.Halt(CheatingBy(session, name.prover.Previous(), "a malformed challenge"));
    echo.Add(challenge);
    machine.Fold(level, *r);
  }

  // Last level. The echo of all challenges travels with the last message: a lead that told the prover other challenges
  // than the second derives would learn a linear function of v.
  const std::size_t last = levels - 1;
  const std::size_t size = machine.MessageSize(last);
  const Bytes32 echo_digest = echo.Finish();
  Bytes32 echo_received{};
  Bytes message(size * K::kBytes);
  std::vector<K> pad;
  if (!lead) pad = Uniform<K>(pad_key, Purpose::kProofPad, name.stream(last), size);
  if (prover) {
    session.QueueSend(Peer::kPrevious, Encode<K>(Minus(machine.Message(last), pad)));
    session.QueueSend(Peer::kNext, echo_digest);
  }
  if (lead) session.Expect(Peer::kNext, message);
  if (second) session.Expect(Peer::kPrevious, echo_received);
  co_await session.Round();
  if (lead && !TakeMessage(machine, last, message)) {
    co_await session.Halt(CheatingBy(session, name.prover, "a malformed message"));
  }
  if (second) machine.TakeShare(last, pad);
  if (second && !ct::Equal(echo_received, echo_digest)) {
    co_await session.Halt(CheatingBy(session, name.prover, "challenges that differ"));
  }

  // The second's answer: q, its share of G_t(r_t), its check values. R = P_{j+1}, L = P_{j-1} is next to it.
  K last_challenge{};
  if (!prover) last_challenge = challenges.Last(last);
  Bytes answer_bytes((2 + levels) * K::kBytes);
  if (second) {
    const SecondAnswer<K> answer = machine.Answer(last_challenge);
    std::vector<K> values = answer.check_values;
    values.push_back(answer.v_value);
    values.push_back(answer.share_value);
    session.QueueSend(Peer::kNext, Encode<K>(values));
  }
  if (lead) session.Expect(Peer::kPrevious, answer_bytes);
  co_await session.Round();
  if (lead) {
    std::vector<K> values;
    bool accepted = Decode<K>(answer_bytes, &values);
    if (accepted) {
      SecondAnswer<K> answer;
      answer.share_value = values.back();
      values.pop_back();
      answer.v_value = values.back();
      values.pop_back();
      answer.check_values = std::move(values);
      accepted = machine.Accept(last_challenge, answer);
    }
    if (!accepted) co_await session.Halt(CheatingBy(session, name.prover, "a wrong result"));
  }

  // The lead's ok names session, batch, instance, prover and challenges; both others wait for it.
  const Bytes32 ok = Sha256Stream("mpcstats/v1/ok").Add(echo_digest).Finish();
  Bytes32 ok_received{};
  if (lead) {
    session.QueueSend(Peer::kNext, ok);
    session.QueueSend(Peer::kPrevious, ok);
  } else {
    session.Expect(prover ? Peer::kPrevious : Peer::kNext, ok_received);
  }
  co_await session.Round();
  if (!lead && !ct::Equal(ok, ok_received)) {
    co_await session.Halt(CheatingBy(session, name.prover.Previous(), "a wrong ok"));
  }
  co_return Done{};
}

template <typename K>
std::vector<Task<Done>> Proofs(Session& session, std::uint64_t batch, Instance instance,
                               const std::function<std::unique_ptr<ProofSource<K>>(PartyIndex)>& source_for) {
  std::vector<Task<Done>> proofs;
  for (unsigned j = 0; j < 3; ++j) {
    const PartyIndex prover(j);
    proofs.push_back(RunProof<K>(session, ProofName{batch, instance, prover}, source_for(prover)));
  }
  return proofs;
}

void Append(std::vector<Task<Done>>& all, std::vector<Task<Done>> more) {
  for (auto& task : more) all.push_back(std::move(task));
}

}  // namespace

Task<Done> VerifyRecorded(Session& session, std::uint64_t batch, BooleanBatch boolean,
                          ProductBatches products) {
  std::vector<Task<Done>> proofs;
  if (!boolean.empty()) {
    Append(proofs, Proofs<Gf2_64>(session, batch, Instance::kBoolean, [&](PartyIndex prover) {
             return MakePackedSource(boolean, RoleFor(session.self(), prover), session.pool());
           }));
  }
  if (!products.fp.empty()) {
    Append(proofs, Proofs<Fp127>(session, batch, Instance::kFp, [&](PartyIndex prover) {
             return MakeProductSource<Fp127>(products.fp, prover, session.self());
           }));
  }
  if (!products.gf.empty()) {
    Append(proofs, Proofs<Gf2_64>(session, batch, Instance::kGf, [&](PartyIndex prover) {
             return MakeProductSource<Gf2_64>(products.gf, prover, session.self());
           }));
  }
  co_await Par(std::move(proofs));
  co_return Done{};
}

}  // namespace mpcstats
