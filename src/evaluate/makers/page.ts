/** Floor 5. The sections of a maker in the page of an evaluation: policies side by side, where money came from, quotes by inventory. */
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, leftMargin, plot, roundTicks, verticalAxis } from '../report/chart.js';
import { section } from '../report/document.js';
import { formatCompact, formatNumber, tickLabels } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import type { Compared, MakerComparison } from './compare.js';
import { estimateText, SHOWN } from './text.js';

const TUNED = 'var(--tuned)';
const BEST = 'var(--b1)';

export function makerSections(kit: Kit, comparison: MakerComparison): (Html | false)[] {
  const { rows, scenarios, steps, dt, markout } = comparison;
  const time = formatNumber(steps * dt);
  return [
    section(
      'Beside other policies',
      table(rows),
      `Means over ${scenarios} scenarios of ${time} s with drawn fills, all on the same draws, from the start inventory; standard errors. The markout is ${formatNumber(markout)} s. Long run: what the table is worth a second at these steps, by its stationary law.`,
    ),
    section(
      'Quotes by inventory',
      html`<div class="pair">${quoteCharts(kit, rows)}</div>`,
      'Offsets from the mid: asks above, bids below. Dots are the tuned policy, the line is the best table.',
    ),
  ];
}

const cell = (label: string, text: string | Html): Html => html`<td data-label="${label}">${text}</td>`;

function table(rows: readonly Compared[]): Html {
  const heads = ['', ...SHOWN.map(([, head]) => head), 'tuned less this', 'long run'];
  const body = rows.map(
    (row) => html`<tr><th scope="row">${row.name}</th>
      ${SHOWN.map(([name, head]) => cell(head, estimateText(row.figures[name])))}
      ${cell('tuned less this', row.behind === null ? '' : estimateText(row.behind))}
      ${cell('long run', formatNumber(row.lasting))}</tr>`,
  );
  return html`<div class="scroll"><table class="stacks"><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
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

function quoteCharts(kit: Kit, rows: readonly Compared[]): Html[] {
  const [tuned] = rows;
  const best = rows.find((r) => r.name === 'optimum');
  return tuned.quotes.bid.map((_, state) => quoteChart(kit, tuned, best, state));
}

function quoteChart(kit: Kit, tuned: Compared, best: Compared | undefined, state: number): Html {
  const qMin = tuned.qMin;
  const dots = pointsOf(tuned, state, qMin);
  const line = best === undefined ? [] : pointsOf(best, state, qMin);
  const [low, high] = extent([...dots, ...line].map((p) => p.at));
  const ticks = roundTicks([low, high], 5);
  const written = tickLabels(ticks, formatCompact);
  const { Plot } = kit;
  const marks: Markish[] = [
    ...verticalAxis(kit, ticks, written),
    Plot.ruleY([0], { stroke: 'var(--ink-2)' }),
    Plot.line(line, { x: 'q', y: 'at', z: 'side', stroke: BEST, strokeWidth: 1.5 }),
    Plot.dot(dots, { x: 'q', y: 'at', fill: TUNED, r: 3 }),
    Plot.axisX({ tickSize: 4, label: 'inventory', labelArrow: 'none', color: 'var(--ink-2)', ticks: 9 }),
  ];
  const states = tuned.quotes.bid.length;
  const name = states > 1 ? `Quotes in state ${state}` : 'Quotes';
  return figure(
    name,
    'half',
    (room) =>
      plot(kit, room, {
        height: 260,
        marginLeft: leftMargin(written, room),
        marginRight: 14,
        marginTop: 12,
        marginBottom: 40,
        x: { type: 'linear' },
        y: { domain: [low, high] },
        marks,
      }),
    {
      caption: html`<b>${name}</b> <span class="key"><i style="background:${TUNED}"></i>tuned</span><span class="key"><i style="background:${BEST}"></i>best table</span>`,
    },
  );
}
