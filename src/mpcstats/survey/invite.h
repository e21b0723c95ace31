// Invitations: one secret text for each invited person, and the tree whose root the survey names.
//
//   ASSIGN_OR_RETURN(const InviteList list, InviteList::Make(500, rng));
//   // survey.toml: invite_root = ToHex(list.root()), invite_count = list.size()
//   std::string text = InviteText(list.Token(7));      // "mpcinvite1-..." for the eighth person
//   ASSIGN_OR_RETURN(InviteToken token, ParseInvite(text));
//
// A token is an Ed25519 key; the leaves of the tree are the public keys in order, with the leaf tag
// "mpcstats/v1/invited" (crypto/merkle.h). The text is the prefix and, in base 32 (RFC 4648 section 6, lower case, without
// padding),
//   seed (32 bytes) | index u32 | path (32 bytes a level) | checksum,
// where the checksum is the first 4 bytes of SHA-256("mpcstats/v1/invite-text" | all before it).
#pragma once

#include <string>
#include <string_view>

#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/merkle.h"
#include "mpcstats/survey/submission.h"

namespace mpcstats {

inline constexpr std::string_view kInvitedLeafTag = "mpcstats/v1/invited";

/// All tokens of one survey, as long as they are handed out. Move-only.
class InviteList {
 public:
  /// Fresh tokens.
  ///
  /// Cost:     about 25 us and 130 bytes a token.
  /// Security: `rng` must be the system's outside of tests. Whoever makes and hands out the tokens can answer in place of
  ///           the invited, and can tell which submission came with whose token; the answers stay hidden from it.
  /// Errors:   kInvalidArgument unless 2 <= count <= kMaxInvites.
  [[nodiscard]] static Result<InviteList> Make(std::uint32_t count, Rng& rng);

  /// For the survey's invite_root.
  [[nodiscard]] Bytes32 root() const { return tree_.Root(); }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(seeds_.size()); }
  /// The token at `index`, which must be below size().
  [[nodiscard]] InviteToken Token(std::uint32_t index) const;

 private:
  InviteList(std::vector<Secret<Bytes32>> seeds, MerkleTree tree)
      : seeds_(std::move(seeds)), tree_(std::move(tree)) {}

  std::vector<Secret<Bytes32>> seeds_;
  MerkleTree tree_;
};

/// The text for a person: 75 characters, and 51 or 52 more for each level of the tree.
/// Security: the text is a secret: the caller wipes it. The time does not depend on the seed.
[[nodiscard]] std::string InviteText(const InviteToken& token);

/// Reads InviteText again; spaces and line ends anywhere and capital letters are accepted, as mail programs make them.
///
/// Security: the time depends on lengths and on where the spaces are, not on the seed; no error repeats the text.
/// Errors:   kInvalidArgument, one sentence.
[[nodiscard]] Result<InviteToken> ParseInvite(std::string_view text);

/// Whether the token is one of this survey's, before anything is sealed with it.
/// Errors:   kInvalidArgument, one sentence for the invited person.
[[nodiscard]] Status CheckInvite(const InviteToken& token, const Survey& survey);

}  // namespace mpcstats
