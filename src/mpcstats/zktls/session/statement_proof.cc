#include "mpcstats/zktls/session/statement_proof.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/wire/codec.h"
#include "mpcstats/zktls/tls/tag_check.h"

namespace mpcstats {
namespace {

constexpr std::size_t kMostHeadBytes = std::size_t{16} << 10;
constexpr std::size_t kMostPredicates = 64;
constexpr std::size_t kCommitmentBytes = 96;

Bytes PackValues(std::span<const std::uint8_t> values) {
  Bytes packed((values.size() + 7) / 8);
  for (std::size_t i = 0; i < values.size(); ++i) {
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | (values[i] << (i % 8)));
  }
  return packed;
}

}  // namespace

Bytes EncodeShape(const StatementShape& shape) {
  Writer writer;
  writer.U8(static_cast<std::uint8_t>(shape.request_lengths.size()));
  for (const std::size_t length : shape.request_lengths) writer.U32(static_cast<std::uint32_t>(length));
  writer.U32(static_cast<std::uint32_t>(shape.response.head.size())).Raw(shape.response.head);
  writer.U32(static_cast<std::uint32_t>(shape.response.total_bytes));
  writer.U8(static_cast<std::uint8_t>(shape.response.answers.size()));
  for (const bool answer : shape.response.answers) writer.U8(answer ? 1 : 0);
  return std::move(writer).Take();
}

Result<StatementShape> DecodeShape(ByteSpan body) {
  Reader reader(body);
  StatementShape shape;
  const std::uint8_t holes = reader.U8();
  for (unsigned i = 0; i < holes && reader.ok(); ++i) shape.request_lengths.push_back(reader.U32());
  const std::uint32_t head = reader.U32();
  if (holes > kMostHoles || head > kMostHeadBytes) {
    return Fail(ErrorCode::kProtocolViolation, "Shape has more holes or a longer head than may be");
  }
  const ByteSpan bytes = reader.Raw(head);
  shape.response.head.assign(bytes.begin(), bytes.end());
  shape.response.total_bytes = reader.U32();
  const std::uint8_t answers = reader.U8();
  bool canonical = answers <= kMostPredicates;
  for (unsigned i = 0; i < answers && reader.ok(); ++i) {
    const std::uint8_t answer = reader.U8();
    canonical = canonical && answer <= 1;
    shape.response.answers.push_back(answer == 1);
  }
  RETURN_IF_ERROR(reader.Finish("Shape"));
  if (!canonical) return Fail(ErrorCode::kProtocolViolation, "Shape has answers that are neither yes nor no");
  return shape;
}

Result<StatementPlan> PlanStatement(const SessionBind& bind) {
  StatementPlan plan;
  ASSIGN_OR_RETURN(plan.source, ParseTemplate(bind.template_text));
  ASSIGN_OR_RETURN(plan.columns, ColumnsFor(plan.source, bind.columns));
  plan.share = {.ctx = bind.context, .group = bind.header_group, .bits = 0};
  for (const SurveyColumn& column : bind.columns) {
    plan.share.bits += column.value_bits() + (column.may_be_missing ? 1 : 0);
    plan.attested.push_back(AttestedOf(column));
  }
  if (plan.share.bits > 8 * 512) {
    return Fail(ErrorCode::kInvalidArgument, "the columns of one website have at most 512 bytes");
  }
  return plan;
}

Status SessionEnd<ZkProver>::Share(ZkProver& zk, const ProverBits& row, const ShareContext& context) {
  Bytes value = PackValues(row.values());
  shares = ShareRow(value, context, rng);
  SecureWipe(value.data(), value.size());
  shared = true;
  return ProveShares(zk, row, context, shares.commitments, ProverWitness{shares.witness.span()});
}

Bytes SessionEnd<ZkProver>::Claims() const {
  Bytes claims;
  if (shared) {
    for (const Bytes32& commitment : shares.commitments)
      claims.insert(claims.end(), commitment.begin(), commitment.end());
  }
  claims.insert(claims.end(), revealer.claims().begin(), revealer.claims().end());
  return claims;
}

Result<SessionEnd<ZkVerifier>> SessionEnd<ZkVerifier>::Of(ByteSpan claims, bool has_columns) {
  std::array<Bytes32, 3> commitments{};
  if (has_columns) {
    if (claims.size() < kCommitmentBytes) {
      return Fail(ErrorCode::kProtocolViolation, "the prover's claims have no commitments");
    }
    for (std::size_t j = 0; j < 3; ++j)
      std::copy_n(claims.begin() + static_cast<std::ptrdiff_t>(32 * j), 32, commitments[j].begin());
    claims = claims.subspan(kCommitmentBytes);
  }
  return SessionEnd<ZkVerifier>{
      .revealer = Revealer<ZkVerifier>(claims), .revealed = claims, .commitments = commitments};
}

Status SessionEnd<ZkVerifier>::Share(ZkVerifier& zk, const VerifierBits& row, const ShareContext& context) {
  return ProveShares(zk, row, context, commitments, PublicWitness{ShareWitnessBytes(context.bytes())});
}

Status SessionEnd<ZkMeter>::Share(ZkMeter& zk, const MeterBits& row, const ShareContext& context) {
  return ProveShares(zk, row, context, {}, PublicWitness{ShareWitnessBytes(context.bytes())});
}

namespace {

// What the template says of the plaintext, and the shares of the row.
template <class Zk>
Status RunStatement(Zk& zk, const SessionPublic& session, SessionEnd<Zk>& end,
                    const TlsPlaintext<Zk>& plain) {
  const StatementPlan& plan = session.plan;
  RETURN_IF_ERROR(ProveRequest(zk, *session.circuits, plain.client.data, session.shape.request_lengths));
  ASSIGN_OR_RETURN(const typename Zk::Bits row,
                   ProveResponse(zk, *session.circuits, plain.server.data, session.shape.response));
  if (plan.share.bits > 0) RETURN_IF_ERROR(end.Share(zk, row, plan.share));
  return {};
}

}  // namespace

template <class Zk>
Result<TlsPlaintext<Zk>> RunSessionProgram(Zk& zk, const SessionPublic& session, SessionEnd<Zk>& end,
                                           const typename Zk::Witness& premaster) {
  ASSIGN_OR_RETURN(TlsPlaintext<Zk> plain, RunTlsProgram(zk, end.revealer, session.observed, premaster));
  RETURN_IF_ERROR(RunStatement(zk, session, end, plain));
  return plain;
}

template <class Zk>
Result<TlsPlaintext<Zk>> RunSessionProgram(Zk& zk, const SessionPublic& session, SessionEnd<Zk>& end,
                                           const LineCommitments<Zk>& commitments) {
  CHECK(session.line != nullptr);
  ASSIGN_OR_RETURN(TlsPlaintext<Zk> plain,
                   RunLineProgram(zk, end.revealer, session.observed, *session.line, commitments));
  RETURN_IF_ERROR(RunStatement(zk, session, end, plain));
  return plain;
}

template Result<TlsPlaintext<ZkProver>> RunSessionProgram(ZkProver&, const SessionPublic&,
                                                          SessionEnd<ZkProver>&, const ProverWitness&);
template Result<TlsPlaintext<ZkVerifier>> RunSessionProgram(ZkVerifier&, const SessionPublic&,
                                                            SessionEnd<ZkVerifier>&, const PublicWitness&);
template Result<TlsPlaintext<ZkMeter>> RunSessionProgram(ZkMeter&, const SessionPublic&, SessionEnd<ZkMeter>&,
                                                         const PublicWitness&);

template Result<TlsPlaintext<ZkProver>> RunSessionProgram(ZkProver&, const SessionPublic&,
                                                          SessionEnd<ZkProver>&,
                                                          const LineCommitments<ZkProver>&);
template Result<TlsPlaintext<ZkVerifier>> RunSessionProgram(ZkVerifier&, const SessionPublic&,
                                                            SessionEnd<ZkVerifier>&,
                                                            const LineCommitments<ZkVerifier>&);
template Result<TlsPlaintext<ZkMeter>> RunSessionProgram(ZkMeter&, const SessionPublic&, SessionEnd<ZkMeter>&,
                                                         const LineCommitments<ZkMeter>&);

Status CheckSessionTags(const ObservedSession& observed, const TlsPlaintext<ZkVerifier>& proven) {
  RETURN_IF_ERROR(CheckTlsTags(observed.client.records, proven.client.ghash_key, proven.client.tag_masks));
  return CheckTlsTags(observed.server_records.records, proven.server.ghash_key, proven.server.tag_masks);
}

Result<SessionSize> SizeOf(const SessionPublic& session) {
  ZkMeter meter;
  SessionEnd<ZkMeter> end;
  if (session.line == nullptr) {
    RETURN_IF_ERROR(RunSessionProgram(meter, session, end, PublicWitness{32}));
  } else {
    const LineCommitments<ZkMeter> committed{meter.Repeat(false, session.line->tls->plan.mask_bits()),
                                             meter.Repeat(false, 256)};
    RETURN_IF_ERROR(RunSessionProgram(meter, session, end, committed));
  }
  SessionSize size{.cost = meter.cost(), .claim_bytes = end.ClaimBytes(session.plan.share.bits > 0)};
  if (size.cost.Correlations() > kMaxCorrelations) {
    return Fail(ErrorCode::kResourceExhausted,
                fmt::format("a proof of this session takes {} bits of witness; at most {} can be proven",
                            size.cost.Correlations(), kMaxCorrelations));
  }
  return size;
}

}  // namespace mpcstats
