/**
 * Floor 7. A pool over the rows of a part of its data. Two answers: at once, what plots and the figures of the last row need, from
 * some hundred rows; then, unless the page has moved on, what is made of every row, as `poolgrad evaluate` has it, and the
 * gradient. Every number is the library's.
 */
import {
  drawdowns,
  type HeldPrices,
  heldPrices,
  initialRaw,
  metricOf,
  metrics,
  type Path,
  type PoolRollout,
  withTurns,
  worthOf,
} from 'poolgrad/browser';
import type { Part } from '../state.js';
import type { Handlers } from './call.js';
import { curveOf, curvesOf, type DrawnCurve } from './curve.js';
import type { Question } from './models.js';
import { type Opened, opened } from './opened.js';
import { rolloutOf } from './rollouts.js';

export interface SimulateCalls {
  readonly simulate: { readonly ask: SimulateQuestion; readonly event: Drawn; readonly answer: Exact };
}

export interface SimulateQuestion extends Question {
  readonly part: Part;
  /** Whose price the trading curve varies; the first where there are fewer. */
  readonly asset: number;
}

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
  /** Samples × kinds of reserves, row-major, with the name of each kind; and what the pool makes of them as weights, or null. */
  readonly reserves: Float64Array;
  readonly reserveNames: readonly string[];
  readonly weights: Float64Array | null;
  /** Prices outside, samples × assets. */
  readonly prices: Float64Array;
  /** Since the first row, in the numéraire. */
  readonly fees: Float64Array;
  readonly losses: Float64Array;
  /** At the last row; null for a pool that has none of its own, whose parameters follow series. */
  readonly curve: DrawnCurve | null;
  /** What the last row says to the last bit. */
  readonly figures: Figures;
  /** Milliseconds that it took. */
  readonly took: number;
}

export interface Figures {
  readonly start: number;
  readonly end: number;
  readonly hodl: number;
  readonly fees: number;
  readonly losses: number;
}

/** A metric of the rows of the part. */
export interface MetricFigure {
  readonly name: string;
  readonly label: string;
  readonly doc: string;
  readonly kind: 'fraction' | 'number';
  readonly value: number | null;
}

/** What every row counts in. */
export interface Exact {
  /** What the config maximises, on these rows. */
  readonly objective: MetricFigure;
  /** The deepest fall from the highest value so far, a fraction ≤ 0. */
  readonly drawdown: number;
  readonly metrics: readonly MetricFigure[];
  /** Of the objective, by raw column, for one window of these rows; null where it could not be computed. */
  readonly gradient: Float64Array | null;
  readonly took: number;
}

/** Samples of a drawing, at most. */
const SAMPLES = 480;
const SHOWN = [
  'returns',
  'returns_over_hodl',
  'returns_over_uniform_hodl',
  'fee_revenue_over_value',
  'lvr',
  'greatest_draw_down',
  'daily_log_sharpe',
];
const NO_METRIC = 'returns_over_hodl';

export const simulateHandlers: Handlers<SimulateCalls> = {
  simulate: async ({ config, data, part, asset }, { signal, tell }) => {
    const began = performance.now();
    const stage = stageOf(await opened(config, data), part);
    tell(drawn(stage, asset, began));
    // what came meanwhile is heard here
    await nextTurn();
    if (signal.aborted) return null;
    return exact(stage, signal, performance.now());
  },
};

/** A task, not a microtask: messages come in between. */
const nextTurn = () =>
  new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });

/** A roll-out with the rows that it is asked for. */
interface Stage {
  readonly of: Opened;
  readonly rollout: PoolRollout;
  readonly raw: Float64Array;
  /** Where the pool starts: before `from` where its rule runs through all splits. */
  readonly first: number;
  readonly from: number;
  readonly to: number;
}

function stageOf(of: Opened, part: Part): Stage {
  const { split, spec, dataset, config, layout } = of;
  const [from, to] = part === 'all' ? [split.train[0], dataset.rows] : split[part];
  const first = spec.rule === null ? from : split.train[0];
  return { of, rollout: rolloutOf(of), raw: initialRaw(config, layout), first, from, to };
}

function drawn(stage: Stage, asset: number, began: number): Drawn {
  const { of, rollout, raw, first, from, to } = stage;
  const { dataset, spec } = of;
  const every = Math.max(1, Math.ceil((to - from - 1) / SAMPLES));
  const path = rollout.trajectory(raw, first, to - first, every, from - first);
  const curves = curvesOf(of);
  const last = curves?.standing(raw, first, to - first) ?? lastRow(stage);
  const rows = Array.from(path.rows);
  const isWhole = rows.at(-1) === to - 1;
  if (!isWhole) rows.push(to - 1);
  const ended = (table: Float64Array, end: Float64Array) => (isWhole ? table : Float64Array.from([...table, ...end]));
  const values = ended(path.values, last.value);
  const reserves = ended(path.reserves, last.reserves);
  // what a path adds up begins with the pool, which may be before these rows
  const since = (table: Float64Array, end: Float64Array) => ended(table, end).map((x) => x - table[0]);
  const fees = since(path.fees, last.fees);
  const losses = since(path.losses, last.lost);
  const held = heldPrices(dataset, reserves.length / rows.length);
  const start = reserves.slice(0, held.width);
  const even = Float64Array.from(start, (_, j) => values[0] / (held.width * held.prices[from * held.width + j]));
  const lines: Line[] = [
    { name: 'pool', note: 'the pool as it is set', values },
    { name: 'HODL', note: 'the reserves of the first row, held', values: worthAt(start, held, rows) },
    { name: 'uniform HODL', note: 'the same value spread evenly, held', values: worthAt(even, held, rows) },
  ];
  const n = spec.assets.length;
  const credits = held.width === n ? [] : spec.assets.map((name) => `credits of ${name}`);
  const prices = Float64Array.from(
    { length: rows.length * n },
    (_, k) => dataset.prices[rows[Math.floor(k / n)] * n + (k % n)],
  );
  return {
    time: Float64Array.from(rows, (row) => dataset.start + row * dataset.interval),
    lines,
    assets: spec.assets,
    reserves,
    reserveNames: [...spec.assets, ...credits],
    weights: path.weights && ended(path.weights, last.weights),
    prices,
    fees,
    losses,
    curve: curves && curveOf(curves, raw, last, Math.min(asset, n - 1), { spec, prices }),
    figures: {
      start: values[0],
      end: values[rows.length - 1],
      hodl: lines[1].values[rows.length - 1],
      fees: fees[rows.length - 1],
      losses: losses[rows.length - 1],
    },
    took: performance.now() - began,
  };
}

/** What is observed at the last row. */
const lastRow = ({ rollout, raw, first, to }: Stage) =>
  rollout.path(raw, first, to - first, to - first, to - first - 1).observed;

/** Σ reservesⱼ·pⱼ at single rows. */
const worthAt = (reserves: Float64Array, held: HeldPrices, rows: readonly number[]): Float64Array =>
  Float64Array.from(rows, (row) => worthOf(reserves, held, [row, row + 1])[0]);

async function exact(stage: Stage, signal: AbortSignal, began: number): Promise<Exact | null> {
  const { of, rollout, raw, first, from, to } = stage;
  const { dataset, spec } = of;
  const { quotes, depths, ...whole } = rollout.trajectory(raw, first, to - first, 1, from - first);
  const path: Path = { ...whole, first: from, quotes: quotes && depths && { prices: quotes, depths } };
  const held = heldPrices(dataset, path.reserves.length / path.values.length);
  const figure = (name: string): MetricFigure => {
    const { label, doc, kind } = metrics[name];
    return { name, label, doc, kind, value: metricOf(name, path, held, [from, to]) };
  };
  await nextTurn();
  if (signal.aborted) return null;
  const { name } = spec.objective;
  const found = {
    objective: figure(metrics[name] === undefined ? NO_METRIC : name),
    metrics: SHOWN.map(figure),
    drawdown: 0 - drawdowns(path.values).reduce((worst, d) => Math.max(worst, d), 0),
  };
  const gradient = await gradientOf(stage, signal);
  return { ...found, gradient, took: performance.now() - began };
}

/** Of the objective on one window of all these rows, by column. */
async function gradientOf({ rollout, raw, from, to }: Stage, signal: AbortSignal): Promise<Float64Array | null> {
  await nextTurn();
  if (signal.aborted) return null;
  const parts = rollout.resumable.gradient(raw, Int32Array.of(from), to - from);
  return (await withTurns(parts, { signal }))?.gradient ?? null;
}
