#include "mpcstats/service/release_job.h"

#include <fmt/core.h>

#include <algorithm>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/engine/handshake.h"
#include "mpcstats/engine/run.h"
#include "mpcstats/service/build_id.h"
#include "mpcstats/service/party_talk.h"
#include "mpcstats/service/receipt_text.h"
#include "mpcstats/service/release_hello.h"
#include "mpcstats/service/survey_program.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::uint8_t kHelloStep = 31;
constexpr std::uint8_t kSignatureStep = 32;

bool IsComplete(const ReleaseRecord& record) {
  return std::ranges::all_of(record.signatures, [](const auto& signature) { return signature.has_value(); });
}

class ReleaseJob {
 public:
  ReleaseJob(const PartyContext& party, PeerLinks& links, const ReleaseRequest& request, AttemptPhase* phase)
      : party_(party), request_(request), survey_(request.survey), talk_(links), phase_(phase) {}

  Result<ReleaseResult> Run() {
    Result<ReleaseResult> result = Steps();
    if (!result) talk_.Stop(result.error());
    return result;
  }

 private:
  Result<ReleaseResult> Steps() {
    RETURN_IF_ERROR(LoadState());
    ASSIGN_OR_RETURN(const bool caught_up, Greet());
    if (caught_up)
      return ReleaseResult{.kind = ReleaseResult::Kind::kCaughtUp, .sequence = 0, .receipt = std::nullopt};
    if (!all_have_body_) {
      ASSIGN_OR_RETURN(const bool passed, Compute());
      if (!passed) {
        RETURN_IF_ERROR(party_.store->SaveHeld(survey_.hash(), intent_.batches));
        return ReleaseResult{
            .kind = ReleaseResult::Kind::kHeld, .sequence = intent_.sequence, .receipt = std::nullopt};
      }
    }
    return Sign();
  }

  Status LoadState() {
    ASSIGN_OR_RETURN(closed_, party_.store->ClosedBatches(survey_.hash()));
    ASSIGN_OR_RETURN(std::vector<ReleaseRecord> records, party_.store->Releases(survey_.hash()));
    for (ReleaseRecord& record : records) {
      if (IsComplete(record)) {
        ++completed_;
        last_ = std::move(record);
      } else {
        unfinished_ = std::move(record);
      }
    }
    if (last_) {
      ASSIGN_OR_RETURN(const Receipt receipt, ReceiptOf(*last_));
      previous_ = ReceiptHash(receipt.body);
      last_body_ = receipt.body;
    }
    return {};
  }

  Result<ReleaseHello> MyHello() {
    ReleaseHello hello;
    hello.survey_hash = survey_.hash();
    hello.completed = completed_;
    hello.closed = static_cast<std::uint32_t>(closed_.size());
    if (!closed_.empty()) hello.batch_head = Sha256(EncodeCertificate(closed_.back().certificate));
    hello.previous = previous_;
    hello.as_of = request_.as_of;
    hello.has_body = unfinished_.has_value();
    ASSIGN_OR_RETURN(hello.intent, party_.store->FindIntent(survey_.hash(), completed_ + 1));
    if (last_) hello.last = *last_;
    return hello;
  }

  // Who is where, and what is to be computed. True when somebody had to be brought up to date.
  Result<bool> Greet() {
    ASSIGN_OR_RETURN(const ReleaseHello mine, MyHello());
    ASSIGN_OR_RETURN(const auto messages,
                     talk_.Swap(kHelloStep, EncodeReleaseHello(mine), kReleaseHelloLimit));
    bool caught_up = false;
    all_have_body_ = mine.has_body;
    std::optional<ReleaseIntent> intent = mine.intent;
    for (const Peer peer : kPeers) {
      const std::string name = talk_.NameOf(peer);
      auto decoded = DecodeReleaseHello(messages[Slot(peer)]);
      if (!decoded) return std::unexpected(decoded.error().At(name));
      const ReleaseHello& hello = *decoded;
      if (hello.survey_hash != survey_.hash()) {
        return Fail(ErrorCode::kProtocolViolation, name + " is computing a release of another survey");
      }
      if (hello.completed != completed_) {
        caught_up = true;
        if (hello.completed == completed_ + 1) RETURN_IF_ERROR(CatchUp(hello, name));
        if (hello.completed > completed_ + 1) {
          return Fail(ErrorCode::kProtocolViolation,
                      name + " knows several releases that we do not: restore the newest backup");
        }
        continue;
      }
      if (hello.previous != previous_) {
        return Fail(ErrorCode::kProtocolViolation,
                    name + " has another last release than we have (docs/running-the-services.md, restore)");
      }
      if (hello.closed != mine.closed || hello.batch_head != mine.batch_head) {
        return Fail(ErrorCode::kUnavailable,
                    name + " has closed other batches than we have; close them first");
      }
      all_have_body_ = all_have_body_ && hello.has_body;
      if (!hello.intent) continue;
      if (!intent) intent = hello.intent;
      if (intent->batches != hello.intent->batches || intent->plan_hash != hello.intent->plan_hash ||
          intent->as_of != hello.intent->as_of) {
        return Fail(ErrorCode::kProtocolViolation,
                    name + " has started another release of this number than we have");
      }
    }
    for (const Peer peer : kPeers) {
      if (caught_up || intent) break;
      ASSIGN_OR_RETURN(const ReleaseHello hello, DecodeReleaseHello(messages[Slot(peer)]));
      if (hello.as_of != mine.as_of) {
        return Fail(ErrorCode::kProtocolViolation,
                    talk_.NameOf(peer) + " was given another time for the release");
      }
    }
    if (caught_up) return true;
    RETURN_IF_ERROR(Decide(intent));
    return false;
  }

  // Three signatures stand under a release that we have not completed: ours among them, or our store is older.
  Status CatchUp(const ReleaseHello& hello, const std::string& name) {
    if (!hello.last) return Fail(ErrorCode::kProtocolViolation, name + " does not show its last release");
    ASSIGN_OR_RETURN(const Receipt receipt, ReceiptOf(*hello.last));
    const Bytes signed_bytes = ReceiptSignedBytes(receipt.body);
    for (unsigned i = 0; i < 3; ++i) {
      if (!receipt.signatures[i] ||
          !VerifySignature(survey_.survey().parties[i].identity_key, signed_bytes, *receipt.signatures[i])) {
        return Fail(ErrorCode::kProtocolViolation,
                    fmt::format("{} shows a release without party {}'s signature", name, i));
      }
    }
    if (receipt.body.sequence != completed_ + 1 || receipt.body.previous != previous_ ||
        receipt.body.survey_hash != survey_.hash()) {
      return Fail(ErrorCode::kProtocolViolation, name + " shows a release that does not follow our last one");
    }
    return party_.store->AdoptRelease(survey_.hash(), *hello.last);
  }

  // An intent of an earlier attempt is computed again as it stands: what left then was of this version.
  Status Decide(const std::optional<ReleaseIntent>& intent) {
    ASSIGN_OR_RETURN(const ReleaseDue due, NextRelease(*party_.store, survey_));
    const std::uint32_t released = last_ ? last_->batches : 0;
    if (intent) {
      intent_ = *intent;
      if (intent_.batches <= released || intent_.batches > closed_.size() ||
          intent_.as_of > request_.now + kClockTolerance) {
        return Fail(ErrorCode::kProtocolViolation, "a peer has started a release that cannot be");
      }
    } else {
      if (!due.has_new_batches)
        return Fail(ErrorCode::kUnavailable, "no release is due: no batch has closed since the last one");
      // Both times were agreed on, so that no clock has to be allowed for.
      if (request_.as_of < due.not_before) {
        return Fail(ErrorCode::kUnavailable, "no release is due before " + FormatTime(due.not_before));
      }
      if (std::abs(request_.as_of - request_.now) > kClockTolerance) {
        return Fail(ErrorCode::kInvalidArgument,
                    "the time of the release is more than two minutes from our clock; compare the clocks");
      }
      intent_.batches = static_cast<std::uint32_t>(closed_.size());
      intent_.as_of = request_.as_of;
    }
    intent_.sequence = completed_ + 1;
    RETURN_IF_ERROR(LoadVersion());
    ASSIGN_OR_RETURN(plan_, PlanSurvey(survey_.survey(), rows_));
    if (intent && intent->plan_hash != plan_.Hash()) {
      return Fail(ErrorCode::kProtocolViolation,
                  "the plan of the release that was started is not ours: the programs differ");
    }
    intent_.plan_hash = plan_.Hash();
    return {};
  }

  Status LoadVersion() {
    for (std::uint32_t batch = 1; batch <= intent_.batches; ++batch) {
      Result<Bytes> stored = party_.store->BatchShares(survey_, batch);
      if (!stored) return std::unexpected(stored.error());
      auto shares = DecodeBatchShares(survey_.survey(), *stored);
      SecureWipe(stored->data(), stored->size());
      if (!shares) return std::unexpected(shares.error());
      rows_ += (shares->people + 63) / 64 * 64;
      input_.batches.push_back(std::move(*shares));
    }
    input_.first_new = last_ ? last_->batches : 0;
    return {};
  }

  [[nodiscard]] Bytes32 View() const {
    Sha256Stream view("mpcstats/v1/release-view");
    view.AddString(kBuildId)
        .Add(survey_.hash())
        .AddU64(intent_.sequence)
        .Add(previous_)
        .AddU64(intent_.batches);
    view.Add(Sha256(EncodeCertificate(closed_[intent_.batches - 1].certificate))).Add(plan_.Hash());
    view.AddU64(static_cast<std::uint64_t>(intent_.as_of));
    for (const PartyOperator& one : survey_.survey().parties) view.Add(one.identity_key);
    return view.Finish();
  }

  // False when the gate is shut.
  Result<bool> Compute() {
    input_.before_figures = [this]() -> Status {
      RETURN_IF_ERROR(party_.store->SaveIntent(survey_.hash(), intent_));
      Reached(party_.at_point, "release.intended");
      return {};
    };
    ASSIGN_OR_RETURN(SessionConfig config, EstablishSession(talk_.links(), View(), *party_.rng));
    config.pool = party_.pool;
    *phase_ = AttemptPhase::kMasked;
    std::optional<ReleaseOutput> output;
    Session session(std::move(config),
                    [&](Ctx& ctx) { return Program(ctx, survey_.survey(), plan_, &input_, &output); });
    const Status run = RunSession(session, talk_.links());
    *phase_ = run                 ? AttemptPhase::kVerified
              : session.OnTrial() ? AttemptPhase::kOnTrial
                                  : AttemptPhase::kMasked;
    RETURN_IF_ERROR(run);
    CHECK(output.has_value());
    if (!output->passed) return false;
    const ReceiptBody body = BodyOf(*output);
    ReleaseRecord record;
    record.sequence = intent_.sequence;
    record.batches = intent_.batches;
    record.body = CanonicalJson(body);
    Reached(party_.at_point, "release.computed");
    record.signatures[party_.self.value()] = party_.identity->Sign(ReceiptSignedBytes(body));
    RETURN_IF_ERROR(party_.store->SaveRelease(survey_.hash(), record));
    Reached(party_.at_point, "release.saved");
    unfinished_ = std::move(record);
    return true;
  }

  static Task<Done> Program(Ctx& ctx, const Survey& survey, const SurveyPlan& plan, ReleaseInput* input,
                            std::optional<ReleaseOutput>* output) {
    ReleaseOutput made = co_await ReleaseProgram(ctx, survey, plan, std::move(*input));
    *output = std::move(made);
    co_return Done();
  }

  [[nodiscard]] ReceiptBody BodyOf(const ReleaseOutput& output) const {
    const Survey& survey = survey_.survey();
    ReceiptBody body;
    body.protocol = ProtocolOf(survey);
    body.build = kBuildId;
    body.survey_hash = survey_.hash();
    body.sequence = intent_.sequence;
    body.previous = previous_;
    body.plan = plan_.text;
    body.plan_hash = plan_.Hash();
    body.view = View();
    for (std::uint32_t i = 0; i < intent_.batches; ++i) {
      const BatchCertificate& certificate = closed_[i].certificate;
      body.batches.push_back({certificate.batch, certificate.root, certificate.count});
    }
    body.gate = GateText(survey);
    body.outputs = OutputsOf(survey, plan_, output.figures);
    for (ReceiptOutput& one : body.outputs) {
      one.provenance = ProvenanceText(survey, one.expression, one.cell);
    }
    body.rule = RuleText(survey);
    body.eligibility = EligibilityText(survey);
    body.as_of = intent_.as_of;
    body.next_due = intent_.as_of < survey.closes ? intent_.as_of + survey.release_every_seconds : 0;
    for (unsigned i = 0; i < 3; ++i) body.signers[i] = survey.parties[i].identity_key;
    return body;
  }

  Result<ReleaseResult> Sign() {
    ASSIGN_OR_RETURN(Receipt receipt, ReceiptOf(*unfinished_));
    const Bytes signed_bytes = ReceiptSignedBytes(receipt.body);
    if (!receipt.signatures[party_.self.value()]) {
      receipt.signatures[party_.self.value()] = party_.identity->Sign(signed_bytes);
    }
    const Signature own = *receipt.signatures[party_.self.value()];
    ASSIGN_OR_RETURN(const auto theirs,
                     talk_.Swap(kSignatureStep, Bytes(own.begin(), own.end()), own.size()));
    for (const Peer peer : kPeers) {
      const unsigned index = IndexOf(party_.self, peer).value();
      Signature signature{};
      const Bytes& bytes = theirs[Slot(peer)];
      if (bytes.size() == signature.size()) std::copy(bytes.begin(), bytes.end(), signature.begin());
      if (!VerifySignature(survey_.survey().parties[index].identity_key, signed_bytes, signature)) {
        return Fail(ErrorCode::kCheatingDetected,
                    talk_.NameOf(peer) + " signed another result than we computed");
      }
      receipt.signatures[index] = signature;
    }
    Reached(party_.at_point, "release.signed");
    RETURN_IF_ERROR(
        party_.store->AddReleaseSignatures(survey_.hash(), receipt.body.sequence, receipt.signatures));
    Reached(party_.at_point, "release.complete");
    return ReleaseResult{.kind = ReleaseResult::Kind::kReleased,
                         .sequence = receipt.body.sequence,
                         .receipt = std::move(receipt)};
  }

  const PartyContext& party_;
  const ReleaseRequest& request_;
  const SignedSurvey& survey_;
  PartyTalk talk_;
  AttemptPhase* phase_;

  std::vector<SignedBatch> closed_;
  std::uint32_t completed_ = 0;
  std::optional<ReleaseRecord> last_;
  std::optional<ReceiptBody> last_body_;
  std::optional<ReleaseRecord> unfinished_;
  Bytes32 previous_{};
  bool all_have_body_ = false;
  ReleaseIntent intent_;
  SurveyPlan plan_;
  std::size_t rows_ = 0;
  ReleaseInput input_;
};

}  // namespace

Result<ReleaseResult> RunReleaseJob(const PartyContext& party, PeerLinks& links,
                                    const ReleaseRequest& request, AttemptPhase* phase) {
  *phase = AttemptPhase::kAgreeing;
  return ReleaseJob(party, links, request, phase).Run();
}

Result<ReleaseDue> NextRelease(PartyStore& store, const SignedSurvey& survey) {
  ReleaseDue due;
  ASSIGN_OR_RETURN(const std::vector<SignedBatch> closed, store.ClosedBatches(survey.hash()));
  ASSIGN_OR_RETURN(const std::vector<ReleaseRecord> records, store.Releases(survey.hash()));
  ASSIGN_OR_RETURN(const std::vector<std::uint32_t> held, store.Held(survey.hash()));
  std::uint32_t known = 0;
  for (const ReleaseRecord& record : records) {
    if (!IsComplete(record)) continue;
    known = std::max(known, record.batches);
    ASSIGN_OR_RETURN(const Receipt receipt, ReceiptOf(record));
    due.not_before = std::max(due.not_before, receipt.body.as_of + survey.survey().release_every_seconds);
  }
  for (const std::uint32_t batches : held) known = std::max(known, batches);
  due.has_new_batches = closed.size() > known;
  return due;
}

Result<Receipt> ReceiptOf(const ReleaseRecord& record) {
  ASSIGN_OR_RETURN(ReceiptBody body, ParseBody(record.body));
  Receipt receipt;
  receipt.body = std::move(body);
  receipt.signatures = record.signatures;
  return receipt;
}

}  // namespace mpcstats
