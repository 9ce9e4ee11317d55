/**
 * What changes from minute to minute — parameters that follow a series, shares that come and go, recorded trades, noise
 * traders, fees that follow a law, pools that rest — against plain loops, central differences, and what must not change.
 */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { type PoolSeries, paidSeries, takenSeries } from '../../src/pools/series.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { reference } from '../../src/targets/reference/index.js';
import { draw } from '../../src/targets/runtime.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { type ChangingPool, simulate } from '../oracle/changing-pool.js';
import { expectSameBits } from '../targets/agreement.js';
import { expectGradient } from './differences.js';
import { type Changed, feeLaws, flows, pools, rawSets, specOf, type Values, walk } from './setup.js';

const ROWS = 400;
const VALUE = 1e6;
const plain = walk(2, ROWS, 0.002, 12);

const byRow = (f: (row: number) => number) => Float64Array.from({ length: ROWS }, (_, row) => f(row));
const feeOf = (row: number) => (row < 150 ? 0.001 : 0.004 + 0.002 * draw(3, 0, row, 0));
const gasOf = (row: number) => (row < 100 ? 0.5 : 20);
const sharesOf = (row: number) => (row < 50 ? 3 : row < 200 ? 9 : 1);
const tradeOf = (row: number) =>
  row % 7 === 3 ? { paid: (row % 2) as 0 | 1, amount: 5 * (1 + draw(4, 0, row, 0)) } : null;

const data: Prices = {
  ...plain,
  series: {
    fee: byRow(feeOf),
    gas: byRow(gasOf),
    shares: byRow(sharesOf),
    [paidSeries('A0')]: byRow((row) => (tradeOf(row)?.paid === 0 ? (tradeOf(row)?.amount ?? 0) : 0)),
    [paidSeries('A1')]: byRow((row) => (tradeOf(row)?.paid === 1 ? (tradeOf(row)?.amount ?? 0) : 0)),
    [takenSeries('A0')]: byRow((row) => (tradeOf(row)?.paid === 1 ? 1 : 0)),
    [takenSeries('A1')]: byRow((row) => (tradeOf(row)?.paid === 0 ? 1 : 0)),
  },
};

const followed = (part: Partial<PoolSeries>): PoolSeries => ({
  parameters: {},
  supply: null,
  trades: false,
  ...part,
});

type Part = Partial<Pick<PoolSpec, 'series' | 'feeLaw' | 'flow' | 'value'>>;

function rolled(part: Part, values: Values, settings: Changed = {}, prices: Prices = data) {
  const spec = specOf(prices, { pool: pools['constant-weight'], value: VALUE, ...part }, settings);
  const rollout = createPoolRollout(spec, prices, wasm, { threads: 1 });
  const raw = rawSets(spec, values, 1, 0);
  return { spec, rollout, raw, path: rollout.trajectory(raw, 0, ROWS, 1) };
}

/** Equal to the plain loops up to rounding, which some hundred trades add up. */
function expectPath({ path, rollout }: ReturnType<typeof rolled>, pool: Partial<ChangingPool>): void {
  const wanted = simulate({
    prices: data.prices,
    rows: ROWS,
    weights: [0.5, 0.5],
    value: VALUE,
    fee: () => 0.002,
    ...pool,
  });
  rollout.dispose();
  for (let t = 0; t < ROWS; t++) {
    expect(Math.abs(path.values[t] / wanted.values[t] - 1)).toBeLessThan(1e-11);
    expect(Math.abs(path.fees[t] - wanted.fees[t])).toBeLessThan(1e-11 * VALUE);
  }
  expect(wanted.fees[ROWS - 1]).toBeGreaterThan(50);
}

const FEE = { 'constant-weight.fee': 0.002 };
const COSTS = { ...FEE, 'constant-weight.gas': 5 };
const laws = feeLaws;

describe('against plain loops', () => {
  it('a fee that follows a series', () => {
    expectPath(rolled({ series: followed({ parameters: { fee: 'fee' } }) }, FEE), { fee: feeOf });
  });

  it('gas that follows a series, shared by shares that come and go', () => {
    const series = followed({ parameters: { gas: 'gas' }, supply: 'shares' });
    expectPath(rolled({ series }, COSTS, { arbitrageCosts: 1 }), { gas: gasOf, supply: sharesOf });
  });

  it('gas that stays, shared by shares that come and go', () => {
    expectPath(rolled({ series: followed({ supply: 'shares' }) }, COSTS, { arbitrageCosts: 1 }), {
      gas: () => 5,
      supply: sharesOf,
    });
  });

  it('recorded trades, with shares that come and go', () => {
    const series = followed({ trades: true, supply: 'shares' });
    expectPath(rolled({ series }, FEE), { trade: tradeOf, supply: sharesOf });
  });

  it('noise traders', () => {
    expectPath(rolled({}, FEE, { noiseRatio: 3 }), { noiseRatio: 3 });
  });

  it('a fee that follows volatility', () => {
    const values = { ...FEE, 'volatility.slope': 0.02, 'volatility.halfLife': 20, 'volatility.greatestFee': 0.004 };
    const decay = 2 ** (-1 / 20);
    const charged: number[] = [];
    const fee: ChangingPool['fee'] = (_t, seen) => {
      const v = seen.reduce((sum, s) => decay * sum + (1 - decay) * s.variance, 0);
      charged.push(Math.min(0.002 + 0.02 * Math.sqrt(1440 * v), 0.004));
      return charged[charged.length - 1];
    };
    expectPath(rolled({ feeLaw: laws.volatility }, values), { fee });
    expect(charged[0]).toBe(0.002);
    expect(Math.max(...charged)).toBe(0.004);
    expect(charged.filter((f) => f > 0.002 && f < 0.004).length).toBeGreaterThan(100);
  });

  it('a fee that answers to trades, recorded ones among them', () => {
    const values = { ...FEE, 'impact.slope': 2, 'impact.halfLife': 15, 'impact.greatestFee': 0.02 };
    const decay = 2 ** (-1 / 15);
    const charged: number[] = [];
    const fee: ChangingPool['fee'] = (_t, seen) => {
      const raised = seen.reduce((sum, s) => decay * sum + 2 * s.traded, 0);
      charged.push(Math.min(0.002 + raised, 0.02));
      return charged[charged.length - 1];
    };
    expectPath(rolled({ feeLaw: laws.impact, series: followed({ trades: true }) }, values), { fee, trade: tradeOf });
    expect(new Set(charged).size).toBeGreaterThan(100);
  });
});

describe('what must not change', () => {
  const outcome = (part: Part, values: Values, settings: Changed = {}) => {
    const { path, rollout } = rolled(part, values, settings);
    rollout.dispose();
    return { values: path.values, fees: path.fees, reserves: path.reserves };
  };

  it('a series of one number has the bits of the parameter', () => {
    const still: Prices = { ...data, series: { same: byRow(() => 0.002) } };
    const spec = specOf(still, { pool: pools['constant-weight'], series: followed({ parameters: { fee: 'same' } }) });
    const rollout = createPoolRollout(spec, still, wasm, { threads: 1 });
    const raw = rawSets(spec, { 'constant-weight.fee': 0.05 }, 1, 0);
    const path = rollout.trajectory(raw, 0, ROWS, 1);
    rollout.dispose();
    // the fee of a parameter is the logistic of its raw number, which rounds
    const other = outcome({}, FEE);
    for (let t = 0; t < ROWS; t++) expect(Math.abs(path.values[t] / other.values[t] - 1)).toBeLessThan(1e-13);
  });

  it('shares that come and go change nothing where nothing comes in amounts', () => {
    expect(outcome({ series: followed({ supply: 'shares' }) }, FEE)).toEqual(outcome({}, FEE));
  });

  it('a law with slope 0 leaves the fee as it is', () => {
    for (const law of ['volatility', 'impact']) {
      const off = { ...FEE, [`${law}.slope`]: 0 };
      expect(outcome({ feeLaw: laws[law] }, off)).toEqual(outcome({}, FEE));
    }
  });
});

describe('a pool that trades only while its weights move', () => {
  it('holds its reserves for the rest of each leg, then goes on', () => {
    const spec = specOf(plain, { pool: pools.tfmm, rule: registry.rules.momentum }, { trading: 1 });
    const rollout = createPoolRollout(spec, plain, wasm, { threads: 1 });
    const raw = rawSets(spec, { 'tfmm.fee': 0.001, 'momentum.memoryDays': 0.2, 'momentum.k': 5 });
    const { reserves } = rollout.trajectory(raw, 0, ROWS, 1);
    rollout.dispose();
    let moved = 0;
    for (let t = 1; t < ROWS; t++) {
      const same = reserves[2 * t] === reserves[2 * t - 2] && reserves[2 * t + 1] === reserves[2 * t - 1];
      // legs of 30 minutes, 20 of which move
      if ((t - 1) % 30 >= 20) expect(same).toBe(true);
      else if (!same) moved++;
    }
    expect(moved).toBeGreaterThan(50);
  });
});

interface Case {
  readonly name: string;
  readonly part: Part & { readonly pool?: PoolSpec['pool'] };
  readonly values: Values;
  readonly settings?: Changed;
  /** Parameters that a series stands for, or that nothing reaches. */
  readonly dead?: readonly string[];
}

interface Pair {
  readonly kind: string;
  readonly values: Values;
  readonly settings?: Changed;
  /** Small: then trades take the pool to the ends of its range. */
  readonly value?: number;
}

const small = 4e3;
const PAIRS: Readonly<Record<string, Pair>> = {
  reclamm: {
    kind: 'reclamm',
    values: { priceRatio: 1.2, centerednessMargin: 0.6, fee: 0.002 },
    settings: { protocolShare: 0.3 },
  },
  'reclamm, to its ends': { kind: 'reclamm', values: { priceRatio: 1.05, fee: 0.002 }, value: small },
  'fm-amm': { kind: 'fm-amm', values: { fee: 0.002 }, settings: { protocolShare: 0.3 } },
  'concentrated range': {
    kind: 'concentrated-range',
    values: { priceRatio: 1.3, fee: 0.002 },
    settings: { protocolShare: 0.3 },
  },
  'concentrated range, to its ends': {
    kind: 'concentrated-range',
    values: { priceRatio: 1.05, fee: 0.002 },
    value: small,
  },
  'e-clp': { kind: 'e-clp', values: { below: 0.1, above: 0.1, fee: 0.002 }, settings: { protocolShare: 0.3 } },
  'e-clp, to its ends': { kind: 'e-clp', values: { below: 0.08, above: 0.08, fee: 0.002 }, value: 1500 },
  stableswap: { kind: 'stableswap', values: { A: 20, fee: 0.001 }, settings: { protocolShare: 0.3 } },
};

// the greatest fee is met in some minutes and not in others
const LAW = {
  'volatility.greatestFee': 0.006,
  'impact.greatestFee': 0.012,
  'volatility.slope': 0.04,
  'volatility.halfLife': 30,
  'impact.slope': 2,
  'impact.halfLife': 20,
};
const flow = flows.elastic;
const CASES: readonly Case[] = [
  {
    name: 'a fee by a series, trades, shares',
    part: { series: followed({ parameters: { fee: 'fee' }, trades: true, supply: 'shares' }) },
    values: FEE,
    dead: ['constant-weight.fee'],
  },
  { name: 'volatility', part: { feeLaw: laws.volatility, flow }, values: { ...FEE, ...LAW, 'elastic.v0': 1e-3 } },
  { name: 'impact', part: { feeLaw: laws.impact, flow }, values: { ...FEE, ...LAW, 'elastic.v0': 1e-3 } },
  {
    name: 'volatility, hmm',
    part: { pool: pools.hmm, feeLaw: laws.volatility, flow },
    values: { 'hmm.marketFee': 0.002, 'hmm.rho': 0.3, ...LAW, 'elastic.v0': 1e-3 },
  },
  {
    name: 'tfmm, trades and noise',
    part: { pool: pools.tfmm, series: followed({ trades: true }) },
    values: { 'tfmm.fee': 0.002, 'momentum.memoryDays': 0.2, 'momentum.k': 5 },
    settings: { noiseRatio: 2, protocolShare: 0.3 },
  },
  ...Object.entries(PAIRS).map(([name, { kind, values, settings, value }]) => ({
    name: `${name}, trades`,
    part: { pool: pools[kind], series: followed({ trades: true }), ...(value === undefined ? {} : { value }) },
    values: Object.fromEntries(Object.entries(values).map(([key, x]) => [`${kind}.${key}`, x])),
    settings,
    dead: kind === 'reclamm' ? ['reclamm.centerednessMargin'] : [],
  })),
  {
    name: 'gas by a series through a gate',
    part: { series: followed({ parameters: { gas: 'gas' }, supply: 'shares' }) },
    values: { ...COSTS, 'constant-weight.outsideFee': 1e-3 },
    settings: { arbitrageCosts: 1, gasGate: 0.3 },
    dead: ['constant-weight.gas'],
  },
];

describe.each(CASES)('$name', ({ part, values, settings = {}, dead }) => {
  const spec = specOf(data, { pool: pools['constant-weight'], value: VALUE, ...part }, settings);
  const raw = rawSets(spec, values);
  const [windows, rows] = [Int32Array.of(130, 240), 110];

  it('has the gradient that central differences find', () => {
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    // kinks where trades set in keep differences from telling more (differences.ts)
    expectGradient({ rollout, data, raw, windows, windowRows: rows }, 5e-6, dead);
  });

  it('has on wasm the bits of the reference', () => {
    const sets = rawSets(spec, values, 3);
    const [a, b] = [reference, wasm].map((target) => {
      const rollout = createPoolRollout(spec, data, target, { threads: 1 });
      const { objective, gradient } = rollout.gradient(sets, windows, rows);
      rollout.dispose();
      return { objective, gradient };
    });
    expectSameBits(b, a);
  });
});

it.each(Object.entries(PAIRS))('%s: what is paid and paid out adds up over a window', (_, {
  kind,
  values,
  settings,
  value,
}) => {
  const named = Object.fromEntries(Object.entries(values).map(([key, x]) => [`${kind}.${key}`, x]));
  const worth = value ?? VALUE;
  const part = { pool: pools[kind], value: worth };
  const path = (trades: boolean) => {
    const spec = specOf(data, { ...part, series: followed({ trades }) }, { ...settings, arbitrageEvery: 1000 });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const got = rollout.trajectory(rawSets(spec, named, 1, 0), 0, ROWS, 1);
    rollout.dispose();
    return got;
  };
  const { reserves, fees, values: v } = path(true);
  let [trades, cut] = [0, 0];
  for (let row = 1; row < ROWS; row++) {
    const delta = [0, 1].map((i) => reserves[2 * row + i] - reserves[2 * row - 2 + i]);
    const trade = tradeOf(row);
    if (trade === null || (delta[0] === 0 && delta[1] === 0)) {
      expect(delta).toEqual([0, 0]);
      if (trade !== null) cut++;
      continue;
    }
    trades++;
    const kept = 1 - values.fee * (settings?.protocolShare ?? 0);
    const [paid, out] = [delta[trade.paid], delta[1 - trade.paid]];
    if (paid < trade.amount * kept * (1 - 1e-9)) cut++;
    expect(paid).toBeLessThan(trade.amount * kept * (1 + 1e-9));
    expect(out).toBeLessThan(0);
    const earned =
      (paid / kept) * values.fee * (1 - (settings?.protocolShare ?? 0)) * data.prices[2 * row + trade.paid];
    expect(Math.abs(fees[row] - fees[row - 1] - earned)).toBeLessThan(1e-9 * worth);
    const value = [0, 1].reduce((sum, i) => sum + reserves[2 * row + i] * data.prices[2 * row + i], 0);
    expect(v[row] / value).toBeCloseTo(1, 13);
  }
  expect(trades).toBeGreaterThan(10);
  // a pool that is small against the trades is emptied by some
  if (value === undefined) expect(cut).toBe(0);
  else expect(cut).toBeGreaterThan(5);
  expect(path(false).reserves.subarray(-2)).toEqual(reserves.subarray(0, 2));
});

describe('bad input', () => {
  const failing =
    (part: Part & { pool?: PoolSpec['pool'] }, prices: Prices = data) =>
    () =>
      createPoolRollout(specOf(prices, { pool: pools['constant-weight'], ...part }), prices, wasm);

  it.each([
    [
      { series: followed({ parameters: { fee: 'fees' } }) },
      /a series fees was expected in the data \(Fraction .*\), got fee, gas, shares, .*; add it with poolgrad data attach/,
    ],
    [
      { series: followed({ parameters: { weights: 'fee' } }) },
      /a parameter of constant-weight that is one number was expected to follow a series \(fee\), got weights/,
    ],
    [
      { series: followed({ parameters: { fee: 'gas' } }) },
      /numbers in \[0, 0\.1\] were expected in the series gas, got 0\.5 in row 0/,
    ],
    [{ pool: pools.hmm, series: followed({ trades: true }) }, /a pool that executes trades was expected, got hmm/],
    [
      { feeLaw: laws.impact, series: followed({ parameters: { fee: 'fee' } }) },
      /a fee that follows the law impact or the series fee was expected, got both/,
    ],
    [{ feeLaw: laws.impact, zeroFee: true }, /closed forms without fees know no trades of others/],
  ])('%#', (part, message) => {
    expect(failing(part)).toThrow(message);
  });

  it('a market-cap rule without supplies', () => {
    const without: Prices = { ...data, series: {} };
    expect(failing({ pool: pools.tfmm, rule: registry.rules['market-cap'] } as Part, without)).toThrow(
      /a series supply\.A0 was expected in the data \(circulating supply\), got none/,
    );
  });
});
