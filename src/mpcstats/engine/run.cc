#include "mpcstats/engine/run.h"

#include <utility>

namespace mpcstats {

Status RunSession(Session& session, PeerLinks& links, const RoundHook& between_rounds) {
  for (;;) {
    auto out = session.Advance();
    if (out && out->finished) return {};
    Status step = out ? Status() : Status(std::unexpected(out.error()));
    if (out) {
      auto frames = links.Exchange(out->frame, out->receive_limit);
      step = frames ? session.Deliver(std::move(*frames)) : Status(std::unexpected(frames.error()));
    }
    if (step && between_rounds) step = between_rounds(session);
    if (!step) {
      session.Abort(step.error());
      const Bytes alarm = session.AlarmFrame();
      links.SendAndClose({alarm, alarm});
      return std::unexpected(*session.error());
    }
  }
}

}  // namespace mpcstats
