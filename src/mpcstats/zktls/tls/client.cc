#include "mpcstats/zktls/tls/client.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMaxEmptyRecords = 16;
constexpr std::uint8_t kFatal = 2;
constexpr std::array<std::uint8_t, 1> kChangeCipherSpecBody = {1};

// A failure of the holder of the keys is told as it is; the server only learns that something failed here.
template <typename T>
TlsResult<T> OfKeys(Result<T> result) {
  if (result) return std::move(*result);
  return std::unexpected(TlsFault{TlsAlert::kInternalError, result.error().message(), result.error().code()});
}

TlsStatus OfKeys(const Status& status) {
  if (status) return {};
  return std::unexpected(TlsFault{TlsAlert::kInternalError, status.error().message(), status.error().code()});
}

std::unexpected<TlsFault> OutOfTurn(const TlsRecord& record, std::string_view expected) {
  return TlsFail(TlsAlert::kUnexpectedMessage,
                 fmt::format("the server sent a record of {} where {} was expected",
                             TlsContentName(static_cast<std::uint8_t>(record.type)), expected));
}

}  // namespace

TlsClient::TlsClient(Options options, KeySchedule& keys, Rng& rng)
    : options_(std::move(options)),
      keys_(&keys),
      client_random_(keys.ClientRandom(rng)),
      flight_(client_random_, options_.policy) {
  CHECK(options_.policy.roots != nullptr && options_.max_record >= 1 &&
        options_.max_record <= kTlsMaxPlaintext);
  if (Status host = CheckTlsHost(options_.policy.host); !host) {
    state_ = State::kFailed;
    error_ = host.error();
    return;
  }
  const Bytes hello = EncodeTlsClientHello(client_random_, options_.policy.host);
  transcript_.Add(hello);
  // RFC 5246 appendix E.1: the record of a first hello says 3.1, which every server takes.
  output_ = EncodeTlsRecord(TlsContent::kHandshake, hello, 0x0301);
}

Status TlsClient::Receive(ByteSpan bytes) {
  if (error_) return std::unexpected(*error_);
  records_.Add(bytes);
  for (;;) {
    TlsResult<std::optional<TlsRecord>> record = records_.Next();
    if (!record) return FailWith(record.error());
    if (!*record) {
      if (state_ == State::kClosed && records_.pending() > 0) {
        return FailWith({TlsAlert::kUnexpectedMessage, "the server sent bytes after its close_notify"});
      }
      return {};
    }
    if (TlsStatus handled = Handle(**record); !handled) return FailWith(handled.error());
  }
}

TlsStatus TlsClient::Handle(const TlsRecord& record) {
  if (ended())
    return TlsFail(TlsAlert::kUnexpectedMessage, "the server sent a record after its close_notify");
  if (step_ >= Step::kServerFinished) return HandleProtected(record);
  if (record.type == TlsContent::kAlert)
    return std::unexpected(TlsFaultOfAlert(TlsSide::kServer, record.fragment));
  if (step_ == Step::kServerFlight) return HandleHandshake(record);
  // RFC 5246 section 7.1: one byte, 1, between whole messages; keys change here.
  if (record.type != TlsContent::kChangeCipherSpec) return OutOfTurn(record, "change_cipher_spec (20)");
  if (!std::ranges::equal(record.fragment, kChangeCipherSpecBody)) {
    return TlsFail(TlsAlert::kDecodeError,
                   "the server sent a change_cipher_spec that is not the one byte 01");
  }
  records_.Protect();
  step_ = Step::kServerFinished;
  return {};
}

TlsStatus TlsClient::HandleHandshake(const TlsRecord& record) {
  if (record.type != TlsContent::kHandshake) return OutOfTurn(record, "handshake (22)");
  messages_.Add(record.fragment);
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<TlsHandshakeMessage> message, messages_.Next());
    if (!message) return {};
    RETURN_IF_ERROR(flight_.Take(*message));
    records_.Hello();
    transcript_.Add(message->whole);
    if (!flight_.done()) continue;
    if (!messages_.AtBoundary()) {
      return TlsFail(TlsAlert::kUnexpectedMessage,
                     "the server sent more in its record after ServerHelloDone (14)");
    }
    return AnswerFlight();
  }
}

TlsStatus TlsClient::AnswerFlight() {
  ASSIGN_OR_RETURN(const EcPoint point, OfKeys(keys_->ClientPoint()));
  const Bytes exchange = EncodeTlsClientKeyExchange(point);
  transcript_.Add(exchange);
  const Bytes32 session_hash = transcript_.Hash();
  const TlsServerFacts& facts = flight_.facts();
  RETURN_IF_ERROR(OfKeys(keys_->Derive({.server_point = facts.server_point,
                                        .client_random = client_random_,
                                        .server_random = facts.server_random,
                                        .session_hash = session_hash})));
  ASSIGN_OR_RETURN(protection_, OfKeys(keys_->Records()));
  ASSIGN_OR_RETURN(const TlsVerifyData verify_data, OfKeys(keys_->ClientVerifyData(session_hash)));
  Bytes finished(kTlsFinishedHeader.begin(), kTlsFinishedHeader.end());
  finished.insert(finished.end(), verify_data.begin(), verify_data.end());
  transcript_.Add(finished);
  server_finished_hash_ = transcript_.Hash();

  const auto append = [&](const Bytes& record) {
    output_.insert(output_.end(), record.begin(), record.end());
  };
  append(EncodeTlsRecord(TlsContent::kHandshake, exchange));
  append(EncodeTlsRecord(TlsContent::kChangeCipherSpec, kChangeCipherSpecBody));
  step_ = Step::kServerCcs;
  return SealOut(TlsContent::kHandshake, finished);
}

TlsStatus TlsClient::HandleProtected(const TlsRecord& record) {
  const bool finished = step_ == Step::kServerFinished;
  if (finished && (record.type != TlsContent::kHandshake || record.fragment.size() != kTlsFinishedFragment)) {
    // An alert may come instead; what it says is told after it was authenticated.
    if (record.type != TlsContent::kAlert)
      return OutOfTurn(record, "its Finished in a handshake record of 40 bytes");
  }
  if (!finished && record.type != TlsContent::kApplicationData && record.type != TlsContent::kAlert) {
    return OutOfTurn(record, "application_data or an alert; there is no renegotiation");
  }
  Result<std::optional<Buffer<std::uint8_t>>> opened =
      protection_->Open(record.type, received_sequence_++, record.fragment);
  if (!opened) {
    return std::unexpected(
        TlsFault{TlsAlert::kBadRecordMac, "the server's " + opened.error().message(), opened.error().code()});
  }
  if (record.type == TlsContent::kAlert) {
    // While records stay closed, its length alone can be seen: it ends the direction, and the proof opens it.
    return HandleClosingAlert(*opened ? ByteSpan((*opened)->span()) : ByteSpan(kTlsCloseNotify));
  }
  if (finished) {
    if (!*opened) return TlsFail(TlsAlert::kInternalError, "the keys did not open the server's Finished");
    return CheckFinished((*opened)->span());
  }
  const std::size_t size = record.fragment.size() - kTlsGcmOverhead;
  empty_records_ = size == 0 ? empty_records_ + 1 : 0;
  if (empty_records_ > kMaxEmptyRecords) {
    return TlsFail(TlsAlert::kUnexpectedMessage, "the server sends one empty record after the other");
  }
  received_bytes_ += size;
  if (received_bytes_ > options_.max_received) {
    return std::unexpected(TlsFault{
        TlsAlert::kInternalError,
        fmt::format("the server sent more than the {} bytes that are taken here", options_.max_received),
        ErrorCode::kResourceExhausted});
  }
  if (*opened) {
    received_.push_back(std::move(**opened));
  } else {
    ++sealed_records_;
  }
  return {};
}

TlsStatus TlsClient::CheckFinished(ByteSpan plaintext) {
  ASSIGN_OR_RETURN(const TlsVerifyData expected, OfKeys(keys_->ServerVerifyData(server_finished_hash_)));
  const bool header = std::ranges::equal(plaintext.first(kTlsFinishedHeader.size()), kTlsFinishedHeader);
  if (!header || !ct::Equal(plaintext.subspan(kTlsFinishedHeader.size()), expected)) {
    return std::unexpected(TlsFault{
        TlsAlert::kDecryptError,
        "the server's Finished does not verify: it saw another handshake than we did; nothing was sent",
        ErrorCode::kCheatingDetected});
  }
  step_ = Step::kData;
  state_ = State::kConnected;
  return {};
}

TlsStatus TlsClient::HandleClosingAlert(ByteSpan plaintext) {
  if (std::ranges::equal(plaintext, kTlsCloseNotify) && step_ == Step::kData) {
    state_ = State::kClosed;
    return {};
  }
  if (plaintext.size() == 2 && step_ == Step::kData) {
    return std::unexpected(
        TlsFault{TlsAlert::kCloseNotify,
                 fmt::format("the server ended the connection with the alert {}", TlsAlertName(plaintext[1])),
                 ErrorCode::kUnavailable});
  }
  return std::unexpected(TlsFaultOfAlert(TlsSide::kServer, plaintext));
}

Status TlsClient::EndOfInput() {
  if (error_) return std::unexpected(*error_);
  if (state_ == State::kHandshake) {
    return FailWith({TlsAlert::kCloseNotify,
                     "the server closed the connection in the middle of the handshake",
                     ErrorCode::kUnavailable});
  }
  if (state_ == State::kConnected) state_ = State::kTruncated;
  return {};
}

Status TlsClient::Send(ByteSpan plaintext) {
  if (error_) return std::unexpected(*error_);
  if (!connected() || close_sent_) {
    return Fail(ErrorCode::kInvalidArgument,
                "nothing can be sent: the server's Finished is not checked yet, or the connection is over");
  }
  while (!plaintext.empty()) {
    const ByteSpan piece = plaintext.first(std::min(plaintext.size(), options_.max_record));
    if (TlsStatus sealed = SealOut(TlsContent::kApplicationData, piece); !sealed)
      return FailWith(sealed.error());
    plaintext = plaintext.subspan(piece.size());
  }
  return {};
}

Status TlsClient::Close() {
  if (error_) return std::unexpected(*error_);
  if (close_sent_ || state_ == State::kHandshake) return {};
  close_sent_ = true;
  if (TlsStatus sealed = SealOut(TlsContent::kAlert, kTlsCloseNotify); !sealed)
    return FailWith(sealed.error());
  return {};
}

TlsStatus TlsClient::SealOut(TlsContent type, ByteSpan plaintext) {
  ASSIGN_OR_RETURN(const Bytes fragment, OfKeys(protection_->Seal(type, sent_sequence_, plaintext)));
  ++sent_sequence_;
  const Bytes record = EncodeTlsRecord(type, fragment);
  output_.insert(output_.end(), record.begin(), record.end());
  return {};
}

Buffer<std::uint8_t> TlsClient::TakeReceived() {
  std::size_t size = 0;
  for (const auto& piece : received_) size += piece.size();
  Buffer<std::uint8_t> out(size);
  std::size_t at = 0;
  for (const auto& piece : received_) {
    std::ranges::copy(piece.span(), out.span().subspan(at).begin());
    at += piece.size();
  }
  received_.clear();
  return out;
}

Status TlsClient::FailWith(const TlsFault& fault) {
  state_ = State::kFailed;
  error_ = Error(fault.code, fault.sentence).At("TLS with " + options_.policy.host);
  // close_notify stands for "it ended by itself": no alert answers an alert or an end.
  if (fault.alert == TlsAlert::kCloseNotify) return std::unexpected(*error_);
  const std::array<std::uint8_t, 2> alert = {kFatal, static_cast<std::uint8_t>(fault.alert)};
  if (protection_ == nullptr) {
    const Bytes record = EncodeTlsRecord(TlsContent::kAlert, alert);
    output_.insert(output_.end(), record.begin(), record.end());
  } else if (sent_sequence_ > 0) {
    // The keys may be what failed; then the server sees the connection end.
    (void)SealOut(TlsContent::kAlert, alert);
  }
  return std::unexpected(*error_);
}

}  // namespace mpcstats
