// The prover's side of one session with a notary, in steps whose order the types keep.
//
//   ASSIGN_OR_RETURN(OpenedSession opened, OpenedSession::Open(stream, rng));   // session id, the notary's key
//   const Bytes32 ctx = ContextOf(draft, group);                               // of the answer, with opened.session_id()
//   ASSIGN_OR_RETURN(BoundSession bound, std::move(opened).Bind({ctx, group, text, columns}));
//   ASSIGN_OR_RETURN(ExchangedSession exchanged, std::move(bound).Exchange(request, policy));
//   ... show exchanged.match(), ask ...                                        // nothing is proven yet
//   ASSIGN_OR_RETURN(ProvenStatement proven, std::move(exchanged).Prove());
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mpcstats/base/buffer.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/net/frame_stream.h"
#include "mpcstats/survey/template_match.h"
#include "mpcstats/zktls/proxy/relayed_client.h"
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/session/statement_proof.h"
#include "mpcstats/zktls/vole/vole_receiver.h"

namespace mpcstats {

/// What a session leaves with the prover.
struct ProvenStatement {
  Bytes presentation;  ///< of the attestation, every leaf shown: for the prover alone
  Bytes shown;         ///< without transcript and network leaves: for the parties
  std::array<Buffer<std::uint8_t>, 3>
      components;  ///< x_j | r_j (16 bytes) of the columns; empty without columns
};

/// What both ends know from the first two messages on.
struct SessionGround {
  FrameStream* stream = nullptr;
  Rng* rng = nullptr;
  SessionOpened opened;
  Bytes32 id{};
};

/// The website has answered. The response is in wiped memory, and nothing was proven.
class ExchangedSession {
 public:
  [[nodiscard]] ByteSpan request() const { return request_.span(); }
  [[nodiscard]] ByteSpan response() const { return conversation_.response.span(); }
  [[nodiscard]] const ResponseMatch& match() const { return match_; }
  /// True when the server ended its side in order; otherwise no survey takes the proof.
  [[nodiscard]] bool complete() const { return conversation_.closed; }

  /// Proves, and checks the attestation that comes back: that the key announced in Opened signed it, and that it says what was
  /// proven.
  /// Errors: kUnavailable, kDeadlineExceeded, kProtocolViolation, and what the notary refused with.
  [[nodiscard]] Result<ProvenStatement> Prove() &&;

 private:
  friend class BoundSession;
  [[nodiscard]] Status CheckSigned(const Presentation& presentation,
                                   const std::array<Bytes32, 3>& commitments) const;

  SessionGround ground_;
  StatementPlan plan_;
  StatementShape shape_;
  Buffer<std::uint8_t> request_;
  Secret<Bytes32> premaster_;
  RelayedConversation conversation_;
  ResponseMatch match_;
  std::unique_ptr<ObservedSession> observed_;
  std::unique_ptr<VoleReceiver> vole_;
};

/// The notary knows what the session is for.
class BoundSession {
 public:
  /// Speaks to the website: sends `request` once the server's Finished was checked, and matches what comes back.
  ///
  /// Security: `request` holds credentials: it leaves only in TLS records of a connection whose certificates hold.
  /// Errors:   kInvalidArgument when the response does not match the template, with the place; those of the relay and the client.
  [[nodiscard]] Result<ExchangedSession> Exchange(Buffer<std::uint8_t> request, const TlsPolicy& policy) &&;
  [[nodiscard]] const Template& source() const { return plan_.source; }

 private:
  friend class OpenedSession;
  SessionGround ground_;
  StatementPlan plan_;
  std::unique_ptr<VoleReceiver> vole_;
};

class OpenedSession {
 public:
  /// `stream` and `rng` must outlive the session. Errors: kUnimplemented for mode mpc.
  [[nodiscard]] static Result<OpenedSession> Open(FrameStream& stream, AttestationMode mode, Rng& rng);

  [[nodiscard]] const Bytes32& session_id() const { return ground_.id; }
  [[nodiscard]] const Bytes32& key_id() const { return ground_.opened.key_id; }
  [[nodiscard]] const SessionLimits& limits() const { return ground_.opened.limits; }

  /// Tells the notary what the session is for, once, and makes the base of the proof.
  /// Errors: kInvalidArgument for a template that is none; what the notary refused with.
  [[nodiscard]] Result<BoundSession> Bind(SessionBind bind) &&;

 private:
  SessionGround ground_;
};

}  // namespace mpcstats
