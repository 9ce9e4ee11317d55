/** Floor 5. Pictures of a maker's evaluation: money by source, fills and quotes by inventory. */
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, leftMargin, plot, roundTicks, verticalAxis } from '../report/chart.js';
import { formatCompact, formatNumber, tickLabels } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import type { Compared, MakerComparison } from './compare.js';
import { SOURCES } from './figures.js';

const TUNED = 'var(--tuned)';
const BEST = 'var(--b1)';
const ASK = 'var(--b2)';

/** Room for the names of sources beside the bars. */
const NAMES = 130;

/** A bar for each source and for their sum, of the tuned policy; the best table's as ticks. */
export function sourcesChart(kit: Kit, { rows }: MakerComparison): Html {
  const [tuned] = rows;
  const best = rows.find((r) => r.name === 'optimum');
  const bars = (row: typeof tuned) =>
    [...SOURCES, { figure: 'pnl', sign: 1, name: 'money made' } as const].map(({ figure: of, sign, name }) => {
      const { mean = 0, standardError = 0 } = row.figures[of] ?? {};
      const error = Number.isFinite(standardError) ? standardError : 0;
      return { name, mean: sign * mean, low: sign * mean - 2 * error, high: sign * mean + 2 * error };
    });
  const own = bars(tuned);
  const others = best === undefined ? [] : bars(best);
  const [low, high] = extent([0, ...own.flatMap((b) => [b.low, b.high]), ...others.map((b) => b.mean)]);
  const ticks = roundTicks([low, high], 6);
  const written = tickLabels(ticks, formatCompact);
  const { Plot } = kit;
  const marks: Markish[] = [
    Plot.gridX(ticks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
    Plot.barX(own, { y: 'name', x: 'mean', fill: TUNED, fillOpacity: 0.75, insetTop: 3, insetBottom: 3 }),
    Plot.ruleY(own, { y: 'name', x1: 'low', x2: 'high', stroke: 'var(--ink)', strokeWidth: 1.2 }),
    Plot.tickX(others, { y: 'name', x: 'mean', stroke: BEST, strokeWidth: 2.5 }),
    Plot.ruleX([0], { stroke: 'var(--ink-2)' }),
    Plot.axisY({ label: null, tickSize: 0, color: 'var(--ink)' }),
    Plot.axisX(ticks, {
      tickSize: 4,
      label: null,
      color: 'var(--ink-2)',
      text: (_: number, i: number) => written[i],
    } as object),
  ];
  return figure(
    'Money by source',
    'full',
    (room) =>
      plot(kit, room, {
        height: 230,
        marginLeft: NAMES,
        marginRight: 20,
        marginTop: 8,
        marginBottom: 30,
        x: { domain: [low, high] },
        y: { domain: own.map((b) => b.name) },
        marks,
      }),
    {
      caption: html`<b>Money by source</b> <span class="key"><i style="background:${TUNED}"></i>tuned, two standard errors</span>${best === undefined ? '' : html`<span class="key"><i style="background:${BEST}"></i>best table</span>`}`,
    },
  );
}

/** Fewer expected fills than this at an inventory tell nothing of a rate. */
const LEAST_FILLS = 5;

export function fillsChart(kit: Kit, { fills, assets }: MakerComparison, asset: number): Html {
  const own = fills.filter((f) => f.asset === asset && f.expected * f.seconds >= LEAST_FILLS);
  const shown = own.map((f) => {
    const error = (2 * Math.sqrt(f.seen * f.seconds)) / f.seconds;
    return { ...f, low: Math.max(f.seen - error, 0), high: f.seen + error, color: f.side === 'bid' ? TUNED : ASK };
  });
  const name = assets.length === 1 ? 'Fills' : `Fills of ${assets[asset]}`;
  if (shown.length === 0) return html`<p class="note">${name}: no inventory was held long enough to tell.</p>`;
  const [, high] = extent(shown.flatMap((f) => [f.high, f.expected]));
  const { Plot } = kit;
  return byInventory(kit, {
    name,
    domain: [0, high],
    written: formatNumber,
    marks: [
      Plot.line(shown, { x: 'q', y: 'expected', z: 'side', stroke: 'color', strokeWidth: 1.5 }),
      Plot.ruleX(shown, { x: 'q', y1: 'low', y2: 'high', stroke: 'color', strokeOpacity: 0.6 }),
      Plot.dot(shown, { x: 'q', y: 'seen', fill: 'color', r: 3 }),
    ],
    caption: html`<b>${name}</b> a second <span class="key"><i style="background:${TUNED}"></i>bids</span><span class="key"><i style="background:${ASK}"></i>asks</span>`,
  });
}

/** Offsets of a state by inventory, beside those of the best table; `slice` says which state. */
export function quoteChart(kit: Kit, tuned: Compared, best: Compared | undefined, state: number, slice: string): Html {
  const { qMin } = tuned;
  const dots = pointsOf(tuned, state, qMin);
  const line = best === undefined ? [] : pointsOf(best, state, qMin);
  const { Plot } = kit;
  const name = slice === '' ? 'Quotes' : `Quotes, ${slice}`;
  return byInventory(kit, {
    name,
    domain: extent([...dots, ...line].map((p) => p.at)),
    written: formatCompact,
    marks: [
      Plot.ruleY([0], { stroke: 'var(--ink-2)' }),
      Plot.line(line, { x: 'q', y: 'at', z: 'side', stroke: BEST, strokeWidth: 1.5 }),
      Plot.dot(dots, { x: 'q', y: 'at', fill: TUNED, r: 3 }),
    ],
    caption: html`<b>${name}</b> <span class="key"><i style="background:${TUNED}"></i>tuned</span><span class="key"><i style="background:${BEST}"></i>best table</span>`,
  });
}

interface Point {
  readonly q: number;
  readonly at: number;
  readonly side: string;
}

const pointsOf = ({ quotes }: Compared, state: number, qMin: number): Point[] => [
  ...quotes.bid[state].flatMap((x, i) => (x === null ? [] : [{ q: qMin + i, at: -x, side: 'bid' }])),
  ...quotes.ask[state].flatMap((x, i) => (x === null ? [] : [{ q: qMin + i, at: x, side: 'ask' }])),
];

interface ByInventory {
  readonly name: string;
  readonly domain: readonly [low: number, high: number];
  readonly written: (x: number) => string;
  readonly marks: readonly Markish[];
  readonly caption: Html;
}

/** What is the case at each inventory. */
function byInventory(kit: Kit, { name, domain: [low, high], written, marks, caption }: ByInventory): Html {
  const ticks = roundTicks([low, high], 5);
  const labels = tickLabels(ticks, written);
  const axis = { tickSize: 4, label: 'inventory', labelArrow: 'none', color: 'var(--ink-2)', ticks: 9 } as const;
  return figure(
    name,
    'half',
    (room) =>
      plot(kit, room, {
        height: 260,
        marginLeft: leftMargin(labels, room),
        marginRight: 14,
        marginTop: 12,
        marginBottom: 40,
        x: { type: 'linear' },
        y: { domain: [low, high] },
        color: { type: 'identity' },
        marks: [...verticalAxis(kit, ticks, labels), ...marks, kit.Plot.axisX(axis)],
      }),
    { caption },
  );
}
