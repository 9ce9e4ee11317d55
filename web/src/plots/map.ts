/**
 * Floor 7. A map of the objective: filled contours over two numbers, in bands of as many points each, so that what is near the top
 * shows as well as what is far below. The colours (viridis) ascend in lightness, for every kind of eye, on light and on dark.
 */
import * as Plot from '@observablehq/plot';
import { before } from '../scale.js';
import type { Room } from './chart.js';
import { tickText, type Write } from './ticks.js';

/** An axis from 0 to 1, by the values at places that are as far from each other, ascending. */
export interface MapScale {
  readonly ruler: Float64Array;
  readonly name: string;
  /** Empty where it has none. */
  readonly unit: string;
  /** A value for its ticks, and with its unit in a text. */
  readonly write: Write;
  readonly told: (value: number) => string;
}

/** Where a value lies on the axis; beyond its ends outside of [0, 1]. */
export function positionOf({ ruler }: MapScale, value: number): number {
  const low = before(ruler, value);
  return (low + (value - ruler[low]) / (ruler[low + 1] - ruler[low])) / (ruler.length - 1);
}

export function valueAt({ ruler }: MapScale, position: number): number {
  const at = Math.min(Math.max(position, 0), 1) * (ruler.length - 1);
  const low = Math.min(Math.floor(at), ruler.length - 2);
  return ruler[low] + (at - low) * (ruler[low + 1] - ruler[low]);
}

export type Place = readonly [x: number, y: number];

export interface MapPicture {
  readonly x: MapScale;
  readonly y: MapScale;
  readonly points: number;
  /** [points][points], row by row in y; NaN where there is none. */
  readonly objective: Float64Array;
  /** Courses of sets, in places from 0 to 1; the first is the best set's. */
  readonly courses: readonly (readonly Place[])[];
  /** The sliders'. */
  readonly present: Place | null;
  readonly best: Place | null;
  readonly cursor: Place | null;
}

const BANDS = 12;

/** Values between the bands, ascending: quantiles of the points. */
function bandsOf(objective: Float64Array): number[] {
  const known = objective.filter((x) => Number.isFinite(x)).sort();
  if (known.length === 0) return [];
  const at = (q: number) => known[Math.min(known.length - 1, Math.floor(q * known.length))];
  return [...new Set(Array.from({ length: BANDS }, (_, k) => at(k / BANDS)))];
}

/** Places of values with two digits, as evenly spread over the axis as that goes. */
function ticksOf(scale: MapScale, count: number): number[] {
  const rounded = Array.from({ length: count }, (_, k) => Number(valueAt(scale, (k + 0.5) / count).toPrecision(2)));
  const inside = [...new Set(rounded)].map((value) => positionOf(scale, value)).filter((p) => p >= 0 && p <= 1);
  return inside.filter((p, i) => i === 0 || p - inside[i - 1] >= 0.4 / count);
}

const LEFT = 64;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 44;

const labelOf = ({ name, unit }: MapScale) => (unit === '' ? name : `${name} (${unit})`);

/** The values at places, as Plot asks for them. */
const textOf =
  (scale: MapScale) =>
  (position: number, i = 0, places: readonly number[] = [position]): string =>
    tickText(scale.write)(
      position,
      i,
      places.map((place) => Number(valueAt(scale, place).toPrecision(3))),
    );

/** A line that shows on any colour. */
const twice = (line: readonly Place[], width: number, opacity = 1) => [
  Plot.line(line, { clip: true, stroke: '#111', strokeWidth: width + 2, strokeOpacity: 0.75 * opacity }),
  Plot.line(line, { clip: true, stroke: '#fff', strokeWidth: width, strokeOpacity: opacity }),
];

/** Nothing where it is beyond the axes. */
const within = (place: Place | null | undefined): Place | null =>
  place?.every((position) => position >= 0 && position <= 1) === true ? place : null;

const mark = (
  place: Place | null,
  symbol: 'circle' | 'star' | 'times' | 'square' | 'diamond',
  r: number,
  fill = '#fff',
) =>
  place === null
    ? []
    : [
        Plot.dot([place], { symbol, r: r + 1, stroke: '#111', strokeWidth: 3, fill: 'none' }),
        Plot.dot([place], { symbol, r, stroke: symbol === 'times' ? '#fff' : '#111', strokeWidth: 1.5, fill }),
      ];

export function drawMap({ width, height }: Room, picture: MapPicture) {
  const { x, y, points, objective, courses, present, best, cursor } = picture;
  const bands = bandsOf(objective);
  // the points are the centres of the contours' samples
  const [first, last] = [-0.5 / (points - 1), 1 + 0.5 / (points - 1)];
  return Plot.plot({
    width,
    height,
    className: 'plot',
    marginLeft: LEFT,
    marginRight: RIGHT,
    marginTop: TOP,
    marginBottom: BOTTOM,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    color: { type: 'threshold', domain: bands.slice(1), scheme: 'viridis' },
    marks: [
      Plot.contour(objective, {
        width: points,
        height: points,
        x1: first,
        x2: last,
        y1: first,
        y2: last,
        fill: Plot.identity,
        thresholds: bands,
        clip: true,
        stroke: '#fff',
        strokeOpacity: 0.25,
        strokeWidth: 0.6,
      } as Plot.ContourOptions),
      Plot.axisX(ticksOf(x, Math.max(3, Math.floor(width / 105))), {
        tickFormat: textOf(x),
        label: labelOf(x),
        labelArrow: 'none',
        labelAnchor: 'center',
        color: 'var(--ink-2)',
        tickSize: 4,
      }),
      Plot.axisY(ticksOf(y, Math.max(3, Math.floor(height / 70))), {
        tickFormat: textOf(y),
        label: labelOf(y),
        labelArrow: 'none',
        color: 'var(--ink-2)',
        tickSize: 4,
      }),
      ...courses.slice(1).flatMap((course) => twice(course, 0.6, 0.5)),
      ...courses
        .slice(0, 1)
        .flatMap((course) => [
          ...twice(course, 1.8),
          ...mark(within(course[0]), 'square', 3.5),
          ...mark(within(course.at(-1)), 'diamond', 5),
        ]),
      ...mark(best, 'star', 6, '#ffdf4d'),
      ...mark(within(present), 'circle', 5, '#e5484d'),
      ...(cursor === null
        ? []
        : [
            Plot.ruleX([cursor[0]], { stroke: '#fff', strokeOpacity: 0.8 }),
            Plot.ruleY([cursor[1]], { stroke: '#fff', strokeOpacity: 0.8 }),
            ...mark(cursor, 'times', 4),
          ]),
    ],
  });
}

/** The bands from low to high with the values between them. */
export function drawBands({ width, height }: Room, objective: Float64Array, write: Write) {
  const bands = bandsOf(objective);
  const every = Math.ceil((bands.length * 64) / Math.max(1, width - 60));
  return Plot.plot({
    width,
    height,
    className: 'plot',
    marginLeft: 30,
    marginRight: 30,
    marginTop: 0,
    marginBottom: 20,
    x: { domain: [0, bands.length] },
    color: { type: 'threshold', domain: bands.slice(1), scheme: 'viridis' },
    marks: [
      Plot.rectX(bands, { x1: (_: number, i: number) => i, x2: (_: number, i: number) => i + 1, fill: Plot.identity }),
      Plot.axisX(
        bands.map((_, i) => i).filter((i) => i % every === 0),
        {
          tickFormat: (band: number, i = 0, some: readonly number[] = [band]) =>
            tickText(write)(
              band,
              i,
              some.map((k) => bands[k]),
            ),
          tickSize: 3,
          label: null,
          color: 'var(--ink-2)',
        },
      ),
    ],
  });
}

/** Where a pointer is on a drawn map; null outside its frame. */
export function placeAt({ width, height }: Room, px: number, py: number): Place | null {
  const x = (px - LEFT) / (width - LEFT - RIGHT);
  const y = 1 - (py - TOP) / (height - TOP - BOTTOM);
  return x < 0 || x > 1 || y < 0 || y > 1 ? null : [x, y];
}
