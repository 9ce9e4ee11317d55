/** Floor 7. Charts over the iterations of a training: lines, and a ring where the parameters were taken. */
import * as Plot from '@observablehq/plot';
import type { Room } from './chart.js';
import { tickText, type Write } from './ticks.js';

export interface IterationLine {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** A CSS colour. */
  readonly stroke: string;
  readonly width?: number;
  readonly opacity?: number;
}

export interface IterationChart {
  readonly lines: readonly IterationLine[];
  /** First and last iteration of the axis. */
  readonly span: readonly [number, number];
  readonly write: Write;
  /** Whether figures are all above 0 and far apart. */
  readonly isLog?: boolean;
  /** Where the best set was found. */
  readonly ring?: { readonly x: number; readonly y: number } | null;
  /** A value to compare with. */
  readonly rule?: number | null;
}

/** Points of a line at most, and up to how many they are shown as such. */
const MOST_POINTS = 600;
const SPARSE = 40;

/** Every k-th of a long line, and its last. */
function pointsOf({ x, y }: IterationLine): { readonly x: number; readonly y: number }[] {
  const every = Math.ceil(x.length / MOST_POINTS);
  const all = Array.from({ length: x.length }, (_, i) => ({ x: x[i], y: y[i] }));
  return all.filter((point, i) => Number.isFinite(point.y) && (i % every === 0 || i === x.length - 1));
}

export function overIterations({ width, height }: Room, { lines, span, write, isLog, ring, rule }: IterationChart) {
  const [first, last] = span;
  const drawn = lines.map((line) => ({ ...line, points: pointsOf(line) }));
  const ticks = Math.max(2, Math.min(6, Math.floor(height / 45)));
  return Plot.plot({
    width,
    height,
    className: 'plot',
    marginLeft: 58,
    marginRight: 12,
    marginTop: 10,
    marginBottom: 26,
    x: { domain: [first, Math.max(last, first + 1)] },
    y: { type: isLog === true ? 'log' : 'linear', nice: true, zero: false },
    marks: [
      Plot.gridY({ ticks, stroke: 'var(--grid)', strokeOpacity: 1 }),
      Plot.axisY({ ticks, tickSize: 0, label: null, tickFormat: tickText(write), color: 'var(--ink-2)' }),
      Plot.axisX({
        ticks: Math.max(2, Math.floor(width / 90)),
        tickSize: 3,
        label: null,
        tickFormat: (x: number) => (Number.isInteger(x) ? String(x) : ''),
        color: 'var(--ink-2)',
      }),
      ...(rule == null ? [] : [Plot.ruleY([rule], { stroke: 'var(--rule)', strokeDasharray: '4,3' })]),
      ...drawn.map(({ points, stroke, width: strokeWidth = 1.5, opacity = 1 }) =>
        Plot.line(points, { x: 'x', y: 'y', stroke, strokeWidth, strokeOpacity: opacity, strokeLinejoin: 'round' }),
      ),
      ...drawn
        .filter(({ points, opacity = 1 }) => points.length <= SPARSE && opacity === 1)
        .map(({ points, stroke }) => Plot.dot(points, { x: 'x', y: 'y', fill: stroke, r: 2 })),
      ...(ring == null
        ? []
        : [Plot.dot([ring], { x: 'x', y: 'y', stroke: 'var(--tuned)', fill: 'var(--surface)', strokeWidth: 2, r: 5 })]),
    ],
  });
}
