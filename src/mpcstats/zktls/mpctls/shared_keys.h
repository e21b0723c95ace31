// The prover's side of a connection whose keys nobody has: what TlsClient asks of its keys, with the notary at the other end.
//
//   SharedKeys keys(notary, std::move(preparation));
//   TlsClient client(options, keys, rng);
//   for (;;) { RETURN_IF_ERROR(keys.ServerSaid(bytes)); RETURN_IF_ERROR(client.Receive(bytes)); ... }
//   ASSIGN_OR_RETURN(ClosedKeys closed, keys.Close(log));    // from here on the prover has the keys
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "mpcstats/zktls/mpctls/preparation.h"
#include "mpcstats/zktls/mpctls/tag_share.h"
#include "mpcstats/zktls/proxy/relay.h"
#include "mpcstats/zktls/tls/key_schedule.h"

namespace mpcstats {

/// What the prover has when the notary's key is open: the key, and what the proof goes on from.
struct ClosedKeys {
  OpenedKey key;
  OpenedStageKeys keys;  ///< of the connection
  VoleReceiver vole;
  ZkProver zk;
  ProverBits masks;         ///< committed before the handshake
  ProverBits prover_share;  ///< s_P, committed before the first phase
  ProverStages stages;      ///< what the phases gave
};

/// Runs the conversion and the phases of the garbled plan as TlsClient comes to need them.
///
/// Cost:     17 round trips with the notary, 60 KB to it; 3 more messages a record.
/// Security: s_P is committed before the first label leaves. The request leaves under keystream that the notary has not seen. The
///           server's records stay closed until the key is open, its Finished excepted: TlsClient compares its verify_data, and
///           tags are checked at the end, of all records at once. Two records can be sealed, the Finished and one request.
/// Errors:   those of the conversation, of garbling and of the conversion; kInvalidArgument for a third record or a request beyond the
///           prepared size.
class SharedKeys final : public KeySchedule {
 public:
  /// The conversation must outlive it.
  SharedKeys(MpcConversation& notary, ProverPreparation preparation);
  SharedKeys(const SharedKeys&) = delete;
  SharedKeys& operator=(const SharedKeys&) = delete;
  ~SharedKeys() override;

  /// Bytes of the server, before TlsClient gets them: the notary logs them first.
  [[nodiscard]] Status ServerSaid(ByteSpan bytes);

  /// Ends with what the notary drew for this session: it takes no other.
  [[nodiscard]] Bytes32 ClientRandom(Rng& rng) override;
  [[nodiscard]] Result<EcPoint> ClientPoint() override;
  [[nodiscard]] Status Derive(const Handshake& handshake) override;
  [[nodiscard]] Result<TlsVerifyData> ClientVerifyData(const Bytes32& handshake_hash) override;
  [[nodiscard]] Result<TlsVerifyData> ServerVerifyData(const Bytes32& handshake_hash) override;
  [[nodiscard]] Result<std::unique_ptr<RecordProtection>> Records() override;

  /// Ends the connection for the notary, takes its key, and checks it and everything the phases gave. Once.
  [[nodiscard]] Result<ClosedKeys> Close(const RelayEnd& log);

 private:
  class Protection;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpcstats
