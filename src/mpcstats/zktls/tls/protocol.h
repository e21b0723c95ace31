// The numbers of TLS 1.2 that we speak (RFC 5246, 5288, 7627, 8422), and how a fault in it is told.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"

namespace mpcstats {

inline constexpr std::uint16_t kTls12 = 0x0303;
inline constexpr std::uint16_t kSecp256r1 = 23;
inline constexpr std::size_t kTlsHeaderBytes = 5;
/// A record's plaintext is at most this long (RFC 5246 section 6.2.1).
inline constexpr std::size_t kTlsMaxPlaintext = std::size_t{1} << 14;
/// GCM adds exactly this much: explicit nonce and tag (RFC 5288 section 3).
inline constexpr std::size_t kTlsNonceBytes = 8;
inline constexpr std::size_t kTlsTagBytes = 16;
inline constexpr std::size_t kTlsGcmOverhead = kTlsNonceBytes + kTlsTagBytes;
/// The Finished message is 16 bytes, so its protected record has this fragment.
inline constexpr std::size_t kTlsFinishedFragment = 16 + kTlsGcmOverhead;
/// So does an alert, of two bytes.
inline constexpr std::size_t kTlsAlertFragment = 2 + kTlsGcmOverhead;
/// The plaintext of the alert that ends a direction in an orderly way: warning, close_notify.
inline constexpr std::array<std::uint8_t, 2> kTlsCloseNotify = {1, 0};
/// What stands before verify_data in a Finished message.
inline constexpr std::array<std::uint8_t, 4> kTlsFinishedHeader = {20, 0, 0, 12};

enum class TlsSuite : std::uint16_t {
  kEcdheEcdsaAes128GcmSha256 = 0xc02b,
  kEcdheRsaAes128GcmSha256 = 0xc02f,
};

enum class TlsContent : std::uint8_t {
  kChangeCipherSpec = 20,
  kAlert = 21,
  kHandshake = 22,
  kApplicationData = 23,
};

enum class TlsHandshakeType : std::uint8_t {
  kHelloRequest = 0,
  kClientHello = 1,
  kServerHello = 2,
  kNewSessionTicket = 4,
  kCertificate = 11,
  kServerKeyExchange = 12,
  kCertificateRequest = 13,
  kServerHelloDone = 14,
  kCertificateVerify = 15,
  kClientKeyExchange = 16,
  kFinished = 20,
  kCertificateStatus = 22,
};

enum class TlsSignature : std::uint16_t {
  kRsaPkcs1Sha256 = 0x0401,
  kEcdsaP256Sha256 = 0x0403,
  kEcdsaP384Sha384 = 0x0503,
  kRsaPssRsaeSha256 = 0x0804,
};

enum class TlsAlert : std::uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kHandshakeFailure = 40,
  kBadCertificate = 42,
  kUnsupportedCertificate = 43,
  kCertificateExpired = 45,
  kCertificateUnknown = 46,
  kIllegalParameter = 47,
  kUnknownCa = 48,
  kDecodeError = 50,
  kDecryptError = 51,
  kProtocolVersion = 70,
  kInsufficientSecurity = 71,
  kInternalError = 80,
  kUnsupportedExtension = 110,
  kNoApplicationProtocol = 120,
};

/// "handshake_failure (40)", or the number alone for one that RFC 5246 and its followers do not name here.
[[nodiscard]] std::string TlsAlertName(std::uint8_t alert);
/// "ServerHello (2)".
[[nodiscard]] std::string TlsHandshakeName(std::uint8_t type);
/// "handshake (22)".
[[nodiscard]] std::string TlsContentName(std::uint8_t type);

/// The two ends of the connection, as the subject of a sentence: "the server", "the client".
enum class TlsSide : std::uint8_t { kClient = 0, kServer = 1 };
[[nodiscard]] std::string_view TlsSideName(TlsSide side);

/// What is wrong with the peer's bytes: the alert it deserves, and one sentence that says which side, what was
/// expected and what came.
struct TlsFault {
  TlsAlert alert;
  std::string sentence;
  ErrorCode code = ErrorCode::kProtocolViolation;

  [[nodiscard]] Error AsError() const { return Error(code, sentence); }
};

template <typename T>
using TlsResult = std::expected<T, TlsFault>;
using TlsStatus = TlsResult<void>;

inline std::unexpected<TlsFault> TlsFail(TlsAlert alert, std::string sentence) {
  return std::unexpected(TlsFault{alert, std::move(sentence)});
}

using TlsVerifyData = std::array<std::uint8_t, 12>;

}  // namespace mpcstats
