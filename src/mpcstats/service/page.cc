#include "mpcstats/service/page.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/page_parts.h"
#include "mpcstats/survey/figure.h"

namespace mpcstats {
namespace {

constexpr std::size_t kReleasesShown = 20;

// What is shown large: the survey's choice, or the first figure that is one number. Nothing where all have several.
const ReceiptOutput* HeroOf(const Survey& survey, const ReceiptBody& body) {
  for (const ReceiptOutput& output : body.outputs) {
    if (output.cell.empty() && output.parts.empty() && output.expression == survey.hero.expression)
      return &output;
  }
  const auto first = std::ranges::find_if(body.outputs, [](const auto& one) { return one.parts.empty(); });
  return first == body.outputs.end() ? nullptr : &*first;
}

// Where anyone may answer again and again, answers are not people.
std::string_view Counted(const Survey& survey) {
  return survey.eligibility == Eligibility::kOpen ? "answers" : "people";
}

std::string BeforeFirst(const SignedSurvey& signed_survey) {
  const Survey& survey = signed_survey.survey();
  std::string html = fmt::format(
      "<section class=\"hero\" id=\"figures\">\n<h2 class=\"label\">No result yet</h2>\n<div class=\"value "
      "small\">A first result "
      "needs a closed batch of at least {} {}.</div>\n<ul class=\"asof\"><li>Answers from "
      "<b>{}</b></li><li>until <b>{}</b></li>"
      "</ul>\n</section>\n<h2>What will be published</h2>\n<ul>\n",
      survey.batch_min, Counted(survey), TimeHtml(survey.opens), TimeHtml(signed_survey.closes_at()));
  for (const CatalogueFigure& figure : survey.figures) {
    html += "<li>" + TextHtml(figure.label);
    const std::string by = SplitLabel(survey, figure);
    if (!by.empty()) html += ", for each group of " + TextHtml(by);
    html += "</li>\n";
  }
  html += "</ul>\n";
  if (survey.allow_rank_statistics)
    html += "<p class=\"notice\" id=\"rank\">" + TextHtml(survey.rank_notice) + "</p>\n";
  return html;
}

std::string Facts(const Survey& survey, const ReceiptBody& body) {
  std::uint64_t counted = 0;
  for (const BatchRef& batch : body.batches) counted += batch.count;
  return fmt::format(
      "<ul class=\"asof\"><li><b>{}</b> {} in {} closed {}</li><li>As of "
      "<b>{}</b></li><li>{}</li><li>Release <b>{}</b>, signed by "
      "three</li></ul>\n",
      GroupDigits(std::to_string(counted), 0), Counted(survey), body.batches.size(),
      body.batches.size() == 1 ? "batch" : "batches", TimeHtml(body.as_of),
      body.next_due == 0 ? "This is the last result"
                         : "Next one not before <b>" + TimeHtml(body.next_due) + "</b>",
      body.sequence);
}

std::string Results(const Survey& survey, const ReceiptBody& body) {
  const ReceiptOutput* hero = HeroOf(survey, body);
  std::string html = hero == nullptr
                         ? "<section class=\"hero\" id=\"figures\">\n" + Facts(survey, body) + "</section>\n"
                         : HeroSection(survey, *hero, Facts(survey, body));
  return html + CardSection(survey, body, hero) + PartSection(body) + CellSection(survey, body);
}

std::string RuleInForce(const PageInput& input) {
  const Survey& survey = input.survey.survey();
  return "<h2>The rule in force</h2>\n<p>" +
         TextHtml(input.latest ? input.latest->body.rule : RuleText(survey)) +
         "</p>\n<p><b>Who could answer:</b> " +
         TextHtml(input.latest ? input.latest->body.eligibility : EligibilityText(survey)) + ".</p>\n";
}

std::string WhatWasAsked(const Survey& survey) {
  std::string html = "<h2>What is asked</h2>\n<ul>\n";
  for (const SurveyColumn& column : survey.columns) {
    html += "<li>" + TextHtml(column.label);
    if (!column.unit.empty()) html += " (" + TextHtml(column.unit) + ")";
    if (column.kind == ColumnKind::kUnique) html += ", only to count nobody twice; it is never released";
    if (column.may_be_missing) html += ", may be left out";
    html += "</li>\n";
  }
  return html + "</ul>\n";
}

std::string OperatorHtml(const Operator& named) {
  const std::string name = TextHtml(named.name);
  if (!named.url.starts_with("https://")) return "<b>" + name + "</b>";
  return "<a href=\"" + EscapeHtml(named.url) + "\" rel=\"noreferrer\">" + name + "</a>";
}

std::string WhoSeesWhat(const Survey& survey) {
  std::string html = "<h2>Who sees what</h2>\n<div class=\"who\">\n";
  for (const PartyOperator& party : survey.parties) {
    html += "<div>" + OperatorHtml(party) +
            "<p>Computes on random shares, which say nothing about an answer by themselves.</p></div>\n";
  }
  html += "<div>" + OperatorHtml(survey.coordinator) +
          "<p>Passes sealed answers on and cannot open them.</p></div>\n";
  html += "<div><b>Everybody</b><p>The figures on this page, and no others.</p></div>\n</div>\n";
  return html +
         "<p>Two of the three computing operators together could read every answer. One alone can stop the "
         "survey; it cannot bend "
         "a result or read an answer.</p>\n";
}

std::string HowToVerify(const PageInput& input) {
  const std::string id = EscapeHtml(input.survey.survey().id);
  std::string html = "<h2>Check it yourself</h2>\n";
  if (input.latest) {
    html += fmt::format(
        "<p>This server checked the three signatures before it showed the result. To check them without "
        "trusting it, get "
        "<a href=\"/surveys/{0}/result.json\">result.json</a> and <a "
        "href=\"/surveys/{0}/survey.json\">survey.json</a>, compare "
        "the hash of the survey with the one that you know from elsewhere, and run:</p>\n<pre "
        "tabindex=\"0\"><code>curl -O {1}"
        "/surveys/{0}/result.json\ncurl -O {1}/surveys/{0}/survey.json\nmpcstats verify result.json --survey "
        "survey.json</code>"
        "</pre>\n<p>The signatures are worth something unless two of the three operators collude.</p>\n",
        id, EscapeHtml(input.base_url));
  } else {
    html += fmt::format(
        "<p>The operators signed <a href=\"/surveys/{}/survey.json\">survey.json</a>. Once there is a "
        "result, <code>mpcstats "
        "verify result.json --survey survey.json</code> checks it against that file.</p>\n",
        id);
  }
  return html + "<p class=\"hash\">Survey <code>" + ToHex(input.survey.hash()) + "</code></p>\n";
}

std::string AllReleases(const PageInput& input) {
  if (input.earlier.size() < 2) return "";
  std::string html = "<h2>All results</h2>\n<ul class=\"releases\">\n";
  const std::size_t skipped = input.earlier.size() - std::min(input.earlier.size(), kReleasesShown);
  for (std::size_t i = input.earlier.size(); i-- > skipped;) {
    const PageRelease& release = input.earlier[i];
    html +=
        fmt::format("<li><a href=\"/v1/surveys/{}/releases/{}\">Release {}</a> as of {}</li>\n",
                    ToHex(input.survey.hash()), release.sequence, release.sequence, TimeHtml(release.as_of));
  }
  html += "</ul>\n";
  if (skipped > 0) {
    html += fmt::format("<p><a href=\"/v1/surveys/{}/releases\">{} earlier ones</a></p>\n",
                        ToHex(input.survey.hash()), skipped);
  }
  return html;
}

}  // namespace

std::string RenderPage(const PageInput& input) {
  const Survey& survey = input.survey.survey();
  std::string body = "<header>\n<h1>" + TextHtml(survey.title) + "</h1>\n";
  if (!survey.description.empty()) body += "<p class=\"lead\">" + TextHtml(survey.description) + "</p>\n";
  body += "</header>\n<main>\n";
  body += input.latest ? Results(survey, input.latest->body) : BeforeFirst(input.survey);
  body += "<div class=\"columns\"><div>\n" + RuleInForce(input) + WhatWasAsked(survey) + "</div><div>\n" +
          HowToVerify(input) + AllReleases(input) + "</div></div>\n" + WhoSeesWhat(survey) + "</main>\n";
  return PageShell(survey.title, body);
}

std::string RenderIndex(const std::vector<SignedSurvey>& surveys) {
  std::string body = "<header>\n<h1>Surveys</h1>\n</header>\n<main id=\"figures\">\n<ul class=\"surveys\">\n";
  for (const SignedSurvey& survey : surveys) {
    body += fmt::format(
        "<li><a href=\"/surveys/{}\">{}</a><span class=\"soft\">answers from {} to {}</span></li>\n",
        EscapeHtml(survey.survey().id), TextHtml(survey.survey().title), TimeHtml(survey.survey().opens),
        TimeHtml(survey.closes_at()));
  }
  if (surveys.empty()) body += "<li>None yet.</li>\n";
  return PageShell("Surveys", body + "</ul>\n</main>\n");
}

std::string RenderNotFound() {
  return PageShell(
      "Not found",
      "<header>\n<h1>Not found</h1>\n</header>\n<main id=\"figures\">\n<p>There is no such survey here. "
      "<a href=\"/\">All surveys</a></p>\n</main>\n");
}

std::string PageSecurityPolicy() {
  static const std::string policy = [] {
    const Bytes32 hash = Sha256(AsBytes(PageStyle()));
    std::array<unsigned char, 48> text{};
    EVP_EncodeBlock(text.data(), hash.data(), static_cast<int>(hash.size()));
    return fmt::format(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
        reinterpret_cast<const char*>(text.data()));
  }();
  return policy;
}

}  // namespace mpcstats
