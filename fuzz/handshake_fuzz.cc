// Party 0 in a handshake with two peers that say anything: no session unless every message is what it should be.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/handshake.h"

namespace mpcstats {
namespace {

// Answers from the input: a length byte for each frame, then its bytes. Length 255 stands for the right length.
class ScriptedLinks final : public PeerLinks {
 public:
  explicit ScriptedLinks(ByteSpan script) : script_(script) {}
  Result<std::array<Bytes, 2>> Exchange(const std::array<Bytes, 2>& send,
                                        const std::array<std::size_t, 2>& receive_limit) override {
    CHECK(send[0].size() == receive_limit[0] && send[1].size() == receive_limit[1]);
    std::array<Bytes, 2> received;
    for (const Peer peer : kPeers) {
      const std::size_t limit = receive_limit[Slot(peer)];
      if (script_.empty()) return Fail(ErrorCode::kUnavailable, "the script is over");
      const std::size_t wanted = script_[0] == 255 ? limit : script_[0];
      script_ = script_.subspan(1);
      if (wanted == 0 || wanted > limit)
        return Fail(ErrorCode::kProtocolViolation, "a frame of a wrong length");
      Bytes& frame = received[Slot(peer)];
      // An empty rest of the script echoes what this party sent: the nearest to a right message.
      frame = send[Slot(peer)];
      frame.resize(wanted);
      const std::size_t given = std::min(script_.size(), wanted);
      std::copy_n(script_.begin(), given, frame.begin());
      script_ = script_.subspan(given);
    }
    ++exchanges_;
    return received;
  }
  void SendAndClose(const std::array<Bytes, 2>&) override {}
  Result<Secret<Bytes32>> Export(Peer, ByteSpan context) override {
    CHECK(context.size() == 32 && exchanges_ == 2);
    return Secret<Bytes32>(Bytes32{7});
  }
  [[nodiscard]] PartyIndex self() const override { return PartyIndex(0); }

 private:
  ByteSpan script_;
  int exchanges_ = 0;
};

void Run(ByteSpan input) {
  ScriptedLinks links(input);
  SeededRng rng(1);
  const auto session = EstablishSession(links, Bytes32{}, rng);
  // Nobody guesses a confirmation.
  CHECK(!session.has_value());
  CHECK(!session.error().message().empty() && session.error().message().size() < 256);
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
