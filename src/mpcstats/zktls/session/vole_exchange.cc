#include "mpcstats/zktls/session/vole_exchange.h"

#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/vole/vole_messages.h"

namespace mpcstats {
namespace {

constexpr std::string_view kNotary = "the notary";
constexpr std::string_view kProver = "the prover";
// The sizes of these messages are checked by their readers; this only bounds what is received.
constexpr std::size_t kMostSetupBytes = std::size_t{64} << 10;

Result<Bytes> ReceiveSetup(SessionChannel& channel, std::size_t limit, std::string_view from) {
  return ReceiveMessage(channel, SessionMessage::kSetup, limit, from);
}

}  // namespace

Result<VoleReceiver> SetUpVoleAsProver(SessionChannel& notary, const Bytes32& session, Rng& rng) {
  VoleReceiverSetup setup = VoleReceiverSetup::Create(session, rng);
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kSetup, setup.message()));
  ASSIGN_OR_RETURN(const Bytes message, ReceiveSetup(notary, kMostSetupBytes, kNotary));
  ASSIGN_OR_RETURN(auto done, std::move(setup).Finish(message, rng));
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kSetup, done.message));
  return std::move(done.receiver);
}

Result<VoleSender> SetUpVoleAsNotary(SessionChannel& prover, const Bytes32& session, Rng& rng) {
  VoleSenderSetup setup = VoleSenderSetup::Create(session, rng);
  RETURN_IF_ERROR(SendMessage(prover, SessionMessage::kSetup, setup.message()));
  ASSIGN_OR_RETURN(const Bytes message, ReceiveSetup(prover, kMostSetupBytes, kProver));
  ASSIGN_OR_RETURN(const Bytes trees, ReceiveSetup(prover, kMostSetupBytes, kProver));
  return std::move(setup).Finish(message, trees);
}

Result<ProverCorrelations> ExtendVoleAsProver(SessionChannel& notary, VoleReceiver& vole, std::size_t count) {
  ASSIGN_OR_RETURN(const Bytes corrections, vole.Extend(count));
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kSetup, corrections));
  ASSIGN_OR_RETURN(const Bytes challenge, ReceiveSetup(notary, kVoleChallengeBytes, kNotary));
  ASSIGN_OR_RETURN(auto response, vole.Respond(challenge));
  RETURN_IF_ERROR(SendMessage(notary, SessionMessage::kSetup, response.message));
  return std::move(response.correlations);
}

Result<VerifierCorrelations> ExtendVoleAsNotary(SessionChannel& prover, VoleSender& vole, std::size_t count,
                                                Rng& rng) {
  ASSIGN_OR_RETURN(const Bytes corrections, ReceiveSetup(prover, CorrectionBytes(count), kProver));
  ASSIGN_OR_RETURN(const Bytes challenge, vole.Extend(count, corrections, rng));
  RETURN_IF_ERROR(SendMessage(prover, SessionMessage::kSetup, challenge));
  ASSIGN_OR_RETURN(const Bytes response, ReceiveSetup(prover, kVoleResponseBytes, kProver));
  return vole.Verify(response);
}

}  // namespace mpcstats
