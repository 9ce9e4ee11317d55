// Floor 5. The report's stylesheet: system fonts, one accent, colours that differ in lightness as well as in hue
// (so they hold for colour-blind readers and in print), light and dark from one set of variables.
export const STYLE = `
:root {
  --surface: #fff; --ink: #1a1d21; --ink-2: #5c6570; --rule: #c3c9d0; --grid: #e9ecef; --tint: #f2f6fb; --mark: #e4f0fb;
  --tuned: #0b62b0; --b1: #b4531b; --b2: #8b5aa6; --b3: #137a5b; --b4: #8f6f00; --b5: #5b6673; --b6: #b03a6a;
  --a1: #3f7fbf; --a2: #e0a458; --a3: #5ba58c; --a4: #b8759e; --a5: #8fb8de; --a6: #8c6d46; --a7: #a9c77f; --a8: #8a8f98;
}
@media screen and (prefers-color-scheme: dark) { :root {
  --surface: #14171b; --ink: #e8eaed; --ink-2: #9aa4af; --rule: #4a525c; --grid: #262b31; --tint: #1a2129; --mark: #17304a;
  --tuned: #6db3f8; --b1: #ee9a63; --b2: #c49fdb; --b3: #5cc6a0; --b4: #d9bb4a; --b5: #a3adb9; --b6: #ef8fb4;
  --a1: #4d8ccb; --a2: #d79b52; --a3: #58a189; --a4: #b5749c; --a5: #86acd0; --a6: #94764f; --a7: #9dba76; --a8: #7d838c;
} }
* { box-sizing: border-box; }
html { background: var(--surface); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; overflow-wrap: break-word; max-width: 1064px; padding: 48px 32px 32px; line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
p, h1, h2, dl, dd, ul, figure { margin: 0; }
code { font: .94em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
a { color: var(--tuned); }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 20px; line-height: 1.3; font-weight: 650; letter-spacing: -.005em; margin-bottom: 12px; }
h3 { font-size: 16px; font-weight: 650; margin: 24px 0 8px; overflow-wrap: anywhere; } h3:first-of-type { margin-top: 0; }
section { margin-top: 56px; }
.overline { font-size: 13px; font-weight: 600; letter-spacing: .02em; color: var(--ink-2); }
.subtitle, .lead, .hint, p.none { color: var(--ink-2); }
.subtitle { margin-top: 4px; overflow-wrap: anywhere; }
.lead { margin: -8px 0 16px; max-width: 70ch; }
.hint { font-size: 14px; margin-top: 8px; max-width: 90ch; }
.hero { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 40px; align-items: center;
  margin-top: 32px; padding: 32px 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.window { font-size: 15px; color: var(--ink-2); } .window span::before { content: "· "; }
.hero .figure { font-size: 84px; line-height: 1.08; font-weight: 680; letter-spacing: -.035em; color: var(--tuned); margin-top: 8px; }
.hero .figure.none { font-size: 40px; letter-spacing: -.02em; color: var(--ink-2); }
.metric { font-weight: 650; font-size: 18px; } .metric span { display: block; font-weight: 400; font-size: 14px; color: var(--ink-2); }
.verdict { margin-top: 20px; font-weight: 600; } .remark { margin-top: 6px; font-weight: 600; } .alarm { color: var(--b1); } .choice { margin-top: 6px; font-size: 14px; color: var(--ink-2); } .choice b { color: var(--ink); font-weight: 600; }
.scroll { position: relative; overflow-x: auto; background: linear-gradient(90deg, var(--surface) 50%, transparent) 0 0 / 48px 100% no-repeat local,
  linear-gradient(270deg, var(--surface) 50%, transparent) 100% 0 / 48px 100% no-repeat local,
  linear-gradient(90deg, #6668, transparent) 0 0 / 12px 100% no-repeat, linear-gradient(270deg, #6668, transparent) 100% 0 / 12px 100% no-repeat; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
th, td { padding: 9px 12px; text-align: right; vertical-align: baseline; font-weight: 400; border-bottom: 1px solid var(--grid); white-space: nowrap; }
th:first-child { text-align: left; padding-left: 0; }
thead th { font-size: 13px; color: var(--ink-2); white-space: normal; vertical-align: bottom; border-bottom-color: var(--rule); }
tr.tuned th { font-weight: 650; }
.note { display: block; font-size: 13px; font-weight: 400; color: var(--ink-2); white-space: normal; overflow-wrap: anywhere; }
td.best, b.best { background: var(--mark); } td.best b { font-weight: 650; } b.best { font-weight: 600; padding: 1px 5px; color: var(--ink); }
.apart th, .apart td { border-top: 1px solid var(--rule); color: var(--ink-2); }
.apart .swatch { background: none !important; border: 2px solid var(--tuned); }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 9px; }
.comparison .note { margin-left: 19px; }
.full th:first-child { min-width: 240px; } .full td { font-size: 14px; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 32px 20px; margin-top: 32px; align-items: start; }
.picture.phone { display: none; }
.plane { position: relative; } .half .plane { max-width: 520px; }
.plot { display: block; width: 100%; height: auto; overflow: visible; }
.plot text, .plot tspan { white-space: pre; }
.axis { font-size: 13px; color: var(--ink-2); margin-bottom: 2px; overflow-wrap: anywhere; } .axis b { color: var(--ink); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; margin-top: 6px; } .legend b { font-weight: 600; }
.legend > * { overflow-wrap: anywhere; text-align: left; }
.legend.spare { display: none; } .scripted .legend.switches { display: flex; }
.legend i, .key i { display: inline-block; width: 14px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; }
.legend button { font: inherit; color: inherit; background: none; border: 0; padding: 2px 0; cursor: pointer; }
.legend button:hover { text-decoration: underline; } .legend button[aria-pressed="false"] { color: var(--ink-2); text-decoration: line-through; }
.legend button[aria-pressed="false"] i { opacity: .25; }
:focus-visible { outline: 2px solid var(--tuned); outline-offset: 2px; }
.plane[role] { cursor: crosshair; touch-action: pan-y; }
.cursor, .dot, .tip { position: absolute; display: none; pointer-events: none; }
.at > .cursor, .at > .dot, .told > .tip { display: block; } .plane .off { display: none; }
.cursor { width: 1px; background: var(--ink-2); }
.dot { width: 8px; height: 8px; margin: -4px 0 0 -4px; border-radius: 50%; border: 1.5px solid var(--surface); }
.tip { z-index: 1; top: 20px; width: max-content; max-width: 62%; padding: 6px 10px; font-size: 13px; line-height: 1.4; white-space: normal;
  background: var(--surface); border: 1px solid var(--rule); border-radius: 4px; box-shadow: 0 2px 8px #0003; }
.tip .head { display: block; font-weight: 600; white-space: nowrap; }
.tip .entry { display: flex; gap: 8px; align-items: baseline; } .tip .name { flex: 1; color: var(--ink-2); overflow-wrap: anywhere; min-width: 5em; }
.tip b { font-weight: 600; white-space: nowrap; } .tip .swatch { width: 8px; height: 8px; margin: 0; flex: none; }
h2 + .pair, .lead + .pair { margin-top: 0; }
.same { max-width: 60ch; } .pair > .same, .pair > .none { align-self: center; }
.key i.ring { width: 10px; height: 10px; border-radius: 50%; border: 2px solid var(--tuned); }
.key { display: inline-block; margin-right: 16px; color: var(--ink); }
.parameters th { white-space: normal; overflow-wrap: anywhere; min-width: 6em; } .parameters tr.head th { text-align: left; padding: 22px 0 6px; white-space: normal; border-bottom-color: var(--rule); }
.parameters tr.head b { font-weight: 650; } .parameters tr.head span { display: block; font-size: 14px; color: var(--ink-2); max-width: 80ch; }
.parameters tbody:first-of-type tr.head th { padding-top: 14px; }
.parameters .trained { font-weight: 650; } .parameters .change { color: var(--ink-2); } .parameters .picture { width: 174px; padding-right: 0; }
.badge { font-style: normal; font-size: 12px; color: var(--ink-2); border: 1px solid var(--rule); border-radius: 3px; padding: 0 5px; }
.move { display: inline-block; vertical-align: middle; } .move .track { stroke: var(--grid); stroke-width: 2; } .move .way { stroke: var(--tuned); stroke-width: 2; }
.move .from { fill: var(--surface); stroke: var(--ink-2); stroke-width: 1.5; } .move .to { fill: var(--tuned); }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(280px, 1fr)); gap: 14px 32px; }
.facts dt { font-size: 13px; color: var(--ink-2); } .facts dd { overflow-wrap: anywhere; }
.facts + .warnings, .facts + .none, .choice + .warnings { margin-top: 14px; }
.warnings { padding-left: 20px; max-width: 80ch; } .warnings li { margin-bottom: 6px; }
footer { margin-top: 64px; padding-top: 12px; border-top: 1px solid var(--rule); font-size: 13px; color: var(--ink-2); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media screen and (max-width: 900px) { .half .picture.wide { display: none; } .half .picture.phone { display: block; } }
@media screen and (max-width: 700px) {
  body { padding: 28px 16px 20px; } h1 { font-size: 25px; } section { margin-top: 44px; }
  .hero, .pair { grid-template-columns: minmax(0, 1fr); gap: 24px; } .hero { padding: 24px 0; margin-top: 24px; }
  .hero .figure { font-size: 64px; }
  .picture.wide { display: none; } .picture.phone { display: block; } .half .plane { max-width: none; } .legend.spare { display: flex; }
  table { font-size: 14px; } th, td { padding: 8px 8px; } .parameters .picture { display: none; }
  .parameters td { white-space: normal; } .parameters :is(td, th):nth-child(4) { padding-right: 0; }
  /* Rows as blocks: a name, and its figures in two columns, each behind its label. */
  .stacks, .stacks :is(tbody, th, td) { display: block; } .stacks thead { display: none; }
  .stacks tr { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 2px 20px; padding: 10px 0; border-bottom: 1px solid var(--grid); }
  .stacks th { grid-column: 1 / -1; padding: 0 0 2px; border: 0; white-space: normal; font-weight: 600; overflow-wrap: anywhere; }
  .stacks td { display: flex; justify-content: space-between; align-items: baseline; gap: 8px; padding: 1px 4px; border: 0; }
  .stacks td::before { content: attr(data-label); color: var(--ink-2); font-size: 13px; text-align: left; white-space: normal; overflow-wrap: anywhere; }
}
@media print {
  /* The page as on a screen, but smaller: paper is read from nearer. */
  body { max-width: none; padding: 0; zoom: .7; }
  section { margin-top: 40px; } .scroll { overflow: visible; } h2, .lead, thead { break-after: avoid; } figure, tr, .hero { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
