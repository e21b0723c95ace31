// The notary's side of a connection whose keys nobody has, from the prepared session to the opened key.
#pragma once

#include <cstdint>
#include <functional>

#include "mpcstats/zktls/mpctls/preparation.h"
#include "mpcstats/zktls/mpctls/record_log.h"

namespace mpcstats {

/// What the notary holds when the log is frozen and its key is open: everything that the proof will be held against.
struct ClosedLine {
  ObservedSession session;
  std::uint64_t start_ms = 0;  ///< when the notary was told of the handshake
  std::uint64_t end_ms = 0;    ///< when the log was frozen, before the key was opened
  VoleSender vole;
  ZkVerifier zk;
  VerifierBits masks;         ///< committed before the handshake
  VerifierBits prover_share;  ///< s_P, committed before the first phase
  Bytes32 notary_share{};     ///< s_N, opened: public now
  /// What the phases gave: public values, and keystream under the prover's masks. The proof has to give the same, of all of it, also
  /// of keystream that was not used.
  NotaryStages stages;
};

/// Converts its key, evaluates, logs, gives its shares of tags, and opens its key after Close. `now_ms` is the notary's clock, in
/// milliseconds since 1970-01-01 UTC; certificates are checked for the time of the handshake, whatever time the policy names.
///
/// Cost:     as SharedKeys.
/// Security: every byte and every record goes through RecordLog, every message through MpcOrder. Its share of a tag leaves after
///           the prover's is logged, the block of the server's keystream is evaluated after the record it opens is logged, and that
///           record must be the Finished that follows from the phases. Nothing is true before the proof: the prover may have
///           garbled another function.
/// Errors:   those of the conversation and of the protocols; kCheatingDetected when the server's Finished is not what the keys say.
[[nodiscard]] Result<ClosedLine> RunNotaryLine(MpcConversation& prover, NotaryPreparation preparation,
                                               TlsPolicy policy, const RecordLog::Limits& limits,
                                               const std::function<std::uint64_t()>& now_ms);

}  // namespace mpcstats
