#include "mpcstats/zktls/tls/server_flight.h"

#include <fmt/core.h>

#include <array>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr std::array<TlsHandshakeType, 4> kOrder = {
    TlsHandshakeType::kServerHello, TlsHandshakeType::kCertificate, TlsHandshakeType::kServerKeyExchange,
    TlsHandshakeType::kServerHelloDone};

// Why a message that TLS has elsewhere has no place here.
std::string_view Reason(TlsHandshakeType type) {
  switch (type) {
    case TlsHandshakeType::kCertificateRequest: return "; client certificates are not supported";
    case TlsHandshakeType::kHelloRequest: return "; there is no renegotiation";
    case TlsHandshakeType::kNewSessionTicket: return "; no ticket was asked for";
    case TlsHandshakeType::kCertificateStatus: return "; no certificate status was asked for";
    default: return "";
  }
}

}  // namespace

TlsStatus TlsServerFlight::Take(const TlsHandshakeMessage& message) {
  if (done() || message.type != kOrder[step_]) {
    return TlsFail(
        TlsAlert::kUnexpectedMessage,
        fmt::format("the server sent {} where {} was expected{}",
                    TlsHandshakeName(static_cast<std::uint8_t>(message.type)),
                    done() ? "its Finished" : TlsHandshakeName(static_cast<std::uint8_t>(kOrder[step_])),
                    Reason(message.type)));
  }
  const ByteSpan body = message.body();
  switch (message.type) {
    case TlsHandshakeType::kServerHello: {
      ASSIGN_OR_RETURN(const TlsServerHello hello, ParseTlsServerHello(body));
      facts_.suite = hello.suite;
      facts_.server_random = hello.random;
      break;
    }
    case TlsHandshakeType::kCertificate: {
      ASSIGN_OR_RETURN(const std::vector<Bytes> chain, ParseTlsCertificates(body));
      ASSIGN_OR_RETURN(identity_, CheckTlsCertificates(chain, *policy_));
      facts_.spki_hash = identity_->spki_hash;
      facts_.chain_hash = identity_->chain_hash;
      break;
    }
    case TlsHandshakeType::kServerKeyExchange: RETURN_IF_ERROR(TakeKeyExchange(body)); break;
    default:
      if (!body.empty()) {
        return TlsFail(TlsAlert::kDecodeError, "the server sent a ServerHelloDone that is not empty");
      }
  }
  ++step_;
  return {};
}

TlsStatus TlsServerFlight::TakeKeyExchange(ByteSpan body) {
  ASSIGN_OR_RETURN(const TlsServerKeyExchange exchange, ParseTlsServerKeyExchange(body));
  RETURN_IF_ERROR(CheckTlsKeyExchangeSignature(identity_->key.get(), facts_.suite, facts_.client_random,
                                               facts_.server_random, exchange));
  facts_.server_point = exchange.point;
  return {};
}

const TlsServerFacts& TlsServerFlight::facts() const {
  CHECK(done());
  return facts_;
}

}  // namespace mpcstats
