/** Options of the market beside the same in plain numbers: routed liquidity, one κ for all pools, judging panels. */
import { describe, expect, it } from 'vitest';
import { informationGain } from '../../kernels/compute/information.js';
import { computeMarket } from '../../kernels/compute/market.js';
import { panelAccuracy } from '../../kernels/compute/panel.js';
import { settings } from '../../kernels/compute/settings.js';
import { jointGain } from '../../src/compute/attacks.js';
import { creditsAt, kappaAt, priceAt, type TargetInventory, targetCost } from '../../src/compute/curvature.js';
import { costOf } from '../../src/compute/curve.js';
import { expectedGain, proportionalPair, routingWeights } from '../../src/compute/liquidity.js';
import {
  panelAccuracy as accuracyOf,
  informationGain as gainOf,
  logOddsWeights,
  oddsWeights,
} from '../../src/compute/reliability.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { columns, compute } from '../kernels/hmm-programs.js';
import { everything } from './markets.js';

/** What a market shows over rows of prices, a minute apart. */
function seenOf(
  prices: readonly (readonly number[])[],
  chosen: Readonly<Record<string, number>>,
  values: Readonly<Record<string, readonly number[]>>,
): Record<string, number[][]> {
  const assets = prices[0].map((_, i) => `R${i}`);
  const rollout = createRollout(
    {
      assets,
      clock: { interval: 60_000 },
      source: { kind: 'recorded', series: [] },
      system: computeMarket,
      objective: everything,
      penalties: [],
      settings: { workers: 0, classes: 0, start: 0, centre: 0, arbitrage: 0, ...chosen },
    },
    { assets, rows: prices.length, prices: Float64Array.from(prices.flat()), volume: null, series: {} },
    wasm,
    { threads: 1 },
  );
  const named = Object.fromEntries(Object.entries(values).map(([key, xs]) => [`${computeMarket.name}.${key}`, xs]));
  const { observed } = rollout.path(rollout.layout.raws(named), 0, prices.length, 1);
  rollout.dispose();
  return Object.fromEntries(
    Object.entries(observed).map(([name, xs]) => {
      const width = xs.length / prices.length;
      return [name, prices.map((_, t) => [...xs.subarray(t * width, (t + 1) * width)])];
    }),
  );
}

describe('what one attestation tells', () => {
  it('is what the plain formula says, without evidence against a worker too', () => {
    const passes = [1, 0.3, 4, 250, 7, 1e4];
    const fails = [0, 0.2, 1, 30, 0, 2e3];
    const { gain } = compute(columns({ passes, fails }), (v) => ({ gain: informationGain(v.passes, v.fails) }));
    gain.forEach((x, k) => {
      // differences of numbers near 1: rounding of those
      expect(Math.abs(x - gainOf(passes[k], fails[k]))).toBeLessThan(2e-14);
    });
  });
});

describe('a panel', () => {
  const { odds, logOdds } = settings.expertWeights.choices ?? {};
  it.each([
    ['odds', odds, oddsWeights],
    ['log-odds', logOdds, logOddsWeights],
  ] as const)('is right as often as all outcomes say, by %s', (_, by, weights) => {
    const panels = [
      [0.9, 0.8, 0.8],
      [0.6, 0.7, 0.55],
      [0.99, 0.6, 0.6],
    ];
    const at = (k: number) => panels.map((q) => q[k]);
    const { right } = compute(columns({ a: at(0), b: at(1), c: at(2) }), (v) => ({
      right: panelAccuracy([v.a, v.b, v.c], by),
    }));
    right.forEach((x, k) => {
      expect(x).toBeCloseTo(accuracyOf(panels[k], weights(panels[k])), 14);
    });
    expect(right[0]).toBeCloseTo(by === odds ? 0.9 : 0.928, 12);
  });
  it('that errs costs good workers their pay', () => {
    const values = {
      ...{ compute1: [1000], credits: [1000], truth1: [1], passes1: [1], fails1: [0], burn: [0] },
      ...{ require1: [5], arrivals1: [20], limit1: [1.2], elasticity1: [2], duration1: [0.5] },
    };
    const prices = Array.from({ length: 30 }, () => [1]);
    const last = (chosen: Record<string, number>, more: Record<string, number[]>) => {
      const seen = seenOf(prices, { workers: 1, classes: 1, reliability: 1, ...chosen }, { ...values, ...more });
      return { refund: seen.refund[29][0], slashed: seen.slashed[29][0] };
    };
    expect(last({}, {})).toEqual({ refund: 0, slashed: 0 });
    const erring = last({ experts: 1 }, { expert1: [0.8] });
    expect(erring.refund).toBeGreaterThan(0);
    expect(erring.slashed).toBeGreaterThan(0);
    expect(last({ experts: 1 }, { expert1: [1] }).refund).toBeCloseTo(0, 12);
  });
});

describe('liquidity by expected free energy', () => {
  it('is deposited by the weights of the formula', () => {
    const prices = [1, 0.5, 2];
    const [psi, theta] = [
      [100, 400, 30],
      [100, 180, 70],
    ];
    const seen = seenOf(
      [prices, prices],
      { workers: 1, routing: 1, reliability: 0 },
      {
        ...{ compute0: [40, 100, 0], compute1: [80, 400, 40], passes1: [3], fails1: [1], credits: theta },
        ...{
          supply1: [0, 0, 0],
          rho: [0, 0, 0],
          priceScale: [1, 1, 1],
          sharpness: [4],
          budget: [60],
          costWeight: [0.1],
        },
      },
    );
    const worked = [60, 300, 30];
    const energies = psi.map((x, i) => {
      expect(seen.compute[0][i]).toBeCloseTo(x, 10);
      // nothing is at work; what is told is that of the worker, by its part
      return expectedGain((gainOf(3, 1) * worked[i]) / x, 0, theta[i] / x / prices[i]);
    });
    routingWeights(energies, 4).forEach((weight, i) => {
      const pair = proportionalPair(60 * weight, prices[i], psi[i], theta[i]);
      expect(seen.credits[1][i]).toBeCloseTo(theta[i] + pair.theta, 9);
      expect(seen.compute[1][i]).toBeCloseTo(psi[i] + pair.psi, 9);
      expect(seen.shares[1][i] / seen.shares[0][i] - 1).toBeCloseTo(pair.part, 12);
    });
  });
});

describe('one κ for all pools', () => {
  const weights = [0.6, 0.4];
  const lambda = 0.05;
  const values = {
    ...{ compute0: [100, 100], credits: [100, 100], priceScale: [1, 1], weight: weights },
    rho: weights.map((w) => lambda / w),
  };
  const H = (psi: readonly number[], theta: readonly number[]) =>
    psi.reduce((sum, x, i) => sum + weights[i] * x * theta[i] + (lambda / 2) * (x ** 2 + theta[i] ** 2), 0);
  const all = [100, 100];

  it('gives away, all at once, what the closed form says', () => {
    const seen = seenOf(
      [
        [1, 1],
        [1, 1],
      ],
      { kappa: 1 },
      { ...values, jointPart: [1e3] },
    );
    const { taken, after } = jointGain(weights, lambda, all, all);
    expect(200 - seen.credits[1][0] - seen.credits[1][1]).toBeCloseTo(taken, 9);
    expect(seen.credits[1][0]).toBeCloseTo(after[0], 9);
    expect(seen.arbitrageProfit[1][0]).toBeCloseTo(taken, 9);
  });
  it('keeps H while credits go, and leaves pools with κ of their own alone', () => {
    const rows = Array.from({ length: 200 }, () => [1, 1]);
    const seen = seenOf(rows, { kappa: 1 }, { ...values, jointPart: [0.02] });
    const end = seen.credits[199];
    expect(H(all, end)).toBeCloseTo(H(all, all), 6);
    expect(end[0] + end[1]).toBeLessThan(166);
    const { weight: _, ...own } = values;
    expect(seenOf(rows, {}, own).credits[199]).toEqual(all);
  });
});

describe('a pull to a target inventory', () => {
  // π = .25 at a scale of 2 and a target of 100: λ = 2π·s·q̄²
  const [pull, scale, target, q, p] = [0.25, 2, 100, 80, 150];
  const lambda = 2 * pull * scale * target ** 2;
  const curve: TargetInventory = { kappa: kappaAt({ kappa: 0, lambda, target }, q, p), lambda, target };
  const values = {
    ...{ compute0: [q], credits: [p], priceScale: [scale], pull: [pull], target: [target] },
    ...{ marketFee: [0], riskFee: [0] },
  };

  it('has the price and the costs of the closed form', () => {
    const jobs = { require1: [7], arrivals1: [1], limit1: [10], elasticity1: [0], duration1: [1], cap: [0.5] };
    const seen = seenOf([[1], [1]], { curve: 1, classes: 1 }, { ...values, ...jobs });
    expect(seen.price[0][0]).toBeCloseTo(priceAt(curve, q), 11);
    expect(seen.compute[1][0]).toBeCloseTo(q - 7, 11);
    expect(seen.credits[1][0] - p).toBeCloseTo(targetCost(curve, q, 7), 10);
    expect(seen.credits[1][0]).toBeCloseTo(creditsAt(curve, q - 7), 10);
  });
  it.each([[3], [1.3]])('is taken to the outside price by arbitrage, %f', (outside) => {
    const seen = seenOf([[outside], [outside]], { curve: 1, arbitrage: 1 }, values);
    expect(seen.price[1][0]).toBeCloseTo(outside, 9);
    expect(seen.credits[1][0]).toBeCloseTo(creditsAt(curve, seen.compute[1][0]), 8);
  });
  it('sells its last credit above the fixed price, and no more', () => {
    const seen = seenOf([[0.2], [0.2]], { curve: 1, arbitrage: 1 }, values);
    expect(seen.credits[1][0]).toBeCloseTo(0, 9);
    expect(creditsAt(curve, seen.compute[1][0])).toBeCloseTo(0, 8);
    expect(seen.price[1][0]).toBeGreaterThan(pull * scale);
  });
  it('starts at the outside price', () => {
    const { credits: _, ...open } = values;
    expect(seenOf([[2.4], [2.4]], { curve: 1, start: 1 }, open).price[0][0]).toBeCloseTo(2.4, 11);
  });
  it('has another curve and no ρ that moves', () => {
    expect(() => seenOf([[1], [1]], { curve: 1, dynamicCurvature: 1 }, values)).toThrow(
      /dynamicCurvature: off was expected/,
    );
    expect(() => seenOf([[1], [1]], { curve: 1, kappa: 1 }, values)).toThrow(/kappa: isolated was expected/);
  });
});

describe('arbitrage of all pools under a risk fee of all', () => {
  it('leaves a pool alone that is hardly beyond its band, once the fee of the others is counted', () => {
    const [market, risk] = [0.003, 1];
    const at = { rho: 0.05, scale: 1, psi: 100, theta: 100 };
    const prices = [1.3, 1.004];
    const seen = seenOf(
      [prices, prices],
      { arbitrage: 1, riskScope: 1 },
      {
        ...{ compute0: [100, 100], credits: [100, 100], rho: [0.05, 0.05], priceScale: [1, 1] },
        ...{ marketFee: [market], riskFee: [risk], burn: [0], treasuryShare: [0] },
      },
    );
    const gain = (r: readonly number[]) => {
      const g = 1 - market - (risk * Math.hypot(...r)) / Math.hypot(100, 100);
      return r.reduce((sum, x, i) => sum + prices[i] * x - costOf(at, x) / g, 0);
    };
    const bought = seen.compute[1].map((x) => 100 - x);
    expect(bought[0]).toBeGreaterThan(1);
    expect(bought[1]).toBe(0);
    const best = gain(bought);
    expect(seen.arbitrageProfit[1][0] + seen.arbitrageProfit[1][1]).toBeCloseTo(best, 10);
    for (const a of [-0.01, 0, 0.01])
      for (const b of [0, 1e-4, 0.01, 0.1]) expect(gain([bought[0] + a, b])).toBeLessThanOrEqual(best + 1e-12);
  });
});
