#include "mpcstats/service/page.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/page_parts.h"

namespace mpcstats {
namespace {

const ReceiptOutput& HeroOf(const Survey& survey, const ReceiptBody& body) {
  for (const ReceiptOutput& output : body.outputs) {
    if (output.cell.empty() && output.expression == survey.hero.expression) return output;
  }
  return body.outputs.front();
}

std::string BeforeFirst(const Survey& survey, const SignedSurvey& signed_survey) {
  return fmt::format(
      "<section class=\"hero\"><div class=\"label\">No result yet</div><p>A first result comes when {} "
      "answers have been "
      "counted. The survey takes answers from {} to {}.</p></section>\n",
      survey.batch_min, TimeHtml(survey.opens), TimeHtml(signed_survey.closes_at()));
}

std::string Results(const PageInput& input) {
  const Survey& survey = input.survey.survey();
  const ReceiptBody& body = input.latest->body;
  std::size_t people = 0;
  for (const BatchRef& batch : body.batches) people += batch.count;
  std::string html = "<div class=\"asof\">";
  html += fmt::format("<span>As of {}</span>", TimeHtml(body.as_of));
  html += body.next_due == 0 ? "<span>This is the last result.</span>"
                             : fmt::format("<span>Next one not before {}</span>", TimeHtml(body.next_due));
  html += fmt::format("<span>{} answers in {} closed {}</span><span>Release {}</span></div>\n",
                      GroupDigits(std::to_string(people), 0), body.batches.size(),
                      body.batches.size() == 1 ? "batch" : "batches", body.sequence);
  if (body.outputs.empty()) return html;
  const ReceiptOutput& hero = HeroOf(survey, body);
  html += HeroSection(survey, hero);
  html += CardSection(survey, body, hero);
  html += CellSection(survey, body);
  if (!survey.rank_notice.empty()) html += "<p class=\"notice\">" + EscapeHtml(survey.rank_notice) + "</p>\n";
  html += "<h2>The rule in force</h2>\n<p>" + EscapeHtml(body.rule) +
          "</p>\n<p>Who could answer: " + EscapeHtml(body.eligibility) + ".</p>\n";
  return html;
}

std::string HowToVerify(const PageInput& input) {
  const Survey& survey = input.survey.survey();
  const std::string id = EscapeHtml(survey.id);
  return fmt::format(
      "<h2>Check it yourself</h2>\n<p>Every result carries the signatures of the three parties. They hold "
      "unless two of them "
      "collude. Download <a href=\"/surveys/{0}/result.json\">result.json</a> and "
      "<a href=\"/surveys/{0}/survey.json\">survey.json</a>, compare the hash of the survey with the one "
      "that you know from "
      "elsewhere, and run:</p>\n<pre tabindex=\"0\"><code>mpcstats verify result.json --survey "
      "survey.json</code></pre>\n"
      "<p>Survey <code class=\"hash\">{1}</code></p>\n",
      id, ToHex(input.survey.hash()));
}

std::string WhoRunsIt(const Survey& survey) {
  std::string html = "<h2>Who sees what</h2>\n<ul>\n";
  for (const PartyOperator& party : survey.parties) {
    html += "<li>" + EscapeHtml(party.name) +
            " holds random shares, which say nothing about an answer by themselves.</li>\n";
  }
  html += "<li>" + EscapeHtml(survey.coordinator.name) +
          " passes sealed answers on and cannot open them.</li>\n</ul>\n";
  return html +
         "<p>Two of the three parties together could read everything. One alone can stop the survey; it "
         "cannot bend a result "
         "or read an answer.</p>\n";
}

}  // namespace

std::string RenderPage(const PageInput& input) {
  const Survey& survey = input.survey.survey();
  std::string body = "<header>\n<h1>" + EscapeHtml(survey.title) + "</h1>\n<p>" +
                     EscapeHtml(survey.description) + "</p>\n</header>\n<main>\n";
  body += input.latest ? Results(input) : BeforeFirst(survey, input.survey);
  body += HowToVerify(input) + WhoRunsIt(survey);
  if (input.earlier.size() > 1) {
    body += "<h2>All results</h2>\n<ul>\n";
    for (const std::uint32_t sequence : input.earlier) {
      body += fmt::format("<li><a href=\"/v1/surveys/{}/releases/{}\">Release {}</a></li>\n",
                          ToHex(input.survey.hash()), sequence, sequence);
    }
    body += "</ul>\n";
  }
  body += "</main>\n<footer>Computed on secret shares by three parties with mpcstats.</footer>\n";
  return PageShell(survey.title, body);
}

std::string RenderIndex(const std::vector<SignedSurvey>& surveys) {
  std::string body = "<header>\n<h1>Surveys</h1>\n</header>\n<main>\n<ul>\n";
  for (const SignedSurvey& survey : surveys) {
    body += fmt::format("<li><a href=\"/surveys/{}\">{}</a></li>\n", EscapeHtml(survey.survey().id),
                        EscapeHtml(survey.survey().title));
  }
  body += surveys.empty() ? "<li>none yet</li>\n" : "";
  return PageShell("Surveys", body + "</ul>\n</main>\n");
}

std::string RenderNotFound() {
  return PageShell("Not found",
                   "<main>\n<h1>Not found</h1>\n<p>There is no such survey here. <a href=\"/\">All "
                   "surveys</a></p>\n</main>\n");
}

std::string PageSecurityPolicy() {
  static const std::string policy = [] {
    const Bytes32 hash = Sha256(AsBytes(PageStyleText()));
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
