#include "mpcstats/zktls/ot/base_ot.h"

#include <sodium.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

using Point = Bytes32;
static_assert(crypto_core_ristretto255_BYTES == sizeof(Point) && crypto_core_ristretto255_SCALARBYTES == 32);

void StartSodium() {
  static const bool started = sodium_init() >= 0;
  CHECK(started);
}

Bytes32 RandomScalar(Rng& rng) {
  std::uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];
  rng.Fill(wide);
  Bytes32 scalar;
  crypto_core_ristretto255_scalar_reduce(scalar.data(), wide);
  SecureWipe(wide, sizeof(wide));
  return scalar;
}

Point BaseTimes(const Bytes32& scalar) {
  Point out;
  // Fails for the scalar zero alone, which is not drawn in a lifetime.
  const int failed = crypto_scalarmult_ristretto255_base(out.data(), scalar.data());
  CHECK(ct::Declassify(failed, "stops the process") == 0);
  return out;
}

Point RandomPoint(Rng& rng) {
  std::uint8_t uniform[crypto_core_ristretto255_HASHBYTES];
  rng.Fill(uniform);
  Point out;
  crypto_core_ristretto255_from_hash(out.data(), uniform);
  return out;
}

/// H_{i,choice}(other point): what the point of that choice is masked with. Two halves of SHA-256 make the 64 uniform
/// bytes that the map to the group wants.
Point MaskPoint(const Bytes32& session, std::size_t index, std::uint64_t choice, const Point& other) {
  std::uint8_t uniform[crypto_core_ristretto255_HASHBYTES];
  for (std::uint64_t half = 0; half < 2; ++half) {
    const Bytes32 digest = Sha256Stream("mpcstats/v1/zktls/ot/point")
                               .Add(session)
                               .AddU64(index)
                               .AddU64(choice)
                               .AddU64(half)
                               .Add(other)
                               .Finish();
    std::ranges::copy(digest, uniform + 32 * half);
  }
  Point out;
  crypto_core_ristretto255_from_hash(out.data(), uniform);
  return out;
}

OtKey KeyOf(const Bytes32& session, std::size_t index, std::uint64_t choice, ByteSpan points,
            ByteSpan sender_point, const Point& product) {
  const Bytes32 digest = Sha256Stream("mpcstats/v1/zktls/ot/key")
                             .Add(session)
                             .AddU64(index)
                             .AddU64(choice)
                             .Add(points)
                             .Add(sender_point)
                             .Add(product)
                             .Finish();
  OtKey key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

/// a and b exchanged when `bit` is 1; no branch.
void SwapIf(std::uint64_t bit, Point& a, Point& b) {
  const auto mask = static_cast<std::uint8_t>(ct::Mask(bit));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto difference = static_cast<std::uint8_t>(mask & (a[i] ^ b[i]));
    a[i] ^= difference;
    b[i] ^= difference;
  }
}

std::unexpected<Error> BadPoint() {
  return Fail(ErrorCode::kProtocolViolation,
              "a point of an oblivious transfer is not a valid one of ristretto255");
}

}  // namespace

OtSender OtSender::Create(const Bytes32& session, Rng& rng) {
  StartSodium();
  OtSender sender(session);
  const Bytes32 scalar = RandomScalar(rng);
  const Point point = BaseTimes(scalar);
  sender.scalar_ = Secret<Bytes32>(scalar);
  sender.message_.assign(point.begin(), point.end());
  return sender;
}

Result<OtKeyPairs> OtSender::Finish(ByteSpan receiver_message) && {
  if (receiver_message.size() != kOtReceiverBytes) {
    return Fail(ErrorCode::kProtocolViolation,
                "the receiver's message of the oblivious transfers has 8,192 bytes");
  }
  OtKeyPairs pairs(kBaseOts);
  for (std::size_t i = 0; i < kBaseOts; ++i) {
    const ByteSpan both = receiver_message.subspan(2 * kOtPointBytes * i, 2 * kOtPointBytes);
    Point points[2];
    std::copy_n(both.begin(), kOtPointBytes, points[0].begin());
    std::copy_n(both.begin() + kOtPointBytes, kOtPointBytes, points[1].begin());
    for (const Point& point : points) {
      if (crypto_core_ristretto255_is_valid_point(point.data()) != 1) return BadPoint();
    }
    for (std::uint64_t choice = 0; choice < 2; ++choice) {
      // The receiver's public key of this choice, r_c + H(r_{1-c}); it knows the discrete logarithm of one of them.
      const Point mask = MaskPoint(session_, i, choice, points[1 - choice]);
      Point key;
      Point product;
      if (crypto_core_ristretto255_add(key.data(), points[choice].data(), mask.data()) != 0)
        return BadPoint();
      const bool valid = scalar_.With(SecretAccess("Diffie-Hellman"), [&](const Bytes32& scalar) {
        const int failed = crypto_scalarmult_ristretto255(product.data(), scalar.data(), key.data());
        return ct::Declassify(failed, "the product is the identity because the receiver's points are") == 0;
      });
      if (!valid) return BadPoint();
      pairs[i][choice] = KeyOf(session_, i, choice, both, message_, product);
      SecureWipe(product.data(), product.size());
    }
  }
  return pairs;
}

OtReceiver OtReceiver::Create(const Bytes32& session, const Secret<OtChoices>& choices, Rng& rng) {
  StartSodium();
  OtReceiver receiver(session);
  choices.With(SecretAccess("which point has a known logarithm"), [&](const OtChoices& bits) {
    receiver.choices_ = Secret<OtChoices>(bits);
    for (std::size_t i = 0; i < kBaseOts; ++i) {
      const std::uint64_t choice = (bits[i / 8] >> (i % 8)) & 1u;
      receiver.scalars_[i] = RandomScalar(rng);
      // r_{1-c} is random, r_c = t*G - H(r_{1-c}).
      Point other = RandomPoint(rng);
      const Point mask = MaskPoint(session, i, choice, other);
      const Point key = BaseTimes(receiver.scalars_[i]);
      Point chosen;
      const int failed = crypto_core_ristretto255_sub(chosen.data(), key.data(), mask.data());
      CHECK(ct::Declassify(failed, "stops the process") == 0);
      SwapIf(choice, chosen, other);
      receiver.message_.insert(receiver.message_.end(), chosen.begin(), chosen.end());
      receiver.message_.insert(receiver.message_.end(), other.begin(), other.end());
    }
  });
  return receiver;
}

Result<OtKeys> OtReceiver::Finish(ByteSpan sender_message) && {
  if (sender_message.size() != kOtSenderBytes) {
    return Fail(ErrorCode::kProtocolViolation,
                "the sender's message of the oblivious transfers has 32 bytes");
  }
  if (crypto_core_ristretto255_is_valid_point(sender_message.data()) != 1) return BadPoint();
  OtKeys keys(kBaseOts);
  bool valid = true;
  choices_.With(SecretAccess("the chosen keys"), [&](const OtChoices& bits) {
    for (std::size_t i = 0; i < kBaseOts; ++i) {
      const std::uint64_t choice = (bits[i / 8] >> (i % 8)) & 1u;
      Point product;
      // Fails for the identity, whatever the choice.
      const int failed =
          crypto_scalarmult_ristretto255(product.data(), scalars_[i].data(), sender_message.data());
      valid &= ct::Declassify(failed, "the product is the identity because the sender's point is") == 0;
      const ByteSpan both = ByteSpan(message_).subspan(2 * kOtPointBytes * i, 2 * kOtPointBytes);
      keys[i] = KeyOf(session_, i, choice, both, sender_message, product);
      SecureWipe(product.data(), product.size());
    }
  });
  if (!valid) return BadPoint();
  return keys;
}

}  // namespace mpcstats
