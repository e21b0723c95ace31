#include "mpcstats/zktls/statement/tls_keys.h"

#include <algorithm>
#include <array>

#include "mpcstats/base/buffer.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::size_t kBlockBytes = 64;

// HMAC of a key of at most 64 bytes in the clear: constant time, wiped.
class PlainHmac {
 public:
  explicit PlainHmac(ByteSpan key) : states_(2) {
    Buffer<std::uint8_t> block(kBlockBytes);
    for (unsigned which = 0; which < 2; ++which) {
      for (std::size_t i = 0; i < kBlockBytes; ++i) {
        const std::uint8_t byte = i < key.size() ? key[i] : std::uint8_t{0};
        block[i] = static_cast<std::uint8_t>(byte ^ (which == 0 ? 0x36 : 0x5c));
      }
      states_[which] = Sha256CompressPublic(Sha256InitialBytes(), block.span());
    }
  }
  [[nodiscard]] const Bytes32& inner() const { return states_[0]; }
  [[nodiscard]] Bytes32 Tag(ByteSpan message) const {
    return Sha256CompressPublic(states_[1],
                                HmacOuterBlock(Sha256ContinuePublic(states_[0], kBlockBytes, message)));
  }

 private:
  Buffer<Bytes32> states_;
};

std::array<Bytes32 TlsKeyHints::*, 8> Fields() {
  return {&TlsKeyHints::premaster_inner, &TlsKeyHints::master_a1, &TlsKeyHints::master_a2,
          &TlsKeyHints::master_inner,    &TlsKeyHints::keys_a1,   &TlsKeyHints::keys_a2,
          &TlsKeyHints::client_a1,       &TlsKeyHints::server_a1};
}

Bytes Labelled(std::string_view label, ByteSpan a, ByteSpan b = {}) {
  Writer writer;
  writer.Raw(AsBytes(label)).Raw(a).Raw(b);
  return std::move(writer).Take();
}

}  // namespace

Bytes tls_keys::Joined(ByteSpan a, ByteSpan b) { return Labelled("", a, b); }

Bytes EncodeHints(const TlsKeyHints& hints) {
  Bytes bytes;
  for (const auto field : Fields()) bytes.insert(bytes.end(), (hints.*field).begin(), (hints.*field).end());
  return bytes;
}

Result<TlsKeyHints> DecodeHints(ByteSpan bytes) {
  if (bytes.size() != kTlsKeyHintBytes) {
    return Fail(ErrorCode::kProtocolViolation, "the prover's values of the key schedule have another length");
  }
  TlsKeyHints hints;
  std::size_t at = 0;
  for (const auto field : Fields()) {
    std::ranges::copy(bytes.subspan(at, 32), (hints.*field).begin());
    at += 32;
  }
  return hints;
}

TlsSeeds SeedsOf(const TlsKeyContext& context) {
  return {.master = Labelled("extended master secret", context.session_hash),
          .keys = Labelled("key expansion", context.server_random, context.client_random),
          .client = Labelled("client finished", context.before_client_finished),
          .server = Labelled("server finished", context.before_server_finished)};
}

TlsKeyHints HintsFor(const Secret<Bytes32>& premaster, const TlsKeyContext& context) {
  const TlsSeeds seeds = SeedsOf(context);
  TlsKeyHints hints;
  Buffer<std::uint8_t> master(64);
  premaster.With(SecretAccess("key schedule of the prover"), [&](const Bytes32& secret) {
    const PlainHmac hmac(secret);
    hints.premaster_inner = hmac.inner();
    hints.master_a1 = hmac.Tag(seeds.master);
    hints.master_a2 = hmac.Tag(hints.master_a1);
    Bytes32 part = hmac.Tag(tls_keys::Joined(hints.master_a1, seeds.master));
    std::ranges::copy(part, master.data());
    part = hmac.Tag(tls_keys::Joined(hints.master_a2, seeds.master));
    std::ranges::copy(part, master.data() + 32);
    SecureWipe(part.data(), part.size());
  });
  const PlainHmac hmac(ByteSpan(master.span()).first(48));
  hints.master_inner = hmac.inner();
  hints.keys_a1 = hmac.Tag(seeds.keys);
  hints.keys_a2 = hmac.Tag(hints.keys_a1);
  hints.client_a1 = hmac.Tag(seeds.client);
  hints.server_a1 = hmac.Tag(seeds.server);
  return hints;
}

}  // namespace mpcstats
