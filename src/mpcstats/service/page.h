// The public page of a survey: one HTML document with SVG, made by the server, that needs no JavaScript and asks no other host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mpcstats/survey/receipt.h"

namespace mpcstats {

struct PageInput {
  SignedSurvey survey;
  std::optional<Receipt> latest;       ///< verified by the publisher
  std::vector<std::uint32_t> earlier;  ///< sequence numbers of all releases
  std::string base_url;
};

/// Security: every text of the survey and the result is escaped.
[[nodiscard]] std::string RenderPage(const PageInput& input);
[[nodiscard]] std::string RenderIndex(const std::vector<SignedSurvey>& surveys);
[[nodiscard]] std::string RenderNotFound();

/// The Content-Security-Policy of all of them: nothing but the pages' own style, by its hash.
[[nodiscard]] std::string PageSecurityPolicy();

/// &, <, >, " and ' as entities.
[[nodiscard]] std::string EscapeHtml(std::string_view text);
/// "4435.8" as "4,435.8"; at most `decimals` digits behind the point, rounded half away from zero. Other text is left alone.
[[nodiscard]] std::string GroupDigits(std::string_view number, unsigned decimals);

}  // namespace mpcstats
