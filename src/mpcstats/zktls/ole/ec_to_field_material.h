// What a conversion of points to shares of an x coordinate (ec_to_field.h) uses up: masks of both ends and products of them.
//
//   N  EcToFieldSetup setup = *EcToFieldSetup::Create(session, correlations, rng);           setup.message()  -> P  (160 bytes)
//   P  EcToFieldSender made = *MakeEcToField(session, correlations, setup.message(), rng);   made.message     -> N  (40,960)
//   N  EcToFieldMaterial material = *std::move(setup).Finish(message);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/zktls/ole/fp_ole.h"

namespace mpcstats {

/// Products of one conversion, and the correlations they take.
inline constexpr std::size_t kEcToFieldProducts = 5;
inline constexpr std::size_t kEcToFieldCorrelations = kEcToFieldProducts * kOleTransfers;

/// Which end of the OLE.
enum class EcToFieldEnd : std::uint8_t { kSender, kReceiver };

/// One end's random numbers: a masks the difference of the x coordinates multiplicatively, b and c mask the differences
/// of x and y, r masks the slope.
struct EcToFieldMasks {
  Fp256 a, b, c, r;
};
/// One end's shares of them and of the products a*b, a*c and r*r.
struct EcToFieldShares {
  EcToFieldMasks mask;
  Fp256 ab, ac, rr;
};

/// What one conversion uses up. Bound to its session, made ahead, good for one use: who starts with it ends it.
class EcToFieldMaterial {
 public:
  EcToFieldMaterial(EcToFieldMaterial&&) noexcept = default;
  EcToFieldMaterial& operator=(EcToFieldMaterial&&) noexcept = default;
  [[nodiscard]] const Bytes32& session() const { return session_; }
  [[nodiscard]] EcToFieldEnd end() const { return end_; }
  /// False once it was used or moved away.
  [[nodiscard]] bool fresh() const { return shares_ != nullptr; }

  /// For the two functions below, and for tests.
  EcToFieldMaterial(const Bytes32& session, EcToFieldEnd end, const EcToFieldShares& shares)
      : session_(session), end_(end), shares_(std::make_unique<Secret<EcToFieldShares>>(shares)) {}

 private:
  friend class EcToField;
  friend class ConvertedPoint;

  Bytes32 session_;
  EcToFieldEnd end_;
  std::unique_ptr<Secret<EcToFieldShares>> shares_;
};

struct EcToFieldSender {
  Bytes message;
  EcToFieldMaterial material;
};
/// The sender's half of the preparation.
/// Cost:     five products (SendOle). Security, errors: SendOle.
[[nodiscard]] Result<EcToFieldSender> MakeEcToField(const Bytes32& session, VerifierCorrelations correlations,
                                                    ByteSpan receiver_message, Rng& rng);

/// The receiver's half. Cost, security, errors: OleReceiver.
class EcToFieldSetup {
 public:
  [[nodiscard]] static Result<EcToFieldSetup> Create(const Bytes32& session, ProverCorrelations correlations,
                                                     Rng& rng);
  [[nodiscard]] const Bytes& message() const { return receiver_.message(); }
  [[nodiscard]] Result<EcToFieldMaterial> Finish(ByteSpan sender_message) &&;

 private:
  EcToFieldSetup(const Bytes32& session, const EcToFieldMasks& masks, OleReceiver receiver)
      : session_(session), masks_(masks), receiver_(std::move(receiver)) {}

  Bytes32 session_;
  Secret<EcToFieldMasks> masks_;
  OleReceiver receiver_;
};

}  // namespace mpcstats
