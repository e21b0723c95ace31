#include "mpcstats/zktls/zk/meter.h"

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {

static_assert(ZkRole<ZkMeter>);

namespace {
constexpr std::size_t kAesBlockBits = 128;
constexpr std::size_t kSboxBits = 8;
constexpr std::size_t kKeyScheduleSboxes = 40;
constexpr std::size_t kBlockSboxes = 160;
}  // namespace

Result<MeterBits> ZkMeter::Commit(const PublicWitness& witness) {
  cost_.witness_bits += witness.bits();
  return MeterBits(witness.bits());
}

MeterBits ZkMeter::Constant(ByteSpan bytes) const { return MeterBits(8 * bytes.size()); }
MeterBits ZkMeter::Repeat(bool, std::size_t count) const { return MeterBits(count); }

MeterBits ZkMeter::Xor(const MeterBits& a, const MeterBits& b) const {
  CHECK(a.size() == b.size());
  return MeterBits(a.size());
}

MeterBits ZkMeter::XorPublic(const MeterBits& a, ByteSpan bytes) const {
  CHECK(bytes.size() == (a.size() + 7) / 8);
  return MeterBits(a.size());
}

MeterBits ZkMeter::Not(const MeterBits& a) const { return MeterBits(a.size()); }

MeterBits ZkMeter::Slice(const MeterBits& a, std::size_t offset, std::size_t count) const {
  CHECK(offset <= a.size() && count <= a.size() - offset);
  return MeterBits(count);
}

MeterBits ZkMeter::Concat(std::initializer_list<std::reference_wrapper<const MeterBits>> parts) const {
  std::size_t size = 0;
  for (const MeterBits& part : parts) size += part.size();
  return MeterBits(size);
}

Result<MeterBits> ZkMeter::And(const MeterBits& a, const MeterBits& b) {
  CHECK(a.size() == b.size());
  cost_.witness_bits += a.size();
  cost_.checks += a.size();
  return MeterBits(a.size());
}

Result<MeterBits> ZkMeter::EvaluateCircuit(const Circuit& circuit, const MeterBits& inputs) {
  CHECK(inputs.size() == circuit.input_bits());
  cost_.witness_bits += circuit.and_count();
  cost_.checks += circuit.and_count();
  return MeterBits(circuit.output_bits());
}

Result<MeterBits> ZkMeter::AesExpandKey(const MeterBits& key) {
  CHECK(key.size() == kAesBlockBits);
  cost_.witness_bits += kSboxBits * kKeyScheduleSboxes;
  cost_.checks += 2 * kKeyScheduleSboxes;
  return MeterBits(kAesRoundKeyBits);
}

Result<MeterBits> ZkMeter::AesEncrypt(const MeterBits& round_keys, const MeterBits& blocks) {
  CHECK(round_keys.size() == kAesRoundKeyBits && blocks.size() % kAesBlockBits == 0);
  const std::size_t count = blocks.size() / kAesBlockBits;
  cost_.witness_bits += kSboxBits * kBlockSboxes * count;
  cost_.checks += 2 * kBlockSboxes * count;
  return MeterBits(blocks.size());
}

Status ZkMeter::AssertEqual(const MeterBits& a, ByteSpan bytes) {
  CHECK(bytes.size() == (a.size() + 7) / 8);
  return {};
}

Status ZkMeter::AssertZero(const MeterBits&) { return {}; }

Result<OpenId> ZkMeter::Open(const MeterBits& a) {
  cost_.opened_bits += a.size();
  return OpenId{opened_++};
}

}  // namespace mpcstats
