// The public page of a survey: one HTML document with SVG, made by the server, that needs no JavaScript and asks no other host.
//
//   HttpResponse response;
//   response.headers.emplace_back("Content-Security-Policy", PageSecurityPolicy());
//   response.body = RenderPage({.survey = survey, .latest = receipt, .earlier = releases, .base_url = url});
//
// Nothing on a page depends on the time of its making, so that it may be cached: times are absolute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpcstats/survey/receipt.h"

namespace mpcstats {

struct PageRelease {
  std::uint32_t sequence = 0;
  UnixSeconds as_of = 0;
};

struct PageInput {
  SignedSurvey survey;
  std::optional<Receipt> latest;     ///< verified by the publisher against `survey`
  std::vector<PageRelease> earlier;  ///< all releases, in ascending order
  std::string base_url;              ///< where people find this server; for the commands that the page shows
};

/// The page of one survey.
///
/// Security: every text of the survey and the result is escaped, and stands in a box of its own writing direction. No
///           script, no attribute `style`, no address of another host but links to https: addresses that the survey names.
[[nodiscard]] std::string RenderPage(const PageInput& input);
[[nodiscard]] std::string RenderIndex(const std::vector<SignedSurvey>& surveys);
[[nodiscard]] std::string RenderNotFound();

/// The one stylesheet of all pages: the text between <style> and </style>.
[[nodiscard]] std::string_view PageStyle();
/// The Content-Security-Policy of all of them: nothing but the pages' own style, by its hash.
[[nodiscard]] std::string PageSecurityPolicy();

/// &, <, >, " and ' as entities.
[[nodiscard]] std::string EscapeHtml(std::string_view text);
/// "4435.8" as "4,435.8"; at most `decimals` digits behind the point, rounded half away from zero and without zeros at the
/// end where digits were cut. Text that is not digits with at most one point is left alone.
[[nodiscard]] std::string GroupDigits(std::string_view number, unsigned decimals);

}  // namespace mpcstats
