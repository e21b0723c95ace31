#include "mpcstats/zktls/vole/vole_sender.h"

#include <algorithm>

#include "mpcstats/base/ct.h"
#include "mpcstats/zktls/vole/vole_messages.h"

namespace mpcstats {
namespace {

Secret<TreeDigits> DrawDelta(Rng& rng) {
  TreeDigits digits;
  // Zero has probability 2^-128 of a good generator; a broken one shall not make a session in which all proofs pass.
  do {
    rng.Fill(digits);
  } while (ct::Equal(digits, TreeDigits{}));
  Secret<TreeDigits> delta(digits);
  SecureWipe(digits.data(), digits.size());
  return delta;
}

}  // namespace

VoleSenderSetup VoleSenderSetup::Create(const Bytes32& session, Rng& rng) {
  return WithDelta(session, DrawDelta(rng), rng);
}

VoleSenderSetup VoleSenderSetup::CreateForGarbling(const Bytes32& session, Rng& rng) {
  TreeDigits digits;
  rng.Fill(digits);
  digits[0] |= 1;
  Secret<TreeDigits> delta(digits);
  SecureWipe(digits.data(), digits.size());
  return WithDelta(session, std::move(delta), rng);
}

VoleSenderSetup VoleSenderSetup::WithDelta(const Bytes32& session, Secret<TreeDigits> delta, Rng& rng) {
  OtReceiver receiver = OtReceiver::Create(session, ChoicesFor(delta), rng);
  return {session, std::move(delta), std::move(receiver)};
}

Result<VoleSender> VoleSenderSetup::Finish(ByteSpan receiver_message, ByteSpan trees) && {
  ASSIGN_OR_RETURN(const OtKeys keys, std::move(receiver_).Finish(receiver_message));
  return VoleSender::Create(session_, std::move(delta_), keys, trees);
}

Result<VoleSender> VoleSender::Create(const Bytes32& session, Secret<TreeDigits> delta, const OtKeys& keys,
                                      ByteSpan trees) {
  const bool zero = delta.With(SecretAccess("refusing zero"),
                               [](const TreeDigits& digits) { return ct::Equal(digits, TreeDigits{}); });
  if (zero) return Fail(ErrorCode::kInvalidArgument, "Delta is zero: every proof would pass; draw another");
  ASSIGN_OR_RETURN(Buffer<Seed> leaves, PuncturedLeaves(session, keys, delta, trees));
  return VoleSender(session, std::move(delta), std::move(leaves));
}

std::unexpected<Error> VoleSender::Break(ErrorCode code, const char* what) {
  failed_ = true;
  pending_.reset();
  return Fail(code, what);
}

Status VoleSender::Ready() const {
  if (failed_)
    return Fail(ErrorCode::kInvalidArgument, "a check of this VOLE has failed; start a new session");
  return {};
}

Result<Bytes> VoleSender::Extend(std::size_t count, ByteSpan corrections, Rng& rng) {
  RETURN_IF_ERROR(Ready());
  if (count == 0 || count > kMaxCorrelations) {
    return Fail(ErrorCode::kInvalidArgument, "an extension of the VOLE has 1 to 2^23 correlations");
  }
  if (pending_)
    return Break(ErrorCode::kProtocolViolation, "an extension of the VOLE waits for its response");
  if (corrections.size() != CorrectionBytes(count)) {
    return Break(ErrorCode::kProtocolViolation,
                 "the corrections of the VOLE have another length than was agreed");
  }
  const std::size_t blocks = BlocksOf(count);
  Extension& extension = pending_.emplace(count, blocks);
  auto unused = Buffer<Gf2_128>::Raw(std::min(blocks, kChunkBlocks));
  delta_.With(SecretAccess("corrections by Delta"), [&](const TreeDigits& digits) {
    const std::uint8_t* in = corrections.data();
    for (std::size_t chunk = 0; chunk < extension.columns.chunks(); ++chunk) {
      const std::size_t here = extension.columns.chunk_blocks(chunk);
      for (std::size_t tree = 0; tree < kTrees; ++tree) {
        extension.columns.Stretch(leaves_.span().subspan(kTreeLeaves * tree, kTreeLeaves), tree, chunk,
                                  next_block_, unused.span().first(here));
        if (tree == 0) continue;
        // w_j = v_j + alpha_j * u_t becomes v_j + alpha_j * u_0.
        for (std::size_t j = 0; j < kTreeDepth; ++j) {
          const std::span<Gf2_128> w = extension.columns.column(chunk, kTreeDepth * tree + j);
          for (std::size_t b = 0; b < here; ++b) {
            w[b] += Gf2_128::Load(in + Gf2_128::kBytes * b).Times(digits[tree] >> j);
          }
        }
        in += Gf2_128::kBytes * here;
      }
    }
  });
  extension.challenge.resize(kVoleChallengeBytes);
  rng.Fill(extension.challenge);
  return extension.challenge;
}

Result<VerifierCorrelations> VoleSender::Verify(ByteSpan response) {
  RETURN_IF_ERROR(Ready());
  if (!pending_)
    return Break(ErrorCode::kProtocolViolation, "a response for an extension of the VOLE that was not made");
  if (response.size() != kVoleResponseBytes) {
    return Break(ErrorCode::kProtocolViolation, "a response for an extension of the VOLE has 48 bytes");
  }
  Extension& extension = *pending_;
  Buffer<Gf2_128> hashes = extension.columns.Hash(Gf2_128::Load(extension.challenge.data()));
  const Gf2_128 bits = Gf2_128::Load(response.data());
  VerifierCorrelations correlations;
  delta_.With(SecretAccess("check and keys"), [&](const TreeDigits& digits) {
    // h(v_c) = h(w_c) + Delta_c * h(u)
    for (std::size_t c = 0; c < kBaseOts; ++c) hashes[c] += bits.Times(digits[c / 8] >> (c % 8));
    correlations.delta = Secret<Gf2_128>(Gf2_128::Load(digits.data()));
  });
  const Bytes32 digest = ColumnsDigest(session_, next_block_, extension.challenge, hashes);
  if (!ct::Equal(digest, response.subspan(16))) {
    return Break(ErrorCode::kCheatingDetected, "the consistency check of the VOLE failed");
  }
  correlations.keys = extension.columns.Rows(extension.count);
  next_block_ += extension.columns.blocks();
  pending_.reset();
  return correlations;
}

}  // namespace mpcstats
