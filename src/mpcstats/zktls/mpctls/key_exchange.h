// The key exchange of TLS 1.2 with the client's key in two shares: d_P at the prover, d_N at the notary. The server sees
// the point Q_P + Q_N; the premaster secret is s_P + s_N modulo p, and neither end has it before the notary opens d_N.
//
//   // offline, with material of zktls/ole; may be long before there is a connection
//   N  NotaryKeyShare notary = *NotaryKeyShare::Create(session, material, key);               notary.point()   -> P  (65 bytes)
//   P  ProverKeyShare prover = *ProverKeyShare::Create(session, material, point, rng);
//   // online; the prover's client_point() goes to notary and server
//   P  ProverConversion conversion = *std::move(prover).Start(server_point);                  message() <-> N  (three times)
//   N  NotaryConversion conversion = *std::move(notary).Start(client_point, server_point);
//   P  ConvertedProverKey key = *std::move(conversion).Finish(third);                                  commits to key.share()
//   N  ConvertedNotaryKey key = *std::move(conversion).Finish(third);
//   // after close, and not before
//   N  std::move(key).Open()                                                                  -> P  (192 bytes)
//   P  OpenedKey opened = *std::move(key).CheckOpening(message);                              the premaster secret
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/ole/ec_to_field.h"
#include "mpcstats/zktls/tls/p256.h"

namespace mpcstats {

/// d_N, s_N, and the masks of the conversion.
inline constexpr std::size_t kKeyOpeningBytes = 32 + 32 + kEcToFieldMaskBytes;

/// The public values of an exchange. They go into every opening of the conversion, with the session.
struct KeyExchangePoints {
  EcPoint notary{};  ///< Q_N
  EcPoint client{};  ///< Q_P + Q_N
  EcPoint server{};  ///< Q_S, of the server's signed parameters
};

/// The notary's key after the conversion: its share of the premaster secret, and d_N until it is opened.
class ConvertedNotaryKey {
 public:
  /// s_N, 32 bytes, big-endian, below p.
  [[nodiscard]] const Secret<Bytes32>& share() const { return converted_.share(); }
  /// What tells the prover d_N, s_N and the masks: kKeyOpeningBytes. The key ends with it.
  ///
  /// Security: only once the log is frozen; with the prover's share it gives the keys of the connection.
  /// Errors:   kInvalidArgument when it was opened before.
  [[nodiscard]] Result<Buffer<std::uint8_t>> Open() &&;

 private:
  friend class NotaryConversion;
  ConvertedNotaryKey(EcKey own, ConvertedPoint converted)
      : own_(std::move(own)), converted_(std::move(converted)) {}
  EcKey own_;
  ConvertedPoint converted_;
};

/// What the prover knows at the end.
struct OpenedKey {
  Secret<Bytes32> notary_share;      ///< s_N
  Secret<Bytes32> premaster_secret;  ///< x(d_S * (Q_P + Q_N)) = s_P + s_N modulo p
};

/// The prover's key after the conversion.
class ConvertedProverKey {
 public:
  /// s_P, as ConvertedNotaryKey::share. To be committed to before anything is computed from it.
  [[nodiscard]] const Secret<Bytes32>& share() const { return converted_.share(); }
  [[nodiscard]] const KeyExchangePoints& points() const { return points_; }
  /// Checks Q_N = d_N * G, s_P + s_N = x(d_P * Q_S + d_N * Q_S), and that with d_N and these masks the notary must have sent
  /// in each round exactly what it sent.
  ///
  /// Cost:     about 0.3 ms.
  /// Errors:   kProtocolViolation for another length, a scalar that is 0 or not below the order, a number that is p or more;
  ///           kCheatingDetected for anything that does not fit; kInvalidArgument the second time.
  [[nodiscard]] Result<OpenedKey> CheckOpening(ByteSpan opening) &&;

 private:
  friend class ProverConversion;
  ConvertedProverKey(const KeyExchangePoints& points, EcKey own, ConvertedPoint converted)
      : points_(points), own_(std::move(own)), converted_(std::move(converted)) {}
  KeyExchangePoints points_;
  EcKey own_;
  ConvertedPoint converted_;
};

/// Three rounds, as EcToField, which has cost, security and errors.
class NotaryConversion {
 public:
  [[nodiscard]] const Bytes& message() const { return conversion_.message(); }
  [[nodiscard]] Result<Bytes> Answer(ByteSpan opening) { return conversion_.Answer(opening); }
  [[nodiscard]] Result<ConvertedNotaryKey> Finish(ByteSpan opening) &&;

 private:
  friend class NotaryKeyShare;
  NotaryConversion(EcKey own, EcToField conversion)
      : own_(std::move(own)), conversion_(std::move(conversion)) {}
  EcKey own_;
  EcToField conversion_;
};

class ProverConversion {
 public:
  [[nodiscard]] const Bytes& message() const { return conversion_.message(); }
  [[nodiscard]] Result<Bytes> Answer(ByteSpan opening) { return conversion_.Answer(opening); }
  [[nodiscard]] Result<ConvertedProverKey> Finish(ByteSpan opening) &&;

 private:
  friend class ProverKeyShare;
  ProverConversion(const KeyExchangePoints& points, EcKey own, EcToField conversion)
      : points_(points), own_(std::move(own)), conversion_(std::move(conversion)) {}
  KeyExchangePoints points_;
  EcKey own_;
  EcToField conversion_;
};

/// The notary's half before the connection. Bound to a session, good for one exchange: Start ends it.
///
/// Security: Q_N is published before the prover's point exists here, so it cannot be made from it: a notary with Q_N = X -
///           Q_P would hold the premaster secret alone. A prover with Q_P = X - Q_N holds one that fits no share.
class NotaryKeyShare {
 public:
  /// Errors: kInvalidArgument for material of another session, of the prover's end, or used.
  [[nodiscard]] static Result<NotaryKeyShare> Create(const Bytes32& session, EcToFieldMaterial material,
                                                     EcKey own);
  /// Q_N.
  [[nodiscard]] const EcPoint& point() const { return own_.point(); }
  /// The points as the prover and the server's signed parameters have them.
  ///
  /// Errors: kProtocolViolation, before any secret meets them, for points that are not 65 bytes, uncompressed, on the
  ///         curve, and for a client point that is Q_N itself: then Q_P is infinity. kInvalidArgument the second time.
  [[nodiscard]] Result<NotaryConversion> Start(ByteSpan client_point, ByteSpan server_point) &&;

 private:
  NotaryKeyShare(EcToFieldMaterial material, EcKey own)
      : material_(std::move(material)), own_(std::move(own)) {}
  EcToFieldMaterial material_;
  EcKey own_;
};

/// The prover's half before the connection.
class ProverKeyShare {
 public:
  /// Draws d_P. Errors: kInvalidArgument as NotaryKeyShare; kProtocolViolation when `notary_point` is no point of P-256.
  [[nodiscard]] static Result<ProverKeyShare> Create(const Bytes32& session, EcToFieldMaterial material,
                                                     ByteSpan notary_point, Rng& rng);
  /// Q_P + Q_N: the public key of the ClientKeyExchange.
  [[nodiscard]] const EcPoint& client_point() const { return points_.client; }
  /// Errors: kProtocolViolation and kInvalidArgument as for the notary.
  [[nodiscard]] Result<ProverConversion> Start(ByteSpan server_point) &&;

 private:
  ProverKeyShare(EcToFieldMaterial material, EcKey own, const KeyExchangePoints& points)
      : material_(std::move(material)), own_(std::move(own)), points_(points) {}
  EcToFieldMaterial material_;
  EcKey own_;
  KeyExchangePoints points_;
};

}  // namespace mpcstats
