// The parts of a survey file, each read and checked by a source of its own. All errors are those of ParseSurvey.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/survey/survey.h"
#include "mpcstats/survey/survey_reader.h"

namespace mpcstats {

inline constexpr unsigned kMostColumns = 64;
inline constexpr unsigned kMostFigures = 256;
inline constexpr unsigned kWidestBits = 60;  ///< of a number, sign included
inline constexpr unsigned kMostRows = 100'000;

/// [[columns]].
[[nodiscard]] Status ReadColumns(const Section& file, Survey& survey);

/// [catalogue], [[figures]] and [hero]; after the columns and group_min.
[[nodiscard]] Status ReadCatalogue(const Section& file, Survey& survey);

/// A time span: seconds as a number, or "10m". 1 second to 366 days. `example` is for the sentence when the key is absent.
[[nodiscard]] Result<unsigned> ReadDuration(const Section& section, std::string_view key,
                                            std::string_view example);

/// [[notaries]] and [[sources]]; after columns, operators and eligibility.
[[nodiscard]] Status ReadSources(const Section& file, Survey& survey);

/// "ed25519:" and 64 hexadecimal digits in lower case.
[[nodiscard]] std::optional<Bytes32> PublicKeyFrom(std::string_view text);
/// name, url and identity.
enum class UrlUse : std::uint8_t { kService, kLoopbackMayBePlain };
[[nodiscard]] Status ReadOperator(const Section& section, UrlUse use, Operator& out);

/// [[parties]], [coordinator], [publisher], [limits] and [page].
[[nodiscard]] Status ReadOperators(const Section& file, Survey& survey);

/// What the catalogue as a whole may not be; `lines` are those of the figures: rank statistics only
/// when allowed, count beside every figure of a column, few exact numbers about one column.
[[nodiscard]] Status CheckFigures(const Survey& survey, const std::vector<unsigned>& lines);

/// A figure's expression in its parts; the statistic's own rules are checked where statistics are known.
struct FigureText {
  std::string text;  ///< canonical: no spaces but one behind the comma
  std::string statistic;
  std::string column;
  std::string number;  ///< as in `text`; empty for none
};
/// Nothing when `text` is not name(column) or name(column, number).
[[nodiscard]] std::optional<FigureText> ReadFigureText(std::string_view text);
/// min, max, median, quantile and others of its kind, as in Statistic::shows_one_value: what they release is one person's exact value,
/// or that of two, or nearly.
[[nodiscard]] bool IsRankStatistic(std::string_view statistic);

/// Why `text` is not an address; empty when it is one. Hosts are names in lower case, IPv4, or IPv6 in brackets.
[[nodiscard]] std::string_view HostPortFault(std::string_view text);                ///< "host:port"
[[nodiscard]] std::string_view ServiceUrlFault(std::string_view text, UrlUse use);  ///< "https://host:port"
[[nodiscard]] std::string_view OriginFault(std::string_view text);  ///< "https://host[:port]", "null" or "*"

}  // namespace mpcstats
