#include "mpcstats/zktls/mpctls/wire.h"

#include <algorithm>
#include <utility>

#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kHandshakeHead = sizeof(Bytes32) + sizeof(EcPoint);
constexpr std::size_t kSealedHead = 1 + sizeof(GcmBlock);

}  // namespace

Bytes EncodeMpcHandshake(const Bytes32& client_random, const EcPoint& client_point, ByteSpan server_bytes) {
  Writer writer;
  writer.Raw(client_random).Raw(client_point).Raw(server_bytes);
  return std::move(writer).Take();
}

Result<MpcHandshake> DecodeMpcHandshake(ByteSpan body) {
  if (body.size() < kHandshakeHead) {
    return Fail(ErrorCode::kProtocolViolation, "the handshake of the prover is cut short");
  }
  MpcHandshake handshake;
  std::ranges::copy(body.first(sizeof(Bytes32)), handshake.client_random.begin());
  auto point = ParseEcPoint(body.subspan(sizeof(Bytes32), sizeof(EcPoint)));
  if (!point) return std::unexpected(point.error().At("the client's point"));
  handshake.client_point = *point;
  const ByteSpan rest = body.subspan(kHandshakeHead);
  handshake.server_bytes.assign(rest.begin(), rest.end());
  return handshake;
}

Bytes EncodeMpcSealed(TlsContent type, const GcmBlock& prover_share, ByteSpan ciphertext) {
  Writer writer;
  writer.U8(static_cast<std::uint8_t>(type)).Raw(prover_share).Raw(ciphertext);
  return std::move(writer).Take();
}

Result<MpcSealed> DecodeMpcSealed(ByteSpan body) {
  if (body.size() < kSealedHead) {
    return Fail(ErrorCode::kProtocolViolation, "a client record of the prover is cut short");
  }
  // Any other type than the one that is due is refused by the log.
  MpcSealed sealed{.type = static_cast<TlsContent>(body[0]), .prover_share = {}, .ciphertext = {}};
  std::ranges::copy(body.subspan(1, sizeof(GcmBlock)), sealed.prover_share.begin());
  const ByteSpan rest = body.subspan(kSealedHead);
  sealed.ciphertext.assign(rest.begin(), rest.end());
  return sealed;
}

Bytes EncodeMpcClose(const RelayEnd& end) {
  Writer writer;
  writer.U64(end.sent_bytes).U64(end.received_bytes).Raw(end.log_hash);
  return std::move(writer).Take();
}

Result<RelayEnd> DecodeMpcClose(ByteSpan body) { return DecodeRelayEnd(body); }

}  // namespace mpcstats
