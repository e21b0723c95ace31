#include "mpcstats/zktls/vole/vole_messages.h"

#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

Bytes32 ColumnsDigest(const Bytes32& session, std::uint64_t first_block, ByteSpan challenge,
                      const Buffer<Gf2_128>& hashes) {
  return Sha256Stream("mpcstats/v1/zktls/vole/columns")
      .Add(session)
      .AddU64(first_block)
      .Add(challenge)
      .Add({reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size() * Gf2_128::kBytes})
      .Finish();
}

}  // namespace mpcstats
