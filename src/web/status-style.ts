/** The status page's whole style; the content security policy allows exactly this text. */
export const STATUS_STYLE = `
:root{--page:#f6f7f9;--card:#fff;--text:#1c2330;--soft:#5b6576;--line:#dfe3ea;--link:#0b5cad;--good:#0f7b4a;--bad:#b3261e;--live:#0b5cad;--dim:#6b5a00}
@media(prefers-color-scheme:dark){:root{--page:#12161d;--card:#1b212b;--text:#e6eaf1;--soft:#9aa5b5;--line:#2d3643;--link:#7db8f5;--good:#5cc98f;--bad:#ff8a80;--live:#7db8f5;--dim:#d9c060}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,sans-serif}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:.25rem 2rem;padding-top:1rem}
h1{font-size:1.35rem;margin:0}h2{font-size:1.05rem;margin:1.75rem 0 .6rem}h3{font-size:1rem;margin:0;display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 .5rem;overflow-wrap:anywhere}
small{color:var(--soft);font-weight:400;font-size:.85em}
a{color:var(--link)}nav{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem}
.summary{font-weight:600;margin:1rem 0 0;padding:.6rem .9rem;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--good);border-radius:6px}
.summary.bad{border-left-color:var(--bad)}.summary.warn{border-left-color:var(--dim)}
.summary p{margin:0}.summary ul{margin:.35rem 0 0;padding-left:1.2rem;font-weight:400;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(14rem,1fr));gap:.75rem}
article{background:var(--card);border:1px solid var(--line);border-top:3px solid var(--good);border-radius:6px;padding:.75rem .9rem}
article.bad{border-top-color:var(--bad)}article.warn{border-top-color:var(--dim)}
.vendor{margin:0 0 .5rem;color:var(--soft)}
dl{margin:0}dl div{display:flex;justify-content:space-between;gap:1rem;padding:.12rem 0}dt{color:var(--soft)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
.problem{margin:.6rem 0 0;padding-top:.5rem;border-top:1px solid var(--line);color:var(--bad);overflow-wrap:anywhere;font-size:.93em}
.mark{font-weight:600;font-size:.88rem;white-space:nowrap;color:var(--soft)}h3 .mark{white-space:normal}
.good .mark,.success{color:var(--good)}.bad .mark,.failure,.error,.timeout{color:var(--bad)}.pending,.executing,.idle,.paused{color:var(--live)}.warn .mark,.cancellation,.unknown{color:var(--dim)}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .8rem;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
tbody tr:last-child td{border-bottom:0}th{color:var(--soft);font-weight:500;font-size:.88rem}
.job{width:100%;min-width:12rem;white-space:normal;overflow-wrap:anywhere}.job small{display:block}
.number{text-align:right;font-variant-numeric:tabular-nums}
.none,footer{color:var(--soft)}footer{padding-top:1.5rem;padding-bottom:2rem;font-size:.9rem}
@media(max-width:38rem){thead{display:none}tbody tr{display:grid;grid-template:"outcome when""job job""target length"/1fr auto;padding:.5rem .8rem;border-bottom:1px solid var(--line)}tbody tr:last-child{border-bottom:0}
td{padding:.1rem 0;border:0}.outcome{grid-area:outcome}.job{grid-area:job;min-width:0}.target{grid-area:target;color:var(--soft)}.when{grid-area:when;text-align:right}.number{grid-area:length}}
`;
