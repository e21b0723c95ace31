// Receipt: what a release says, in plaintext, byte-identical at all three parties and signed by each; at most one for a
// sequence number, chained by hash.
//
// The body is canonical JSON: keys sorted, no spaces, no floating-point numbers (numbers of results are decimal texts). The
// signatures are over one digest a field, so that a reader can say which field was altered:
//   digest(field) = SHA-256("mpcstats/v1/receipt-field" | u32 length | name | u32 length | canonical JSON of the value)
// where `outputs` counts as one field for each output ("outputs[3]"), and the signed bytes are
//   "mpcstats/v1/receipt" | SHA-256(for every field, names in ascending order, outputs by index: u32 length | name | digest)
//
// What the signatures say: three named operators stand by these bytes. They do not prove the figures to a reader who believes
// that two of the three collude.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mpcstats/survey/promises.h"

namespace mpcstats {

/// One of a figure's several values, such as the slope of a regression; fields as in ReceiptOutput.
struct ReceiptPart {
  std::string name;
  std::string value;
  std::string exact;
  std::string error_bound;
  std::string undefined;
};

struct ReceiptOutput {
  std::string expression;  ///< canonical, as in the catalogue
  std::string label;
  std::string cell;         ///< the partition's category; empty for everybody
  std::string value;        ///< nearest double, shortest decimal text; empty when undefined
  std::string exact;        ///< decimal or fraction text where the figure is exact
  std::string error_bound;  ///< "0" when exact
  std::string undefined;    ///< why there is no value; empty when there is one
  std::string unit;
  /// Of a figure with several values, in the order of its statistic; `value`, `exact` and `error_bound` are then empty. Other
  /// receipts have no such field.
  std::vector<ReceiptPart> parts;
  std::string
      provenance;  ///< ProvenanceText; empty in surveys without sources, whose receipts have no such field
};

struct BatchRef {
  std::uint32_t batch = 0;
  Bytes32 root{};
  std::uint32_t count = 0;
};

struct ReceiptBody {
  std::string protocol;  ///< ProtocolOf the survey
  std::string build;     ///< version of the program
  Bytes32 survey_hash{};
  std::uint32_t sequence = 0;  ///< 1, 2, ...
  Bytes32 previous{};          ///< SHA-256 of the previous body's signed bytes; zero for the first
  std::string plan;            ///< canonical plan text
  Bytes32 plan_hash{};
  Bytes32 view{};  ///< what the three sessions agreed on before they computed
  std::vector<BatchRef> batches;
  std::string gate;  ///< GateText of the survey
  std::vector<ReceiptOutput> outputs;
  std::string rule;         ///< RuleText of the survey
  std::string eligibility;  ///< EligibilityText of the survey
  UnixSeconds as_of = 0;
  UnixSeconds next_due = 0;          ///< 0: none will follow
  std::array<Bytes32, 3> signers{};  ///< identity keys
};

/// What every receipt of a survey says in words; VerifyResult compares them.
[[nodiscard]] std::string GateText(const Survey& survey);
[[nodiscard]] std::string RuleText(const Survey& survey);
/// "open: anyone could answer any number of times", ...
[[nodiscard]] std::string EligibilityText(const Survey& survey);
/// "mpcstats/1", or "mpcstats/2" for surveys with sources, whose outputs say what was proven.
[[nodiscard]] std::string ProtocolOf(const Survey& survey);
/// What a figure stands on, column by column: "balance: proven by api.exchange.example (mpc); region: declared". Columns are those
/// that the expression names, and the partition's for one of its cells. Empty for a survey without sources.
[[nodiscard]] std::string ProvenanceText(const Survey& survey, std::string_view expression,
                                         std::string_view cell);
/// Whether the figure is one person's exact value (Statistic::shows_one_value) by its canonical expression.
[[nodiscard]] bool ShowsOneValue(std::string_view expression);

[[nodiscard]] std::string CanonicalJson(const ReceiptBody& body);
/// The signed fields' names and digests, in the order in which they are signed.
using FieldDigests = std::vector<std::pair<std::string, Bytes32>>;
[[nodiscard]] FieldDigests DigestsOf(const ReceiptBody& body);
/// What the signatures are over, from the digests alone.
[[nodiscard]] Bytes ReceiptSignedBytes(const FieldDigests& digests);
[[nodiscard]] Bytes ReceiptSignedBytes(const ReceiptBody& body);
/// SHA-256 of the signed bytes: what the next receipt names as `previous`.
[[nodiscard]] Bytes32 ReceiptHash(const ReceiptBody& body);

struct Receipt {
  ReceiptBody body;
  std::array<std::optional<Signature>, 3> signatures;
};

/// Most bytes of a result.json.
inline constexpr std::size_t kMaxResultBytes = std::size_t{8} << 20;

/// result.json: {"format":"mpcstats/v1/result","survey":signed survey,"body":CanonicalJson,"field_digests":{NAME:HEX},
/// "signatures":[HEX|null x3]}.
[[nodiscard]] std::string ResultJson(const Receipt& receipt, const SignedSurvey& survey);

/// The body alone, as CanonicalJson writes it. Errors: kInvalidArgument naming the field.
[[nodiscard]] Result<ReceiptBody> ParseBody(std::string_view json);

struct ParsedResult {
  Receipt receipt;
  std::string survey_json;     ///< the embedded signed survey
  FieldDigests field_digests;  ///< as the file has them, names in ascending order
};
/// Decodes; checks no digest and no signature. Strict: unknown, missing and repeated fields, other spellings of numbers,
/// upper-case digits and floating-point numbers are refused; only white space, the order of fields and the escapes of strings
/// are free, as they do not change a value.
///
/// Errors: kInvalidArgument naming the field; the size is checked first.
[[nodiscard]] Result<ParsedResult> ParseResult(std::string_view json);

/// Whom a reader trusts: the survey itself, or its hash.
struct Pinned {
  std::optional<Bytes32> survey_hash;
};
struct VerifyReport {
  bool ok = false;             ///< no fault was found
  bool signer_pinned = false;  ///< false: the result's own keys say nothing about who signed
  /// What a reader may rely on: no fault, by signers she named herself.
  [[nodiscard]] bool Trusted() const { return ok && signer_pinned; }
  std::vector<std::string> faults;   ///< one sentence each, naming the field
  std::vector<std::string> checked;  ///< what was checked, one sentence each
};
/// Offline. Checks every field digest (naming the field that differs), the three signatures over them, that the survey hash
/// is the embedded survey's and the pinned one's, that outputs are exactly the catalogue's, that sequence, times and counts
/// are possible. Two signatures are never enough. Cost: six signatures verified, about 1 ms.
///
/// A result alone is never known to be the latest, or the only one of its number: that takes ChainFaults against another.
[[nodiscard]] VerifyReport VerifyResult(const ParsedResult& result, const Pinned& pinned);

/// Why `later` may not stand behind `earlier`, both verified: another survey, a fork (two bodies of one sequence number), a
/// replay (an older one), a broken chain, a batch that changed or went missing, a clock that ran back. Empty when it may, and
/// when both are the same.
[[nodiscard]] std::vector<std::string> ChainFaults(const ReceiptBody& earlier, const ReceiptBody& later);

}  // namespace mpcstats
