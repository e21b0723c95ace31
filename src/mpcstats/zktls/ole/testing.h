// For tests and benchmarks of what stands on OLE.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/zktls/ole/ec_to_field_material.h"
#include "mpcstats/zktls/ole/fp256.h"
#include "mpcstats/zktls/vole/testing.h"

namespace mpcstats {

inline Bytes32 StoredOf(const Fp256& x) {
  Bytes32 out;
  x.Store(out.data());
  return out;
}

inline Buffer<Fp256> BufferOf(std::initializer_list<Fp256> values) {
  Buffer<Fp256> out(values.size());
  std::size_t i = 0;
  for (const Fp256& value : values) out[i++] = value;
  return out;
}

/// The bytes of p, the least number that is not canonical.
inline Bytes32 PrimeBytes() {
  Bytes32 bytes = StoredOf(-Fp256::One());
  bytes[31] += 1;
  return bytes;
}

struct EcToFieldPair {
  EcToFieldMaterial sender;
  EcToFieldMaterial receiver;
};

/// The preparation through OLE, over dealt correlations. `tamper` may change the sender's message.
inline EcToFieldPair PrepareEcToField(const Bytes32& session, Rng& rng,
                                      const std::function<void(Bytes&)>& tamper = {}) {
  DealtCorrelations dealt = DealCorrelations(kEcToFieldCorrelations, RandomElement(rng), rng);
  EcToFieldSetup setup = *EcToFieldSetup::Create(session, std::move(dealt.prover), rng);
  EcToFieldSender made = *MakeEcToField(session, std::move(dealt.verifier), setup.message(), rng);
  if (tamper) tamper(made.message);
  return {std::move(made.material), *std::move(setup).Finish(made.message)};
}

/// The ideal functionality of the preparation: both ends' shares from a dealer.
inline std::array<EcToFieldShares, 2> DealEcToField(Rng& rng) {
  const auto random = [&] { return Fp256::Random(rng); };
  EcToFieldShares p{{random(), random(), random(), random()}, random(), random(), random()};
  EcToFieldShares n{{random(), random(), random(), random()}, {}, {}, {}};
  n.ab = (p.mask.a + n.mask.a) * (p.mask.b + n.mask.b) - p.ab;
  n.ac = (p.mask.a + n.mask.a) * (p.mask.c + n.mask.c) - p.ac;
  n.rr = (p.mask.r + n.mask.r) * (p.mask.r + n.mask.r) - p.rr;
  return {p, n};
}

/// One end of a conversion written a second time, in the clear: for cheating. `hook` sees each own opening's elements
/// before they leave.
class HookedEnd {
 public:
  using Elements = std::vector<Fp256>;
  using Hook = std::function<void(std::size_t step, Elements& own)>;

  HookedEnd(EcToFieldEnd end, const Bytes32& session, const Bytes32& context, const EcToFieldShares& shares,
            Fp256 x, Fp256 y, Hook hook)
      : end_(end), session_(session), context_(context), s_(shares), x_(x), hook_(std::move(hook)) {
    const bool subtract = end == EcToFieldEnd::kSender;
    dx_ = subtract ? -x : x;
    dy_ = subtract ? -y : y;
  }

  /// The opening of `step`, after the other end's opening of the step before.
  Bytes Speak(std::size_t step, ByteSpan heard = {}) {
    Elements own;
    if (step > 0) Take(heard);
    if (step == 0) own = {dx_ - s_.mask.b, dy_ - s_.mask.c};
    if (step == 1) own = {Sum(0) * s_.mask.a + s_.ab};
    if (step == 2) own = {Sum(0).Inverse() * ay_ - s_.mask.r};
    if (step == 1) ay_ = Sum(1) * s_.mask.a + s_.ac;
    if (hook_) hook_(step, own);
    Bytes message;
    for (const Fp256& element : own) {
      const Bytes32 bytes = StoredOf(element);
      message.insert(message.end(), bytes.begin(), bytes.end());
    }
    const Bytes32 hash = Hash(step);
    message.insert(message.end(), hash.begin(), hash.end());
    said_ = own;
    sent_.push_back(message);
    return message;
  }

  Fp256 Share(ByteSpan third) {
    Take(third);
    const Fp256 f = Sum(0);
    return (f + f) * s_.mask.r + s_.rr + (end_ == EcToFieldEnd::kSender ? f * f : Fp256()) - x_;
  }

 private:
  [[nodiscard]] Fp256 heard(std::size_t i) const { return *Fp256::Load(received_.back().data() + 32 * i); }
  void Take(ByteSpan message) { received_.emplace_back(message.begin(), message.end()); }
  [[nodiscard]] Fp256 Sum(std::size_t i) const { return said_[i] + heard(i); }
  [[nodiscard]] Bytes32 Hash(std::size_t step) const {
    const bool first = end_ == EcToFieldEnd::kSender;
    Sha256Stream hash("mpcstats/v1/zktls/ec-to-field");
    hash.Add(session_).Add(context_).AddU64(first ? 0 : 1).AddU64(step);
    for (std::size_t i = 0; i < step; ++i) {
      hash.Add(first ? sent_[i] : received_[i]).Add(first ? received_[i] : sent_[i]);
    }
    return hash.Finish();
  }

  EcToFieldEnd end_;
  Bytes32 session_, context_;
  EcToFieldShares s_;
  Fp256 x_, dx_, dy_, ay_;
  Hook hook_;
  Elements said_;
  std::vector<Bytes> sent_, received_;
};

}  // namespace mpcstats
