#include "mpcstats/zktls/mpctls/record_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "mpcstats/zktls/tls/record.h"

namespace mpcstats {
namespace {

constexpr std::array<std::uint8_t, 1> kChangeCipherSpec = {1};
constexpr std::size_t kFinishedBytes = kTlsFinishedFragment - kTlsGcmOverhead;

Error Violation(std::string sentence) { return Error(ErrorCode::kProtocolViolation, std::move(sentence)); }

}  // namespace

std::array<std::uint8_t, 13> ClientRecord::additional_data() const {
  return TlsAdditionalData(sequence, type, ciphertext.size());
}

Result<TlsKeyedHandshake> RecordLog::Handshake(const std::string& host, const Bytes32& client_random,
                                               const EcPoint& client_point, ByteSpan server_bytes) {
  RETURN_IF_ERROR(Ready());
  if (std::exchange(shaken_, true)) return Break(Violation("the prover has a second handshake"));
  if (const Status fresh = CheckClientRandom(client_random, entropy_); !fresh) return Break(fresh.error());
  const Bytes hello = EncodeTlsClientHello(client_random, host);
  // The versions of the records are those of TlsClient.
  RETURN_IF_ERROR(Add(TlsSide::kClient, EncodeTlsRecord(TlsContent::kHandshake, hello, 0x0301)));
  RETURN_IF_ERROR(Add(TlsSide::kServer, server_bytes));
  const Bytes exchange = EncodeTlsClientKeyExchange(client_point);
  RETURN_IF_ERROR(Add(TlsSide::kClient, EncodeTlsRecord(TlsContent::kHandshake, exchange)));
  RETURN_IF_ERROR(Add(TlsSide::kClient, EncodeTlsRecord(TlsContent::kChangeCipherSpec, kChangeCipherSpec)));
  std::optional<TlsKeyedHandshake> handshake = observer_->keyed_handshake();
  if (!handshake) return Break(Violation("the server's flight is not whole"));
  return std::move(*handshake);
}

Result<ClientRecord> RecordLog::Commit(TlsContent type, ByteSpan ciphertext, const GcmBlock& prover_share) {
  RETURN_IF_ERROR(Ready());
  if (!shaken_ || pending_)
    return Break(Violation("a client record comes before the one before it has its tag"));
  switch (next_record_) {
    case 0:
      if (type == TlsContent::kHandshake && ciphertext.size() == kFinishedBytes) break;
      return Break(
          Violation(fmt::format("the client's first record is its Finished, of {} bytes", kFinishedBytes)));
    case 1:
      if (!established()) return Break(Violation("the request comes before the server's Finished"));
      if (type == TlsContent::kApplicationData && !ciphertext.empty() &&
          ciphertext.size() <= limits_.request_bytes) {
        break;
      }
      return Break(Violation(
          fmt::format("the client's second record is its request, of 1 to {} bytes", limits_.request_bytes)));
    default: return Break(Violation("the client has one request a session, and no alert"));
  }
  pending_ = ClientRecord{.sequence = next_record_++,
                          .type = type,
                          .ciphertext = Bytes(ciphertext.begin(), ciphertext.end()),
                          .prover_share = prover_share};
  return *pending_;
}

Status RecordLog::Complete(const GcmBlock& notary_share) {
  RETURN_IF_ERROR(Ready());
  if (!pending_) return Break(Violation("there is no client record that wants a tag"));
  const ClientRecord record = *std::exchange(pending_, std::nullopt);
  Bytes fragment(kTlsNonceBytes);
  for (std::size_t i = 0; i < kTlsNonceBytes; ++i) {
    fragment[i] = static_cast<std::uint8_t>(record.sequence >> (8 * (kTlsNonceBytes - 1 - i)));
  }
  fragment.insert(fragment.end(), record.ciphertext.begin(), record.ciphertext.end());
  for (std::size_t i = 0; i < kTlsTagBytes; ++i) {
    fragment.push_back(static_cast<std::uint8_t>(record.prover_share[i] ^ notary_share[i]));
  }
  return Add(TlsSide::kClient, EncodeTlsRecord(record.type, fragment));
}

Status RecordLog::Receive(ByteSpan server_bytes) {
  RETURN_IF_ERROR(Ready());
  if (next_record_ == 0 || pending_) {
    return Break(Violation("the server's bytes come before the client's Finished has its tag"));
  }
  return Add(TlsSide::kServer, server_bytes);
}

Result<ObservedSession> RecordLog::Close(const RelayEnd& end) && {
  RETURN_IF_ERROR(Ready());
  if (pending_) return Break(Violation("the log is closed while a client record has no tag"));
  if (log_.Finish() != end) {
    return Break(Error(ErrorCode::kCheatingDetected, "the prover closed another log than the notary has"));
  }
  error_ = Violation("the log is closed");
  return std::move(*observer_).Finish();
}

Status RecordLog::Add(TlsSide from, ByteSpan bytes) {
  std::size_t& sum = bytes_[from == TlsSide::kClient ? 0 : 1];
  const std::size_t limit = from == TlsSide::kClient ? limits_.sent_bytes : limits_.received_bytes;
  if (bytes.size() > limit - sum) {
    return Break(
        Error(ErrorCode::kResourceExhausted,
              fmt::format("{} has more than the {} bytes of this session", TlsSideName(from), limit)));
  }
  sum += bytes.size();
  log_.Add(from, bytes);
  if (Status observed = observer_->Observe(from, bytes); !observed) return Break(observed.error());
  return {};
}

std::unexpected<Error> RecordLog::Break(Error error) {
  error_ = error;
  return std::unexpected(std::move(error));
}

Status RecordLog::Ready() const {
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace mpcstats
