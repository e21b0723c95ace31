#include "mpcstats/zktls/session/prover_session.h"

#include <fmt/core.h>

#include <optional>

#include "mpcstats/zktls/garble/tls_plan.h"
#include "mpcstats/zktls/mpctls/line_client.h"
#include "mpcstats/zktls/mpctls/line_evidence.h"
#include "mpcstats/zktls/proxy/relayed_client.h"
#include "mpcstats/zktls/proxy/website.h"
#include "mpcstats/zktls/session/statement_proof.h"
#include "mpcstats/zktls/session/vole_exchange.h"
#include "mpcstats/zktls/session/whole_response.h"
#include "mpcstats/zktls/tls/client.h"

namespace mpcstats {
namespace {

constexpr std::string_view kNotary = "the notary";

// The prover's own reading of the streams that the notary has logged.
Result<ObservedSession> Observe(const TlsPolicy& policy, const RelayedConversation& conversation) {
  TlsObserver observer(policy);
  RETURN_IF_ERROR(observer.Observe(TlsSide::kClient, conversation.sent));
  RETURN_IF_ERROR(observer.Observe(TlsSide::kServer, conversation.received));
  return std::move(observer).Finish();
}

}  // namespace

Result<OpenedSession> OpenedSession::Open(FrameStream& stream, AttestationMode mode, Rng& rng,
                                          std::size_t request_bytes) {
  OpenedSession session;
  session.ground_.stream = &stream;
  session.ground_.rng = &rng;
  SessionOpen& open = session.ground_.open;
  open.mode = mode;
  if (mode == AttestationMode::kMpc) {
    ASSIGN_OR_RETURN(const std::size_t bucket, RequestBucketFor(request_bytes));
    open.request_bucket = static_cast<std::uint16_t>(bucket);
  }
  rng.Fill(open.nonce);
  StreamChannel notary(stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kOpen, EncodeSessionOpen(open)));
  ASSIGN_OR_RETURN(const Bytes body, ReceiveMessage(notary, SessionMessage::kOpened, 256, kNotary));
  ASSIGN_OR_RETURN(session.ground_.opened, DecodeSessionOpened(body));
  session.ground_.id = SessionIdOf(open, session.ground_.opened);
  return session;
}

Status OpenedSession::Prepare() {
  if (ground_.open.mode != AttestationMode::kMpc) return {};
  if (line_) return Fail(ErrorCode::kInvalidArgument, "a session is prepared once");
  line_ = std::make_unique<ProverLine>(*ground_.stream);
  ASSIGN_OR_RETURN(ProverPreparation made, PrepareAsProver(line_->conversation, ground_.id,
                                                           ground_.open.request_bucket, *ground_.rng));
  line_->preparation.emplace(std::move(made));
  return {};
}

Status OpenedSession::CheckWaiting() {
  constexpr std::size_t kMostRefusalBytes = 4096;
  ASSIGN_OR_RETURN(const std::optional<Bytes> said, ground_.stream->TryReceive(kMostRefusalBytes));
  if (said) return Fail(ErrorCode::kUnavailable, "the notary has ended the session");
  return {};
}

Result<BoundSession> OpenedSession::Bind(SessionBind bind) && {
  BoundSession bound;
  bound.ground_ = ground_;
  ASSIGN_OR_RETURN(bound.plan_, PlanStatement(bind));
  const bool mpc = ground_.open.mode == AttestationMode::kMpc;
  if (mpc && !line_) RETURN_IF_ERROR(Prepare());
  if (mpc && !line_->preparation) {
    return Fail(ErrorCode::kInvalidArgument, "the preparation of this session has failed");
  }
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kBind, EncodeSessionBind(bind)));
  if (mpc) {
    bound.line_ = std::move(line_);
    return bound;
  }
  ASSIGN_OR_RETURN(VoleReceiver vole, SetUpVoleAsProver(notary, ground_.id, *ground_.rng));
  bound.vole_ = std::make_unique<VoleReceiver>(std::move(vole));
  return bound;
}

Result<ExchangedSession> BoundSession::Exchange(Buffer<std::uint8_t> request, const TlsPolicy& policy) && {
  ExchangedSession exchanged;
  exchanged.ground_ = ground_;
  // The request's holes have public lengths; the response's claim is what the notary checks in the clear.
  ASSIGN_OR_RETURN(const std::vector<HoleMatch> holes, MatchRequest(plan_.source, request.span()));
  for (const HoleMatch& hole : holes) exchanged.shape_.request_lengths.push_back(hole.bytes.size);
  if (line_) {
    RETURN_IF_ERROR(AskOverLine(request.span(), policy, exchanged));
  } else {
    RETURN_IF_ERROR(AskThroughRelay(request.span(), policy, exchanged));
  }
  ASSIGN_OR_RETURN(exchanged.shape_.response, ResponseClaimOf(plan_.source, exchanged.response()));
  ASSIGN_OR_RETURN(exchanged.match_, MatchResponse(plan_.source, exchanged.response()));
  exchanged.request_ = std::move(request);
  exchanged.plan_ = std::move(plan_);
  exchanged.vole_ = std::move(vole_);
  exchanged.line_ = std::move(line_);
  return exchanged;
}

Status BoundSession::AskThroughRelay(ByteSpan request, const TlsPolicy& policy, ExchangedSession& out) {
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kConnect, {}));
  LocalKeySchedule keys(*ground_.rng);
  TlsClient client({.policy = policy, .max_received = ground_.opened.limits.received_bytes}, keys,
                   *ground_.rng);
  const RelayedRequest ask{.request = request,
                           .whole = [](ByteSpan response) { return IsWholeResponse(response); }};
  ASSIGN_OR_RETURN(RelayedConversation conversation, ConverseThroughRelay(*ground_.stream, client, ask));
  keys.premaster_secret().With(SecretAccess("witness of the session's proof"),
                               [&](const Bytes32& x) { out.premaster_ = Secret<Bytes32>(x); });
  ASSIGN_OR_RETURN(ObservedSession observed, Observe(policy, conversation));
  out.observed_ = std::make_unique<ObservedSession>(std::move(observed));
  out.response_ = std::move(conversation.response);
  out.closed_ = conversation.closed;
  return {};
}

// The prover's own connection, whose keys are at both ends. The addresses that a notary does not connect to are the person's own here.
Status BoundSession::AskOverLine(ByteSpan request, const TlsPolicy& policy, ExchangedSession& out) {
  if (request.size() > ground_.open.request_bucket) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the request has {} bytes, and the session was opened for {}", request.size(),
                            ground_.open.request_bucket));
  }
  ASSIGN_OR_RETURN(
      const UniqueFd website,
      ConnectToWebsite({.host = plan_.source.host, .port = plan_.source.port, .rule = AddressRule::kAny},
                       "this program"));
  SharedKeys keys(line_->conversation, std::move(*line_->preparation));
  line_->preparation.reset();
  TlsClient client({.policy = policy, .max_received = ground_.opened.limits.received_bytes}, keys,
                   *ground_.rng);
  const LineRequest ask{.request = request, .most_time = std::chrono::seconds(ground_.opened.limits.seconds)};
  ASSIGN_OR_RETURN(LineConversation line, ConverseOverLine(website.get(), client, keys, policy, ask));
  line_->closed.emplace(std::move(line.keys));
  out.observed_ = std::make_unique<ObservedSession>(std::move(line.observed));
  out.response_ = std::move(line.response);
  out.closed_ = line.closed;
  return {};
}

// Mode mpc has committed to masks and share before, and goes on with the same prover and the correlations that were made ahead.
Result<ZkProver> ExchangedSession::ProverWith(SessionChannel& notary, std::size_t needed) {
  if (!line_) {
    ASSIGN_OR_RETURN(ProverCorrelations correlations, ExtendVoleAsProver(notary, *vole_, needed));
    return ZkProver::Create(ground_.id, std::move(correlations));
  }
  ZkProver prover = std::move(line_->closed->zk);
  if (needed > prover.remaining()) {
    ASSIGN_OR_RETURN(ProverCorrelations correlations,
                     ExtendVoleAsProver(notary, line_->closed->vole, needed - prover.remaining()));
    RETURN_IF_ERROR(prover.Add(std::move(correlations)));
  }
  return prover;
}

Status ExchangedSession::RunProgram(ZkProver& prover, const SessionPublic& session,
                                    SessionEnd<ZkProver>& end) {
  if (line_) {
    const LineCommitments<ZkProver> committed{std::move(line_->closed->masks),
                                              std::move(line_->closed->prover_share)};
    RETURN_IF_ERROR(RunSessionProgram(prover, session, end, committed));
    return {};
  }
  return premaster_.With(SecretAccess("witness of the session's proof"), [&](const Bytes32& x) -> Status {
    RETURN_IF_ERROR(RunSessionProgram(prover, session, end, ProverWitness{x}));
    return {};
  });
}

Result<ProvenStatement> ExchangedSession::Prove() && {
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kShape, EncodeShape(shape_)));
  std::optional<LineEvidence> evidence;
  if (line_) {
    evidence = EvidenceOf(ground_.open.request_bucket, *line_->closed);
    RETURN_IF_ERROR(line_->conversation.order().Take(MpcMessage::kProof, MpcEnd::kProver));
  }
  const SessionPublic session(plan_, *observed_, shape_, evidence ? &*evidence : nullptr);
  ASSIGN_OR_RETURN(const SessionSize size, SizeOf(session));
  ASSIGN_OR_RETURN(ZkProver prover, ProverWith(notary, size.cost.Correlations()));
  SessionEnd<ZkProver> end(*ground_.rng);
  RETURN_IF_ERROR(RunProgram(prover, session, end));
  ASSIGN_OR_RETURN(const Bytes witness, prover.TakeCommitments());
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kClaims, end.Claims()));
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kWitness, witness));
  ASSIGN_OR_RETURN(const Bytes challenge,
                   ReceiveMessage(notary, SessionMessage::kChallenge, kZkChallengeBytes, kNotary));
  ASSIGN_OR_RETURN(const Bytes proof, prover.Prove(challenge));
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kProof, proof));
  ASSIGN_OR_RETURN(Bytes bytes,
                   ReceiveMessage(notary, SessionMessage::kSigned, kMaxAttestationBytes, kNotary));
  ProvenStatement proven;
  ASSIGN_OR_RETURN(const Presentation presentation, DecodePresentation(bytes));
  RETURN_IF_ERROR(CheckSigned(presentation, end.shares.commitments));
  proven.presentation = std::move(bytes);
  proven.shown = EncodePresentation(Withhold(presentation));
  if (end.shared) proven.components = std::move(end.shares.components);
  return proven;
}

// The notary could sign other facts than those that were proven; better to see that here than at the parties.
Status ExchangedSession::CheckSigned(const Presentation& presentation,
                                     const std::array<Bytes32, 3>& commitments) const {
  const StatementFacts& statement = presentation.facts.statement;
  const bool same = presentation.key_id == ground_.opened.key_id &&
                    presentation.facts.session.mode == ground_.open.mode &&
                    presentation.facts.session.session_id == ground_.id &&
                    presentation.facts.session.context == plan_.share.ctx &&
                    presentation.facts.server.host == plan_.source.host &&
                    statement.template_hash == TemplateHash(plan_.source) &&
                    statement.header_group == plan_.share.group && statement.bits == plan_.share.bits &&
                    statement.columns == plan_.attested && statement.commitments == commitments;
  if (same) return {};
  return Fail(ErrorCode::kProtocolViolation, "the notary signed other facts than those that were proven");
}

}  // namespace mpcstats
