// The whole program of a session: the TLS chain, then what the template says of request and response, then the shares.
//
//   RETURN_IF_ERROR(RunSessionProgram(meter, public_values, meter_end));       // both ends: how large a VOLE it takes
//   RETURN_IF_ERROR(RunSessionProgram(prover, public_values, prover_end));     // witness and shares inside
//   RETURN_IF_ERROR(RunSessionProgram(verifier, public_values, verifier_end)); // claims and commitments inside
//
// It begins with the premaster secret of the witness in proxy mode, and with the two shares of it in mode mpc: the rest is one.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "mpcstats/attestation/attestation.h"
#include "mpcstats/zktls/mpctls/line_proof.h"
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/session/tls_program.h"
#include "mpcstats/zktls/statement/shares.h"
#include "mpcstats/zktls/statement/statement.h"

namespace mpcstats {

/// What the notary has to be told to size the proof: lengths of the request's holes, the response's head and length.
struct StatementShape {
  std::vector<std::size_t> request_lengths;
  ResponseClaim response;
};
[[nodiscard]] Bytes EncodeShape(const StatementShape& shape);
/// Errors: kProtocolViolation; what decodes has one encoding.
[[nodiscard]] Result<StatementShape> DecodeShape(ByteSpan body);
inline constexpr std::size_t kMaxShapeBytes = (std::size_t{24} << 10);

/// A statement as both ends prepare it from Bind.
struct StatementPlan {
  Template source;
  std::vector<StatementColumn> columns;
  ShareContext share;  ///< bits = 0 without columns
  std::vector<AttestedColumn> attested;
};
/// Errors: kInvalidArgument for a template that is none, or columns that it does not give.
[[nodiscard]] Result<StatementPlan> PlanStatement(const SessionBind& bind);

/// The public side of a run.
struct SessionPublic {
  /// What is given must outlive it. `the_line`: in mode mpc, what was evaluated.
  SessionPublic(const StatementPlan& the_plan, const ObservedSession& the_session,
                const StatementShape& the_shape, const LineEvidence* the_line = nullptr)
      : plan(the_plan),
        observed(the_session),
        shape(the_shape),
        line(the_line),
        circuits(std::make_unique<StatementCircuits>(the_plan.source, the_plan.columns)) {}

  const StatementPlan& plan;
  const ObservedSession& observed;
  const StatementShape& shape;
  const LineEvidence* line;
  std::unique_ptr<StatementCircuits> circuits;  ///< for SizeOf and the run that follows
};

/// One end of a run: what it reveals or is told, and its shares.
template <class Zk>
struct SessionEnd;

template <>
struct SessionEnd<ZkProver> {
  explicit SessionEnd(Rng& random) : rng(random) {}
  Status Share(ZkProver& zk, const ProverBits& row, const ShareContext& context);
  /// Commitments, then what was revealed: the body of Claims.
  [[nodiscard]] Bytes Claims() const;

  Rng& rng;
  Revealer<ZkProver> revealer;
  RowShares shares;
  bool shared = false;
};

template <>
struct SessionEnd<ZkVerifier> {
  /// `claims` must outlive it. Errors: kProtocolViolation when the commitments are missing.
  [[nodiscard]] static Result<SessionEnd<ZkVerifier>> Of(ByteSpan claims, bool has_columns);
  Status Share(ZkVerifier& zk, const VerifierBits& row, const ShareContext& context);

  Revealer<ZkVerifier> revealer;
  ByteSpan revealed;  ///< the claims behind the commitments
  std::array<Bytes32, 3> commitments{};
};

template <>
struct SessionEnd<ZkMeter> {
  Status Share(ZkMeter& zk, const MeterBits& row, const ShareContext& context);
  [[nodiscard]] std::size_t ClaimBytes(bool has_columns) const {
    return revealer.bytes() + (has_columns ? 96 : 0);
  }

  Revealer<ZkMeter> revealer;
};

/// Runs the program; returns what it revealed of the connection, for CheckTags.
///
/// Security: at the verifier nothing is true before ZkVerifier::Check, and then only together with CheckSessionTags.
/// Errors:   those of RunTlsProgram, ProveRequest, ProveResponse, ProveShares.
template <class Zk>
[[nodiscard]] Result<TlsPlaintext<Zk>> RunSessionProgram(Zk& zk, const SessionPublic& session,
                                                         SessionEnd<Zk>& end,
                                                         const typename Zk::Witness& premaster);
/// The same in mode mpc, from what was committed to before the handshake. `session.line` is the evidence.
///
/// Security: the verifier also has to compare what was revealed with the evidence (CheckLineClaims).
template <class Zk>
[[nodiscard]] Result<TlsPlaintext<Zk>> RunSessionProgram(Zk& zk, const SessionPublic& session,
                                                         SessionEnd<Zk>& end,
                                                         const LineCommitments<Zk>& commitments);

extern template Result<TlsPlaintext<ZkProver>> RunSessionProgram(ZkProver&, const SessionPublic&,
                                                                 SessionEnd<ZkProver>&, const ProverWitness&);
extern template Result<TlsPlaintext<ZkVerifier>> RunSessionProgram(ZkVerifier&, const SessionPublic&,
                                                                   SessionEnd<ZkVerifier>&,
                                                                   const PublicWitness&);
extern template Result<TlsPlaintext<ZkMeter>> RunSessionProgram(ZkMeter&, const SessionPublic&,
                                                                SessionEnd<ZkMeter>&, const PublicWitness&);

extern template Result<TlsPlaintext<ZkProver>> RunSessionProgram(ZkProver&, const SessionPublic&,
                                                                 SessionEnd<ZkProver>&,
                                                                 const LineCommitments<ZkProver>&);
extern template Result<TlsPlaintext<ZkVerifier>> RunSessionProgram(ZkVerifier&, const SessionPublic&,
                                                                   SessionEnd<ZkVerifier>&,
                                                                   const LineCommitments<ZkVerifier>&);
extern template Result<TlsPlaintext<ZkMeter>> RunSessionProgram(ZkMeter&, const SessionPublic&,
                                                                SessionEnd<ZkMeter>&,
                                                                const LineCommitments<ZkMeter>&);

/// Every tag of both directions, from what the proof opened. Errors: kCheatingDetected.
[[nodiscard]] Status CheckSessionTags(const ObservedSession& observed,
                                      const TlsPlaintext<ZkVerifier>& proven);

/// The correlations of the VOLE that the proof takes, and the sizes of its messages.
struct SessionSize {
  ZkCost cost;
  std::size_t claim_bytes = 0;
};
/// Errors: kResourceExhausted when it is larger than one session may be.
[[nodiscard]] Result<SessionSize> SizeOf(const SessionPublic& session);

}  // namespace mpcstats
