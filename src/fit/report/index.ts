/** Floor 5. The page of a fit: the parameters with their errors, and recorded prices beside those of the fitted generator. */
import { type Kit, loadKit } from '../../evaluate/report/chart.js';
import { htmlDocument, section } from '../../evaluate/report/document.js';
import { formatCompact, formatCompactFigure, formatNumber } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { lineChart } from '../../evaluate/report/time-charts.js';
import type { AssetComparison, Compared, Comparison } from '../comparison.js';
import type { FitResult, Matched } from '../result.js';
import { curveChart, DATA, key } from './charts.js';
import { cell, chainTable, estimateTable, factsAndWarnings, table } from './tables.js';

export interface FitPage {
  readonly title: string;
  readonly model: string;
  /** Assets, rows and times of the data. */
  readonly span: string;
  readonly method: string;
  readonly result: FitResult;
  readonly comparison: Comparison;
  /** Of a row, in ms; and the time of the first. */
  readonly interval: number;
  readonly start: number;
  readonly notes: readonly string[];
  readonly version: string;
  readonly generated: string;
}

const isWithin = ({ data, low, high, fit }: Compared): boolean =>
  fit >= Math.min(low, data) && fit <= Math.max(high, data);

function figureTable(figures: readonly Compared[]): Html {
  const rows = figures.map(
    (f) => html`<tr><th scope="row">${f.name} of returns over ${f.scale === 1 ? 'a row' : `${f.scale} rows`}</th>
      ${cell('recorded', formatNumber(f.data))}
      ${cell('95 % interval', `${formatNumber(f.low)} to ${formatNumber(f.high)}`)}
      ${cell('fitted', html`<b class="${isWithin(f) ? 'best' : ''}">${formatNumber(f.fit)}</b>`)}</tr>`,
  );
  return table(['', 'recorded', '95 % interval', 'fitted'], rows);
}

function matchedTable(matched: readonly Matched[]): Html {
  const rows = matched.map(
    (m) => html`<tr><th scope="row">${m.name}</th>
      ${cell('recorded', `${formatNumber(m.data)} ± ${formatNumber(m.error)}`)}
      ${cell('fitted', formatNumber(m.fit))}
      ${cell('distance', m.error > 0 ? formatNumber((m.fit - m.data) / m.error) : '')}</tr>`,
  );
  return table(['', 'recorded', 'fitted', 'distance in standard errors'], rows);
}

function pathChart(kit: Kit, { asset, recorded, paths }: AssetComparison, { start, interval }: FitPage): Html {
  const time = Float64Array.from(recorded, (_, t) => start + t * interval);
  const names = paths.map((_, k) => `drawn ${k + 1}`);
  const lines = [{ name: 'recorded', values: recorded }, ...paths.map((values, k) => ({ name: names[k], values }))];
  return lineChart(kit, {
    series: { time, lines },
    colour: (name) => (name === 'recorded' ? DATA : `var(--b${(names.indexOf(name) % 6) + 1})`),
    axis: `Price of ${asset}`,
    format: formatCompact,
    figure: formatCompactFigure,
    exact: formatNumber,
    description: `Price of ${asset}, recorded and drawn by the fitted generator`,
  });
}

function assetSections(kit: Kit, asset: AssetComparison, page: FitPage): (Html | false)[] {
  return [
    section(
      `${asset.asset}: paths`,
      pathChart(kit, asset, page),
      'The recorded price, and paths of the fitted generator from the same first row: not forecasts, but what else might have been.',
    ),
    section(
      `${asset.asset}: correlations and spectrum`,
      html`${key()}<div class="pair">
        ${curveChart(kit, asset.returns, { description: 'Autocorrelation of returns', caption: 'Autocorrelation of returns', label: 'lag in rows', log: false })}
        ${curveChart(kit, asset.sizes, { description: 'Autocorrelation of sizes of returns', caption: 'Autocorrelation of |returns|', label: 'lag in rows', log: false })}
        ${curveChart(kit, asset.spectrum, { description: 'Spectrum of returns', caption: 'Spectrum of returns: variance a row over frequency', label: 'period in rows', log: true })}
      </div>`,
    ),
    section(
      `${asset.asset}: moments`,
      figureTable(asset.figures),
      'Marked where the fitted figure lies within the interval of the recorded one.',
    ),
  ];
}

function body(kit: Kit, page: FitPage): Html {
  const { result, comparison, notes } = page;
  return html`<header>
      <p class="overline">poolgrad · fit</p>
      <h1>${page.title}</h1>
      <p class="subtitle">${page.model}${notes.length > 0 && html` · <a href="#warnings">${notes.length} warning${notes.length > 1 && 's'}</a>`}</p>
    </header>
    <main>
      ${section('Parameters', estimateTable(result.estimates), page.method)}
      ${section('Regimes', result.chain !== null && chainTable(result.chain), 'Chances of a step.')}
      ${comparison.assets.map((asset) => assetSections(kit, asset, page).map((x) => x || html``))}
      ${section('What was matched', result.matched.length > 0 && matchedTable(result.matched))}
      ${factsAndWarnings(page)}
    </main>
    <footer>poolgrad ${page.version} · ${page.generated}</footer>`;
}

/** The page as one HTML document that needs nothing else. */
export async function renderFit(page: FitPage): Promise<string> {
  return htmlDocument(`${page.title} · fit`, body(await loadKit(), page));
}
