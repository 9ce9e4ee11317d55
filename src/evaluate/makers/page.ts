/** Floor 5. The sections of a maker in the page of an evaluation: policies side by side, where money came from, quotes by inventory. */
import type { Kit } from '../report/chart.js';
import { section } from '../report/document.js';
import { formatNumber } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import { fillsChart, quoteChart, sourcesChart } from './charts.js';
import type { Compared, MakerComparison } from './compare.js';
import { SOURCES } from './figures.js';
import { estimateText, SHOWN } from './text.js';

export function makerSections(kit: Kit, comparison: MakerComparison): (Html | false)[] {
  const { rows, scenarios, steps, dt, markout, fillsBy } = comparison;
  const time = formatNumber(steps * dt);
  return [
    section(
      'Beside other policies',
      table(rows),
      `Means over ${fillsBy === 'draws' ? `${scenarios} scenarios of ${time} s with drawn fills, all on the same draws,` : `${scenarios} windows of ${time} s with fills by recorded trades, each`} from the start inventory; standard errors. The markout is ${formatNumber(markout)} s. Long run: what the table is worth a second at these steps, by its stationary law.`,
    ),
    section(
      'Where the money came from',
      html`${sourcesChart(kit, comparison)}${sourceTable(comparison)}`,
      `Means by source; they add up to the money made. ${SOURCES.map(({ name, doc }) => `${name}: ${doc}`).join('; ')}.`,
    ),
    section(
      'Quotes by inventory',
      html`<div class="pair">${quoteCharts(kit, comparison)}</div>`,
      'Offsets from the mid: asks above, bids below. Dots are the tuned policy, the line is the best table.',
    ),
    section(
      'Fills by inventory',
      html`<div class="pair">${comparison.assets.map((_, i) => fillsChart(kit, comparison, i))}</div>`,
      'Of the tuned policy, a second of the time that each inventory was held: dots are fills seen, with two standard errors of their count; lines are what the quotes should have had.',
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

/** Means with their signs, of all policies; of several assets, of the tuned one's assets too. */
function sourceTable({ rows, assets }: MakerComparison): Html {
  const heads = ['', ...SOURCES.map(({ name }) => name), 'money made'];
  const parts =
    assets.length === 1
      ? []
      : rows[0].byAsset.map((figures, i) => ({ name: `${rows[0].name}, ${assets[i]}`, figures }));
  const body = [...rows, ...parts].map(
    ({ name, figures }) => html`<tr><th scope="row">${name}</th>
      ${SOURCES.map(({ figure: of, sign, name: head }) => cell(head, signedText(figures[of], sign)))}
      ${cell('money made', estimateText(figures.pnl))}</tr>`,
  );
  return html`<div class="scroll"><table class="stacks"><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

const signedText = (x: Compared['figures']['pnl'], sign: number): string =>
  estimateText(x === null || x.mean === 0 ? x : { ...x, mean: sign * x.mean });

function quoteCharts(kit: Kit, { rows, slices }: MakerComparison): Html[] {
  const [tuned] = rows;
  const best = rows.find((r) => r.name === 'optimum');
  return slices.map((slice, i) => quoteChart(kit, tuned, best, i, slice));
}
