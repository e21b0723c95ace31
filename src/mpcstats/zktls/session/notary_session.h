// NotarySession: the notary's side of one session, from Open to the signed attestation. messages.h has the order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "mpcstats/attestation/notary_keys.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/net/frame_stream.h"
#include "mpcstats/zktls/proxy/address.h"
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/tls/root_store.h"

namespace mpcstats {

/// What a session needs of its notary. The functions are called from the session's thread.
struct NotarySessionServices {
  SessionLimits limits;
  const RootStore* roots = nullptr;
  /// Milliseconds since 1970-01-01 UTC.
  std::function<std::uint64_t()> now_ms;
  /// The key that signs now, and the time it is good for.
  std::function<Result<std::pair<std::shared_ptr<const SigningKey>, NotaryKey>>()> signing_key;
  /// Whether this notary speaks to a website. Errors: kInvalidArgument with a sentence for the prover.
  std::function<Status(const std::string& host, std::uint16_t port)> allow;
  AddressRule address_rule = AddressRule::kPublic;
  /// The largest bucket (kRequestBuckets) of a session in mode mpc; 0: this notary offers no such sessions.
  std::size_t largest_bucket = 2048;
  /// Makes the attestation's hash durable in the notary's log. Called before the attestation leaves.
  std::function<Status(const Bytes32& attestation_hash)> record;
  Rng* rng = nullptr;
};

/// How a session went, for metrics and the operator's log. Nothing in it is private.
struct NotarySessionReport {
  std::string host;  ///< empty before Bind
  bool attested = false;
  std::size_t sent_bytes = 0;
  std::size_t received_bytes = 0;
};

/// Runs one session to its end. What goes wrong is told to the prover and returned.
///
/// Security: the notary's word rests on its own log of bytes, its own reading of them, its own clock, and a proof; nothing else of
///           the prover counts. In mode mpc the prover carries the bytes, and they count by signature, Finished and tags under keys that
///           it cannot have had before they were logged. It signs last, once, after the log of attestations has the hash.
///           It learns ciphertext, its lengths, and what the template shows. In mode mpc it connects nowhere.
/// Errors:   kProtocolViolation, kCheatingDetected, kInvalidArgument (what was asked for is not done here), kUnimplemented
///           (mode mpc, where it is not offered), kResourceExhausted, kUnavailable, kDeadlineExceeded.
[[nodiscard]] Status RunNotarySession(FrameStream& prover, const NotarySessionServices& services,
                                      NotarySessionReport* report);

/// Keeps the memory of sessions with the process: half of a session's time at the notary went to getting fresh pages from the kernel.
/// For a process that runs many, once at its start; ReturnSessionMemory gives back what no session holds.
void KeepSessionMemory();
void ReturnSessionMemory();

}  // namespace mpcstats
