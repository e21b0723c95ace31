#include "mpcstats/zktls/ole/ec_to_field.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHashBytes = sizeof(Bytes32);

EcToFieldEnd Other(EcToFieldEnd end) {
  return end == EcToFieldEnd::kSender ? EcToFieldEnd::kReceiver : EcToFieldEnd::kSender;
}

// Coordinates come from our own curve arithmetic: they are below p.
Fp256 Coordinate(const Bytes32& bytes) {
  const auto element = Fp256::Load(bytes.data());
  CHECK(element);
  return *element;
}

}  // namespace

Result<EcToField> EcToField::Start(EcToFieldMaterial material, const Bytes32& session, const Bytes32& context,
                                   const Secret<EcCoordinates>& point) {
  if (!material.fresh()) {
    return Fail(ErrorCode::kInvalidArgument, "this material of a key exchange was used already");
  }
  if (material.session() != session) {
    return Fail(ErrorCode::kInvalidArgument, "this material of a key exchange belongs to another session");
  }
  EcToField conversion(std::move(material), context);
  Numbers& n = conversion.numbers_[0];
  conversion.result_.material_.shares_->With(SecretAccess("EC-to-field conversion"),
                                             [&](const EcToFieldShares& shares) { n.shares = shares; });
  const bool subtract = conversion.result_.material_.end_ == EcToFieldEnd::kSender;
  point.With(SecretAccess("EC-to-field conversion"), [&](const EcCoordinates& own) {
    n.x = Coordinate(own.x);
    const Fp256 y = Coordinate(own.y);
    // The ends' shares of x_N - x_P and y_N - y_P.
    n.dx = subtract ? -n.x : n.x;
    n.dy = subtract ? -y : y;
  });
  conversion.Say({n.dx - n.shares.mask.b, n.dy - n.shares.mask.c});
  return conversion;
}

Result<Bytes> EcToField::Answer(ByteSpan opening) {
  ASSIGN_OR_RETURN(const auto heard, Hear(opening));
  Numbers& n = numbers_[0];
  const EcToFieldMasks& mask = n.shares.mask;
  if (step_ == 1) {
    const Fp256 d = n.said[0] + heard[0];  // x_N - x_P - b
    const Fp256 e = n.said[1] + heard[1];  // y_N - y_P - c
    n.ay = e * mask.a + n.shares.ac;       // a * (y_N - y_P)
    return Say({d * mask.a + n.shares.ab});
  }
  if (step_ == 2) {
    const Fp256 w = n.said[0] + heard[0];  // a * (x_N - x_P)
    if (ct::Declassify(w.IsZero(), "w is opened to both ends") != 0) {
      return Break(ErrorCode::kCheatingDetected, "the points cannot be added");
    }
    return Say({w.Inverse() * n.ay - mask.r});  // the slope, less r
  }
  return Break(ErrorCode::kInvalidArgument, "the third opening of a conversion is its last");
}

Result<ConvertedPoint> EcToField::Finish(ByteSpan opening) && {
  ASSIGN_OR_RETURN(const auto heard, Hear(opening));
  if (step_ != kEcToFieldRounds) {
    return Break(ErrorCode::kInvalidArgument, "a conversion takes three openings");
  }
  const Numbers& n = numbers_[0];
  const Fp256 f = n.said[0] + heard[0];
  // slope^2 = (f + r)^2 = 2 f r + r^2 + f^2; x = slope^2 - x_P - x_N
  const Fp256 square = f * f;
  const bool adds = result_.material_.end_ == EcToFieldEnd::kSender;
  const Fp256 share = (f + f) * n.shares.mask.r + n.shares.rr + (adds ? square : Fp256()) - n.x;
  Bytes32 bytes;
  share.Store(bytes.data());
  result_.share_ = Secret<Bytes32>(bytes);
  SecureWipe(bytes.data(), bytes.size());
  return std::move(result_);
}

const Bytes& EcToField::Say(std::initializer_list<Fp256> elements) {
  Bytes message(elements.size() * Fp256::kBytes + kHashBytes);
  std::size_t i = 0;
  for (const Fp256& element : elements) {
    numbers_[0].said[i] = element;
    element.Store(message.data() + i++ * Fp256::kBytes);
  }
  const Bytes32 hash = HashBefore(result_.material_.end_, step_);
  std::ranges::copy(hash, message.end() - kHashBytes);
  ct::DeclassifyBytes(message.data(), message.size());  // it leaves
  return result_.sent_[step_] = std::move(message);
}

Result<std::array<Fp256, 2>> EcToField::Hear(ByteSpan opening) {
  if (failed_ || step_ == kEcToFieldRounds) {
    return Fail(ErrorCode::kInvalidArgument, "this conversion is over");
  }
  if (opening.size() != kEcToFieldOpeningBytes[step_]) {
    return Break(ErrorCode::kProtocolViolation, "an opening of a conversion has another length");
  }
  const std::size_t count = opening.size() / Fp256::kBytes - 1;
  std::array<Fp256, 2> elements;
  for (std::size_t i = 0; i < count; ++i) {
    const auto element = Fp256::Load(opening.data() + i * Fp256::kBytes);
    if (!element) {
      return Break(ErrorCode::kProtocolViolation, "an opening holds a number that is not below the prime");
    }
    elements[i] = *element;
  }
  const Bytes32 hash = HashBefore(Other(result_.material_.end_), step_);
  if (!std::ranges::equal(opening.last(kHashBytes), hash)) {
    return Break(ErrorCode::kCheatingDetected, "an opening belongs to another conversion");
  }
  result_.received_[step_++].assign(opening.begin(), opening.end());
  return elements;
}

Bytes32 EcToField::HashBefore(EcToFieldEnd speaker, std::size_t step) const {
  Sha256Stream hash("mpcstats/v1/zktls/ec-to-field");
  hash.Add(result_.material_.session_).Add(result_.context_);
  hash.AddU64(speaker == EcToFieldEnd::kSender ? 0 : 1).AddU64(step);
  const bool first = result_.material_.end_ == EcToFieldEnd::kSender;
  for (std::size_t i = 0; i < step; ++i) {
    hash.Add(first ? result_.sent_[i] : result_.received_[i]);
    hash.Add(first ? result_.received_[i] : result_.sent_[i]);
  }
  return hash.Finish();
}

std::unexpected<Error> EcToField::Break(ErrorCode code, const char* what) {
  failed_ = true;
  numbers_ = Buffer<Numbers>(1);
  result_.material_.shares_.reset();
  return Fail(code, what);
}

Buffer<std::uint8_t> ConvertedPoint::OpenMasks() const {
  Buffer<std::uint8_t> out(kEcToFieldMaskBytes);
  material_.shares_->With(SecretAccess("opening the masks after close"), [&](const EcToFieldShares& shares) {
    std::uint8_t* at = out.data();
    for (const Fp256* mask : {&shares.mask.a, &shares.mask.b, &shares.mask.c, &shares.mask.r}) {
      mask->Store(at);
      at += Fp256::kBytes;
    }
  });
  return out;
}

Status ConvertedPoint::CheckPeer(ByteSpan masks, const Secret<EcCoordinates>& point,
                                 const Secret<Bytes32>& share) const {
  if (masks.size() != kEcToFieldMaskBytes) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("the opened masks have {} bytes, not {}", masks.size(), kEcToFieldMaskBytes));
  }
  std::array<Fp256, 4> m;
  for (std::size_t i = 0; i < m.size(); ++i) {
    const auto mask = Fp256::Load(masks.data() + i * Fp256::kBytes);
    if (!mask) return Fail(ErrorCode::kProtocolViolation, "an opened mask is not below the prime");
    m[i] = *mask;
  }
  // The products' shares that the peer must have follow from ours; then it is run as it should have run.
  const auto peer_material =
      material_.shares_->With(SecretAccess("checking what the peer opened"), [&](const EcToFieldShares& own) {
        EcToFieldShares peer{.mask = {m[0], m[1], m[2], m[3]}, .ab = {}, .ac = {}, .rr = {}};
        peer.ab = (own.mask.a + m[0]) * (own.mask.b + m[1]) - own.ab;
        peer.ac = (own.mask.a + m[0]) * (own.mask.c + m[2]) - own.ac;
        peer.rr = (own.mask.r + m[3]) * (own.mask.r + m[3]) - own.rr;
        return peer;
      });
  ASSIGN_OR_RETURN(EcToField peer, EcToField::Start(EcToFieldMaterial(material_.session_,
                                                                      Other(material_.end_), peer_material),
                                                    material_.session_, context_, point));
  const auto differs = [&](std::size_t step, const Bytes& honest) {
    return !ct::Equal(received_[step], honest);
  };
  const auto cheated = [] {
    return Fail(ErrorCode::kCheatingDetected, "what was opened is not what the openings were made of");
  };
  if (differs(0, peer.message())) return cheated();
  for (const std::size_t step : {std::size_t{0}, std::size_t{1}}) {
    ASSIGN_OR_RETURN(const Bytes honest, peer.Answer(sent_[step]));
    if (differs(step + 1, honest)) return cheated();
  }
  ASSIGN_OR_RETURN(const ConvertedPoint converted, std::move(peer).Finish(sent_[2]));
  const bool same = share.With(SecretAccess("checking what the peer opened"), [&](const Bytes32& opened) {
    return converted.share_.With(SecretAccess("checking what the peer opened"), [&](const Bytes32& honest) {
      return ct::Declassify(ct::Equal(opened, honest), "the verdict ends the session");
    });
  });
  return same ? Status() : cheated();
}

}  // namespace mpcstats
