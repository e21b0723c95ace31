#include "mpcstats/zktls/statement/statement.h"

#include <fmt/format.h>

#include "mpcstats/base/decimal.h"
#include "mpcstats/zktls/statement/hole_text.h"

namespace mpcstats {
namespace {

constexpr std::uint8_t kBlank = '*';

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorCode::kProtocolViolation, std::move(message));
}

}  // namespace

Result<ResponseClaim> ResponseClaimOf(const Template& source, ByteSpan response) {
  if (response.size() > kMostResponseBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the response has {} bytes; at most {} can be proven", response.size(),
                            kMostResponseBytes));
  }
  ASSIGN_OR_RETURN(const ResponseMatch match, MatchResponse(source, response));
  ResponseClaim claim;
  claim.total_bytes = response.size();
  claim.head.assign(response.begin(), response.begin() + static_cast<std::ptrdiff_t>(match.frame.body_begin));
  for (const ByteRange& hidden : match.frame.hidden) {
    std::fill_n(claim.head.begin() + static_cast<std::ptrdiff_t>(hidden.offset), hidden.size, kBlank);
  }
  for (const TemplatePredicate& predicate : source.predicates) {
    const auto found = std::ranges::find(match.holes, predicate.hole, &HoleMatch::hole);
    const ByteSpan text = response.subspan(found->bytes.offset, found->bytes.size);
    claim.answers.push_back(Satisfies(source.holes[predicate.hole], predicate,
                                      {reinterpret_cast<const char*>(text.data()), text.size()}));
  }
  return claim;
}

Result<ResponseFrame> CheckClaim(const Template& source, const ResponseClaim& claim) {
  if (claim.total_bytes > kMostResponseBytes || claim.head.size() > claim.total_bytes) {
    return Refuse("the prover's response is longer than can be proven");
  }
  if (claim.answers.size() != source.predicates.size()) {
    return Refuse("the prover answers another number of predicates than the template has");
  }
  auto frame = ReadResponseFrame(source, claim.head, claim.total_bytes);
  if (!frame) return Refuse(frame.error().message());
  if (frame->body_begin != claim.head.size()) return Refuse("the prover's head goes on behind its end");
  for (const ByteRange& hidden : frame->hidden) {
    const ByteSpan value = ByteSpan(claim.head).subspan(hidden.offset, hidden.size);
    if (std::ranges::any_of(value, [](std::uint8_t byte) { return byte != kBlank; })) {
      return Refuse("the prover's head shows a header value that the template hides");
    }
  }
  return *frame;
}

std::bitset<256> HeaderValueBytes() {
  std::bitset<256> set;
  set.set();
  return set.reset('\r').reset('\n').reset(0);
}

Bytes PackBits(const std::vector<bool>& bits) {
  Bytes packed((bits.size() + 7) / 8);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    packed[i / 8] = static_cast<std::uint8_t>(packed[i / 8] | (bits[i] ? 1u << (i % 8) : 0u));
  }
  return packed;
}

}  // namespace mpcstats
