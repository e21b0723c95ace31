#include "mpcstats/zktls/session/reveal.h"

#include "mpcstats/base/check.h"

namespace mpcstats {

Result<Bytes> Revealer<ZkProver>::Reveal(ZkProver& zk, const ProverBits& bits) {
  CHECK(bits.size() % 8 == 0);
  const std::span<const std::uint8_t> values = bits.values();
  Bytes bytes(bits.size() / 8);
  for (std::size_t i = 0; i < values.size(); ++i) {
    bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (values[i] << (i % 8)));
  }
  RETURN_IF_ERROR(zk.AssertEqual(bits, bytes));
  claims_.insert(claims_.end(), bytes.begin(), bytes.end());
  return bytes;
}

Result<Bytes> Revealer<ZkVerifier>::Reveal(ZkVerifier& zk, const VerifierBits& bits) {
  CHECK(bits.size() % 8 == 0);
  const std::size_t size = bits.size() / 8;
  if (rest_.size() < size) return Fail(ErrorCode::kProtocolViolation, "the prover revealed too little");
  const Bytes bytes(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(size));
  rest_ = rest_.subspan(size);
  RETURN_IF_ERROR(zk.AssertEqual(bits, bytes));
  return bytes;
}

Status Revealer<ZkVerifier>::Finish() const {
  if (!rest_.empty()) return Fail(ErrorCode::kProtocolViolation, "the prover revealed too much");
  return {};
}

Result<Bytes> Revealer<ZkMeter>::Reveal(ZkMeter& zk, const MeterBits& bits) {
  CHECK(bits.size() % 8 == 0);
  Bytes bytes(bits.size() / 8);
  RETURN_IF_ERROR(zk.AssertEqual(bits, bytes));
  bytes_ += bytes.size();
  return bytes;
}

}  // namespace mpcstats
