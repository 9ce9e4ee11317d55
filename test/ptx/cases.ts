/**
 * The roll-outs of shipped models whose kernels are executed and assembled: small data, short windows, and questions that
 * make a roll-out run each of its programs, its gradients with all carries kept and in segments.
 */
import { liveness, type Precision, type Program } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { rowLength, rowsOf } from '../../src/targets/layout.js';
import { reference } from '../../src/targets/reference/index.js';
import { atOnce } from '../../src/targets/resumable.js';
import type { Outputs, SynchronousExecutable, SynchronousTarget } from '../../src/targets/target.js';
import {
  type Changed,
  feeLaws,
  flows,
  objectives,
  pools,
  rawSets,
  rules,
  specOf,
  walk,
  withTrades,
} from '../rollout/setup.js';

export interface Case {
  readonly name: string;
  readonly assets: number;
  readonly part: Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
}

const VALUES = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'constant-weight.gas': 2,
  'constant-weight.outsideFee': 1e-3,
  'momentum.memoryDays': 0.02,
  'momentum.k': 20,
  'anti-momentum.memoryDays': 0.02,
  'anti-momentum.k': 20,
  'concentrated-range.priceRatio': 1.5,
  'concentrated-range.fee': 0.002,
  'concentrated-range.gas': 2,
  'fm-amm.fee': 0.002,
  'fm-amm.gas': 2,
  'fm-amm.outsideFee': 1e-3,
  'reclamm.priceRatio': 1.1,
  'reclamm.centerednessMargin': 0.5,
  'reclamm.dailyPriceShiftExponent': 3,
  'reclamm.fee': 0.002,
  'hmm.rho': 0.5,
  'hmm.marketFee': 0.001,
  'hmm.riskFee': 0.1,
  'hmm.alpha': 0.3,
  'e-clp.below': 0.2,
  'e-clp.above': 0.2,
  'e-clp.fee': 0.002,
  'stableswap.A': 20,
  'stableswap.fee': 0.001,
  'elastic.v0': 1e-3,
};

const momentum = { pool: pools.tfmm, rule: rules.momentum };
/** Legs of five minutes, of which the weights move in three. */
const SHORT: Changed = { chunkPeriod: 5, weightInterpolationPeriod: 3 };

const MODELS: readonly Omit<Case, 'assets'>[] = [
  { name: 'constant weights', part: { pool: pools['constant-weight'] } },
  { name: 'momentum, no fee', part: { ...momentum, zeroFee: true }, settings: SHORT },
  { name: 'momentum, fee', part: momentum, settings: SHORT },
  { name: 'hmm, market and risk fee', part: { pool: pools.hmm } },
];

const turnover = [{ model: objectives.turnover, weight: 0.1 }];

/** A daily objective whose days have five minutes. */
const often = (daily: ObjectiveModel): ObjectiveModel => ({ ...daily, every: 5 });

/** What two assets show as well as many. */
const MORE: readonly Case[] = [
  {
    name: 'momentum, no fee, every minute',
    assets: 2,
    part: { ...momentum, zeroFee: true, everyMinute: true },
    settings: SHORT,
  },
  {
    name: 'constant weights, flow',
    assets: 2,
    part: { pool: pools['constant-weight'], flow: flows.elastic, objective: objectives.returns_over_hodl },
  },
  {
    name: 'anti-momentum, the approximately optimal path, guards, flow',
    assets: 2,
    part: { pool: pools.tfmm, rule: rules['anti-momentum'], flow: flows.elastic, penalties: turnover },
    settings: { ...SHORT, interpolation: 1, maximumChange: 2e-4, straightThroughChange: 1, minimumWeight: 0.25 },
  },
  {
    name: 'constant weights, arbitrageurs each third minute who pay gas',
    assets: 2,
    part: { pool: pools['constant-weight'] },
    settings: { arbitrageEvery: 3, arbitrageCosts: 1, gasGate: 0.2 },
  },
  {
    name: 'market caps, a fee by volatility, a pool that rests',
    assets: 2,
    part: { pool: pools.tfmm, rule: rules['market-cap'], feeLaw: feeLaws.volatility },
    settings: { ...SHORT, trading: 1, noiseRatio: 2 },
  },
  {
    name: 'constant weights, a fee by trades, gas shared by shares that come and go',
    assets: 2,
    part: {
      pool: pools['constant-weight'],
      feeLaw: feeLaws.impact,
      series: { parameters: { gas: 'supply.A0' }, supply: 'supply.A1', trades: false },
    },
    settings: { arbitrageCosts: 1, gasGate: 0.2 },
  },
  {
    name: 'hmm, curvature that moves, flow',
    assets: 2,
    part: { pool: pools.hmm, flow: flows.elastic },
    settings: { dynamicCurvature: 1, centre: 0 },
  },
  {
    name: 'reclamm, a range that follows, flow',
    assets: 2,
    part: { pool: pools.reclamm, flow: flows.elastic },
    settings: { shiftGate: 0.3 },
  },
  { name: 'reclamm', assets: 2, part: { pool: pools.reclamm } },
  { name: 'fm-amm', assets: 2, part: { pool: pools['fm-amm'] } },
  {
    name: 'fm-amm, gas, flow',
    assets: 2,
    part: { pool: pools['fm-amm'], flow: flows.elastic },
    settings: { arbitrageCosts: 1 },
  },
  { name: 'concentrated range', assets: 2, part: { pool: pools['concentrated-range'] } },
  {
    name: 'concentrated range, gas through a gate, flow',
    assets: 2,
    part: { pool: pools['concentrated-range'], flow: flows.elastic },
    settings: { arbitrageCosts: 1, gasGate: 0.2 },
  },
  { name: 'hmm', assets: 1, part: { pool: pools.hmm } },
  { name: 'stableswap, flow', assets: 2, part: { pool: pools.stableswap, flow: flows.elastic } },
  { name: 'e-clp, flow', assets: 2, part: { pool: pools['e-clp'], flow: flows.elastic } },
  ...['reclamm', 'fm-amm', 'concentrated-range', 'e-clp', 'stableswap'].map((pool) => ({
    name: `${pool}, trades`,
    assets: 2,
    part: { pool: pools[pool], series: { parameters: {}, supply: null, trades: true } },
    settings: { protocolShare: 0.3 },
  })),
  {
    name: 'momentum, losses to arbitrage and minute by minute',
    assets: 2,
    part: { ...momentum, objective: objectives.lvr, penalties: [{ model: objectives.sharpe, weight: 1e-4 }] },
    settings: SHORT,
  },
  {
    name: 'momentum, no fee, quantiles and tails',
    assets: 2,
    part: {
      ...momentum,
      zeroFee: true,
      objective: often(objectives.cvar_daily_95),
      penalties: [{ model: often(objectives.var_daily_99), weight: 1 }],
    },
    settings: SHORT,
  },
  {
    name: 'hmm, its own prices and depths',
    assets: 1,
    part: {
      pool: pools.hmm,
      objective: objectives.tracking_error,
      penalties: [{ model: objectives.capital_efficiency, weight: 0.1 }],
    },
  },
];

export const CASES: readonly Case[] = [
  ...[2, 3, 8].flatMap((assets) => MODELS.map((m) => ({ ...m, assets }))),
  ...MORE,
];

/** Those that are executed at every test run; the others take minutes. */
export const FEW: readonly Case[] = CASES.filter((c) => c.assets === 2 && MODELS.some((m) => m.name === c.name));

/** With three windows: lanes that blocks and launches do not divide. */
export const SETS = 5;
const ROWS = 300;
/** The first rows of windows: on a rule step, between two, and one of them twice. */
const WINDOWS = Int32Array.of(131, 95, 131);

/** Of a window: seven legs, so that segments of them are shorter than all. */
const MINUTES = 33;

/** Answers of a target to everything that a case can be asked. */
export function answers(c: Case, target: SynchronousTarget, precision?: Precision): Outputs {
  const data = withTrades(walk(c.assets, ROWS, 0.002));
  const spec = specOf(data, c.part, c.settings);
  const raw = rawSets(spec, c.settings?.centre === 0 ? { ...VALUES, 'hmm.priceScale': 80 } : VALUES, SETS);
  const rollout = createPoolRollout(spec, data, target, { threads: 1, precision });
  // one byte less than all carries need: they are then kept in segments
  const memory = rollout.plan(SETS, WINDOWS.length, MINUTES).bytes - 1;
  const frugal = createPoolRollout(spec, data, target, { threads: 1, memory, precision });
  const one = raw.filter((_x, i) => i % SETS === 3);
  const { rows: _rows, ...path } = rollout.trajectory(one, WINDOWS[1], MINUTES, 3);
  const outputs = {
    ...rollout.value(raw, WINDOWS, MINUTES),
    ...named('all', rollout.gradient(raw, WINDOWS, MINUTES)),
    ...named('cut', frugal.gradient(raw, WINDOWS, MINUTES)),
    ...(Object.fromEntries(Object.entries(path).filter(([, values]) => values !== null)) as Outputs),
    ...(spec.rule === null ? {} : { ...rollout.rule(raw, 8), estimates: rollout.readout(raw, 8).estimates }),
    ...rollout.guards(raw, WINDOWS, MINUTES),
  };
  rollout.dispose();
  frugal.dispose();
  return outputs;
}

const named = (name: string, answer: object): Outputs =>
  Object.fromEntries(Object.entries(answer).map(([key, values]) => [`${name} ${key}`, values]));

/** The programs that a case compiles to answer; they are not run, the answers are zeros. */
export function programsOf(c: Case, precision?: Precision): readonly Program[] {
  const programs: Program[] = [];
  answers(
    c,
    {
      ...reference,
      compile(program) {
        programs.push(program);
        const outputs = liveness(program).buffers.filter((b) => b.kind === 'output');
        const executable: SynchronousExecutable = {
          resumable: (inputs) => atOnce(() => executable.run(inputs)),
          run: ({ run, sets, windows }) =>
            Object.fromEntries(
              outputs.map((b) => [b.name, new Float64Array(rowsOf(b, run) * rowLength(b, sets, windows))]),
            ),
          dispose() {},
        };
        return executable;
      },
    },
    precision,
  );
  return programs;
}
