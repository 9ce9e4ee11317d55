/**
 * Blocks within a step: how often arbitrageurs trade and what they gain, by closed forms; the prices between two rows; bits and
 * gradients; what is refused.
 */
import { describe, expect, it } from 'vitest';
import { dot, type Expr, type Tree, where } from '../../src/index.js';
import type { PoolModel } from '../../src/pools/model.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { Blocks } from '../../src/rollout/bridge.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { reference } from '../../src/targets/reference/index.js';
import { draw } from '../../src/targets/runtime.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectGradient } from './differences.js';
import { feeLaws, flows, objectives, pools, rawSets, rules, specOf, type Values, walk } from './setup.js';

const SIGMA = 0.05;
const FEE = 0.003;
const DAY = 1440;
const MINUTE = 60_000;

const every = (seconds: number, arrival: Blocks['arrival'] = 'regular', seed = 1): Blocks => ({
  interval: seconds * 1000,
  arrival,
  seed,
});

/** Normal numbers by Box and Muller: tails and all, unlike those of setup.ts. */
const gauss = (seed: number, lane: number, step: number): number =>
  Math.sqrt(-2 * Math.log(draw(seed, lane, step, 0))) * Math.cos(2 * Math.PI * draw(seed, lane, step, 1));

/** Minutes of correlated Brownian motion of SIGMA a day each; `correlation` 1 for one asset beside a still one. */
function brownian(rows: number, correlation: number | null, seed = 5): Prices {
  const prices = new Float64Array(rows * 2);
  const step = SIGMA / Math.sqrt(DAY);
  let [x, y] = [0, 0];
  for (let row = 0; row < rows; row++) {
    prices.set([Math.exp(x), Math.exp(y)], row * 2);
    const [a, b] = [gauss(seed, 0, row), gauss(seed, 1, row)];
    x += step * a;
    if (correlation !== null) y += step * (correlation * a + Math.sqrt(1 - correlation ** 2) * b);
  }
  return { assets: ['A', 'B'], rows, prices, volume: null };
}

/** A pool that counts its arbitrages beside what it is: the count is told as a last reserve. */
function counting(pool: PoolModel): PoolModel {
  type Counted = { readonly pool: Tree; readonly trades: Expr };
  const of = (state: Tree) => state as Counted;
  return {
    ...pool,
    init: (c, m, value) => ({ pool: pool.init(c, m, value), trades: value.mul(0) }),
    reserves: (state, c) => [...pool.reserves(of(state).pool, c), of(state).trades],
    value: (c, state, prices) => pool.value(c, of(state).pool, prices),
    arbitrage: (c, state, m) => {
      const trade = pool.arbitrage(c, of(state).pool, m);
      const moved = pool.reserves(of(state).pool, c)[0].less(pool.reserves(trade.state, c)[0]);
      const back = pool.reserves(trade.state, c)[0].less(pool.reserves(of(state).pool, c)[0]);
      return {
        state: { pool: trade.state, trades: of(state).trades.add(where(moved.or(back), 1, 0)) },
        fees: trade.fees,
      };
    },
    scale: (state, factor) => ({ pool: pool.scale(of(state).pool, factor), trades: of(state).trades }),
  };
}

const half = { 'constant-weight.weights': [0.5, 0.5], 'constant-weight.fee': [FEE] };

/** A constant product at FEE by `blocks`; loss to arbitrageurs is the objective. */
const product = (data: Prices, blocks: Blocks | null, pool: PoolModel = pools['constant-weight']): PoolSpec =>
  ({ ...specOf(data, { pool, objective: objectives.lvr, value: 1 }), blocks }) as PoolSpec;

/** Mean and standard error. */
function estimate(xs: readonly number[]): readonly [mean: number, error: number] {
  const mean = xs.reduce((a, x) => a + x, 0) / xs.length;
  const squares = xs.reduce((a, x) => a + (x - mean) ** 2, 0);
  return [mean, Math.sqrt(squares / xs.length / (xs.length - 1))];
}

/** Days of a window: a pool forgets how it started within minutes. */
const DAYS = 5;

/** The share of blocks with a trade, and the loss a day over the value, each with its standard error. */
function measured(blocks: Blocks, count: number) {
  const rows = DAYS * DAY + 1;
  const data = brownian(count * DAYS * DAY + 1, null);
  const counted = createPoolRollout(product(data, blocks, counting(pools['constant-weight'])), data, wasm);
  const plain = createPoolRollout(product(data, blocks), data, wasm);
  const raw = plain.layout.raws(half);
  const windows = Array.from({ length: count }, (_, k) => k * DAYS * DAY);
  const blocksOf = (rows - 1) * (MINUTE / blocks.interval);
  const shares = windows.map((first) => {
    const { reserves } = counted.trajectory(raw, first, rows, rows - 1);
    return reserves[reserves.length - 1] / blocksOf;
  });
  const losses = windows.map((first) => -plain.value(raw, Int32Array.of(first), rows).objective[0] / DAYS);
  counted.dispose();
  plain.dispose();
  return { share: estimate(shares), loss: estimate(losses) };
}

const within = ([mean, error]: readonly [number, number], wanted: number, doubt = 0) =>
  expect(Math.abs(mean - wanted)).toBeLessThan(4 * error + doubt * wanted);

const gamma = -Math.log1p(-FEE);

describe('a constant product of 30 bps at 5 % a day', () => {
  // P = 1/(1 + √(2Λ)γ̂/σ), ARB/V = (σ²/8)·P·cosh(γ̂/2)/(1 − σ²/(8Λ)) (Milionis, Moallemi and Roughgarden 2023)
  it.each([
    [12, 12],
    [3, 6],
  ])('blocks at random moments, %d s apart on average', (seconds, count) => {
    const rate = 86_400 / seconds;
    const share = 1 / (1 + (Math.sqrt(2 * rate) * gamma) / SIGMA);
    const loss = ((SIGMA ** 2 / 8) * share * Math.cosh(gamma / 2)) / (1 - SIGMA ** 2 / (8 * rate));
    if (seconds === 12) expect(loss).toBeCloseTo(3.806e-5, 8);
    const found = measured(every(seconds, 'poisson'), count);
    within(found.share, share);
    within(found.loss, loss);
    // errors small enough to tell this from blocks that come evenly
    expect(found.share[1]).toBeLessThan(0.03 * share);
    expect(found.loss[1]).toBeLessThan(0.04 * loss);
  });

  // In units of the step's deviation: from the bound where a trade leaves it, a normal walk passes that bound by a ladder
  // height, of mean 1/√2 and mean square √2·ρ, ρ = 0.5826; the other one, 2γ̂ away, by ρ and ρ² + 1/4 (Siegmund 1979), as
  // often as its mean stays where it was. What a step adds to the mean square, 1, trades of 2γ̂y + y² take away, and of that
  // arbitrageurs gain y². In the limit of long ways this is 1/(1 + 1.7164·γ̂/s) (Nezlobin and Tassy 2025).
  it('blocks that come evenly: as many trades, smaller ones', () => {
    const bound = (gamma * Math.sqrt(7200)) / SIGMA;
    const rho = 0.5825971579;
    const other = Math.SQRT1_2 / (2 * bound + rho + Math.SQRT1_2);
    const mean = (1 - other) * Math.SQRT1_2 + other * rho;
    const square = (1 - other) * Math.SQRT2 * rho + other * (rho ** 2 + 1 / 4);
    const share = 1 / (2 * bound * mean + square);
    const found = measured(every(12), 12);
    within(found.share, share, 0.01);
    within(found.loss, (SIGMA ** 2 / 8) * share * square, 0.01);
  });
});

/** A pool that never trades and adds up what it sees at each block: x − x₀ of both assets, and their squares and product. */
const watcher = (from: (prices: readonly Expr[]) => readonly Expr[]): PoolModel => ({
  ...pools['constant-weight'],
  init: (_c, m) => ({ last: m.prices.map((p) => p.log()), sums: from(m.prices).map((x) => x.mul(0)) }) as Tree,
  reserves: (state) => (state as { sums: readonly Expr[] }).sums,
  value: (_c, _state, prices) => dot(prices, prices),
  arbitrage: (_c, state, m) => {
    const { last, sums } = state as { last: readonly Expr[]; sums: readonly Expr[] };
    const now = m.prices.map((p) => p.log());
    const moves = now.map((x, i) => x.sub(last[i]));
    return { state: { last: now, sums: sums.map((sum, k) => sum.add(from(moves)[k])) }, fees: m.prices[0].mul(0) };
  },
  scale: (state) => state,
});

describe('prices between rows', () => {
  const rows = 10 * DAY + 1;
  const data = brownian(rows, 0.6);
  const spec = (blocks: Blocks, from: (m: readonly Expr[]) => readonly Expr[]) =>
    ({ ...specOf(data, { pool: watcher(from), objective: objectives.returns, value: 1 }), blocks }) as PoolSpec;

  it('move as rows do: variances and correlation, over every block', () => {
    const rollout = createPoolRollout(
      spec(every(5), ([a, b]) => [a.square(), b.square(), a.mul(b)]),
      data,
      wasm,
    );
    const { reserves } = rollout.trajectory(rollout.layout.raws(half), 0, rows, rows - 1);
    const [a, b, product] = Array.from(reserves.subarray(3));
    // 172,800 moves: standard errors of 0.34 % of a variance, and the rows themselves have 14,400
    for (const sum of [a, b]) expect(sum / (10 * SIGMA ** 2)).toBeCloseTo(1, 1);
    expect(product / Math.sqrt(a * b)).toBeCloseTo(0.6, 2);
    rollout.dispose();
  });

  it('end at the recorded ones, and are those of the row in every window, every set and on every target', () => {
    const of = spec(every(12, 'regular', 9), ([a, b]) => [a, b.square()]);
    const rollouts = [reference, wasm].map((target) => createPoolRollout(of, data, target, { threads: 1 }));
    const [onReference, onWasm] = rollouts.map((rollout) => {
      const raw = rollout.layout.raws(half);
      const path = (first: number, length: number) => rollout.trajectory(raw, first, length, 1).reserves;
      return { whole: path(0, 400), later: path(150, 250) };
    });
    expect(onWasm).toEqual(onReference);
    // the moves of blocks add up to that of the row
    for (const row of [1, 57, 399]) {
      expect(onWasm.whole[row * 2]).toBeCloseTo(Math.log(data.prices[row * 2]), 12);
    }
    const [at, from] = [onWasm.whole[399 * 2 + 1], onWasm.whole[150 * 2 + 1]];
    expect(onWasm.later[249 * 2 + 1]).toBeCloseTo(at - from, 15);
    for (const rollout of rollouts) rollout.dispose();
  });

  it('are others by another seed, and none where a block is a step', () => {
    const value = (blocks: Blocks | null) => {
      const rollout = createPoolRollout(product(data, blocks), data, wasm, { threads: 1 });
      const { objective } = rollout.value(rollout.layout.raws(half), Int32Array.of(0, 700), 2000);
      rollout.dispose();
      return objective[0];
    };
    expect(value(every(12, 'regular', 2))).not.toBe(value(every(12)));
    expect(value(every(60))).toBe(value(null));
  });
});

describe('gradients through blocks', () => {
  const values: Values = {
    'constant-weight.fee': 0.002,
    'tfmm.fee': 0.002,
    'hmm.marketFee': 0.002,
    'elastic.v0': 1e-3,
    'elastic.b': 30,
    'elastic.epsilon': 0.02,
    'volatility.slope': 0.02,
  };
  const cases: readonly (readonly [string, Partial<PoolSpec> & Pick<PoolSpec, 'pool'>, Blocks])[] = [
    ['constant weights, evenly', { pool: pools['constant-weight'], flow: flows.elastic }, every(15)],
    ['constant weights, at random', { pool: pools['constant-weight'], flow: flows.elastic }, every(15, 'poisson')],
    ['weights that follow a rule', { pool: pools.tfmm, rule: rules.momentum }, every(20)],
    ['a Hamiltonian pool', { pool: pools.hmm, flow: flows.elastic }, every(20)],
    ['a fee law', { pool: pools['constant-weight'], flow: flows.elastic, feeLaw: feeLaws.volatility }, every(20)],
  ];
  it.each(cases)('%s', (_name, part, blocks) => {
    const rows = 120;
    const data = walk(2, rows + 160, 0.003);
    const spec = { ...specOf(data, { ...part, objective: objectives.returns_over_hodl }), blocks } as PoolSpec;
    const job = {
      rollout: createPoolRollout(spec, data, wasm, { threads: 1 }),
      data,
      raw: rawSets(spec, values, 1),
      windows: Int32Array.of(95, 131),
      windowRows: rows,
    };
    expectGradient(job, 5e-6, part.feeLaw ? ['volatility.greatestFee'] : []);
  });
});

describe('blocks that are none', () => {
  const data = walk(2, 50, 1e-3);
  const refused = (part: Partial<PoolSpec>, settings = {}) => {
    const spec = specOf(data, { pool: pools['constant-weight'], objective: objectives.returns }, settings);
    return () => createPoolRollout({ ...spec, ...part } as PoolSpec, data, wasm);
  };

  it('are refused in one line', () => {
    expect(refused({ blocks: every(7) })).toThrow(
      'rollout: blocks of which a whole number makes a step of 60000 ms were expected, got 7000 ms; take others',
    );
    expect(refused({ blocks: every(120) })).toThrow('got 120000 ms');
    expect(refused({ blocks: every(12) }, { arbitrageEvery: 5 })).toThrow(
      'rollout: blocks or arbitrageEvery were expected, got both; leave one out',
    );
    const closed = specOf(data, { pool: pools.tfmm, rule: rules.momentum, zeroFee: true });
    expect(() => createPoolRollout({ ...closed, blocks: every(12) }, data, wasm)).toThrow('give zeroFee: false');
  });
});
