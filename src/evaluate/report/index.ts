// Floor 5. The report: one HTML file that needs nothing else and no network, readable on a screen of any width, in light
// and dark, and on paper; with its script the charts answer to pointer and keys.
import { type Kit, loadKit, strategyColours } from './chart.js';
import { comparisonTable, headline, metricTable, scoreLabel, tunedName } from './comparison.js';
import type { ReportData, ReportSeries } from './data.js';
import { factList, htmlDocument, section, warningList } from './document.js';
import { dotChart } from './dot-chart.js';
import { feeGridChart } from './fee-grid.js';
import {
  formatCompact,
  formatCompactFigure,
  formatNumber,
  formatPercent,
  formatShortPercent,
  metricLabel,
} from './format.js';
import { type Html, html } from './html.js';
import { parameterTable } from './parameters.js';
import { drawn, growth, pair, relativeChart } from './relative.js';
import { qualityTable, stressTable } from './stress.js';
import { lineChart, reserveCharts, type Splits, stackedChart } from './time-charts.js';
import { trainingCharts } from './training.js';

export type * from './data.js';

/** The table, and beneath it what else the headline metric was measured under. */
function comparison(kit: Kit, data: ReportData, colour: (name: string) => string): Html | false {
  if (data.rows.length === 0) return false;
  const { sensitivity } = data;
  const { metric, value } = data.headline;
  const grid = feeGridChart(kit, data, metric, value);
  const dots = sensitivity?.rows.map((row) => ({ ...row, colour: 'var(--tuned)' })) ?? [];
  const others = dotChart(kit, metric, dots);
  return html`${comparisonTable(data, colour)}
    ${(grid || others) && html`<div class="pair">${grid}${others && html`<div><p class="axis">${metricLabel(metric)} by ${sensitivity?.name}</p>${others}</div>`}</div>`}`;
}

/** The splits with what happens at their starts. */
const splitsOf = ({ splits, afresh }: ReportData): Splits => ({ ...splits, ...(afresh === true ? { afresh } : {}) });

/** What the marks at the splits mean. */
const afreshText = ({ afresh }: ReportData): string | false =>
  afresh === true &&
  'At each ↻ the pool starts afresh, with what it is worth there: a pool without a rule does so with each split.';

/** Value, and value relative to what is merely held: over all splits, and beside it over the test split alone. */
function valueSections(kit: Kit, data: ReportData, colour: (name: string) => string): (Html | false)[] {
  const { numeraire = 'the numéraire', value, test, relativeTo } = data;
  const splits = splitsOf(data);
  if (!drawn(value)) return [];
  const half = { colour, size: 'half' as const };
  const percent = { ...half, format: formatShortPercent, figure: formatPercent, exact: formatPercent, include: [0] };
  const long = lineChart(kit, {
    ...half,
    series: value,
    splits,
    axis: `Pool value, in ${numeraire}`,
    format: formatCompact,
    figure: formatCompactFigure,
    exact: formatNumber,
    description: 'Value of the tuned pool and of the baselines over time',
  });
  const short =
    test &&
    drawn(test) &&
    lineChart(kit, {
      ...percent,
      series: growth(test),
      axis: 'Growth over the test split alone',
      description: 'Growth of the tuned pool and of the baselines over the test split',
    });
  const relative = (series: ReportSeries | undefined, axis: string, behind?: Splits) =>
    series &&
    drawn(series) &&
    relativeTo !== undefined &&
    relativeChart(kit, { ...percent, splits: behind }, series, relativeTo, axis);
  const [longRatio, shortRatio] = [
    relative(value, 'Over all splits', splits),
    relative(test, 'Over the test split alone'),
  ];
  return [
    section('Value over time', pair(long, short), afreshText(data)),
    section(
      `Value relative to ${relativeTo}`,
      longRatio && pair(longRatio, shortRatio),
      `How far a strategy is above or below ${relativeTo}, both from the same start. Over the test split alone, what is held is bought at its first row.`,
    ),
  ];
}

function overTime(kit: Kit, data: ReportData, colour: (name: string) => string): (Html | false)[] {
  const { numeraire = 'the numéraire' } = data;
  const splits = splitsOf(data);
  const common = { splits, colour };
  const composition = data.composition.series;
  const earned = data.fees.lines.some((line) => line.values.some((x) => x > 0));
  return [
    ...valueSections(kit, data, colour),
    section(
      data.composition.kind === 'weights' ? 'Weights' : 'Reserves',
      drawn(composition) &&
        (data.composition.kind === 'weights' ? stackedChart : reserveCharts)(kit, composition, splits),
      afreshText(data),
    ),
    section(
      'Fees earned',
      drawn(data.fees) && earned
        ? lineChart(kit, {
            ...common,
            series: data.fees,
            axis: `Fees earned so far, in ${numeraire}`,
            format: formatCompact,
            figure: formatCompactFigure,
            exact: formatNumber,
            include: [0],
            filled: true,
            description: 'Fees earned over time, cumulative',
          })
        : html`<p class="none">No fees were earned over these rows.</p>`,
    ),
    section(
      'Drawdown',
      drawn(data.drawdown) &&
        lineChart(kit, {
          ...common,
          series: data.drawdown,
          axis: 'Below the highest value so far',
          format: formatShortPercent,
          figure: formatPercent,
          exact: formatPercent,
          include: [0],
          filled: true,
          description: 'Drawdown of the tuned pool and of the baselines over time',
        }),
    ),
  ];
}

function trainingLead({ choice }: ReportData): string {
  const sets = choice.sets > 1 ? `mean of the ${choice.sets} sets` : 'the set';
  return `${scoreLabel(choice)}: ${sets} on each iteration’s random windows, and the best set on the ${choice.split} split.`;
}

function page(kit: Kit, data: ReportData): Html {
  const tuned = tunedName(data);
  const baselines = data.rows.filter((row) => row.role === 'baseline').map((row) => row.name);
  const named = strategyColours(tuned, baselines);
  const colour = (name: string) => (name === data.restarted?.name ? 'var(--tuned)' : named(name));
  const count = data.warnings.length;
  return html`<header>
      <p class="overline">poolgrad · evaluation</p>
      <h1>${data.title}</h1>
      <p class="subtitle">${data.pool}${count > 0 && html` · <a href="#warnings">${count} warning${count > 1 && 's'}</a>`}</p>
    </header>
    <main>
      ${headline(kit, data, colour)}
      ${section('Beside the baselines', comparison(kit, data, colour), 'All figures are of the test split.')}
      ${section('Under stress', stressTable(data), 'The same parameters on the test split where arbitrageurs come less often, and on prices without what is wrong with them. Figures that change much with the step are made of the data, not of a market.')}
      ${overTime(kit, data, colour)}
      ${section('Training', data.training.length > 0 && trainingCharts(kit, data), trainingLead(data))}
      ${section('Parameters', data.parameters.length > 0 && parameterTable(data.parameters))}
      ${section('Every metric', data.rows.length > 0 && metricTable(data.rows, data.restarted), 'On the test split. Losses, drawdowns and turnover are negative, so that higher is better throughout.')}
      ${section('Prices', qualityTable(data), 'Rows that nobody traded in, prices that stand still, closes that bounce between bid and ask, prices that leave and come back.')}
      ${section('Facts', factList(data.facts))}
      <div id="warnings">${section('Warnings', warningList(data.warnings))}</div>
    </main>
    <footer>poolgrad ${data.version} · ${data.generated}</footer>`;
}

/**
 * Renders a report as one HTML document (a string that starts with the doctype): one script of its own, no requests.
 * All text of `data` is escaped. Lines are thinned to the picture's width, lowest and highest values kept.
 */
export async function renderReport(data: ReportData): Promise<string> {
  const { metric, value } = data.headline;
  const figures = {
    headline: { metric, value },
    rows: data.rows.map((row) => ({ name: row.name, values: row.metrics })),
  };
  return htmlDocument(`${data.title} · ${data.pool}`, page(await loadKit(), data), figures);
}
