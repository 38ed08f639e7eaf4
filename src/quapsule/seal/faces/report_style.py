"""How a report looks: on a screen by day and by night, and on A4. Nothing is fetched; colours are told apart by the colour-blind (Okabe and
Ito), and none says anything that words do not say too."""

__all__ = ["STYLE"]

STYLE = """
:root{color-scheme:light dark;--ink:#16202a;--soft:#51606e;--line:#d5dce3;--paper:#fff;--wash:#f4f6f8;--bar:#0072b2;--rest:#8a97a3;
--good:#00634a;--good-wash:#e8f4f0;--doubt:#8a4b00;--doubt-wash:#fdf1dc;--bad:#a3270d;--bad-wash:#fceae6}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#a3b0bc;--line:#36424e;--paper:#12181e;--wash:#1a222a;--bar:#56b4e9;
--rest:#7d8a96;--good:#5fd0ac;--good-wash:#122a23;--doubt:#f0b860;--doubt-wash:#2f2413;--bad:#ff9b85;--bad-wash:#331914}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:52rem;padding:2.5rem 1.25rem 4rem;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;overflow-wrap:anywhere}
code,pre,.mono,.histogram .key{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace}
header .kicker{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase}
h1{margin:.15rem 0 .4rem;font-size:2rem;line-height:1.2;letter-spacing:-.01em}
h2{margin:2.6rem 0 .8rem;padding-bottom:.3rem;border-bottom:1px solid var(--line);font-size:1.15rem;line-height:1.3}
h3{margin:1.4rem 0 .5rem;font-size:1rem}
p{margin:.5rem 0;max-width:46rem}
.soft,figcaption,caption{color:var(--soft)}
.small,figcaption{font-size:.85rem}
.tags{margin:.6rem 0 0;padding:0;list-style:none}
.tags li{display:inline-block;margin:0 .4rem .3rem 0;padding:.05rem .55rem;border:1px solid var(--line);border-radius:1rem;font-size:.8rem}
.verdict{margin:1.4rem 0;padding:.9rem 1.1rem;border:1px solid;border-left-width:6px;border-radius:6px}
.verdict p{margin:.15rem 0}.verdict ul{margin:.4rem 0 .2rem;padding-left:1.2rem}
.verdict .headline{font-size:1.1rem;font-weight:650}
.completed{color:var(--good);background:var(--good-wash)}
.doubtful,.unfinished{color:var(--doubt);background:var(--doubt-wash)}
.failed{color:var(--bad);background:var(--bad-wash)}
.files{color:var(--soft);background:var(--wash)}
.verdict .plain{color:var(--ink)}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.7rem 1.5rem;margin:1rem 0}
dl.facts div{min-width:0}dl.facts .wide{grid-column:1/-1}
dt{color:var(--soft);font-size:.8rem}dd{margin:0}
.signature{display:grid;grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr));gap:.7rem 1.5rem;margin:1rem 0;padding:.9rem 1.1rem;
border:1px solid var(--line);border-radius:6px;background:var(--wash)}
.signature dd{font-weight:600}
table{width:100%;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
caption{padding:.2rem 0;text-align:left;font-size:.8rem}
th,td{padding:.28rem .6rem .28rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:500;white-space:nowrap}tbody th{font-weight:400}
.counts td,.counts thead th+th,td.number,th.number{padding-right:.2rem;padding-left:.6rem;text-align:right;white-space:nowrap}
td.digest{font-size:.72rem;word-break:break-all}
td.when,.word{white-space:nowrap}td.digest{padding-left:.6rem}
.beside{display:grid;gap:0 1.8rem;align-items:start}
.beside-2{grid-template-columns:1fr 1fr}.beside-3{grid-template-columns:1fr 1fr 1fr}
.equal{color:var(--good)}.unequal{color:var(--bad);font-weight:650}.unchecked{color:var(--doubt)}
figure{margin:1rem 0}
.histogram{display:block;width:100%;height:auto;max-width:720px}
.histogram text{fill:var(--soft)}.histogram .tick,.histogram .axis,.histogram .count{font-size:11px}
.histogram .key{fill:var(--ink);font-family:ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
.histogram .count{fill:var(--ink)}
.histogram .bar{fill:var(--bar)}.histogram .rest{fill:var(--paper);stroke:var(--rest);stroke-dasharray:3 2}
.histogram .error{fill:none;stroke:var(--ink);stroke-width:1}
.histogram .grid{stroke:var(--line)}.histogram .base{stroke:var(--soft)}
pre{margin:.6rem 0;padding:.8rem 1rem;border:1px solid var(--line);border-radius:6px;background:var(--wash);font-size:.8rem;line-height:1.5}
pre.drawing{overflow-x:auto;white-space:pre;line-height:1.15;font-family:"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;
font-size:.72rem}
pre.drawing span{display:block}
pre.code,pre.text{white-space:pre-wrap}
pre.code{counter-reset:line;padding-left:0}
pre.code span{display:block;position:relative;padding-left:4.2em;min-height:1.5em}
pre.code span::before{counter-increment:line;content:counter(line);position:absolute;left:0;width:3.2em;color:var(--soft);text-align:right;
user-select:none}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--line);color:var(--soft);font-size:.8rem}
@media (max-width:38rem){.beside-2,.beside-3{grid-template-columns:1fr}body{padding-top:1.5rem}}
@page{size:A4;margin:16mm 15mm 18mm}
@media print{
:root{color-scheme:light;--ink:#000;--soft:#44505b;--line:#c8d0d8;--paper:#fff;--wash:#fff;--bar:#0072b2;--rest:#6d7985;--good:#00553f;
--good-wash:#fff;--doubt:#7a4200;--doubt-wash:#fff;--bad:#8f1f08;--bad-wash:#fff}
body{max-width:none;padding:0;font-size:10pt}
h1{font-size:18pt}h2{margin-top:1.5rem;font-size:12pt}h2,h3{break-after:avoid}
figure{margin:.6rem 0}.histogram,pre.drawing span,.verdict,.signature,tr,dl.facts div{break-inside:avoid}
h3+*,.verdict,figcaption{break-before:avoid}p:has(+table){break-after:avoid}
thead{display:table-header-group}
pre{font-size:7.6pt;padding:.5rem .6rem}pre.code{padding-left:0}pre.drawing{font-size:6.6pt;overflow:visible}
table{font-size:8.6pt}td.digest{font-size:6.6pt}
dl.facts{grid-template-columns:repeat(3,1fr)}
}
"""
