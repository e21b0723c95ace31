#include "mpcstats/zktls/mpctls/line_evidence.h"

namespace mpcstats {
namespace {

Bytes ToBytes(const Buffer<std::uint8_t>& buffer) { return {buffer.span().begin(), buffer.span().end()}; }

}  // namespace

LineEvidence EvidenceOf(std::size_t bucket, const ClosedKeys& closed) {
  LineEvidence evidence{.tls = &TlsGarblePlanFor(bucket),
                        .notary_share = {},
                        .values = closed.stages.values(),
                        .masked_keystream = ToBytes(closed.stages.keystream())};
  closed.key.notary_share.With(SecretAccess("the notary opened it"),
                               [&](const Bytes32& share) { evidence.notary_share = share; });
  // The masks of the keystream are the last ones of the plan.
  const auto masks = closed.masks.values().last(8 * evidence.masked_keystream.size());
  for (std::size_t i = 0; i < masks.size(); ++i) {
    std::uint8_t& byte = evidence.masked_keystream[i / 8];
    byte = static_cast<std::uint8_t>(byte ^ (masks[i] << (i % 8)));
  }
  return evidence;
}

LineEvidence EvidenceOf(std::size_t bucket, const ClosedLine& closed) {
  return {.tls = &TlsGarblePlanFor(bucket),
          .notary_share = closed.notary_share,
          .values = closed.stages.values(),
          .masked_keystream = ToBytes(closed.stages.masked_keystream())};
}

}  // namespace mpcstats
