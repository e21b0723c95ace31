#include "mpcstats/service/agreement.h"

#include <algorithm>
#include <map>

#include "mpcstats/base/check.h"
#include "mpcstats/service/equal_values.h"

namespace mpcstats {
namespace {

constexpr Bytes32 kZero{};

// A value of one of the list, such as its invitation. The first of equal ones keeps it; the later get `refusal`.
struct Claims {
  std::vector<Bytes32> values;
  std::vector<std::size_t> owners;
  void Add(const Bytes32& value, std::size_t owner) {
    values.push_back(value);
    owners.push_back(owner);
  }
  void RefuseLater(Refusal refusal, std::vector<Refusal>& out) const {
    const std::vector<bool> first = FirstOfEach(std::span<const Bytes32>(values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!first[i]) out[owners[i]] = refusal;
    }
  }
};

// Versions of one control key: members are indices in list order.
void DecideVersions(std::span<const CheckedEnvelope> list, std::span<const std::size_t> members,
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
  std::vector<Bytes32> named;
  for (const std::vector<Bytes32>& list : lists) named.insert(named.end(), list.begin(), list.end());
  const std::vector<bool> first = FirstOfEach(std::span<const Bytes32>(named));
  std::vector<Bytes32> merged;
  for (std::size_t i = 0; i < named.size() && merged.size() < limit; ++i) {
    if (first[i]) merged.push_back(named[i]);
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
  Claims keys;
  for (std::size_t i = 0; i < n; ++i) {
    // What proves nothing stands in nobody's way: it replaces no other and takes no commitment.
    if (!input.proofs.empty() && input.proofs[i] != Refusal::kNone) {
      out[i] = input.proofs[i];
    } else if (input.control_key_used[i]) {
      out[i] = Refusal::kControlKeyUsed;
    } else {
      keys.Add(input.list[i].header.control_key, i);
    }
  }
  std::vector<std::size_t> members;
  ForEachValue(std::span<const Bytes32>(keys.values), [&](std::span<const std::uint32_t> equal) {
    members.clear();
    for (const std::uint32_t k : equal) members.push_back(keys.owners[k]);
    DecideVersions(input.list, members, out);
  });

  Claims tokens;
  for (std::size_t i = 0; i < n; ++i) {
    if (out[i] != Refusal::kNone) continue;
    const Bytes32& token = input.list[i].header.token_hash;
    // A person who withdraws is out with all her versions: the older ones are refused as replaced already.
    if (input.withdrawn.contains(input.list[i].id)) {
      out[i] = Refusal::kWithdrawn;
    } else if (token != kZero && input.token_used[i]) {
      out[i] = Refusal::kTokenUsed;
    } else if (token != kZero) {
      tokens.Add(token, i);
    }
  }
  tokens.RefuseLater(Refusal::kTokenUsed, out);

  Claims commitments;
  for (std::size_t i = 0; i < n; ++i) {
    if (out[i] != Refusal::kNone) continue;
    for (const auto& triple : input.list[i].header.commitments) {
      for (const Bytes32& commitment : triple) commitments.Add(commitment, i);
    }
  }
  commitments.RefuseLater(Refusal::kDuplicateCommitment, out);
  return out;
}

std::vector<bool> FirstOfEquals(std::span<const Bytes> pseudonyms, const std::vector<bool>& used) {
  CHECK(pseudonyms.size() == used.size());
  std::vector<bool> keep = FirstOfEach(pseudonyms);
  for (std::size_t i = 0; i < used.size(); ++i) keep[i] = keep[i] && !used[i];
  return keep;
}

std::set<Bytes32> ValidWithdrawals(const Bytes32& survey_hash, std::span<const CheckedEnvelope> list,
                                   std::span<const Withdrawal> withdrawals) {
  std::set<Bytes32> valid;
  if (withdrawals.empty()) return valid;
  // Few withdraw, and the list is long.
  std::map<Bytes32, const CheckedEnvelope*> by_id;
  for (const Withdrawal& withdrawal : withdrawals) by_id[withdrawal.submission] = nullptr;
  for (const CheckedEnvelope& envelope : list) {
    const auto named = by_id.find(envelope.id);
    if (named != by_id.end()) named->second = &envelope;
  }
  for (const Withdrawal& withdrawal : withdrawals) {
    const auto found = by_id.find(withdrawal.submission);
    if (found->second == nullptr || valid.contains(withdrawal.submission)) continue;
    if (VerifySignature(found->second->header.control_key,
                        WithdrawalInput(withdrawal.submission, survey_hash), withdrawal.signature)) {
      valid.insert(withdrawal.submission);
    }
  }
  return valid;
}

}  // namespace mpcstats
