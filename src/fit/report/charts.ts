/** Floor 5. Charts of a fit: the recorded figure with its bootstrap interval, and that of the fitted generator. */
import type { Markish } from '@observablehq/plot';
import {
  extent,
  figure,
  type Kit,
  leftMargin,
  plot,
  type Room,
  roundTicks,
  verticalAxis,
} from '../../evaluate/report/chart.js';
import { formatDigits, formatNumber, formatPower, tickLabels } from '../../evaluate/report/format.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { logTicks } from '../../evaluate/report/training.js';
import type { ComparedCurve } from '../comparison.js';

export const DATA = 'var(--tuned)';
export const FIT = 'var(--b1)';

/** What the marks mean. */
export const key = (): Html =>
  html`<p class="legend"><span><i style="background:${DATA}"></i>recorded, with its 95 % bootstrap interval</span> <span><i style="background:${FIT}"></i>fitted generator</span></p>`;

interface Shape {
  readonly description: string;
  readonly caption: string;
  /** Of the horizontal axis. */
  readonly label: string;
  /** Logarithmic axes, both. */
  readonly log: boolean;
}

/** A curve of the data as dots within bars, and that of the fit as a line. */
export function curveChart(kit: Kit, curve: ComparedCurve, shape: Shape): Html {
  const positive = (x: number) => (shape.log && !(x > 0) ? Number.NaN : x);
  const points = curve.at.map((x, k) => ({
    x,
    data: positive(curve.data[k]),
    low: positive(curve.low[k]),
    high: positive(curve.high[k]),
    fit: positive(curve.fit[k]),
  }));
  const values = points.flatMap((p) => [p.data, p.low, p.high, p.fit]).filter(Number.isFinite);
  const [low, high] = shape.log ? [Math.min(...values) / 1.5, Math.max(...values) * 1.5] : extent(values, [0]);
  const ticks = shape.log ? logTicks([low, high]) : roundTicks([low, high], 4);
  const written = shape.log
    ? ticks.map((y) => (y < 1e-4 ? formatPower(y) : formatNumber(y)))
    : tickLabels(ticks, formatDigits);
  const draw = (room: Room) =>
    plot(kit, room, {
      height: 250,
      marginLeft: leftMargin(written, room),
      marginRight: 14,
      marginTop: 12,
      marginBottom: 40,
      x: { type: shape.log ? 'log' : 'linear', domain: domainOf(curve.at, shape.log) },
      y: { type: shape.log ? 'log' : 'linear', domain: [low, high] },
      marks: marksOf(kit, points, ticks, written, shape),
    });
  return figure(shape.description, 'half', draw, { caption: shape.caption });
}

const domainOf = (at: readonly number[], log: boolean): [number, number] => {
  const [low, high] = [Math.min(...at), Math.max(...at)];
  return log ? [low / 1.1, high * 1.1] : [low - 0.5, high + 0.5];
};

function marksOf(
  kit: Kit,
  points: readonly { readonly x: number; readonly low: number; readonly high: number }[],
  ticks: number[],
  written: string[],
  { label, log }: Shape,
): Markish[] {
  const { Plot } = kit;
  return [
    ...verticalAxis(kit, ticks, written),
    ...(log ? [] : [Plot.ruleY([0], { stroke: 'var(--ink-2)', strokeOpacity: 0.6 })]),
    Plot.axisX({
      tickSize: 4,
      label,
      labelArrow: 'none',
      color: 'var(--ink-2)',
      ticks: log ? 4 : 6,
      tickFormat: (x: number) => formatNumber(x),
    }),
    Plot.ruleX(
      points.filter((p) => Number.isFinite(p.low) && Number.isFinite(p.high)),
      { x: 'x', y1: 'low', y2: 'high', stroke: DATA, strokeOpacity: 0.45, strokeWidth: 3 },
    ),
    Plot.line(points, { x: 'x', y: 'fit', stroke: FIT, strokeWidth: 1.7 }),
    Plot.dot(points, { x: 'x', y: 'data', fill: DATA, r: 2.4 }),
  ];
}
