#include "mpcstats/service/party_ingest.h"

#include <fmt/core.h>

#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/merkle.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

// What is known of one item before it is stored.
struct Opened {
  UploadVerdict verdict;
  std::optional<CheckedEnvelope> envelope;
  Bytes opening;
};

struct Judging {
  const SignedSurvey& survey;
  const HpkeKey& key;
  unsigned party = 0;
  std::set<Bytes32> revoked;  ///< notaries' keys
  UnixSeconds now = 0;
};

Opened OpenOne(const Judging& judging, const UploadedBox& item) {
  const SignedSurvey& survey = judging.survey;
  const unsigned party = judging.party;
  Opened opened;
  auto checked = CheckEnvelope(survey, item.envelope);
  if (!checked) {
    // Whoever sees the verdict must know what it is about: the id is the header's hash, where there is a header.
    if (auto envelope = DecodeEnvelope(item.envelope); envelope) {
      opened.verdict = {SubmissionId(envelope->header), UploadOutcome::kVerdict, checked.error()};
    }
    return opened;
  }
  opened.verdict = {checked->id, UploadOutcome::kVerdict, Refusal::kNone};
  // A replacement speaks for the person who answered before: its seal is looked at before anything is stored.
  if (checked->header.replaces != Bytes32{} && !VerifySeal(*checked)) {
    opened.verdict.refusal = Refusal::kBadSeal;
    return opened;
  }
  auto opening = OpenBox(survey, *checked, party, judging.key, item.box);
  if (opening) {
    opened.opening = std::move(*opening);
    const ProofTime arrival{.when = ProofTime::When::kArrival, .time = judging.now};
    opened.verdict.refusal = CheckAttestations(survey, *checked, opened.opening, judging.revoked, arrival,
                                               SignatureCheck::kVerify);
    if (opened.verdict.refusal != Refusal::kNone) {
      // Nothing of it is kept: what proves nothing is no answer.
      SecureWipe(opened.opening.data(), opened.opening.size());
      opened.opening.clear();
      return opened;
    }
  } else if (Sha256(item.box) != checked->envelope.box_hashes[party] || !VerifySeal(*checked)) {
    // Somebody on the way mixed boxes: the person is not to blame (review.md L4).
    opened.verdict.outcome = UploadOutcome::kNotDelivered;
    return opened;
  } else {
    opened.verdict.refusal = Refusal::kBoxDoesNotOpen;
  }
  opened.envelope = std::move(*checked);
  return opened;
}

void SignVerdicts(const PartyContext& party, const Bytes32& survey_hash, UploadAnswer& answer) {
  std::vector<Bytes32> leaves;
  for (const UploadVerdict& verdict : answer.verdicts) {
    if (verdict.outcome != UploadOutcome::kVerdict) continue;
    leaves.push_back(
        MerkleLeafHash("mpcstats/v1/verdict", VerdictLeaf({verdict.submission, verdict.refusal})));
  }
  answer.count = static_cast<std::uint32_t>(leaves.size());
  answer.root = MerkleTree::OfLeafHashes(std::move(leaves)).Root();
  answer.signature = party.identity->Sign(VerdictsInput(survey_hash, answer.count, answer.root));
}

}  // namespace

PartyIngest::PartyIngest(const PartyContext& party, const Clock& clock) : party_(party), clock_(clock) {
  thread_ = std::thread([this] { Run(); });
}

PartyIngest::~PartyIngest() { Stop(); }

void PartyIngest::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PartyIngest::Submit(const SignedSurvey& survey, std::vector<UploadedBox> items, Callback callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_ + items.size() <= kMaxWaiting) {
      waiting_ += items.size();
      queue_.push_back({survey, std::move(items), std::move(callback)});
      wake_.notify_one();
      return;
    }
  }
  callback(Fail(ErrorCode::kResourceExhausted,
                "too many answers are waiting to be stored; come back in a second"));
}

void PartyIngest::Run() {
  for (;;) {
    std::vector<Request> group;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      group.swap(queue_);
      waiting_ = 0;
    }
    // Requests of one survey are stored together.
    while (!group.empty()) {
      std::vector<Request> same;
      std::vector<Request> rest;
      const Bytes32 hash = group.front().survey.hash();
      for (Request& request : group)
        (request.survey.hash() == hash ? same : rest).push_back(std::move(request));
      StoreGroup(same);
      group = std::move(rest);
    }
  }
}

void PartyIngest::StoreGroup(std::vector<Request>& group) {
  const SignedSurvey& survey = group.front().survey;
  const auto fail_all = [&](const Error& error) {
    for (Request& request : group) request.callback(std::unexpected(error));
  };
  auto key = party_.store->BoxKeyFor(Sha256(AsBytes(survey.draft().text)));
  if (!key) return fail_all(key.error());
  const auto lists = party_.store->NotaryLists(survey.survey());
  if (!lists) return fail_all(lists.error());
  const Judging judging{.survey = survey,
                        .key = *key,
                        .party = party_.self.value(),
                        .revoked = RevokedKeys(*lists),
                        .now = clock_.Now()};

  std::vector<std::vector<Opened>> opened(group.size());
  std::vector<NewSubmission> fresh;
  std::vector<UploadVerdict*> waiting;
  for (std::size_t r = 0; r < group.size(); ++r) {
    opened[r].reserve(group[r].items.size());
    for (UploadedBox& item : group[r].items) {
      opened[r].push_back(OpenOne(judging, item));
    }
    for (std::size_t i = 0; i < opened[r].size(); ++i) {
      Opened& one = opened[r][i];
      if (!one.envelope) continue;
      fresh.push_back({.envelope = &*one.envelope,
                       .envelope_bytes = std::move(group[r].items[i].envelope),
                       .opening = std::move(one.opening)});
      waiting.push_back(&one.verdict);
    }
  }
  const auto stored = party_.store->AddSubmissions(survey, fresh, clock_.Now());
  for (NewSubmission& one : fresh) SecureWipe(one.opening.data(), one.opening.size());
  if (!stored) return fail_all(stored.error());
  Reached(party_.at_point, "party.stored");
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    // A box that did not open is stored as a complaint; what was decided before stands.
    if ((*stored)[i] != Refusal::kNone) waiting[i]->refusal = (*stored)[i];
  }
  for (std::size_t r = 0; r < group.size(); ++r) {
    UploadAnswer answer;
    for (Opened& one : opened[r]) answer.verdicts.push_back(one.verdict);
    SignVerdicts(party_, survey.hash(), answer);
    group[r].callback(std::move(answer));
  }
}

Result<std::vector<UploadedBox>> DecodeUpload(const Survey& survey, ByteSpan body) {
  Reader reader(body);
  const std::uint32_t count = reader.U32();
  if (!reader.ok() || count == 0 || count > PartyIngest::kMaxItems) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("an upload holds 1 to {} answers", PartyIngest::kMaxItems));
  }
  std::vector<UploadedBox> items;
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    UploadedBox item;
    for (Bytes* part : {&item.envelope, &item.box}) {
      const std::size_t limit = part == &item.box ? BoxBytes(survey) : EnvelopeBytesLimit(survey);
      const std::uint32_t size = reader.U32();
      if (!reader.ok() || size > limit || size > reader.remaining()) {
        return Fail(ErrorCode::kInvalidArgument,
                    fmt::format("answer {} of the upload is cut short or too long", i + 1));
      }
      const ByteSpan bytes = reader.Raw(size);
      part->assign(bytes.begin(), bytes.end());
    }
    items.push_back(std::move(item));
  }
  if (!reader.ok() || reader.remaining() != 0) {
    return Fail(ErrorCode::kInvalidArgument, "the upload is cut short or has bytes behind its last answer");
  }
  return items;
}

Bytes EncodeUpload(std::span<const UploadedBox> items) {
  Writer writer;
  writer.U32(static_cast<std::uint32_t>(items.size()));
  for (const UploadedBox& item : items) {
    writer.U32(static_cast<std::uint32_t>(item.envelope.size())).Raw(item.envelope);
    writer.U32(static_cast<std::uint32_t>(item.box.size())).Raw(item.box);
  }
  return std::move(writer).Take();
}

}  // namespace mpcstats
