// Floor 5. Charts over time: lines with the splits behind them, stacked weights, one small chart for each reserve.
import type { Markish } from '@observablehq/plot';
import {
  assetColour,
  type EndLabel,
  endLabels,
  extent,
  figure,
  fitBeside,
  type Kit,
  LABEL_MARGIN,
  leftMargin,
  plot,
  type Room,
  roundTicks,
  spanOf,
  type Vertical,
  verticalAxis,
} from './chart.js';
import type { ReportData, ReportSeries } from './data.js';
import { decimate, spreadRows } from './decimate.js';
import { formatCompact, formatNumber, formatPercent, formatShortPercent, MISSING, tickLabels } from './format.js';
import { type Html, html } from './html.js';
import { type Axis, lineClass, readings, readRows } from './readings.js';

const MINUTE = 60_000;

/** `afresh`: the pool starts afresh with each of them. */
export type Splits = ReportData['splits'] & { readonly afresh?: true };

export interface LineChart {
  series: ReportSeries;
  /** Drawn behind the lines; left out where the series lies within one of them. */
  splits?: Splits;
  colour: (name: string) => string;
  /** Of the value axis, with its unit. */
  axis: string;
  /** Of its ticks, with so many significant digits. */
  format: (y: number, digits: number) => string;
  /** Of the figures at the ends of the lines. */
  figure: (y: number) => string;
  /** Of the figures beneath the cursor, as in the tables. */
  exact: (y: number) => string;
  /** Values that the axis must show. */
  include?: number[];
  /** Tint between the first line and 0. */
  filled?: boolean;
  size?: 'full' | 'half';
  description: string;
}

/** What a chart over time is made of; the frame draws axes, splits and labels around the marks. */
interface TimeFrame {
  time: Float64Array;
  splits: Splits | undefined;
  vertical: Vertical;
  ticks: number[];
  format: (y: number, digits: number) => string;
  /** To stand where the lines end, where there is room. */
  labels: EndLabel[];
  marks: Markish[];
  /** Whether 0 is a line to compare with. */
  zero?: boolean;
  /** Whether the marks leave room to tint the test split behind them. */
  tinted: boolean;
}

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
    ...(splits.afresh === true
      ? [Plot.text(shown.slice(1), { x: 'from', frameAnchor: 'top', dy: -6, text: () => '↻', fill: 'var(--ink-2)' })]
      : []),
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

/** The frame around the marks; names stand at the ends of their lines. */
function drawFrame(kit: Kit, frame: TimeFrame, room: Room): Html {
  const { Plot } = kit;
  const { vertical: v, splits, labels, ticks } = frame;
  const domain = timeDomain(frame.time);
  const written = tickLabels(ticks, frame.format);
  const marginLeft = Math.max(leftMargin(written, room), room.half ? 0 : 58);
  const marginRight = labels.length > 0 ? LABEL_MARGIN : 12;
  return plot(kit, room, {
    height: v.height,
    marginLeft,
    marginRight,
    marginTop: v.top,
    marginBottom: v.bottom,
    x: { type: 'utc', domain },
    y: { domain: v.domain },
    marks: [
      ...(frame.tinted && splits ? testTint(kit, splits, domain) : []),
      ...verticalAxis(kit, ticks, written),
      ...(frame.zero ? [Plot.ruleY([0], { stroke: 'var(--ink-2)', strokeOpacity: 0.6 })] : []),
      Plot.axisX({ tickSize: 4, label: null, color: 'var(--ink-2)', ticks: Math.round(room.width / 110) }),
      ...frame.marks,
      ...(splits ? splitMarks(kit, splits, domain, room.width - marginLeft - marginRight) : []),
      ...endLabels(kit, labels, v, room),
    ],
  });
}

/** The axis that the cursors of all charts over time share. */
const timeAxis = (time: Float64Array, rows: readonly number[]): Axis => {
  const [from, to] = timeDomain(time);
  return { group: 'time', domain: [from / MINUTE, to / MINUTE], keys: rows.map((row) => time[row] / MINUTE) };
};

const lastFinite = (values: Float64Array) => values.findLast(Number.isFinite);

function lineLabels({ series, colour, figure }: LineChart): EndLabel[] {
  return series.lines.flatMap(({ name, values }, i) => {
    const end = lastFinite(values);
    const label = { name, y: end ?? Number.NaN, colour: colour(name), strong: i === 0 };
    return [{ ...label, figure: end === undefined ? MISSING : figure(end) }];
  });
}

function lineMarks({ Plot }: Kit, { series, colour, filled }: LineChart, room: Room): Markish[] {
  const lines = series.lines.map(({ name, values }, i) => ({
    points: decimate(series.time, values, room.runs),
    className: lineClass(i),
    stroke: colour(name),
    strokeWidth: i === 0 ? 2.2 : 1.3,
  }));
  // The first line, the tuned pool's, is drawn last: over the others.
  const marks: Markish[] = [...lines]
    .reverse()
    .map(({ points, ...stroke }) => Plot.line(points, { x: 'x', y: 'y', ...stroke }));
  const [{ points, className, stroke }] = lines;
  if (filled) marks.unshift(Plot.areaY(points, { x: 'x', y: 'y', className, fill: stroke, fillOpacity: 0.1 }));
  return marks;
}

/** What the cursor reads from lines over time. */
function readLines(
  series: ReportSeries,
  colour: (name: string, index: number) => string,
  write: (y: number) => string,
) {
  const rows = readRows(series.time.length);
  const lines = series.lines.map(({ name, values }, i) => ({
    name,
    colour: colour(name, i),
    at: rows.map((row) => values[row]),
    texts: (place: number) => write(values[rows[place]]),
  }));
  return { axis: timeAxis(series.time, rows), lines };
}

/** Lines over time, one for each strategy. */
export function lineChart(kit: Kit, chart: LineChart): Html {
  const { series, splits, format, size = 'full' } = chart;
  const domain = extent(
    series.lines.flatMap((l) => spanOf(l.values)),
    chart.include,
  );
  const labels = lineLabels(chart);
  const read = readLines(series, chart.colour, chart.exact);
  const draw = (room: Room) => {
    const vertical = { domain, ...EDGES, height: room.narrow ? 250 : room.half ? 290 : 330 };
    const frame = {
      time: series.time,
      splits,
      vertical,
      ticks: roundTicks(domain, 5),
      format,
      tinted: true,
      zero: chart.include?.includes(0),
    };
    const beside = room.narrow || room.half ? [] : labels.filter((label) => Number.isFinite(label.y));
    return drawFrame(kit, { ...frame, labels: beside, marks: lineMarks(kit, chart, room) }, room);
  };
  return figure(chart.description, size, draw, {
    caption: chart.axis,
    labels,
    labelled: size === 'full' && fitBeside(labels),
    readings: readings(read.axis, read.lines, domain),
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

const layerLabels = (layers: ReturnType<typeof layersOf>): EndLabel[] =>
  layers.map(({ name, colour, end }) => ({
    name,
    figure: formatShortPercent(end.y2 - end.y1),
    y: (end.y1 + end.y2) / 2,
    colour,
    text: 'var(--ink)',
  }));

const WEIGHTS = { what: 'Weights', axis: 'Share of the pool’s value' };

/** Weights, or other shares of 1, as stacked areas that fill the height. */
export function stackedChart(
  kit: Kit,
  series: ReportSeries,
  splits: Splits | undefined,
  { what, axis }: { readonly what: string; readonly axis: string } = WEIGHTS,
): Html {
  const names = series.lines.map((l) => l.name).join(', ');
  const { time } = series;
  const domain: [number, number] = [0, 1];
  const draw = (room: Room) => {
    const layers = layersOf(series, spreadRows(time.length, room.runs * 2));
    const marks = layers.map(({ points, colour }) =>
      kit.Plot.areaY(points, { x: 'x', y1: 'y1', y2: 'y2', fill: colour, stroke: 'var(--surface)', strokeWidth: 0.7 }),
    );
    const vertical: Vertical = { domain, ...EDGES, height: room.narrow ? 230 : 280 };
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    const beside = room.narrow ? [] : layerLabels(layers);
    return drawFrame(
      kit,
      { time, splits, vertical, ticks, format: formatShortPercent, labels: beside, marks, tinted: false },
      room,
    );
  };
  const labels = layerLabels(layersOf(series, [time.length - 1]));
  const rows = readRows(time.length);
  // the topmost layer first, as they lie
  const lines = layersOf(series, rows)
    .map(({ name, colour, points }) => ({
      name,
      colour,
      at: points.map((p) => p.y2),
      texts: (place: number) => formatPercent(points[place].y2 - points[place].y1),
    }))
    .reverse();
  return figure(`${what} of ${names} over time, stacked`, 'full', draw, {
    caption: axis,
    labels,
    labelled: fitBeside(labels),
    switched: false,
    readings: readings(timeAxis(time, rows), lines, domain),
  });
}

/** Reserves have units of their own: one small chart for each asset, each with its own axis. */
export function reserveCharts(kit: Kit, series: ReportSeries, splits: Splits): Html {
  const charts = series.lines.map(({ name, values, unit = 'units' }, i) => {
    const domain = extent(spanOf(values));
    const vertical = { domain, ...EDGES, height: 170 };
    const end = lastFinite(values);
    const ending = end === undefined ? '' : `, ${formatNumber(end)} at the end`;
    const { time } = series;
    const draw = (room: Room) => {
      const points = decimate(time, values, room.runs);
      const marks = [kit.Plot.line(points, { x: 'x', y: 'y', stroke: assetColour(i), strokeWidth: 1.8 })];
      const ticks = roundTicks(domain, 3);
      return drawFrame(
        kit,
        { time, splits, vertical, ticks, format: formatCompact, labels: [], marks, tinted: true },
        room,
      );
    };
    const { axis, lines } = readLines({ time, lines: [{ name, values }] }, () => assetColour(i), formatNumber);
    return figure(`Reserve of ${name} over time`, 'half', draw, {
      caption: html`<b>${name}</b> in ${unit}${ending}`,
      readings: readings(axis, lines, domain),
    });
  });
  return html`<div class="pair">${charts}</div>`;
}
