#include "mpcstats/zktls/tls/protocol.h"

#include <fmt/core.h>

#include <span>

namespace mpcstats {
namespace {

struct Name {
  std::uint8_t number;
  std::string_view text;
};

constexpr Name kAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {110, "unsupported_extension"},
    {112, "unrecognized_name"},
    {120, "no_application_protocol"},
};

constexpr Name kHandshakes[] = {
    {0, "HelloRequest"},        {1, "ClientHello"},      {2, "ServerHello"},
    {4, "NewSessionTicket"},    {11, "Certificate"},     {12, "ServerKeyExchange"},
    {13, "CertificateRequest"}, {14, "ServerHelloDone"}, {15, "CertificateVerify"},
    {16, "ClientKeyExchange"},  {20, "Finished"},        {22, "CertificateStatus"},
};

constexpr Name kContents[] = {{20, "change_cipher_spec"},
                              {21, "alert"},
                              {22, "handshake"},
                              {23, "application_data"},
                              {24, "heartbeat"}};

std::string Find(std::span<const Name> names, std::uint8_t number, std::string_view what) {
  for (const Name& name : names) {
    if (name.number == number) return fmt::format("{} ({})", name.text, number);
  }
  return fmt::format("{} {}", what, number);
}

}  // namespace

std::string TlsAlertName(std::uint8_t alert) { return Find(kAlerts, alert, "alert"); }
std::string TlsHandshakeName(std::uint8_t type) {
  return Find(kHandshakes, type, "handshake message of type");
}
std::string TlsContentName(std::uint8_t type) { return Find(kContents, type, "content type"); }

std::string_view TlsSideName(TlsSide side) { return side == TlsSide::kClient ? "the client" : "the server"; }

}  // namespace mpcstats
