#include "mpcstats/zktls/vole/vole_receiver.h"

#include <algorithm>

#include "mpcstats/zktls/vole/vole_messages.h"

namespace mpcstats {

VoleReceiverSetup VoleReceiverSetup::Create(const Bytes32& session, Rng& rng) {
  return {session, OtSender::Create(session, rng)};
}

Result<VoleReceiver::Created> VoleReceiverSetup::Finish(ByteSpan sender_message, Rng& rng) && {
  ASSIGN_OR_RETURN(const OtKeyPairs keys, std::move(sender_).Finish(sender_message));
  return VoleReceiver::Create(session_, keys, rng);
}

VoleReceiver::Created VoleReceiver::Create(const Bytes32& session, const OtKeyPairs& keys, Rng& rng) {
  BuiltTrees built = BuildTrees(session, keys, rng);
  return {VoleReceiver(session, std::move(built.leaves)), std::move(built.message)};
}

Result<Bytes> VoleReceiver::Extend(std::size_t count) {
  if (pending_)
    return Fail(ErrorCode::kProtocolViolation, "an extension of the VOLE waits for its challenge");
  if (count == 0 || count > kMaxCorrelations) {
    return Fail(ErrorCode::kInvalidArgument, "an extension of the VOLE has 1 to 2^23 correlations");
  }
  const std::size_t blocks = BlocksOf(count);
  Extension& extension = pending_.emplace(count, blocks);
  Bytes corrections(CorrectionBytes(count));
  std::uint8_t* out = corrections.data();
  auto sum = Buffer<Gf2_128>::Raw(std::min(blocks, kChunkBlocks));
  for (std::size_t chunk = 0; chunk < extension.columns.chunks(); ++chunk) {
    const std::size_t here = extension.columns.chunk_blocks(chunk);
    const std::span<Gf2_128> bits = extension.bits.span().subspan(chunk * kChunkBlocks, here);
    for (std::size_t tree = 0; tree < kTrees; ++tree) {
      // The sum over the leaves of tree 0 is the bits; the other trees are corrected to it: c_t = u_0 + u_t.
      const std::span<Gf2_128> u = tree == 0 ? bits : sum.span().first(here);
      extension.columns.Stretch(leaves_.span().subspan(kTreeLeaves * tree, kTreeLeaves), tree, chunk,
                                next_block_, u);
      if (tree == 0) continue;
      for (std::size_t b = 0; b < here; ++b, out += Gf2_128::kBytes) (bits[b] + u[b]).Store(out);
    }
  }
  return corrections;
}

Result<VoleReceiver::Response> VoleReceiver::Respond(ByteSpan challenge) {
  if (!pending_)
    return Fail(ErrorCode::kProtocolViolation, "a challenge for an extension of the VOLE that was not made");
  if (challenge.size() != kVoleChallengeBytes) {
    return Fail(ErrorCode::kProtocolViolation, "a challenge for an extension of the VOLE has 16 bytes");
  }
  Extension& extension = *pending_;
  const Gf2_128 chi = Gf2_128::Load(challenge.data());
  Response response{Bytes(kVoleResponseBytes), {}};
  InnerProduct(extension.bits.span(), HashWeights(extension.columns.blocks(), chi))
      .Store(response.message.data());
  const Bytes32 digest = ColumnsDigest(session_, next_block_, challenge, extension.columns.Hash(chi));
  std::ranges::copy(digest, response.message.begin() + 16);
  response.correlations.macs = extension.columns.Rows(extension.count);
  response.correlations.bits = Buffer<std::uint8_t>::Raw(extension.count);
  const auto* words = reinterpret_cast<const std::uint64_t*>(extension.bits.data());
  for (std::size_t i = 0; i < extension.count; ++i) {
    response.correlations.bits[i] = static_cast<std::uint8_t>((words[i / 64] >> (i % 64)) & 1u);
  }
  next_block_ += extension.columns.blocks();
  pending_.reset();
  return response;
}

}  // namespace mpcstats
