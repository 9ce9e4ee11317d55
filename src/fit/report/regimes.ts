/** Floor 5. The page of regimes: the price in the colour of its regime, the chance of each over time, and the chain. */
import { assetColour, type Kit, loadKit } from '../../evaluate/report/chart.js';
import { htmlDocument, section } from '../../evaluate/report/document.js';
import { formatCompact, formatCompactFigure, formatNumber } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { lineChart, stackedChart } from '../../evaluate/report/time-charts.js';
import type { Decoded } from '../decode.js';
import type { Chain, Estimate } from '../result.js';
import { chainTable, estimateTable, factsAndWarnings } from './tables.js';

export interface RegimesPage {
  readonly title: string;
  readonly model: string;
  readonly span: string;
  readonly method: string;
  readonly assets: readonly string[];
  /** rows × assets. */
  readonly prices: Float64Array;
  readonly start: number;
  readonly interval: number;
  readonly decoded: Decoded;
  readonly chain: Chain;
  /** Empty where nothing was fitted. */
  readonly estimates: readonly Estimate[];
  readonly notes: readonly string[];
  readonly version: string;
  readonly generated: string;
}

const nameOf = (regime: number) => `regime ${regime}`;

/** The price of an asset, one line a regime: each from the row before it, so that the price has no gaps. */
function priceChart(kit: Kit, page: RegimesPage, asset: number): Html {
  const { assets, prices, start, interval, decoded } = page;
  const { path, first, regimes } = decoded;
  const n = assets.length;
  const rows = path.length;
  const time = Float64Array.from({ length: rows }, (_, t) => start + (first + t) * interval);
  const price = (t: number) => prices[(first + t) * n + asset];
  const lines = Array.from({ length: regimes }, (_, k) => ({
    name: nameOf(k),
    values: Float64Array.from({ length: rows }, (_x, t) =>
      path[t] === k || path[Math.min(t + 1, rows - 1)] === k ? price(t) : Number.NaN,
    ),
  }));
  return lineChart(kit, {
    series: { time, lines },
    colour: (name) => assetColour(lines.findIndex((line) => line.name === name)),
    axis: `Price of ${assets[asset]}, by the likeliest path of regimes`,
    format: formatCompact,
    figure: formatCompactFigure,
    exact: formatNumber,
    description: `Price of ${assets[asset]} in the colours of its regimes`,
  });
}

function chanceChart(kit: Kit, { decoded, start, interval }: RegimesPage, which: 'filtered' | 'smoothed'): Html {
  const { regimes, first, path } = decoded;
  const time = Float64Array.from(path, (_, t) => start + (first + t) * interval);
  const lines = Array.from({ length: regimes }, (_, k) => ({
    name: nameOf(k),
    values: Float64Array.from(path, (_x, t) => decoded[which][t * regimes + k]),
  }));
  const axis =
    which === 'smoothed' ? 'Chance of each regime, given all rows' : 'Chance of each regime, given the rows up to then';
  return stackedChart(kit, { time, lines }, undefined, { what: 'Chances', axis });
}

function body(kit: Kit, page: RegimesPage): Html {
  const { notes, estimates } = page;
  return html`<header>
      <p class="overline">poolgrad · regimes</p>
      <h1>${page.title}</h1>
      <p class="subtitle">${page.model}${notes.length > 0 && html` · <a href="#warnings">${notes.length} warning${notes.length > 1 && 's'}</a>`}</p>
    </header>
    <main>
      ${section('Prices', html`${page.assets.map((_, i) => priceChart(kit, page, i))}`)}
      ${section('Chances', html`${chanceChart(kit, page, 'smoothed')}${chanceChart(kit, page, 'filtered')}`, 'With hindsight, and as it could be known at the time.')}
      ${section('Moves', chainTable(page.chain), 'Chances of a step.')}
      ${section('Parameters', estimates.length > 0 && estimateTable(estimates), page.method)}
      ${factsAndWarnings(page)}
    </main>
    <footer>poolgrad ${page.version} · ${page.generated}</footer>`;
}

/** The page as one HTML document that needs nothing else. */
export async function renderRegimes(page: RegimesPage): Promise<string> {
  return htmlDocument(`${page.title} · regimes`, body(await loadKit(), page));
}
