#include "mpcstats/zktls/mpctls/notary_stages.h"

namespace mpcstats {

Result<NotaryStages> NotaryStages::Create(std::size_t bucket, const Bytes32& session,
                                          ProverCorrelations correlations) {
  const TlsGarblePlan& tls = TlsGarblePlanFor(bucket);
  ASSIGN_OR_RETURN(Evaluator evaluator, Evaluator::Create(tls.plan, session, std::move(correlations)));
  return NotaryStages(tls, std::move(evaluator));
}

Result<Bytes> NotaryStages::Choose(const Secret<Bytes32>& share) {
  Buffer<std::uint8_t> bits(8 * sizeof(Bytes32));
  share.With(SecretAccess("half of a premaster secret into choices"), [&bits](const Bytes32& secret) {
    for (std::size_t i = 0; i < bits.size(); ++i) {
      bits[i] = (secret[sizeof(Bytes32) - 1 - i / 8] >> (i % 8)) & 1u;
    }
  });
  return evaluator_.Choose(bits.span());
}

Status NotaryStages::ServerFinishedLogged() {
  if (server_logged_ || phase_ != static_cast<std::size_t>(TlsPhase::kServerBlock)) {
    return Fail(ErrorCode::kInvalidArgument, "the server's Finished is logged once, after the keys are made");
  }
  server_logged_ = true;
  return {};
}

Result<Bytes> NotaryStages::Evaluate(ByteSpan labels) {
  if (failed_) return Fail(ErrorCode::kInvalidArgument, "the session has failed");
  const auto phase = static_cast<TlsPhase>(phase_);
  if (phase == TlsPhase::kServerBlock && !server_logged_) {
    failed_ = true;
    return Fail(ErrorCode::kProtocolViolation, "keystream of a server record that is not in the log");
  }
  auto evaluated = evaluator_.Evaluate(labels);
  if (!evaluated) {
    failed_ = true;
    return std::unexpected(std::move(evaluated).error());
  }
  if (phase == TlsPhase::kRecords) {
    shares_ = TakeShares(evaluated->bits.span(), tls_->odd_powers);
    keystream_ = TakeKeystream(evaluated->bits.span(), tls_->odd_powers);
  } else {
    TakePublicValues(phase, evaluated->bits.span(), values_);
  }
  ++phase_;
  return std::move(evaluated->message);
}

}  // namespace mpcstats
