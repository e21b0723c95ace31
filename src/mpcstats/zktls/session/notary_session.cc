#include "mpcstats/zktls/session/notary_session.h"

#include <fmt/core.h>
#include <malloc.h>

#include <algorithm>
#include <optional>

#include "mpcstats/zktls/mpctls/line_evidence.h"
#include "mpcstats/zktls/mpctls/notary_line.h"
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
      : stream_(stream),
        prover_(stream),
        services_(services),
        report_(report),
        conversation_(prover_, MpcEnd::kNotary) {}

  Status Run() {
    RETURN_IF_ERROR(Open());
    // The prover may still read what the session is for.
    if (open_.mode == AttestationMode::kMpc) RETURN_IF_ERROR(Prepare());
    RETURN_IF_ERROR(Bind());
    RETURN_IF_ERROR(open_.mode == AttestationMode::kMpc ? Line() : Relay());
    RETURN_IF_ERROR(Verify());
    return Attest();
  }

 private:
  Status Open() {
    ASSIGN_OR_RETURN(const Bytes body, ReceiveMessage(prover_, SessionMessage::kOpen, 256, kProver));
    ASSIGN_OR_RETURN(open_, DecodeSessionOpen(body));
    if (open_.request_bucket > services_.largest_bucket) {
      return Fail(
          ErrorCode::kUnimplemented,
          services_.largest_bucket == 0
              ? "sessions in mode mpc are not offered by this notary; it offers mode proxy. Its operator "
                "decides that ([sessions] mpc_request_bytes)"
              : fmt::format("in mode mpc this notary takes requests of at most {} bytes; shorten the "
                            "request, or ask its operator to raise [sessions] mpc_request_bytes",
                            services_.largest_bucket));
    }
    ASSIGN_OR_RETURN(auto signing, services_.signing_key());
    key_ = std::move(signing.first);
    SessionOpened opened{.key_id = NotaryKeyId(key_->PublicKey()),
                         .limits = services_.limits,
                         .time = services_.now_ms() / 1000};
    services_.rng->Fill(opened.nonce);
    id_ = SessionIdOf(open_, opened);
    return SendMessage(prover_, SessionMessage::kOpened, EncodeSessionOpened(opened));
  }

  Status Prepare() {
    ASSIGN_OR_RETURN(NotaryPreparation made,
                     PrepareAsNotary(conversation_, id_, open_.request_bucket, *services_.rng));
    preparation_.emplace(std::move(made));
    return {};
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

  // Mode proxy: the notary carries the bytes.
  Status Relay() {
    ASSIGN_OR_RETURN(VoleSender vole, SetUpVoleAsNotary(prover_, id_, *services_.rng));
    vole_.emplace(std::move(vole));
    RETURN_IF_ERROR(ReceiveMessage(prover_, SessionMessage::kConnect, 0, kProver));
    start_ms_ = services_.now_ms();
    const Relay::Limits limits{.max_sent = services_.limits.sent_bytes,
                               .max_received = services_.limits.received_bytes,
                               .max_time = std::chrono::seconds(services_.limits.seconds)};
    const RelayTarget target{
        .host = plan_->source.host, .port = plan_->source.port, .rule = services_.address_rule};
    ASSIGN_OR_RETURN(RelayedSession relayed,
                     RunRelay(stream_, target, *services_.roots, TimeOf(start_ms_), limits));
    network_ = {.egress = relayed.egress_address, .peer = relayed.resolved_address};
    Observed(std::move(relayed.session), services_.now_ms());
    return {};
  }

  // Mode mpc: the prover carries the bytes, and the notary has a share of the keys until they are logged.
  Status Line() {
    TlsPolicy policy{.host = plan_->source.host, .roots = services_.roots, .now = {}};
    const RecordLog::Limits limits{.sent_bytes = services_.limits.sent_bytes,
                                   .received_bytes = services_.limits.received_bytes,
                                   .request_bytes = open_.request_bucket};
    ASSIGN_OR_RETURN(ClosedLine line, RunNotaryLine(conversation_, *std::move(preparation_),
                                                    std::move(policy), limits, services_.now_ms));
    preparation_.reset();
    evidence_ = EvidenceOf(open_.request_bucket, line);
    start_ms_ = line.start_ms;
    Observed(std::move(line.session), line.end_ms);
    vole_.emplace(std::move(line.vole));
    zk_.emplace(std::move(line.zk));
    committed_.emplace(std::move(line.masks), std::move(line.prover_share));
    return {};
  }

  // The log is frozen.
  void Observed(ObservedSession session, std::uint64_t frozen_ms) {
    end_ms_ = frozen_ms;
    report_->sent_bytes = session.client.stream_bytes;
    report_->received_bytes = session.server_records.stream_bytes;
    observed_ = std::move(session);
  }

  // Mode mpc goes on with the correlations that were made ahead.
  Result<ZkVerifier> VerifierWith(std::size_t needed) {
    const std::size_t ready = zk_ ? zk_->remaining() : 0;
    if (needed <= ready) return *std::move(zk_);
    ASSIGN_OR_RETURN(VerifierCorrelations correlations,
                     ExtendVoleAsNotary(prover_, *vole_, needed - ready, *services_.rng));
    if (!zk_) return ZkVerifier::Create(id_, std::move(correlations));
    RETURN_IF_ERROR(zk_->Add(std::move(correlations)));
    return *std::move(zk_);
  }

  Result<TlsPlaintext<ZkVerifier>> RunProgram(ZkVerifier& verifier, const SessionPublic& session,
                                              SessionEnd<ZkVerifier>& end) {
    if (!committed_) return RunSessionProgram(verifier, session, end, PublicWitness{32});
    ASSIGN_OR_RETURN(TlsPlaintext<ZkVerifier> proven, RunSessionProgram(verifier, session, end, *committed_));
    // What the prover's circuits gave is what the proof derives.
    RETURN_IF_ERROR(CheckLineClaims(end.revealed, evidence_->values));
    return proven;
  }

  Status Verify() {
    ASSIGN_OR_RETURN(const Bytes body,
                     ReceiveMessage(prover_, SessionMessage::kShape, kMaxShapeBytes, kProver));
    ASSIGN_OR_RETURN(shape_, DecodeShape(body));
    if (evidence_) RETURN_IF_ERROR(conversation_.order().Take(MpcMessage::kProof, MpcEnd::kProver));
    const SessionPublic session(*plan_, *observed_, shape_, evidence_ ? &*evidence_ : nullptr);
    ASSIGN_OR_RETURN(const SessionSize size, SizeOf(session));
    ASSIGN_OR_RETURN(ZkVerifier verifier, VerifierWith(size.cost.Correlations()));
    ASSIGN_OR_RETURN(const Bytes claims,
                     ReceiveMessage(prover_, SessionMessage::kClaims, size.claim_bytes, kProver));
    ASSIGN_OR_RETURN(const Bytes witness,
                     ReceiveMessage(prover_, SessionMessage::kWitness, size.cost.CommitmentBytes(), kProver));
    RETURN_IF_ERROR(verifier.Receive(witness));
    ASSIGN_OR_RETURN(auto end, SessionEnd<ZkVerifier>::Of(claims, plan_->share.bits > 0));
    ASSIGN_OR_RETURN(const TlsPlaintext<ZkVerifier> proven, RunProgram(verifier, session, end));
    RETURN_IF_ERROR(end.revealer.Finish());
    ASSIGN_OR_RETURN(const Bytes challenge, verifier.Challenge(*services_.rng));
    RETURN_IF_ERROR(SendMessage(prover_, SessionMessage::kChallenge, challenge));
    ASSIGN_OR_RETURN(const Bytes proof,
                     ReceiveMessage(prover_, SessionMessage::kProof, kZkProofBytes, kProver));
    RETURN_IF_ERROR(verifier.Check(proof));
    // From here on what the prover revealed is true; now every byte of the log is held against it.
    RETURN_IF_ERROR(CheckSessionTags(*observed_, proven));
    commitments_ = end.commitments;
    complete_ = std::ranges::equal(proven.server.alert, kTlsCloseNotify);
    return {};
  }

  [[nodiscard]] Attestation Facts() const {
    const ObservedSession& observed = *observed_;
    Attestation facts;
    facts.session = {.mode = open_.mode,
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
        .sent_bytes = static_cast<std::uint32_t>(observed.client.stream_bytes),
        .received_bytes = static_cast<std::uint32_t>(observed.server_records.stream_bytes),
        .sent_records = static_cast<std::uint32_t>(observed.client.records.size()),
        .received_records = static_cast<std::uint32_t>(observed.server_records.records.size()),
        .revealed = {}};
    facts.network = network_;
    return facts;
  }

  // Last of all. The log has the hash by which surveys name an attestation, before anybody can have it.
  Status Attest() {
    if (evidence_) RETURN_IF_ERROR(conversation_.order().Take(MpcMessage::kSigned, MpcEnd::kNotary));
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
  SessionOpen open_;
  Bytes32 id_{};
  std::optional<StatementPlan> plan_;
  std::optional<ObservedSession> observed_;
  NetworkFacts network_;  ///< nothing in mode mpc: the prover connects
  std::optional<VoleSender> vole_;
  // Of mode mpc alone.
  MpcConversation conversation_;
  std::optional<NotaryPreparation> preparation_;
  std::optional<LineEvidence> evidence_;
  std::optional<ZkVerifier> zk_;
  std::optional<LineCommitments<ZkVerifier>> committed_;
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
