// Pieces of the public page. Every function gives HTML in which the texts of survey and result are escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/service/page.h"

namespace mpcstats {

/// `title` is plain text, `body` HTML.
[[nodiscard]] std::string PageShell(std::string_view title, const std::string& body);
/// A text of a stranger: escaped, and its writing direction kept inside.
[[nodiscard]] std::string TextHtml(std::string_view text);
[[nodiscard]] std::string TimeHtml(UnixSeconds time);
/// "8.40 USD" as HTML; what is not a number says why.
[[nodiscard]] std::string ValueHtml(const ReceiptOutput& output);
/// What a card says about exactness; plain text.
[[nodiscard]] std::string PrecisionText(const ReceiptOutput& output);
/// 0 where there is no value.
[[nodiscard]] double NumberOf(const ReceiptOutput& output);

/// The large figure with its scale of coloured bands, above `facts`.
[[nodiscard]] std::string HeroSection(const Survey& survey, const ReceiptOutput& output,
                                      const std::string& facts);
/// One card for each output of one value that is for everybody, but the hero; the survey's notice behind them when one is a rank statistic.
[[nodiscard]] std::string CardSection(const Survey& survey, const ReceiptBody& body,
                                      const ReceiptOutput* hero);
/// A bar from `low` to `high` that shows the number.
[[nodiscard]] std::string BarHtml(double number, double low, double high);
/// A table for each figure of several values that is for everybody: a row for each value, with bars where they are counts.
[[nodiscard]] std::string PartSection(const ReceiptBody& body);
/// The same of one figure that is split: a column for each cell.
[[nodiscard]] std::string SplitPartTable(const std::string& label,
                                         const std::vector<const ReceiptOutput*>& cells);
/// A table with bars for each figure that is split by the partition.
[[nodiscard]] std::string CellSection(const Survey& survey, const ReceiptBody& body);

}  // namespace mpcstats
