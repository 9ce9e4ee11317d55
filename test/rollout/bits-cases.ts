/** Roll-outs of all shipped models, and what they are asked: exact targets are compared to the bit. */
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import type { Target } from '../../src/targets/target.js';
import { RULES } from './rule-values.js';
import { type Changed, flows, objectives, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

export const VALUES: Values = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'tfmm.gas': 2,
  'tfmm.outsideFee': 1e-3,
  'constant-weight.gas': 2,
  'constant-weight.outsideFee': 1e-3,
  'momentum.memoryDays': 0.2,
  'momentum.k': 20,
  'anti-momentum.memoryDays': 0.2,
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
  'hmm.riskFee': 0.1,
  'hmm.alpha': 0.3,
  'e-clp.below': 0.02,
  'e-clp.above': 0.02,
  'e-clp.fee': 0.002,
  'e-clp.gas': 2,
  'stableswap.A': 20,
  'stableswap.fee': 0.001,
  'stableswap.gas': 2,
  'elastic.v0': 1e-3,
};

export interface Case {
  readonly name: string;
  readonly n: number;
  readonly part: Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed;
}

const flow = flows.elastic;
export const momentum = { pool: pools.tfmm, rule: rules.momentum };
export const turnover = [{ model: objectives.turnover, weight: 0.1 }];

/** Every model, every route through a roll-out, two assets and more (they take different paths). */
export const CASES: readonly Case[] = [
  { name: 'tfmm, whole legs', n: 3, part: { ...momentum, zeroFee: true, penalties: turnover } },
  { name: 'tfmm, every minute', n: 2, part: { ...momentum, zeroFee: true, everyMinute: true } },
  { name: 'tfmm, fee and flow', n: 2, part: { ...momentum, flow } },
  { name: 'tfmm, 4 assets, fee', n: 4, part: { ...momentum, objective: objectives.returns_over_hodl } },
  {
    name: 'tfmm, anti-momentum, the approximately optimal path, guards',
    n: 3,
    part: { pool: pools.tfmm, rule: rules['anti-momentum'], flow, penalties: turnover },
    settings: { interpolation: 1, maximumChange: 2e-4, straightThroughChange: 1, minimumWeight: 0.25 },
  },
  ...Object.values(rules)
    .filter((rule) => !rule.name.endsWith('momentum') || rule.name === 'difference-momentum')
    .map((rule, i) => ({
      name: `tfmm, ${rule.name}`,
      n: 2 + (i % 2),
      part: { pool: pools.tfmm, rule, zeroFee: i % 2 === 0 },
      settings: { interpolation: i % 3 },
    })),
  {
    name: 'tfmm, bounds of single assets, an average of its own, the geodesic',
    n: 3,
    part: { ...momentum, zeroFee: true },
    settings: { assetBounds: 1, ownAverage: 1, interpolation: 2 },
  },
  { name: 'constant weights, 2 assets', n: 2, part: { pool: pools['constant-weight'] } },
  { name: 'constant weights, 5 assets, flow', n: 5, part: { pool: pools['constant-weight'], flow } },
  {
    name: 'tfmm, arbitrageurs each third minute',
    n: 3,
    part: { ...momentum, flow },
    settings: { arbitrageEvery: 3 },
  },
  {
    name: 'tfmm, an outside fee, gas through a gate',
    n: 3,
    part: { ...momentum, flow },
    settings: { arbitrageCosts: 1, gasGate: 0.2, protocolShare: 0.3 },
  },
  {
    name: 'constant weights, an outside fee and gas',
    n: 2,
    part: { pool: pools['constant-weight'] },
    settings: { arbitrageCosts: 1 },
  },
  { name: 'reclamm', n: 2, part: { pool: pools.reclamm } },
  {
    name: 'reclamm, flow, gates, each third minute',
    n: 2,
    part: { pool: pools.reclamm, flow, objective: objectives.returns_over_hodl },
    settings: { arbitrageEvery: 3, arbitrageCosts: 1, gasGate: 0.2, shiftGate: 0.3, protocolShare: 0.3 },
  },
  { name: 'fm-amm', n: 2, part: { pool: pools['fm-amm'] } },
  {
    name: 'fm-amm, flow, gas through a gate',
    n: 2,
    part: { pool: pools['fm-amm'], flow },
    settings: { arbitrageEvery: 3, arbitrageCosts: 1, gasGate: 0.2, protocolShare: 0.3 },
  },
  { name: 'concentrated range', n: 2, part: { pool: pools['concentrated-range'] } },
  {
    name: 'concentrated range, flow, gas through a gate',
    n: 2,
    part: { pool: pools['concentrated-range'], flow },
    settings: { arbitrageEvery: 3, arbitrageCosts: 1, gasGate: 0.2, protocolShare: 0.3, middleIn: 0 },
  },
  { name: 'hmm, 1 asset', n: 1, part: { pool: pools.hmm } },
  { name: 'hmm, 3 assets, flow', n: 3, part: { pool: pools.hmm, flow } },
  {
    name: 'hmm, curvature that moves',
    n: 2,
    part: { pool: pools.hmm, flow, objective: objectives.returns_over_hodl },
    settings: { dynamicCurvature: 1, centre: 0 },
  },
  { name: 'stableswap', n: 2, part: { pool: pools.stableswap } },
  {
    name: 'stableswap, prices as they are, flow, gas through a gate',
    n: 2,
    part: { pool: pools.stableswap, flow },
    settings: { centre: 0, arbitrageCosts: 1, gasGate: 0.3, protocolShare: 0.2 },
  },
  { name: 'e-clp', n: 2, part: { pool: pools['e-clp'] } },
  {
    name: 'e-clp, prices as they are, flow, gas through a gate',
    n: 2,
    part: { pool: pools['e-clp'], flow },
    settings: { centre: 0, arbitrageCosts: 1, gasGate: 0.3, protocolShare: 0.2 },
  },
];

/** Five sets leave half a pair of lanes; three windows, none on a rule step, one twice. */
export const SETS = 5;
export const WINDOWS = Int32Array.of(131, 95, 131);
export const ROWS = 130;

export const dataOf = (n: number): Prices => walk(n, 300, 0.002);
const BOUNDS: Values = {
  'tfmm.leastWeight': 0.3,
  'tfmm.greatestWeight': 0.36,
  'momentum.k': 40,
  'momentum.averageMemoryDays': 0.1,
};
const valuesOf = (c: Case): Values => ({
  ...Object.assign({}, ...Object.values(RULES)),
  ...VALUES,
  ...(c.settings?.centre === 0 ? { 'hmm.priceScale': 80, 'e-clp.peak': 2, 'stableswap.peg': 2 } : {}),
  ...(c.settings?.assetBounds === 1 ? BOUNDS : {}),
  ...(c.settings?.middleIn === 0 ? { 'concentrated-range.middle': 2 } : {}),
});
export const specOfCase = (c: Case): PoolSpec => specOf(dataOf(c.n), c.part, c.settings);
export const rawOf = (c: Case, sets = SETS): Float64Array => rawSets(specOfCase(c), valuesOf(c), sets);
export const columnsOf = (raw: Float64Array, chosen: readonly number[], sets = SETS): Float64Array =>
  Float64Array.from({ length: (raw.length / sets) * chosen.length }, (_, i) => {
    const [k, s] = [Math.floor(i / chosen.length), i % chosen.length];
    return raw[k * sets + chosen[s]];
  });

export type Arrays = Record<string, Float64Array>;

/** Everything that a roll-out can be asked, by name. */
export function answers(rollout: PoolRollout, raw: Float64Array): Arrays {
  const { objective, byWindow } = rollout.value(raw, WINDOWS, ROWS);
  const { objective: primal, byWindow: primals, gradient } = rollout.gradient(raw, WINDOWS, ROWS);
  const path = rollout.trajectory(columnsOf(raw, [3]), WINDOWS[1], ROWS, 3);
  const rule =
    rollout.spec.rule === null ? {} : { ...rollout.rule(raw, 8), estimates: rollout.readout(raw, 8).estimates };
  const recorded = Object.entries(path).filter(([, values]) => values !== null);
  return {
    ...{ objective, byWindow, primal, primals, gradient },
    ...(Object.fromEntries(recorded.map(([name, values]) => [name, Float64Array.from(values)])) as Arrays),
    ...rule,
    ...rollout.guards(raw, WINDOWS, ROWS),
  };
}

export const run = (c: Case, target: Target): Arrays => {
  const rollout = createPoolRollout(specOfCase(c), dataOf(c.n), target, { threads: 1 });
  const got = answers(rollout, rawOf(c));
  rollout.dispose();
  return got;
};
