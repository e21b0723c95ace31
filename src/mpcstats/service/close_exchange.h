// The first half of closing a batch: from three lists of ids to one list of answers whose shares all three parties hold.
#pragma once

#include <span>
#include <vector>

#include "mpcstats/service/agreement.h"
#include "mpcstats/service/close_job.h"
#include "mpcstats/service/party_talk.h"

namespace mpcstats {

struct AgreedList {
  std::vector<CheckedEnvelope> list;
  std::vector<Bytes> openings;          ///< our opened boxes, as in OpenBox; secret, the caller wipes
  std::vector<Withdrawal> withdrawals;  ///< what anybody named; not checked
  std::vector<std::pair<Bytes32, Refusal>> refused;
  std::size_t deferred = 0;
  std::vector<bool> proven_before;  ///< one for each of `list`: its attestations were checked when it came
  std::vector<NotaryKeyList> notary_lists;  ///< the newest that any party holds, in the survey's order
};

/// Steps: notaries' lists of keys, where the survey has notaries; lists and withdrawals; missing envelopes, twice, so that what one honest party got reaches the other; complaints;
/// cures.
///
/// Security: what a peer sends is checked against the id, the survey and the commitments before it is used; sizes are bounded by
///           the survey's batch_max. A cure goes to the party that is entitled to the component, from the two that hold it.
/// Errors:   as RunCloseJob; an uncured complaint names the pair that is in dispute.
class CloseExchange {
 public:
  CloseExchange(const PartyContext& party, PartyTalk& talk, const SignedSurvey& survey,
                const CloseRequest& request)
      : party_(party), talk_(talk), survey_(survey), request_(request) {}
  [[nodiscard]] Result<AgreedList> Run();

 private:
  struct Entry {
    Bytes32 id{};
    std::optional<CheckedEnvelope> envelope;
    Bytes opening;
    Complaint complaint = Complaint::kNotDelivered;
    bool stored = false;
    bool sealed = false;   ///< its seal was verified
    bool proves = true;    ///< its attestations are in order; false only for cured ones
    bool decided = false;  ///< in a closed batch: not a matter any more
  };

  Status ExchangeNotaryLists();
  Status TakeNotaryLists(ByteSpan message, const std::string& from);
  Status ExchangeLists();
  void KeepWithdrawalsOf(std::span<const Bytes32> ids);
  Status LoadOwn();
  Status ExchangeEnvelopes(std::uint8_t step);
  Status TakeEnvelopes(ByteSpan message, const std::string& from);
  void DropUnsealed();
  void KeepKnown();
  Status ExchangeComplaints();
  Status ExchangeCures();
  Status TakeCures(Peer peer, ByteSpan message, std::vector<std::array<Bytes, 2>>& parts);
  Status StoreCured(const std::vector<std::size_t>& cured);
  [[nodiscard]] std::vector<NotaryKeyList> NotaryLists() const;
  [[nodiscard]] AgreedList Collect();

  const PartyContext& party_;
  PartyTalk& talk_;
  const SignedSurvey& survey_;
  const CloseRequest& request_;
  std::vector<Entry> entries_;
  std::vector<Settlement> settlements_;
  std::vector<Withdrawal> withdrawals_;
  std::vector<std::optional<NotaryKeyList>> notary_lists_;  // one a notary of the survey
};

}  // namespace mpcstats
