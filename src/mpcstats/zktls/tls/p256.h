// Ephemeral keys and Diffie-Hellman on P-256 (SEC 1, FIPS 186-4), on OpenSSL's constant-time group.
#pragma once

#include <array>
#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"

namespace mpcstats {

/// A point in uncompressed form: 04 | x | y.
using EcPoint = std::array<std::uint8_t, 65>;

/// The point that `bytes` are: exactly 65 bytes, first 04, coordinates below p, on the curve. P-256 has prime order, so
/// such a point is in the right group; infinity has no such form.
/// Errors:   kProtocolViolation with the rest of a sentence ("... has 33 bytes where ...").
[[nodiscard]] Result<EcPoint> ParseEcPoint(ByteSpan bytes);

/// Both coordinates of a point that is secret, 32 bytes each, big-endian.
struct EcCoordinates {
  Bytes32 x;
  Bytes32 y;
};

/// The sum of two public points.
/// Errors:   kProtocolViolation when one is not on the curve, or the sum is infinity.
[[nodiscard]] Result<EcPoint> AddEcPoints(const EcPoint& a, const EcPoint& b);

class EcKey {
 public:
  /// A scalar uniform in 1..n-1, by rejection from `rng`.
  [[nodiscard]] static EcKey Generate(Rng& rng);
  /// For known vectors. Errors: kInvalidArgument when the scalar is 0 or not below the group's order.
  [[nodiscard]] static Result<EcKey> FromScalar(const Secret<Bytes32>& scalar);

  [[nodiscard]] const EcPoint& point() const { return point_; }
  /// The x coordinate of scalar * `peer`, 32 bytes: the premaster secret of TLS 1.2 (RFC 8422 section 5.10).
  ///
  /// Cost:     about 60 us. Security: constant time in the scalar.
  /// Errors:   kProtocolViolation when `peer` is not on the curve.
  [[nodiscard]] Result<Secret<Bytes32>> SharedX(const EcPoint& peer) const;
  /// scalar * `peer`, which is never infinity. Cost, security and errors as for SharedX.
  [[nodiscard]] Result<Secret<EcCoordinates>> SharedPoint(const EcPoint& peer) const;
  /// For a key that is opened to somebody.
  [[nodiscard]] const Secret<Bytes32>& scalar() const { return scalar_; }

 private:
  EcKey() = default;

  Secret<Bytes32> scalar_;
  EcPoint point_{};
};

}  // namespace mpcstats
