// PartyTalk: lock-step messages between the three parties before and after a session, over the same links.
//
//   ASSIGN_OR_RETURN(auto hello, talk.Swap(Step::kHello, mine, kHelloLimit));   // hello[Slot(Peer::kNext)]
//
// A message is u8 step | payload. A party that cannot go on says so in one sentence (Stop), so that its peers do not wait.
#pragma once

#include <array>
#include <string>

#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/net/links.h"

namespace mpcstats {

class PartyTalk {
 public:
  explicit PartyTalk(PeerLinks& links) : links_(links) {}

  /// Sends `to[slot]` to each peer and receives one message of the same step from each, of at most `limit` bytes.
  ///
  /// Errors: kUnavailable with a peer's own sentence when it stopped; kProtocolViolation when it is at another step; what
  ///         the links return. `step` is 1 to 255.
  [[nodiscard]] Result<std::array<Bytes, 2>> Swap(std::uint8_t step, const std::array<Bytes, 2>& to,
                                                  std::size_t limit);
  /// The same message to both.
  [[nodiscard]] Result<std::array<Bytes, 2>> Swap(std::uint8_t step, const Bytes& to_both, std::size_t limit);

  /// Tells both peers why we stop, and closes the links.
  void Stop(const Error& error);

  [[nodiscard]] PeerLinks& links() { return links_; }
  [[nodiscard]] PartyIndex self() const { return links_.self(); }
  /// "party 2"
  [[nodiscard]] std::string NameOf(Peer peer) const;

 private:
  PeerLinks& links_;
};

}  // namespace mpcstats
