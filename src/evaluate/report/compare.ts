/** Floor 5. Several checkpoints in one page, on rows that none of them has seen: figures, curves, parameters, warnings. */
import { loadKit, strategyColours } from './chart.js';
import { metricTable, scoreLabel } from './comparison.js';
import type { ReportData, ReportParameter, ReportRow, ReportSeries } from './data.js';
import { factList, htmlDocument, section, warningList } from './document.js';
import { dotChart } from './dot-chart.js';
import {
  formatDate,
  formatMetric,
  formatPercent,
  formatQuantity,
  formatShortPercent,
  formatSpan,
  MISSING,
  metricLabel,
} from './format.js';
import { type Html, html } from './html.js';
import { drawn, growth, pair, relativeChart } from './relative.js';
import { lineChart } from './time-charts.js';

/** One of the checkpoints that are compared. */
export interface ComparedEntry {
  /** Told apart from the others by it. */
  name: string;
  /** Its own report on the rows of the comparison. */
  report: ReportData;
}

export interface ComparisonData {
  generated: string;
  version: string;
  assets: string[];
  /** The rows of the comparison, ms UTC. */
  test: { from: number; to: number };
  /** Sentences on what the checkpoints do not have in common. */
  remarks: string[];
  /** The figure that all were trained for; null where they were trained for several. */
  metric: string | null;
  entries: ComparedEntry[];
  /** What all are shown relative to: one portfolio, bought at the first row and held. */
  portfolio: ReportRow & { values: Float64Array };
}

/** The tuned pools' values, and the portfolio's last. */
function valuesOf({ entries, portfolio }: ComparisonData): ReportSeries {
  const series = entries.map(({ name, report }) => ({ name, values: report.test!.lines[0].values }));
  return { time: entries[0].report.test!.time, lines: [...series, { name: portfolio.name, values: portfolio.values }] };
}

/** The tuned rows, by the names of their checkpoints. */
export const comparedRows = ({ entries }: ComparisonData): ReportRow[] =>
  entries.map(({ name, report }) => ({ name, role: 'tuned', metrics: report.rows[0].metrics }));

/** Figures that relate a pool to what it started with itself: of pools that start unlike, no contest. */
const OWN = ['returns_over_hodl', 'returns_over_own_hodl', 'il'];

/** The figure to open with: the one that all were trained for, where it can be compared, else the return. */
const headlineOf = ({ metric }: ComparisonData): string =>
  metric === null || OWN.includes(metric) ? 'returns' : metric;

/** Who leads, by how much, and that it is one window. */
export function leader(data: ComparisonData): string {
  const metric = headlineOf(data);
  const known = comparedRows(data)
    .map(({ name, metrics }) => ({ name, value: metrics[metric] ?? null }))
    .filter((r): r is { name: string; value: number } => r.value !== null)
    .sort((a, b) => b.value - a.value);
  if (known.length === 0) return `${metricLabel(metric)} is not defined on these rows.`;
  const [first, second] = known.map(({ name, value }) => ({ name, text: formatMetric(metric, value) }));
  if (second === undefined) return `${metricLabel(metric)} is defined for ${first.name} only: ${first.text}.`;
  if (first.text === second.text)
    return `${first.name} and ${second.name} come to the same ${metricLabel(metric)}, ${first.text}.`;
  return `${first.name} leads in ${metricLabel(metric)} with ${first.text}; next is ${second.name} with ${second.text}.`;
}

/** What stands in a parameter's column of a checkpoint. */
function parameterCell(p: ReportParameter | undefined, label: string, name: string): Html {
  const place = p === undefined ? -1 : p.labels.length === 0 ? (label === '' ? 0 : -1) : p.labels.indexOf(label);
  const value = place < 0 ? undefined : p!.trained[place];
  const text = value === undefined ? MISSING : formatQuantity(value, p!.unit);
  return html`<td data-label="${name}"><div>${text}${value !== undefined && p!.frozen && html`<span class="note">frozen</span>`}</div></td>`;
}

/** Parameters down, checkpoints across; what a checkpoint does not have is a dash. */
function parameters({ entries }: ComparisonData): Html | false {
  const of = ({ report }: ComparedEntry, name: string) => report.parameters.find((p) => p.name === name);
  const names = [...new Set(entries.flatMap(({ report }) => report.parameters.map((p) => p.name)))];
  const rows = names.flatMap((name) => {
    const found = entries.map((entry) => of(entry, name));
    const labels = [...new Set(found.flatMap((p) => (p === undefined ? [] : p.labels.length === 0 ? [''] : p.labels)))];
    return labels.map(
      (label) => html`<tr><th scope="row">${name}${label !== '' && html`<span class="note">${label}</span>`}</th>
        ${found.map((p, i) => parameterCell(p, label, entries[i].name))}</tr>`,
    );
  });
  return (
    rows.length > 0 &&
    html`<div class="scroll"><table class="beside stacks">
    <thead><tr><th scope="col"><span class="unseen">parameter</span></th>${entries.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${rows}</tbody></table></div>`
  );
}

function aboutEach({ entries }: ComparisonData): Html {
  return html`${entries.map(({ name, report }) => {
    const said = [report.stress?.text, ...(report.remarks ?? []), ...report.warnings].filter((text) => text != null);
    const chosen = `${scoreLabel(report.choice)} on the ${report.choice.split} split, iteration ${report.choice.iteration}`;
    return html`<h3>${name}</h3>
      ${factList([['pool', report.pool], ['chosen by', chosen], ...report.facts])}
      ${warningList(said) || html`<p class="none">No warnings.</p>`}`;
  })}`;
}

/** Renders a comparison as one HTML document, as `renderReport` does for one checkpoint. */
export async function renderComparison(data: ComparisonData): Promise<string> {
  const kit = await loadKit();
  const { entries, portfolio, test } = data;
  const named = strategyColours(
    entries[0].name,
    entries.slice(1).map(({ name }) => name),
  );
  const colour = (name: string) => (name === portfolio.name ? 'var(--ink-2)' : named(name));
  const series = valuesOf(data);
  const look = {
    colour,
    size: 'half' as const,
    format: formatShortPercent,
    figure: formatPercent,
    exact: formatPercent,
    include: [0],
  };
  const metric = headlineOf(data);
  const dots = comparedRows(data).map(({ name, metrics }) => ({
    label: name,
    value: metrics[metric] ?? null,
    colour: colour(name),
  }));
  const title = `${entries.length} checkpoints on ${data.assets.join(' · ')}`;
  const curves =
    drawn(series) &&
    pair(
      lineChart(kit, {
        ...look,
        series: growth(series),
        axis: 'Growth since the first row',
        description: 'Growth of the tuned pools',
      }),
      relativeChart(kit, look, series, portfolio.name, `Relative to ${portfolio.name}`),
    );
  const body = html`<header>
      <p class="overline">poolgrad · comparison</p>
      <h1>${title}</h1>
      <p class="subtitle">${entries.map(({ name }) => name).join(', ')}</p>
    </header>
    <main>
      <section class="hero"><div>
        <p class="overline">Rows held out from all of them</p>
        <p class="window">${formatDate(test.from)} – ${formatDate(test.to)} <span>${formatSpan(test.to - test.from)}</span></p>
        <p class="verdict">${leader(data)}</p>
        <p class="choice">One test window is one draw of the market: small differences say little.</p>
        ${warningList(data.remarks)}
      </div><div><p class="axis">${metricLabel(metric)}</p>${dotChart(kit, metric, dots)}</div></section>
      ${section('Value over the test split', curves, `Each from what it is worth at the first row. ${portfolio.note}.`)}
      ${section('Every metric', metricTable(comparedRows(data), portfolio, OWN), 'On the rows above. Higher is better throughout; the best of each is marked, the portfolio takes no part. Return over HODL and impermanent loss relate each pool to what it started with itself, so they are no contest.')}
      ${section('Parameters', parameters(data), 'As trained.')}
      ${section('Each of them', aboutEach(data))}
    </main>
    <footer>poolgrad ${data.version} · ${data.generated}</footer>`;
  return htmlDocument(title, body);
}
