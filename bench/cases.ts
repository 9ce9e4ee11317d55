/** What `npm run bench` measures. Prices are a seeded random walk of .1 % a minute: how often pools trade is realistic. */
import { registry } from '../kernels/index.js';
import type { Generator } from '../kernels/prices/index.js';
import { createPoolRollout, type PoolRollout, type PoolRolloutOptions } from '../src/pools/rollout.js';
import type { PoolSpec } from '../src/pools/spec.js';
import { createRollout } from '../src/rollout/compiled.js';
import { sum } from '../src/rollout/functions.js';
import type { ObjectiveModel } from '../src/rollout/model.js';
import type { Prices } from '../src/rollout/recorded.js';
import type { Rollout, RolloutOptions } from '../src/rollout/rollout.js';
import type { RolloutSpec } from '../src/rollout/spec.js';
import { watching } from '../src/rollout/watch.js';
import { draw } from '../src/targets/runtime.js';
import type { Target } from '../src/targets/target.js';

/** What is timed: so many sets over so many windows. */
export interface Timed {
  readonly name: string;
  readonly sets: number;
  readonly windows: number;
  /** Minutes of a window; steps, where prices are drawn. */
  readonly minutes: number;
  /** `sets`: another number of them. */
  build(
    target: Target,
    options: RolloutOptions,
    minutes: number,
    sets?: number,
  ): { rollout: Rollout; raw: Float64Array; windows: Int32Array };
}

/** A pool over recorded minutes. */
export interface BenchCase extends Timed {
  build(
    target: Target,
    options: PoolRolloutOptions,
    minutes: number,
    sets?: number,
  ): { rollout: PoolRollout; raw: Float64Array; windows: Int32Array; data: Prices };
}

function walk(n: number, rows: number): Prices {
  const prices = new Float64Array(rows * n);
  for (let i = 0; i < n; i++) {
    let log = 0;
    for (let row = 0; row < rows; row++) {
      // the sum of three uniforms: bell-shaped, variance 1/4
      const u = draw(7, i, row, 0) + draw(7, i, row, 1) + draw(7, i, row, 2) - 1.5;
      log += 0.001 * 2 * u;
      prices[row * n + i] = 100 * Math.exp(log);
    }
  }
  const assets = Array.from({ length: n }, (_, i) => `A${i}`);
  // what the index goes by, another number every day
  const supply = (i: number) =>
    Float64Array.from({ length: rows }, (_, row) => 1 + draw(7, 100 + i, Math.floor(row / 1440), 0));
  const series = Object.fromEntries(assets.map((asset, i) => [`supply.${asset}`, supply(i)]));
  return { assets, rows, prices, volume: null, series };
}

/** Sets around one: they differ as little as four of them do, however many there are. */
function neighbours(start: Float64Array, count: number): Float64Array {
  const raw = new Float64Array(start.length * count);
  start.forEach((x, k) => {
    for (let s = 0; s < count; s++) raw[k * count + s] = x + (x > -700 ? (0.2 * s) / count : 0);
  });
  return raw;
}

type Part = Pick<PoolSpec, 'pool' | 'rule' | 'zeroFee'> & Partial<PoolSpec>;

function benchCase(
  name: string,
  n: number,
  part: Part,
  fees: Readonly<Record<string, number>> = {},
  { windows = 8, minutes = 163_872 } = {},
): BenchCase {
  const sets = 4;
  return {
    name,
    sets,
    windows,
    minutes,
    build(target, options, length, count = sets) {
      const burnIn = 30 * 1440;
      const data = walk(n, burnIn + length + windows * 1440);
      const spec: PoolSpec = {
        assets: data.assets,
        flow: null,
        objective: registry.objectives.daily_log_sharpe,
        penalties: [],
        settings: part.rule === null ? {} : { minimumWeight: 0.1 / n },
        value: 1e6,
        ...part,
      };
      const rollout = createPoolRollout(spec, data, target, options);
      const values = Object.fromEntries(Object.entries(fees).map(([k, v]) => [k, [v]]));
      const raw = neighbours(rollout.layout.raws(values), count);
      return { rollout, raw, windows: Int32Array.from({ length: windows }, (_, w) => burnIn + w * 1440), data };
    },
  };
}

/** Seconds since some time: of the clock on the wall, or of the processors that this process kept busy. */
export type Seconds = () => number;

export const wallTime: Seconds = () => performance.now() / 1000;

export const processorTime: Seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** What is passed on besides stands on the stack. */
const calling = (run: () => void, ..._deeper: readonly number[]): void => run();

/**
 * The least of the times of several runs: other work on a machine only adds. `budget`: seconds to go on for.
 *
 * Every other run is called from a frame 8 bytes deeper: vectors that a wasm function keeps on the stack lie across lines of
 * the cache or not by that alone, which is up to 12 % of its time.
 */
export function leastSeconds(run: () => void, budget: number, seconds: Seconds = wallTime): number {
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * budget;
  for (let i = 0; i < 4 || (performance.now() < end && i < 50); i++) {
    const start = seconds();
    if (i % 2 === 0) calling(run);
    else calling(run, 0);
    least = Math.min(least, seconds() - start);
  }
  return least;
}

/** The same of work that waits for a device; and the seconds of the first run, in which programs are compiled. */
export async function leastSecondsLater(
  run: () => Promise<unknown>,
  budget: number,
): Promise<{ readonly least: number; readonly first: number }> {
  const times: number[] = [];
  const end = performance.now() + 1000 * budget;
  while (times.length < 3 || (performance.now() < end && times.length < 50)) {
    const start = wallTime();
    await run();
    times.push(wallTime() - start);
  }
  return { least: Math.min(...times), first: times[0] };
}

const tfmm = { pool: registry.pools.tfmm, rule: registry.rules.momentum };

/** What whole trainings on a GPU are judged by: a year of one window. */
export const yearOfMomentum = benchCase(
  '(b3) momentum, 3 assets, 30 bps, a year',
  3,
  { ...tfmm, zeroFee: false },
  { 'tfmm.fee': 0.003 },
  { windows: 1, minutes: 525_600 },
);

export const cases: readonly BenchCase[] = [
  benchCase('(a) momentum, 2 assets, no fee', 2, { ...tfmm, zeroFee: true }),
  benchCase("(a') the same, every minute", 2, { ...tfmm, zeroFee: true, everyMinute: true }),
  benchCase("(a'8) the same, 8 assets", 8, { ...tfmm, zeroFee: true, everyMinute: true }),
  benchCase('(b) momentum, 2 assets, 30 bps', 2, { ...tfmm, zeroFee: false }, { 'tfmm.fee': 0.003 }),
  benchCase('(b8) momentum, 8 assets, 30 bps', 8, { ...tfmm, zeroFee: false }, { 'tfmm.fee': 0.003 }),
  yearOfMomentum,
  benchCase('(c) hmm, market and risk fee', 1, { pool: registry.pools.hmm, rule: null, zeroFee: false }),
  benchCase('(c2) hmm, 2 assets', 2, { pool: registry.pools.hmm, rule: null, zeroFee: false }),
  benchCase('constant weights, 2 assets, 30 bps', 2, {
    pool: registry.pools['constant-weight'],
    rule: null,
    zeroFee: false,
  }),
  benchCase('reclamm, 30 bps', 2, { pool: registry.pools.reclamm, rule: null, zeroFee: false }),
  benchCase(
    'fm-amm, 30 bps',
    2,
    { pool: registry.pools['fm-amm'], rule: null, zeroFee: false },
    { 'fm-amm.fee': 0.003 },
  ),
  benchCase('concentrated range, 30 bps', 2, {
    pool: registry.pools['concentrated-range'],
    rule: null,
    zeroFee: false,
  }),
  benchCase('stableswap, 4 bps', 2, { pool: registry.pools.stableswap, rule: null, zeroFee: false }),
  benchCase('e-clp, 30 bps', 2, { pool: registry.pools['e-clp'], rule: null, zeroFee: false }),
  // (r) rule steps an hour apart, legs in closed form: what a rule costs shows most
  ...Object.values(registry.rules).map((rule) =>
    benchCase(`(r) ${rule.name}`, 3, {
      pool: registry.pools.tfmm,
      rule,
      zeroFee: true,
      settings: { chunkPeriod: 60, weightInterpolationPeriod: 60, minimumWeight: 0.1 / 3 },
    }),
  ),
];

type Drawn = Pick<Timed, 'name' | 'sets' | 'windows' | 'minutes'> &
  Pick<RolloutSpec, 'system' | 'objective' | 'settings'> & {
    readonly model: Generator;
    readonly assets: number;
    /** Milliseconds of a step. */
    readonly interval: number;
    /** Instead of the defaults; sets then differ in what is trained only. */
    readonly values?: Readonly<Record<string, readonly number[]>>;
  };

/** A system over scenarios that are drawn: sets around its defaults. */
function overScenarios({ name, sets, windows, minutes, model, assets, interval, values, ...made }: Drawn): Timed {
  return {
    name,
    sets,
    windows,
    minutes,
    build(target, options, _steps, count = sets) {
      const spec: RolloutSpec = {
        ...made,
        assets: Array.from({ length: assets }, (_, i) => `A${i}`),
        clock: { interval },
        source: { kind: 'drawn', model, settings: {}, seed: 7 },
        penalties: [],
      };
      const rollout = createRollout(spec, null, target, options);
      const start = rollout.layout.raws(values ?? {});
      const raw = neighbours(start, count);
      const fixed = values === undefined ? [] : rollout.layout.entries.filter((e) => !e.parameter.trainable);
      for (const { column, size } of fixed) {
        for (let c = column; c < column + size; c++) raw.fill(start[c], c * count, (c + 1) * count);
      }
      return { rollout, raw, windows: Int32Array.from({ length: windows }, (_, w) => w) };
    },
  };
}

/** Prices that a generator draws, scored by where they end. */
const drawnCase = (name: string, model: Generator, assets: number): Timed =>
  overScenarios({
    ...{ name, sets: 4, windows: 8, minutes: 163_872, model, assets, interval: 86_400_000 },
    ...{ system: watching(model.rows), objective: endOfPrices, settings: {} },
  });

const endOfPrices: ObjectiveModel = {
  name: 'end',
  doc: 'the mean logarithm of the last prices',
  reads: ['prices'],
  every: 0,
  score: ({ last: { prices } }) => sum(prices.map((p) => p.log())).div(prices.length),
};

/** A maker of one asset in steps of 100 ms, inventories from −8 to 8. */
const makerCase = (name: string, settings: Readonly<Record<string, number>>): Timed =>
  overScenarios({
    ...{ name, sets: 8, windows: 32, minutes: 20_000, model: registry.sources.gbm, assets: 1, interval: 100 },
    ...{ system: registry.systems.maker, objective: registry.objectives.maker_objective, settings },
  });

/** Two pools and a router over simulations of 10,000 steps; `law`: what sets our fees. */
const gameCase = (name: string, law: string): Timed => {
  const system = registry.systems['amm-challenge'];
  const settings = { law: system.settings.law.choices?.[law] as number };
  return overScenarios({
    ...{ name, sets: 4, windows: 8, minutes: 10_001, model: registry.sources['challenge-market'], assets: 1 },
    ...{ interval: 1000, system, objective: registry.objectives.edge, settings },
  });
};

const choiceOf = (setting: string, name: string): number =>
  registry.systems.maker.settings[setting].choices?.[name] as number;

/** Jobs of the classes of a market: what each needs, by resource. */
type Bundles = readonly (readonly number[])[];

/** A compute market in steps of a minute, as configs/compute-market.yaml has it: steps of all resources at once. */
function marketCase(name: string, bundles: Bundles, settings: Readonly<Record<string, number>>): Timed {
  const n = bundles[0].length;
  const own = {
    ...{ supply1: new Array(n).fill(0.6944), supplyElasticity: [20], passes1: [1], fails1: [0], truth1: [1] },
    ...{ burn: [0], treasuryShare: [0] },
    ...Object.assign(
      {},
      ...bundles.map((require, k) => {
        const of = { require, arrivals: [1.428], limit: [0.9], elasticity: [20] };
        return Object.fromEntries(Object.entries(of).map(([key, x]) => [`${key}${k + 1}`, x]));
      }),
    ),
  };
  const values = Object.entries<readonly number[]>(own).map(([key, x]) => [`compute-market.${key}`, x]);
  const half = new Array((n * (n - 1)) / 2).fill(0);
  return overScenarios({
    ...{ name, sets: 8, windows: 16, minutes: 2880, model: registry.sources['ou-jumps'], assets: n, interval: 60_000 },
    ...{ system: registry.systems['compute-market'], objective: registry.objectives.lp_hedged_return },
    settings: { workers: 1, classes: bundles.length, ...settings },
    values: Object.fromEntries([
      ...values,
      ...[
        ['ou-jumps.kappa', new Array(n).fill(126.5)],
        ['ou-jumps.sigma', new Array(n).fill(0.9)],
        ['ou-jumps.intensity', [109.5]],
        ['ou-jumps.correlation', half],
      ],
    ]),
  });
}

/** Generators with their defaults, a day a step; makers; compute markets; the game of two pools. */
export const drawn: readonly Timed[] = [
  makerCase('(m) maker, law of 17 inventories', {}),
  makerCase('(m1) maker, affine, drawn fills', {
    policy: choiceOf('policy', 'affine'),
    estimator: choiceOf('estimator', 'score'),
  }),
  makerCase('(m2) maker, table, all actions', { estimator: choiceOf('estimator', 'all-actions') }),
  marketCase('(k) compute market, 1 resource', [[4]], {}),
  marketCase(
    '(k5) compute market, 5 resources',
    [
      [4, 4, 0, 2, 0],
      [0, 0, 4, 2, 4],
    ],
    { dynamicCurvature: 1 },
  ),
  gameCase('(p) two pools and a router, fixed fees', 'fixed'),
  gameCase('(p1) the same, smooth recentre', 'smooth-recentre'),
  drawnCase('(g) hamiltonian, 3 assets, thermostat', registry.sources.hamiltonian, 3),
  drawnCase('(g4) gbm, 4 correlated assets', registry.sources.gbm, 4),
];
