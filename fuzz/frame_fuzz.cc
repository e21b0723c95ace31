// Party 0 of a small run whose peers are honest until the input changes, replaces or drops one of their frames: the
// session ends with an error or with the right result, and never in another way.
//
// The input is a list of steps, one for each frame that party 0 receives: an opcode, then its operands.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "mpcstats/base/check.h"
#include "mpcstats/crypto/aes_prg.h"
#include "mpcstats/engine/and.h"
#include "mpcstats/engine/convert.h"
#include "mpcstats/engine/multiply.h"
#include "mpcstats/engine/open.h"
#include "mpcstats/engine/share.h"
#include "mpcstats/engine/shuffle.h"
#include "mpcstats/engine/simulate.h"

namespace mpcstats {
namespace {

class Script {
 public:
  explicit Script(ByteSpan bytes) : rest_(bytes) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t Byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_[0];
    rest_ = rest_.subspan(1);
    return byte;
  }
  ByteSpan Take(std::size_t size) {
    const ByteSpan head = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(head.size());
    return head;
  }

 private:
  ByteSpan rest_;
};

// Changes one frame; says whether what the receiver gets is another frame.
bool Change(Script& script, Bytes* frame) {
  const Bytes before = *frame;
  switch (script.Byte() % 8) {
    case 0:
    case 1: break;
    case 2: {  // a byte of the header or near it
      if (frame->empty()) break;
      const std::size_t at = script.Byte() % frame->size();
      (*frame)[at] = script.Byte();
      break;
    }
    case 3: {  // a byte anywhere
      if (frame->empty()) break;
      const std::size_t at = (script.Byte() * 256u + script.Byte()) % frame->size();
      (*frame)[at] ^= script.Byte();
      break;
    }
    case 4: frame->resize(script.Byte()); break;
    case 5: frame->clear(); break;
    case 6: {  // bytes of the input
      const ByteSpan bytes = script.Take(script.Byte());
      frame->assign(bytes.begin(), bytes.end());
      break;
    }
    case 7: {  // a payload of ones: no field element
      const std::size_t from = std::min<std::size_t>(frame->size(), 32);
      std::fill(frame->begin() + static_cast<std::ptrdiff_t>(from), frame->end(), 0xff);
      break;
    }
  }
  return *frame != before;
}

Task<Done> Program(Ctx& ctx, bool* right) {
  const unsigned self = ctx.session().self().value();
  SeededRng rng(1);
  const std::vector<std::uint64_t> values = {1, 2, 3};
  const auto shares = ShareBits(values, 2, rng);
  const auto& my_shares = shares[self].planes;
  BitPlanes z = co_await And(ctx, my_shares, my_shares);
  BitColumn column(std::move(z));
  SharedRows rows = RowsOf(column);
  Ctx left = ctx.Fork();
  Ctx right_ctx = ctx.Fork();
  const BitPlane& lowest = column.planes[0];
  auto [shuffled, field] = co_await Par(Shuffle(left, std::move(rows)), BitToField(right_ctx, lowest));
  ArithColumn<Fp127> squares = co_await Multiply<Fp127>(ctx, field, field);
  const std::vector<Fp127> opened = co_await Open(ctx, SumRows(squares), "sum");
  BitColumn back = PlanesOfRows(shuffled, 2);
  const PublicPlanes planes = co_await Open(ctx, std::move(back.planes), "rows");
  std::vector<std::uint64_t> sorted = ValuesOf(planes, 3);
  std::ranges::sort(sorted);
  *right = opened[0] == Fp127::FromU64(2) && sorted == values;
  co_return Done();
}

void Run(ByteSpan input) {
  if (input.empty()) return;
  Script script(input);
  const std::uint8_t mode = script.Byte();
  auto configs = SeededSessions(1);
  std::array<bool, 3> right{};
  std::array<std::unique_ptr<Session>, 3> sessions;
  for (unsigned i = 0; i < 3; ++i) {
    configs[i].cut_gates = (mode & 1) != 0 ? 1 : std::size_t{1} << 26;
    sessions[i] = std::make_unique<Session>(std::move(configs[i]),
                                            [&right, i](Ctx& ctx) { return Program(ctx, &right[i]); });
  }
  std::uint8_t quiet = script.Byte();  // frames that go through before the script starts
  bool changed = false;
  for (;;) {
    std::array<std::optional<Session::Outgoing>, 3> out;
    for (unsigned i = 0; i < 3; ++i) {
      auto advanced = sessions[i]->Advance();
      if (advanced) out[i] = std::move(*advanced);
    }
    if (!out[0] || out[0]->finished) break;
    for (unsigned i = 0; i < 3; ++i) {
      if (!out[i]) continue;
      std::array<Bytes, 2> frames;
      for (const Peer peer : kPeers) {
        const unsigned from = IndexOf(PartyIndex(i), peer).value();
        if (out[i]->receive_limit[Slot(peer)] == 0) continue;
        Bytes& frame = frames[Slot(peer)];
        frame = out[from] ? out[from]->frame[Slot(Other(peer))] : sessions[from]->AlarmFrame();
        if (i != 0) continue;
        if (quiet > 0) {
          --quiet;
        } else if (!script.empty()) {
          changed |= Change(script, &frame);
        }
      }
      (void)sessions[i]->Deliver(std::move(frames));
    }
  }
  if (sessions[0]->error()) {
    CHECK(changed);
    const Bytes alarm = sessions[0]->AlarmFrame();
    CHECK(!alarm.empty() && alarm.size() <= 256);
  } else {
    CHECK(right[0]);
    CHECK(!changed);
  }
}

}  // namespace
}  // namespace mpcstats

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpcstats::Run({data, size});
  return 0;
}
