// Pieces of the public page.
#pragma once

#include <string>

#include "mpcstats/service/page.h"

namespace mpcstats {

[[nodiscard]] std::string_view PageStyleText();
/// `title` is plain text, `body` HTML.
[[nodiscard]] std::string PageShell(std::string_view title, const std::string& body);
/// The large figure with its scale of coloured bands.
[[nodiscard]] std::string HeroSection(const Survey& survey, const ReceiptOutput& output);
/// One card for each output that is for everybody, but the hero.
[[nodiscard]] std::string CardSection(const Survey& survey, const ReceiptBody& body,
                                      const ReceiptOutput& hero);
/// A table with bars for each figure that is split by the partition.
[[nodiscard]] std::string CellSection(const Survey& survey, const ReceiptBody& body);
/// "8.40 USD" as HTML; what is not a number says why.
[[nodiscard]] std::string ValueHtml(const ReceiptOutput& output);
/// What a card says about exactness.
[[nodiscard]] std::string PrecisionText(const ReceiptOutput& output);
[[nodiscard]] std::string TimeHtml(UnixSeconds time);

}  // namespace mpcstats
