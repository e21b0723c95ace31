// The hash of opened and asserted bits of one round: both ends feed it the MACs that the bits must have.
#pragma once

#include <cstdint>

#include "mpcstats/base/bytes.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

class RoundHash {
 public:
  RoundHash(const Bytes32& session, std::uint64_t round) : hash_("mpcstats/v1/zktls/zk/opened") {
    hash_.Add(session).AddU64(round);
  }
  void Add(ByteSpan macs) {
    hash_.Add(macs);
    bytes_ += macs.size();
  }
  /// The digest of the round, with its challenge.
  [[nodiscard]] Bytes32 Finish(ByteSpan challenge) { return hash_.AddU64(bytes_).Add(challenge).Finish(); }

 private:
  Sha256Stream hash_;
  std::uint64_t bytes_ = 0;
};

}  // namespace mpcstats
