/**
 * The flow `routed` in whole roll-outs of every kind of pool: gradients of all parameters against central differences, the
 * same bits on reference and wasm, where orders go when fees and depths differ.
 *
 * Tolerances as for pools of two assets (gradient-pairs.test.ts).
 */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient, type Job } from './differences.js';
import { type Changed, flows, objectives, pools, rawSets, specOf, type Values, walk } from './setup.js';

const KINKED = 5e-6;

const ROUTED: Values = {
  'routed.size': 4e-3,
  'routed.depth': 1.5,
  'routed.competitorFee': 0.003,
  'routed.spread': 0.8,
};

interface Case {
  readonly pool: string;
  readonly assets?: number;
  readonly part?: Partial<Omit<PoolSpec, 'settings'>>;
  readonly settings?: Changed & { readonly orders?: number };
  readonly values?: Values;
  readonly sigma?: number;
  readonly rows?: number;
}

function jobOf({ pool, assets = 2, part = {}, settings = {}, values = {}, sigma = 0.003, rows = 40 }: Case): Job {
  const data = walk(assets, rows + 160, sigma);
  const spec = specOf(data, { pool: pools[pool], flow: flows.routed, ...part }, settings);
  return {
    rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
    data,
    raw: rawSets(spec, { ...ROUTED, ...values }),
    windows: Int32Array.of(95, 131),
    windowRows: rows,
  };
}

const FEE = 0.002;
const cases: [string, Case][] = [
  ['constant weights', { pool: 'constant-weight', values: { 'constant-weight.fee': FEE } }],
  ['constant weights of three', { pool: 'constant-weight', assets: 3, values: { 'constant-weight.fee': FEE } }],
  ['tfmm', { pool: 'tfmm', values: { 'tfmm.fee': FEE, 'momentum.k': 100 }, rows: 100 }],
  ['hmm', { pool: 'hmm', assets: 1, values: { 'hmm.marketFee': FEE, 'hmm.riskFee': 0.02, 'hmm.rho': 0.3 } }],
  ['hmm of two', { pool: 'hmm', values: { 'hmm.marketFee': FEE, 'hmm.riskFee': 0.02, 'hmm.rho': 0.3 } }],
  [
    'reclamm',
    {
      pool: 'reclamm',
      values: {
        'reclamm.fee': FEE,
        'reclamm.priceRatio': 1.2,
        'reclamm.centerednessMargin': 0.6,
        'reclamm.dailyPriceShiftExponent': 3,
      },
      settings: { shiftGate: 0.3 },
    },
  ],
  ['fm-amm', { pool: 'fm-amm', values: { 'fm-amm.fee': FEE } }],
  ['range', { pool: 'concentrated-range', values: { 'concentrated-range.fee': FEE } }],
  ['e-clp', { pool: 'e-clp', values: { 'e-clp.fee': FEE }, rows: 60 }],
  ['stableswap', { pool: 'stableswap', values: { 'stableswap.fee': FEE, 'stableswap.A': 10 } }],
];

describe.each(cases)('%s', (_, given) => {
  it('has the gradient that central differences find, of the competitor’s parameters too', () => {
    expectGradient(jobOf(given), KINKED);
  });

  it('is the same on reference and wasm', () => {
    const { rollout, data, raw, windows } = jobOf(given);
    const plain = createPoolRollout(rollout.spec, data, reference);
    const [a, b] = [plain, rollout].map((r) => r.gradient(raw, windows, 30));
    expect(b.objective).toEqual(a.objective);
    expect(b.gradient).toEqual(a.gradient);
  });
});

/** Pool and competitor alike but for what is given: the pool's share of the orders, and what they left in it. */
function shareOf(values: Values, { orders = 2, blocks = null as PoolSpec['blocks'], pool = 'constant-weight' } = {}) {
  const data = walk(2, 2000, 5e-4);
  const spec = specOf(data, { pool: pools[pool], flow: flows.routed, blocks }, { orders } as Changed);
  const rollout = createPoolRollout({ ...spec, objective: objectives.returns }, data, wasm, { threads: 1 });
  const { observed } = rollout.path(rollout.layout.raws(lists(values)), 0, 1500, 1499);
  rollout.dispose();
  const last = (name: string) => observed[name].at(-1) as number;
  return {
    share: last('routed') / last('offered'),
    offered: last('offered'),
    earned: last('earned'),
    fees: last('fees'),
  };
}

const lists = (values: Values) => Object.fromEntries(Object.entries(values).map(([key, x]) => [key, [x]]));

describe('the share of the pool', () => {
  const even = { 'routed.size': 2e-3, 'routed.depth': 1, 'routed.competitorFee': 0.003, 'constant-weight.fee': 0.003 };

  it('is half against its like', () => {
    const { share, offered, earned, fees } = shareOf(even);
    // fees that stay make the pool a little deeper than its competitor
    expect(Math.abs(share - 0.5)).toBeLessThan(0.01);
    // 2 a minute of .2 % of a million, lognormal: 3000 orders, their sum within three standard errors
    const error = 2e-3 * 1e6 * Math.sqrt(3000 * Math.exp(1.2 ** 2));
    expect(Math.abs(offered - 1499 * 2 * 2e-3 * 1e6)).toBeLessThan(3 * error);
    expect(earned).toBeGreaterThan(0.9 * 0.003 * share * offered);
    expect(fees).toBeGreaterThan(0.003 * share * offered);
  });

  it('grows with the fee and falls with the depth of the competitor, and falls with the fee of the pool', () => {
    const { share } = shareOf(even);
    expect(shareOf({ ...even, 'routed.competitorFee': 0.005 }).share).toBeGreaterThan(share + 0.05);
    expect(shareOf({ ...even, 'routed.depth': 10 }).share).toBeLessThan(share - 0.05);
    expect(shareOf({ ...even, 'constant-weight.fee': 0.01 }).share).toBeLessThan(share - 0.05);
  });

  it('is all where the competitor takes a tenth, and none in a pool that does', () => {
    const small = { ...even, 'routed.size': 1e-5, 'routed.spread': 0 };
    expect(shareOf({ ...small, 'routed.competitorFee': 0.0999, 'constant-weight.fee': 1e-5 }).share).toBe(1);
    expect(shareOf({ ...small, 'routed.competitorFee': 1e-5, 'constant-weight.fee': 0.0999 }).share).toBe(0);
  });

  it('has the competitor arbitraged with the pool, block by block', () => {
    const blocks = { interval: 12_000, arrival: 'regular', seed: 1 } as const;
    expect(Math.abs(shareOf(even, { blocks }).share - 0.5)).toBeLessThan(0.01);
  });

  it('is drawn anew by another seed', () => {
    const data = walk(2, 400, 5e-4);
    const offered = (orderSeed: number) => {
      const spec = specOf(data, { pool: pools['fm-amm'], flow: flows.routed }, { orderSeed } as Changed);
      const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
      const { observed } = rollout.path(rollout.layout.raws(lists(even)), 0, 300, 299);
      rollout.dispose();
      return observed.offered.at(-1);
    };
    expect(offered(1)).toBe(offered(1));
    expect(offered(2)).not.toBe(offered(1));
  });
});

describe('what does not go together', () => {
  const data = walk(2, 400, 5e-4);
  const refused = (part: Partial<Omit<PoolSpec, 'settings'>>, settings: Record<string, number> = {}) => {
    const spec = specOf(data, { pool: pools['constant-weight'], flow: flows.routed, ...part }, settings as Changed);
    return () => createPoolRollout(spec, data, reference);
  };
  it.each([
    ['pools without a port', refused({ pool: { ...pools['constant-weight'], offer: undefined } }), /a port for orders/],
    [
      'shares that come and go',
      refused({ series: { parameters: {}, supply: 'supply.A0', trades: false } }),
      /supply out/,
    ],
    ['too many orders', refused({}, { orders: 201 }), /at most 200 orders in a step were expected, got 201 a minute/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(UserError);
    expect(make).toThrow(message);
  });
});
