/**
 * Loss-versus-rebalancing and rebalancing-versus-rebalancing against pools simulated here minute by minute, in plain
 * numbers, and against the closed form of their rate. Reserves near 1e6 leave 1e-10 of a minute's loss of .1: figures are
 * expected within 1e-8.
 */
import { describe, expect, it } from 'vitest';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout, type Trajectory } from '../../src/pools/rollout.js';
import type { PoolSpec } from '../../src/pools/spec.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { expectGradient } from './differences.js';
import { type Changed, flows, objectives, pools, rawSets, specOf, type Values, walk } from './setup.js';

const FIRST = 95;
const MINUTES = 400;

const VALUES: Values = {
  'tfmm.fee': 0.002,
  'constant-weight.fee': 0.002,
  'constant-weight.outsideFee': 0.003,
  'momentum.memoryDays': 0.2,
  'momentum.k': 5,
  'hmm.rho': 0.2,
  'elastic.v0': 1e-3,
};

type Part = Pick<PoolSpec, 'pool'> & Partial<Omit<PoolSpec, 'settings'>>;

/** Scores of lvr and rvr, and the path of the same window. */
function run(data: Prices, part: Part, settings: Changed = {}, values: Values = VALUES, minutes = MINUTES) {
  const of = (objective: ObjectiveModel) => {
    const spec = specOf(data, { ...part, objective }, settings);
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    if (spec.zeroFee) expect(sumsInClosedForm(spec)).toBe(false);
    const raw = rawSets(spec, values, 1, 0.02);
    const [score] = rollout.value(raw, Int32Array.of(FIRST), minutes + 1).objective;
    const path = rollout.trajectory(raw, FIRST, minutes + 1, 1);
    const parameters = rollout.layout.values(raw);
    rollout.dispose();
    return { score, path, parameters, value: spec.value };
  };
  const lvr = of(objectives.lvr);
  return { ...lvr, lvr: lvr.score, rvr: of(objectives.rvr).score };
}

const price = (data: Prices, t: number, i: number) => data.prices[(FIRST + t) * data.assets.length + i];

/** Σ p·(R − R′) and Σ share·p·|R′ − R| of a path in which nothing but arbitrage moves reserves. */
function changesOf(data: Prices, { reserves }: Trajectory, share = (_t: number) => 1): { lost: number; moved: number } {
  const n = data.assets.length;
  const width = reserves.length / (MINUTES + 1);
  let [lost, moved] = [0, 0];
  for (let t = 1; t <= MINUTES; t++) {
    for (let j = 0; j < width; j++) {
      const given = (j < n ? price(data, t, j) : 1) * (reserves[(t - 1) * width + j] - reserves[t * width + j]);
      lost += given;
      moved += share(t) * Math.abs(given);
    }
  }
  return { lost, moved };
}

const near = (got: number, wanted: number) => expect(Math.abs(got / wanted - 1)).toBeLessThan(1e-8);

describe('without fees', () => {
  it('the portfolio of the minute before against the pool that keeps its weights', () => {
    const data = walk(3, 600, 0.002);
    const { lvr, rvr, path, value } = run(data, { pool: pools.tfmm, zeroFee: true });
    const weights = path.weights as Float64Array;
    let pool = value;
    let lost = 0;
    for (let t = 1; t <= MINUTES; t++) {
      const before = weights.subarray(3 * (t - 1), 3 * t);
      const now = weights.subarray(3 * t, 3 * t + 3);
      const growth = [0, 1, 2].map((i) => price(data, t, i) / price(data, t - 1, i));
      const kept = pool * growth.reduce((sum, g, i) => sum + before[i] * g, 0);
      // Π πᵢ^wᵢ at the weights of before; moving to those of now at fixed prices costs Π (w⁻/w)^w
      pool *= growth.reduce((product, g, i) => product * g ** before[i] * (before[i] / now[i]) ** now[i], 1);
      lost += kept - pool;
    }
    near(path.values[MINUTES], pool);
    near(lvr, 0 - lost / value);
    near(path.losses[MINUTES], lost);
    // nothing is charged outside
    expect(rvr).toBe(lvr);
    expect(path.rebalancing.every((x) => x === 0)).toBe(true);
  });

  it('a vanishing fee has the same losses', () => {
    const data = walk(3, 600, 0.002);
    const closed = run(data, { pool: pools.tfmm, zeroFee: true });
    const traded = run(data, { pool: pools.tfmm }, {}, { ...VALUES, 'tfmm.fee': 1e-12 });
    near(traded.lvr, closed.lvr);
  });

  /**
   * Constant product of a price of volatility σ a minute against one that stands still: LVR/V = σ²/8 a minute (Milionis et
   * al. 2022), by Σ zₜ²·σ²/8 over draws z. Bell-shaped z of four uniforms have a variance of z² of 1.7: the mean of 40,000
   * strays by √(1.7/40000) = .65 %; three times that, and the second order, σ²-small, are allowed.
   */
  it('constant product loses σ²/8 of its value a minute', () => {
    const [sigma, minutes] = [1e-3, 40_000];
    const data = walk(2, minutes + 200, sigma);
    for (let row = 0; row < data.rows; row++) data.prices[2 * row + 1] = 1;
    const spec = specOf(data, { pool: pools['constant-weight'] });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const raw = rollout.layout.raws({ 'constant-weight.fee': [0] });
    const { losses, values } = rollout.trajectory(raw, FIRST, minutes + 1, 1);
    rollout.dispose();
    let rate = 0;
    for (let t = 1; t <= minutes; t++) rate += (losses[t] - losses[t - 1]) / values[t - 1] / minutes;
    expect(Math.abs(rate / (sigma ** 2 / 8) - 1)).toBeLessThan(3 * 0.0065);
  });

  /**
   * LVR/V = (σ²P²/2)·(1 − ρ²)/q², q = 2P − ρ(1 + P²), P the price over the curve's centre, −½V″ over V of a pool without fees: summed with
   * the squared moves that there were. The third order, σ of the second, has either sign: 1 % is allowed.
   */
  it.each([
    0, 0.05, 0.3, 0.6,
  ])('a Hamiltonian pool loses (P²/2)(1 − ρ²)/q² of its value for each squared move, ρ = %f', (rho) => {
    const minutes = 20_000;
    const data = walk(1, minutes + 200, 1e-3, 5);
    const spec = specOf(data, { pool: pools.hmm });
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const raw = rollout.layout.raws({ 'hmm.rho': [rho], 'hmm.marketFee': [0], 'hmm.riskFee': [0] });
    const { losses, values } = rollout.trajectory(raw, FIRST, minutes + 1, 1);
    rollout.dispose();
    let [got, wanted] = [0, 0];
    for (let t = 1; t <= minutes; t++) {
      const [before, now] = [t - 1, t].map((row) => price(data, row, 0) / price(data, 0, 0));
      const q = 2 * before - rho * (1 + before ** 2);
      expect(q).toBeGreaterThan(0);
      got += (losses[t] - losses[t - 1]) / values[t - 1];
      wanted += (((now - before) ** 2 / 2) * (1 - rho ** 2)) / q ** 2;
    }
    expect(Math.abs(got / wanted - 1)).toBeLessThan(0.01);
  });
});

describe('with fees', () => {
  it.each([
    ['no outside fee', {}],
    ['an outside fee', { arbitrageCosts: 1 }],
    ['an outside fee, each third minute', { arbitrageCosts: 1, arbitrageEvery: 3 }],
  ] as const)('two assets at constant weights, %s', (_, settings) => {
    const data = walk(2, 600, 0.002);
    const got = run(data, { pool: pools['constant-weight'] }, settings);
    const [w, u] = got.parameters['constant-weight.weights'];
    const [fee] = got.parameters['constant-weight.fee'];
    const [outside] = got.parameters['constant-weight.outsideFee'] ?? [0];
    const every = 'arbitrageEvery' in settings ? settings.arbitrageEvery : 1;
    const shrink = ((1 - fee) * (1 - outside / 2)) / (1 + outside / 2);
    const reserves = [w, u].map((share, i) => (share * got.value) / price(data, 0, i));
    let lost = 0;
    let cost = 0;
    for (let t = every; t <= MINUTES; t += every) {
      for (const [bought, paid, weight, other] of [
        [0, 1, w, u],
        [1, 0, u, w],
      ]) {
        const [p, q] = [price(data, t, bought), price(data, t, paid)];
        const [x, y] = [reserves[bought], reserves[paid]];
        // the pool sells at y·w/(x·u) of what is paid in; after the trade that ratio is shrink·p/q
        const target = (shrink * p * other) / (q * weight);
        if (y / x >= target) continue;
        // x^w·y^u is kept: x′ = x·((y/x)/target)^u, y′ = x′·target
        const after = x * (y / x / target) ** other;
        const takenOut = x - after;
        const paidIn = (after * target - y) / (1 - fee);
        reserves[bought] = after;
        reserves[paid] = y + paidIn;
        lost += p * takenOut - q * paidIn;
        cost += (outside / 2) * (p * takenOut + q * paidIn);
      }
    }
    expect(lost).toBeGreaterThan(0);
    near(got.lvr, 0 - lost / got.value);
    near(got.rvr, (cost - lost) / got.value);
    near(got.path.losses[MINUTES], lost);
    if (outside > 0) near(got.path.rebalancing[MINUTES], cost);
    // arbitrageurs pay what trading outside costs, and gain
    expect(got.rvr).toBeLessThan(0);
  });

  it.each(
    Object.values(pools).flatMap((pool) => {
      const n = Math.min(3, pool.assets?.[1] ?? 3);
      return pool.settings.arbitrageCosts === undefined
        ? [[pool.name, n, 0]]
        : [0, 0.003].map((tau) => [pool.name, n, tau]);
    }) as [string, number, number][],
  )('the change of the reserves of %s, %i assets, outside fee %f', (name, n, tau) => {
    const data = walk(n, 600, 0.003);
    const got = run(data, { pool: pools[name] }, tau > 0 ? { arbitrageCosts: 1 } : {}, {
      ...VALUES,
      [`${name}.outsideFee`]: tau,
    });
    const { lost, moved } = changesOf(data, got.path);
    const [outside] = got.parameters[`${name}.outsideFee`] ?? [0];
    const cost = (outside / 2) * moved;
    expect(moved).toBeGreaterThan(1e4);
    // what moves is some 100 times what is lost
    expect(Math.abs(got.lvr + lost / got.value)).toBeLessThan((1e-10 * moved) / got.value);
    expect(Math.abs(got.rvr - (cost - lost) / got.value)).toBeLessThan((1e-10 * moved) / got.value);
    // arbitrageurs who compete for a batch leave the pool what it costs them to trade outside; others gain
    if (name === 'fm-amm') expect(Math.abs(lost - cost)).toBeLessThan(1e-10 * moved);
    else expect(lost - cost).toBeGreaterThan(1e-4 * moved);
  });

  it('an outside fee that follows a series', () => {
    const series = { tau: Float64Array.from({ length: 600 }, (_, row) => (row % 7) / 1000) };
    const data = { ...walk(2, 600, 0.004), series };
    const followed = { parameters: { outsideFee: 'tau' }, supply: null, trades: false };
    const part = { pool: pools['constant-weight'], series: followed };
    const { rvr, lvr, path, value } = run(data, part, { arbitrageCosts: 1 });
    const cost = changesOf(data, path, (t) => series.tau[FIRST + t] / 2).moved;
    near(rvr - lvr, cost / value);
  });

  it('what flow earns is no gain of arbitrage', () => {
    const data = walk(2, 600, 1e-6);
    // within the no-trade band
    const { lvr, path } = run(data, { pool: pools['constant-weight'], flow: flows.elastic });
    expect(path.fees[MINUTES]).toBeGreaterThan(0);
    expect(lvr).toBe(0);
  });
});

/** Tolerances as in gradient-weights.test.ts. */
describe('gradients against differences, and bits', () => {
  const FLOW: Values = {
    'constant-weight.gas': 1e-9,
    'hmm.riskFee': 0.2,
    'hmm.priceScale': 1.05,
    'elastic.b': 30,
    'elastic.epsilon': 0.02,
  };
  const costs = { arbitrageCosts: 1 };
  const cases: [string, number, Part, Changed, number, string[]][] = [
    ['tfmm without fees', 3, { pool: pools.tfmm, zeroFee: true }, {}, 1e-7, ['tfmm.fee']],
    ['tfmm with a fee and flow', 2, { pool: pools.tfmm, flow: flows.elastic }, {}, 5e-6, []],
    ['constant weights, an outside fee', 3, { pool: pools['constant-weight'] }, costs, 5e-6, ['constant-weight.gas']],
    ['hmm with flow', 2, { pool: pools.hmm, flow: flows.elastic }, {}, 5e-6, []],
  ];
  describe.each(['lvr', 'rvr', 'hedged_returns'])('%s', (name) => {
    it.each(cases)('%s', (_, n, part, settings, tolerance, dead) => {
      const data = walk(n, 400, 0.01);
      const spec = specOf(data, { ...part, objective: objectives[name] }, settings);
      const raw = rawSets(spec, { ...VALUES, ...FLOW });
      const job = { data, raw, windows: Int32Array.of(95, 131), windowRows: 200 };
      const [got, wanted] = [wasm, reference].map((target) => {
        const rollout = createPoolRollout(spec, data, target);
        const answer = { ...rollout.gradient(raw, job.windows, job.windowRows) };
        rollout.dispose();
        return answer;
      });
      expectSameBits(got, wanted);
      expectGradient({ ...job, rollout: createPoolRollout(spec, data, wasm, { threads: 1 }) }, tolerance, dead);
    });
  });
});

describe('an objective that reads what minutes did', () => {
  it('says so', () => {
    const data = walk(2, 600, 0.002);
    const careless = { ...objectives.lvr, reads: ['value'] };
    const spec = specOf(data, { pool: pools.tfmm, zeroFee: true, objective: careless });
    const rollout = createPoolRollout(spec, data, wasm);
    expect(() => rollout.value(rawSets(spec, VALUES), Int32Array.of(FIRST), 200)).toThrow(
      new TypeError('objective lvr: lost is not among what it reads (value); add it to reads'),
    );
  });
});
