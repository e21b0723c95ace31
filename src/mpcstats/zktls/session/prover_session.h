// The prover's side of one session with a notary, in steps whose order the types keep.
//
//   ASSIGN_OR_RETURN(OpenedSession opened, OpenedSession::Open(stream, mode, rng)); // session id, the notary's key
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
#include "mpcstats/zktls/session/messages.h"
#include "mpcstats/zktls/session/prover_line.h"
#include "mpcstats/zktls/session/statement_proof.h"
#include "mpcstats/zktls/tls/observer.h"
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
  SessionOpen open;
  SessionOpened opened;
  Bytes32 id{};
};

/// The website has answered. The response is in wiped memory, and nothing was proven.
class ExchangedSession {
 public:
  [[nodiscard]] ByteSpan request() const { return request_.span(); }
  [[nodiscard]] ByteSpan response() const { return response_.span(); }
  [[nodiscard]] const ResponseMatch& match() const { return match_; }
  /// True when the server ended its side in order; otherwise no survey takes the proof.
  [[nodiscard]] bool complete() const { return closed_; }

  /// Proves, and checks the attestation that comes back: that the key announced in Opened signed it, and that it says what was
  /// proven.
  /// Errors: kUnavailable, kDeadlineExceeded, kProtocolViolation, and what the notary refused with.
  [[nodiscard]] Result<ProvenStatement> Prove() &&;

 private:
  friend class BoundSession;
  [[nodiscard]] Result<ZkProver> ProverWith(SessionChannel& notary, std::size_t needed);
  [[nodiscard]] Status RunProgram(ZkProver& prover, const SessionPublic& session, SessionEnd<ZkProver>& end);
  [[nodiscard]] Status CheckSigned(const Presentation& presentation,
                                   const std::array<Bytes32, 3>& commitments) const;

  SessionGround ground_;
  StatementPlan plan_;
  StatementShape shape_;
  Buffer<std::uint8_t> request_;
  Buffer<std::uint8_t> response_;
  bool closed_ = false;
  ResponseMatch match_;
  std::unique_ptr<ObservedSession> observed_;
  // Mode proxy: the premaster secret, which the prover alone has. Mode mpc: the line.
  Secret<Bytes32> premaster_;
  std::unique_ptr<VoleReceiver> vole_;
  std::unique_ptr<ProverLine> line_;
};

/// The notary knows what the session is for.
class BoundSession {
 public:
  /// Speaks to the website, through the notary in mode proxy and from here in mode mpc: sends `request` once the server's Finished
  /// was checked, and matches what comes back.
  ///
  /// Security: `request` holds credentials: it leaves only in TLS records of a connection whose certificates hold.
  /// Errors:   kInvalidArgument when the response does not match the template, with the place, and for a request that is larger than
  ///           the bucket of Open, before anything is said to the website; those of the relay, of the line and of the client.
  [[nodiscard]] Result<ExchangedSession> Exchange(Buffer<std::uint8_t> request, const TlsPolicy& policy) &&;
  [[nodiscard]] const Template& source() const { return plan_.source; }

 private:
  friend class OpenedSession;
  [[nodiscard]] Status AskThroughRelay(ByteSpan request, const TlsPolicy& policy, ExchangedSession& out);
  [[nodiscard]] Status AskOverLine(ByteSpan request, const TlsPolicy& policy, ExchangedSession& out);

  SessionGround ground_;
  StatementPlan plan_;
  std::unique_ptr<VoleReceiver> vole_;  ///< mode proxy
  std::unique_ptr<ProverLine> line_;    ///< mode mpc
};

class OpenedSession {
 public:
  /// `stream` and `rng` must outlive the session. `request_bytes`: in mode mpc, the length of the request that will be sent; the
  /// notary is told the smallest of kRequestBuckets that holds it.
  /// Errors: kInvalidArgument for a request beyond the largest; what the notary refused with, kUnimplemented when it does not offer
  ///         the mode.
  [[nodiscard]] static Result<OpenedSession> Open(FrameStream& stream, AttestationMode mode, Rng& rng,
                                                  std::size_t request_bytes = 0);

  [[nodiscard]] const Bytes32& session_id() const { return ground_.id; }
  [[nodiscard]] const Bytes32& key_id() const { return ground_.opened.key_id; }
  /// 0 in mode proxy.
  [[nodiscard]] std::size_t request_bucket() const { return ground_.open.request_bucket; }
  [[nodiscard]] const SessionLimits& limits() const { return ground_.opened.limits; }

  /// In mode mpc, everything that can be made before anybody knows what the session is for (PrepareAsProver). Once; Bind does it when it
  /// was not done. In mode proxy there is nothing to do.
  /// Errors: those of PrepareAsProver; kInvalidArgument the second time.
  [[nodiscard]] Status Prepare();
  /// Whether the notary still waits for Bind. Does not wait itself. Errors: kUnavailable and the like when it does not.
  [[nodiscard]] Status CheckWaiting();

  /// Tells the notary what the session is for, once, and makes the base of the proof.
  /// Errors: kInvalidArgument for a template that is none; what the notary refused with; those of Prepare.
  [[nodiscard]] Result<BoundSession> Bind(SessionBind bind) &&;

 private:
  SessionGround ground_;
  std::unique_ptr<ProverLine> line_;  ///< mode mpc, once prepared
};

}  // namespace mpcstats
