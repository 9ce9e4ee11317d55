/** Floor 5. The page of a calibrated market: its numbers with their errors, and pictures of how far the model describes it. */
import { type Kit, loadKit } from '../../evaluate/report/chart.js';
import { factList, htmlDocument, section, warningList } from '../../evaluate/report/document.js';
import { formatCompact, formatCompactFigure, formatNumber } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { lineChart } from '../../evaluate/report/time-charts.js';
import { linesChart } from '../../solve/report/charts.js';
import { DATA, FIT } from '../report/charts.js';
import { cell, table } from '../report/tables.js';
import type { Picture } from './estimate.js';
import type { MakerFit } from './fit.js';

export interface MakerFitPage {
  readonly title: string;
  readonly subject: string;
  readonly fit: MakerFit;
  /** Prices over time: mids where there are tops, else trades. ms UTC. */
  readonly path: { readonly time: Float64Array; readonly price: Float64Array };
  readonly facts: readonly (readonly [string, string])[];
  readonly version: string;
  readonly generated: string;
}

interface Told {
  readonly value: number;
  readonly error: number | null;
}

const told = (x: Told | null): string =>
  x === null ? '–' : `${formatNumber(x.value)}${x.error === null ? '' : ` ± ${formatNumber(x.error)}`}`;

function estimateTable({ estimates }: MakerFit): Html {
  const rows = Object.entries(estimates).map(
    ([name, e]) => html`<tr><th scope="row">${name}<span class="note">${e.doc}</span></th>
      ${cell('estimate', html`<b>${formatNumber(e.value)}</b>`)}
      ${cell('standard error', e.error === null ? '–' : formatNumber(e.error))}
      ${cell('unit', e.unit)}</tr>`,
  );
  return table(['', 'estimate', 'standard error', 'unit'], rows, true);
}

function picture(kit: Kit, { caption, label, lines }: Picture): Html | false {
  const shown = lines
    .filter(({ points }) => points.length > 1)
    .map(({ name, fitted, points }) => ({ name, points, dashed: fitted, colour: fitted ? FIT : DATA }));
  return shown.length > 0 && linesChart(kit, shown, { caption, description: caption, label });
}

function imbalanceTable({ imbalance }: MakerFit): Html | null {
  if (imbalance === null) return null;
  const { states, chain } = imbalance;
  const heads = ['', 'share of the time', 'sell orders, 1/s', 'buy orders, 1/s', 'drift, money/s'];
  const rows = states.map(
    (s, i) => html`<tr><th scope="row">${formatNumber(s.from)} to ${formatNumber(s.to)}</th>
      ${cell(heads[1], formatNumber(s.share))}${cell(heads[2], told(s.sells))}${cell(heads[3], told(s.buys))}${cell(heads[4], told(s.drift))}
      ${chain.generator[i].map((value, j) => cell(`to ${j}`, i === j ? '' : told({ value, error: chain.errors[i][j] })))}</tr>`,
  );
  return table([...heads, ...states.map((_, j) => `to ${j}, 1/s`)], rows, true);
}

function regimeSection(kit: Kit, { regimes }: MakerFit): Html | null {
  if (regimes === null) return null;
  const heads = ['', 'share of the time', 'sell orders, 1/s', 'buy orders, 1/s', 'σ, money/√s'];
  const rows = regimes.regimes.map(
    (r, i) => html`<tr><th scope="row">regime ${i}</th>
      ${cell(heads[1], formatNumber(r.share))}${cell(heads[2], told(r.lambdaBid))}${cell(heads[3], told(r.lambdaAsk))}${cell(heads[4], told(r.sigma))}
      ${regimes.generator[i].map((value, j) => cell(`to ${j}`, i === j ? '' : told({ value, error: regimes.errors[i][j] })))}</tr>`,
  );
  const time = regimes.last.map((_, t) => regimes.start + 1000 * regimes.seconds * (t + 0.5));
  const name = `regime ${regimes.regimes.length - 1}`;
  return html`${table([...heads, ...regimes.regimes.map((_, j) => `to ${j}, 1/s`)], rows, true)}
    ${timeChart(kit, time, regimes.last, name, `Chance of ${name}, given all that was recorded`)}`;
}

const timeChart = (kit: Kit, time: Float64Array, values: Float64Array, name: string, axis: string): Html =>
  lineChart(kit, {
    series: { time, lines: [{ name, values }] },
    colour: () => DATA,
    axis,
    format: formatCompact,
    figure: formatCompactFigure,
    exact: formatNumber,
    description: axis,
  });

function body(kit: Kit, page: MakerFitPage): Html {
  const { fit, path } = page;
  const pictures = fit.pictures.map((one) => picture(kit, one)).filter((one): one is Html => one !== false);
  const goodness = fit.goodness.map(({ name, value, doc }): [string, string] => [
    name,
    `${formatNumber(value)}: ${doc}`,
  ]);
  const gain =
    fit.regimes === null
      ? ''
      : ` BIC ${fit.regimes.gain > 0 ? 'prefers them to one regime' : 'prefers one regime'} by ${formatNumber(Math.abs(fit.regimes.gain))}.`;
  return html`<header>
      <p class="overline">poolgrad · calibrate maker</p>
      <h1>${page.title}</h1>
      <p class="subtitle">${page.subject}${fit.warnings.length > 0 && html` · <a href="#warnings">${fit.warnings.length} warning${fit.warnings.length > 1 && 's'}</a>`}</p>
    </header>
    <main>
      ${section('The market', estimateTable(fit), 'How each is estimated: docs/calibrating-a-maker.md. Money is in the quote currency for a unit of the asset, time in seconds.')}
      ${section('How it fits', pictures.length > 0 && html`<div class="pair">${pictures}</div>`, 'Dots are recorded; broken lines are what the model says with the numbers above.')}
      ${section('Figures of the fit', factList(goodness))}
      ${section('Price', timeChart(kit, path.time, path.price, fit.asset, `Price of ${fit.asset}`))}
      ${section('States of the imbalance', imbalanceTable(fit), 'By the share of the bid in the sizes at the top of the book; counted orders, seen states.')}
      ${section('Hidden regimes', regimeSection(kit, fit), `Orders of both sides and moves of the mid.${gain}`)}
      ${section('Not told by these data', factList(fit.untold.map(({ what, why }): [string, string] => [what, why])))}
      ${section('Facts', factList(page.facts))}
      ${fit.warnings.length > 0 && html`<section id="warnings"><h2>Warnings</h2>${warningList(fit.warnings)}</section>`}
    </main>
    <footer>poolgrad ${page.version} · ${page.generated}</footer>`;
}

/** The page as one HTML document that needs nothing else. */
export async function renderMakerFit(page: MakerFitPage): Promise<string> {
  return htmlDocument(`${page.title} · calibrate maker`, body(await loadKit(), page));
}
