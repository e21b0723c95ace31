// A TLS 1.2 server for tests that can be told to misbehave at every step.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/zktls/tls/certificate_testing.h"
#include "mpcstats/zktls/tls/codec.h"
#include "mpcstats/zktls/tls/gcm_records.h"
#include "mpcstats/zktls/tls/handshake.h"
#include "mpcstats/zktls/tls/record.h"
#include "mpcstats/zktls/tls/transcript.h"

namespace mpcstats {

using TlsChange = std::function<void(Bytes&)>;

/// What the server does in another way than it should. Changes of bodies go into its transcript and its signature as
/// changed, so that what is refused is refused for what it is.
struct ServerHooks {
  std::uint16_t version = kTls12;
  std::uint16_t suite = 0;  ///< 0 for the one that fits the key
  TlsChange hello_random;
  TlsChange hello_body;
  std::vector<std::pair<std::uint16_t, Bytes>> extensions = {{23, {}}, {0xff01, {0}}};
  TlsChange certificate_body;
  TlsChange exchange_params;  ///< before they are signed
  TlsChange signed_randoms;   ///< the 64 bytes that are signed before the parameters
  TlsChange exchange_body;    ///< after
  TlsSignature scheme = TlsSignature::kEcdsaP256Sha256;
  Bytes done_body;
  std::vector<TlsHandshakeType> leave_out;
  /// The whole flight of handshake messages, just before it goes into records.
  std::function<void(std::vector<Bytes>&)> flight;
  std::size_t flight_piece = kTlsMaxPlaintext;  ///< bytes of the flight in a record
  Bytes before_ccs;                             ///< raw bytes
  Bytes ccs = {1};
  std::size_t ccs_count = 1;
  TlsChange verify_data;
  TlsChange finished_fragment;  ///< after sealing
  Bytes finished_extra;         ///< after the message, in the same record
  TlsContent finished_type = TlsContent::kHandshake;
};

/// Bytes in, bytes out, as a server has it; only as strict as the tests need.
class TestServer {
 public:
  TestServer(std::vector<Bytes> chain, EVP_PKEY* key, ServerHooks hooks, std::uint64_t seed = 1)
      : chain_(std::move(chain)),
        key_(key),
        hooks_(std::move(hooks)),
        rng_(seed),
        ecdh_(EcKey::Generate(rng_)) {
    rng_.Fill(random_);
  }

  void Receive(ByteSpan bytes) {
    records_.Add(bytes);
    while (!broken_) {
      auto record = records_.Next();
      broken_ = !record.has_value();
      if (broken_ || !*record) return;
      Handle(**record);
    }
  }
  Bytes TakeOutput() { return std::exchange(output_, {}); }
  /// The application data that came.
  [[nodiscard]] const std::string& received() const { return received_; }
  [[nodiscard]] const std::vector<std::uint8_t>& alerts() const { return alerts_; }
  [[nodiscard]] bool finished() const { return finished_; }
  /// Somebody changed what the client said; a real server would have sent an alert.
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] const Secret<TlsMasterSecret>& master() const { return master_; }

  void SendRaw(ByteSpan bytes) { output_.insert(output_.end(), bytes.begin(), bytes.end()); }
  void SendData(std::string_view text, std::size_t piece = kTlsMaxPlaintext) {
    do {
      const std::string_view head = text.substr(0, piece);
      SendSealed(TlsContent::kApplicationData, AsBytes(head));
      text.remove_prefix(head.size());
    } while (!text.empty());
  }
  void SendSealed(TlsContent type, ByteSpan plaintext, const TlsChange& change = {}) {
    Result<Bytes> fragment = protection_->Seal(type, sent_++, plaintext);
    CHECK(fragment.has_value());
    if (change) change(*fragment);
    SendRaw(EncodeTlsRecord(type, *fragment));
  }
  void CloseNotify() { SendSealed(TlsContent::kAlert, kTlsCloseNotify); }

 private:
  static void Apply(const TlsChange& change, Bytes& bytes) {
    if (change) change(bytes);
  }

  void Handle(const TlsRecord& record) {
    if (record.type == TlsContent::kChangeCipherSpec) {
      records_.Protect();
      encrypted_ = true;
      return;
    }
    Bytes plaintext = record.fragment;
    if (encrypted_) {
      auto opened = protection_->Open(record.type, received_records_++, record.fragment);
      broken_ = !opened.has_value() || !opened->has_value();
      if (broken_) return;
      plaintext.assign((*opened)->span().begin(), (*opened)->span().end());
    }
    if (record.type == TlsContent::kAlert) return alerts_.push_back(plaintext.at(1));
    if (record.type == TlsContent::kApplicationData) {
      received_.append(plaintext.begin(), plaintext.end());
      return;
    }
    messages_.Add(plaintext);
    for (;;) {
      auto message = messages_.Next();
      broken_ = broken_ || !message.has_value();
      if (broken_ || !*message) return;
      HandleMessage(**message);
    }
  }

  void HandleMessage(const TlsHandshakeMessage& message) {
    if (message.type == TlsHandshakeType::kFinished) {
      transcript_.Add(message.whole);
      return SendFinished();
    }
    transcript_.Add(message.whole);
    if (message.type == TlsHandshakeType::kClientHello) return SendFlight(message.body());
    const auto point = ParseTlsClientKeyExchange(message.body());
    broken_ = message.type != TlsHandshakeType::kClientKeyExchange || !point.has_value();
    if (!broken_) Derive(*point);
  }

  void SendFlight(ByteSpan hello) {
    std::copy_n(hello.begin() + 2, 32, client_random_.begin());
    std::vector<Bytes> flight;
    const auto add = [&](TlsHandshakeType type, const Bytes& body) {
      if (std::ranges::find(hooks_.leave_out, type) != hooks_.leave_out.end()) return;
      flight.push_back(EncodeTlsHandshake(type, body));
    };
    Bytes random(random_.begin(), random_.end());
    Apply(hooks_.hello_random, random);
    std::ranges::copy(random, random_.begin());
    add(TlsHandshakeType::kServerHello, HelloBody());
    TlsWriter list;
    for (const Bytes& der : chain_) list.Vector24(der);
    TlsWriter certificate;
    certificate.Vector24(list.bytes());
    Bytes body = certificate.bytes();
    Apply(hooks_.certificate_body, body);
    add(TlsHandshakeType::kCertificate, body);
    add(TlsHandshakeType::kServerKeyExchange, ExchangeBody());
    add(TlsHandshakeType::kServerHelloDone, hooks_.done_body);
    if (hooks_.flight) hooks_.flight(flight);
    Bytes all;
    for (const Bytes& message : flight) {
      transcript_.Add(message);
      all.insert(all.end(), message.begin(), message.end());
    }
    for (ByteSpan rest = all; !rest.empty();) {
      const ByteSpan piece = rest.first(std::min(rest.size(), hooks_.flight_piece));
      SendRaw(EncodeTlsRecord(TlsContent::kHandshake, piece));
      rest = rest.subspan(piece.size());
    }
  }

  Bytes HelloBody() {
    const bool rsa = EVP_PKEY_get_base_id(key_) == EVP_PKEY_RSA;
    TlsWriter extensions;
    for (const auto& [type, content] : hooks_.extensions) extensions.U16(type).Vector16(content);
    TlsWriter writer;
    writer.U16(hooks_.version).Raw(random_).U8(0);
    writer.U16(hooks_.suite != 0 ? hooks_.suite : rsa ? 0xc02f : 0xc02b).U8(0).Vector16(extensions.bytes());
    Bytes body = writer.bytes();
    Apply(hooks_.hello_body, body);
    return body;
  }

  Bytes ExchangeBody() {
    TlsWriter params_writer;
    params_writer.U8(3).U16(kSecp256r1).Vector8(ecdh_.point());
    Bytes params = params_writer.bytes();
    Apply(hooks_.exchange_params, params);
    Bytes signed_bytes(client_random_.begin(), client_random_.end());
    signed_bytes.insert(signed_bytes.end(), random_.begin(), random_.end());
    Apply(hooks_.signed_randoms, signed_bytes);
    signed_bytes.insert(signed_bytes.end(), params.begin(), params.end());
    TlsWriter writer;
    writer.Raw(params).U16(static_cast<std::uint16_t>(hooks_.scheme)).Vector16(Sign(signed_bytes));
    Bytes body = writer.bytes();
    Apply(hooks_.exchange_body, body);
    return body;
  }

  Bytes Sign(ByteSpan message) {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* parameters = nullptr;
    const char* const digest = hooks_.scheme == TlsSignature::kEcdsaP384Sha384 ? "SHA384" : "SHA256";
    CHECK(EVP_DigestSignInit_ex(context, &parameters, digest, nullptr, nullptr, key_, nullptr) == 1);
    if (hooks_.scheme == TlsSignature::kRsaPssRsaeSha256) {
      CHECK(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    std::size_t size = 0;
    CHECK(EVP_DigestSign(context, nullptr, &size, message.data(), message.size()) == 1);
    Bytes signature(size);
    CHECK(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()) == 1);
    signature.resize(size);
    EVP_MD_CTX_free(context);
    return signature;
  }

  void Derive(const EcPoint& client_point) {
    // Its own derivation, not the client's: the randoms and hashes are the ones that the server saw.
    const Secret<Bytes32> premaster = std::move(*ecdh_.SharedX(client_point));
    const Bytes32 session_hash = transcript_.Hash();
    const SecretAccess access("test server");
    TlsMasterSecret master;
    premaster.With(access,
                   [&](const Bytes32& x) { TlsPrf(x, "extended master secret", session_hash, master); });
    Bytes randoms(random_.begin(), random_.end());
    randoms.insert(randoms.end(), client_random_.begin(), client_random_.end());
    TlsKeyBlock block;
    TlsPrf(master, "key expansion", randoms, {reinterpret_cast<std::uint8_t*>(&block), sizeof(block)});
    master_ = Secret(master);
    protection_ = std::make_unique<GcmRecords>(Secret(block), TlsSide::kServer);
  }

  void SendFinished() {
    TlsVerifyData verify;
    const Bytes32 hash = transcript_.Hash();
    master_.With(SecretAccess("test server"),
                 [&](const TlsMasterSecret& master) { TlsPrf(master, "server finished", hash, verify); });
    Bytes data(verify.begin(), verify.end());
    Apply(hooks_.verify_data, data);
    Bytes message = EncodeTlsHandshake(TlsHandshakeType::kFinished, data);
    message.insert(message.end(), hooks_.finished_extra.begin(), hooks_.finished_extra.end());
    SendRaw(hooks_.before_ccs);
    for (std::size_t i = 0; i < hooks_.ccs_count; ++i) {
      SendRaw(EncodeTlsRecord(TlsContent::kChangeCipherSpec, hooks_.ccs));
    }
    SendSealed(hooks_.finished_type, message, hooks_.finished_fragment);
    finished_ = true;
  }

  std::vector<Bytes> chain_;
  EVP_PKEY* key_;
  ServerHooks hooks_;
  SeededRng rng_;
  EcKey ecdh_;
  Bytes32 random_{};
  Bytes32 client_random_{};
  TlsRecordReader records_{TlsSide::kClient};
  TlsHandshakeReader messages_{TlsSide::kClient};
  TlsTranscript transcript_;
  Secret<TlsMasterSecret> master_;
  std::unique_ptr<RecordProtection> protection_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_records_ = 0;
  bool encrypted_ = false;
  bool finished_ = false;
  bool broken_ = false;
  std::string received_;
  std::vector<std::uint8_t> alerts_;
  Bytes output_;
};

}  // namespace mpcstats
