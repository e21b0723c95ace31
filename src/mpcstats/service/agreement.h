// Agreement: which answers are in a batch. Pure functions of what the three parties told each other, so that honest
// parties come to the same set; close_job.h moves the messages.
//
// Source: review.md K2; docs/protocol.md section 12.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "mpcstats/base/party.h"
#include "mpcstats/survey/promises.h"

namespace mpcstats {

/// The list to decide on: what party 0 names, in its order, then what party 1 names beyond it, then party 2; each id once, the
/// first `limit` of them. Nobody can take an id away that another party names.
[[nodiscard]] std::vector<Bytes32> MergeLists(const std::array<std::vector<Bytes32>, 3>& lists,
                                              std::size_t limit);

/// What a party says of its own box of a submission.
enum class Complaint : std::uint8_t {
  kNone = 0,
  kNotDelivered = 1,  ///< no box with the envelope's hash has come: nobody is to blame yet
  kDoesNotOpen = 2,   ///< the box that the envelope names does not open the commitments
};

enum class Settlement : std::uint8_t {
  kOpens,  ///< at all three
  kCure0,
  kCure1,
  kCure2,     ///< one party lacks its components: its neighbours, who hold them, send them
  kDeferred,  ///< two or more lack a box and not all of that is the sender's fault: waits for a later batch
  kRefused,   ///< the box does not open at two parties or more: at most one of them can be lying
};
[[nodiscard]] Settlement Settle(const std::array<Complaint, 3>& complaints);
/// The complaining party of a kCure settlement.
[[nodiscard]] PartyIndex Complainer(Settlement settlement);

struct FilterInput {
  const SignedSurvey* survey = nullptr;
  std::span<const CheckedEnvelope> list;  ///< in list order; all boxes open (or were cured)
  std::set<Bytes32> withdrawn;            ///< ids with a valid withdrawal
  std::vector<bool> token_used;           ///< its invitation is in a closed batch
  std::vector<bool> control_key_used;     ///< its control key is in a closed batch
  std::vector<Refusal> proofs{};  ///< what its attestations come to; empty for a survey without sources
};
/// Why each of the list is refused, or kNone; a deterministic function of its input.
///
/// Of the submissions of one control key the highest version counts, if each that claims to replace carries the key's seal.
/// Of those with one invitation the first counts, and then of those with one commitment. A nonce alone decides nothing: with the control key it is in ctx,
/// which every commitment binds, so answers of two people with one nonce have nothing else in common, and whoever sees a
/// nonce before the parties cannot keep its owner out with it.
/// Cost: O(n log n); a signature check (0.12 ms) for each submission whose control key comes twice or that replaces another.
[[nodiscard]] std::vector<Refusal> FilterList(const FilterInput& input);

/// Which rows stay by their pseudonyms: the first of equals, and none that is `used` already.
[[nodiscard]] std::vector<bool> FirstOfEquals(std::span<const Bytes> pseudonyms,
                                              const std::vector<bool>& used);

/// The withdrawals that are signed by the control keys of what they withdraw.
[[nodiscard]] std::set<Bytes32> ValidWithdrawals(const Bytes32& survey_hash,
                                                 std::span<const CheckedEnvelope> list,
                                                 std::span<const Withdrawal> withdrawals);

}  // namespace mpcstats
