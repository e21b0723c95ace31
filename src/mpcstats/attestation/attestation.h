// Attestation: what a notary says about one TLS session, signed; and the presentation of it that a prover shows.
//
//   ASSIGN_OR_RETURN(Presentation full, DecodePresentation(bytes));             // as the notary gave it
//   const Bytes shown = EncodePresentation(Withhold(full));                     // as the parties of a survey get it
//   CHECK(VerifyPresentation(DecodePresentation(shown).value(), notary_key));
//
// The facts stand in six leaves, each with 16 bytes of salt; the notary signs the Merkle root of their hashes. The last two
// leaves (exact times, lengths, record counts, offsets, addresses) tell how many digits a hidden number has, so they can be
// withheld: then their hashes stand in their places.
//
//   leaf_i       = SHA-256(0x00 | "mpcstats/v1/attestation-leaf" | i u8 | salt (16 bytes) | content_i)
//   signature    = Ed25519(notary key, "mpcstats/v1/attestation" | version u16 | key_id | leaves u8 | Merkle root)
//   key_id       = SHA-256("mpcstats/v1/notary-key" | public key)
//   presentation = "mpcstats/v1/attestation" | version u16 | key_id
//                  | 6 * { 1 u8 | salt | length u32 | content   or   0 u8 | leaf hash } | signature
//   its hash     = SHA-256("mpcstats/v1/attestation-hash" | presentation)
//
// Integers are little-endian. docs/attestation.md has the contents of the leaves field by field.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/base/error.h"
#include "mpcstats/base/rng.h"
#include "mpcstats/crypto/ed25519.h"

namespace mpcstats {

/// Who held the session keys while the server's bytes were on their way. Lower is stronger.
enum class AttestationMode : std::uint8_t {
  kMpc = 1,    ///< nobody alone: prover and notary together were the TLS client
  kProxy = 2,  ///< the prover: the notary relayed and logged the bytes. Weaker
};

/// Leaf 0. Times are rounded down to the minute: seconds would help to find the session in a server's log.
struct SessionFacts {
  AttestationMode mode = AttestationMode::kMpc;
  std::uint16_t tls = 0x0303;    ///< version on the wire
  std::uint16_t suite = 0xc02f;  ///< cipher suite
  std::uint16_t group = 0x0017;  ///< group of the key exchange
  Bytes32 session_id{};          ///< the notary's, fresh for every session
  Bytes32 context{};             ///< what the notary was given before it spoke to the server: a survey's ctx
  std::uint64_t start_minute = 0;  ///< minutes since 1970-01-01 UTC, by the notary's clock
  std::uint64_t end_minute = 0;
  bool complete = false;  ///< the server closed its side in the way TLS asks for
};

/// Leaf 1.
struct ServerFacts {
  std::string host;  ///< the name that the certificate was checked for, lower case
  Bytes32 spki_hash{};
  Bytes32 chain_hash{};
  Bytes32 root_store{};  ///< which list of certificate authorities was used
};

enum class AttestedKind : std::uint8_t { kNumber = 1, kCategory = 2, kUnique = 3 };

/// The type of one hidden column, as the template yields it and the circuit encodes it.
struct AttestedColumn {
  std::string name;  ///< [a-z][a-z0-9_]{0,31}
  AttestedKind kind = AttestedKind::kNumber;
  std::uint8_t scale = 0;       ///< numbers: decimals kept
  std::uint16_t bits = 0;       ///< of the encoded value, without the validity bit
  bool may_be_missing = false;  ///< a validity bit stands before the value
  std::int64_t min_units = 0;   ///< numbers: units of the smallest value; categories: 0
  std::int64_t max_units = 0;   ///< numbers: of the largest; categories: the last index
  Bytes32 categories{};         ///< categories: HashOfCategories of their texts, in order; else zero
  bool operator==(const AttestedColumn&) const = default;
};

/// SHA-256("mpcstats/v1/categories" | n u64 | each length u64 and text): which text each index stands for.
[[nodiscard]] Bytes32 HashOfCategories(const std::vector<std::string>& categories);

/// How the components of the hidden columns are committed to. 1: SHA-256 behind a public block (survey/submission.h).
inline constexpr std::uint8_t kCommitSha256 = 1;

/// Leaf 2: what was proven. No column: nothing but the public facts.
struct StatementFacts {
  Bytes32 template_hash{};
  std::uint8_t header_group = 0;  ///< of the survey's header
  std::uint8_t commit_alg = kCommitSha256;
  std::uint16_t bits = 0;  ///< of a component
  std::vector<AttestedColumn> columns;
  std::array<Bytes32, 3> commitments{};
};

struct NamedBytes {
  std::string name;
  Bytes value;
};
struct NamedPredicate {
  std::string name;
  bool holds = false;
};
/// Leaf 3: what the template shows to everybody beyond its own literals.
struct PublicFacts {
  std::vector<NamedBytes> values;
  std::vector<NamedPredicate> predicates;
};

struct RevealedRange {
  std::uint8_t direction = 0;  ///< 0 sent, 1 received
  std::uint32_t offset = 0;
  Bytes bytes;
};
/// Leaf 4, withheld from the parties of a survey.
struct TranscriptFacts {
  std::uint64_t start_ms = 0;  ///< since 1970-01-01 UTC
  std::uint64_t end_ms = 0;
  std::uint32_t sent_bytes = 0;
  std::uint32_t received_bytes = 0;
  std::uint32_t sent_records = 0;
  std::uint32_t received_records = 0;
  std::vector<RevealedRange> revealed;
};

/// Leaf 5, withheld from the parties of a survey. Empty in mode mpc, where the prover connects.
struct NetworkFacts {
  std::string egress;  ///< the address that the notary's connection came from
  std::string peer;    ///< the address that the host's name stood for
};

struct Attestation {
  SessionFacts session;
  ServerFacts server;
  StatementFacts statement;
  PublicFacts open;
  TranscriptFacts transcript;
  NetworkFacts network;
};

inline constexpr std::uint16_t kAttestationVersion = 1;
inline constexpr std::size_t kAttestationLeaves = 6;
inline constexpr std::size_t kAttestationAlwaysShown = 4;  ///< leaves 0 to 3
inline constexpr std::size_t kMostAttestedColumns = 16;
inline constexpr std::size_t kMaxAttestationBytes = std::size_t{1} << 20;

using LeafSalt = std::array<std::uint8_t, 16>;

/// A signed attestation of which each of the last two leaves is shown or withheld. Nothing in it is verified yet.
struct Presentation {
  Bytes32 key_id{};
  Attestation facts;  ///< of the leaves that are shown
  std::array<LeafSalt, kAttestationLeaves> salts{};
  std::array<std::optional<Bytes32>, kAttestationLeaves> withheld;  ///< the hashes in their places
  Signature signature{};
};

[[nodiscard]] Bytes32 NotaryKeyId(const Bytes32& public_key);

/// The notary's signed word, with every leaf shown. `facts` must be within the limits of the decoder (CHECKed).
/// Security: the salts come from `rng`: without them the content of a withheld leaf could be guessed.
[[nodiscard]] Presentation SignAttestation(const Attestation& facts, const SigningKey& notary, Rng& rng);

[[nodiscard]] Bytes EncodePresentation(const Presentation& presentation);
/// Strict: what decodes has one encoding. Cost: linear in `bytes`, at most kMaxAttestationBytes.
/// Errors: kProtocolViolation, one sentence.
[[nodiscard]] Result<Presentation> DecodePresentation(ByteSpan bytes);

/// The presentation without its transcript and network leaves.
[[nodiscard]] Presentation Withhold(Presentation presentation);

/// True when the holder of `notary_key` signed exactly these facts. Cost: one signature check, about 12 hashes.
[[nodiscard]] bool VerifyPresentation(const Presentation& presentation, const Bytes32& notary_key);

/// What a survey's header names.
[[nodiscard]] Bytes32 AttestationHash(ByteSpan presentation_bytes);

}  // namespace mpcstats
