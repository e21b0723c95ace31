#include "mpcstats/service/close_exchange.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "mpcstats/base/check.h"
#include "mpcstats/base/secret.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/agreement.h"
#include "mpcstats/service/equal_values.h"
#include "mpcstats/survey/proven.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::uint8_t kNotaryStep = 8;
constexpr std::uint8_t kListStep = 2;
constexpr std::uint8_t kHaveStep = 3;  // 3 and 4 in the first pass, 13 and 14 in the second
constexpr std::uint8_t kSecondPass = 10;
constexpr std::uint8_t kComplaintStep = 5;
constexpr std::uint8_t kCureStep = 15;
constexpr std::size_t kWithdrawalLimit = 256;

Bytes Bitmap(std::size_t size, const auto& bit) {
  Bytes map((size + 7) / 8);
  for (std::size_t i = 0; i < size; ++i) {
    if (bit(i)) map[i / 8] = static_cast<std::uint8_t>(map[i / 8] | (1u << (i % 8)));
  }
  return map;
}
bool BitOf(const Bytes& map, std::size_t i) { return ((map[i / 8] >> (i % 8)) & 1) != 0; }

Bytes32 ToBytes32(ByteSpan bytes) {
  Bytes32 out;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Bytes EncodeList(std::span<const Bytes32> ids, std::span<const Withdrawal> withdrawals) {
  Writer writer;
  writer.U32(static_cast<std::uint32_t>(ids.size()));
  for (const Bytes32& id : ids) writer.Raw(id);
  writer.U32(static_cast<std::uint32_t>(withdrawals.size()));
  for (const Withdrawal& withdrawal : withdrawals) {
    const Bytes bytes = EncodeWithdrawal(withdrawal);
    writer.U32(static_cast<std::uint32_t>(bytes.size())).Raw(bytes);
  }
  return std::move(writer).Take();
}

struct NamedList {
  std::vector<Bytes32> ids;
  std::vector<Withdrawal> withdrawals;
};

Result<NamedList> DecodeList(ByteSpan bytes, std::size_t most_ids) {
  Reader reader(bytes);
  NamedList list;
  const std::uint32_t count = reader.U32();
  if (!reader.ok() || count > most_ids || reader.remaining() < std::size_t{32} * count) {
    return Fail(ErrorCode::kProtocolViolation, "the list of answers is longer than the survey allows");
  }
  for (std::uint32_t i = 0; i < count; ++i) list.ids.push_back(ToBytes32(reader.Raw(32)));
  const std::uint32_t withdrawals = reader.U32();
  if (!reader.ok() || withdrawals > most_ids) {
    return Fail(ErrorCode::kProtocolViolation, "the list of withdrawals is longer than the survey allows");
  }
  for (std::uint32_t i = 0; i < withdrawals && reader.ok(); ++i) {
    const std::string text = reader.String(kWithdrawalLimit);
    if (!reader.ok()) break;
    ASSIGN_OR_RETURN(const Withdrawal withdrawal, DecodeWithdrawal(AsBytes(text)));
    list.withdrawals.push_back(withdrawal);
  }
  RETURN_IF_ERROR(reader.Finish("the list of answers"));
  return list;
}

}  // namespace

Result<AgreedList> CloseExchange::Run() {
  RETURN_IF_ERROR(ExchangeNotaryLists());
  RETURN_IF_ERROR(ExchangeLists());
  RETURN_IF_ERROR(LoadOwn());
  DropUnsealed();
  RETURN_IF_ERROR(ExchangeEnvelopes(kHaveStep));
  DropUnsealed();
  RETURN_IF_ERROR(ExchangeEnvelopes(kHaveStep + kSecondPass));
  DropUnsealed();
  KeepKnown();
  RETURN_IF_ERROR(ExchangeComplaints());
  RETURN_IF_ERROR(ExchangeCures());
  return Collect();
}

// Verdicts at close depend on which keys are revoked, so all three must know the same: the newest that any of them holds. A peer
// that shows the two others different lists is found when the sets are compared.
Status CloseExchange::ExchangeNotaryLists() {
  const std::vector<SurveyNotary>& notaries = survey_.survey().notaries;
  if (notaries.empty()) return {};
  notary_lists_.resize(notaries.size());
  ASSIGN_OR_RETURN(const std::vector<NotaryKeyList> mine, party_.store->NotaryLists(survey_.survey()));
  Writer writer;
  for (const NotaryKeyList& list : mine) {
    const Bytes bytes = EncodeNotaryKeys(list);
    writer.U32(static_cast<std::uint32_t>(bytes.size())).Raw(bytes);
  }
  RETURN_IF_ERROR(TakeNotaryLists(writer.bytes(), "this party"));
  const std::size_t limit = notaries.size() * (4 + kMaxNotaryListBytes);
  ASSIGN_OR_RETURN(const auto theirs, talk_.Swap(kNotaryStep, writer.bytes(), limit));
  for (const Peer peer : kPeers) RETURN_IF_ERROR(TakeNotaryLists(theirs[Slot(peer)], talk_.NameOf(peer)));
  for (const std::optional<NotaryKeyList>& list : notary_lists_) {
    if (list) RETURN_IF_ERROR(party_.store->AddNotaryList(*list));
  }
  return {};
}

Status CloseExchange::TakeNotaryLists(ByteSpan message, const std::string& from) {
  const std::vector<SurveyNotary>& notaries = survey_.survey().notaries;
  Reader reader(message);
  while (reader.ok() && reader.remaining() > 0) {
    const std::string bytes = reader.String(kMaxNotaryListBytes);
    if (!reader.ok()) break;
    auto list = DecodeNotaryKeys(AsBytes(bytes));
    if (!list) return std::unexpected(list.error().At(from));
    const auto notary = std::ranges::find(notaries, list->identity, &SurveyNotary::identity_key);
    if (notary == notaries.end()) {
      return Fail(ErrorCode::kProtocolViolation,
                  from + " sent a list of keys of a notary that the survey does not name");
    }
    auto& known = notary_lists_[static_cast<std::size_t>(notary - notaries.begin())];
    if (!known || IsNewerList(*list, *known)) known = std::move(*list);
  }
  if (!reader.ok())
    return Fail(ErrorCode::kProtocolViolation, from + " sent notaries' lists that do not parse");
  return {};
}

Status CloseExchange::ExchangeLists() {
  const std::size_t most = std::size_t{2} * survey_.survey().batch_max;
  std::vector<Bytes32> mine = request_.proposal;
  if (mine.size() > survey_.survey().batch_max) mine.resize(survey_.survey().batch_max);
  ASSIGN_OR_RETURN(const std::vector<Bytes32> open, party_.store->OpenIds(survey_.hash()));
  mine = MergeLists({std::move(mine), open, {}}, most);
  ASSIGN_OR_RETURN(withdrawals_, party_.store->Withdrawals(survey_.hash()));
  KeepWithdrawalsOf(mine);
  if (withdrawals_.size() > most) withdrawals_.resize(most);

  const std::size_t limit = 8 + most * (32 + 4 + kWithdrawalLimit);
  ASSIGN_OR_RETURN(const auto messages, talk_.Swap(kListStep, EncodeList(mine, withdrawals_), limit));
  std::array<std::vector<Bytes32>, 3> lists;
  lists[party_.self.value()] = std::move(mine);
  for (const Peer peer : kPeers) {
    auto decoded = DecodeList(messages[Slot(peer)], most);
    if (!decoded) return std::unexpected(decoded.error().At(talk_.NameOf(peer)));
    lists[IndexOf(party_.self, peer).value()] = std::move(decoded->ids);
    withdrawals_.insert(withdrawals_.end(), decoded->withdrawals.begin(), decoded->withdrawals.end());
  }
  const std::vector<Bytes32> merged = MergeLists(lists, 3 * most);
  entries_.resize(merged.size());
  for (std::size_t i = 0; i < merged.size(); ++i) entries_[i].id = merged[i];
  return {};
}

// Withdrawals of closed batches have no effect; what is left is bounded by the open answers.
void CloseExchange::KeepWithdrawalsOf(std::span<const Bytes32> ids) {
  if (withdrawals_.empty()) return;
  std::map<Bytes32, bool> named;
  for (const Withdrawal& one : withdrawals_) named[one.submission] = false;
  for (const Bytes32& id : ids) {
    const auto found = named.find(id);
    if (found != named.end()) found->second = true;
  }
  std::erase_if(withdrawals_, [&](const Withdrawal& one) { return !named[one.submission]; });
}

Status CloseExchange::LoadOwn() {
  std::vector<Bytes32> ids;
  ids.reserve(entries_.size());
  for (const Entry& entry : entries_) ids.push_back(entry.id);
  ASSIGN_OR_RETURN(std::vector<StoredSubmission> stored, party_.store->LoadSubmissions(survey_, ids));
  // In the order of the ids, without those that are not stored.
  std::size_t at = 0;
  for (StoredSubmission& one : stored) {
    while (at < entries_.size() && entries_[at].id != one.id) ++at;
    CHECK(at < entries_.size());
    Entry& entry = entries_[at];
    entry.decided = one.state == SubmissionState::kCounted || one.state == SubmissionState::kRefused;
    if (entry.decided) continue;
    auto checked = CheckEnvelope(survey_, one.envelope);
    if (!checked || checked->id != one.id) {
      return Fail(ErrorCode::kInternal, "the store holds an answer that does not check: " + ToHex(one.id));
    }
    entry.envelope = std::move(*checked);
    entry.opening = std::move(one.opening);
    entry.stored = true;
    if (!entry.opening.empty()) {
      entry.complaint = Complaint::kNone;
    } else if (VerifySeal(*entry.envelope)) {
      // The person herself vouches for the box that does not open; without her seal somebody may have swapped it.
      entry.complaint = Complaint::kDoesNotOpen;
    }
  }
  return {};
}

Status CloseExchange::ExchangeEnvelopes(std::uint8_t step) {
  const std::size_t n = entries_.size();
  const Bytes have = Bitmap(n, [&](std::size_t i) { return entries_[i].envelope.has_value(); });
  ASSIGN_OR_RETURN(const auto theirs, talk_.Swap(step, have, have.size()));
  std::array<Bytes, 2> send;
  for (const Peer peer : kPeers) {
    const Bytes& has = theirs[Slot(peer)];
    if (has.size() != have.size()) {
      return Fail(ErrorCode::kProtocolViolation, talk_.NameOf(peer) + " speaks of another list of answers");
    }
    Writer writer;
    for (std::size_t i = 0; i < n; ++i) {
      if (!entries_[i].envelope || BitOf(has, i)) continue;
      const Bytes bytes = EncodeEnvelope(entries_[i].envelope->envelope);
      writer.U32(static_cast<std::uint32_t>(i)).U32(static_cast<std::uint32_t>(bytes.size())).Raw(bytes);
    }
    send[Slot(peer)] = std::move(writer).Take();
  }
  const std::size_t lacking = static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return !entry.envelope.has_value(); }));
  const std::size_t limit = lacking * (EnvelopeBytesLimit(survey_.survey()) + 8);
  ASSIGN_OR_RETURN(const auto sent, talk_.Swap(static_cast<std::uint8_t>(step + 1), send, limit));
  for (const Peer peer : kPeers) RETURN_IF_ERROR(TakeEnvelopes(sent[Slot(peer)], talk_.NameOf(peer)));
  return {};
}

Status CloseExchange::TakeEnvelopes(ByteSpan message, const std::string& from) {
  Reader reader(message);
  while (reader.ok() && reader.remaining() > 0) {
    const std::uint32_t index = reader.U32();
    const std::string bytes = reader.String(EnvelopeBytesLimit(survey_.survey()));
    if (!reader.ok() || index >= entries_.size()) break;
    Entry& entry = entries_[index];
    if (entry.envelope || entry.decided) continue;
    auto checked = CheckEnvelope(survey_, AsBytes(bytes));
    // An envelope that does not check is not the one that the id names, or never was an answer: nobody honest holds it.
    if (checked && checked->id == entry.id) entry.envelope = std::move(*checked);
  }
  if (!reader.ok() || reader.remaining() > 0) {
    return Fail(ErrorCode::kProtocolViolation, from + " sent envelopes that do not parse");
  }
  return {};
}

// Seal, box hashes and invitation are not part of the id: a coordinator can hand different ones to different parties. Where a
// seal decides something, an envelope whose seal is bad is as good as none, and a peer's takes its place.
void CloseExchange::DropUnsealed() {
  std::vector<Bytes32> keys;
  std::vector<std::size_t> owners;
  std::vector<bool> disputed(entries_.size(), false);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].envelope) continue;
    keys.push_back(entries_[i].envelope->header.control_key);
    owners.push_back(i);
    disputed[i] = entries_[i].envelope->header.replaces != Bytes32{};
  }
  ForEachValue(std::span<const Bytes32>(keys), [&](std::span<const std::uint32_t> equal) {
    if (equal.size() < 2) return;
    for (const std::uint32_t k : equal) disputed[owners[k]] = true;
  });
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (!disputed[i] || entry.sealed) continue;
    entry.sealed = VerifySeal(*entry.envelope);
    if (entry.sealed) continue;
    entry.envelope.reset();
    if (entry.opening.empty()) entry.complaint = Complaint::kNotDelivered;
  }
}

// Ids that no honest party has an envelope for are nobody's answers.
void CloseExchange::KeepKnown() {
  std::erase_if(entries_, [](const Entry& entry) { return !entry.envelope.has_value() || entry.decided; });
}

Status CloseExchange::ExchangeComplaints() {
  const std::size_t n = entries_.size();
  Sha256Stream digest("mpcstats/v1/known");
  for (const Entry& entry : entries_) digest.Add(entry.id);
  const Bytes32 known = digest.Finish();
  Bytes mine(known.begin(), known.end());
  for (const Entry& entry : entries_) mine.push_back(static_cast<std::uint8_t>(entry.complaint));
  ASSIGN_OR_RETURN(const auto theirs, talk_.Swap(kComplaintStep, mine, mine.size()));
  for (const Peer peer : kPeers) {
    const Bytes& message = theirs[Slot(peer)];
    if (message.size() != mine.size() || !std::equal(known.begin(), known.end(), message.begin())) {
      return Fail(ErrorCode::kProtocolViolation,
                  talk_.NameOf(peer) + " knows other answers than we do; nothing was signed");
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    std::array<Complaint, 3> complaints{};
    complaints[party_.self.value()] = entries_[i].complaint;
    for (const Peer peer : kPeers) {
      const std::uint8_t value = theirs[Slot(peer)][known.size() + i];
      if (value > static_cast<std::uint8_t>(Complaint::kDoesNotOpen)) {
        return Fail(ErrorCode::kProtocolViolation, talk_.NameOf(peer) + " sent a complaint of no known kind");
      }
      complaints[IndexOf(party_.self, peer).value()] = static_cast<Complaint>(value);
    }
    settlements_.push_back(Settle(complaints));
  }
  return {};
}

Status CloseExchange::ExchangeCures() {
  std::array<Writer, 2> send;
  std::vector<std::size_t> cured;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (settlements_[i] < Settlement::kCure0 || settlements_[i] > Settlement::kCure2) continue;
    const PartyIndex complainer = Complainer(settlements_[i]);
    if (complainer == party_.self) {
      cured.push_back(i);
      continue;
    }
    // To the next party go our next component, which is its own; to the previous our own, which is its next.
    const Peer peer = complainer == party_.self.Next() ? Peer::kNext : Peer::kPrevious;
    Bytes part = ComponentOfBox(survey_.survey(), entries_[i].opening, peer == Peer::kNext ? 1 : 0);
    send[Slot(peer)].U32(static_cast<std::uint32_t>(part.size())).Raw(part);
    SecureWipe(part.data(), part.size());
  }
  const std::size_t limit = cured.size() * (BoxBytes(survey_.survey()) + 4);
  std::array<Bytes, 2> frames = {std::move(send[0]).Take(), std::move(send[1]).Take()};
  auto received = talk_.Swap(kCureStep, frames, limit);
  for (Bytes& frame : frames) SecureWipe(frame.data(), frame.size());
  if (!received) return std::unexpected(received.error());
  std::vector<std::array<Bytes, 2>> parts(cured.size());
  for (const Peer peer : kPeers) {
    Bytes& message = (*received)[Slot(peer)];
    const Status taken = TakeCures(peer, message, parts);
    SecureWipe(message.data(), message.size());
    RETURN_IF_ERROR(taken);
  }
  for (std::size_t k = 0; k < cured.size(); ++k) {
    Entry& entry = entries_[cured[k]];
    for (const Peer peer : kPeers) {
      // Component i comes from the previous party, i+1 from the next.
      const unsigned which = peer == Peer::kPrevious ? 0 : 1;
      const unsigned component = (party_.self.value() + which) % 3;
      if (!CheckComponent(survey_, *entry.envelope, component, parts[k][which])) {
        return Fail(ErrorCode::kCheatingDetected,
                    fmt::format("answer {} does not open: {} sent a component that does not fit its "
                                "commitment. Parties {} and {} "
                                "are in dispute and the batch stops",
                                ToHex(entry.id), talk_.NameOf(peer), party_.self.value(),
                                IndexOf(party_.self, peer).value()));
      }
    }
    entry.opening = JoinComponents(survey_.survey(), parts[k][0], parts[k][1]);
    for (Bytes& part : parts[k]) SecureWipe(part.data(), part.size());
    // What is stored counts as checked from then on, so a proof that does not hold is not: the filter refuses it now.
    entry.proves = CheckAttestations(survey_, *entry.envelope, entry.opening, RevokedKeys(NotaryLists()),
                                     {.when = ProofTime::When::kClose, .time = request_.closed_at},
                                     SignatureCheck::kVerify) == Refusal::kNone;
  }
  return StoreCured(cured);
}

Status CloseExchange::TakeCures(Peer peer, ByteSpan message, std::vector<std::array<Bytes, 2>>& parts) {
  Reader reader(message);
  for (auto& part : parts) {
    std::string text = reader.String(BoxBytes(survey_.survey()));
    const ByteSpan bytes = AsBytes(text);
    part[peer == Peer::kPrevious ? 0 : 1].assign(bytes.begin(), bytes.end());
    SecureWipe(text.data(), text.size());
  }
  if (Status whole = reader.Finish("the components for a cure"); !whole) {
    return std::unexpected(whole.error().At(talk_.NameOf(peer)));
  }
  return {};
}

Status CloseExchange::StoreCured(const std::vector<std::size_t>& cured) {
  // First as complaints: an answer that only a cure has brought has no row yet.
  std::vector<NewSubmission> fresh;
  for (const std::size_t i : cured) {
    if (entries_[i].stored || !entries_[i].proves) continue;
    fresh.push_back({.envelope = &*entries_[i].envelope,
                     .envelope_bytes = EncodeEnvelope(entries_[i].envelope->envelope),
                     .opening = {}});
  }
  if (!fresh.empty()) {
    ASSIGN_OR_RETURN(const std::vector<Refusal> added,
                     party_.store->AddSubmissions(survey_, fresh, request_.now));
    CHECK(added.size() == fresh.size());
  }
  for (const std::size_t i : cured) {
    if (!entries_[i].proves) continue;
    RETURN_IF_ERROR(party_.store->SetOpening(survey_, entries_[i].id, entries_[i].opening));
  }
  return {};
}

std::vector<NotaryKeyList> CloseExchange::NotaryLists() const {
  std::vector<NotaryKeyList> lists;
  for (const std::optional<NotaryKeyList>& list : notary_lists_) {
    if (list) lists.push_back(*list);
  }
  return lists;
}

AgreedList CloseExchange::Collect() {
  AgreedList agreed;
  agreed.notary_lists = NotaryLists();
  agreed.withdrawals = std::move(withdrawals_);
  agreed.list.reserve(entries_.size());
  agreed.openings.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    // What waits takes no place: a party that fills the list with answers that nobody else has cannot keep others out.
    const bool full = agreed.list.size() + agreed.refused.size() == survey_.survey().batch_max;
    if (full && settlements_[i] != Settlement::kDeferred) continue;
    switch (settlements_[i]) {
      case Settlement::kDeferred: ++agreed.deferred; break;
      case Settlement::kRefused: agreed.refused.emplace_back(entry.id, Refusal::kBoxDoesNotOpen); break;
      default:
        agreed.proven_before.push_back(settlements_[i] == Settlement::kOpens || entry.proves);
        agreed.list.push_back(std::move(*entry.envelope));
        agreed.openings.push_back(std::move(entry.opening));
    }
  }
  return agreed;
}

}  // namespace mpcstats
