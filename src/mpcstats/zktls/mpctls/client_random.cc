#include "mpcstats/zktls/mpctls/client_random.h"

#include <algorithm>
#include <span>

namespace mpcstats {

Bytes32 DrawClientRandom(const NotaryEntropy& entropy, Rng& rng) {
  Bytes32 random;
  rng.Fill(std::span(random).first(kProverRandomBytes));
  std::ranges::copy(entropy, random.begin() + kProverRandomBytes);
  return random;
}

Status CheckClientRandom(const Bytes32& client_random, const NotaryEntropy& entropy) {
  if (std::ranges::equal(std::span(client_random).subspan(kProverRandomBytes), entropy)) return {};
  return Fail(ErrorCode::kCheatingDetected,
              "the client's random has not this session's entropy: its handshake is of another session");
}

}  // namespace mpcstats
