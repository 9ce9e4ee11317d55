/**
 * Floor 7. A pool over the rows of a part of its data. Two answers: at once, what plots and the figures of the last row need, from
 * some hundred rows; then, unless the page has moved on, what is made of every row, as `poolgrad evaluate` has it, and the
 * gradient. Every number is the library's.
 */
import {
  drawdowns,
  type HeldPrices,
  heldPrices,
  type Metrics,
  metrics,
  metricsOf,
  metricsOfHolding,
  nextTurn,
  type Path,
  withTurns,
} from 'poolgrad/browser';
import type { Handlers } from './call.js';
import { type Drawn, drawn } from './drawing.js';
import type { Question } from './models.js';
import { opened } from './opened.js';
import { type SimulatedPart, type Stage, stageOf, type Walked } from './stage.js';

export interface SimulateCalls {
  readonly simulate: { readonly ask: SimulateQuestion; readonly event: Drawn; readonly answer: Exact };
}

export interface SimulateQuestion extends Question, SimulatedPart {}

/** A figure that every row counts in, of each line in the order of the drawing; null where it is not defined. */
export interface MetricFigure {
  readonly name: string;
  readonly label: string;
  readonly doc: string;
  readonly values: readonly (number | null)[];
}

export interface Exact {
  /** What the config maximises, or the return over HODL where that is no metric of a path. */
  readonly objective: MetricFigure;
  readonly lines: readonly string[];
  readonly metrics: readonly MetricFigure[];
  /** The pool's deepest fall from its highest value so far, a fraction ≤ 0. */
  readonly drawdown: number;
  /** Of the objective, by raw column, for one window of these rows; null where it could not be computed. */
  readonly gradient: Float64Array | null;
  readonly took: number;
}

const SHOWN = [
  'returns',
  'returns_over_hodl',
  'fee_revenue_over_value',
  'lvr',
  'greatest_draw_down',
  'daily_log_sharpe',
  'turnover',
];
const NO_METRIC = 'returns_over_hodl';

export const simulateHandlers: Handlers<SimulateCalls> = {
  simulate: async ({ config, data, part, asset }, { signal, tell }) => {
    const stage = stageOf(await opened(config, data), { part, asset });
    tell(drawn(stage));
    await rest(signal);
    return exact(stage, signal);
  },
};

/** How long the page is to rest before what every row counts in is computed: nothing of it can be left within. */
const REST = 120;

/** Until the page has rested, or no longer wants the answer. */
async function rest(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, REST);
    signal.addEventListener('abort', end);
  });
}

/** Hears the messages that came meanwhile. True once nobody wants the answer. */
async function isOver(signal: AbortSignal): Promise<boolean> {
  await nextTurn();
  return signal.aborted;
}

async function exact(stage: Stage, signal: AbortSignal): Promise<Exact | null> {
  const began = performance.now();
  const { name } = stage.of.spec.objective;
  const objective = metrics[name] === undefined ? NO_METRIC : name;
  const names = [...new Set([objective, ...SHOWN])];
  if (await isOver(signal)) return null;
  const { path, held } = wholePath(stage, stage.own);
  const lines: { readonly name: string; readonly metrics: Metrics }[] = [
    { name: 'pool', metrics: metricsOf(path, held, stage.range, names) },
  ];
  const start = path.reserves.slice(0, held.width);
  for (const [line, reserves] of [['HODL', start] as const, ['uniform HODL', evenly(path, held)] as const]) {
    if (await isOver(signal)) return null;
    lines.push({ name: line, metrics: metricsOfHolding(reserves, held, stage.range, names) });
  }
  if (await isOver(signal)) return null;
  if (stage.rival !== null) {
    const rival = wholePath(stage, stage.rival.walked);
    lines.push({ name: stage.rival.name, metrics: metricsOf(rival.path, rival.held, stage.range, names) });
  }
  const figure = (metric: string): MetricFigure => {
    const { label, doc } = metrics[metric];
    return { name: metric, label, doc, values: lines.map((line) => line.metrics[metric]) };
  };
  const gradient = await gradientOf(stage, signal);
  return {
    objective: figure(objective),
    lines: lines.map((line) => line.name),
    metrics: names.filter((metric) => metric !== objective).map(figure),
    drawdown: 0 - drawdowns(path.values).reduce((worst, d) => Math.max(worst, d), 0),
    gradient,
    took: performance.now() - began,
  };
}

/** The start value spread evenly over all kinds of reserves. */
const evenly = (path: Path, { width, prices }: HeldPrices): Float64Array =>
  Float64Array.from({ length: width }, (_, j) => path.values[0] / (width * prices[path.first * width + j]));

/** A pool at every row of the part. */
function wholePath({ of, first, range: [from, to] }: Stage, { rollout, raw }: Walked) {
  const { quotes, depths, ...rows } = rollout.trajectory(raw, first, to - first, 1, from - first);
  const path: Path = { ...rows, first: from, quotes: quotes && depths && { prices: quotes, depths } };
  return { path, held: heldPrices(of.dataset, path.reserves.length / path.values.length) };
}

/** Of the objective on one window of all these rows, by column. */
async function gradientOf({ own, range: [from, to] }: Stage, signal: AbortSignal): Promise<Float64Array | null> {
  if (await isOver(signal)) return null;
  const parts = own.rollout.resumable.gradient(own.raw, Int32Array.of(from), to - from);
  return (await withTurns(parts, { signal }))?.gradient ?? null;
}
