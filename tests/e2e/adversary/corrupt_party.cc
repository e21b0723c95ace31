// A party that does not keep to the protocol: the service of the product, with links that do to its messages what a deed says.
//
//   corrupt_party CONFIG DEED [EXCHANGE]
//
// The deeds are the names in kDeeds below. It says on its standard error when it acts. Deeds at the opening of figures need to be
// told which exchange behind the intent that is: the last one, and "honest" says how many there are.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "mpcstats/net/tls_links.h"
#include "mpcstats/service/daemon.h"
#include "mpcstats/service/front.h"
#include "mpcstats/service/party_service.h"

namespace mpcstats {
namespace {

enum class Deed {
  kHonest,
  kComplainFalsely,   // says of every answer that its box did not come
  kRefuseFalsely,     // says of every answer that its box does not open
  kHideAnswers,       // names no answer, and has no envelope of any
  kAnotherSet,        // came to another set of answers
  kLieInCure,         // sends another component than the one that was committed to
  kAnotherRoot,       // signs another batch
  kLieInSession,      // changes what it sends in the session of a close
  kLieInOutput,       // changes what it sends when figures are opened
  kAnotherResult,     // signs another result
  kLeaveWithFigures,  // takes the two others' shares of the figures and is gone
  kLeaveEarly,        // leaves each session before anything is verified
  kStall,             // says nothing any more when the sets are compared
};
constexpr std::array<std::string_view, 13> kDeeds = {"honest",         "complain-falsely",   "refuse-falsely",
                                                     "hide-answers",   "another-set",        "lie-in-cure",
                                                     "another-root",   "lie-in-session",     "lie-in-output",
                                                     "another-result", "leave-with-figures", "leave-early",
                                                     "stall"};

// The steps of service/close_exchange.cc, close_job.cc and release_job.cc, whose numbers are on the wire.
enum Step : std::uint8_t {
  kListStep = 2,
  kHaveStep = 3,
  kHaveAgainStep = 13,
  kComplaintStep = 5,
  kCureStep = 15,
  kSetStep = 6,
  kBatchSignatureStep = 7,
  kReleaseHelloStep = 31,
  kReceiptSignatureStep = 32,
};
constexpr std::size_t kSignatureFrame = 1 + 64;
constexpr std::size_t kHandshakeExchanges = 3;

void Say(std::string_view what) {
  std::fprintf(stderr, "corrupt: %.*s\n", static_cast<int>(what.size()), what.data());
}

void FlipLast(std::array<Bytes, 2>& send) {
  for (Bytes& frame : send) {
    if (!frame.empty()) frame.back() ^= 1;
  }
}

struct Orders {
  Deed deed = Deed::kHonest;
  std::size_t opening = 0;  ///< which exchange behind the intent opens the figures
};

class CorruptLinks final : public PeerLinks {
 public:
  CorruptLinks(std::unique_ptr<PeerLinks> inner, const Orders& orders, std::shared_ptr<PartyStore> store,
               const Bytes32& survey_hash)
      : inner_(std::move(inner)),
        deed_(orders.deed),
        opening_(orders.opening),
        store_(std::move(store)),
        survey_hash_(survey_hash) {}

  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& limits) override {
    std::array<Bytes, 2> changed = send;
    if (!ended_ && Act(changed)) Say(kDeeds[static_cast<std::size_t>(deed_)]);
    if (!leaving_) return TakeMore(changed, limits);
    // What it is sent it takes; what it owes it keeps.
    auto received = inner_->Exchange({}, limits);
    if (deed_ == Deed::kLeaveWithFigures) {
      Say(received ? "has what it wanted" : "got nothing");
      _exit(0);
    }
    inner_->SendAndClose({});
    return Fail(ErrorCode::kUnavailable, "left");
  }
  void SendAndClose(const std::array<Bytes, 2>& send) override { inner_->SendAndClose(send); }
  Result<Secret<Bytes32>> Export(Peer peer, ByteSpan context) override {
    return inner_->Export(peer, context);
  }
  [[nodiscard]] PartyIndex self() const override { return inner_->self(); }

 private:
  // Peers answer a lie with what the honest code here did not ask for: it is taken and forgotten.
  Result<std::array<Bytes, 2>> TakeMore(const std::array<Bytes, 2>& send, std::array<std::size_t, 2> limits) {
    const std::uint8_t step = send[0].empty() ? 0 : send[0][0];
    const bool complains = deed_ == Deed::kComplainFalsely || deed_ == Deed::kRefuseFalsely;
    const bool more =
        !in_session_ && !release_ &&
        ((complains && step == kCureStep) ||
         (deed_ == Deed::kHideAnswers && (step == kHaveStep + 1 || step == kHaveAgainStep + 1)));
    if (!more) return inner_->Exchange(send, limits);
    auto received = inner_->Exchange(send, {std::size_t{1} << 20, std::size_t{1} << 20});
    if (received) {
      for (Bytes& frame : *received) frame.resize(1);
    }
    return received;
  }

  // Whether it did something to what is sent.
  bool Act(std::array<Bytes, 2>& send) {
    const std::uint8_t step = send[0].empty() ? 0 : send[0][0];
    if (exchanges_++ == 0) release_ = step == kReleaseHelloStep;
    const bool signature =
        send[0].size() == kSignatureFrame && step == (release_ ? kReceiptSignatureStep : kBatchSignatureStep);
    if (signature) return ActOnSignature(send);
    if (in_session_) return ActInSession(send);
    const bool acted = release_ ? false : ActInTalk(step, send);
    // What follows these two is the session, if anything does.
    in_session_ = release_ || step == kSetStep;
    return acted;
  }

  bool ActInTalk(std::uint8_t step, std::array<Bytes, 2>& send) {
    switch (deed_) {
      case Deed::kComplainFalsely:
      case Deed::kRefuseFalsely:
        if (step != kComplaintStep) return false;
        for (Bytes& frame : send) {
          std::fill(frame.begin() + 1 + 32, frame.end(), deed_ == Deed::kComplainFalsely ? 1 : 2);
        }
        return true;
      case Deed::kHideAnswers:
        if (step == kListStep) {
          for (Bytes& frame : send) frame.assign({step, 0, 0, 0, 0, 0, 0, 0, 0});
          return true;
        }
        if (step != kHaveStep && step != kHaveAgainStep) return false;
        for (Bytes& frame : send) std::fill(frame.begin() + 1, frame.end(), 0);
        return true;
      case Deed::kAnotherSet:
        if (step != kSetStep) return false;
        FlipLast(send);
        return true;
      case Deed::kLieInCure: {
        if (step != kCureStep) return false;
        const bool owes = send[0].size() > 1 || send[1].size() > 1;
        for (Bytes& frame : send) {
          if (frame.size() > 1) frame.back() ^= 1;
        }
        return owes;
      }
      case Deed::kStall:
        if (step != kSetStep) return false;
        Say("stall");
        for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
      default: return false;
    }
  }

  bool ActInSession(std::array<Bytes, 2>& send) {
    ++session_exchanges_;
    if (session_exchanges_ <= kHandshakeExchanges) return false;
    if (deed_ == Deed::kLeaveEarly) {
      leaving_ = true;
      return true;
    }
    if (deed_ == Deed::kLieInSession && !release_) {
      FlipLast(send);
      ended_ = true;
      return true;
    }
    const bool at_output = deed_ == Deed::kLieInOutput || deed_ == Deed::kLeaveWithFigures;
    if (!release_ || !HasIntent()) return false;
    // The intent is on disk: what follows is the last proof, and then the figures.
    ++after_intent_;
    if (!at_output || after_intent_ < opening_) return false;
    leaving_ = deed_ == Deed::kLeaveWithFigures;
    if (!leaving_) FlipLast(send);
    ended_ = true;
    return true;
  }

  bool ActOnSignature(std::array<Bytes, 2>& send) {
    if (release_) Say("exchanges behind the intent: " + std::to_string(after_intent_));
    if (deed_ != (release_ ? Deed::kAnotherResult : Deed::kAnotherRoot)) return false;
    FlipLast(send);
    return true;
  }

  bool HasIntent() {
    const auto releases = store_->Releases(survey_hash_);
    if (!releases) return false;
    const auto intent = store_->FindIntent(survey_hash_, static_cast<std::uint32_t>(releases->size() + 1));
    return intent && intent->has_value();
  }

  std::unique_ptr<PeerLinks> inner_;
  Deed deed_;
  std::size_t opening_;
  std::shared_ptr<PartyStore> store_;
  Bytes32 survey_hash_;
  std::size_t exchanges_ = 0;
  std::size_t session_exchanges_ = 0;
  std::size_t after_intent_ = 0;
  bool release_ = false;
  bool in_session_ = false;
  bool leaving_ = false;
  bool ended_ = false;
};

// The product's party, but for its links.
Status Serve(const ServiceConfig& config, const Orders& orders) {
  SetLog(config.log);
  RETURN_IF_ERROR(PrepareProcess());
  ASSIGN_OR_RETURN(StopSignals signals, StopSignals::Install());
  ASSIGN_OR_RETURN(const std::unique_ptr<Front> front, Front::Create(config));
  ASSIGN_OR_RETURN(TlsListener opened, TlsListener::Open(config.mpc_listen.host, config.mpc_listen.port));
  const auto listener = std::make_shared<TlsListener>(std::move(opened));
  ASSIGN_OR_RETURN(std::unique_ptr<PartyStore> own, PartyStore::Open(config.data_dir));
  const std::shared_ptr<PartyStore> store = std::move(own);
  PartyServiceOptions options;
  options.self = PartyIndex(config.index);
  options.identity = front->identity();
  options.store = store;
  options.clock = std::make_shared<SystemClock>();
  options.links = [&](const SignedSurvey& survey) -> Result<std::unique_ptr<PeerLinks>> {
    const std::shared_ptr<const TlsLeaf> leaf = front->leaf();
    ASSIGN_OR_RETURN(TlsListener shared, listener->Share());
    TlsLinks::Options links{.self = PartyIndex(config.index),
                            .identity = *front->identity(),
                            .leaf = leaf.get(),
                            .listener = std::move(shared),
                            .parties = {}};
    for (unsigned i = 0; i < 3; ++i) {
      const PartyOperator& party = survey.survey().parties[i];
      ASSIGN_OR_RETURN(const HostPort address, ParsePublicAddress(party.mpc_address));
      links.parties[i] = {address.host, address.port, FingerprintOfKey(party.identity_key)};
    }
    ASSIGN_OR_RETURN(std::unique_ptr<TlsLinks> honest, TlsLinks::Connect(std::move(links)));
    return std::unique_ptr<PeerLinks>(
        std::make_unique<CorruptLinks>(std::move(honest), orders, store, survey.hash()));
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<PartyService> service, PartyService::Create(std::move(options)));
  RETURN_IF_ERROR(front->Listen(
      [&](HttpRequest request, HttpReply reply) { service->Handle(std::move(request), std::move(reply)); },
      [&](std::string_view method, std::string_view target) { return service->BodyLimit(method, target); }));
  signals.Wait();
  if (orders.deed == Deed::kStall) _exit(0);  // a job that stalls never ends
  front->Stop();
  service->Stop();
  return {};
}

}  // namespace
}  // namespace mpcstats

int main(int argc, char** argv) {
  using namespace mpcstats;
  const auto* const deed =
      argc == 3 || argc == 4 ? std::find(kDeeds.begin(), kDeeds.end(), argv[2]) : kDeeds.end();
  if (deed == kDeeds.end()) {
    std::fprintf(stderr, "usage: corrupt_party CONFIG DEED [EXCHANGE]\n");
    return 2;
  }
  const Orders orders{.deed = static_cast<Deed>(deed - kDeeds.begin()),
                      .opening = argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 0};
  const auto config = LoadServiceConfig(argv[1]);
  const Status served = config ? Serve(*config, orders) : Status(std::unexpected(config.error()));
  if (served) return 0;
  std::fprintf(stderr, "%s\n", served.error().message().c_str());
  return 1;
}
