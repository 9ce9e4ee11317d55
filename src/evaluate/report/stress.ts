// Floor 5. The stress test and the quality of the prices as tables: figures that change here are those of assumptions.
import type { AssetQuality, Runs } from '../../data/quality.js';
import { formatAbout } from '../../data/time.js';
import type { ReportData } from './data.js';
import { formatBps, formatMetric, formatShortPercent, MISSING, metricLabel } from './format.js';
import { type Html, html } from './html.js';

const SURVIVES =
  'The headline survives: its lead over HODL keeps its sign and at least half of its size, and its place, in every case.';
const UNTOLD = 'No verdict: the headline is no number, or there is nothing to compare it with.';

/** Cases down, strategies across: the headline metric, and beneath it the return. */
export function stressTable(data: ReportData): Html | null {
  const { stress } = data;
  const { metric } = data.headline;
  if (stress === undefined || stress.cases.length < 2) return null;
  const names = Object.keys(stress.cases[0].metrics);
  const cell = (
    name: string,
    figures: Record<string, number | null> | undefined,
  ) => html`<td data-label="${name}"><div>${formatMetric(metric, figures?.[metric] ?? null)}
    ${metric !== 'returns' && html`<span class="note">return ${formatMetric('returns', figures?.returns ?? null)}</span>`}</div></td>`;
  return html`<div class="scroll"><table class="stress stacks">
    <thead><tr><th scope="col">${metricLabel(metric)}</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${stress.cases.map(
      (c) => html`<tr class="${c.asTrained ? 'tuned' : ''}">
      <th scope="row">${c.label}${c.asTrained && html`<span class="note">as trained and evaluated</span>`}</th>
      ${names.map((name) => cell(name, c.metrics[name]))}</tr>`,
    )}</tbody>
  </table></div>
  <p class="hint">${stress.text ?? (stress.survives === null ? UNTOLD : SURVIVES)}</p>`;
}

const runs = (r: Runs | null, interval: number): Html | string =>
  r === null
    ? MISSING
    : html`${formatShortPercent(r.share)}${r.longest > 0 && html`<span class="note">longest ${formatAbout(r.longest * interval)}</span>`}`;

const QUALITIES = ['filled rows', 'unchanged rows', 'autocorrelation of returns', 'Roll spread', 'spikes'];

function qualityRow(split: string, q: AssetQuality, interval: number): Html {
  const { autocorrelation, standardError, spread, found } = q.bounce;
  const rho = autocorrelation === null || standardError === null ? null : [autocorrelation, standardError];
  const figures = [
    runs(q.filled, interval),
    runs(q.unchanged, interval),
    rho === null ? MISSING : `${rho[0].toFixed(3).replace('-', '−')} ± ${rho[1].toFixed(3)}`,
    found ? formatBps(spread) : MISSING,
    q.spikes.length,
  ];
  return html`<tr><th scope="row">${q.asset}<span class="note">${split}</span></th>
    ${figures.map((figure, i) => html`<td data-label="${QUALITIES[i]}"><div>${figure}</div></td>`)}</tr>`;
}

/** Assets and splits down: filled and unchanged rows, bounce, spikes. */
export function qualityTable({ quality }: ReportData): Html | null {
  if (quality === undefined || quality.splits.length === 0) return null;
  return html`<div class="scroll"><table class="quality stacks">
    <thead><tr><th scope="col"><span class="unseen">asset</span></th>${QUALITIES.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${quality.splits.flatMap(({ name, assets }) => assets.map((q) => qualityRow(name, q, quality.interval)))}</tbody>
  </table></div>`;
}
