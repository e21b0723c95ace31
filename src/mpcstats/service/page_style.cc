#include <fmt/core.h>

#include "mpcstats/service/page_parts.h"

namespace mpcstats {

// System fonts, both colour schemes, 360 pixels and up. Colours have at least 4.5:1 on their ground.
std::string_view PageStyleText() {
  return R"css(
:root{color-scheme:light dark;--ink:#16202a;--soft:#4d5a66;--ground:#f6f7f5;--card:#fff;--line:#d8dcd7;--link:#0b5394;
--b0:#2f8f5b;--b1:#d9a514;--b2:#cf4a35;--b3:#8c2f39;--b4:#5b2333;--bar:#3c78a8}
@media (prefers-color-scheme:dark){:root{--ink:#e9edf0;--soft:#a9b4bd;--ground:#12181d;--card:#1b242b;--line:#33404a;--link:#8ec5f4;
--b0:#3fae73;--b1:#e0b436;--b2:#e2664f;--b3:#c2515e;--b4:#a2475f;--bar:#5d9bcb}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,Cantarell,sans-serif}
main,header,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:clamp(1.7rem,4.5vw,2.7rem);line-height:1.15;margin:0 0 .6rem;letter-spacing:-.015em}
h2{font-size:1.15rem;margin:2.2rem 0 .7rem}
p{max-width:44rem;margin:.5rem 0}
.soft{color:var(--soft)}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:2px}
.asof{display:flex;flex-wrap:wrap;gap:.3rem 1.6rem;margin:1rem 0 1.4rem;color:var(--soft)}
.hero{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.5rem 1.5rem 1.2rem}
.hero .label{font-size:1.05rem;color:var(--soft)}
.hero .value{font-size:clamp(3rem,11vw,5.4rem);line-height:1.05;font-weight:700;letter-spacing:-.03em;font-variant-numeric:tabular-nums}
.hero .word{font-size:1.15rem;font-weight:600}
.hero svg{width:100%;height:auto;display:block;margin-top:.6rem;max-width:62rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.6rem 0 .4rem;font-size:.92rem;max-width:none}
.chip{display:inline-block;width:.8rem;height:.8rem;border-radius:3px;margin-right:.4rem;vertical-align:-.05rem}
.b0{background:var(--b0)}.b1{background:var(--b1)}.b2{background:var(--b2)}.b3{background:var(--b3)}.b4{background:var(--b4)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;margin-top:1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.15rem;margin:0}
.card dt,.card .label{color:var(--soft);font-size:.95rem}
.card .value{font-size:1.9rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.card .note{color:var(--soft);font-size:.85rem}
.unit{font-size:.55em;font-weight:500;color:var(--soft)}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line)}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{text-align:left;padding:.5rem .8rem;border-top:1px solid var(--line);font-weight:400}
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td svg{width:100%;height:.8rem;display:block;min-width:4rem}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow-x:auto;font-size:.9rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.hash{overflow-wrap:anywhere}
ul{padding-left:1.2rem;max-width:44rem}
.notice{border-left:4px solid var(--b1);padding:.1rem 0 .1rem .9rem;margin:1rem 0}
footer{margin-top:3rem;padding-bottom:2.5rem;color:var(--soft);font-size:.9rem}
@media print{body{background:#fff}.card,.hero{break-inside:avoid}}
)css";
}

std::string PageShell(std::string_view title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n"
      "<link rel=\"icon\" href=\"data:,\">\n<style>{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      EscapeHtml(title), PageStyleText(), body);
}

}  // namespace mpcstats
