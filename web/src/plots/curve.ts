/** Floor 7. The trading curve with the point at which a pool stands, and its liquidity by price. */
import * as Plot from '@observablehq/plot';
import type { DrawnCurve } from '../engine/curve.js';
import type { Room } from './chart.js';
import { frame } from './over-time.js';

interface Ticks {
  readonly x: (x: number) => string;
  readonly y: (y: number) => string;
}

const ticksFor = (width: number) => Math.max(2, Math.min(6, Math.floor(width / 90)));

const axes = ({ width }: Room, { x, y }: Ticks) => [
  Plot.gridY({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
  Plot.gridX({ ticks: ticksFor(width), stroke: 'var(--grid)', strokeOpacity: 1 }),
  Plot.axisY({ ticks: 4, tickSize: 0, label: null, tickFormat: y, color: 'var(--ink-2)' }),
  Plot.axisX({ ticks: ticksFor(width), tickSize: 0, label: null, tickFormat: x, color: 'var(--ink-2)' }),
];

export function curvePicture(room: Room, { x, y, at }: DrawnCurve, ticks: Ticks) {
  return Plot.plot({
    ...frame(room),
    marks: [
      ...axes(room, ticks),
      Plot.line(x, { x: Array.from(x), y: Array.from(y), stroke: 'var(--tuned)', strokeWidth: 2 }),
      Plot.dot([at], { x: '0', y: '1', r: 5, fill: 'var(--tuned)', stroke: 'var(--surface)', strokeWidth: 2 }),
    ],
  });
}

/** On a logarithmic scale of prices, on which moves up and down are alike. */
export function liquidityPicture(room: Room, { prices, price, liquidity }: DrawnCurve, ticks: Ticks) {
  const middle = Array.from(liquidity, (_, k) => Math.sqrt(prices[k] * prices[k + 1]));
  return Plot.plot({
    ...frame(room),
    x: { type: 'log' },
    y: { zero: true },
    marks: [
      ...axes(room, ticks),
      Plot.areaY(liquidity, {
        x: middle,
        y: Array.from(liquidity),
        curve: 'step',
        fill: 'var(--tuned)',
        fillOpacity: 0.22,
      }),
      Plot.lineY(liquidity, {
        x: middle,
        y: Array.from(liquidity),
        curve: 'step',
        stroke: 'var(--tuned)',
        strokeWidth: 1.5,
      }),
      Plot.ruleX([price], { stroke: 'var(--ink)', strokeWidth: 1.2, strokeDasharray: '3,3' }),
    ],
  });
}
