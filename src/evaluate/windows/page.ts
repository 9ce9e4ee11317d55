/** Floor 5. The page of an evaluation over windows or scenarios: the score and its spread, every figure, paths, parameters. */
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, leftMargin, loadKit, plot, roundTicks, verticalAxis } from '../report/chart.js';
import type { ReportData, ReportParameter } from '../report/data.js';
import { factList, htmlDocument, section, warningList } from '../report/document.js';
import { formatCompact, formatNumber, metricAxis, metricLabel, tickLabels } from '../report/format.js';
import { type Html, html } from '../report/html.js';
import { parameterTable } from '../report/parameters.js';
import { trainingCharts } from '../report/training.js';
import { type Figure, QUANTILES, type Summary } from './figures.js';
import type { Fan, Fans } from './paths.js';

const TUNED = 'var(--tuned)';
const START = 'var(--b1)';

export interface WindowsPage extends Pick<ReportData, 'training' | 'choice'> {
  readonly title: string;
  readonly subtitle: string;
  /** `24 fresh scenarios of 120 steps` */
  readonly windows: string;
  /** Of a step, in ms. */
  readonly interval: number;
  /** The objective first. */
  readonly figures: readonly Figure[];
  readonly fans: Fans;
  /** What one kind of system has to show besides, after the figures. */
  readonly sections?: (kit: Kit) => (Html | false)[];
  readonly parameters: ReportParameter[];
  readonly facts: [string, string][];
  readonly warnings: readonly string[];
  readonly version: string;
  readonly generated: string;
}

/** 0.0123 ± 0.004 */
export function withError({ mean, standardError }: Summary): string {
  if (mean === null) return formatNumber(null);
  return standardError === null ? formatNumber(mean) : `${formatNumber(mean)} ± ${formatNumber(standardError)}`;
}

/** What the windows can tell of tuned and start. */
export function verdict({ difference: { mean, standardError } }: Figure): string {
  if (mean === null) return 'There is no figure: a window leaves the finite numbers.';
  if (standardError === null) return 'One window tells nothing of how far its figure would move with another.';
  if (mean === 0 && standardError === 0) return 'The tuned set does just as its start in every window.';
  const size = Math.abs(mean) / standardError;
  const by = `${formatNumber(Math.abs(mean))} ± ${formatNumber(standardError)}, window by window`;
  if (size < 2)
    return `No difference from the start that these windows can tell: ${mean < 0 ? 'worse' : 'better'} by ${by}.`;
  return `${mean > 0 ? 'Better' : 'Worse'} than its start by ${by}.`;
}

const cell = (label: string, text: string | Html): Html => html`<td data-label="${label}">${text}</td>`;

/** Rows of a table that are there at once; the others open. */
const ROWS = 24;

function figureTable(figures: readonly Figure[]): Html {
  if (figures.length <= ROWS) return tableOf(figures);
  const rest = figures.slice(ROWS);
  return html`${tableOf(figures.slice(0, ROWS))}<details><summary>${rest.length} more</summary>${tableOf(rest)}</details>`;
}

function tableOf(figures: readonly Figure[]): Html {
  const heads = ['', 'tuned', 'before training', 'difference', ...QUANTILES.map((q) => `${100 * q} %`)];
  const rows = figures.map(
    (f) => html`<tr><th scope="row">${metricLabel(f.name)}<span class="note">${f.doc}</span></th>
      ${cell('tuned', html`<b>${withError(f.tuned)}</b>`)}
      ${cell('before training', withError(f.start))}
      ${cell('difference', withError(f.difference))}
      ${QUANTILES.map((q, k) => cell(`${100 * q} %`, formatNumber(f.tuned.quantiles?.[k] ?? null)))}</tr>`,
  );
  return html`<div class="scroll"><table class="stacks"><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Bars of a histogram. */
const BINS = 24;

/** How often each score came, of the tuned set as bars and of the start as steps. */
function spreadChart(kit: Kit, { name, values }: Figure): Html | false {
  const all = [...values.tuned, ...values.start];
  if (!all.every(Number.isFinite)) return false;
  const [low, high] = extent(all, [], 0.02);
  const width = (high - low) / BINS;
  const counted = (xs: Float64Array) => {
    const bars = Array.from({ length: BINS }, (_, k) => ({ low: low + k * width, high: low + (k + 1) * width, n: 0 }));
    for (const x of xs) bars[Math.min(BINS - 1, Math.floor((x - low) / width))].n++;
    return bars;
  };
  const [tuned, start] = [counted(values.tuned), counted(values.start)];
  const most = Math.max(...tuned.map((b) => b.n), ...start.map((b) => b.n));
  const ticks = roundTicks([0, most], 4).filter(Number.isInteger);
  const written = ticks.map((n) => formatNumber(n));
  const across = roundTicks([low, high], 5);
  const labels = tickLabels(across, metricAxis(name));
  const { Plot } = kit;
  const marks: Markish[] = [
    ...verticalAxis(kit, ticks, written),
    Plot.rectY(tuned, { x1: 'low', x2: 'high', y: 'n', fill: TUNED, fillOpacity: 0.55, inset: 0.5 }),
    Plot.rectY(start, { x1: 'low', x2: 'high', y: 'n', stroke: START, strokeWidth: 1.5, fill: 'none', inset: 0.5 }),
    Plot.axisX(across, {
      tickSize: 4,
      label: null,
      color: 'var(--ink-2)',
      text: (_: number, i: number) => labels[i],
    } as object),
  ];
  return figure(
    `How often each ${metricLabel(name)} came`,
    'half',
    (room) =>
      plot(kit, room, {
        height: 240,
        marginLeft: leftMargin(written, room),
        marginRight: 14,
        marginTop: 12,
        marginBottom: 34,
        x: { domain: [low, high] },
        y: { domain: [0, most * 1.05] },
        marks,
      }),
    {
      caption: html`<span class="key"><i style="background:${TUNED}"></i>tuned</span><span class="key"><i style="background:${START}"></i>before training</span> windows by ${metricLabel(name)}`,
    },
  );
}

/** Units of time for an axis, the largest of which there are two. */
const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
] as const;

function fanChart(kit: Kit, { name, doc, quantiles, paths }: Fan, steps: Float64Array, interval: number): Html {
  const last = steps[steps.length - 1] * interval;
  const [unit, size] = UNITS.find(([, ms]) => last >= 2 * ms) ?? UNITS[UNITS.length - 1];
  const time = steps.map((s) => (s * interval) / size);
  const [least, , middle, , most] = quantiles;
  const [low, high] = extent([...least, ...most, ...paths.flatMap((p) => [...p])]);
  const ticks = roundTicks([low, high], 4);
  const written = tickLabels(ticks, formatCompact);
  const { Plot } = kit;
  const band = (below: Float64Array, above: Float64Array, opacity: number) =>
    Plot.areaY(
      Array.from(time, (x, t) => ({ x, low: below[t], high: above[t] })),
      {
        x: 'x',
        y1: 'low',
        y2: 'high',
        fill: TUNED,
        fillOpacity: opacity,
      },
    );
  const line = (values: Float64Array, stroke: string, strokeWidth: number) =>
    Plot.line(
      Array.from(time, (x, t) => ({ x, y: values[t] })),
      { x: 'x', y: 'y', stroke, strokeWidth },
    );
  const marks: Markish[] = [
    ...verticalAxis(kit, ticks, written),
    band(quantiles[0], quantiles[4], 0.14),
    band(quantiles[1], quantiles[3], 0.22),
    ...paths.map((path) => line(path, 'var(--ink-2)', 0.8)),
    line(middle, TUNED, 2),
    Plot.axisX({ tickSize: 4, label: unit, labelArrow: 'none', color: 'var(--ink-2)', ticks: 5 }),
  ];
  return figure(
    `${name} over time`,
    'half',
    (room) =>
      plot(kit, room, {
        height: 230,
        marginLeft: leftMargin(written, room),
        marginRight: 14,
        marginTop: 12,
        marginBottom: 40,
        x: { type: 'linear', domain: [0, time[time.length - 1]] },
        y: { domain: [low, high] },
        marks,
      }),
    { caption: html`<b>${name}</b> ${doc}` },
  );
}

/** Pictures of paths: the rest is in the file that simulate writes. */
const MOST_FANS = 12;

function fanSection(kit: Kit, { fans, steps, windows }: Fans, interval: number): Html | false {
  if (fans.length === 0) return false;
  const rest = fans.length - MOST_FANS;
  const left = rest > 0 ? ` ${rest} more are in the file that simulate writes.` : '';
  return section(
    'Paths',
    html`<div class="pair">${fans.slice(0, MOST_FANS).map((fan) => fanChart(kit, fan, steps, interval))}</div>`,
    `What the tuned system shows step by step: the median of ${windows} windows, the middle half and nine tenths of them, and three single ones.${left}`,
  );
}

function page(kit: Kit, data: WindowsPage): Html {
  const [objective] = data.figures;
  const { choice } = data;
  return html`<header>
      <p class="overline">poolgrad · evaluation</p>
      <h1>${data.title}</h1>
      <p class="subtitle">${data.subtitle}</p>
    </header>
    <main>
      <div class="hero"><div>
        <p class="window"><b>Test</b> <span>${data.windows}</span></p>
        <p class="figure${objective.tuned.mean === null && ' none'}">${formatNumber(objective.tuned.mean)}</p>
        <p class="metric">${metricLabel(objective.name)}<span>± ${formatNumber(objective.tuned.standardError)} (standard error of the mean)</span></p>
        <p class="verdict">${verdict(objective)}</p>
        <p class="choice">Set <b>${choice.set + 1}</b> of ${choice.sets}, iteration ${choice.iteration}, by the ${choice.split} split.</p>
      </div>${spreadChart(kit, objective) || html`<div></div>`}</div>
      ${section('Figures', figureTable(data.figures), 'Means over the windows with their standard errors; quantiles are of the tuned set. Scores are of whole windows, all else is as it was last observed.')}
      ${data.sections?.(kit) ?? []}
      ${fanSection(kit, data.fans, data.interval)}
      ${section('Training', data.training.length > 0 && trainingCharts(kit, data))}
      ${section('Parameters', data.parameters.length > 0 && parameterTable(data.parameters))}
      ${section('Facts', factList(data.facts))}
      <div id="warnings">${section('Warnings', warningList(data.warnings))}</div>
    </main>
    <footer>poolgrad ${data.version} · ${data.generated}</footer>`;
}

/** The page as one HTML document. */
export async function renderWindows(data: WindowsPage): Promise<string> {
  const [{ name: metric, tuned }] = data.figures;
  const valuesOf = (of: 'tuned' | 'start') =>
    Object.fromEntries(data.figures.map((figure) => [figure.name, figure[of].mean]));
  const rows = [
    { name: 'tuned', values: valuesOf('tuned') },
    { name: 'before training', values: valuesOf('start') },
  ];
  return htmlDocument(`${data.title} · evaluation`, page(await loadKit(), data), {
    headline: { metric, value: tuned.mean },
    rows,
  });
}
