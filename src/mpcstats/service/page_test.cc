// The public page: what it says, what it never says, and that no text of a stranger leaves its place.
#include "mpcstats/service/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

#include "mpcstats/crypto/sha256.h"
#include "mpcstats/service/page_parts.h"
#include "mpcstats/survey/receipt_testing.h"

namespace mpcstats {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const SampleSurvey& Sample() {
  static const SampleSurvey sample = MakeSampleSurvey();
  return sample;
}
ReceiptBody Body() { return SampleBody(Sample().survey); }
PageInput InputOf(const SampleSurvey& sample, const ReceiptBody& body) {
  return {.survey = sample.survey,
          .latest = Receipt{.body = body, .signatures = {}},
          .earlier = {},
          .base_url = "https://stats.example"};
}
std::string Page(const ReceiptBody& body) { return RenderPage(InputOf(Sample(), body)); }
std::string PageBefore(const SampleSurvey& sample) {
  return RenderPage(
      {.survey = sample.survey, .latest = std::nullopt, .earlier = {}, .base_url = "https://stats.example"});
}
ReceiptOutput Output(std::string value, std::string exact, std::string bound) {
  ReceiptOutput output;
  output.expression = "mean(balance)";
  output.value = std::move(value);
  output.exact = std::move(exact);
  output.error_bound = std::move(bound);
  return output;
}

std::size_t CountOf(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Reads the document as a browser reads what we write: tags in order, attributes in double quotes. Fails on a tag or an
// attribute that no page has, on an address of another kind, and on tags that do not nest.
class Document {
 public:
  explicit Document(const std::string& html) : html_(html) {
    while (at_ < html_.size()) {
      if (html_[at_] != '<') {
        EXPECT_NE(html_[at_], '>') << Around();
        ++at_;
      } else if (html_.compare(at_, 15, "<!DOCTYPE html>") == 0) {
        at_ += 15;
      } else if (!Tag()) {
        ADD_FAILURE() << "no tag of ours: " << Around();
        return;
      }
    }
    EXPECT_TRUE(open_.empty()) << open_.back();
  }

 private:
  bool Tag() {
    ++at_;
    const bool closing = Take("/");
    const std::string name = Word();
    static const std::set<std::string> kTags = {
        "html",   "head",   "meta", "title", "link", "style",  "body",    "nav",     "a",     "svg",
        "circle", "header", "h1",   "p",     "main", "div",    "h2",      "section", "ul",    "li",
        "b",      "bdi",    "time", "h3",    "span", "rect",   "caption", "table",   "thead", "tbody",
        "tr",     "th",     "td",   "pre",   "code", "footer", "path",    "text"};
    if (!kTags.contains(name)) return false;
    if (closing) {
      if (open_.empty() || open_.back() != name) return false;
      open_.pop_back();
      return Take(">");
    }
    while (Take(" ")) {
      if (!Attribute()) return false;
    }
    const bool empty = Take("/");
    if (!Take(">")) return false;
    if (name == "style") at_ = html_.find("</style>", at_);  // raw text up to its end
    if (!empty && name != "meta" && name != "link") open_.push_back(name);
    return true;
  }

  bool Attribute() {
    const std::string name = Word();
    static const std::set<std::string> kAttributes = {
        "lang",    "charset",     "name",       "content",         "rel",  "href",  "class",    "id",
        "viewBox", "aria-hidden", "aria-label", "aria-labelledby", "role", "cx",    "cy",       "r",
        "x",       "y",           "width",      "height",          "d",    "scope", "tabindex", "datetime"};
    if (!kAttributes.contains(name) || !Take("=\"")) return false;
    const std::size_t end = html_.find('"', at_);
    const std::string value = html_.substr(at_, end - at_);
    at_ = end + 1;
    if (name != "href") return value.find('<') == std::string::npos;
    return value.starts_with('/') || value.starts_with('#') || value.starts_with("https://") ||
           value == "data:,";
  }

  std::string Word() {
    const std::size_t first = at_;
    while (at_ < html_.size() &&
           (std::isalnum(static_cast<unsigned char>(html_[at_])) != 0 || html_[at_] == '-'))
      ++at_;
    return html_.substr(first, at_ - first);
  }
  bool Take(std::string_view text) {
    if (html_.compare(at_, text.size(), text) != 0) return false;
    at_ += text.size();
    return true;
  }
  [[nodiscard]] std::string Around() const { return html_.substr(at_ < 40 ? 0 : at_ - 40, 120); }

  const std::string& html_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
};

// --- strangers' texts -----------------------------------------------------------------------------------------------

constexpr std::string_view kAttack = "\"'><script>alert(1)</script><!--&amp;<img src=x onerror=y>";

TEST(RenderPage, EscapesEveryText) {
  const std::string attack(kAttack);
  const SampleSurvey hostile =
      MakeSampleSurvey({.title = attack, .description = attack, .operator_name = attack, .seed = 4});
  ReceiptBody body = SampleBody(hostile.survey);
  body.rule = body.eligibility = attack;
  for (ReceiptOutput& output : body.outputs) {
    output.label = output.unit = attack;
    if (!output.cell.empty()) output.cell = attack;
  }
  body.outputs[1].value = body.outputs[2].error_bound = body.outputs[3].exact = attack;
  body.outputs[4].undefined = attack;
  PageInput input = InputOf(hostile, body);
  input.base_url = attack;
  for (const std::string& page : {RenderPage(input), PageBefore(hostile), RenderIndex({hostile.survey})}) {
    const Document document(page);
    EXPECT_THAT(page, HasSubstr(EscapeHtml(attack)));
    EXPECT_EQ(CountOf(page, "<script"), 0u);
    EXPECT_EQ(CountOf(page, "<img"), 0u);
    EXPECT_EQ(CountOf(page, "<!--"), 0u);
    EXPECT_EQ(CountOf(page, "</style>"), 1u);
  }
}

TEST(RenderPage, KeepsTheWritingDirectionOfATextInside) {
  ReceiptBody body = Body();
  body.outputs[1].label = "\xe2\x80\xaeltr";
  EXPECT_THAT(Page(body), HasSubstr("<bdi>\xe2\x80\xaeltr</bdi>"));
}

TEST(EscapeHtml, LeavesNoCharacterThatEndsATextOrAnAttribute) {
  EXPECT_EQ(EscapeHtml("a&b<c>d\"e'f"), "a&amp;b&lt;c&gt;d&quot;e&#39;f");
  EXPECT_EQ(EscapeHtml("Zürich 🎉"), "Zürich 🎉");
}

TEST(RenderPage, IsOneDocumentThatAsksNobody) {
  for (const std::string& page : {Page(Body()), PageBefore(Sample()), RenderIndex({Sample().survey}),
                                  RenderIndex({}), RenderNotFound()}) {
    const Document document(page);
    for (const char* wanting : {"<script", " src=", " style=", "@import", "url(", "<iframe", "<form"}) {
      EXPECT_THAT(page, Not(HasSubstr(wanting)));
    }
  }
}

TEST(PageSecurityPolicy, NamesTheStyleOfEveryPage) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (const std::string& page : {Page(Body()), RenderIndex({}), RenderNotFound()}) {
    const std::size_t first = page.find("<style>") + 7;
    const Bytes32 hash = Sha256(AsBytes(std::string_view(page).substr(first, page.find("</style>") - first)));
    std::string base64;
    for (std::size_t bit = 0; bit < 258; bit += 6) {
      unsigned digit = 0;
      for (std::size_t i = bit; i < bit + 6; ++i) {
        digit = 2 * digit + (i < 256 ? hash[i / 8] >> (7 - i % 8) & 1u : 0u);
      }
      base64.push_back(kDigits[digit]);
    }
    EXPECT_THAT(PageSecurityPolicy(), HasSubstr("style-src 'sha256-" + base64 + "='"));
  }
  EXPECT_THAT(PageSecurityPolicy(), testing::StartsWith("default-src 'none'"));
  EXPECT_THAT(PageSecurityPolicy(), Not(HasSubstr("unsafe")));
}

// --- words ----------------------------------------------------------------------------------------------------------

TEST(RenderPage, NeverClaimsWhatDoesNotHold) {
  const SampleSurvey invited = MakeSampleSurvey({.eligibility = "invite", .seed = 5});
  for (std::string page : {Page(Body()), PageBefore(Sample()), PageBefore(invited),
                           RenderPage(InputOf(invited, SampleBody(invited.survey))), RenderNotFound()}) {
    std::ranges::transform(page, page.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* word :
         {"anonym", "differential", "infer", "epsilon", "budget", "noise", "guarantee", "impossible"}) {
      EXPECT_THAT(page, Not(HasSubstr(word)));
    }
  }
}

TEST(RenderPage, CountsAnswersWhereAnybodyMayAnswerAgain) {
  EXPECT_THAT(Page(Body()), HasSubstr("<b>137</b> answers in 2 closed batches"));
  EXPECT_THAT(Page(Body()), HasSubstr("anyone could answer any number of times"));
  const SampleSurvey invited = MakeSampleSurvey({.eligibility = "invite", .seed = 5});
  EXPECT_THAT(RenderPage(InputOf(invited, SampleBody(invited.survey))),
              HasSubstr("<b>137</b> people in 2 closed"));
}

TEST(RenderPage, SaysHowToVerify) {
  const std::string page = Page(Body());
  EXPECT_THAT(page, HasSubstr("mpcstats verify result.json --survey survey.json"));
  EXPECT_THAT(page, HasSubstr("curl -O https://stats.example/surveys/ether-2026/result.json"));
  EXPECT_THAT(page, HasSubstr("href=\"/surveys/ether-2026/survey.json\""));
  EXPECT_THAT(page, HasSubstr(ToHex(Sample().survey.hash())));
  EXPECT_THAT(page, HasSubstr("unless two of the three operators collude"));
}

TEST(RenderPage, SaysWhoSeesWhat) {
  const std::string page = Page(Body());
  for (const PartyOperator& party : Sample().survey.survey().parties)
    EXPECT_THAT(page, HasSubstr(party.name));
  EXPECT_THAT(page, HasSubstr("Open Ether Survey"));
  EXPECT_THAT(page, HasSubstr("together could read every answer"));
}

TEST(RenderPage, GivesTimesToPeopleAndPrograms) {
  EXPECT_THAT(
      Page(Body()),
      HasSubstr("As of <b><time datetime=\"2026-11-23T09:00:00Z\">23 November 2026, 09:00 UTC</time>"));
  EXPECT_THAT(Page(Body()), HasSubstr("Next one not before <b><time datetime=\"2026-11-24T09:00:00Z\">"));
}

TEST(RenderPage, SaysWhenNoneWillFollow) {
  ReceiptBody body = Body();
  body.next_due = 0;
  EXPECT_THAT(Page(body), HasSubstr("This is the last result"));
  EXPECT_THAT(Page(body), Not(HasSubstr("1970")));
}

TEST(RenderPage, SaysWhatIsMissingBeforeTheFirstRelease) {
  const std::string page = PageBefore(Sample());
  EXPECT_THAT(page, HasSubstr("No result yet"));
  EXPECT_THAT(page, HasSubstr("closed batch of at least 20 answers"));
  EXPECT_THAT(page, HasSubstr("<time datetime=\"2026-11-01T08:00:00Z\">"));
  EXPECT_THAT(page, HasSubstr("<time datetime=\"2026-12-15T20:00:00Z\">"));
  EXPECT_THAT(page, HasSubstr("<bdi>Gini index</bdi>"));
  EXPECT_THAT(page, Not(HasSubstr("result.json\">")));  // no link to a file that is not there
  EXPECT_THAT(page, Not(HasSubstr("class=\"scale\"")));
}

TEST(RenderPage, ShowsTheNoticeOfRankStatistics) {
  const std::string& notice = Sample().survey.survey().rank_notice;
  EXPECT_EQ(CountOf(Page(Body()), EscapeHtml(notice)), 1u);
  EXPECT_EQ(CountOf(Page(Body()), "One person&#39;s exact value"), 2u);  // median and largest
  EXPECT_THAT(PageBefore(Sample()), HasSubstr(EscapeHtml(notice)));
}

TEST(RenderPage, HasNoNoticeWithoutRankStatistics) {
  const SampleSurvey sample = MakeSampleSurvey({.rank_statistics = false, .partition = false, .seed = 6});
  const std::string page = RenderPage(InputOf(sample, SampleBody(sample.survey)));
  EXPECT_THAT(page, Not(HasSubstr("exact value</a>")));
  EXPECT_THAT(page, Not(HasSubstr("class=\"notice\"")));
  EXPECT_THAT(page, Not(HasSubstr("<table")));
}

// --- figures --------------------------------------------------------------------------------------------------------

TEST(RenderPage, ShowsEveryFigureOnce) {
  const std::string page = Page(Body());
  EXPECT_EQ(CountOf(page, "<span class=\"n\">"), Body().outputs.size());
  EXPECT_EQ(CountOf(page, "class=\"card\""), 4u);
  EXPECT_EQ(CountOf(page, "<table>"), 2u);
  EXPECT_EQ(CountOf(page, "<th scope=\"row\">"), 8u);
  EXPECT_THAT(page, HasSubstr("12,840.5</span> <span class=\"unit\"><bdi>ETH</bdi>"));
}

TEST(RenderPage, ShowsTheGroupsOfAQueryUnderWhatTheyAreBy) {
  const SampleSurvey sample = MakeSampleSurvey(
      {.rank_statistics = false,
       .more = "[[figures]]\nexpr = \"SELECT count(balance) FROM data WHERE region <> 'Asia' GROUP BY "
               "bucket(balance, "
               "10)\"\nlabel = \"People outside Asia\"\n"
               "[[figures]]\nexpr = \"SELECT count(balance) FROM data WHERE balance > 0.5\"\n"});
  const ReceiptBody body = SampleBody(sample.survey);
  const std::string page = RenderPage(InputOf(sample, body));
  const Document document(page);
  EXPECT_THAT(page, HasSubstr("By group: <bdi>bucket(balance, 10)</bdi>"));
  EXPECT_THAT(page, HasSubstr("People outside Asia"));
  EXPECT_THAT(page, HasSubstr("10 and above"));
  EXPECT_THAT(page, HasSubstr("WHERE balance &gt; 0.5"));
  EXPECT_EQ(CountOf(page, "<caption>"), 3u);
  EXPECT_THAT(PageBefore(sample), HasSubstr("for each group of <bdi>bucket(balance, 10)</bdi>"));
}

ReceiptPart Part(const std::string& name, const std::string& value, bool exact) {
  return {.name = name,
          .value = value,
          .exact = exact ? value : "",
          .error_bound = exact ? "0" : "1e-7",
          .undefined = ""};
}

ReceiptBody BodyWithParts() {
  ReceiptBody body = Body();
  // Of the sample, one figure for everybody that is not the hero, and those of the first cell.
  ReceiptOutput& counts = body.outputs[1];
  counts.value = counts.exact = counts.error_bound = counts.unit = "";
  counts.parts = {Part("below <10", "1200", true), Part("10 or more", "0", true)};
  for (std::size_t i = 0; i < body.outputs.size(); ++i) {
    ReceiptOutput& output = body.outputs[i];
    if (output.cell.empty() || output.expression != body.outputs.back().expression) continue;
    output.value = output.exact = output.error_bound = "";
    if (&output == &body.outputs.back()) {
      output.undefined = "x is constant";
    } else {
      output.parts = {Part("slope", "-0.25", false), Part("intercept", "3", false)};
    }
  }
  return body;
}

TEST(RenderPage, ShowsTheValuesOfAFigureInATable) {
  const ReceiptBody body = BodyWithParts();
  const std::string page = Page(body);
  const Document document(page);
  EXPECT_THAT(page, HasSubstr("<bdi>below &lt;10</bdi><svg class=\"bars\""));
  EXPECT_THAT(page, HasSubstr("<span class=\"n\">1,200</span>"));
  EXPECT_EQ(CountOf(page, "<caption>" + TextHtml(body.outputs[1].label)), 1u);
  EXPECT_EQ(CountOf(page, "<div class=\"wide\""), 1u);
  EXPECT_THAT(page, HasSubstr("error bounds in result.json"));
  EXPECT_EQ(CountOf(page, "no value: <bdi>x is constant</bdi>"), 1u);
  EXPECT_GE(CountOf(page,
                    "\xe2\x88\x92"
                    "0.25"),
            1u);
  EXPECT_EQ(CountOf(Page(Body()), "class=\"wide\""), 0u);
}

TEST(RenderPage, ShowsNothingLargeWhereEveryFigureHasSeveralValues) {
  ReceiptBody body = Body();
  for (ReceiptOutput& output : body.outputs) {
    output.value = output.exact = output.error_bound = "";
    output.parts = {Part("low", "1", false), Part("high", "2", false)};
  }
  const std::string page = Page(body);
  const Document document(page);
  EXPECT_EQ(CountOf(page, "hero-label"), 0u);
  EXPECT_EQ(CountOf(page, "class=\"card\""), 0u);
  EXPECT_THAT(page, HasSubstr("<bdi>low</bdi>"));
}

TEST(RenderPage, SaysWhyAFigureHasNoValue) {
  ReceiptBody body = Body();
  for (const std::size_t i : {0u, 1u, 9u}) {
    body.outputs[i].value = body.outputs[i].exact = body.outputs[i].error_bound = "";
    body.outputs[i].undefined = "fewer than two values";
  }
  const std::string page = Page(body);
  const Document document(page);
  EXPECT_EQ(CountOf(page, "no value: <bdi>fewer than two values</bdi>"), 3u);
  EXPECT_THAT(page, Not(HasSubstr("class=\"scale\"")));  // nothing to point at
}

std::string HeroOf(const std::string& value) {
  ReceiptBody body = Body();
  body.outputs[0].value = value;
  const std::string page = Page(body);
  const Document document(page);
  return page;
}

TEST(HeroScale, PointsAtTheValueAndSaysItInWords) {
  const std::string page = HeroOf("0.4237118560124");
  EXPECT_THAT(page, HasSubstr("<svg class=\"mark\" x=\"42.37%\""));
  EXPECT_THAT(page, HasSubstr("aria-label=\"0.4237 on a scale from 0 to 1: high (0.35 to 0.5)\""));
  EXPECT_THAT(page, HasSubstr("<rect class=\"k3\" x=\"35.00%\" y=\"22\" width=\"15.00%\""));
}

TEST(HeroScale, PutsABoundIntoTheBandBelow) {
  EXPECT_THAT(HeroOf("0.35"), HasSubstr(": moderate (0.2 to 0.35)\""));
  EXPECT_THAT(HeroOf("0.3500001"), HasSubstr(": high (0.35 to 0.5)\""));
  EXPECT_THAT(HeroOf("0"), HasSubstr(": nearly equal (0 to 0.2)\""));
  EXPECT_THAT(HeroOf("1"), HasSubstr(": extreme (0.5 to 1)\""));
}

TEST(HeroScale, SaysWhenAValueIsOutside) {
  EXPECT_THAT(HeroOf("1.5"), HasSubstr(": extreme (outside of the scale)\""));
  EXPECT_THAT(HeroOf("1.5"), HasSubstr("class=\"mark\" x=\"100.00%\""));
  EXPECT_THAT(HeroOf("-0.5"), HasSubstr(": nearly equal (outside of the scale)\""));
  EXPECT_THAT(HeroOf("-1e999"), HasSubstr("class=\"mark\" x=\"0.00%\""));
}

TEST(CellTable, DrawsNegativeBarsFromTheLineOfZero) {
  ReceiptBody body = Body();
  const std::array<const char*, 4> values = {"-10", "0", "30", "15"};
  for (std::size_t i = 0; i < 4; ++i) body.outputs[9 + i].value = values[i];
  const std::string page = Page(body);
  EXPECT_THAT(page, HasSubstr("class=\"fill\" x=\"0.00%\" y=\"0\" width=\"25.00%\""));
  EXPECT_THAT(page, HasSubstr("class=\"fill\" x=\"25.00%\" y=\"0\" width=\"75.00%\""));
  EXPECT_THAT(page, HasSubstr("\xe2\x88\x92"
                              "10</span>"));
}

TEST(CellTable, DrawsNoBarWhereAllIsZero) {
  ReceiptBody body = Body();
  for (std::size_t i = 5; i < 9; ++i) body.outputs[i].value = "0";
  EXPECT_EQ(CountOf(Page(body), "class=\"fill\""), 4u);  // of the other table
}

TEST(GroupDigits, GroupsAndRounds) {
  EXPECT_EQ(GroupDigits("4435.8", 2), "4,435.8");
  EXPECT_EQ(GroupDigits("1234567", 2), "1,234,567");
  EXPECT_EQ(GroupDigits("123", 2), "123");
  EXPECT_EQ(GroupDigits("-1000", 0), "-1,000");
  EXPECT_EQ(GroupDigits("-100", 0), "-100");
  EXPECT_EQ(GroupDigits("1.2349", 3), "1.235");
  EXPECT_EQ(GroupDigits("1.2345", 3), "1.235");
  EXPECT_EQ(GroupDigits("-1.2345", 3), "-1.235");
  EXPECT_EQ(GroupDigits("999.9996", 3), "1,000");
  EXPECT_EQ(GroupDigits("0.9999", 0), "1");
  EXPECT_EQ(GroupDigits("-0.0001", 2), "0");
  EXPECT_EQ(GroupDigits("0.10", 2), "0.10");
  EXPECT_EQ(GroupDigits("2.10000", 3), "2.1");
  EXPECT_EQ(GroupDigits("123456789012345678901234567890.5", 1), "123,456,789,012,345,678,901,234,567,890.5");
}

TEST(GroupDigits, LeavesOtherTextAlone) {
  for (const char* text : {"", "1e-7", "nan", "1,000", "1.2.3", ".5", "5.", "-", "--1", "1/3"}) {
    EXPECT_EQ(GroupDigits(text, 2), text);
  }
}

TEST(PrecisionText, SaysExactOnlyOfWhatIsShownInFull) {
  EXPECT_EQ(PrecisionText(Output("4435.8", "4435.8", "0")), "exact");
  EXPECT_EQ(PrecisionText(Output("148.33907261", "148.33907261", "0")), "rounded here; exact in result.json");
  EXPECT_EQ(PrecisionText(Output("0.6666666666666666", "2/3", "0")), "rounded here; exact in result.json");
  EXPECT_EQ(PrecisionText(Output("1.4142135623730951", "", "0")), "rounded");
}

TEST(PrecisionText, NeverUnderstatesABound) {
  EXPECT_EQ(PrecisionText(Output("1", "", "1e-9")), "rounded here; off by at most 1e-9 in result.json");
  EXPECT_EQ(PrecisionText(Output("1", "", "2.27e-13")), "rounded here; off by at most 3e-13 in result.json");
  EXPECT_EQ(PrecisionText(Output("1", "", "0.00095")), "rounded here; off by at most 0.001 in result.json");
  EXPECT_EQ(PrecisionText(Output("1", "", "0.05")), "rounded here; off by at most 0.05 in result.json");
}

TEST(ValueHtml, KeepsDigitsOfASmallNumber) {
  EXPECT_THAT(ValueHtml(Output("0.000012345", "", "0")), HasSubstr(">0.00001235<"));
  EXPECT_THAT(ValueHtml(Output("1e-05", "", "0")), HasSubstr(">1e-05<"));
}

// --- lists ----------------------------------------------------------------------------------------------------------

TEST(RenderPage, ListsTheLatestReleases) {
  PageInput input = InputOf(Sample(), Body());
  for (std::uint32_t i = 1; i <= 25; ++i) input.earlier.push_back({.sequence = i, .as_of = Body().as_of + i});
  const std::string page = RenderPage(input);
  const Document document(page);
  EXPECT_THAT(page, HasSubstr("/releases/25\">Release 25</a>"));
  EXPECT_THAT(page, HasSubstr("/releases/6\">Release 6</a>"));
  EXPECT_THAT(page, Not(HasSubstr("/releases/5\"")));
  EXPECT_THAT(page, HasSubstr(">5 earlier ones</a>"));
}

TEST(RenderPage, ListsNoReleasesWhereThereIsOne) {
  PageInput input = InputOf(Sample(), Body());
  input.earlier = {{.sequence = 1, .as_of = Body().as_of}};
  EXPECT_THAT(RenderPage(input), Not(HasSubstr("All results")));
}

TEST(RenderPage, StandsWithoutOutputs) {
  ReceiptBody body = Body();
  body.outputs.clear();
  const std::string page = Page(body);
  const Document document(page);
  EXPECT_THAT(page, HasSubstr("<b>137</b> answers"));
}

TEST(RenderIndex, LinksToEverySurvey) {
  EXPECT_THAT(RenderIndex({Sample().survey}),
              HasSubstr("<a href=\"/surveys/ether-2026\"><bdi>How evenly is ether held?"));
  EXPECT_THAT(RenderIndex({}), HasSubstr("None yet."));
}

}  // namespace
}  // namespace mpcstats
