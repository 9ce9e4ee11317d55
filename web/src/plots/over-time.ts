/** Floor 7. Charts over time: lines or a stack of shares over one clock. */
import * as Plot from '@observablehq/plot';
import type { Room } from './chart.js';

export interface TimeLine {
  readonly values: ArrayLike<number>;
  /** A CSS colour. */
  readonly stroke: string;
  readonly strong?: boolean;
}

interface Axis {
  readonly tick: (y: number) => string;
  /** Must be in sight, such as 0. */
  readonly include?: readonly number[];
  readonly area?: boolean;
}

const LEFT = 56;

/** Options that all charts share. */
export const frame = ({ width, height }: Room): Plot.PlotOptions => ({
  width,
  height,
  className: 'plot',
  marginLeft: LEFT,
  marginRight: 10,
  marginTop: 8,
  // a second line tells months and years
  marginBottom: 36,
});

const ticksFor = (width: number) => Math.max(2, Math.min(8, Math.floor(width / 110)));

const axes = (room: Room, tick: (y: number) => string) => [
  Plot.gridY({ ticks: 4, stroke: 'var(--grid)', strokeOpacity: 1 }),
  Plot.axisY({ ticks: 4, tickSize: 0, label: null, tickFormat: tick, color: 'var(--ink-2)' }),
  Plot.axisX({ ticks: ticksFor(room.width), tickSize: 0, label: null, color: 'var(--ink-2)' }),
];

/** Lines over time. */
export function overTime(
  room: Room,
  time: ArrayLike<number>,
  lines: readonly TimeLine[],
  { tick, include = [], area }: Axis,
) {
  const x = Array.from(time, (ms) => new Date(ms));
  return Plot.plot({
    ...frame(room),
    x: { type: 'utc' },
    y: { nice: false, zero: false },
    marks: [
      ...axes(room, tick),
      ...include.map((y) => Plot.ruleY([y], { stroke: 'var(--rule)' })),
      ...lines.map(({ values, stroke, strong }) =>
        area === true
          ? Plot.areaY(x, {
              x,
              y: Array.from(values),
              fill: stroke,
              fillOpacity: 0.25,
              stroke,
              strokeWidth: 1.2,
            } as object)
          : Plot.lineY(x, {
              x,
              y: Array.from(values),
              stroke,
              strokeWidth: strong ? 2.2 : 1.3,
              strokeLinejoin: 'round',
            }),
      ),
    ],
  });
}

/** Shares that add up to 1, one upon the other: samples × layers, row-major. */
export function stack(room: Room, time: ArrayLike<number>, shares: ArrayLike<number>, fills: readonly string[]) {
  const n = fills.length;
  const x = Array.from(time, (ms) => new Date(ms));
  const upTo = (layer: number) =>
    x.map((_, row) => {
      let sum = 0;
      for (let k = 0; k <= layer; k++) sum += shares[row * n + k];
      return sum;
    });
  const edges = fills.map((_, layer) => upTo(layer));
  return Plot.plot({
    ...frame(room),
    x: { type: 'utc' },
    y: { domain: [0, 1] },
    marks: [
      ...fills.map((fill, layer) =>
        Plot.areaY(x, {
          x,
          y1: layer === 0 ? x.map(() => 0) : edges[layer - 1],
          y2: edges[layer],
          fill,
          fillOpacity: 0.85,
        }),
      ),
      ...axes(room, (y) => `${Math.round(100 * y)}%`),
    ],
  });
}
