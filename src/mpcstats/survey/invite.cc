#include "mpcstats/survey/invite.h"

#include <fmt/format.h>

#include <algorithm>

#include "mpcstats/base/check.h"
#include "mpcstats/base/ct.h"
#include "mpcstats/crypto/sha256.h"
#include "mpcstats/wire/codec.h"

namespace mpcstats {
namespace {

constexpr std::string_view kPrefix = "mpcinvite1-";
constexpr std::size_t kFixedBytes = 32 + 4;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kMostLevels = 20;
static_assert(kMaxInvites <= std::uint32_t{1} << kMostLevels);
constexpr std::size_t kLongestText = 4096;

// All ones when a < b, for a and b below 2^31.
std::uint32_t MaskBelow(std::uint32_t a, std::uint32_t b) { return 0u - ((a - b) >> 31); }

// 0..25 are a..z, 26..31 are 2..7.
char Base32Digit(std::uint32_t value) {
  const std::uint32_t is_letter = MaskBelow(value, 26);
  return static_cast<char>((is_letter & (value + 'a')) | (~is_letter & (value - 26 + '2')));
}

// Inverse; 32 and more for any other character.
std::uint32_t Base32Value(char digit) {
  const std::uint32_t c = static_cast<unsigned char>(digit);
  const std::uint32_t lower = c | 0x20;
  const std::uint32_t is_letter = ~MaskBelow(lower, 'a') & MaskBelow(lower, 'z' + 1);
  const std::uint32_t is_digit = ~MaskBelow(c, '2') & MaskBelow(c, '7' + 1);
  return (is_letter & (lower - 'a')) | (is_digit & (c - '2' + 26)) | (~(is_letter | is_digit) & 32);
}

void AppendBase32(std::string& text, ByteSpan bytes) {
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text.push_back(Base32Digit((held >> (bits - 5)) & 31));
  }
  if (bits > 0) text.push_back(Base32Digit((held << (5 - bits)) & 31));
}

struct Base32Bytes {
  Bytes bytes;
  bool ok = true;  // nothing but digits, and zeros in the last one's spare bits
};

Base32Bytes ReadBase32(std::string_view text) {
  Base32Bytes out;
  out.bytes.reserve(text.size() * 5 / 8);
  std::uint32_t held = 0;
  std::uint32_t seen = 0;
  unsigned bits = 0;
  for (const char digit : text) {
    const std::uint32_t value = Base32Value(digit);
    seen |= value;
    held = (held << 5) | (value & 31);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out.bytes.push_back(static_cast<std::uint8_t>(held >> bits));
    }
  }
  out.ok = seen < 32 && bits < 5 && (held & ((1u << bits) - 1)) == 0;
  return out;
}

Bytes32 Checksum(ByteSpan payload) {
  Bytes input;
  input.reserve(64 + payload.size());
  std::ranges::copy(AsBytes("mpcstats/v1/invite-text"), std::back_inserter(input));
  input.insert(input.end(), payload.begin(), payload.end());
  const Bytes32 digest = Sha256(input);
  SecureWipe(input.data(), input.size());
  return digest;
}

std::unexpected<Error> NoInvitation(std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the invitation {}; copy the whole text that starts with {}", why, kPrefix));
}

Result<InviteToken> ReadPayload(ByteSpan bytes) {
  if (bytes.size() < kFixedBytes + kChecksumBytes ||
      bytes.size() > kFixedBytes + 32 * kMostLevels + kChecksumBytes ||
      (bytes.size() - kFixedBytes - kChecksumBytes) % 32 != 0) {
    return NoInvitation("is cut, or has something behind it");
  }
  const ByteSpan payload = bytes.first(bytes.size() - kChecksumBytes);
  const Bytes32 checksum = Checksum(payload);
  if (!ct::Equal(ByteSpan(checksum).first(kChecksumBytes), bytes.last(kChecksumBytes))) {
    return NoInvitation("has a wrong character in it");
  }
  Bytes32 seed;
  std::ranges::copy(payload.first(32), seed.begin());
  InviteToken token;
  token.seed = Secret<Bytes32>(seed);
  SecureWipe(seed.data(), seed.size());
  Reader reader(payload.subspan(32));
  token.index = reader.U32();
  while (reader.remaining() > 0) std::ranges::copy(reader.Raw(32), token.path.emplace_back().begin());
  return token;
}

}  // namespace

Result<InviteList> InviteList::Make(std::uint32_t count, Rng& rng) {
  if (count < 2 || count > kMaxInvites) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} invitations were asked for; ask for 2 to {}", count, kMaxInvites));
  }
  std::vector<Secret<Bytes32>> seeds(count);
  std::vector<Bytes32> keys(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Bytes32 seed;
    rng.Fill(seed);
    seeds[i] = Secret<Bytes32>(seed);
    SecureWipe(seed.data(), seed.size());
    keys[i] = SigningKey::FromSeed(seeds[i]).PublicKey();
  }
  return InviteList(std::move(seeds), MerkleTree(kInvitedLeafTag, keys));
}

InviteToken InviteList::Token(std::uint32_t index) const {
  CHECK(index < size());
  InviteToken token;
  token.index = index;
  token.path = tree_.Path(index);
  token.seed = seeds_[index].With(SecretAccess("hand out an invitation"),
                                  [](const Bytes32& seed) { return Secret<Bytes32>(seed); });
  return token;
}

std::string InviteText(const InviteToken& token) {
  Bytes payload;
  payload.reserve(kFixedBytes + 32 * token.path.size() + kChecksumBytes);
  token.seed.With(SecretAccess("write an invitation"),
                  [&](const Bytes32& seed) { payload.insert(payload.end(), seed.begin(), seed.end()); });
  for (unsigned i = 0; i < 4; ++i) payload.push_back(static_cast<std::uint8_t>(token.index >> (8 * i)));
  for (const Bytes32& hash : token.path) payload.insert(payload.end(), hash.begin(), hash.end());
  const Bytes32 checksum = Checksum(payload);
  payload.insert(payload.end(), checksum.begin(), checksum.begin() + kChecksumBytes);
  std::string text;
  // One allocation, so that no copy of the seed's part stays behind.
  text.reserve(kPrefix.size() + payload.size() * 8 / 5 + 1);
  text += kPrefix;
  AppendBase32(text, payload);
  SecureWipe(payload.data(), payload.size());
  return text;
}

Result<InviteToken> ParseInvite(std::string_view text) {
  if (text.size() > kLongestText) return NoInvitation("is too long");
  std::string dense;
  dense.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(dense),
                       [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  std::string start = dense.substr(0, kPrefix.size());
  std::ranges::transform(start, start.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  Result<InviteToken> token = NoInvitation(fmt::format("does not start with {}", kPrefix));
  if (start == kPrefix) {
    Base32Bytes read = ReadBase32(std::string_view(dense).substr(kPrefix.size()));
    token = read.ok ? ReadPayload(read.bytes)
                    : NoInvitation("has a character that is none of a to z and 2 to 7, or is cut");
    SecureWipe(read.bytes.data(), read.bytes.size());
  }
  SecureWipe(dense.data(), dense.size());
  return token;
}

Status CheckInvite(const InviteToken& token, const Survey& survey) {
  if (survey.eligibility != Eligibility::kInvite) {
    return Fail(ErrorCode::kInvalidArgument,
                "this survey takes answers without an invitation; answer without one");
  }
  const Bytes32 key = SigningKey::FromSeed(token.seed).PublicKey();
  if (!VerifyPath(kInvitedLeafTag, key, token.index, survey.invite_count, token.path, survey.invite_root)) {
    return Fail(ErrorCode::kInvalidArgument,
                "the invitation is for another survey; use the one that came for this survey");
  }
  return {};
}

}  // namespace mpcstats
