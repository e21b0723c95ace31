#include "mpcstats/service/party_talk.h"

#include <fmt/core.h>

namespace mpcstats {
namespace {

constexpr std::uint8_t kStopped = 0;
constexpr std::size_t kSentenceLimit = 400;

Bytes Framed(std::uint8_t step, const Bytes& payload) {
  Bytes frame;
  frame.reserve(payload.size() + 1);
  frame.push_back(step);
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

// What a peer says goes into our logs: printable characters only.
std::string Sentence(ByteSpan bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), kSentenceLimit))) {
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  }
  return text;
}

}  // namespace

Result<std::array<Bytes, 2>> PartyTalk::Swap(std::uint8_t step, const std::array<Bytes, 2>& to,
                                             std::size_t limit) {
  const std::size_t frame_limit = std::max(limit, kSentenceLimit) + 1;
  ASSIGN_OR_RETURN(auto frames,
                   links_.Exchange({Framed(step, to[0]), Framed(step, to[1])}, {frame_limit, frame_limit}));
  for (const Peer peer : kPeers) {
    Bytes& frame = frames[Slot(peer)];
    if (frame.empty()) return Fail(ErrorCode::kProtocolViolation, NameOf(peer) + " sent an empty message");
    if (frame[0] == kStopped) {
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("{} stopped: {}", NameOf(peer), Sentence(ByteSpan(frame).subspan(1))));
    }
    if (frame[0] != step) {
      return Fail(ErrorCode::kProtocolViolation,
                  fmt::format("{} is at step {} where step {} is due", NameOf(peer), frame[0], step));
    }
    frame.erase(frame.begin());
  }
  return frames;
}

Result<std::array<Bytes, 2>> PartyTalk::Swap(std::uint8_t step, const Bytes& to_both, std::size_t limit) {
  return Swap(step, {to_both, to_both}, limit);
}

void PartyTalk::Stop(const Error& error) {
  const std::string text = error.message().substr(0, kSentenceLimit);
  const ByteSpan bytes = AsBytes(text);
  const Bytes frame = Framed(kStopped, Bytes(bytes.begin(), bytes.end()));
  links_.SendAndClose({frame, frame});
}

std::string PartyTalk::NameOf(Peer peer) const {
  return "party " + std::to_string(IndexOf(links_.self(), peer).value());
}

}  // namespace mpcstats
