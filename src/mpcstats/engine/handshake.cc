#include "mpcstats/engine/handshake.h"

#include <utility>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/hkdf.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {

namespace {

constexpr std::uint32_t kProtocolVersion = 1;
constexpr std::size_t kHelloBytes = 4 + 1 + 32;
constexpr std::size_t kViewBytes = 64;

std::string PeerName(const PeerLinks& links, Peer peer) {
  return "party " + std::to_string(IndexOf(links.self(), peer).value());
}

Result<std::array<Bytes, 2>> ExchangeFixed(PeerLinks& links, const std::array<Bytes, 2>& send,
                                           std::size_t size) {
  auto received = links.Exchange(send, {size, size});
  if (!received) return received;
  for (Peer peer : kPeers) {
    if ((*received)[Slot(peer)].size() != size) {
      return Fail(ErrorCode::kProtocolViolation,
                  PeerName(links, peer) + " sent a handshake message of a wrong length");
    }
  }
  return received;
}

Bytes32 Confirmation(const Secret<Bytes32>& key, const Bytes32& session_id, PartyIndex sender) {
  const Bytes32 message = Sha256Stream("mpcstats/v1/confirm").Add(session_id).AddU64(sender.value()).Finish();
  return key.With(SecretAccess("key confirmation"), [&](const Bytes32& k) { return HmacSha256(k, message); });
}

}  // namespace

Result<SessionConfig> EstablishSession(PeerLinks& links, const Bytes32& view, Rng& rng) {
  const PartyIndex self = links.self();
  std::array<Bytes32, 3> nonces;
  rng.Fill(nonces[self.value()]);
  Writer hello;
  hello.U32(kProtocolVersion).U8(static_cast<std::uint8_t>(self.value())).Raw(nonces[self.value()]);
  ASSIGN_OR_RETURN(const auto hellos, ExchangeFixed(links, {hello.bytes(), hello.bytes()}, kHelloBytes));
  for (Peer peer : kPeers) {
    const PartyIndex index = IndexOf(self, peer);
    Reader reader(hellos[Slot(peer)]);
    if (reader.U32() != kProtocolVersion) {
      return Fail(
          ErrorCode::kProtocolViolation,
          PeerName(links, peer) + " speaks another protocol version; run the same release everywhere");
    }
    if (reader.U8() != index.value()) {
      return Fail(ErrorCode::kProtocolViolation, PeerName(links, peer) + " says it is another party");
    }
    const ByteSpan nonce = reader.Raw(32);
    std::copy(nonce.begin(), nonce.end(), nonces[index.value()].begin());
  }
  Sha256Stream id_hash("mpcstats/v1/session");
  for (const auto& nonce : nonces) id_hash.Add(nonce);
  const Bytes32 session_id = id_hash.Finish();

  Bytes said(session_id.begin(), session_id.end());
  said.insert(said.end(), view.begin(), view.end());
  ASSIGN_OR_RETURN(const auto views, ExchangeFixed(links, {said, said}, kViewBytes));
  for (Peer peer : kPeers) {
    if (views[Slot(peer)] != said) {
      return Fail(ErrorCode::kProtocolViolation,
                  PeerName(links, peer) + " is about to run something else (other plan, inputs or build)");
    }
  }

  const Bytes32 context = Sha256Stream("mpcstats/v1/context").Add(session_id).Add(view).Finish();
  ASSIGN_OR_RETURN(Secret<Bytes32> own_key, links.Export(Peer::kPrevious, context));
  ASSIGN_OR_RETURN(Secret<Bytes32> next_key, links.Export(Peer::kNext, context));
  const auto bytes = [](const Bytes32& digest) { return Bytes(digest.begin(), digest.end()); };
  const std::array<Bytes, 2> confirm = {bytes(Confirmation(next_key, session_id, self)),
                                        bytes(Confirmation(own_key, session_id, self))};
  ASSIGN_OR_RETURN(const auto confirmations, ExchangeFixed(links, confirm, 32));
  for (Peer peer : kPeers) {
    const Bytes32 want =
        Confirmation(peer == Peer::kNext ? next_key : own_key, session_id, IndexOf(self, peer));
    if (!ct::Equal(confirmations[Slot(peer)], want)) {
      return Fail(ErrorCode::kCheatingDetected,
                  PeerName(links, peer) + " does not hold the key of this connection");
    }
  }
  SessionConfig config;
  config.self = self;
  config.session_id = session_id;
  config.own_key = std::move(own_key);
  config.next_key = std::move(next_key);
  return config;
}

}  // namespace mpcstats
