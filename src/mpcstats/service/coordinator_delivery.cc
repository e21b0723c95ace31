#include "mpcstats/service/coordinator_delivery.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "mpcstats/base/log.h"
#include "mpcstats/crypto/merkle.h"

namespace mpcstats {
namespace {

constexpr auto kFirstBackoff = std::chrono::milliseconds(250);
constexpr auto kLongestBackoff = std::chrono::milliseconds(15'000);

// What the store keeps of an answer: each verdict with its path to the signed root.
std::vector<DeliveredVerdict> WithPaths(const UploadAnswer& answer) {
  std::vector<Bytes32> leaves;
  for (const UploadVerdict& verdict : answer.verdicts) {
    if (verdict.outcome != UploadOutcome::kVerdict) continue;
    leaves.push_back(
        MerkleLeafHash("mpcstats/v1/verdict", VerdictLeaf({verdict.submission, verdict.refusal})));
  }
  const MerkleTree tree = MerkleTree::OfLeafHashes(std::move(leaves));
  std::vector<DeliveredVerdict> delivered;
  for (const UploadVerdict& verdict : answer.verdicts) {
    if (verdict.outcome != UploadOutcome::kVerdict) continue;
    const auto index = static_cast<std::uint32_t>(delivered.size());
    nlohmann::json path = nlohmann::json::array();
    for (const Bytes32& hash : tree.Path(index)) path.push_back(ToHex(hash));
    delivered.push_back(
        {.verdict = {verdict.submission, verdict.refusal}, .index = index, .path = path.dump()});
  }
  return delivered;
}

}  // namespace

CoordinatorDelivery::CoordinatorDelivery(CoordinatorStore& store, const SurveyBook& book, unsigned party,
                                         std::function<void()> delivered, FaultHook at_point)
    : store_(store),
      book_(book),
      party_(party),
      delivered_(std::move(delivered)),
      at_point_(std::move(at_point)) {
  thread_ = std::thread([this] { Run(); });
}

CoordinatorDelivery::~CoordinatorDelivery() { Stop(); }

void CoordinatorDelivery::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CoordinatorDelivery::Wake() {
  {
    const std::lock_guard lock(mutex_);
    pending_ = true;
  }
  wake_.notify_all();
}

void CoordinatorDelivery::Run() {
  auto backoff = kFirstBackoff;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || pending_; });
      if (stopping_) return;
      pending_ = false;
    }
    bool failed = false;
    bool more = false;
    for (const SignedSurvey& survey : book_.All()) {
      const auto delivered = DeliverSome(survey);
      if (delivered) {
        more = more || *delivered;
        continue;
      }
      failed = true;
      Forget(survey.hash());
      if (reachable_.exchange(false)) {
        Log(LogLevel::kWarning, "delivery-failed",
            {{"party", party_}, {"survey", ToHex(survey.hash())}, {"error", delivered.error().message()}});
      }
    }
    if (!failed && !reachable_.exchange(true)) Log(LogLevel::kInfo, "delivery-resumed", {{"party", party_}});
    std::unique_lock lock(mutex_);
    if (failed) {
      // Not even new answers hurry a party that is away.
      wake_.wait_for(lock, backoff, [this] { return stopping_; });
      backoff = std::min(2 * backoff, kLongestBackoff);
      pending_ = true;
    } else {
      backoff = kFirstBackoff;
      pending_ = pending_ || more;
    }
  }
}

Result<PartyClient*> CoordinatorDelivery::ClientFor(const SignedSurvey& survey) {
  auto found = clients_.find(survey.hash());
  if (found == clients_.end()) {
    ASSIGN_OR_RETURN(PartyClient client, PartyClient::Create(survey, party_));
    found = clients_.emplace(survey.hash(), std::move(client)).first;
  }
  return &found->second;
}

void CoordinatorDelivery::Forget(const Bytes32& survey_hash) { clients_.erase(survey_hash); }

Result<bool> CoordinatorDelivery::DeliverSome(const SignedSurvey& survey) {
  ASSIGN_OR_RETURN(const std::vector<DeliverableSubmission> waiting,
                   store_.Undelivered(survey.hash(), party_, kPerRequest));
  ASSIGN_OR_RETURN(PartyClient* const client, ClientFor(survey));
  if (waiting.empty()) return DeliverWithdrawals(survey, *client);
  std::vector<UploadedBox> items;
  std::vector<Bytes32> ids;
  for (const DeliverableSubmission& one : waiting) {
    ASSIGN_OR_RETURN(Submission submission, DecodeSubmission(one.bytes));
    items.push_back(
        {.envelope = EncodeEnvelope(submission.envelope), .box = std::move(submission.boxes[party_])});
    ids.push_back(one.id);
  }
  ASSIGN_OR_RETURN(const UploadAnswer answer, client->Upload(items, ids));
  // We looked at the hashes of the boxes when they came, and sent what we have. What the party does not find delivered then
  // carries a seal that is not its sender's: that will never change.
  std::vector<Bytes32> junk;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (answer.verdicts[i].outcome != UploadOutcome::kNotDelivered) continue;
    const auto checked = CheckEnvelope(survey, items[i].envelope);
    if (checked && !VerifySeal(*checked)) junk.push_back(ids[i]);
  }
  if (!junk.empty()) RETURN_IF_ERROR(store_.GiveUp(survey.hash(), party_, junk));
  const std::vector<DeliveredVerdict> verdicts = WithPaths(answer);
  if (verdicts.empty() && junk.size() == ids.size()) return true;
  if (verdicts.empty())
    return Fail(ErrorCode::kUnavailable, "the party says of every box that it is not the one of its answer");
  Reached(at_point_, "coordinator.delivered");
  RETURN_IF_ERROR(store_.MarkDelivered(
      survey.hash(), party_, {.count = answer.count, .root = answer.root, .signature = answer.signature},
      verdicts));
  delivered_();
  return true;
}

Result<bool> CoordinatorDelivery::DeliverWithdrawals(const SignedSurvey& survey, PartyClient& client) {
  ASSIGN_OR_RETURN(const std::vector<Withdrawal> waiting,
                   store_.UndeliveredWithdrawals(survey.hash(), party_, kPerRequest));
  std::vector<Bytes32> done;
  for (const Withdrawal& withdrawal : waiting) {
    const Status sent = client.Withdraw(withdrawal);
    // A party that refuses it (counted already, unknown) has had it, too.
    if (!sent && sent.error().code() != ErrorCode::kInvalidArgument &&
        sent.error().code() != ErrorCode::kNotFound) {
      return std::unexpected(sent.error());
    }
    done.push_back(withdrawal.submission);
  }
  if (!done.empty()) RETURN_IF_ERROR(store_.MarkWithdrawalsDelivered(survey.hash(), party_, done));
  return waiting.size() == kPerRequest;
}

}  // namespace mpcstats
