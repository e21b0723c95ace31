// The large figure of the public page and its scale, drawn by hand: percentages across, pixels down, so that words keep their
// size on every screen.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "mpcstats/service/page_parts.h"

namespace mpcstats {

namespace {

// Ticks nearer than this many percent to the one before, or to the end, would run into it on a telephone.
constexpr double kTickGap = 11;

class Scale {
 public:
  Scale(const HeroScale& hero, double value) : bands_(hero.up_to) {
    low_ = std::min(0.0, bands_.front().first < 0 ? 2 * bands_.front().first : 0.0);
    high_ = bands_.back().first;
    inside_ = value >= low_ && value <= high_;
    value_ = std::clamp(value, low_, high_);
    while (here_ + 1 < bands_.size() && value_ > bands_[here_].first) ++here_;
  }

  [[nodiscard]] const std::string& word() const { return bands_[here_].second; }
  [[nodiscard]] unsigned color() const { return Color(here_); }

  [[nodiscard]] std::string Svg(std::string_view shown) const {
    std::string svg = fmt::format(
        "<svg class=\"scale\" role=\"img\" aria-label=\"{} on a scale from {:g} to {:g}: {} ({})\">",
        EscapeHtml(shown), low_, high_, EscapeHtml(word()),
        inside_ ? EscapeHtml(Range(here_)) : "outside of the scale");
    for (std::size_t i = 0; i < bands_.size(); ++i) {
      svg += fmt::format("<rect class=\"k{}\" x=\"{:.2f}%\" y=\"22\" width=\"{:.2f}%\" height=\"20\"/>",
                         Color(i), Percent(From(i)), Percent(bands_[i].first) - Percent(From(i)));
    }
    svg += Ticks();
    // The pointer: a drop that ends on the band, ringed so that it is seen on every colour.
    svg += fmt::format(
        "<svg class=\"mark\" x=\"{:.2f}%\" y=\"0\"><path d=\"M0 46 L-4 40 L-4 17 A8 8 0 1 1 4 17 L4 40 "
        "Z\"/></svg></svg>\n",
        Percent(value_));
    return svg;
  }

  [[nodiscard]] std::string Legend() const {
    std::string html = "<ul class=\"legend\">\n";
    for (std::size_t i = 0; i < bands_.size(); ++i) {
      html += fmt::format("<li{}>{}{} <span class=\"range\">{}</span></li>\n",
                          i == here_ ? " class=\"here\"" : "", Swatch(Color(i)), TextHtml(bands_[i].second),
                          EscapeHtml(Range(i)));
    }
    return html + "</ul>\n";
  }

  static std::string Swatch(unsigned color) {
    return fmt::format(
        "<svg class=\"swatch\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><circle class=\"k{}\" cx=\"6\" "
        "cy=\"6\" r=\"6\"/></svg>",
        color);
  }

 private:
  [[nodiscard]] double From(std::size_t band) const { return band == 0 ? low_ : bands_[band - 1].first; }
  [[nodiscard]] double Percent(double at) const {
    return high_ > low_ ? 100 * (at - low_) / (high_ - low_) : 0;
  }
  [[nodiscard]] std::string Range(std::size_t band) const {
    return fmt::format("{:g} to {:g}", From(band), bands_[band].first);
  }
  // Green to red over as many bands as there are.
  [[nodiscard]] unsigned Color(std::size_t band) const {
    if (bands_.size() == 1) return 0;
    return static_cast<unsigned>(
        std::lround(4.0 * static_cast<double>(band) / static_cast<double>(bands_.size() - 1)));
  }

  [[nodiscard]] std::string Ticks() const {
    std::string svg = fmt::format("<text x=\"0%\" y=\"62\">{:g}</text>", low_);
    double last = 0;
    for (std::size_t i = 0; i + 1 < bands_.size(); ++i) {
      const double at = Percent(bands_[i].first);
      if (at - last < kTickGap || 100 - at < kTickGap) continue;
      svg += fmt::format("<text class=\"mid\" x=\"{:.2f}%\" y=\"62\">{:g}</text>", at, bands_[i].first);
      last = at;
    }
    return svg + fmt::format("<text class=\"end\" x=\"100%\" y=\"62\">{:g}</text>", high_);
  }

  const std::vector<std::pair<double, std::string>>& bands_;
  double low_ = 0;
  double high_ = 0;
  double value_ = 0;
  bool inside_ = true;
  std::size_t here_ = 0;
};

}  // namespace

std::string HeroSection(const Survey& survey, const ReceiptOutput& output, const std::string& facts) {
  std::string html = "<section class=\"hero\" id=\"figures\" aria-labelledby=\"hero-label\">\n";
  html += "<h2 class=\"label\" id=\"hero-label\">" + TextHtml(output.label) + "</h2>\n";
  const bool has_value = output.undefined.empty();
  html += fmt::format("<div class=\"row\"><div class=\"value{}\">{}</div>", has_value ? "" : " small",
                      ValueHtml(output));
  if (!survey.hero.up_to.empty() && has_value) {
    const Scale scale(survey.hero, NumberOf(output));
    html += "<div class=\"word\">" + Scale::Swatch(scale.color()) + TextHtml(scale.word()) + "</div></div>\n";
    html += scale.Svg(GroupDigits(output.value, 4)) + scale.Legend();
  } else {
    html += "</div>\n";
  }
  const std::string precision = PrecisionText(output);
  if (!precision.empty()) html += "<p class=\"soft\">" + EscapeHtml(precision) + "</p>\n";
  if (ShowsOneValue(output.expression))
    html += "<p class=\"rank\"><a href=\"#rank\">One person&#39;s exact value</a></p>\n";
  return html + facts + "</section>\n";
}

}  // namespace mpcstats
