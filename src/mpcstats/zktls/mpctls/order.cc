#include "mpcstats/zktls/mpctls/order.h"

#include <fmt/core.h>

#include <array>

#include "mpcstats/zktls/ole/ec_to_field.h"

namespace mpcstats {
namespace {

constexpr std::array<std::string_view, kMpcMessages> kNames = {
    "",       "BaseTransfers", "Correlations", "KeyPoint", "KeyPads", "Tables", "TablesDone",
    "Masks",  "Handshake",     "Opening",      "KeyShare", "Choices", "Labels", "Outputs",
    "Sealed", "TagShare",      "Received",     "Close",    "Reveal",  "Proof",  "Signed"};

std::string_view Due(MpcOrder::Stage stage) {
  using Stage = MpcOrder::Stage;
  switch (stage) {
    case Stage::kPrepare: return "the preparation";
    case Stage::kCommit: return "the commitment to the masks";
    case Stage::kReady: return "the handshake";
    case Stage::kConvert: return "the conversion of the key";
    case Stage::kBind: return "the commitment to the prover's share";
    case Stage::kEvaluate: return "a phase of the key schedule";
    case Stage::kFinish: return "the Finished messages";
    case Stage::kConfirm: return "a phase of the server's Finished";
    case Stage::kExchange: return "a record or Close";
    case Stage::kClosed: return "the notary's key";
    case Stage::kRevealed: return "the proof";
    case Stage::kSigned: return "nothing";
  }
  return "nothing";
}

}  // namespace

std::string_view MpcMessageName(MpcMessage message) {
  const auto index = static_cast<std::size_t>(message);
  return index < kNames.size() ? kNames[index] : "a message of no kind";
}

Status MpcOrder::Take(MpcMessage message, MpcEnd from) {
  const Stage before = stage_;
  if (!failed_ && Allowed(message, from)) return {};
  failed_ = true;
  return Fail(ErrorCode::kProtocolViolation,
              fmt::format("the {} sent {} where {} is due", from == MpcEnd::kProver ? "prover" : "notary",
                          MpcMessageName(message), tag_due_ ? "the notary's share of a tag" : Due(before)));
}

Status MpcOrder::ServerFinishedLogged() {
  if (!failed_ && stage_ == Stage::kFinish && finished_sealed_ && !tag_due_) {
    stage_ = Stage::kConfirm;
    return {};
  }
  failed_ = true;
  return Fail(ErrorCode::kProtocolViolation, "the server's Finished came before the client's had its tag");
}

bool MpcOrder::Allowed(MpcMessage message, MpcEnd from) {
  const bool prover = from == MpcEnd::kProver;
  const auto only = [&](MpcMessage due, MpcEnd whose, Stage next) {
    if (message != due || from != whose) return false;
    stage_ = next;
    return true;
  };
  // While a tag is owed nothing else is said: the prover's share is in the log, the notary's goes out.
  if (tag_due_) {
    if (message != MpcMessage::kTagShare || prover) return false;
    tag_due_ = false;
    return true;
  }
  switch (stage_) {
    case Stage::kPrepare:
      switch (message) {
        case MpcMessage::kBaseTransfers:
        case MpcMessage::kCorrelations: return !points_;
        case MpcMessage::kKeyPoint:
          if (prover || points_) return false;
          return points_ = true;
        case MpcMessage::kKeyPads:
          if (!prover || !points_ || pads_) return false;
          return pads_ = true;
        case MpcMessage::kTables: return prover && pads_;
        case MpcMessage::kTablesDone: return pads_ && only(message, MpcEnd::kNotary, Stage::kCommit);
        default: return false;
      }
    case Stage::kCommit: return only(MpcMessage::kMasks, MpcEnd::kProver, Stage::kReady);
    case Stage::kReady: return only(MpcMessage::kHandshake, MpcEnd::kProver, Stage::kConvert);
    case Stage::kConvert: return message == MpcMessage::kOpening && TakeOpening(from);
    case Stage::kBind: return only(MpcMessage::kKeyShare, MpcEnd::kProver, Stage::kEvaluate);
    case Stage::kEvaluate: return TakePhase(message, from, phases_.before_finished, Stage::kFinish);
    case Stage::kFinish:
      if (!prover) return false;
      if (message == MpcMessage::kSealed && !finished_sealed_) return finished_sealed_ = tag_due_ = true;
      return message == MpcMessage::kReceived && finished_sealed_;
    case Stage::kConfirm:
      return TakePhase(message, from, phases_.before_finished + phases_.after_finished, Stage::kExchange);
    case Stage::kExchange:
      if (!prover) return false;
      if (message == MpcMessage::kSealed) return tag_due_ = true;
      if (message == MpcMessage::kReceived) return true;
      return only(MpcMessage::kClose, MpcEnd::kProver, Stage::kClosed);
    case Stage::kClosed: return only(MpcMessage::kReveal, MpcEnd::kNotary, Stage::kRevealed);
    case Stage::kRevealed:
      if (message == MpcMessage::kProof) return proof_begun_ = true;
      return proof_begun_ && only(MpcMessage::kSigned, MpcEnd::kNotary, Stage::kSigned);
    case Stage::kSigned: return false;
  }
  return false;
}

// Openings cross, but neither end is more than one ahead.
bool MpcOrder::TakeOpening(MpcEnd from) {
  const bool prover = from == MpcEnd::kProver;
  std::size_t& own = prover ? openings_prover_ : openings_notary_;
  const std::size_t other = prover ? openings_notary_ : openings_prover_;
  if (own > other || own == kEcToFieldRounds) return false;
  own += 1;
  if (openings_prover_ == kEcToFieldRounds && openings_notary_ == kEcToFieldRounds) stage_ = Stage::kBind;
  return true;
}

// Choices (where the notary has inputs), labels, outputs.
bool MpcOrder::TakePhase(MpcMessage message, MpcEnd from, std::size_t last, Stage next) {
  const bool prover = from == MpcEnd::kProver;
  switch (message) {
    case MpcMessage::kChoices:
      if (prover || chosen_ || labels_sent_) return false;
      return chosen_ = true;
    case MpcMessage::kLabels:
      if (!prover || labels_sent_) return false;
      return labels_sent_ = true;
    case MpcMessage::kOutputs:
      if (prover || !labels_sent_) return false;
      labels_sent_ = chosen_ = false;
      if (++phases_done_ == last) stage_ = next;
      return true;
    default: return false;
  }
}

}  // namespace mpcstats
