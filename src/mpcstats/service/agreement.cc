#include "mpcstats/service/agreement.h"

#include <algorithm>
#include <map>

#include "mpcstats/base/check.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kZero{};

// Keeps the first of all that share a key; the later ones get `refusal`.
template <typename Key>
void RefuseLater(std::map<Key, std::size_t>& seen, const Key& key, std::size_t index, Refusal refusal,
                 std::vector<Refusal>& out) {
  const auto [first, fresh] = seen.emplace(key, index);
  if (!fresh) out[index] = refusal;
}

// Versions of one control key: members are indices in list order.
void DecideVersions(std::span<const CheckedEnvelope> list, const std::vector<std::size_t>& members,
                    std::vector<Refusal>& out) {
  std::vector<std::size_t> sealed;
  for (const std::size_t i : members) {
    const bool disputed = members.size() > 1 || list[i].header.replaces != kZero;
    if (disputed && !VerifySeal(list[i])) {
      out[i] = Refusal::kBadSeal;
    } else {
      sealed.push_back(i);
    }
  }
  if (sealed.empty()) return;
  // The first of the highest version.
  const std::size_t winner = *std::max_element(
      sealed.begin(), sealed.end(),
      [&](std::size_t a, std::size_t b) { return list[a].header.version < list[b].header.version; });
  for (const std::size_t i : sealed) {
    if (i == winner) continue;
    out[i] =
        list[i].header.version < list[winner].header.version ? Refusal::kReplaced : Refusal::kControlKeyUsed;
  }
}

}  // namespace

std::vector<Bytes32> MergeLists(const std::array<std::vector<Bytes32>, 3>& lists, std::size_t limit) {
  std::vector<Bytes32> merged;
  std::set<Bytes32> seen;
  for (const std::vector<Bytes32>& list : lists) {
    for (const Bytes32& id : list) {
      if (merged.size() == limit) return merged;
      if (seen.insert(id).second) merged.push_back(id);
    }
  }
  return merged;
}

Settlement Settle(const std::array<Complaint, 3>& complaints) {
  unsigned missing = 0;
  unsigned does_not_open = 0;
  unsigned last = 0;
  for (unsigned i = 0; i < 3; ++i) {
    if (complaints[i] == Complaint::kNone) continue;
    ++missing;
    last = i;
    if (complaints[i] == Complaint::kDoesNotOpen) ++does_not_open;
  }
  if (missing == 0) return Settlement::kOpens;
  if (does_not_open >= 2) return Settlement::kRefused;
  if (missing >= 2) return Settlement::kDeferred;
  constexpr std::array<Settlement, 3> kCures = {Settlement::kCure0, Settlement::kCure1, Settlement::kCure2};
  return kCures[last];
}

PartyIndex Complainer(Settlement settlement) {
  switch (settlement) {
    case Settlement::kCure0: return PartyIndex(0);
    case Settlement::kCure1: return PartyIndex(1);
    case Settlement::kCure2: return PartyIndex(2);
    default: CHECK(false); return PartyIndex(0);
  }
}

std::vector<Refusal> FilterList(const FilterInput& input) {
  const std::size_t n = input.list.size();
  CHECK(input.token_used.size() == n && input.control_key_used.size() == n);
  CHECK(input.proofs.empty() || input.proofs.size() == n);
  std::vector<Refusal> out(n, Refusal::kNone);
  std::map<Bytes32, std::vector<std::size_t>> by_key;
  for (std::size_t i = 0; i < n; ++i) {
    // What proves nothing stands in nobody's way: it replaces no other and takes no commitment.
    if (!input.proofs.empty() && input.proofs[i] != Refusal::kNone) {
      out[i] = input.proofs[i];
    } else if (input.control_key_used[i]) {
      out[i] = Refusal::kControlKeyUsed;
    } else {
      by_key[input.list[i].header.control_key].push_back(i);
    }
  }
  for (const auto& [key, members] : by_key) DecideVersions(input.list, members, out);

  std::map<Bytes32, std::size_t> tokens;
  std::map<Bytes32, std::size_t> commitments;
  for (std::size_t i = 0; i < n; ++i) {
    if (out[i] != Refusal::kNone) continue;
    const Header& header = input.list[i].header;
    // A person who withdraws is out with all her versions: the older ones are refused as replaced already.
    if (input.withdrawn.contains(input.list[i].id)) {
      out[i] = Refusal::kWithdrawn;
      continue;
    }
    if (header.token_hash != kZero) {
      if (input.token_used[i]) {
        out[i] = Refusal::kTokenUsed;
        continue;
      }
      RefuseLater(tokens, header.token_hash, i, Refusal::kTokenUsed, out);
    }
    if (out[i] != Refusal::kNone) continue;
    for (const auto& triple : header.commitments) {
      for (const Bytes32& commitment : triple) {
        RefuseLater(commitments, commitment, i, Refusal::kDuplicateCommitment, out);
      }
    }
  }
  return out;
}

std::vector<bool> FirstOfEquals(std::span<const Bytes> pseudonyms, const std::vector<bool>& used) {
  CHECK(pseudonyms.size() == used.size());
  std::vector<bool> keep(pseudonyms.size());
  std::set<Bytes> seen;
  for (std::size_t i = 0; i < pseudonyms.size(); ++i) keep[i] = !used[i] && seen.insert(pseudonyms[i]).second;
  return keep;
}

std::set<Bytes32> ValidWithdrawals(const Bytes32& survey_hash, std::span<const CheckedEnvelope> list,
                                   std::span<const Withdrawal> withdrawals) {
  std::map<Bytes32, const CheckedEnvelope*> by_id;
  for (const CheckedEnvelope& envelope : list) by_id[envelope.id] = &envelope;
  std::set<Bytes32> valid;
  for (const Withdrawal& withdrawal : withdrawals) {
    const auto found = by_id.find(withdrawal.submission);
    if (found == by_id.end() || valid.contains(withdrawal.submission)) continue;
    if (VerifySignature(found->second->header.control_key,
                        WithdrawalInput(withdrawal.submission, survey_hash), withdrawal.signature)) {
      valid.insert(withdrawal.submission);
    }
  }
  return valid;
}

}  // namespace mpcstats
