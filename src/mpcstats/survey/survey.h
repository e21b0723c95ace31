// Survey: what is asked, who may answer, what will ever be released, who runs it. Read from one TOML file.
//
//   ASSIGN_OR_RETURN(Survey survey, ParseSurvey(text));
//
// The file is what the three parties sign (signed_survey.h); nothing outside it decides what is computed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/attestation/check.h"
#include "mpcstats/base/bytes.h"
#include "mpcstats/base/error.h"
#include "mpcstats/table/column.h"

namespace mpcstats {

/// Seconds since 1970-01-01 UTC.
using UnixSeconds = std::int64_t;

enum class ColumnKind : std::uint8_t {
  kNumber,    ///< exact decimal within [min, max]
  kCategory,  ///< one of a public list
  kUnique,    ///< a hidden identifier of 1 to 16 printable ASCII bytes; becomes a pseudonym at close
};

struct SurveyColumn {
  std::string name;   ///< [a-z][a-z0-9_]{0,31}
  std::string label;  ///< for people; the name when the file has none
  std::string unit;
  ColumnKind kind = ColumnKind::kNumber;
  bool may_be_missing = false;  ///< never for kUnique
  // kNumber: units are value * 10^scale
  unsigned scale = 0;
  std::int64_t min_units = 0;
  std::int64_t max_units = 0;
  // kCategory: 2 to 256 distinct texts, encoded as their index
  std::vector<std::string> categories;

  /// The type in statistics: numbers by their range, categories as unsigned indices. Not for kUnique.
  [[nodiscard]] ColumnType Type() const;
  /// Bits of the encoded value without the validity bit; 128 for kUnique.
  [[nodiscard]] unsigned value_bits() const;
};

enum class Eligibility : std::uint8_t { kOpen, kInvite, kProven };

/// Most invitations of one survey.
inline constexpr std::uint32_t kMaxInvites = 1'000'000;

/// One released figure: an expression of query/parse.h, for everybody or for each cell of the partition.
struct CatalogueFigure {
  std::string expression;  ///< canonical text
  std::string label;
  bool by_partition = false;
};

struct Operator {
  std::string name;
  std::string url;       ///< "https://host:port", no path
  Bytes32 identity_key;  ///< raw Ed25519 public key
};

struct PartyOperator : Operator {
  std::string mpc_address;  ///< "host:port" of the links between parties
};

/// A witness of TLS sessions, and the keys it may sign attestations with. Its identity signs lists of revoked keys.
struct SurveyNotary : Operator {
  std::vector<NotaryKey> keys;  ///< 1 to 16; `revoked_at` is 0
};

/// A website that proves some of the columns.
struct SurveySource {
  std::string id;             ///< [a-z][a-z0-9-]{0,31}
  std::string host;           ///< lower case, no port
  Bytes32 template_hash{};    ///< of the template's canonical bytes
  std::string template_file;  ///< its name beside the survey file, for people; empty for none
  AttestationMode weakest = AttestationMode::kMpc;
  unsigned max_age_seconds = 0;  ///< from the end of the session until a party gets the answer
  std::optional<Bytes32>
      root_store;  ///< the list of certificate authorities; nothing: any that the notary uses
  std::vector<std::size_t> columns;   ///< indices, ascending
  std::vector<std::size_t> notaries;  ///< indices, ascending
};
inline constexpr std::size_t kMostSources = 7;

struct HeroScale {
  std::string expression;                             ///< the figure shown large; empty: the first
  std::vector<std::pair<double, std::string>> up_to;  ///< ascending bounds with a word each ("low" up to 0.3)
};

struct Survey {
  std::string id;  ///< [a-z][a-z0-9-]{0,63}, for addresses
  std::string title;
  std::string description;
  UnixSeconds opens = 0;
  UnixSeconds closes = 0;
  unsigned retention_days = 0;  ///< after `closes` shares are destroyed
  Eligibility eligibility = Eligibility::kOpen;
  Bytes32 invite_root{};  ///< kInvite: Merkle root of the invited keys
  std::uint32_t invite_count = 0;
  unsigned batch_min = 0;  ///< k: distinct providers of a batch, at least 2 (and >= group_min)
  unsigned batch_max = 0;  ///< most rows of a batch
  unsigned group_min = 0;  ///< m: newcomers of every atom are 0 or at least m
  unsigned release_every_seconds = 0;
  std::vector<SurveyColumn> columns;
  std::vector<SurveyNotary> notaries;
  std::vector<SurveySource> sources;     ///< kProven: at least one. Columns of none are declared
  std::optional<std::size_t> partition;  ///< index of the one kCategory column by which figures are split
  std::vector<CatalogueFigure> figures;
  bool allow_rank_statistics = false;  ///< min, max, median, quantile: one person's exact value
  std::string rank_notice;             ///< the sentence shown to providers; needed when allowed
  HeroScale hero;
  std::array<PartyOperator, 3> parties;
  Operator coordinator;
  std::optional<Operator> publisher;
  std::vector<std::string> cors_origins;
  unsigned posts_per_minute = 600;  ///< accepted uploads from one address

  /// Index of the kUnique column, if there is one.
  [[nodiscard]] std::optional<std::size_t> UniqueColumn() const;
  [[nodiscard]] const SurveyColumn* FindColumn(std::string_view name) const;
  /// The source that proves the column; null when it is declared.
  [[nodiscard]] const SurveySource* SourceOf(std::size_t column) const;
};

/// Reads and checks a survey file. docs/writing-a-survey.md describes every key.
///
/// Errors: kInvalidArgument, one sentence with line, key, and what to write instead (unknown keys too);
///         kUnimplemented for mode "analyst", differential privacy.
[[nodiscard]] Result<Survey> ParseSurvey(std::string_view toml_text);

/// RFC 3339 in UTC ("2026-11-23T09:00:00Z") and back. Whole seconds from 1970 to 9999; reading takes an offset ("+01:00")
/// in place of Z, writing takes the nearest end for a time outside.
/// Errors: kInvalidArgument, the rest of a sentence that quotes the text.
[[nodiscard]] std::string FormatTime(UnixSeconds time);
[[nodiscard]] Result<UnixSeconds> ParseTime(std::string_view text);

}  // namespace mpcstats
