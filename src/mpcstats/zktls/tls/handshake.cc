#include "mpcstats/zktls/tls/handshake.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "mpcstats/base/check.h"
#include "mpcstats/zktls/tls/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHeaderBytes = 4;
constexpr std::size_t kMaxCertificates = 10;
constexpr std::string_view kAlpn = "http/1.1";
constexpr TlsSuite kSuites[] = {TlsSuite::kEcdheEcdsaAes128GcmSha256, TlsSuite::kEcdheRsaAes128GcmSha256};
constexpr TlsSignature kSignatures[] = {TlsSignature::kEcdsaP256Sha256, TlsSignature::kRsaPssRsaeSha256,
                                        TlsSignature::kRsaPkcs1Sha256, TlsSignature::kEcdsaP384Sha384};

enum Extension : std::uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kPointFormats = 11,
  kSignatureAlgorithms = 13,
  kApplicationProtocol = 16,
  kExtendedMasterSecret = 23,
  kRenegotiationInfo = 0xff01,
};

std::unexpected<TlsFault> Malformed(std::string_view message) {
  return TlsFail(TlsAlert::kDecodeError,
                 fmt::format("the server sent a {} whose lengths do not fit together", message));
}

// RFC 8446 section 4.1.3: a server that could do better says so in its random. We offer 1.2 only, so ...01 ("1.2 although
// I have 1.3") is what modern servers send; ...00 ("1.1 or below") contradicts the version beside it.
bool SaysDowngradeBelow12(ByteSpan random) {
  constexpr std::array<std::uint8_t, 8> kSentinel = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 0};
  return std::ranges::equal(random.last(kSentinel.size()), kSentinel);
}

TlsStatus CheckExtension(std::uint16_t type, ByteSpan content) {
  const auto wrong = [&](std::string_view expected) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the server sent extension {} with content {} where {} was expected", type,
                               ToHex(content.first(std::min<std::size_t>(content.size(), 16))), expected));
  };
  switch (type) {
    case kServerName:
    case kExtendedMasterSecret:
      if (!content.empty()) return wrong("none");
      return {};
    case kRenegotiationInfo:
      // RFC 5746 section 3.4: empty in a first handshake.
      if (content.size() != 1 || content[0] != 0) return wrong("00 (no renegotiation)");
      return {};
    case kPointFormats: {
      TlsReader reader(content);
      const ByteSpan formats = reader.Vector8();
      if (!reader.Complete() || std::ranges::find(formats, 0) == formats.end())
        return wrong("a list with 00");
      return {};
    }
    case kApplicationProtocol: {
      TlsReader reader(content);
      TlsReader list(reader.Vector16());
      const ByteSpan name = list.Vector8();
      if (!reader.Complete() || !list.Complete() || !std::ranges::equal(name, AsBytes(kAlpn))) {
        return TlsFail(
            TlsAlert::kNoApplicationProtocol,
            "the server chose another application protocol where http/1.1 was the only one offered");
      }
      return {};
    }
    case kSupportedGroups: return {};  // says nothing in TLS 1.2, yet some load balancers send it
    default:
      return TlsFail(TlsAlert::kUnsupportedExtension,
                     fmt::format("the server sent extension {} that was not offered", type));
  }
}

TlsStatus CheckExtensions(TlsReader& reader) {
  std::set<std::uint16_t> seen;
  if (reader.remaining() > 0) {
    TlsReader list(reader.Vector16());
    if (!reader.Complete()) return Malformed("ServerHello");
    while (list.remaining() > 0) {
      const std::uint16_t type = list.U16();
      const ByteSpan content = list.Vector16();
      if (!list.ok()) return Malformed("ServerHello");
      if (!seen.insert(type).second) {
        return TlsFail(TlsAlert::kDecodeError, fmt::format("the server sent extension {} twice", type));
      }
      RETURN_IF_ERROR(CheckExtension(type, content));
    }
  }
  if (!seen.contains(kExtendedMasterSecret)) {
    return TlsFail(
        TlsAlert::kHandshakeFailure,
        "the server did not agree to the extended master secret (RFC 7627), without which a session is not "
        "bound to its handshake; its TLS library is too old to be attested");
  }
  return {};
}

}  // namespace

void TlsHandshakeReader::Add(ByteSpan fragment) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
  used_ = 0;
  buffer_.insert(buffer_.end(), fragment.begin(), fragment.end());
}

TlsResult<std::optional<TlsHandshakeMessage>> TlsHandshakeReader::Next() {
  const ByteSpan rest = ByteSpan(buffer_).subspan(used_);
  if (rest.size() < kHeaderBytes) return std::nullopt;
  TlsReader header(rest);
  const std::uint8_t type = header.U8();
  const std::size_t size = header.U24();
  if (size > kMaxMessage) {
    return TlsFail(TlsAlert::kDecodeError,
                   fmt::format("{} announced {} of {} bytes where at most {} may come", TlsSideName(from_),
                               TlsHandshakeName(type), size, kMaxMessage));
  }
  if (rest.size() < kHeaderBytes + size) return std::nullopt;
  const ByteSpan whole = rest.first(kHeaderBytes + size);
  used_ += whole.size();
  return TlsHandshakeMessage{static_cast<TlsHandshakeType>(type), Bytes(whole.begin(), whole.end())};
}

Bytes EncodeTlsHandshake(TlsHandshakeType type, ByteSpan body) {
  CHECK(body.size() < (std::size_t{1} << 24));
  TlsWriter writer;
  writer.U8(static_cast<std::uint8_t>(type)).Vector24(body);
  return std::move(writer).Take();
}

Bytes EncodeTlsClientHello(const Bytes32& random, std::string_view host) {
  TlsWriter suites;
  for (const TlsSuite suite : kSuites) suites.U16(static_cast<std::uint16_t>(suite));
  TlsWriter signatures;
  for (const TlsSignature scheme : kSignatures) signatures.U16(static_cast<std::uint16_t>(scheme));
  TlsWriter extensions;
  const auto extension = [&](Extension type, const TlsWriter& content) {
    extensions.U16(type).Vector16(content.bytes());
  };
  // server_name: a list of one host_name (RFC 6066 section 3).
  extension(kServerName, TlsWriter().Vector16(TlsWriter().U8(0).Vector16(AsBytes(host)).bytes()));
  extension(kExtendedMasterSecret, TlsWriter());
  extension(kRenegotiationInfo, TlsWriter().U8(0));
  extension(kSupportedGroups, TlsWriter().U16(2).U16(kSecp256r1));
  extension(kPointFormats, TlsWriter().U8(1).U8(0));
  extension(kSignatureAlgorithms, TlsWriter().Vector16(signatures.bytes()));
  extension(kApplicationProtocol, TlsWriter().Vector16(TlsWriter().Vector8(AsBytes(kAlpn)).bytes()));
  TlsWriter body;
  body.U16(kTls12).Raw(random).U8(0);         // no session to resume
  body.Vector16(suites.bytes()).U8(1).U8(0);  // compression: none
  body.Vector16(extensions.bytes());
  return EncodeTlsHandshake(TlsHandshakeType::kClientHello, body.bytes());
}

TlsResult<Bytes32> MatchTlsClientHello(const TlsHandshakeMessage& message, std::string_view host) {
  Bytes32 random{};
  constexpr std::size_t kRandomAt = kHeaderBytes + 2;
  if (message.whole.size() >= kRandomAt + random.size()) {
    std::ranges::copy(ByteSpan(message.whole).subspan(kRandomAt, random.size()), random.begin());
  }
  if (message.whole != EncodeTlsClientHello(random, host)) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the client sent another hello than the one this protocol has for {}", host));
  }
  return random;
}

TlsResult<TlsServerHello> ParseTlsServerHello(ByteSpan body) {
  TlsReader reader(body);
  const std::uint16_t version = reader.U16();
  const ByteSpan random = reader.Raw(32);
  const ByteSpan session = reader.Vector8();
  const std::uint16_t suite = reader.U16();
  const std::uint8_t compression = reader.U8();
  if (!reader.ok() || session.size() > 32) return Malformed("ServerHello");
  if (version != kTls12) {
    return TlsFail(
        TlsAlert::kProtocolVersion,
        fmt::format("the server chose version {:#06x} where TLS 1.2 (0x0303) was the only one offered",
                    version));
  }
  if (SaysDowngradeBelow12(random)) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   "the server's random says that it fell back below TLS 1.2 where its hello says 1.2: "
                   "something between "
                   "changes the handshake");
  }
  if (std::ranges::find(kSuites, static_cast<TlsSuite>(suite)) == std::end(kSuites)) {
    return TlsFail(
        TlsAlert::kIllegalParameter,
        fmt::format("the server chose cipher suite {:#06x} where only ECDHE-ECDSA-AES128-GCM-SHA256 and "
                    "ECDHE-RSA-AES128-GCM-SHA256 were offered",
                    suite));
  }
  if (compression != 0) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the server chose compression {} where none was offered", compression));
  }
  RETURN_IF_ERROR(CheckExtensions(reader));
  TlsServerHello hello{.suite = static_cast<TlsSuite>(suite)};
  std::ranges::copy(random, hello.random.begin());
  return hello;
}

TlsResult<std::vector<Bytes>> ParseTlsCertificates(ByteSpan body) {
  TlsReader reader(body);
  TlsReader list(reader.Vector24());
  if (!reader.Complete()) return Malformed("Certificate");
  std::vector<Bytes> chain;
  while (list.remaining() > 0) {
    const ByteSpan certificate = list.Vector24();
    if (!list.ok() || certificate.empty()) return Malformed("Certificate");
    if (chain.size() == kMaxCertificates) {
      return TlsFail(TlsAlert::kBadCertificate,
                     fmt::format("the server sent more than {} certificates", kMaxCertificates));
    }
    chain.emplace_back(certificate.begin(), certificate.end());
  }
  if (chain.empty()) return TlsFail(TlsAlert::kBadCertificate, "the server sent no certificate");
  return chain;
}

TlsResult<TlsServerKeyExchange> ParseTlsServerKeyExchange(ByteSpan body) {
  TlsReader reader(body);
  const std::uint8_t curve_type = reader.U8();
  const std::uint16_t curve = reader.U16();
  if (!reader.ok()) return Malformed("ServerKeyExchange");
  if (curve_type != 3 || curve != kSecp256r1) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the server chose group {} (type {}) where only secp256r1 (23) was offered",
                               curve, curve_type));
  }
  const ByteSpan point = reader.Vector8();
  const std::size_t params_bytes = body.size() - reader.remaining();
  const std::uint16_t scheme = reader.U16();
  const ByteSpan signature = reader.Vector16();
  if (!reader.Complete()) return Malformed("ServerKeyExchange");
  const Result<EcPoint> parsed = ParseEcPoint(point);
  if (!parsed) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the server's key exchange point {}", parsed.error().message()));
  }
  if (std::ranges::find(kSignatures, static_cast<TlsSignature>(scheme)) == std::end(kSignatures)) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the server signed with scheme {:#06x} that was not offered", scheme));
  }
  return TlsServerKeyExchange{
      .point = *parsed,
      .params = Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(params_bytes)),
      .scheme = static_cast<TlsSignature>(scheme),
      .signature = Bytes(signature.begin(), signature.end())};
}

TlsResult<EcPoint> ParseTlsClientKeyExchange(ByteSpan body) {
  TlsReader reader(body);
  const ByteSpan point = reader.Vector8();
  if (!reader.Complete()) {
    return TlsFail(TlsAlert::kDecodeError,
                   "the client sent a ClientKeyExchange whose lengths do not fit together");
  }
  const Result<EcPoint> parsed = ParseEcPoint(point);
  if (!parsed) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("the client's key exchange point {}", parsed.error().message()));
  }
  return *parsed;
}

Bytes EncodeTlsClientKeyExchange(const EcPoint& point) {
  return EncodeTlsHandshake(TlsHandshakeType::kClientKeyExchange, TlsWriter().Vector8(point).bytes());
}

TlsFault TlsFaultOfAlert(TlsSide from, ByteSpan alert) {
  if (alert.size() != 2 || (alert[0] != 1 && alert[0] != 2)) {
    return {TlsAlert::kDecodeError,
            fmt::format("{} sent an alert of {} bytes that is none of TLS", TlsSideName(from), alert.size())};
  }
  return {TlsAlert::kCloseNotify,
          fmt::format("{} ended the handshake with the alert {}", TlsSideName(from), TlsAlertName(alert[1])),
          alert[1] == 0 ? ErrorCode::kUnavailable : ErrorCode::kProtocolViolation};
}

}  // namespace mpcstats
