#include "mpcstats/engine/open.h"

#include <algorithm>
#include <cstring>

#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"

namespace mpcstats {

namespace {

#ifdef MPCSTATS_UNSAFE_NO_FENCE
constexpr bool kFenced = false;  // tests/unfenced alone is compiled so, to show what the fence is for
#else
constexpr bool kFenced = true;
#endif

struct OpeningName {
  Bytes32 session;
  StreamId op;
};

Bytes32 OpeningHash(const OpeningName& name, ByteSpan component) {
  Sha256Stream hash("mpcstats/v1/open");
  hash.Add(name.session).AddU64(name.op.high).AddU64(name.op.low).AddU64(component.size()).Add(component);
  return hash.Finish();
}

Error WrongOpening(const Session& session) {
  return Error(ErrorCode::kCheatingDetected,
               "the two holders of a component opened different values to party " +
                   std::to_string(session.self().value()));
}

// P_{i+1} lacks x_i, which P_i and P_{i-1} hold: P_i sends it x_i, P_{i-1} sends it the hash of x_i. `own` and `next`
// are this party's components as bytes; returns the third.
Task<Bytes> ExchangeMissing(Ctx& ctx, OpeningName name, Bytes own, Bytes next) {
  Session& session = ctx.session();
  if (kFenced) co_await session.Fence();
  session.QueueSend(Peer::kNext, own);
  session.QueueSend(Peer::kPrevious, OpeningHash(name, next));
  Bytes missing(own.size());
  Bytes32 hash{};
  session.Expect(Peer::kPrevious, missing);
  session.Expect(Peer::kNext, hash);
  SecureWipe(own.data(), own.size());
  SecureWipe(next.data(), next.size());
  co_await session.Round();
  if (!ct::Equal(hash, OpeningHash(name, missing))) co_await session.Halt(WrongOpening(session));
  co_return missing;
}

Bytes PlaneBytes(const BitPlanes& planes, bool next) {
  Bytes bytes;
  for (const BitPlane& plane : planes) {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(next ? plane.next() : plane.own());
    bytes.insert(bytes.end(), raw, raw + plane.words() * sizeof(std::uint64_t));
  }
  return bytes;
}

PublicPlanes Combine(const BitPlanes& planes, const Bytes& missing) {
  PublicPlanes out;
  std::size_t offset = 0;
  for (const BitPlane& plane : planes) {
    std::vector<std::uint64_t> words(plane.words());
    if (!words.empty())
      std::memcpy(words.data(), missing.data() + offset, words.size() * sizeof(std::uint64_t));
    offset += words.size() * sizeof(std::uint64_t);
    for (std::size_t w = 0; w < words.size(); ++w) words[w] ^= plane.own()[w] ^ plane.next()[w];
    if (!words.empty()) words.back() &= TailMask(plane.rows());
    out.push_back(std::move(words));
  }
  return out;
}

template <typename K>
Task<std::vector<K>> OpenElements(Ctx& ctx, ArithColumn<K> values) {
  const StreamId op = ctx.NextOp("open", values.rows());
  Bytes own(values.rows() * K::kBytes);
  Bytes next(values.rows() * K::kBytes);
  for (std::size_t i = 0; i < values.rows(); ++i) {
    values.own()[i].Store(own.data() + i * K::kBytes);
    values.next()[i].Store(next.data() + i * K::kBytes);
  }
  const Bytes missing =
      co_await ExchangeMissing(ctx, OpeningName(ctx.session().id(), op), std::move(own), std::move(next));
  std::vector<K> out(values.rows());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto component = K::Load(missing.data() + i * K::kBytes);
    if (!component) co_await ctx.session().Halt(WrongOpening(ctx.session()));
    out[i] = values.own()[i] + values.next()[i] + *component;
  }
  co_return out;
}

}  // namespace

Task<PublicPlanes> Open(Ctx& ctx, BitPlanes planes, std::string_view label) {
  std::size_t words = 0;
  for (const BitPlane& plane : planes) words += plane.words();
  const StreamId op = ctx.NextOp("open", words);
  ctx.session().NoteDisclosure(label);
  Bytes own = PlaneBytes(planes, false);
  Bytes next = PlaneBytes(planes, true);
  const Bytes missing =
      co_await ExchangeMissing(ctx, OpeningName(ctx.session().id(), op), std::move(own), std::move(next));
  co_return Combine(planes, missing);
}

Task<std::vector<Fp127>> Open(Ctx& ctx, ArithColumn<Fp127> values, std::string_view label) {
  ctx.session().NoteDisclosure(label);
  std::vector<Fp127> out = co_await OpenElements<Fp127>(ctx, std::move(values));
  co_return out;
}

Task<std::vector<Gf2_64>> Open(Ctx& ctx, ArithColumn<Gf2_64> values, std::string_view label) {
  ctx.session().NoteDisclosure(label);
  std::vector<Gf2_64> out = co_await OpenElements<Gf2_64>(ctx, std::move(values));
  co_return out;
}

Task<unsigned __int128> OpenNumber(Ctx& ctx, BitColumn scalar, std::string_view label) {
  CHECK(scalar.rows() == 1 && scalar.bits() <= 128);
  BitPlanes packed(1, GatherScalars(scalar.planes));
  const PublicPlanes words = co_await Open(ctx, std::move(packed), label);
  unsigned __int128 value = 0;
  for (std::size_t w = words[0].size(); w-- > 0;) value = value << 64 | words[0][w];
  co_return value;
}

Task<PublicPlanes> OpenToZeroAndTwo(Ctx& ctx, BitPlanes planes) {
  Session& session = ctx.session();
  std::size_t words = 0;
  for (const BitPlane& plane : planes) words += plane.words();
  const OpeningName name(session.id(), ctx.NextOp("open-to-two", words));
  if (kFenced) co_await session.Fence();
  const unsigned self = session.self().value();
  Bytes missing(words * sizeof(std::uint64_t));
  Bytes32 hash{};
  // Party 0 lacks component 2: party 2 sends it, party 1 its hash. Party 2 lacks component 1: party 1 sends it, party 0
  // its hash.
  if (self == 0) {
    session.QueueSend(Peer::kPrevious, OpeningHash(name, PlaneBytes(planes, true)));
    session.Expect(Peer::kPrevious, missing);
    session.Expect(Peer::kNext, hash);
  } else if (self == 1) {
    session.QueueSend(Peer::kNext, PlaneBytes(planes, false));
    session.QueueSend(Peer::kPrevious, OpeningHash(name, PlaneBytes(planes, true)));
  } else {
    session.QueueSend(Peer::kNext, PlaneBytes(planes, false));
    session.Expect(Peer::kPrevious, missing);
    session.Expect(Peer::kNext, hash);
  }
  co_await session.Round();
  if (self == 1) co_return PublicPlanes();
  if (!ct::Equal(hash, OpeningHash(name, missing))) co_await session.Halt(WrongOpening(session));
  co_return Combine(planes, missing);
}

}  // namespace mpcstats
