#include "mpcstats/zktls/mpctls/prover_stages.h"

#include <openssl/evp.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/circuit/sha256_public.h"
#include "mpcstats/crypto/openssl_ptr.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpenSslDeleter<EVP_CIPHER_CTX_free>>;

constexpr std::size_t kHmacBlockBytes = 64;
constexpr std::string_view kMasterLabel = "extended master secret";
constexpr std::string_view kKeysLabel = "key expansion";
constexpr std::string_view kClientLabel = "client finished";
constexpr std::string_view kServerLabel = "server finished";

Bytes Join(std::initializer_list<ByteSpan> parts) {
  Bytes out;
  for (const ByteSpan part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

void PutBits(ByteSpan bytes, std::uint8_t*& bits) {
  for (const std::uint8_t byte : bytes) {
    for (unsigned k = 0; k < 8; ++k) *bits++ = (byte >> k) & 1u;
  }
}

Buffer<std::uint8_t> BitsOf(ByteSpan bytes) {
  Buffer<std::uint8_t> bits(8 * bytes.size());
  std::uint8_t* place = bits.data();
  PutBits(bytes, place);
  return bits;
}

/// The inner digests of HMACs of these messages under the key with this inner state, one after the other. All public.
Buffer<std::uint8_t> Digests(const Bytes32& inner, std::initializer_list<Bytes> messages) {
  Buffer<std::uint8_t> bits(256 * messages.size());
  std::uint8_t* place = bits.data();
  for (const Bytes& message : messages) {
    PutBits(Sha256ContinuePublic(inner, kHmacBlockBytes, message), place);
  }
  return bits;
}

/// Blocks of keystream from counter 2 on.
void Keystream(const std::array<std::uint8_t, 16>& key, const std::array<std::uint8_t, 4>& salt,
               const std::array<std::uint8_t, kTlsNonceBytes>& nonce, MutableByteSpan out) {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr);
  const CipherContext context(EVP_CIPHER_CTX_new());
  const GcmBlock first = TlsCounterBlock(salt, nonce, 2);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  int written = 0;
  CHECK(context != nullptr &&
        EVP_EncryptInit_ex(context.get(), kCipher, nullptr, key.data(), first.data()) == 1 &&
        EVP_EncryptUpdate(context.get(), out.data(), &written, out.data(), static_cast<int>(out.size())) ==
            1);
}

}  // namespace

Result<ProverStages> ProverStages::Create(std::size_t bucket, const Bytes32& session,
                                          VerifierCorrelations correlations, Buffer<std::uint8_t> masks,
                                          Rng& rng) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
  ASSIGN_OR_RETURN(Garbler garbler,
                   Garbler::Create(tls.plan, session, std::move(correlations), std::move(masks), rng));
  return ProverStages(tls, std::move(garbler));
}

Status ProverStages::Begin(const Secret<Bytes32>& share, const StageHandshake& handshake) {
  if (begun_) return Fail(ErrorCode::kInvalidArgument, "the keys of a session are derived once");
  share.With(SecretAccess("half of a premaster secret"), [this](const Bytes32& s) { share_ = Secret(s); });
  handshake_ = handshake;
  begun_ = true;
  return {};
}

Status ProverStages::BeginServerBlock(const std::array<std::uint8_t, kTlsNonceBytes>& nonce) {
  if (has_nonce_ || phase() != TlsPhase::kServerBlock) {
    return Fail(ErrorCode::kInvalidArgument, "one block of the server's keystream, after the keys");
  }
  server_nonce_ = nonce;
  has_nonce_ = true;
  return {};
}

Status ProverStages::BeginServerFinished(const Bytes32& handshake_hash) {
  if (has_hash_ || phase() != TlsPhase::kServerA1) {
    return Fail(ErrorCode::kInvalidArgument, "the server's verify_data comes once, after its block");
  }
  server_hash_ = handshake_hash;
  has_hash_ = true;
  return {};
}

bool ProverStages::ready() const {
  if (failed_ || phase_ == kTlsPhases) return false;
  if (phase() == TlsPhase::kServerBlock) return has_nonce_;
  return phase() < TlsPhase::kServerBlock ? begun_ : has_hash_;
}

Buffer<std::uint8_t> ProverStages::InputsOf(TlsPhase phase) const {
  const Bytes master = Join({AsBytes(kMasterLabel), handshake_.session_hash});
  // RFC 5246, section 6.3: the server's random first.
  const Bytes keys = Join({AsBytes(kKeysLabel), handshake_.server_random, handshake_.client_random});
  const Bytes client = Join({AsBytes(kClientLabel), handshake_.session_hash});
  const Bytes server = Join({AsBytes(kServerLabel), server_hash_});
  const StagePublicValues& v = values_;
  switch (phase) {
    case TlsPhase::kPremaster:
      return share_.With(SecretAccess("half of a premaster secret into its labels"),
                         [](const Bytes32& share) {
                           Bytes32 lowest_first = share;
                           std::ranges::reverse(lowest_first);
                           Buffer<std::uint8_t> bits = BitsOf(lowest_first);
                           SecureWipe(lowest_first.data(), lowest_first.size());
                           return bits;
                         });
    case TlsPhase::kMasterA1: return Digests(v.premaster_inner, {master});
    case TlsPhase::kMasterP1:
      return Digests(v.premaster_inner, {Join({v.master_a1, master}), Join({v.master_a1})});
    case TlsPhase::kMasterP2: return Digests(v.premaster_inner, {Join({v.master_a2, master})});
    case TlsPhase::kKeysA1: return Digests(v.master_inner, {keys, client});
    case TlsPhase::kKeysP1:
      return Digests(v.master_inner,
                     {Join({v.keys_a1, keys}), Join({v.keys_a1}), Join({v.client_a1, client})});
    case TlsPhase::kRecords: return Digests(v.master_inner, {Join({v.keys_a2, keys})});
    case TlsPhase::kServerBlock: return BitsOf(server_nonce_);
    case TlsPhase::kServerA1: return Digests(v.master_inner, {server});
    case TlsPhase::kServerP1: return Digests(v.master_inner, {Join({v.server_a1, server})});
  }
  return {};
}

Result<Bytes> ProverStages::Labels(ByteSpan choices) {
  if (!ready()) return Fail(ErrorCode::kInvalidArgument, "the next phase of the session has no inputs yet");
  const Buffer<std::uint8_t> bits = InputsOf(phase());
  auto labels = garbler_.StartPhase(choices, bits.span());
  failed_ = !labels;
  return labels;
}

Status ProverStages::Outputs(ByteSpan message) {
  if (failed_) return Fail(ErrorCode::kInvalidArgument, "the session has failed");
  auto bits = garbler_.ReceiveOutputs(message);
  if (!bits) {
    failed_ = true;
    return std::unexpected(std::move(bits).error());
  }
  if (phase() == TlsPhase::kRecords) {
    shares_ = TakeShares(bits->span(), tls_->odd_powers);
    keystream_ = TakeKeystream(bits->span(), tls_->odd_powers);
  } else {
    TakePublicValues(phase(), bits->span(), values_);
  }
  ++phase_;
  return {};
}

Result<OpenedStageKeys> ProverStages::CheckOpened(const Secret<Bytes32>& premaster) const {
  if (failed_ || phase_ != kTlsPhases) {
    return Fail(ErrorCode::kInvalidArgument, "the session's phases are not done");
  }
  constexpr SecretAccess kReason("keys of a closed connection");
  TlsMasterSecret master;
  premaster.With(
      kReason, [&](const Bytes32& secret) { TlsPrf(secret, kMasterLabel, handshake_.session_hash, master); });
  TlsKeyBlock keys;
  TlsPrf(master, kKeysLabel, Join({handshake_.server_random, handshake_.client_random}),
         {reinterpret_cast<std::uint8_t*>(&keys), sizeof(keys)});
  TlsVerifyData client;
  TlsVerifyData server;
  TlsPrf(master, kClientLabel, handshake_.session_hash, client);
  TlsPrf(master, kServerLabel, server_hash_, server);

  Buffer<std::uint8_t> keystream(keystream_.size());
  const MutableByteSpan all = keystream.span();
  Keystream(keys.client_key, keys.client_iv, {}, all.first(sizeof(GcmBlock)));
  Keystream(keys.client_key, keys.client_iv, {0, 0, 0, 0, 0, 0, 0, 1}, all.subspan(sizeof(GcmBlock)));
  GcmBlock block;
  Keystream(keys.server_key, keys.server_iv, server_nonce_, block);

  // All of them, whichever differs: the error says nothing more.
  bool same = ct::Equal(client, values_.client_verify_data);
  same &= ct::Equal(server, values_.server_verify_data);
  same &= ct::Equal(block, values_.server_block);
  same &= ct::Equal(keystream.span(), keystream_.span());
  OpenedStageKeys opened{Secret(master), Secret(keys)};
  SecureWipe(&keys, sizeof(keys));
  SecureWipe(master.data(), master.size());
  if (!same) {
    return Fail(ErrorCode::kCheatingDetected, "the notary evaluated with another share than it opened");
  }
  return opened;
}

}  // namespace mpcstats
