#include "mpcstats/zktls/session/prover_session.h"

#include "mpcstats/zktls/session/statement_proof.h"
#include "mpcstats/zktls/session/vole_exchange.h"
#include "mpcstats/zktls/session/whole_response.h"
#include "mpcstats/zktls/tls/client.h"
#include "mpcstats/zktls/tls/observer.h"

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

Result<OpenedSession> OpenedSession::Open(FrameStream& stream, AttestationMode mode, Rng& rng) {
  OpenedSession session;
  session.ground_.stream = &stream;
  session.ground_.rng = &rng;
  SessionOpen open{.mode = mode};
  rng.Fill(open.nonce);
  StreamChannel notary(stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kOpen, EncodeSessionOpen(open)));
  ASSIGN_OR_RETURN(const Bytes body, ReceiveMessage(notary, SessionMessage::kOpened, 256, kNotary));
  ASSIGN_OR_RETURN(session.ground_.opened, DecodeSessionOpened(body));
  session.ground_.id = SessionIdOf(open, session.ground_.opened);
  return session;
}

Result<BoundSession> OpenedSession::Bind(SessionBind bind) && {
  BoundSession bound;
  bound.ground_ = ground_;
  ASSIGN_OR_RETURN(bound.plan_, PlanStatement(bind));
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kBind, EncodeSessionBind(bind)));
  ASSIGN_OR_RETURN(VoleReceiver vole, SetUpVoleAsProver(notary, ground_.id, *ground_.rng));
  bound.vole_ = std::make_unique<VoleReceiver>(std::move(vole));
  return bound;
}

Result<ExchangedSession> BoundSession::Exchange(Buffer<std::uint8_t> request, const TlsPolicy& policy) && {
  ExchangedSession exchanged;
  exchanged.ground_ = ground_;
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kConnect, {}));
  LocalKeySchedule keys(*ground_.rng);
  TlsClient client({.policy = policy, .max_received = ground_.opened.limits.received_bytes}, keys,
                   *ground_.rng);
  const RelayedRequest ask{.request = request.span(),
                           .whole = [](ByteSpan response) { return IsWholeResponse(response); }};
  ASSIGN_OR_RETURN(exchanged.conversation_, ConverseThroughRelay(*ground_.stream, client, ask));
  keys.premaster_secret().With(SecretAccess("witness of the session's proof"),
                               [&](const Bytes32& x) { exchanged.premaster_ = Secret<Bytes32>(x); });
  // The request's holes have public lengths; the response's claim is what the notary checks in the clear.
  ASSIGN_OR_RETURN(const std::vector<HoleMatch> holes, MatchRequest(plan_.source, request.span()));
  for (const HoleMatch& hole : holes) exchanged.shape_.request_lengths.push_back(hole.bytes.size);
  ASSIGN_OR_RETURN(exchanged.shape_.response,
                   ResponseClaimOf(plan_.source, exchanged.conversation_.response.span()));
  ASSIGN_OR_RETURN(exchanged.match_, MatchResponse(plan_.source, exchanged.conversation_.response.span()));
  ASSIGN_OR_RETURN(ObservedSession observed, Observe(policy, exchanged.conversation_));
  exchanged.observed_ = std::make_unique<ObservedSession>(std::move(observed));
  exchanged.request_ = std::move(request);
  exchanged.plan_ = std::move(plan_);
  exchanged.vole_ = std::move(vole_);
  return exchanged;
}

Result<ProvenStatement> ExchangedSession::Prove() && {
  StreamChannel notary(*ground_.stream);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kShape, EncodeShape(shape_)));
  const SessionPublic session(plan_, *observed_, shape_);
  ASSIGN_OR_RETURN(const SessionSize size, SizeOf(session));
  ASSIGN_OR_RETURN(ProverCorrelations correlations,
                   ExtendVoleAsProver(notary, *vole_, size.cost.Correlations()));
  ASSIGN_OR_RETURN(ZkProver prover, ZkProver::Create(ground_.id, std::move(correlations)));
  SessionEnd<ZkProver> end(*ground_.rng);
  RETURN_IF_ERROR(
      premaster_.With(SecretAccess("witness of the session's proof"), [&](const Bytes32& x) -> Status {
        ASSIGN_OR_RETURN(const TlsPlaintext<ZkProver> plain,
                         RunSessionProgram(prover, session, end, ProverWitness{x}));
        return {};
      }));
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
