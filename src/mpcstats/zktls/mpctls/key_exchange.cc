#include "mpcstats/zktls/mpctls/key_exchange.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/ct.h"
#include "mpcstats/base/declassify.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

Bytes32 ContextOf(const Bytes32& session, const KeyExchangePoints& points) {
  return Sha256Stream("mpcstats/v1/zktls/key-exchange")
      .Add(session)
      .Add(points.notary)
      .Add(points.client)
      .Add(points.server)
      .Finish();
}

Result<EcPoint> PointOf(ByteSpan bytes, const char* whose) {
  auto point = ParseEcPoint(bytes);
  if (!point) return Fail(point.error().code(), fmt::format("{} {}", whose, point.error().message()));
  return *point;
}

Status CheckMaterial(const EcToFieldMaterial& material, const Bytes32& session, EcToFieldEnd end) {
  const auto refuse = [](const char* why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("this material of a key exchange {}", why));
  };
  if (!material.fresh()) return refuse("was used already");
  if (material.session() != session) return refuse("belongs to another session");
  if (material.end() != end) return refuse("is the other end's");
  return {};
}

// d * Q_S into the conversion.
Result<EcToField> StartConversion(EcToFieldMaterial material, const EcKey& own,
                                  const KeyExchangePoints& points) {
  // First of all: with used material the key is gone too.
  RETURN_IF_ERROR(CheckMaterial(material, material.session(), material.end()));
  ASSIGN_OR_RETURN(const Secret<EcCoordinates> shared, own.SharedPoint(points.server));
  const Bytes32 session = material.session();
  return EcToField::Start(std::move(material), session, ContextOf(session, points), shared);
}

void CopyTo(const Secret<Bytes32>& secret, const char* reason, std::span<std::uint8_t> out) {
  secret.With(SecretAccess(reason), [&](const Bytes32& bytes) { std::ranges::copy(bytes, out.begin()); });
}

Fp256 ElementOf(const Bytes32& canonical) { return Fp256::Load(canonical.data()).value_or(Fp256()); }

Secret<Bytes32> SecretOf(ByteSpan raw) {
  Bytes32 bytes;
  std::ranges::copy(raw, bytes.begin());
  Secret<Bytes32> secret(bytes);
  SecureWipe(bytes.data(), bytes.size());
  return secret;
}

// f(a, b), stored.
template <class T, class F>
Secret<Bytes32> Combined(const Secret<T>& a, const Secret<T>& b, F&& f) {
  return a.With(SecretAccess("premaster secret"), [&](const T& first) {
    return b.With(SecretAccess("premaster secret"), [&](const T& second) {
      Bytes32 bytes;
      f(first, second).Store(bytes.data());
      Secret<Bytes32> secret(bytes);
      SecureWipe(bytes.data(), bytes.size());
      return secret;
    });
  });
}

// x(V_P + V_N) by the formula of the conversion: in constant time, as the premaster secret is not the notary's.
Fp256 XOfSum(const EcCoordinates& p, const EcCoordinates& n) {
  const Fp256 slope = (ElementOf(n.y) - ElementOf(p.y)) * (ElementOf(n.x) - ElementOf(p.x)).Inverse();
  return slope * slope - ElementOf(p.x) - ElementOf(n.x);
}

}  // namespace

Result<NotaryKeyShare> NotaryKeyShare::Create(const Bytes32& session, EcToFieldMaterial material, EcKey own) {
  RETURN_IF_ERROR(CheckMaterial(material, session, EcToFieldEnd::kReceiver));
  return NotaryKeyShare(std::move(material), std::move(own));
}

Result<NotaryConversion> NotaryKeyShare::Start(ByteSpan client_point, ByteSpan server_point) && {
  KeyExchangePoints points{.notary = own_.point()};
  ASSIGN_OR_RETURN(points.client, PointOf(client_point, "the client's point"));
  ASSIGN_OR_RETURN(points.server, PointOf(server_point, "the server's point"));
  if (points.client == points.notary) {
    return Fail(ErrorCode::kProtocolViolation, "the prover's half of the client's point is infinity");
  }
  ASSIGN_OR_RETURN(EcToField conversion, StartConversion(std::move(material_), own_, points));
  return NotaryConversion(std::move(own_), std::move(conversion));
}

Result<ProverKeyShare> ProverKeyShare::Create(const Bytes32& session, EcToFieldMaterial material,
                                              ByteSpan notary_point, Rng& rng) {
  RETURN_IF_ERROR(CheckMaterial(material, session, EcToFieldEnd::kSender));
  KeyExchangePoints points;
  ASSIGN_OR_RETURN(points.notary, PointOf(notary_point, "the notary's point"));
  for (;;) {
    EcKey own = EcKey::Generate(rng);
    // Only d_P = -d_N has no sum, and d_P = d_N no slope: drawn again.
    const Result<EcPoint> client = AddEcPoints(own.point(), points.notary);
    if (!client || own.point() == points.notary) continue;
    points.client = *client;
    return ProverKeyShare(std::move(material), std::move(own), points);
  }
}

Result<ProverConversion> ProverKeyShare::Start(ByteSpan server_point) && {
  ASSIGN_OR_RETURN(points_.server, PointOf(server_point, "the server's point"));
  ASSIGN_OR_RETURN(EcToField conversion, StartConversion(std::move(material_), own_, points_));
  return ProverConversion(points_, std::move(own_), std::move(conversion));
}

Result<ConvertedNotaryKey> NotaryConversion::Finish(ByteSpan opening) && {
  ASSIGN_OR_RETURN(ConvertedPoint converted, std::move(conversion_).Finish(opening));
  return ConvertedNotaryKey(std::move(own_), std::move(converted));
}

Result<ConvertedProverKey> ProverConversion::Finish(ByteSpan opening) && {
  ASSIGN_OR_RETURN(ConvertedPoint converted, std::move(conversion_).Finish(opening));
  return ConvertedProverKey(points_, std::move(own_), std::move(converted));
}

Result<Buffer<std::uint8_t>> ConvertedNotaryKey::Open() && {
  if (!converted_.held()) return Fail(ErrorCode::kInvalidArgument, "this key was opened already");
  const ConvertedNotaryKey self = std::move(*this);
  Buffer<std::uint8_t> out(kKeyOpeningBytes);
  CopyTo(self.own_.scalar(), "opening the notary's key after close", out.span().first(32));
  CopyTo(self.share(), "opening the notary's share after close", out.span().subspan(32, 32));
  std::ranges::copy(self.converted_.OpenMasks().span(), out.span().subspan(64).begin());
  return out;
}

Result<OpenedKey> ConvertedProverKey::CheckOpening(ByteSpan opening) && {
  if (!converted_.held()) return Fail(ErrorCode::kInvalidArgument, "this key was opened already");
  const ConvertedProverKey self = std::move(*this);
  if (opening.size() != kKeyOpeningBytes) {
    return Fail(ErrorCode::kProtocolViolation,
                fmt::format("the notary's opening has {} bytes, not {}", opening.size(), kKeyOpeningBytes));
  }
  const auto notary = EcKey::FromScalar(SecretOf(opening.first(32)));
  if (!notary) return Fail(ErrorCode::kProtocolViolation, "the notary's opened key is no scalar of P-256");
  if (notary->point() != self.points_.notary) {
    return Fail(ErrorCode::kCheatingDetected, "the notary opened another key than the one it published");
  }
  if (!Fp256::Load(opening.data() + 32)) {
    return Fail(ErrorCode::kProtocolViolation, "the notary's opened share is not below the prime");
  }
  OpenedKey opened{.notary_share = SecretOf(opening.subspan(32, 32)), .premaster_secret = {}};
  ASSIGN_OR_RETURN(const Secret<EcCoordinates> own_point, self.own_.SharedPoint(self.points_.server));
  ASSIGN_OR_RETURN(const Secret<EcCoordinates> notary_point, notary->SharedPoint(self.points_.server));
  opened.premaster_secret = Combined(own_point, notary_point, XOfSum);
  const Secret<Bytes32> from_shares =
      Combined(self.share(), opened.notary_share,
               [](const Bytes32& p, const Bytes32& n) { return ElementOf(p) + ElementOf(n); });
  const bool fits = from_shares.With(SecretAccess("premaster secret"), [&](const Bytes32& a) {
    return opened.premaster_secret.With(SecretAccess("premaster secret"), [&](const Bytes32& b) {
      return ct::Declassify(ct::Equal(a, b), "the verdict ends the session");
    });
  });
  if (!fits) {
    return Fail(ErrorCode::kCheatingDetected, "the shares of the premaster secret do not add up to it");
  }
  RETURN_IF_ERROR(self.converted_.CheckPeer(opening.subspan(64), notary_point, opened.notary_share));
  return opened;
}

}  // namespace mpcstats
