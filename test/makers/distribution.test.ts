/**
 * The exact roll-out of a maker: what it earns a step in the long run against the stationary law on plain numbers, gradients of
 * every parameter against central differences, the same bits on reference and wasm.
 */
import { describe, expect, it } from 'vitest';
import { maker } from '../../kernels/makers/maker.js';
import { makerObjective } from '../../kernels/makers/objectives.js';
import { type SteppedMarket, steppedValue } from '../../src/makers/discrete.js';
import { steppedOptimum } from '../../src/makers/discrete-optimum.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { expectSameBits } from '../targets/agreement.js';
import { choice, makerRollout, policyNumber, scenarios, TWO_STATES, type Values, valuesOf } from './setup.js';

const { settings, values } = TWO_STATES;
const DT = 0.1;

const market = (thinning: 'poisson' | 'bernoulli', phi = values.phi): SteppedMarket => ({
  ...{ qMin: settings.qMin, qMax: settings.qMax, dt: DT, thinning, rebate: values.rebate[0] },
  states: [0, 1].map((j) => ({
    ...{ lambdaBid: values.lambdaBid[j], lambdaAsk: values.lambdaAsk[j], kappaBid: values.kappaBid[j] },
    ...{ kappaAsk: values.kappaAsk[j], phi: phi[j], drift: values.drift[j] },
    ...{ jumpBid: values.jumpBid[j], jumpAsk: values.jumpAsk[j] },
  })),
  generator: [
    [-0.5, 0.5],
    [0.8, -0.8],
  ],
});

/** Offsets without any symmetry, above 0. */
const BIDS = [0, 1].map((j) => [0.21, 0.34, 0.4, 0.62, 0.71].map((x) => x + 0.07 * j));
const ASKS = [0, 1].map((j) => [0.93, 0.8, 0.52, 0.41, 0.3].map((x) => x - 0.05 * j));
const TABLES: Values = { bid_s0: BIDS[0], bid_s1: BIDS[1], ask_s0: ASKS[0], ask_s1: ASKS[1] };

describe('the exact roll-out', () => {
  it.each([
    ['poisson', 0],
    ['poisson', 1],
    ['bernoulli', 0],
    ['bernoulli', 1],
  ] as const)('earns a step what the stationary law says: %s, latency %i', (thinning, latency) => {
    const rollout = makerRollout({ ...settings, thinning: choice('thinning', thinning), latency });
    const raw = rollout.layout.raws(valuesOf({ ...values, ...TABLES, alpha: [0] }));
    const at = (steps: number) => rollout.value(raw, scenarios(1), steps + 1).objective[0];
    const got = (at(3000) - at(1500)) / (1500 * DT);
    rollout.dispose();
    const quotes = { bid: BIDS.map((row) => [...row, null]), ask: ASKS.map((row) => [null, ...row]) };
    expect(got).toBeCloseTo(steppedValue(market(thinning), quotes, latency).value, 10);
  });

  it('finds no table better than the one that Howard’s iteration gives', () => {
    // penalties so small that no best offset is below 0, where quotes would fill more often than orders come
    const phi = [0.002, 0.003];
    const best = steppedOptimum(market('poisson', phi));
    expect(Math.min(...[...best.bid, ...best.ask].flat().map((x) => x ?? 1))).toBeGreaterThan(0);
    const rollout = makerRollout(settings);
    const of = (side: 'bid' | 'ask', j: number) => best[side][j].filter((x) => x !== null);
    const tables = { bid_s0: of('bid', 0), bid_s1: of('bid', 1), ask_s0: of('ask', 0), ask_s1: of('ask', 1) };
    const raw = rollout.layout.raws(valuesOf({ ...values, ...tables, phi, alpha: [0] }));
    const slope = (steps: number) => rollout.gradient(raw, scenarios(1), steps + 1).gradient;
    const [early, late] = [slope(1500), slope(3000)];
    rollout.dispose();
    for (const name of Object.keys(tables)) {
      const { column, size } = rollout.layout.entry(`maker.${name}`);
      for (let i = column; i < column + size; i++) expect((late[i] - early[i]) / (1500 * DT)).toBeCloseTo(0, 8);
    }
    expect(best.value).toBeGreaterThan(steppedValue(market('poisson', phi), { bid: best.bid, ask: best.ask }, 1).value);
  });

  it('counts the moves of the prices of its source where they are no martingale', () => {
    const rollout = makerRollout({ ...settings, martingale: 0, startInventory: 2, evenStart: 0 });
    // orders that never come: the inventory stays
    const still = { lambdaBid: [0, 0], lambdaAsk: [0, 0], drift: [0, 0], phi: [0, 0] };
    const raw = rollout.layout.raws({ ...valuesOf({ ...values, ...still, alpha: [0] }), 'gbm.sigma': [0.6] });
    const { objective } = rollout.value(raw, scenarios(1), 51);
    const { mid } = rollout.path(raw, 0, 51, 50).observed;
    rollout.dispose();
    expect(objective[0]).toBeCloseTo(2 * (mid[1] - mid[0]), 10);
    expect(Math.abs(objective[0])).toBeGreaterThan(1e-4);
  });

  it('runs on recorded mid prices, and marks the inventory at them', () => {
    const prices = Float64Array.of(100, 101, 99.5, 102, 103, 101.5);
    const rollout = createRollout(
      {
        ...{ assets: ['A'], clock: { interval: 100 }, source: { kind: 'recorded', series: [] }, system: maker },
        ...{ objective: makerObjective, penalties: [] },
        settings: { ...settings, martingale: 0, startInventory: 3, evenStart: 0 },
      },
      { assets: ['A'], rows: prices.length, prices, volume: null },
      wasm,
      { threads: 1 },
    );
    const still = { lambdaBid: [0, 0], lambdaAsk: [0, 0], drift: [0, 0], phi: [0, 0], alpha: [0] };
    const raw = rollout.layout.raws(valuesOf({ ...values, ...still }));
    const { byWindow } = rollout.value(raw, Int32Array.of(0, 1), 4);
    expect(byWindow[0]).toBeCloseTo(3 * 2, 10);
    expect(byWindow[1]).toBeCloseTo(3 * 2, 10);
    expect([...rollout.path(raw, 1, 4, 1).observed.mid]).toEqual([101, 99.5, 102, 103]);
    rollout.dispose();
  });

  const cases: readonly [string, Readonly<Record<string, number>>, Values][] = [
    ['a table', settings, { ...values, ...TABLES }],
    ['a table with latency', { ...settings, latency: 1, thinning: 1 }, { ...values, ...TABLES }],
    ['a tied table by time', { qMin: -2, qMax: 2, tied: 1, knots: 3 }, { bid_t1: [0.2, 0.4, 0.5, 0.8], alpha: [0.1] }],
    ['an affine law', { ...settings, policy: policyNumber('affine') }, { ...values, signal: [0.1] }],
    [
      'the heuristic',
      { ...settings, policy: policyNumber('heuristic'), maxPosition: 3, spread: 1 },
      {
        ...values,
        ...{ base: [45], skew: [0.9], adverse: [0.3], urgencyThreshold: [0.2], minSpreadRatio: [0.7] },
        ...{ halfSpread: [0.1], takerCost: [0.07], liquidationRate: [2] },
      },
    ],
    [
      'a network',
      { ...settings, policy: policyNumber('network'), hidden: 2 },
      { ...values, outBid: [0.1, -0.2], outAsk: [0.05, 0.15] },
    ],
  ];

  it.each(cases)('has the gradient that central differences find, of every parameter: %s', (_name, given, numbers) => {
    const rollout = makerRollout(given);
    const raw = rollout.layout.raws(valuesOf(numbers));
    const { gradient } = rollout.gradient(raw, scenarios(1), 21);
    for (const { name, column, size } of rollout.layout.entries) {
      if (name.startsWith('gbm.')) continue;
      for (let i = column; i < column + size; i++) {
        const of = (x: number) => rollout.value(raw.with(i, x), scenarios(1), 21).objective[0];
        const wanted = derivative(of, raw[i]);
        expect(Math.abs(gradient[i] - wanted), `${name} ${i - column}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(wanted)),
        );
      }
    }
    rollout.dispose();
  });

  it.each(cases)('has the bits of the reference: %s', (_name, given, numbers) => {
    const [a, b] = [reference, wasm].map((target) => {
      const rollout = makerRollout(given, { target });
      const got = rollout.gradient(rollout.layout.raws(valuesOf(numbers)), scenarios(1), 11);
      rollout.dispose();
      return { ...got };
    });
    expectSameBits(a, b);
  });
});
