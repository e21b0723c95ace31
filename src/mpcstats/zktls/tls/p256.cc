#include "mpcstats/zktls/tls/p256.h"

#include <fmt/core.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include <memory>

#include "mpcstats/base/check.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/openssl_ptr.h"

namespace mpcstats {
namespace {

using BnPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_clear_free>>;
using BnContextPtr = std::unique_ptr<BN_CTX, OpenSslDeleter<BN_CTX_free>>;
using PointPtr = std::unique_ptr<EC_POINT, OpenSslDeleter<EC_POINT_clear_free>>;

constexpr int kFieldBytes = 32;

const EC_GROUP* Group() {
  static const EC_GROUP* const kGroup = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  CHECK(kGroup != nullptr);
  return kGroup;
}

// OpenSSL's own context wipes its numbers when it was made as a secure one.
BnContextPtr NewContext() {
  BnContextPtr context(BN_CTX_secure_new());
  CHECK(context);
  return context;
}

BnPtr ScalarOf(const Bytes32& raw) {
  BnPtr number(BN_bin2bn(raw.data(), kFieldBytes, nullptr));
  CHECK(number);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

bool InRange(const BIGNUM* scalar) {
  constexpr const char* kWhy = "which draw is thrown away says nothing about the one that is kept";
  return ct::Declassify(BN_is_zero(scalar), kWhy) == 0 &&
         ct::Declassify(BN_cmp(scalar, EC_GROUP_get0_order(Group())), kWhy) < 0;
}

PointPtr NewPoint() {
  PointPtr point(EC_POINT_new(Group()));
  CHECK(point);
  return point;
}

EcPoint Encode(const EC_POINT* point, BN_CTX* context) {
  EcPoint out{};
  CHECK(EC_POINT_point2oct(Group(), point, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(), context) ==
        out.size());
  return out;
}

EcPoint PublicPoint(const Bytes32& raw) {
  const BnContextPtr context = NewContext();
  const BnPtr scalar = ScalarOf(raw);
  const PointPtr point = NewPoint();
  CHECK(EC_POINT_mul(Group(), point.get(), scalar.get(), nullptr, nullptr, context.get()) == 1);
  return Encode(point.get(), context.get());
}

// EC_POINT_oct2point refuses coordinates that are not below p and points that are not on the curve.
Result<PointPtr> Decode(const EcPoint& bytes, BN_CTX* context) {
  PointPtr point = NewPoint();
  if (bytes[0] != POINT_CONVERSION_UNCOMPRESSED ||
      EC_POINT_oct2point(Group(), point.get(), bytes.data(), bytes.size(), context) != 1 ||
      EC_POINT_is_at_infinity(Group(), point.get()) == 1) {
    ERR_clear_error();
    return Fail(ErrorCode::kProtocolViolation, "is not a point of the curve P-256");
  }
  return point;
}

}  // namespace

Result<EcPoint> ParseEcPoint(ByteSpan bytes) {
  EcPoint point{};
  if (bytes.size() != point.size() || bytes[0] != POINT_CONVERSION_UNCOMPRESSED) {
    return Fail(
        ErrorCode::kProtocolViolation,
        fmt::format("has {} bytes{} where an uncompressed point of P-256 has 65 and starts with 04",
                    bytes.size(), bytes.empty() ? "" : fmt::format(" and starts with {:02x}", bytes[0])));
  }
  std::copy(bytes.begin(), bytes.end(), point.begin());
  const BnContextPtr context = NewContext();
  RETURN_IF_ERROR(Decode(point, context.get()));
  return point;
}

EcKey EcKey::Generate(Rng& rng) {
  for (;;) {
    Bytes32 raw;
    rng.Fill(raw);
    Result<EcKey> key = FromScalar(Secret<Bytes32>(raw));
    SecureWipe(raw.data(), raw.size());
    if (key) return std::move(*key);
  }
}

Result<EcKey> EcKey::FromScalar(const Secret<Bytes32>& scalar) {
  return scalar.With(SecretAccess("P-256 key pair"), [](const Bytes32& raw) -> Result<EcKey> {
    if (!InRange(ScalarOf(raw).get())) {
      return Fail(ErrorCode::kInvalidArgument,
                  "a scalar of P-256 is at least 1 and below the order of the group");
    }
    EcKey key;
    key.scalar_ = Secret<Bytes32>(raw);
    key.point_ = ct::Declassify(PublicPoint(raw), "the public half of the key");
    return key;
  });
}

Result<EcPoint> AddEcPoints(const EcPoint& a, const EcPoint& b) {
  const BnContextPtr context = NewContext();
  ASSIGN_OR_RETURN(const PointPtr first, Decode(a, context.get()));
  ASSIGN_OR_RETURN(const PointPtr second, Decode(b, context.get()));
  const PointPtr sum = NewPoint();
  CHECK(EC_POINT_add(Group(), sum.get(), first.get(), second.get(), context.get()) == 1);
  if (EC_POINT_is_at_infinity(Group(), sum.get()) == 1) {
    return Fail(ErrorCode::kProtocolViolation, "is the negative of the other point of P-256");
  }
  return Encode(sum.get(), context.get());
}

Result<Secret<EcCoordinates>> EcKey::SharedPoint(const EcPoint& peer) const {
  const BnContextPtr context = NewContext();
  ASSIGN_OR_RETURN(const PointPtr point, Decode(peer, context.get()));
  return scalar_.With(
      SecretAccess("P-256 Diffie-Hellman"), [&](const Bytes32& raw) -> Result<Secret<EcCoordinates>> {
        const BnPtr scalar = ScalarOf(raw);
        const PointPtr shared = NewPoint();
        const BnPtr x(BN_secure_new());
        const BnPtr y(BN_secure_new());
        CHECK(x && y);
        CHECK(EC_POINT_mul(Group(), shared.get(), nullptr, point.get(), scalar.get(), context.get()) == 1);
        // The order is prime and the scalar is neither 0 nor a multiple of it: the product is no infinity.
        CHECK(ct::Declassify(EC_POINT_is_at_infinity(Group(), shared.get()), "never") == 0);
        CHECK(EC_POINT_get_affine_coordinates(Group(), shared.get(), x.get(), y.get(), context.get()) == 1);
        EcCoordinates out;
        CHECK(BN_bn2binpad(x.get(), out.x.data(), kFieldBytes) == kFieldBytes);
        CHECK(BN_bn2binpad(y.get(), out.y.data(), kFieldBytes) == kFieldBytes);
        Secret<EcCoordinates> result(out);
        SecureWipe(&out, sizeof(out));
        return result;
      });
}

Result<Secret<Bytes32>> EcKey::SharedX(const EcPoint& peer) const {
  ASSIGN_OR_RETURN(const Secret<EcCoordinates> shared, SharedPoint(peer));
  return shared.With(SecretAccess("P-256 Diffie-Hellman"),
                     [](const EcCoordinates& point) { return Secret<Bytes32>(point.x); });
}

}  // namespace mpcstats
