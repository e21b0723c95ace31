#include "mpcstats/zktls/session/notary_session.h"

#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <optional>

#include "mpcstats/zktls/proxy/run_relay.h"
#include "mpcstats/zktls/session/statement_proof.h"
#include "mpcstats/zktls/session/vole_exchange.h"

namespace mpcstats {
namespace {

constexpr std::string_view kProver = "the prover";
constexpr std::size_t kMaxBindBytes = kMaxTemplateBytes + (std::size_t{512} << 10);

TlsTime TimeOf(std::uint64_t ms) {
  return TlsTime(std::chrono::duration_cast<TlsTime::duration>(std::chrono::milliseconds(ms)));
}

std::uint64_t MinuteOf(std::uint64_t ms) { return ms / 60'000; }

// One session, in the order of messages.h.
class Session {
 public:
  Session(FrameStream& stream, const NotarySessionServices& services, NotarySessionReport* report)
      : stream_(stream), prover_(stream), services_(services), report_(report) {}

  Status Run() {
    RETURN_IF_ERROR(Open());
    RETURN_IF_ERROR(Bind());
    ASSIGN_OR_RETURN(VoleSender vole, SetUpVoleAsNotary(prover_, id_, *services_.rng));
    RETURN_IF_ERROR(ReceiveMessage(prover_, SessionMessage::kConnect, 0, kProver));
    RETURN_IF_ERROR(Relay());
    RETURN_IF_ERROR(Verify(vole));
    return Attest();
  }

 private:
  Status Open() {
    ASSIGN_OR_RETURN(const Bytes body, ReceiveMessage(prover_, SessionMessage::kOpen, 256, kProver));
    ASSIGN_OR_RETURN(const SessionOpen open, DecodeSessionOpen(body));
    if (open.mode != AttestationMode::kProxy) {
      return Fail(ErrorCode::kUnimplemented,
                  "sessions in mode mpc are not built yet; this notary offers mode proxy");
    }
    ASSIGN_OR_RETURN(auto signing, services_.signing_key());
    key_ = std::move(signing.first);
    SessionOpened opened{.key_id = NotaryKeyId(key_->PublicKey()),
                         .limits = services_.limits,
                         .time = services_.now_ms() / 1000};
    services_.rng->Fill(opened.nonce);
    id_ = SessionIdOf(open, opened);
    return SendMessage(prover_, SessionMessage::kOpened, EncodeSessionOpened(opened));
  }

  // What the session is for: once, and before the website hears of it.
  Status Bind() {
    ASSIGN_OR_RETURN(const Bytes body,
                     ReceiveMessage(prover_, SessionMessage::kBind, kMaxBindBytes, kProver));
    ASSIGN_OR_RETURN(const SessionBind bind, DecodeSessionBind(body));
    ASSIGN_OR_RETURN(plan_, PlanStatement(bind));
    report_->host = plan_->source.host;
    return services_.allow(plan_->source.host, plan_->source.port);
  }

  Status Relay() {
    start_ms_ = services_.now_ms();
    const Relay::Limits limits{.max_sent = services_.limits.sent_bytes,
                               .max_received = services_.limits.received_bytes,
                               .max_time = std::chrono::seconds(services_.limits.seconds)};
    const RelayTarget target{
        .host = plan_->source.host, .port = plan_->source.port, .rule = services_.address_rule};
    ASSIGN_OR_RETURN(relayed_, RunRelay(stream_, target, *services_.roots, TimeOf(start_ms_), limits));
    end_ms_ = services_.now_ms();
    report_->sent_bytes = relayed_->end.sent_bytes;
    report_->received_bytes = relayed_->end.received_bytes;
    return {};
  }

  Status Verify(VoleSender& vole) {
    ASSIGN_OR_RETURN(const Bytes body,
                     ReceiveMessage(prover_, SessionMessage::kShape, kMaxShapeBytes, kProver));
    ASSIGN_OR_RETURN(shape_, DecodeShape(body));
    const SessionPublic session(*plan_, relayed_->session, shape_);
    ASSIGN_OR_RETURN(const SessionSize size, SizeOf(session));
    ASSIGN_OR_RETURN(VerifierCorrelations correlations,
                     ExtendVoleAsNotary(prover_, vole, size.cost.Correlations(), *services_.rng));
    ASSIGN_OR_RETURN(ZkVerifier verifier, ZkVerifier::Create(id_, std::move(correlations)));
    ASSIGN_OR_RETURN(const Bytes claims,
                     ReceiveMessage(prover_, SessionMessage::kClaims, size.claim_bytes, kProver));
    ASSIGN_OR_RETURN(const Bytes witness,
                     ReceiveMessage(prover_, SessionMessage::kWitness, size.cost.CommitmentBytes(), kProver));
    RETURN_IF_ERROR(verifier.Receive(witness));
    ASSIGN_OR_RETURN(auto end, SessionEnd<ZkVerifier>::Of(claims, plan_->share.bits > 0));
    ASSIGN_OR_RETURN(const TlsPlaintext<ZkVerifier> proven,
                     RunSessionProgram(verifier, session, end, PublicWitness{32}));
    RETURN_IF_ERROR(end.revealer.Finish());
    ASSIGN_OR_RETURN(const Bytes challenge, verifier.Challenge(*services_.rng));
    RETURN_IF_ERROR(SendMessage(prover_, SessionMessage::kChallenge, challenge));
    ASSIGN_OR_RETURN(const Bytes proof,
                     ReceiveMessage(prover_, SessionMessage::kProof, kZkProofBytes, kProver));
    RETURN_IF_ERROR(verifier.Check(proof));
    // From here on what the prover revealed is true; now every byte of the log is held against it.
    RETURN_IF_ERROR(CheckSessionTags(relayed_->session, proven));
    commitments_ = end.commitments;
    complete_ = std::ranges::equal(proven.server.alert, kTlsCloseNotify);
    return {};
  }

  [[nodiscard]] Attestation Facts() const {
    const ObservedSession& observed = relayed_->session;
    Attestation facts;
    facts.session = {.mode = AttestationMode::kProxy,
                     .tls = kTls12,
                     .suite = static_cast<std::uint16_t>(observed.server.suite),
                     .group = kSecp256r1,
                     .session_id = id_,
                     .context = plan_->share.ctx,
                     .start_minute = MinuteOf(start_ms_),
                     .end_minute = MinuteOf(end_ms_),
                     .complete = complete_};
    facts.server = {.host = observed.host,
                    .spki_hash = observed.server.spki_hash,
                    .chain_hash = observed.server.chain_hash,
                    .root_store = observed.root_store_id};
    facts.statement = {.template_hash = TemplateHash(plan_->source),
                       .header_group = static_cast<std::uint8_t>(plan_->share.group),
                       .commit_alg = kCommitSha256,
                       .bits = static_cast<std::uint16_t>(plan_->share.bits),
                       .columns = plan_->attested,
                       .commitments = commitments_};
    for (std::size_t i = 0; i < plan_->source.predicates.size(); ++i) {
      facts.open.predicates.push_back(
          {.name = plan_->source.predicates[i].name, .holds = shape_.response.answers[i]});
    }
    facts.transcript = {
        .start_ms = start_ms_,
        .end_ms = end_ms_,
        .sent_bytes = static_cast<std::uint32_t>(relayed_->end.sent_bytes),
        .received_bytes = static_cast<std::uint32_t>(relayed_->end.received_bytes),
        .sent_records = static_cast<std::uint32_t>(observed.client.records.size()),
        .received_records = static_cast<std::uint32_t>(observed.server_records.records.size()),
        .revealed = {}};
    facts.network = {.egress = relayed_->egress_address, .peer = relayed_->resolved_address};
    return facts;
  }

  // Last of all. The log has the hash by which surveys name an attestation, before anybody can have it.
  Status Attest() {
    const Presentation signed_facts = SignAttestation(Facts(), *key_, *services_.rng);
    RETURN_IF_ERROR(services_.record(AttestationHash(EncodePresentation(Withhold(signed_facts)))));
    report_->attested = true;
    return SendMessage(prover_, SessionMessage::kSigned, EncodePresentation(signed_facts));
  }

  FrameStream& stream_;
  StreamChannel prover_;
  const NotarySessionServices& services_;
  NotarySessionReport* report_;
  std::shared_ptr<const SigningKey> key_;
  Bytes32 id_{};
  std::optional<StatementPlan> plan_;
  std::optional<RelayedSession> relayed_;
  StatementShape shape_;
  std::uint64_t start_ms_ = 0;
  std::uint64_t end_ms_ = 0;
  std::array<Bytes32, 3> commitments_{};
  bool complete_ = false;
};

// Buffers of a session have up to some 16 MB; above the first threshold each would be a mapping of its own. The second is what an
// arena may hold on to.
constexpr int kLargestKept = 32 << 20;
constexpr int kKeptInAll = 256 << 20;

}  // namespace

void KeepSessionMemory() {
  mallopt(M_MMAP_THRESHOLD, kLargestKept);
  mallopt(M_TRIM_THRESHOLD, kKeptInAll);
}

void ReturnSessionMemory() { malloc_trim(0); }

Status RunNotarySession(FrameStream& prover, const NotarySessionServices& services,
                        NotarySessionReport* report) {
  const Status done = Session(prover, services, report).Run();
  if (!done) {
    StreamChannel channel(prover);
    SendRefusal(channel, done.error());
  }
  return done;
}

}  // namespace mpcstats
