/** A roll-out with a known objective, a problem on it, and options; each test changes what it is about. */

import type { Split } from '../../src/data/windows.js';
import type { PoolRollout } from '../../src/pools/rollout.js';
import { ParameterLayout } from '../../src/rollout/layout.js';
import type { Parameter } from '../../src/rollout/model.js';
import { powerOfTwo, sigmoid, simplex } from '../../src/rollout/transforms.js';
import { atOnce } from '../../src/targets/resumable.js';
import type { TrainableRollout, TrainOptions, TrainProblem } from '../../src/train/problem.js';
import type { TrainState } from '../../src/train/state.js';
import { rowWindows } from '../../src/train/windows.js';

const parameter = (shape: Parameter['shape'], transform: Parameter['transform']): Parameter => ({
  shape,
  transform,
  range: [0, 1],
  unit: '1',
  default: 0.5,
  trainable: true,
  doc: 'for tests',
});

/** fee (scalar), k (three assets), weights (simplex of three): 7 columns. */
export const layout = new ParameterLayout(
  [
    { prefix: 'pool', parameters: { fee: parameter('scalar', sigmoid), weights: parameter('asset', simplex) } },
    { prefix: 'rule', parameters: { k: parameter('asset', powerOfTwo) } },
  ],
  ['BTC', 'ETH', 'SOL'],
);
export const COLUMNS = layout.columns;

/** Where column c of a window that starts at row w is best. */
export const target = (c: number, w: number): number => 0.3 * c - 1 + 0.2 * Math.sin(w + c);

/** Answers that are there at once. */
export function atOnceOf({ value, gradient, tally }: Pick<PoolRollout, 'value' | 'gradient' | 'tally'>) {
  const resumable: TrainableRollout['resumable'] = {
    value: (...asked) => atOnce(() => value(...asked)),
    gradient: (...asked) => atOnce(() => gradient(...asked)),
    tally: (...asked) => atOnce(() => tally(...asked)),
  };
  return resumable;
}

export interface FakeOptions {
  /** What objective and gradient become where a raw is here. */
  readonly breaks?: (x: number, column: number, set: number) => boolean;
  /** Columns that the objective does not see. */
  readonly blind?: readonly number[];
  readonly guards?: Readonly<Record<string, number>>;
  readonly onGradient?: (raw: Float64Array, windows: Int32Array) => void;
}

/** objective = −Σ_c (x_c − target_c(w))² · (1 + c), averaged over the windows; NaN in a set that breaks. */
export function fakeRollout(o: FakeOptions = {}): TrainableRollout & Pick<PoolRollout, 'value' | 'gradient'> {
  const evaluate = (raw: Float64Array, windows: Int32Array) => {
    const sets = raw.length / COLUMNS;
    const byWindow = new Float64Array(windows.length * sets);
    const gradient = new Float64Array(raw.length);
    raw.forEach((x, i) => {
      const c = Math.floor(i / sets);
      const s = i % sets;
      if (o.blind?.includes(c)) return;
      const broken = o.breaks?.(x, c, s) ? Number.NaN : 1;
      windows.forEach((w, k) => {
        const d = x - target(c, w);
        byWindow[k * sets + s] -= broken * d * d * (1 + c);
        gradient[i] -= (broken * 2 * d * (1 + c)) / windows.length;
      });
    });
    const objective = new Float64Array(sets);
    byWindow.forEach((v, i) => {
      objective[i % sets] += v / windows.length;
    });
    return { objective, byWindow, measures: new Float64Array(0), measuresByWindow: new Float64Array(0), gradient };
  };
  const value = (raw: Float64Array, windows: Int32Array) => evaluate(raw, windows);
  const gradient = (raw: Float64Array, windows: Int32Array) => {
    o.onGradient?.(raw, windows);
    return evaluate(raw, windows);
  };
  const tally = (raw: Float64Array) =>
    Object.fromEntries(
      Object.entries(o.guards ?? {}).map(([name, share]) => [name, new Float64Array(raw.length / COLUMNS).fill(share)]),
    );
  return { layout, value, gradient, resumable: atOnceOf({ value, gradient, tally }) };
}

export const SPLIT: Split = { train: [100, 700], validation: [700, 900], test: [900, 1000], burnIn: 100 };

export function problem(changes: Partial<TrainProblem> = {}): TrainProblem {
  return {
    rollout: fakeRollout(),
    windows: rowWindows(SPLIT, 60, 1),
    initial: new Float64Array(COLUMNS),
    trainable: new Uint8Array(COLUMNS).fill(1),
    bounds: { low: new Float64Array(COLUMNS).fill(-Infinity), high: new Float64Array(COLUMNS).fill(Infinity) },
    spread: 1,
    metric: 'returns',
    ...changes,
  };
}

export function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    sets: 4,
    windows: 3,
    iterations: 40,
    optimizer: { name: 'adam', learningRate: 0.1 },
    schedule: { name: 'constant' },
    clipNorm: null,
    seed: 7,
    starts: 'sobol',
    validateEvery: 5,
    patience: null,
    checkpointEvery: 10,
    ...changes,
  };
}

/** A state as training might leave it. */
export function someState(changes: Partial<TrainState> = {}): TrainState {
  return {
    iteration: 2,
    sets: 2,
    seed: 7,
    raw: Float64Array.from({ length: 2 * COLUMNS }, (_, i) => Math.sin(i)),
    optimizer: 'adam',
    slots: { m: Float64Array.of(2) },
    history: [0, 1].map((iteration) => ({
      iteration,
      objective: -1 / 3,
      bestObjective: -0.1,
      validation: iteration === 0 ? -0.7 : null,
      learningRate: 0.1,
      gradientNorm: Math.PI,
    })),
    best: {
      set: 1,
      iteration: 0,
      raw: Float64Array.from({ length: COLUMNS }, (_, c) => Math.sqrt(c)),
      validation: -0.7,
    },
    moved: new Uint8Array(COLUMNS).fill(1),
    reseeded: 0,
    finished: false,
    ...changes,
  };
}
