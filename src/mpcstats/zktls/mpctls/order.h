// The order of a session in MPC mode, from Bind to the signature: which message may come now, from whom. Both ends keep one and
// show it every message before they act on it.
//
//   MpcOrder order;
//   RETURN_IF_ERROR(order.Take(MpcMessage::kMasks, MpcEnd::kProver));
//
// Commit, evaluate, exchange, log, close, reveal, prove, sign. Whoever garbles can make the other end's outputs any function
// of that end's secrets. So the prover is bound to its half before anything is evaluated, to a record and its share of the tag
// before the notary's share of the tag leaves, and to the whole log before d_N does; and the notary signs last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mpcstats/base/error.h"

namespace mpcstats {

enum class MpcEnd : std::uint8_t { kProver, kNotary };

/// All messages between Bind and the proof. The proof's own are those of proxy mode (session/messages.h).
enum class MpcMessage : std::uint8_t {
  // ahead of the user: nothing secret has entered yet
  kBaseTransfers = 1,  ///< both: base transfers and trees, for the proof's VOLE and for the garbler's
  kCorrelations = 2,   ///< both: corrections, challenge, response of the two VOLEs
  kKeyPoint = 3,       ///< N -> P: bits of the OLEs, Q_N, the notary's half of the client's random
  kKeyPads = 4,        ///< P -> N: pads of the OLEs
  kTables = 5,         ///< P -> N: a piece of the garbled tables
  kTablesDone = 6,     ///< N -> P: their hash
  kMasks = 7,          ///< P -> N: commitment to the masks of all private outputs
  // with the website
  kHandshake = 8,  ///< P -> N: ClientHello to ClientKeyExchange, as they were said
  kOpening = 9,    ///< both, three times: the conversion of the key
  kKeyShare = 10,  ///< P -> N: commitment to s_P
  kChoices = 11,   ///< N -> P: choices for its inputs of a phase; only where it has some
  kLabels = 12,    ///< P -> N: labels of a phase
  kOutputs = 13,   ///< N -> P: its outputs
  kSealed = 14,    ///< P -> N: ciphertext of a client record, and the prover's share of its tag
  kTagShare = 15,  ///< N -> P: the notary's share
  kReceived = 16,  ///< P -> N: bytes of the server, as they came
  // after the connection
  kClose = 17,   ///< P -> N: lengths and hash of the log
  kReveal = 18,  ///< N -> P: d_N, its share, its masks
  kProof = 19,   ///< both: the statement's shape, correlations, claims, witness, challenge, proof
  kSigned = 20,  ///< N -> P: the attestation
};
inline constexpr std::size_t kMpcMessages = 21;
[[nodiscard]] std::string_view MpcMessageName(MpcMessage message);

/// The phases of the garbled plan by when they may run (garble/tls_plan.h).
struct MpcPhases {
  std::size_t before_finished = 7;  ///< keys, verify_data, tag masks, keystream of the client
  std::size_t after_finished = 3;   ///< the block of the server's Finished, and its verify_data
};

/// One session's order. Public values alone decide.
///
/// Errors:   kProtocolViolation with the message that came and what is due, and for everything after it.
class MpcOrder {
 public:
  enum class Stage : std::uint8_t {
    kPrepare,   ///< VOLEs, OLEs, tables
    kCommit,    ///< tables are acknowledged: the masks' commitment is due
    kReady,     ///< everything that can be made ahead is made
    kConvert,   ///< the handshake is logged
    kBind,      ///< the key is converted: the commitment to s_P is due
    kEvaluate,  ///< phases up to the client's Finished
    kFinish,    ///< the client's Finished is due, then the server's
    kConfirm,   ///< phases of the server's Finished
    kExchange,  ///< records both ways
    kClosed,    ///< the log is frozen
    kRevealed,  ///< the notary's key is open
    kSigned,
  };

  explicit MpcOrder(MpcPhases phases = {}) : phases_(phases) {}

  [[nodiscard]] Status Take(MpcMessage message, MpcEnd from);
  /// The server's change_cipher_spec and its Finished are in the log, whole. Before this no phase of kConfirm runs: the one
  /// block of the server's keystream that is ever opened is that of a logged record.
  /// Errors: kProtocolViolation out of turn.
  [[nodiscard]] Status ServerFinishedLogged();

  [[nodiscard]] const MpcPhases& phases() const { return phases_; }
  [[nodiscard]] Stage stage() const { return stage_; }
  /// True while a client record is in the log and the notary's share of its tag has not left.
  [[nodiscard]] bool tag_due() const { return tag_due_; }

 private:
  [[nodiscard]] bool Allowed(MpcMessage message, MpcEnd from);
  [[nodiscard]] bool TakePhase(MpcMessage message, MpcEnd from, std::size_t last, Stage next);
  [[nodiscard]] bool TakeOpening(MpcEnd from);

  MpcPhases phases_;
  Stage stage_ = Stage::kPrepare;
  bool failed_ = false;
  bool pads_ = false;
  bool points_ = false;
  std::size_t openings_prover_ = 0;
  std::size_t openings_notary_ = 0;
  std::size_t phases_done_ = 0;
  bool labels_sent_ = false;
  bool chosen_ = false;
  bool tag_due_ = false;
  bool finished_sealed_ = false;
  bool proof_begun_ = false;
};

}  // namespace mpcstats
