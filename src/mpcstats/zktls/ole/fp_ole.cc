#include "mpcstats/zktls/ole/fp_ole.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

/// The pad of a transfer: a number from one key, two blocks of SHA-256. Session and index are in the hash, so that no
/// use of the same keys elsewhere has the same pads.
class PadHash {
 public:
  explicit PadHash(const Bytes32& session) {
    const Bytes32 tweak = Sha256Stream("mpcstats/v1/zktls/ole/pad").Add(session).Finish();
    std::ranges::copy(tweak, input_.begin());
  }
  PadHash(const PadHash&) = delete;
  PadHash& operator=(const PadHash&) = delete;
  ~PadHash() {
    SecureWipe(input_.data(), input_.size());
    SecureWipe(digests_.data(), digests_.size());
  }

  [[nodiscard]] Fp256 operator()(std::size_t index, Gf2_128 key) {
    key.Store(input_.data() + 32);
    for (std::size_t i = 0; i < 4; ++i) input_[48 + i] = static_cast<std::uint8_t>(index >> (8 * i));
    for (std::uint8_t half = 0; half < 2; ++half) {
      input_[52] = half;
      Bytes32 digest = Sha256(input_);
      std::ranges::copy(digest, digests_.begin() + 32 * half);
      SecureWipe(digest.data(), digest.size());
    }
    return Fp256::FromUniform(digests_.data());
  }

 private:
  std::array<std::uint8_t, 53> input_{};
  std::array<std::uint8_t, 64> digests_{};
};

Status CheckSizes(std::size_t numbers, std::size_t correlations) {
  if (numbers > 0 && numbers <= kMaxCorrelations / kOleTransfers && correlations == numbers * kOleTransfers) {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} products take {} correlations each, not {} in all",
                                                       numbers, kOleTransfers, correlations));
}

Status CheckLength(ByteSpan message, std::size_t expected) {
  if (message.size() == expected) return {};
  return Fail(ErrorCode::kProtocolViolation,
              fmt::format("an OLE message has {} bytes, not {}", message.size(), expected));
}

// sum_j 2^j * t_j of the transfers of one product.
Fp256 WeightedSum(const Buffer<Fp256>& transfers) {
  Fp256 sum;
  for (std::size_t j = kOleTransfers; j-- > 0;) sum = sum + sum + transfers[j];
  return sum;
}

}  // namespace

Result<OleSent> SendOle(const Bytes32& session, VerifierCorrelations correlations,
                        const Buffer<Fp256>& numbers, ByteSpan receiver_message) {
  RETURN_IF_ERROR(CheckSizes(numbers.size(), correlations.size()));
  RETURN_IF_ERROR(CheckLength(receiver_message, numbers.size() * kOleReceiverBytes));
  OleSent sent{Bytes(numbers.size() * kOleSenderBytes), Buffer<Fp256>(numbers.size())};
  PadHash pad(session);
  Buffer<Fp256> zero_pads(kOleTransfers);
  correlations.delta.With(SecretAccess("pads of an OLE"), [&](Gf2_128 delta) {
    for (std::size_t i = 0; i < correlations.size(); ++i) {
      const Fp256& number = numbers[i / kOleTransfers];
      // The receiver's bit is its correlation's bit xor flip: key + flip * Delta belongs to 0, the other one to 1.
      const std::uint64_t flip = (receiver_message[i / 8] >> (i % 8)) & 1u;
      const Fp256 zero = pad(i, correlations.keys[i] + delta.Times(flip));
      const Fp256 one = pad(i, correlations.keys[i] + delta.Times(flip ^ 1));
      zero_pads[i % kOleTransfers] = zero;
      // pad_1 + (pad_0 - pad_1 + a) = pad_0 + a
      (zero - one + number).Store(sent.message.data() + i * Fp256::kBytes);
      if ((i + 1) % kOleTransfers == 0) sent.shares[i / kOleTransfers] = -WeightedSum(zero_pads);
    }
  });
  return sent;
}

Result<OleReceiver> OleReceiver::Create(const Bytes32& session, ProverCorrelations correlations,
                                        const Buffer<Fp256>& numbers) {
  RETURN_IF_ERROR(CheckSizes(numbers.size(), correlations.size()));
  OleReceiver receiver(session, std::move(correlations.macs));
  receiver.message_.resize(numbers.size() * kOleReceiverBytes);
  Buffer<std::uint8_t> bytes(Fp256::kBytes);
  for (std::size_t i = 0; i < receiver.choices_.size(); ++i) {
    const std::size_t j = i % kOleTransfers;
    if (j == 0) numbers[i / kOleTransfers].Store(bytes.data());
    const unsigned choice = (bytes[Fp256::kBytes - 1 - j / 8] >> (j % 8)) & 1u;
    receiver.choices_[i] = static_cast<std::uint8_t>(choice);
    receiver.message_[i / 8] |= static_cast<std::uint8_t>((choice ^ correlations.bits[i]) << (i % 8));
  }
  return receiver;
}

Result<Buffer<Fp256>> OleReceiver::Finish(ByteSpan sender_message) && {
  RETURN_IF_ERROR(CheckLength(sender_message, choices_.size() * Fp256::kBytes));
  Buffer<Fp256> shares(choices_.size() / kOleTransfers);
  PadHash pad(session_);
  Buffer<Fp256> transfers(kOleTransfers);
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    const auto correction = Fp256::Load(sender_message.data() + i * Fp256::kBytes);
    if (!correction) {
      return Fail(ErrorCode::kProtocolViolation, "an OLE message holds a number that is not below the prime");
    }
    // t_j = pad_0 + b_j * a
    transfers[i % kOleTransfers] = pad(i, macs_[i]) + correction->Times(choices_[i]);
    if ((i + 1) % kOleTransfers == 0) shares[i / kOleTransfers] = WeightedSum(transfers);
  }
  return shares;
}

}  // namespace mpcstats
