#include <fmt/core.h>

#include "mpcstats/service/page_parts.h"

namespace mpcstats {

// System fonts, both colour schemes, 360 pixels and up. Text has at least 4.5:1 on its ground; colours k0 to k4 of the scale are
// never the only sign.
std::string_view PageStyle() {
  return R"css(
:root{color-scheme:light dark;--ink:#14202b;--soft:#51606d;--ground:#f4f5f2;--card:#fff;--line:#dde1dc;--link:#0a4f8f;--fill:#2f6f9f;--track:#eceeea;
--warn:#fdf4dc;--k0:#2c9a68;--k1:#8fb53a;--k2:#e2b01f;--k3:#df7a33;--k4:#c43d3f}
@media (prefers-color-scheme:dark){:root{--ink:#edf1f4;--soft:#a7b4bf;--ground:#0f151a;--card:#182129;--line:#2b3842;--link:#8fc7f7;--fill:#5ea3d4;
--track:#25313a;--warn:#2c2614;--k0:#38b27b;--k1:#9dc246;--k2:#ecc03c;--k3:#ea8a47;--k4:#e05a5a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,Cantarell,sans-serif;overflow-wrap:break-word}
nav,header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
nav{display:flex;justify-content:space-between;align-items:center;padding-top:1.1rem;font-size:.95rem}
nav .home{display:inline-flex;align-items:center;gap:.55rem;font-weight:600;color:var(--ink);text-decoration:none}
nav .home svg{width:1.7rem;height:1.3rem}
nav .home circle{fill:var(--fill);opacity:.72}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1.25rem;top:.5rem;background:var(--card);padding:.4rem .8rem}
header{padding-top:2rem}
h1{font-size:clamp(1.85rem,4.6vw,3rem);line-height:1.12;margin:0 0 .6rem;letter-spacing:-.022em;text-wrap:balance}
.lead{font-size:1.1rem;color:var(--soft);margin:0 0 1.6rem;white-space:pre-line}
h2{font-size:1.15rem;margin:2.4rem 0 .6rem;letter-spacing:-.005em}
h3{margin:0}
p{max-width:44rem;margin:.5rem 0}
.soft{color:var(--soft)}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,pre:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:3px}
.hero{background:var(--card);border:1px solid var(--line);border-radius:18px;padding:1.6rem 1.75rem 1.3rem;box-shadow:0 1px 2px #0000000a,0 12px 32px #0000000d}
.hero .label{font-size:1.1rem;font-weight:500;color:var(--soft);margin:0}
.hero .row{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem 1.4rem;margin-bottom:.5rem}
.hero .value{font-size:clamp(3.4rem,13vw,7rem);line-height:1.04;font-weight:750;letter-spacing:-.04em}
.hero .small{font-size:clamp(1.4rem,3.4vw,2rem);line-height:1.25;letter-spacing:-.015em;font-weight:650;margin:.4rem 0 .8rem}
.hero .word{display:inline-flex;align-items:center;gap:.55rem;font-size:1.3rem;font-weight:650}
.hero .soft{font-size:.9rem;margin:.4rem 0 0}
.n{font-variant-numeric:tabular-nums}
.unit{font-size:.5em;font-weight:550;letter-spacing:0;color:var(--soft)}
.none{font-size:.6em;font-weight:500;letter-spacing:0;color:var(--soft)}
.k0{fill:var(--k0)}.k1{fill:var(--k1)}.k2{fill:var(--k2)}.k3{fill:var(--k3)}.k4{fill:var(--k4)}
.scale{display:block;width:100%;height:68px;overflow:visible}
.scale rect{stroke:var(--card);stroke-width:3px;rx:7px}
.scale text{fill:var(--soft);font-size:13px;font-variant-numeric:tabular-nums}
.scale .mid{text-anchor:middle}
.scale .end{text-anchor:end}
.mark{overflow:visible}
.mark path{fill:var(--ink);stroke:var(--card);stroke-width:2.5px}
.swatch{width:.8em;height:.8em;flex:none;overflow:visible}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem .5rem;margin:.5rem 0 .3rem;padding:0;font-size:.92rem;max-width:none}
.legend li{display:inline-flex;align-items:center;gap:.4rem;padding:.15rem .7rem;border:1px solid transparent;border-radius:99px}
.legend .here{border-color:var(--soft);font-weight:650}
.legend .range{color:var(--soft);font-weight:400;font-variant-numeric:tabular-nums}
.asof{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.9rem;margin:1.1rem 0 0;padding:.95rem 0 0;border-top:1px solid var(--line);color:var(--soft);max-width:none;font-size:.95rem}
.asof b{color:var(--ink);font-weight:600}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(13.5rem,100%),1fr));gap:1rem;margin-top:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.05rem 1.2rem}
.card .label{color:var(--soft);font-size:.97rem;font-weight:500}
.card .value{font-size:2.05rem;font-weight:700;line-height:1.3;letter-spacing:-.02em;overflow-wrap:anywhere}
.card .note,.card .rank{color:var(--soft);font-size:.86rem}
.rank{font-size:.88rem;font-weight:400}
.notice{background:var(--warn);border-left:4px solid var(--k2);border-radius:0 10px 10px 0;padding:.7rem 1rem;margin:1rem 0;max-width:none}
.tables{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));gap:1rem;align-items:start}
.parts{margin-top:1rem}
.wide{grid-column:1/-1;overflow-x:auto;min-width:0}
caption .soft{font-size:.86rem;font-weight:400}
table{border-collapse:separate;border-spacing:0;width:100%;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:.3rem 1.2rem .7rem}
caption{text-align:left;font-weight:600;padding:.2rem 0 .45rem}
th,td{text-align:left;padding:.6rem 0;border-top:1px solid var(--line);font-weight:500;vertical-align:bottom}
thead th{border-top:0;color:var(--soft);font-size:.86rem;font-weight:400;padding:.5rem 0 .35rem}
.number{text-align:right;white-space:nowrap;padding-left:1.2rem}
td .n{font-weight:650;font-size:1.1rem}
td .unit{font-size:.86rem}
td .none{font-size:.9rem;white-space:normal}
.bars{display:block;width:100%;height:10px;margin-top:.35rem;border-radius:5px;min-width:5rem}
.track{fill:var(--track)}
.fill{fill:var(--fill)}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));gap:0 2.6rem}
.columns>div{min-width:0}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.85rem 1rem;overflow-x:auto;font-size:.86rem;line-height:1.7}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.hash{overflow-wrap:anywhere;font-size:.88rem;color:var(--soft)}
ul{padding-left:1.2rem;max-width:44rem;margin:.5rem 0}
.who{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(12rem,100%),1fr));gap:1rem;margin:.6rem 0 1rem}
.who>div{border-top:3px solid var(--fill);padding-top:.6rem}
.who a,.who b{font-weight:650}
.who p{margin:.25rem 0 0;color:var(--soft);font-size:.93rem}
.surveys{list-style:none;padding:0;display:grid;gap:.8rem;max-width:none}
.surveys li{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1rem 1.2rem;display:grid;gap:.2rem}
.surveys a{font-size:1.2rem;font-weight:650}
footer{margin-top:3rem;padding-top:1rem;padding-bottom:2.5rem;color:var(--soft);font-size:.9rem}
@media (max-width:30rem){.hero{padding:1.2rem 1.1rem 1.1rem;border-radius:14px}.asof{display:grid}.cards{grid-template-columns:1fr 1fr;gap:.7rem}
.card{padding:.85rem .9rem}.card .value{font-size:1.5rem}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#333;--ground:#fff;--card:#fff;--line:#bbb;--link:#000;--fill:#555;--track:#eee;--warn:#fff}
.hero{box-shadow:none}.hero,.card,table,.who>div,pre{break-inside:avoid}h2{break-after:avoid}nav,.skip{display:none}
svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}pre{white-space:pre-wrap}}
)css";
}

std::string PageShell(std::string_view title, const std::string& body) {
  // Three circles that overlap: what each knows, and what all of them know.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n"
      "<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{}</style>\n</head>\n<body>\n"
      "<nav aria-label=\"Site\"><a class=\"skip\" href=\"#figures\">Skip to the figures</a><a class=\"home\" "
      "href=\"/\">"
      "<svg viewBox=\"0 0 34 26\" aria-hidden=\"true\"><circle cx=\"17\" cy=\"9\" r=\"8\"/><circle cx=\"11\" "
      "cy=\"17\" r=\"8\"/>"
      "<circle cx=\"23\" cy=\"17\" r=\"8\"/></svg>Surveys on secret shares</a></nav>\n{}"
      "<footer>Computed on secret shares by three parties with mpcstats. This page has no script, sets no "
      "cookie and asks no other "
      "server.</footer>\n</body>\n</html>\n",
      EscapeHtml(title), PageStyle(), body);
}

}  // namespace mpcstats
