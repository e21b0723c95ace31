// From shares of a point to shares of its x coordinate: each end has a point of P-256, and they obtain s_P + s_N =
// x(V_P + V_N) modulo p. The ends are the sender and the receiver of the OLE beneath.
//
//   // each end, with material made ahead (ec_to_field_material.h)
//   EcToField conversion = *EcToField::Start(std::move(material), session, context, point);  message()  <-> (96)
//   Bytes second = *conversion.Answer(message);                                              second     <-> (64)
//   Bytes third = *conversion.Answer(message);                                               third      <-> (64)
//   ConvertedPoint converted = *std::move(conversion).Finish(message);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/ole/ec_to_field_material.h"
#include "mpcstats/zktls/tls/p256.h"

namespace mpcstats {

inline constexpr std::size_t kEcToFieldRounds = 3;
/// An opening: two elements or one, and the hash of everything that was said before.
inline constexpr std::array<std::size_t, kEcToFieldRounds> kEcToFieldOpeningBytes{96, 64, 64};
/// The masks of one end, when it opens them.
inline constexpr std::size_t kEcToFieldMaskBytes = 4 * Fp256::kBytes;

/// The outcome: a share, and what it takes to open it to the other end or to check what the other end opens.
class ConvertedPoint {
 public:
  /// 32 bytes, big-endian, below p.
  [[nodiscard]] const Secret<Bytes32>& share() const { return share_; }
  /// False once it was moved away.
  [[nodiscard]] bool held() const { return material_.fresh(); }
  /// This end's masks, kEcToFieldMaskBytes. Only when neither share is needed any more.
  [[nodiscard]] Buffer<std::uint8_t> OpenMasks() const;
  /// Whether the other end, with these masks and this point, must have sent exactly what it sent, and has `share`.
  ///
  /// Errors:   kProtocolViolation for masks of another length or not canonical; kCheatingDetected.
  [[nodiscard]] Status CheckPeer(ByteSpan masks, const Secret<EcCoordinates>& point,
                                 const Secret<Bytes32>& share) const;

 private:
  friend class EcToField;
  ConvertedPoint(EcToFieldMaterial material, const Bytes32& context)
      : material_(std::move(material)), context_(context) {}

  EcToFieldMaterial material_;
  Bytes32 context_;
  std::array<Bytes, kEcToFieldRounds> sent_;
  std::array<Bytes, kEcToFieldRounds> received_;
  Secret<Bytes32> share_;
};

/// One end of a conversion: three simultaneous openings.
///
/// Cost:     about 30 us and 224 bytes each way; three rounds.
/// Security: an end that follows learns nothing but its share, whatever the other does: each of its openings is masked by
///           a number of its own (b, c and r) or by the other end's share of a product; w = a * (x_N - x_P) is uniform
///           but for being zero. A peer can make the sum of the shares another number, and by per-bit errors in the OLE
///           make that depend on k bits of masks, which it has to guess: with probability 1 - 2^-k the sum is wrong
///           and the TLS handshake on it fails. The result is therefore unverified: docs/zktls.md, "MPC mode", has the
///           lemma, and KeyExchange checks the notary's side after close. The masks serve one session alone.
///           Each message carries a hash of session, context and all openings so far: ends that are not in the same
///           conversion notice before anything else is opened.
/// Errors:   kInvalidArgument for material that was used, that is another session's, or of the same end; out of turn.
///           kProtocolViolation for a message of another length or a number that is p or more. kCheatingDetected when
///           the hash differs, or when w is zero: the x coordinates are equal, so the sum of the points is infinity or a
///           doubling, or somebody chose it. After an error the conversion is over.
/// Source:   Zhang and others, DECO, CCS 2020 (ECtF), with the products in the order of Xie and others, Garble-then-Prove,
///           USENIX Security 2024. The hashes and the check after opening are ours.
class EcToField {
 public:
  /// `context` is public and the same at both ends: what the conversion is for.
  [[nodiscard]] static Result<EcToField> Start(EcToFieldMaterial material, const Bytes32& session,
                                               const Bytes32& context, const Secret<EcCoordinates>& point);
  /// The first opening.
  [[nodiscard]] const Bytes& message() const { return result_.sent_[0]; }
  /// Takes the other end's first or second opening; out comes the next one.
  [[nodiscard]] Result<Bytes> Answer(ByteSpan opening);
  /// Takes the third.
  [[nodiscard]] Result<ConvertedPoint> Finish(ByteSpan opening) &&;

 private:
  struct Numbers {
    EcToFieldShares shares;
    Fp256 dx, dy, x;  ///< share of the differences; the end's own coordinate
    Fp256 ay;         ///< share of a * (y_N - y_P)
    Fp256 said[2];    ///< own shares of what is being opened
  };
  EcToField(EcToFieldMaterial material, const Bytes32& context)
      : result_(std::move(material), context), numbers_(1) {}
  const Bytes& Say(std::initializer_list<Fp256> elements);
  Result<std::array<Fp256, 2>> Hear(ByteSpan opening);
  [[nodiscard]] Bytes32 HashBefore(EcToFieldEnd speaker, std::size_t step) const;
  std::unexpected<Error> Break(ErrorCode code, const char* what);

  ConvertedPoint result_;
  Buffer<Numbers> numbers_;
  std::size_t step_ = 0;  ///< openings of the other end so far
  bool failed_ = false;
};

}  // namespace mpcstats
