/** Floor 7. A drawing of what is simulated: a sample of its rows. */
import { heldPrices, worthOf } from 'poolgrad/browser';
import { curveOf, curvesOf, type DrawnCurve } from './curve.js';
import type { Stage, Walked } from './stage.js';

/** One portfolio over time. */
export interface Line {
  readonly name: string;
  /** What it is; one phrase. */
  readonly note: string;
  readonly values: Float64Array;
}

/** What is drawn: a sample of the rows, the first and the last among them. */
export interface Drawn {
  /** Milliseconds UTC of each sample. */
  readonly time: Float64Array;
  /** The pool, then what it is shown beside. */
  readonly lines: readonly Line[];
  readonly assets: readonly string[];
  /** Samples × kinds of reserves, row-major, with the name of each kind. */
  readonly reserves: Float64Array;
  readonly reserveNames: readonly string[];
  /** Samples × assets; null for pools without. */
  readonly weights: Float64Array | null;
  /** Since the first row, in the numéraire. */
  readonly fees: Float64Array;
  readonly losses: Float64Array;
  /** At the last row; null for a pool that has none of its own, whose parameters follow series. */
  readonly curve: DrawnCurve | null;
  /** What the last row says, to the last bit. */
  readonly figures: Figures;
  /** Rows that were simulated, and milliseconds that this took. */
  readonly rows: number;
  readonly took: number;
}

export interface Figures {
  readonly start: number;
  readonly end: number;
  readonly hodl: number;
  readonly fees: number;
  readonly losses: number;
}

/** Samples of a drawing, at most, and the last row. */
const SAMPLES = 480;

export function drawn(stage: Stage): Drawn {
  const began = performance.now();
  const { of, own, first, range, asset } = stage;
  const { dataset, spec } = of;
  const [from, to] = range;
  const every = Math.max(1, Math.ceil((to - from - 1) / SAMPLES));
  const curves = curvesOf(of);
  const last = curves?.standing(own.raw, first, to - first) ?? lastRow(stage, own);
  const path = own.rollout.trajectory(own.raw, first, to - first, every, from - first);
  const sample = sampled(path.rows, to - 1);
  const { rows, ended } = sample;
  // what a path adds up begins with the pool, which may be before these rows
  const since = (table: Float64Array, end: Float64Array) => ended(table, end).map((x) => x - table[0]);
  const values = ended(path.values, last.value);
  const reserves = ended(path.reserves, last.reserves);
  const fees = since(path.fees, last.fees);
  const losses = since(path.losses, last.lost);
  const lines = linesOf(stage, sample, every, { values, reserves });
  const n = spec.assets.length;
  const isCredited = reserves.length > rows.length * n;
  const prices = Float64Array.from(
    { length: rows.length * n },
    (_, k) => dataset.prices[rows[Math.floor(k / n)] * n + (k % n)],
  );
  const end = rows.length - 1;
  const hodl = lines[1].values[end];
  return {
    time: Float64Array.from(rows, (row) => dataset.start + row * dataset.interval),
    lines,
    assets: spec.assets,
    reserves,
    reserveNames: [...spec.assets, ...(isCredited ? spec.assets.map((name) => `credits of ${name}`) : [])],
    weights: path.weights && ended(path.weights, last.weights),
    fees,
    losses,
    curve: curves && curveOf(curves, own.raw, last, asset, { spec, prices }),
    figures: { start: values[0], end: values[end], hodl, fees: fees[end], losses: losses[end] },
    rows: to - first,
    took: performance.now() - began,
  };
}

/** Rows of a drawing. */
interface Sample {
  readonly rows: readonly number[];
  /** Whether the path's own rows end with the last. */
  readonly isWhole: boolean;
  /** A table of the path with what the last row adds to it. */
  readonly ended: (table: Float64Array, end: Float64Array) => Float64Array;
}

function sampled(of: Int32Array, last: number): Sample {
  const isWhole = of[of.length - 1] === last;
  return {
    rows: isWhole ? Array.from(of) : [...of, last],
    isWhole,
    ended: (table, end) => (isWhole ? table : Float64Array.from([...table, ...end])),
  };
}

/** The pool, and what it is shown beside. */
function linesOf(
  stage: Stage,
  { rows, isWhole, ended }: Sample,
  every: number,
  { values, reserves }: Pick<Drawn, 'reserves'> & { readonly values: Float64Array },
): Line[] {
  const { of, rival, first, range } = stage;
  const [from, to] = range;
  const held = heldPrices(of.dataset, reserves.length / rows.length);
  const holding = (amounts: Float64Array) =>
    Float64Array.from(rows, (row) => worthOf(amounts, held, [row, row + 1])[0]);
  const even = Float64Array.from(
    { length: held.width },
    (_, j) => values[0] / (held.width * held.prices[from * held.width + j]),
  );
  const lines: Line[] = [
    { name: 'pool', note: 'as it is set', values },
    { name: 'HODL', note: 'the reserves of the first row, held', values: holding(reserves.slice(0, held.width)) },
    { name: 'uniform HODL', note: 'the same value spread evenly, held', values: holding(even) },
  ];
  if (rival === null) return lines;
  const { name, note, walked } = rival;
  const its = walked.rollout.trajectory(walked.raw, first, to - first, every, from - first).values;
  return [...lines, { name, note, values: ended(its, isWhole ? its : lastRow(stage, walked).value) }];
}

/** What is observed of a pool at the last row. */
const lastRow = ({ first, range: [, to] }: Stage, { rollout, raw }: Walked) =>
  rollout.path(raw, first, to - first, to - first, to - first - 1).observed;
