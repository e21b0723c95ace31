#include "mpcstats/zktls/tls/observer.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {
namespace {

std::unexpected<TlsFault> OutOfTurn(TlsSide side, const TlsRecord& record, std::string_view expected) {
  return TlsFail(TlsAlert::kUnexpectedMessage,
                 fmt::format("{} sent a record of {} where {} was expected", TlsSideName(side),
                             TlsContentName(static_cast<std::uint8_t>(record.type)), expected));
}

}  // namespace

Bytes32 ObservedSession::HashBeforeServerFinished(const TlsVerifyData& client_verify_data) const {
  Bytes all = handshake;
  all.insert(all.end(), kTlsFinishedHeader.begin(), kTlsFinishedHeader.end());
  all.insert(all.end(), client_verify_data.begin(), client_verify_data.end());
  return Sha256(all);
}

TlsObserver::TlsObserver(TlsPolicy policy) : policy_(std::move(policy)) {
  CHECK(policy_.roots != nullptr);
  if (Status host = CheckTlsHost(policy_.host); !host) error_ = host.error();
}

Status TlsObserver::Observe(TlsSide from, ByteSpan bytes) {
  if (error_) return std::unexpected(*error_);
  ObservedDirection& log = Log(from);
  if (bytes.size() > kMaxStreamBytes - log.stream_bytes) {
    return FailWith(
        {TlsAlert::kInternalError,
         fmt::format("{} sent more than the {} bytes that are logged", TlsSideName(from), kMaxStreamBytes),
         ErrorCode::kResourceExhausted});
  }
  log.stream_bytes += bytes.size();
  Of(from).records.Add(bytes);
  if (TlsStatus advanced = Advance(); !advanced) return FailWith(advanced.error());
  return {};
}

// Takes whatever can be taken: before the data, from the direction whose turn it is alone.
TlsStatus TlsObserver::Advance() {
  for (;;) {
    const Step before = step_;
    bool took = false;
    for (const TlsSide side : {TlsSide::kClient, TlsSide::kServer}) {
      const bool client_turn = step_ == Step::kClientHello ||
                               (step_ >= Step::kClientKeyExchange && step_ <= Step::kClientFinished);
      if (step_ != Step::kData && client_turn != (side == TlsSide::kClient)) continue;
      Direction& direction = Of(side);
      ASSIGN_OR_RETURN(std::optional<TlsRecord> record, direction.records.Next());
      if (!record) continue;
      took = true;
      switch (step_) {
        case Step::kClientHello:
        case Step::kServerFlight:
        case Step::kClientKeyExchange: RETURN_IF_ERROR(TakeHandshake(direction, *record)); break;
        case Step::kClientCcs:
        case Step::kServerCcs: RETURN_IF_ERROR(TakeCcs(direction, *record)); break;
        default: RETURN_IF_ERROR(TakeProtected(direction, std::move(*record)));
      }
    }
    if (!took && step_ == before) return {};
  }
}

TlsStatus TlsObserver::TakeHandshake(Direction& from, const TlsRecord& record) {
  if (record.type == TlsContent::kAlert) return std::unexpected(TlsFaultOfAlert(from.side, record.fragment));
  if (record.type != TlsContent::kHandshake) return OutOfTurn(from.side, record, "handshake (22)");
  from.messages.Add(record.fragment);
  const Step turn = step_;
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<TlsHandshakeMessage> message, from.messages.Next());
    if (!message) return {};
    RETURN_IF_ERROR(TakeMessage(*message));
    from.records.Hello();
    if (step_ == turn) continue;
    if (!from.messages.AtBoundary()) {
      return TlsFail(TlsAlert::kUnexpectedMessage,
                     fmt::format("{} sent more in its record after {}", TlsSideName(from.side),
                                 TlsHandshakeName(static_cast<std::uint8_t>(message->type))));
    }
    return {};
  }
}

TlsStatus TlsObserver::TakeMessage(const TlsHandshakeMessage& message) {
  switch (step_) {
    case Step::kClientHello: {
      ASSIGN_OR_RETURN(const Bytes32 random, MatchTlsClientHello(message, policy_.host));
      flight_.emplace(random, policy_);
      step_ = Step::kServerFlight;
      break;
    }
    case Step::kServerFlight:
      RETURN_IF_ERROR(flight_->Take(message));
      if (flight_->done()) {
        session_.server = flight_->facts();
        step_ = Step::kClientKeyExchange;
      }
      break;
    default: {
      if (message.type != TlsHandshakeType::kClientKeyExchange) {
        return TlsFail(TlsAlert::kUnexpectedMessage,
                       fmt::format("the client sent {} where ClientKeyExchange (16) was expected",
                                   TlsHandshakeName(static_cast<std::uint8_t>(message.type))));
      }
      ASSIGN_OR_RETURN(session_.client_point, ParseTlsClientKeyExchange(message.body()));
      step_ = Step::kClientCcs;
    }
  }
  transcript_.Add(message.whole);
  return {};
}

TlsStatus TlsObserver::TakeCcs(Direction& from, const TlsRecord& record) {
  if (record.type == TlsContent::kAlert) return std::unexpected(TlsFaultOfAlert(from.side, record.fragment));
  if (record.type != TlsContent::kChangeCipherSpec)
    return OutOfTurn(from.side, record, "change_cipher_spec (20)");
  if (record.fragment.size() != 1 || record.fragment[0] != 1) {
    return TlsFail(
        TlsAlert::kDecodeError,
        fmt::format("{} sent a change_cipher_spec that is not the one byte 01", TlsSideName(from.side)));
  }
  from.records.Protect();
  step_ = step_ == Step::kClientCcs ? Step::kClientFinished : Step::kServerFinished;
  return {};
}

TlsStatus TlsObserver::TakeProtected(Direction& from, TlsRecord record) {
  ObservedDirection& log = Log(from.side);
  if (log.alert_seen) {
    return TlsFail(
        TlsAlert::kUnexpectedMessage,
        fmt::format("{} sent a record after the alert that ended its direction", TlsSideName(from.side)));
  }
  const bool finished = step_ != Step::kData;
  if (finished && (record.type != TlsContent::kHandshake || record.fragment.size() != kTlsFinishedFragment)) {
    return TlsFail(
        TlsAlert::kUnexpectedMessage,
        fmt::format("{} sent a record of {} with {} bytes where its Finished in a handshake record of {} was "
                    "expected",
                    TlsSideName(from.side), TlsContentName(static_cast<std::uint8_t>(record.type)),
                    record.fragment.size(), kTlsFinishedFragment));
  }
  if (!finished && record.type != TlsContent::kApplicationData && record.type != TlsContent::kAlert) {
    return OutOfTurn(from.side, record, "application_data or an alert; there is one handshake a session");
  }
  if (record.type == TlsContent::kAlert && record.fragment.size() != kTlsAlertFragment) {
    return TlsFail(TlsAlert::kDecodeError,
                   fmt::format("{} sent an alert record of {} bytes where {} were expected",
                               TlsSideName(from.side), record.fragment.size(), kTlsAlertFragment));
  }
  if (log.records.size() == kMaxRecords) {
    return std::unexpected(
        TlsFault{TlsAlert::kInternalError,
                 fmt::format("{} sent more than {} records", TlsSideName(from.side), kMaxRecords),
                 ErrorCode::kResourceExhausted});
  }
  ObservedRecord observed;
  observed.type = record.type;
  observed.sequence = log.records.size();
  observed.offset = record.offset;
  const ByteSpan fragment = record.fragment;
  std::ranges::copy(fragment.first(kTlsNonceBytes), observed.explicit_nonce.begin());
  std::ranges::copy(fragment.last(kTlsTagBytes), observed.tag.begin());
  const ByteSpan ciphertext = fragment.subspan(kTlsNonceBytes, fragment.size() - kTlsGcmOverhead);
  observed.ciphertext.assign(ciphertext.begin(), ciphertext.end());
  // Two records under one nonce give their XOR and the authentication key away, and a choice of what was said.
  if (!from.nonces.insert(observed.explicit_nonce).second) {
    return TlsFail(TlsAlert::kIllegalParameter,
                   fmt::format("{} used the explicit nonce {} twice", TlsSideName(from.side),
                               ToHex(observed.explicit_nonce)));
  }
  if (observed.type == TlsContent::kApplicationData) log.data_bytes += observed.ciphertext.size();
  log.alert_seen = observed.type == TlsContent::kAlert;
  log.records.push_back(std::move(observed));
  if (finished) step_ = step_ == Step::kClientFinished ? Step::kServerCcs : Step::kData;
  return {};
}

Status TlsObserver::FailWith(const TlsFault& fault) {
  error_ = Error(fault.code, fault.sentence).At("TLS with " + policy_.host);
  return std::unexpected(*error_);
}

std::optional<TlsKeyedHandshake> TlsObserver::keyed_handshake() const {
  if (error_ || step_ < Step::kClientCcs) return std::nullopt;
  return TlsKeyedHandshake{
      .server = session_.server, .client_point = session_.client_point, .session_hash = transcript_.Hash()};
}

const ObservedRecord& TlsObserver::server_finished() const {
  CHECK(established());
  return session_.server_records.records.front();
}

Result<ObservedSession> TlsObserver::Finish() && {
  if (error_) return std::unexpected(*error_);
  const auto incomplete = [&](std::string_view what) {
    return std::unexpected(FailWith({TlsAlert::kCloseNotify, std::string(what)}).error());
  };
  if (step_ != Step::kData) return incomplete("the log ends before the server's Finished");
  if (client_.records.pending() > 0) return incomplete("the client's bytes end inside a record");
  if (server_.records.pending() > 0) return incomplete("the server's bytes end inside a record");
  session_.host = policy_.host;
  session_.checked_at = policy_.now;
  session_.root_store_id = policy_.roots->id();
  session_.handshake = transcript_.bytes();
  session_.session_hash = transcript_.Hash();
  return std::move(session_);
}

}  // namespace mpcstats
