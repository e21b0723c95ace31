#include "mpcstats/service/close_job.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <memory>

#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/handshake.h"
#include "mpcstats/engine/run.h"
#include "mpcstats/service/agreement.h"
#include "mpcstats/service/build_id.h"
#include "mpcstats/service/close_exchange.h"
#include "mpcstats/service/party_talk.h"
#include "mpcstats/service/survey_program.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::uint8_t kHelloStep = 1;
constexpr std::uint8_t kSetStep = 6;
constexpr std::uint8_t kSignatureStep = 7;
constexpr std::size_t kHelloLimit = 16 * 1024;

struct Hello {
  Bytes32 survey_hash{};
  std::uint32_t batch = 0;
  std::uint32_t attempt = 0;
  UnixSeconds closed_at = 0;
  std::uint32_t closed = 0;
  std::string last_batch;  ///< JSON of the last closed batch, to bring a peer up to date
};

Bytes Encode(const Hello& hello) {
  Writer writer;
  writer.Raw(hello.survey_hash)
      .U32(hello.batch)
      .U32(hello.attempt)
      .U64(static_cast<std::uint64_t>(hello.closed_at));
  writer.U32(hello.closed).String(hello.last_batch);
  return std::move(writer).Take();
}

Result<Hello> DecodeHello(ByteSpan bytes) {
  Reader reader(bytes);
  Hello hello;
  const ByteSpan hash = reader.Raw(32);
  if (reader.ok()) std::copy(hash.begin(), hash.end(), hello.survey_hash.begin());
  hello.batch = reader.U32();
  hello.attempt = reader.U32();
  hello.closed_at = static_cast<UnixSeconds>(reader.U64());
  hello.closed = reader.U32();
  hello.last_batch = reader.String(kHelloLimit);
  RETURN_IF_ERROR(reader.Finish("the opening message of a batch close"));
  return hello;
}

class CloseJob {
 public:
  CloseJob(const PartyContext& party, PeerLinks& links, const CloseRequest& request, AttemptPhase* phase)
      : party_(party), request_(request), survey_(request.survey), talk_(links), phase_(phase) {}

  Result<CloseResult> Run() {
    Result<CloseResult> result = Steps();
    if (!result) talk_.Stop(result.error());
    return result;
  }

 private:
  Result<CloseResult> Steps() {
    ASSIGN_OR_RETURN(const bool caught_up, Greet());
    if (caught_up) return CaughtUp();
    CloseExchange exchange(party_, talk_, survey_, request_);
    ASSIGN_OR_RETURN(AgreedList agreed, exchange.Run());
    deferred_ = agreed.deferred;
    revocations_ = NotaryListsHash(agreed.notary_lists);
    ASSIGN_OR_RETURN(const std::vector<Refusal> refusals, Filter(agreed));
    accepted_.reserve(agreed.list.size());
    openings_.reserve(agreed.list.size());
    for (std::size_t i = 0; i < agreed.list.size(); ++i) {
      if (refusals[i] == Refusal::kNone) {
        accepted_.push_back(std::move(agreed.list[i]));
        openings_.push_back(std::move(agreed.openings[i]));
      } else {
        agreed.refused.emplace_back(agreed.list[i].id, refusals[i]);
      }
    }
    refused_ = std::move(agreed.refused);
    RETURN_IF_ERROR(CompareSet(kSetStep));
    Reached(party_.at_point, "close.agreed");
    if (accepted_.size() < survey_.survey().batch_min) return TooFew();
    ASSIGN_OR_RETURN(CloseOutput output, Compute());
    if (static_cast<std::size_t>(std::count(kept_.begin(), kept_.end(), true)) < survey_.survey().batch_min)
      return TooFew();
    return Sign(std::move(output));
  }

  // Who is where. True when somebody had to be brought up to date.
  Result<bool> Greet() {
    ASSIGN_OR_RETURN(const std::vector<SignedBatch> closed, party_.store->ClosedBatches(survey_.hash()));
    Hello mine;
    mine.survey_hash = survey_.hash();
    mine.batch = request_.batch;
    ASSIGN_OR_RETURN(mine.attempt, party_.store->NextAttempt(survey_.hash(),
                                                             static_cast<std::uint32_t>(closed.size() + 1)));
    mine.closed_at = request_.closed_at;
    mine.closed = static_cast<std::uint32_t>(closed.size());
    if (!closed.empty()) {
      mine.last_batch = BatchToJson(closed.back());
      previous_ = Sha256(EncodeCertificate(closed.back().certificate));
    }
    ASSIGN_OR_RETURN(const auto messages, talk_.Swap(kHelloStep, Encode(mine), kHelloLimit));
    attempt_ = mine.attempt;
    bool caught_up = false;
    for (const Peer peer : kPeers) {
      ASSIGN_OR_RETURN(const Hello hello, DecodeHello(messages[Slot(peer)]));
      const std::string name = talk_.NameOf(peer);
      if (hello.survey_hash != survey_.hash()) {
        return Fail(ErrorCode::kProtocolViolation, name + " is closing a batch of another survey");
      }
      if (hello.closed != mine.closed) {
        caught_up = true;
        if (hello.closed == mine.closed + 1) RETURN_IF_ERROR(CatchUp(hello, name));
        if (hello.closed > mine.closed + 1) {
          return Fail(
              ErrorCode::kProtocolViolation,
              fmt::format(
                  "{} has closed {} batches and we {}: our store is older than our signatures; restore the "
                  "newest backup, or declare the survey stopped (docs/running-the-services.md)",
                  name, hello.closed, mine.closed));
        }
        continue;
      }
      if (hello.batch != mine.batch) {
        return Fail(
            ErrorCode::kProtocolViolation,
            fmt::format("{} was asked to close batch {} and we batch {}", name, hello.batch, mine.batch));
      }
      if (hello.closed_at != mine.closed_at) {
        return Fail(ErrorCode::kProtocolViolation, name + " was given another closing time than we were");
      }
      attempt_ = std::max(attempt_, hello.attempt);
    }
    if (caught_up) return true;
    if (request_.batch != mine.closed + 1) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("batch {} cannot be closed: {} batches are closed",
                                                           request_.batch, mine.closed));
    }
    if (std::abs(request_.closed_at - request_.now) > kClockTolerance) {
      return Fail(ErrorCode::kInvalidArgument,
                  "the closing time is more than two minutes from our clock; compare the clocks");
    }
    return false;
  }

  // A peer holds three signatures of a batch that we prepared and signed: the second phase did not reach us.
  Status CatchUp(const Hello& hello, const std::string& name) {
    ASSIGN_OR_RETURN(const SignedBatch batch, BatchFromJson(hello.last_batch));
    RETURN_IF_ERROR(VerifyBatch(batch, survey_));
    const BatchCertificate& certificate = batch.certificate;
    if (certificate.batch != hello.closed || certificate.previous != previous_) {
      return Fail(ErrorCode::kProtocolViolation,
                  name + " shows a certificate that does not follow our last batch");
    }
    return party_.store->AdoptBatch(survey_, batch);
  }

  Result<std::vector<Refusal>> Filter(const AgreedList& agreed) {
    FilterInput input;
    input.survey = &survey_;
    input.list = agreed.list;
    input.withdrawn = ValidWithdrawals(survey_.hash(), agreed.list, agreed.withdrawals);
    std::vector<Bytes32> tokens;
    std::vector<Bytes32> keys;
    for (const CheckedEnvelope& envelope : agreed.list) {
      tokens.push_back(envelope.header.token_hash);
      keys.push_back(envelope.header.control_key);
    }
    input.proofs = Proofs(agreed);
    ASSIGN_OR_RETURN(input.token_used, party_.store->TokensUsed(survey_.hash(), tokens));
    ASSIGN_OR_RETURN(input.control_key_used, party_.store->ControlKeysUsed(survey_.hash(), keys));
    return FilterList(input);
  }

  // The attestations once more, by the lists of keys and the time that all three agreed on.
  std::vector<Refusal> Proofs(const AgreedList& agreed) const {
    if (survey_.survey().sources.empty()) return {};
    const std::set<Bytes32> revoked = RevokedKeys(agreed.notary_lists);
    const ProofTime close{.when = ProofTime::When::kClose, .time = request_.closed_at};
    std::vector<Refusal> proofs(agreed.list.size());
    const auto check = [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        const auto signature =
            agreed.proven_before[i] ? SignatureCheck::kVerifiedBefore : SignatureCheck::kVerify;
        proofs[i] = CheckAttestations(survey_, agreed.list[i], agreed.openings[i], revoked, close, signature);
      }
    };
    if (party_.pool != nullptr) {
      party_.pool->ParallelFor(proofs.size(), 1, check);
    } else {
      check(0, proofs.size());
    }
    return proofs;
  }

  [[nodiscard]] Bytes32 SetDigest() const {
    Sha256Stream digest("mpcstats/v1/set");
    digest.Add(survey_.hash()).AddU64(request_.batch).AddU64(attempt_).Add(previous_);
    digest.AddU64(static_cast<std::uint64_t>(request_.closed_at)).AddU64(accepted_.size());
    for (const CheckedEnvelope& envelope : accepted_) digest.Add(envelope.id);
    digest.AddU64(refused_.size()).Add(RefusedRoot(refused_)).Add(revocations_);
    return digest.Finish();
  }

  // Before anything is computed: the same set at all three.
  Status CompareSet(std::uint8_t step) {
    const Bytes32 mine = SetDigest();
    ASSIGN_OR_RETURN(const auto theirs, talk_.Swap(step, Bytes(mine.begin(), mine.end()), mine.size()));
    for (const Peer peer : kPeers) {
      if (!std::ranges::equal(theirs[Slot(peer)], mine)) {
        return Fail(ErrorCode::kProtocolViolation,
                    talk_.NameOf(peer) + " came to another set of answers; nothing was signed");
      }
    }
    return {};
  }

  static CloseResult CaughtUp() {
    CloseResult result;
    result.kind = CloseResult::Kind::kCaughtUp;
    return result;
  }

  CloseResult TooFew() const {
    return {.kind = CloseResult::Kind::kTooFew,
            .counted = accepted_.size(),
            .refused = refused_.size(),
            .deferred = deferred_,
            .batch = std::nullopt};
  }

  Result<CloseOutput> Compute() {
    CloseInput input;
    for (Bytes& opening : openings_) {
      input.rows.push_back({RowShare(survey_.survey(), opening, 0), RowShare(survey_.survey(), opening, 1)});
      SecureWipe(opening.data(), opening.size());
    }
    openings_.clear();
    if (survey_.survey().UniqueColumn()) {
      ASSIGN_OR_RETURN(input.pseudonym_key, party_.store->PseudonymKey(survey_));
    }
    input.keep = [this](const std::vector<Bytes>& pseudonyms) { return Keep(pseudonyms); };
    Sha256Stream view("mpcstats/v1/close-view");
    view.AddString(kBuildId).Add(SetDigest());
    for (const PartyOperator& one : survey_.survey().parties) view.Add(one.identity_key);
    ASSIGN_OR_RETURN(SessionConfig config, EstablishSession(talk_.links(), view.Finish(), *party_.rng));
    config.pool = party_.pool;
    *phase_ = AttemptPhase::kMasked;
    std::optional<CloseOutput> output;
    Session session(std::move(config),
                    [&](Ctx& ctx) { return Program(ctx, survey_.survey(), &input, &output); });
    const Status run = RunSession(session, talk_.links());
    *phase_ = run                 ? AttemptPhase::kVerified
              : session.OnTrial() ? AttemptPhase::kOnTrial
                                  : AttemptPhase::kMasked;
    RETURN_IF_ERROR(run);
    CHECK(output.has_value());
    return std::move(*output);
  }

  static Task<Done> Program(Ctx& ctx, const Survey& survey, CloseInput* input,
                            std::optional<CloseOutput>* output) {
    CloseOutput made = co_await CloseProgram(ctx, survey, std::move(*input));
    *output = std::move(made);
    co_return Done();
  }

  Result<std::vector<bool>> Keep(const std::vector<Bytes>& pseudonyms) {
    kept_.assign(accepted_.size(), true);
    if (!pseudonyms.empty()) {
      ASSIGN_OR_RETURN(const std::vector<bool> used,
                       party_.store->PseudonymsUsed(survey_.hash(), pseudonyms));
      kept_ = FirstOfEquals(pseudonyms, used);
    }
    return kept_;
  }

  Result<CloseResult> Sign(CloseOutput output) {
    BatchRecord record;
    record.batch = request_.batch;
    record.attempt = attempt_;
    for (std::size_t i = 0; i < accepted_.size(); ++i) {
      if (kept_[i]) {
        record.accepted.push_back(accepted_[i].id);
        if (!output.pseudonyms.empty()) record.pseudonyms.push_back(output.pseudonyms[i]);
      } else {
        refused_.emplace_back(accepted_[i].id, Refusal::kDuplicateAccount);
      }
    }
    record.refused = refused_;
    BatchCertificate& certificate = record.certificate;
    certificate.survey_hash = survey_.hash();
    certificate.batch = request_.batch;
    certificate.attempt = attempt_;
    certificate.previous = previous_;
    certificate.count = static_cast<std::uint32_t>(record.accepted.size());
    certificate.root = AnswersRoot(record.accepted);
    certificate.refused = static_cast<std::uint32_t>(refused_.size());
    certificate.refused_root = RefusedRoot(refused_);
    certificate.revocations = revocations_;
    certificate.closed_at = request_.closed_at;
    record.pseudonym_key = std::move(output.pseudonym_key);
    record.shares = EncodeBatchShares(output.shares);

    const Bytes signed_bytes = EncodeCertificate(certificate);
    const Signature own = party_.identity->Sign(signed_bytes);
    record.signatures[party_.self.value()] = own;
    RETURN_IF_ERROR(party_.store->PrepareBatch(survey_, record));
    SecureWipe(record.shares.data(), record.shares.size());
    SecureWipe(record.pseudonym_key.data(), record.pseudonym_key.size());
    Reached(party_.at_point, "close.prepared");

    ASSIGN_OR_RETURN(const auto theirs,
                     talk_.Swap(kSignatureStep, Bytes(own.begin(), own.end()), own.size()));
    SignedBatch batch{.certificate = certificate, .signatures = {}};
    batch.signatures[party_.self.value()] = own;
    for (const Peer peer : kPeers) {
      const Bytes& bytes = theirs[Slot(peer)];
      const unsigned index = IndexOf(party_.self, peer).value();
      if (bytes.size() != own.size()) {
        return Fail(ErrorCode::kProtocolViolation, talk_.NameOf(peer) + " sent no signature of the batch");
      }
      std::copy(bytes.begin(), bytes.end(), batch.signatures[index].begin());
      if (!VerifySignature(survey_.survey().parties[index].identity_key, signed_bytes,
                           batch.signatures[index])) {
        return Fail(ErrorCode::kCheatingDetected,
                    talk_.NameOf(peer) + " signed another batch than we computed");
      }
    }
    Reached(party_.at_point, "close.signed");
    RETURN_IF_ERROR(party_.store->CloseBatch(survey_, request_.batch, attempt_, batch.signatures));
    Reached(party_.at_point, "close.closed");
    return CloseResult{.kind = CloseResult::Kind::kClosed,
                       .counted = record.accepted.size(),
                       .refused = refused_.size(),
                       .deferred = deferred_,
                       .batch = batch};
  }

  const PartyContext& party_;
  const CloseRequest& request_;
  const SignedSurvey& survey_;
  PartyTalk talk_;
  AttemptPhase* phase_;

  Bytes32 previous_{};
  Bytes32 revocations_{};
  std::uint32_t attempt_ = 0;
  std::size_t deferred_ = 0;
  std::vector<CheckedEnvelope> accepted_;
  std::vector<Bytes> openings_;
  std::vector<std::pair<Bytes32, Refusal>> refused_;
  std::vector<bool> kept_;
};

}  // namespace

Result<CloseResult> RunCloseJob(const PartyContext& party, PeerLinks& links, const CloseRequest& request,
                                AttemptPhase* phase) {
  *phase = AttemptPhase::kAgreeing;
  return CloseJob(party, links, request, phase).Run();
}

}  // namespace mpcstats
