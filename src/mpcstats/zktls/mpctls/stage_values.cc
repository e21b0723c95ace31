#include "mpcstats/zktls/mpctls/stage_values.h"

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBits = 128;

/// Takes bytes off a string of bits.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bits) : bits_(bits) {}
  void Take(MutableByteSpan out) {
    CHECK(bits_.size() >= 8 * out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      unsigned byte = 0;
      for (unsigned k = 0; k < 8; ++k) byte |= (bits_[8 * i + k] & 1u) << k;
      out[i] = static_cast<std::uint8_t>(byte);
    }
    bits_ = bits_.subspan(8 * out.size());
  }
  [[nodiscard]] bool done() const { return bits_.empty(); }

 private:
  std::span<const std::uint8_t> bits_;
};

Secret<GcmBlock> TakeSecret(BitReader& reader) {
  GcmBlock block;
  reader.Take(block);
  Secret<GcmBlock> secret(block);
  SecureWipe(block.data(), block.size());
  return secret;
}

/// Bits of shares in kRecords: the powers, and two tag masks.
std::size_t ShareBits(std::size_t odd_powers) { return kBlockBits * (odd_powers + 2); }

}  // namespace

void TakePublicValues(TlsPhase phase, std::span<const std::uint8_t> bits, StagePublicValues& values) {
  BitReader reader(bits);
  switch (phase) {
    case TlsPhase::kPremaster: reader.Take(values.premaster_inner); break;
    case TlsPhase::kMasterA1: reader.Take(values.master_a1); break;
    case TlsPhase::kMasterP1: reader.Take(values.master_a2); break;
    case TlsPhase::kMasterP2: reader.Take(values.master_inner); break;
    case TlsPhase::kKeysA1:
      reader.Take(values.keys_a1);
      reader.Take(values.client_a1);
      break;
    case TlsPhase::kKeysP1:
      reader.Take(values.keys_a2);
      reader.Take(values.client_verify_data);
      break;
    case TlsPhase::kRecords: return;
    case TlsPhase::kServerBlock: reader.Take(values.server_block); break;
    case TlsPhase::kServerA1: reader.Take(values.server_a1); break;
    case TlsPhase::kServerP1: reader.Take(values.server_verify_data); break;
  }
  CHECK(reader.done());
}

StageShares TakeShares(std::span<const std::uint8_t> bits, std::size_t odd_powers) {
  BitReader reader(bits.first(ShareBits(odd_powers)));
  StageShares shares{Buffer<GcmBlock>(odd_powers), {}, {}};
  for (GcmBlock& power : shares.odd_powers.span()) reader.Take(power);
  shares.finished_mask = TakeSecret(reader);
  shares.request_mask = TakeSecret(reader);
  return shares;
}

Buffer<std::uint8_t> TakeKeystream(std::span<const std::uint8_t> bits, std::size_t odd_powers) {
  const std::span<const std::uint8_t> rest = bits.subspan(ShareBits(odd_powers));
  Buffer<std::uint8_t> keystream(rest.size() / 8);
  BitReader(rest).Take(keystream.span());
  return keystream;
}

}  // namespace mpcstats
