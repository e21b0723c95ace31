// Handshake messages of TLS 1.2: put together from records, taken apart field by field (RFC 5246 section 7.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/bytes.h"
#include "mpcstats/zktls/tls/p256.h"
#include "mpcstats/zktls/tls/protocol.h"

namespace mpcstats {

struct TlsHandshakeMessage {
  TlsHandshakeType type = TlsHandshakeType::kHelloRequest;
  Bytes whole;  ///< header and body, as the transcript hash takes them

  [[nodiscard]] ByteSpan body() const { return ByteSpan(whole).subspan(4); }
};

/// Puts messages together that are split over records, and takes apart records that hold several.
///
/// Shapes:   a message has at most kMaxMessage bytes, refused at its header.
class TlsHandshakeReader {
 public:
  /// A chain of ten certificates of 4 KB fits.
  static constexpr std::size_t kMaxMessage = std::size_t{1} << 16;

  explicit TlsHandshakeReader(TlsSide from) : from_(from) {}
  void Add(ByteSpan fragment);
  [[nodiscard]] TlsResult<std::optional<TlsHandshakeMessage>> Next();
  /// True when no part of a message is waiting: where keys may change and other records may stand.
  [[nodiscard]] bool AtBoundary() const { return buffer_.size() == used_; }

 private:
  TlsSide from_;
  Bytes buffer_;
  std::size_t used_ = 0;
};

/// header | body.
[[nodiscard]] Bytes EncodeTlsHandshake(TlsHandshakeType type, ByteSpan body);

/// The one ClientHello of ours for `random` and `host`, header included: TLS 1.2 alone, the two suites, P-256,
/// the four signature schemes, server name, extended master secret, empty renegotiation_info, ALPN http/1.1; no session,
/// no tickets, no compression. The notary compares a client's hello with it byte by byte, so nothing else can be offered.
[[nodiscard]] Bytes EncodeTlsClientHello(const Bytes32& random, std::string_view host);

/// The random of a hello that is, byte by byte, ours for `host`.
/// Errors:   decode_error with a sentence.
[[nodiscard]] TlsResult<Bytes32> MatchTlsClientHello(const TlsHandshakeMessage& message,
                                                     std::string_view host);

struct TlsServerHello {
  Bytes32 random{};
  TlsSuite suite = TlsSuite::kEcdheEcdsaAes128GcmSha256;
};

/// Accepts exactly an answer to our hello: version 1.2 without a sign of a downgrade below it (RFC 8446 section 4.1.3),
/// one of our suites, no compression, the extended master secret (RFC 7627), no extension that was not offered, none
/// twice, each of its only form.
[[nodiscard]] TlsResult<TlsServerHello> ParseTlsServerHello(ByteSpan body);

/// The certificates in DER, the server's own first; one to ten.
[[nodiscard]] TlsResult<std::vector<Bytes>> ParseTlsCertificates(ByteSpan body);

struct TlsServerKeyExchange {
  EcPoint point{};
  Bytes params;  ///< what is signed after the two randoms
  TlsSignature scheme = TlsSignature::kEcdsaP256Sha256;
  Bytes signature;
};

/// Named curve P-256, an uncompressed point on it, one of the schemes we offer.
[[nodiscard]] TlsResult<TlsServerKeyExchange> ParseTlsServerKeyExchange(ByteSpan body);

[[nodiscard]] TlsResult<EcPoint> ParseTlsClientKeyExchange(ByteSpan body);
[[nodiscard]] Bytes EncodeTlsClientKeyExchange(const EcPoint& point);

/// kDecodeError unless `alert` is a whole alert of two bytes; otherwise the fault that it reports.
[[nodiscard]] TlsFault TlsFaultOfAlert(TlsSide from, ByteSpan alert);

}  // namespace mpcstats
