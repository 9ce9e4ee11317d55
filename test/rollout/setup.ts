/** What the tests of roll-outs share: seeded prices, small settings, specs, parameter sets whose columns all differ. */
import { registry } from '../../kernels/index.js';
import { poolLayout } from '../../src/pools/rollout.js';
import { paidSeries, takenSeries } from '../../src/pools/series.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { draw } from '../../src/targets/runtime.js';

export const { pools, feeLaws, rules, flows, objectives } = registry;

/** Bell-shaped, mean 0, variance 1: four uniforms. */
export const normal = (seed: number, lane: number, step: number): number =>
  [0, 1, 2, 3].reduce((sum, i) => sum + draw(seed, lane, step, i) - 0.5, 0) * Math.sqrt(3);

/** Geometric random walks of `sigma` a minute from 100, 50, 33 …, with volume and a supply that changes by the hour. */
export function walk(n: number, rows: number, sigma: number, seed = 1): Prices {
  const prices = new Float64Array(rows * n);
  const volume = new Float64Array(rows * n);
  for (let i = 0; i < n; i++) {
    let log = Math.log(100 / (i + 1));
    for (let row = 0; row < rows; row++) {
      prices[row * n + i] = Math.exp(log);
      volume[row * n + i] = 1e4 * (0.5 + draw(seed, 100 + i, row, 0));
      log += sigma * normal(seed, i, row);
    }
  }
  const assets = Array.from({ length: n }, (_, i) => `A${i}`);
  const supply = (i: number) =>
    Float64Array.from({ length: rows }, (_, row) => (i + 1) * (1 + 0.2 * draw(seed, 200 + i, Math.floor(row / 60), 0)));
  const series = Object.fromEntries(assets.map((asset, i) => [`supply.${asset}`, supply(i)]));
  return { assets, rows, prices, volume, series };
}

/** The same with a trade of others in every seventh row, one way and the other by turns: up to 3 % of a pool worth 1e6. */
export function withTrades(data: Prices): Prices {
  const rows = (f: (row: number) => number) => Float64Array.from({ length: data.rows }, (_, row) => f(row));
  const way = (row: number) => (row % 7 === 3 ? row % 2 : -1);
  const series = [0, 1].flatMap((i) => [
    [paidSeries(`A${i}`), rows((row) => (way(row) === i ? 300 * (i + 1) * draw(4, 0, row, 0) : 0))],
    [takenSeries(`A${i}`), rows((row) => (way(row) === 1 - i ? 1 : 0))],
  ]);
  return { ...data, series: { ...data.series, ...Object.fromEntries(series) } };
}

/**
 * The path of the weights, short: a rule step each half hour, twenty minutes to move. The limit on the change is seldom met
 * and gentle enough (1/20 of the minimum weight) for whole legs to be summed in closed form.
 */
export const SETTINGS = {
  chunkPeriod: 30,
  weightInterpolationPeriod: 20,
  interpolation: 0,
  maximumChange: 1e-3,
  minimumWeight: 0.02,
  maxMemoryDays: 365,
  straightThroughChange: 0,
  straightThroughMinimum: 0,
  compat: 0,
};

/** Settings that a test changes: of the path, or of Hamiltonian pools. */
export type Changed = Partial<typeof SETTINGS> & {
  readonly centre?: number;
  readonly dynamicCurvature?: number;
  readonly arbitrageEvery?: number;
  readonly arbitrageCosts?: number;
  readonly gasGate?: number;
  readonly protocolShare?: number;
  readonly assetBounds?: number;
  readonly ownAverage?: number;
  readonly noiseRatio?: number;
  readonly trading?: number;
  readonly shiftGate?: number;
  readonly middleIn?: number;
};

export function specOf(
  data: Prices,
  part: Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>,
  settings: Changed = {},
): PoolSpec {
  return {
    assets: data.assets,
    rule: part.pool.weights === 'rule' ? rules.momentum : null,
    flow: null,
    objective: objectives.returns,
    penalties: [],
    value: 1e6,
    zeroFee: false,
    ...part,
    settings: part.pool.weights === 'rule' ? { ...SETTINGS, ...settings } : settings,
  };
}

/** Values by parameter, one for all assets. */
export type Values = Readonly<Record<string, number>>;

/** `sets` parameter sets, [columns][S], around the values: no two columns and no two sets are alike. */
export function rawSets(spec: PoolSpec, values: Values, sets = 1, spread = 0.1): Float64Array {
  const layout = poolLayout(spec);
  const given = Object.fromEntries(
    layout.entries.flatMap((e) => (e.name in values ? [[e.name, new Array<number>(e.size).fill(values[e.name])]] : [])),
  );
  const centre = layout.raws(given);
  return Float64Array.from(
    { length: centre.length * sets },
    (_, i) => centre[Math.floor(i / sets)] + spread * normal(9, Math.floor(i / sets), i % sets),
  );
}
