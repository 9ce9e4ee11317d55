/** Floor 5. Charts of a solution: lines over a number, stacked parts of a spread, and bars. */
import type { Markish } from '@observablehq/plot';
import {
  type EndLabel,
  extent,
  figure,
  type Kit,
  leftMargin,
  plot,
  type Room,
  roundTicks,
  verticalAxis,
} from '../../evaluate/report/chart.js';
import { formatDigits, formatNumber, tickLabels } from '../../evaluate/report/format.js';
import type { Html } from '../../evaluate/report/html.js';

export interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

export interface Axes {
  readonly caption: string;
  readonly description: string;
  /** Of the horizontal axis. */
  readonly label: string;
}

const HEIGHT = 260;

/** Ticks of the horizontal axis as plain numbers. */
const horizontal = ({ Plot }: Kit, label: string, ticks = 6): Markish =>
  Plot.axisX({
    tickSize: 4,
    label,
    labelArrow: 'none',
    color: 'var(--ink-2)',
    ticks,
    tickFormat: (x: number) => formatNumber(x),
  });

function frame(
  kit: Kit,
  room: Room,
  values: number[],
  label: string,
  domain: [number, number],
  marks: Markish[],
): Html {
  const range = extent(values, [0]);
  const ticks = roundTicks(range, 5);
  const written = tickLabels(ticks, formatDigits);
  return plot(kit, room, {
    height: HEIGHT,
    marginLeft: leftMargin(written, room),
    marginRight: 14,
    marginTop: 12,
    marginBottom: 40,
    x: { domain },
    y: { domain: range },
    marks: [
      ...verticalAxis(kit, ticks, written),
      kit.Plot.ruleY([0], { stroke: 'var(--ink-2)', strokeOpacity: 0.6 }),
      horizontal(kit, label),
      ...marks,
    ],
  });
}

const legendOf = (lines: readonly { readonly name: string; readonly colour: string }[]): EndLabel[] =>
  lines.map(({ name, colour }) => ({ name, colour, figure: '', y: Number.NaN }));

/** Lines with a dot at each point; a gap where there is no figure. */
export function linesChart(kit: Kit, lines: readonly Line[], axes: Axes): Html {
  const all = lines.flatMap((l) => l.points);
  const xs = all.map((p) => p.x);
  const domain: [number, number] = [Math.min(...xs), Math.max(...xs)];
  const values = all.flatMap((p) => (p.y === null ? [] : [p.y]));
  const draw = (room: Room) =>
    frame(
      kit,
      room,
      values,
      axes.label,
      domain,
      lines.flatMap(({ points, colour, dashed }) => {
        const known = points.map((p) => ({ x: p.x, y: p.y ?? Number.NaN }));
        return [
          kit.Plot.line(known, {
            x: 'x',
            y: 'y',
            stroke: colour,
            strokeWidth: 1.6,
            ...(dashed ? { strokeDasharray: '5,4' } : {}),
          }),
          ...(dashed || known.length > 60 ? [] : [kit.Plot.dot(known, { x: 'x', y: 'y', fill: colour, r: 2.4 })]),
        ];
      }),
    );
  return figure(axes.description, 'half', draw, { caption: axes.caption, labels: legendOf(lines), switched: false });
}

export interface Layer {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

/** Parts on each other, those below 0 downwards, and the sum as dots. */
export function partsChart(kit: Kit, at: readonly number[], layers: readonly Layer[], axes: Axes): Html {
  const bars = layers.flatMap(({ name, colour, values }) => at.map((x, i) => ({ x, y: values[i] ?? 0, name, colour })));
  const sums = at.map((x, i) => ({ x, y: layers.reduce((sum, l) => sum + (l.values[i] ?? 0), 0) }));
  const drawn = sums.filter((_, i) => layers[0].values[i] !== null);
  const side = (sign: number) =>
    at.map((_, i) => layers.reduce((sum, l) => sum + Math.max(0, sign * (l.values[i] ?? 0)), 0) * sign);
  const half = 0.38 * (at.length > 1 ? (at[at.length - 1] - at[0]) / (at.length - 1) : 1);
  const domain: [number, number] = [at[0] - 2 * half, at[at.length - 1] + 2 * half];
  const draw = (room: Room) =>
    frame(kit, room, [...side(1), ...side(-1)], axes.label, domain, [
      kit.Plot.rectY(
        bars,
        kit.Plot.stackY({}, {
          x1: (d: { x: number }) => d.x - half,
          x2: (d: { x: number }) => d.x + half,
          x: 'x',
          y: 'y',
          z: 'name',
          fill: 'colour',
        } as object) as object,
      ),
      kit.Plot.dot(drawn, { x: 'x', y: 'y', fill: 'var(--ink)', r: 2.6 }),
    ]);
  const labels = [...legendOf(layers), { name: 'quote', colour: 'var(--ink)', figure: '', y: Number.NaN }];
  return figure(axes.description, 'half', draw, { caption: axes.caption, labels, switched: false });
}

/** One bar a place. */
export function barsChart(kit: Kit, points: readonly { readonly x: number; readonly y: number }[], axes: Axes): Html {
  const xs = points.map((p) => p.x);
  const domain: [number, number] = [Math.min(...xs) - 0.6, Math.max(...xs) + 0.6];
  const draw = (room: Room) =>
    frame(
      kit,
      room,
      points.map((p) => p.y),
      axes.label,
      domain,
      [
        kit.Plot.rectY(points, {
          x1: (p: { x: number }) => p.x - 0.38,
          x2: (p: { x: number }) => p.x + 0.38,
          y: 'y',
          fill: 'var(--tuned)',
          fillOpacity: 0.75,
        }),
      ],
    );
  return figure(axes.description, 'half', draw, { caption: axes.caption });
}
