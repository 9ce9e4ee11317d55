/** What makers train to, beside optima from other programs: tables, the affine law with a signal, the heuristic. */
import { describe, expect, it } from 'vitest';
import { type SteppedMarket, steppedValue } from '../../src/makers/discrete.js';
import { steppedOptimum } from '../../src/makers/discrete-optimum.js';
import { longRun, valueOfPolicy } from '../../src/makers/long-run.js';
import { singleAsset } from '../../src/makers/problem.js';
import { type Offsets, tablePolicy } from '../../src/makers/quotes.js';
import { stationarySlope } from '../../src/makers/riccati.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import { optimizerOf } from '../../src/train/optimizer.js';
import { choice, makerRollout, policyNumber, scenarios, type Values, valuesOf } from './setup.js';

interface Plan {
  readonly steps: number;
  readonly iterations: number;
  /** Of iteration k, from 0. */
  readonly rate: (k: number) => number;
  readonly lanes?: number;
  readonly beta2?: number;
}

/** Adam on all parameters that are trained; values by name afterwards. */
function train(rollout: Rollout, values: Values, { steps, iterations, rate, lanes = 1, beta2 }: Plan) {
  let raw = rollout.layout.raws(valuesOf(values));
  const adam = optimizerOf({ name: 'adam', learningRate: 1, beta2 }, raw);
  let slots = adam.init(raw.length);
  const moves = new Float64Array(raw.length);
  for (const { column, size, parameter } of rollout.layout.entries) {
    if (parameter.trainable) moves.fill(1, column, column + size);
  }
  for (let k = 0; k < iterations; k++) {
    const { gradient } = rollout.gradient(raw, scenarios(lanes, k * lanes), steps + 1);
    const down = gradient.map((g, i) => -g * moves[i]);
    ({ slots, raw } = adam.update(slots, raw, down, rate(k)));
  }
  return (name: string) => rollout.layout.values(raw)[`maker.${name}`];
}

/** From one rate to another, geometrically. */
const decaying = (from: number, to: number, iterations: number) => (k: number) =>
  from * (to / from) ** (k / iterations);

const STATE = {
  ...{ lambdaBid: 1.5, lambdaAsk: 1.5, kappaBid: 2, kappaAsk: 2, phi: 0.02 },
  ...{ drift: 0, jumpBid: 0, jumpAsk: 0 },
};
const MARKET: SteppedMarket = {
  ...{ qMin: -8, qMax: 8, dt: 0.1, thinning: 'poisson', states: [STATE], generator: [[0]] },
};
/** A∞: as terminal penalty it takes the end's effect away. */
const END = stationarySlope(1.5, 2, 0.02);
const closedForm = {
  bid: Array.from({ length: 16 }, (_, i) => 0.5 + END * (2 * (i - 8) + 1)),
  ask: Array.from({ length: 16 }, (_, i) => 0.5 - END * (2 * (i - 7) - 1)),
};

const gapOf = (of: (name: string) => number[]) => {
  const best = steppedOptimum(MARKET).value;
  const quotes = { bid: [[...of('bid'), null]], ask: [[null, ...of('ask')]] };
  return (best - steppedValue(MARKET, quotes).value) / best;
};

describe('tables', () => {
  it('trained on the exact roll-out from the closed form are within 1e-5 of the optimum after 100 iterations', () => {
    const rollout = makerRollout({});
    const plan = { steps: 300, iterations: 100, rate: decaying(0.05, 0.0005, 100) };
    const of = train(rollout, { alpha: [END], ...closedForm }, plan);
    rollout.dispose();
    expect(gapOf(of)).toBeLessThan(1e-5);
    expect(of('bid')[8]).toBeCloseTo(0.5796, 3);
    expect(of('bid')[10]).toBeCloseTo(0.8617, 3);
    expect(of('ask')[9]).toBeCloseTo(0.2953, 3);
  });

  it('and from flat quotes, where Adam forgets its first gradients', () => {
    const rollout = makerRollout({});
    const linear = (k: number) => 0.05 - (0.0495 * k) / 100;
    const trained = (beta2: number) =>
      gapOf(train(rollout, { alpha: [END] }, { steps: 300, iterations: 100, rate: linear, beta2 }));
    expect(trained(0.9)).toBeLessThan(1e-5);
    expect(trained(0.999)).toBeGreaterThan(5e-5);
    rollout.dispose();
  });

  it('end where a finite time without a terminal penalty pulls them: further off', () => {
    const rollout = makerRollout({});
    const plan = { steps: 300, iterations: 100, rate: decaying(0.05, 0.0005, 100) };
    const of = train(rollout, closedForm, plan);
    rollout.dispose();
    expect(gapOf(of)).toBeGreaterThan(1e-4);
  });

  it('by inventory and time reach the optimum with an end', () => {
    const plan = { steps: 100, iterations: 200, rate: decaying(0.05, 0.005, 200) };
    // T = 5 in steps of .05 s
    const fine = makerRollout({ qMin: -5, qMax: 5, evenStart: 0, knots: 26 }, { dt: 0.05 });
    const of = train(fine, { alpha: [0.05] }, plan);
    const values = Object.fromEntries(
      fine.layout.entries.filter((e) => e.name.startsWith('maker.')).map((e) => [e.name.slice(6), of(e.name.slice(6))]),
    );
    const { objective } = fine.value(fine.layout.raws(valuesOf(values)), scenarios(1), 101);
    fine.dispose();
    expect(objective[0]).toBeLessThanOrEqual(2.40420784 + 1e-8);
    expect(objective[0]).toBeGreaterThan(2.4042);
  });
});

describe('the affine law with a signal', () => {
  it('is worth .31166 of the .311668 that the best quotes are worth', () => {
    const sell = [1.4, 1, 0.6];
    const drift = [-0.05, 0, 0.05];
    const states = sell.map((lambdaBid, j) => ({
      ...{ ...STATE, lambdaBid, lambdaAsk: 2 - lambdaBid, phi: 0.01, drift: drift[j] },
    }));
    const generator = [
      [-0.4, 0.3, 0.1],
      [0.2, -0.4, 0.2],
      [0.1, 0.3, -0.4],
    ];
    const problem = singleAsset({ qMin: -5, qMax: 5, alpha: 0, states, generator });
    const rollout = makerRollout({ qMin: -5, qMax: 5, states: 3, policy: policyNumber('affine') }, { dt: 0.02 });
    const end = stationarySlope(1, 2, 0.01);
    const of = train(
      rollout,
      {
        ...{ lambdaBid: sell, lambdaAsk: sell.map((x) => 2 - x), phi: [0.01, 0.01, 0.01], drift, alpha: [end] },
        ...{ rates: [0.3, 0.1, 0.2, 0.2, 0.1, 0.3], offset: [0.5 + end], slope: [2 * end] },
      },
      { steps: 6000, iterations: 80, rate: decaying(0.03, 0.0005, 80) },
    );
    rollout.dispose();
    const [offset, slope, signal] = ['offset', 'slope', 'signal'].map((name) => of(name)[0]);
    const tables = (sign: number, open: (q: number) => boolean): Offsets =>
      states.flatMap((_, j) =>
        Array.from({ length: 11 }, (__, i) => i - 5).map((q) =>
          open(q) ? offset + sign * (slope * q - signal * (j - 1)) : null,
        ),
      );
    const policy = tablePolicy(problem, { bid: tables(1, (q) => q < 5), ask: tables(-1, (q) => q > -5) });
    expect(longRun(problem, 5).value).toBeCloseTo(0.311668, 6);
    expect(valueOfPolicy(problem, policy, 5).value).toBeGreaterThan(0.31166);
  });
});

describe('the heuristic of the framework', () => {
  /** Its market: S = 100, a spread of 10 bps, an order a second on each side, β = .1 a basis point, |Q| ≤ 10. */
  const heuristic = {
    ...{ qMin: -10, qMax: 10, spread: 1, maxPosition: 10, evenStart: 0 },
    policy: policyNumber('heuristic'),
  };
  const problemOf = (phi: number, taker: boolean) =>
    singleAsset({
      ...{ qMin: -10, qMax: 10, alpha: 0, generator: [[0]], minOffset: 0.05 },
      // flat within half the spread: e^{−κ max(δ − Δ/2, 0)}
      states: [{ ...STATE, lambdaBid: Math.exp(0.5), lambdaAsk: Math.exp(0.5), kappaBid: 10, kappaAsk: 10, phi }],
      ...(taker ? { taker: { rate: Number.POSITIVE_INFINITY, cost: 0.07 } } : {}),
    });

  function valueIn(phi: number, of: (name: string) => number[]): number {
    const problem = problemOf(phi, true);
    const [base, skew, threshold, rate, ratio] = [
      ...['base', 'skew', 'urgencyThreshold', 'liquidationRate', 'minSpreadRatio'].map((name) => of(name)[0]),
    ];
    const all = Array.from({ length: 21 }, (_, i) => (i - 10) / 10);
    const side = (sign: number, end: number): Offsets =>
      all.map((r) => (r === end ? null : 0.01 * base * Math.max(1 + r * r + sign * r * skew, ratio)));
    const taking = (sign: number) =>
      all.map((r) => (sign * r > 0 ? Math.max(Math.abs(r) ** 3 - threshold, 0) * rate : 0));
    const policy = tablePolicy(problem, { bid: side(1, 1), ask: side(-1, -1) }, { buy: taking(-1), sell: taking(1) });
    return valueOfPolicy(problem, policy, 10).value;
  }

  const marketAt = (phi: number): Values => ({
    ...{ lambdaBid: [1], lambdaAsk: [1], kappaBid: [10], kappaAsk: [10], phi: [phi], halfSpread: [0.05] },
    ...{ takerCost: [0.07], alpha: [stationarySlope(1, 10, phi)] },
  });

  it.each([
    [0.01, 0.03],
    [0.001, 0.94],
    [0.0001, 0.99],
  ])('trained from its defaults is worth 99 percent of the optimum at φ = %d, %d before', (phi, before) => {
    const best = longRun(problemOf(phi, false), 10).value;
    const rollout = makerRollout(heuristic, { dt: 0.05 });
    const market = marketAt(phi);
    const untrained = train(rollout, market, { steps: 1, iterations: 0, rate: () => 0 });
    expect(valueIn(phi, untrained) / best).toBeCloseTo(before, 2);
    const of = train(rollout, market, { steps: 1200, iterations: 200, rate: decaying(0.08, 0.004, 200) });
    rollout.dispose();
    expect(valueIn(phi, of) / best).toBeGreaterThan(0.99);
  });

  it.each([0.01, 0.001, 0.0001])('finds how to use takers from its defaults, at φ = %d', (phi) => {
    const best = longRun(problemOf(phi, true), 10).value;
    const rollout = makerRollout({ ...heuristic, evenStart: 1 }, { dt: 0.05 });
    const rate = (k: number) => 0.3 - (0.299 * k) / 300;
    const of = train(rollout, marketAt(phi), { steps: 1200, iterations: 300, rate, beta2: 0.9 });
    rollout.dispose();
    expect(valueIn(phi, of) / best).toBeGreaterThan(0.99);
  });
});

describe('drawn fills', () => {
  it('with all actions train tables as close as the exact roll-out', () => {
    const rollout = makerRollout({ qMin: -3, qMax: 3, estimator: choice('estimator', 'all-actions') });
    const market = { ...MARKET, qMin: -3, qMax: 3 };
    const plan = { steps: 100, iterations: 80, rate: decaying(0.05, 0.002, 80), lanes: 64 };
    const of = train(rollout, { alpha: [END] }, plan);
    rollout.dispose();
    const best = steppedOptimum(market).value;
    const got = steppedValue(market, { bid: [[...of('bid'), null]], ask: [[null, ...of('ask')]] }).value;
    expect((best - got) / best).toBeLessThan(2e-4);
  });
});
