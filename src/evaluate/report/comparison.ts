// Floor 5. The head of a report: the held-out figure, how it stands beside the baselines, and the tables of metrics.
import { metrics } from '../metrics.js';
import type { Kit } from './chart.js';
import type { ReportData, ReportRow } from './data.js';
import { type Dot, dotChart } from './dot-chart.js';
import { formatDate, formatMetric, formatNumber, formatSpan, metricLabel } from './format.js';
import { type Html, html } from './html.js';

/** Of the metrics that a comparison opens with; the headline metric comes before them. */
const KEY_METRICS = [
  'returns',
  'returns_over_hodl',
  'returns_over_own_hodl',
  'max_draw_down',
  'daily_log_sharpe',
  'fee_revenue_over_value',
  'lvr',
];

const figureOf = (row: ReportRow, metric: string): number | null => {
  const x = row.metrics[metric];
  return x === undefined || x === null || !Number.isFinite(x) ? null : x;
};

const baselinesOf = (data: ReportData) => data.rows.filter((r) => r.role === 'baseline');
const tunedOf = (data: ReportData) => data.rows.find((r) => r.role === 'tuned');

/** One honest sentence: ahead of how many baselines, and by name the best of them. */
export function verdict(data: ReportData): string {
  const { metric, value } = data.headline;
  const name = metricLabel(metric);
  if (value === null) return `${name} is not defined on this test split: it is too short, or nothing moves in it.`;
  const rivals = baselinesOf(data)
    .map((row) => ({ name: row.name, value: figureOf(row, metric) }))
    .filter((r): r is { name: string; value: number } => r.value !== null)
    .sort((a, b) => b.value - a.value);
  if (rivals.length === 0) return 'There is no baseline to compare it with.';
  const beaten = rivals.filter((r) => value > r.value).length;
  const best = `${rivals[0].name} at ${formatMetric(metric, rivals[0].value)}`;
  if (rivals.length === 1) return `${beaten === 1 ? 'Ahead' : 'Not ahead'} of the only baseline, ${best}.`;
  if (beaten === rivals.length) return `Ahead of all ${rivals.length} baselines; the best of them is ${best}.`;
  if (beaten === 0) return `Not ahead of any of the ${rivals.length} baselines; the best of them is ${best}.`;
  return `Ahead of ${beaten} of ${rivals.length} baselines, but not of the best: ${best}.`;
}

/** What was made large, and the parameters chosen by. */
export const scoreLabel = ({ metric, penalty, over }: ReportData['choice']): string =>
  `${metricLabel(metric)}${penalty === undefined ? '' : ` less ${penalty}`}${over === undefined ? '' : `, ${over}`}`;

function choiceSentence({ choice }: ReportData): Html | string {
  if (choice.why !== undefined) return choice.why;
  const iteration = `${formatNumber(choice.iteration)}${choice.iteration === 0 ? ', before any step of training,' : ''}`;
  const which =
    choice.sets > 1
      ? html`Set ${choice.set + 1} of ${choice.sets} at iteration ${iteration}`
      : html`Iteration ${iteration}`;
  const by = `${scoreLabel(choice)} ${formatMetric(choice.metric, choice.value)}`;
  const instead = choice.split === 'train' && ', since no rows were set apart for validation';
  return html`${which} was chosen on the <b>${choice.split}</b> split (${by})${instead}; the test split played no part in it.`;
}

/** The figure, large, with its window, its verdict, the way it was chosen, and all strategies as dots. */
export function headline(kit: Kit, data: ReportData, colour: (name: string) => string): Html {
  const { metric, value, split, from, to } = data.headline;
  const dots: Dot[] = data.rows.map((row) => ({
    label: row.name,
    value: row.role === 'tuned' ? value : figureOf(row, metric),
    colour: colour(row.name),
    strong: row.role === 'tuned',
  }));
  dots.sort((a, b) => (b.value ?? Number.NEGATIVE_INFINITY) - (a.value ?? Number.NEGATIVE_INFINITY));
  return html`<section class="hero">
    <div>
      <p class="overline">Held-out ${split} split</p>
      <p class="window">${formatDate(from)} – ${formatDate(to)} <span>${formatSpan(to - from)}</span></p>
      ${value === null ? html`<p class="figure none">not defined</p>` : html`<p class="figure">${formatMetric(metric, value)}</p>`}
      <p class="metric">${metricLabel(metric)}<span>${metrics[metric]?.doc}</span></p>
      ${data.stress?.text && html`<p class="remark alarm">${data.stress.text}</p>`}
      <p class="verdict">${verdict(data)}</p>
      ${data.remarks?.map((text) => html`<p class="remark">${text}</p>`)}
      <p class="choice">${choiceSentence(data)}</p>
    </div>
    ${dotChart(kit, metric, dots)}
  </section>`;
}

/** Highest figure among rows, as it is printed; null if there is no contest: all alike, or fewer than two known. */
function bestOf(rows: ReportRow[], metric: string): string | null {
  const known = rows.map((row) => figureOf(row, metric)).filter((x) => x !== null);
  const best = formatMetric(metric, Math.max(...known));
  return known.some((x) => formatMetric(metric, x) !== best) ? best : null;
}

/**
 * A figure, marked where it cannot be told from the best: digits that are not printed decide nothing. On a narrow screen
 * `label` stands before it, where rows become blocks.
 */
function cell(row: ReportRow, metric: string, best: string | null, label: string): Html {
  const text = formatMetric(metric, figureOf(row, metric));
  if (text !== best) return html`<td data-label="${label}">${text}</td>`;
  return html`<td class="best" data-label="${label}"><b>${text}</b><span class="unseen"> (best)</span></td>`;
}

const swatch = (colour: string) => html`<i class="swatch" style="background:${colour}"></i>`;

const metricNames = (rows: ReportRow[]) => [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];

/** Metrics that at least one row has a figure for; the known ones in their own order, then the others. */
function presentMetrics(rows: ReportRow[]): string[] {
  const present = metricNames(rows).filter((name) => rows.some((row) => figureOf(row, name) !== null));
  const order = Object.keys(metrics);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return present.sort((a, b) => rank(a) - rank(b));
}

/** Strategies down, the key metrics across, the best of each column marked; the restarted pool apart. */
export function comparisonTable(data: ReportData, colour: (name: string) => string): Html {
  const present = presentMetrics(data.rows);
  const names = [...new Set([data.headline.metric, ...KEY_METRICS])]
    .filter((name) => present.includes(name))
    .slice(0, 7);
  const best = names.map((name) => bestOf(data.rows, name));
  const line = (row: ReportRow, kind: string, contest: boolean) => html`<tr class="${kind}">
    <th scope="row">${swatch(colour(row.name))}${row.name}${row.note && html`<span class="note">${row.note}</span>`}</th>
    ${names.map((name, i) => cell(row, name, contest ? best[i] : null, metricLabel(name)))}
  </tr>`;
  const { restarted } = data;
  return html`<div class="scroll"><table class="comparison stacks">
    <thead><tr><th scope="col"><span class="unseen">strategy</span></th>${names.map(
      (name) => html`<th scope="col">${metricLabel(name)}</th>`,
    )}</tr></thead>
    <tbody>${data.rows.map((row) => line(row, row.role, true))}</tbody>
    ${restarted && html`<tbody class="apart">${line({ ...restarted, note: restarted.note ?? 'started afresh at the first row of the test split' }, 'restarted', false)}</tbody>`}
  </table></div>
  <p class="hint">Higher is better in every column; <b class="best">the best</b> of each is marked. One test window is one draw of the market: small differences say little.</p>`;
}

/**
 * Every metric that has a figure: metrics down, strategies across.
 *
 * @param apart a row that takes no part in the contest
 * @param open metrics that are no contest
 */
export function metricTable(contest: ReportRow[], apart?: ReportRow, open: readonly string[] = []): Html {
  const rows = apart ? [...contest, apart] : contest;
  const undefinedNames = metricNames(rows).filter((name) => !presentMetrics(rows).includes(name));
  return html`<div class="scroll"><table class="full stacks">
    <thead><tr><th scope="col"><span class="unseen">metric</span></th>${rows.map(
      (row) => html`<th scope="col">${row.name}</th>`,
    )}</tr></thead>
    <tbody>${presentMetrics(rows).map((name) => {
      const best = open.includes(name) ? null : bestOf(contest, name);
      return html`<tr><th scope="row">${metricLabel(name)}<span class="note">${metrics[name]?.doc}</span></th>
        ${rows.map((row) => cell(row, name, row === apart ? null : best, row.name))}</tr>`;
    })}</tbody>
  </table></div>
  ${undefinedNames.length > 0 && html`<p class="hint">Not defined on this split: ${undefinedNames.map(metricLabel).join(', ')}.</p>`}`;
}

/** The tuned pool's name, for colours and labels. */
export const tunedName = (data: ReportData): string => tunedOf(data)?.name ?? data.value.lines[0]?.name ?? 'tuned';
