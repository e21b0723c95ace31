// Statements about what a website was asked and what it answered, over committed bits of the plaintext.
//
//   ASSIGN_OR_RETURN(const ResponseClaim claim, ResponseClaimOf(source, response));                       // prover; goes to the verifier
//   StatementCircuits circuits(source, columns);                                                  // one for all runs of an end
//   RETURN_IF_ERROR(ProveRequest(zk, circuits, request_bits, claim_lengths));
//   ASSIGN_OR_RETURN(const auto row, ProveResponse(zk, circuits, response_bits, claim));
//   RETURN_IF_ERROR(ProveShares(zk, row, context, commitments, witness));                         // shares.h
//
// Each program is written once for both ends. The bits are those of the whole request and the whole response as the
// records hold them, bound to the log by whoever made them.
#pragma once

#include <algorithm>
#include <vector>

#include "mpcstats/survey/template_match.h"
#include "mpcstats/zktls/statement/statement_circuits.h"
#include "mpcstats/zktls/zk/role.h"

namespace mpcstats {

/// Most bytes of one response; longer ones are refused before any circuit is made.
inline constexpr std::size_t kMostResponseBytes = 64 << 10;

/// What the prover tells the verifier of a response.
struct ResponseClaim {
  Bytes head;  ///< up to the body, with '*' for each byte of a hidden header's value
  std::size_t total_bytes = 0;
  std::vector<bool> answers;  ///< one for each predicate of the template
};
/// The claim of a response that matches.
/// Errors: kInvalidArgument, the sentence of MatchResponse.
[[nodiscard]] Result<ResponseClaim> ResponseClaimOf(const Template& source, ByteSpan response);

/// The rules for what is public, applied by both ends to the claim: what the verifier checks in the clear.
///
/// Errors: kProtocolViolation, one sentence.
[[nodiscard]] Result<ResponseFrame> CheckClaim(const Template& source, const ResponseClaim& claim);

/// What a hidden header's value may hold: anything but CR, LF and NUL.
[[nodiscard]] std::bitset<256> HeaderValueBytes();

/// Which answers as bytes, the unused bits of the last one 0.
[[nodiscard]] Bytes PackBits(const std::vector<bool>& bits);

/// `bytes` stand at `offset`: a public range. What no statement names stays hidden. Free.
template <ZkRole Zk>
Status ProveReveal(Zk& zk, const typename Zk::Bits& bits, std::size_t offset, ByteSpan bytes) {
  if (bytes.empty()) return {};
  if (8 * (offset + bytes.size()) > bits.size()) {
    return Fail(ErrorCode::kProtocolViolation, "a revealed range ends behind the last byte");
  }
  return zk.AssertEqual(zk.Slice(bits, 8 * offset, 8 * bytes.size()), bytes);
}

/// A hidden range whose bytes are all in the set. Cost: a few AND a byte.
template <ZkRole Zk>
Status ProveCharset(Zk& zk, StatementCircuits& circuits, const typename Zk::Bits& bits,
                    const ByteRange& range, const std::bitset<256>& set) {
  if (range.size == 0) return {};
  ASSIGN_OR_RETURN(const auto faults, zk.EvaluateCircuit(circuits.OfCharset(set, range.size),
                                                         zk.Slice(bits, 8 * range.offset, 8 * range.size)));
  return zk.AssertZero(faults);
}

/// The request is the template's, with bytes of the right sets in its holes, which have these lengths.
///
/// Cost:     about 6 to 14 AND a hidden byte.
/// Security: method, target, Host and all other headers are the template's; no hidden byte is CR, LF or NUL, and none in the
///           target can end a parameter; so it is one request, and it names the template's host. That the session was with
///           that host is the caller's check (the observer's host name). The lengths are public to the verifier.
template <ZkRole Zk>
Status ProveRequest(Zk& zk, StatementCircuits& circuits, const typename Zk::Bits& bits,
                    const std::vector<std::size_t>& hole_lengths) {
  const Template& source = circuits.source();
  auto holes = RequestHoles(source, hole_lengths);
  if (!holes) return Fail(ErrorCode::kProtocolViolation, holes.error().message());
  std::size_t at = 0;
  auto hole = holes->begin();
  for (const TemplatePart& part : source.request) {
    if (part.hole) {
      at += (hole++)->bytes.size;
    } else {
      RETURN_IF_ERROR(ProveReveal(zk, bits, at, AsBytes(part.literal)));
      at += part.literal.size();
    }
  }
  if (8 * at != bits.size()) {
    return Fail(ErrorCode::kProtocolViolation,
                "the request has another length than the template with these holes");
  }
  for (const HoleMatch& match : *holes) {
    const std::bitset<256> set = BytesOfCharset(source.holes[match.hole].charset);
    RETURN_IF_ERROR(ProveCharset(zk, circuits, bits, match.bytes, set));
  }
  return {};
}

/// The response is the template's; its values are the row that comes back: the columns' bits in their order.
///
/// Cost:     MakeBodyWalk's, and 5 AND for each byte of a hidden header's value.
/// Security: every byte of the head but those values is revealed, and read by CheckClaim's rules; every byte of the body is a
///           literal of the template or in a hole of its kind.
/// Errors:   kProtocolViolation for a claim that does not keep the rules, or another number of bits.
template <ZkRole Zk>
Result<typename Zk::Bits> ProveResponse(Zk& zk, StatementCircuits& circuits, const typename Zk::Bits& bits,
                                        const ResponseClaim& claim) {
  ASSIGN_OR_RETURN(const ResponseFrame frame, CheckClaim(circuits.source(), claim));
  if (bits.size() != 8 * frame.total) {
    return Fail(ErrorCode::kProtocolViolation, "the response has another length than the prover says");
  }
  // The head between hidden values.
  std::size_t at = 0;
  const ByteSpan head(claim.head);
  for (const ByteRange& hidden : frame.hidden) {
    RETURN_IF_ERROR(ProveReveal(zk, bits, at, head.subspan(at, hidden.offset - at)));
    RETURN_IF_ERROR(ProveCharset(zk, circuits, bits, hidden, HeaderValueBytes()));
    at = hidden.offset + hidden.size;
  }
  RETURN_IF_ERROR(ProveReveal(zk, bits, at, head.subspan(at)));
  if (frame.body_end < frame.total)
    RETURN_IF_ERROR(ProveReveal(zk, bits, frame.body_end, AsBytes(kAfterOneChunk)));

  const auto found = circuits.OfBody(frame.body_end - frame.body_begin);
  if (!found) return Fail(ErrorCode::kProtocolViolation, found.error().message());
  const BodyWalk* const walk = *found;
  const auto body = zk.Slice(bits, 8 * frame.body_begin, 8 * (frame.body_end - frame.body_begin));
  ASSIGN_OR_RETURN(const auto out, zk.EvaluateCircuit(walk->circuit, body));
  RETURN_IF_ERROR(zk.AssertZero(zk.Slice(out, walk->row_bits + walk->predicate_bits, walk->fault_bits)));
  if (walk->predicate_bits > 0) {
    RETURN_IF_ERROR(
        zk.AssertEqual(zk.Slice(out, walk->row_bits, walk->predicate_bits), PackBits(claim.answers)));
  }
  return zk.Slice(out, 0, walk->row_bits);
}

}  // namespace mpcstats
