// Floor 5. Charts over time: lines with the splits behind them, stacked weights, one small chart for each reserve.
import type { Markish } from '@observablehq/plot';
import {
  assetColour,
  type EndLabel,
  endLabels,
  extent,
  figure,
  type Kit,
  LABEL_MARGIN,
  legend,
  plot,
  type Room,
  spanOf,
  type Vertical,
} from './chart.js';
import type { ReportData, ReportSeries } from './data.js';
import { decimate, spreadRows } from './decimate.js';
import { formatCompact, formatNumber, formatShortPercent } from './format.js';
import { type Html, html } from './html.js';

export type Splits = ReportData['splits'];

export interface LineChart {
  series: ReportSeries;
  splits: Splits;
  colour: (name: string) => string;
  /** Of the value axis, with its unit. */
  axis: string;
  /** Of its ticks. */
  format: (y: number) => string;
  /** Of the figures at the ends of the lines. */
  figure: (y: number) => string;
  /** Values that the axis must show. */
  include?: number[];
  /** Tint between the first line and 0. */
  filled?: boolean;
  description: string;
}

/** What a chart over time is made of; the frame draws axes, splits and labels around the marks. */
interface TimeFrame {
  time: Float64Array;
  splits: Splits;
  vertical: Vertical;
  ticks: number | number[];
  format: (y: number) => string;
  labels: EndLabel[];
  marks: Markish[];
  /** Whether the marks leave room to tint the test split behind them. */
  tinted: boolean;
}

const LEFT = 58;
const EDGES = { top: 30, bottom: 34 };

/** Span of a series in ms; a single row still has a width. */
function timeDomain(time: Float64Array): [number, number] {
  const [from, to] = [time[0], time[time.length - 1]];
  return to > from ? [from, to] : [from, from + 60_000];
}

/** The splits that the series covers, cut to it. */
function shownSplits(splits: Splits, [from, to]: [number, number]) {
  return (['train', 'validation', 'test'] as const)
    .map((name) => ({ name, from: Math.max(splits[name][0], from), to: Math.min(splits[name][1], to) }))
    .filter((split) => split.to > split.from);
}

function splitMarks({ Plot }: Kit, splits: Splits, domain: [number, number], width: number): Markish[] {
  const shown = shownSplits(splits, domain);
  if (shown.length < 2) return [];
  // A name needs about seven pixels a letter; a sliver stays unnamed.
  const pixels = width / (domain[1] - domain[0]);
  const named = shown.filter((s) => (s.to - s.from) * pixels > 7 * s.name.length);
  return [
    Plot.ruleX(shown.slice(1), { x: 'from', stroke: 'var(--rule)', strokeDasharray: '2,3' }),
    Plot.text(named, {
      x: (s: { from: number; to: number }) => (s.from + s.to) / 2,
      frameAnchor: 'top',
      dy: -18,
      text: 'name',
      fill: 'var(--ink-2)',
    }),
  ];
}

/** Tints the test split, unless it is all there is. */
function testTint({ Plot }: Kit, splits: Splits, domain: [number, number]): Markish[] {
  const shown = shownSplits(splits, domain);
  const test = shown.filter(({ name }) => name === 'test');
  return shown.length < 2 ? [] : [Plot.rect(test, { x1: 'from', x2: 'to', fill: 'var(--tint)' })];
}

/** The frame around the marks; names stand at the ends of their lines, or in a key below where there is no room. */
function drawFrame(kit: Kit, frame: TimeFrame, room: Room): Html {
  const { Plot } = kit;
  const { vertical: v, splits, labels } = frame;
  const domain = timeDomain(frame.time);
  const beside = !room.narrow && labels.length > 0;
  const marginRight = beside ? LABEL_MARGIN : 10;
  // Explicit tick values for stacks, a count for lines.
  const ticks = frame.ticks;
  const svg = plot(kit, room, {
    height: v.height,
    marginLeft: LEFT,
    marginRight,
    marginTop: v.top,
    marginBottom: v.bottom,
    x: { type: 'utc', domain },
    y: { domain: v.domain },
    marks: [
      ...(frame.tinted ? testTint(kit, splits, domain) : []),
      Plot.axisY({ tickSize: 0, label: null, tickFormat: frame.format, ticks, color: 'var(--ink-2)' } as object),
      Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks } as object),
      Plot.axisX({ tickSize: 4, label: null, color: 'var(--ink-2)', ticks: Math.round(room.width / 110) }),
      ...frame.marks,
      ...splitMarks(kit, splits, domain, room.width - LEFT - marginRight),
      ...(beside ? endLabels(kit, labels, v, room) : []),
    ],
  });
  return html`${svg}${room.narrow && labels.length > 0 && legend(labels)}`;
}

const lastFinite = (values: Float64Array) => values.findLast(Number.isFinite);

function lineLabels({ series, colour, figure }: LineChart): EndLabel[] {
  return series.lines.flatMap(({ name, values }, i) => {
    const end = lastFinite(values);
    return end === undefined ? [] : [{ name, figure: figure(end), y: end, colour: colour(name), strong: i === 0 }];
  });
}

function lineMarks({ Plot }: Kit, { series, colour, filled }: LineChart, room: Room): Markish[] {
  const lines = series.lines.map(({ name, values }, i) => ({
    points: decimate(series.time, values, room.runs),
    stroke: colour(name),
    strokeWidth: i === 0 ? 2.2 : 1.3,
  }));
  // The first line, the tuned pool's, is drawn last: over the others.
  const marks: Markish[] = [...lines]
    .reverse()
    .map(({ points, ...stroke }) => Plot.line(points, { x: 'x', y: 'y', ...stroke }));
  const [first] = lines;
  if (filled) marks.unshift(Plot.areaY(first.points, { x: 'x', y: 'y', fill: first.stroke, fillOpacity: 0.1 }));
  return marks;
}

/** Lines over time, one for each strategy. */
export function lineChart(kit: Kit, chart: LineChart): Html {
  const { series, splits, format } = chart;
  const domain = extent(
    series.lines.flatMap((l) => spanOf(l.values)),
    chart.include,
  );
  return figure(chart.description, 'full', (room) => {
    const vertical = { domain, ...EDGES, height: room.narrow ? 250 : 330 };
    const [labels, marks] = [lineLabels(chart), lineMarks(kit, chart, room)];
    const frame = { time: series.time, splits, vertical, ticks: 5, format, labels, marks, tinted: true };
    return html`<p class="axis">${chart.axis}</p>${drawFrame(kit, frame, room)}`;
  });
}

/** Each line's band between the sum of those before it and its own, at `rows`. */
function layersOf(series: ReportSeries, rows: number[]) {
  const base = new Float64Array(rows.length);
  return series.lines.map(({ name, values }, i) => {
    const points = rows.map((row, k) => {
      const y1 = base[k];
      base[k] += values[row];
      return { x: series.time[row], y1, y2: base[k] };
    });
    return { name, colour: assetColour(i), points, end: points[points.length - 1] };
  });
}

/** Weights as stacked areas that fill the height. */
export function stackedChart(kit: Kit, series: ReportSeries, splits: Splits): Html {
  const names = series.lines.map((l) => l.name).join(', ');
  return figure(`Weights of ${names} over time, stacked`, 'full', (room) => {
    const layers = layersOf(series, spreadRows(series.time.length, room.runs * 2));
    const marks = layers.map(({ points, colour }) =>
      kit.Plot.areaY(points, { x: 'x', y1: 'y1', y2: 'y2', fill: colour, stroke: 'var(--surface)', strokeWidth: 0.7 }),
    );
    const labels = layers.map(({ name, colour, end }) => ({
      name,
      figure: formatShortPercent(end.y2 - end.y1),
      y: (end.y1 + end.y2) / 2,
      colour,
      text: 'var(--ink)',
    }));
    const vertical: Vertical = { domain: [0, 1], ...EDGES, height: room.narrow ? 230 : 280 };
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    const { time } = series;
    const frame = { time, splits, vertical, ticks, format: formatShortPercent, labels, marks, tinted: false };
    return html`<p class="axis">Share of the pool’s value</p>${drawFrame(kit, frame, room)}`;
  });
}

/** Reserves have units of their own: one small chart for each asset, each with its own axis. */
export function reserveCharts(kit: Kit, series: ReportSeries, splits: Splits): Html {
  const charts = series.lines.map(({ name, values, unit = 'units' }, i) => {
    const vertical = { domain: extent(spanOf(values)), ...EDGES, height: 170 };
    const end = lastFinite(values);
    const ending = end === undefined ? '' : `, ${formatNumber(end)} at the end`;
    return figure(`Reserve of ${name} over time`, 'half', (room) => {
      const points = decimate(series.time, values, room.runs);
      const marks = [kit.Plot.line(points, { x: 'x', y: 'y', stroke: assetColour(i), strokeWidth: 1.8 })];
      const { time } = series;
      const frame = { time, splits, vertical, ticks: 3, format: formatCompact, labels: [], marks, tinted: true };
      return html`<p class="axis"><b>${name}</b> in ${unit}${ending}</p>${drawFrame(kit, frame, room)}`;
    });
  });
  return html`<div class="pair">${charts}</div>`;
}
