/**
 * Makers of several assets: the exact roll-out against the stationary law and the best table on plain numbers, gradients of
 * every parameter against central differences, the same bits on reference and wasm, drawn fills with the mean of the exact ones.
 */
import { describe, expect, it } from 'vitest';
import { maker } from '../../kernels/makers/maker.js';
import { makerObjective } from '../../kernels/makers/objectives.js';
import { manyMarketOf } from '../../kernels/makers/several/plain.js';
import { severalClosedForm } from '../../kernels/makers/several/start.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { compareMakers } from '../../src/evaluate/makers/compare.js';
import { longRun } from '../../src/makers/long-run.js';
import { type ManySteppedMarket, manySteppedOptimum, manySteppedValue } from '../../src/makers/many-discrete.js';
import { inventoryGrid, manyAssets } from '../../src/makers/problem.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { watchingIdentities } from '../../src/rollout/identities.js';
import type { ObjectiveModel, System } from '../../src/rollout/model.js';
import { completeSpec, type RolloutSpec } from '../../src/rollout/spec.js';
import { reference } from '../../src/targets/reference/index.js';
import { toEnd } from '../../src/targets/resumable.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { expectSameBits } from '../targets/agreement.js';
import { choice, policyNumber, scenarios, type Values, valuesOf } from './setup.js';

const DT = 0.1;
const LIMITS = { qMin: -1, qMax: 2 };

/** Two assets whose sides, penalties, drifts and jumps all differ. */
const VALUES = {
  lambdaBid: [1.4, 0.6],
  lambdaAsk: [0.7, 1.3],
  kappaBid: [2, 1.5],
  kappaAsk: [1.7, 2.2],
  phi: [0.01, 0.03],
  correlation: [0.7],
  drift: [-0.04, 0.06],
  jumpBid: [0.05, 0.02],
  jumpAsk: [0.03, 0.04],
  alpha: [0.07, 0.05],
  crossAlpha: [0.02],
  rebate: [0.02],
} satisfies Values;

const specOf = (
  settings: Readonly<Record<string, number>>,
  assets = ['A', 'B'],
  system: System = maker,
): RolloutSpec => ({
  assets,
  clock: { interval: DT * 1000 },
  source: { kind: 'drawn', model: gbm, settings: {}, seed: 3 },
  system,
  objective: makerObjective,
  penalties: [],
  settings: { assets: assets.length, jumps: 1, ...LIMITS, ...settings },
});

const rolloutOf = (settings: Readonly<Record<string, number>>, target: Target = wasm, assets?: string[]) =>
  createRollout(specOf(settings, assets), null, target, { threads: 1 });

const AFFINE = { policy: policyNumber('affine') };
const SCORE = { estimator: choice('estimator', 'score') };

const market = (thinning: 'poisson' | 'bernoulli'): ManySteppedMarket => ({
  ...manyMarketOf({ assets: 2, ...LIMITS }, VALUES),
  dt: DT,
  thinning,
});

/** A table as the policy has it, and as plain numbers have it. */
function tableOf(of: (side: 'bid' | 'ask', asset: number, q: readonly number[]) => number | null) {
  const grid = inventoryGrid(manyMarketOf({ assets: 2, ...LIMITS }, VALUES).assets);
  const side = (name: 'bid' | 'ask') => grid.map((q) => q.map((_, i) => of(name, i, q)));
  const quotes = { bid: side('bid'), ask: side('ask') };
  const column = (name: 'bid' | 'ask', i: number) => quotes[name].map((row) => row[i]).filter((x) => x !== null);
  const values: Values = {
    ...{ bid_1: column('bid', 0), ask_1: column('ask', 0), bid_2: column('bid', 1), ask_2: column('ask', 1) },
  };
  return { quotes, values };
}

/** Without any symmetry, above 0. */
const some = tableOf((side, asset, q) => {
  if (q[asset] === (side === 'bid' ? LIMITS.qMax : LIMITS.qMin)) return null;
  return 0.4 + 0.1 * asset + (side === 'bid' ? 0.11 : -0.09) * q[asset] + 0.05 * q[1 - asset] + 0.02 * q[0] * q[1];
});

describe('the exact roll-out of two assets', () => {
  it.each(['poisson', 'bernoulli'] as const)('earns a step what the stationary law says: %s', (thinning) => {
    const rollout = rolloutOf({ thinning: choice('thinning', thinning) });
    const raw = rollout.layout.raws(valuesOf({ ...VALUES, ...some.values, alpha: [0, 0], crossAlpha: [0] }));
    const at = (steps: number) => rollout.value(raw, scenarios(1), steps + 1).objective[0];
    const got = (at(2000) - at(1000)) / (1000 * DT);
    rollout.dispose();
    expect(got).toBeCloseTo(manySteppedValue(market(thinning), some.quotes).value, 10);
  });

  it('finds no table better than the one that Howard’s iteration gives, which is that of continuous time for short steps', () => {
    // penalties so small that no best offset is below 0, where quotes would fill more often than orders come
    const small = { ...VALUES, phi: [0.002, 0.003], drift: [0, 0], jumpBid: [0.01, 0.02], jumpAsk: [0.02, 0.01] };
    const own = manyMarketOf({ assets: 2, ...LIMITS }, small);
    const best = manySteppedOptimum({ ...market('poisson'), ...own });
    expect(Math.min(...[...best.bid, ...best.ask].flat().map((x) => x ?? 1))).toBeGreaterThan(0);
    const { values } = tableOf((side, asset, q) => best[side][q[0] * 4 + q[1] + 5][asset]);
    const rollout = rolloutOf({});
    const raw = rollout.layout.raws(valuesOf({ ...small, ...values, alpha: [0, 0], crossAlpha: [0] }));
    const slope = (steps: number) => rollout.gradient(raw, scenarios(1), steps + 1).gradient;
    const [early, late] = [slope(1000), slope(2000)];
    rollout.dispose();
    for (const name of Object.keys(values)) {
      const { column, size } = rollout.layout.entry(`maker.${name}`);
      for (let i = column; i < column + size; i++) expect((late[i] - early[i]) / (1000 * DT)).toBeCloseTo(0, 8);
    }
    const fine = manySteppedOptimum({ ...market('poisson'), ...own, dt: 1e-4 }).value;
    const problem = manyAssets({
      ...own,
      terminal: [
        [0, 0],
        [0, 0],
      ],
    });
    expect(fine).toBeCloseTo(longRun(problem, 5).value, 4);
    expect(fine).toBeGreaterThan(best.value);
  });

  const cases: readonly [string, Readonly<Record<string, number>>, Values][] = [
    ['a table', {}, some.values],
    ['an affine law with a floor', { ...AFFINE, leastOffset: 0.3 }, { cross: [0.05], tilt: [0.02, -0.01] }],
  ];

  it.each(cases)('has the gradient that central differences find, of every parameter: %s', (_name, given, numbers) => {
    const rollout = rolloutOf(given);
    const raw = rollout.layout.raws(valuesOf({ ...VALUES, ...numbers }));
    const { gradient } = rollout.gradient(raw, scenarios(1), 11);
    for (const { name, column, size } of rollout.layout.entries) {
      if (name.startsWith('gbm.')) continue;
      for (let i = column; i < column + size; i++) {
        const of = (x: number) => rollout.value(raw.with(i, x), scenarios(1), 11).objective[0];
        const wanted = derivative(of, raw[i]);
        const off = Math.abs(gradient[i] - wanted);
        expect(off, `${name} ${i - column}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted)));
      }
    }
    rollout.dispose();
  });

  it('has the bits of the reference', () => {
    const [a, b] = [reference, wasm].map((target) => {
      const rollout = rolloutOf({ qMin: 0 }, target);
      const got = rollout.gradient(rollout.layout.raws(valuesOf(VALUES)), scenarios(1), 6);
      rollout.dispose();
      return { ...got };
    });
    expectSameBits(a, b);
  });

  it('separates where assets have nothing in common', () => {
    const three = { ...SYMMETRIC, lambdaBid: [1, 2, 3], lambdaAsk: [1, 2, 3], correlation: [0, 0, 0] };
    const settings = { ...AFFINE, jumps: 0, qMin: -1, qMax: 1 };
    const of = (values: Values, assets: string[]) => {
      const rollout = rolloutOf(settings, wasm, assets);
      const { objective } = rollout.value(rollout.layout.raws(valuesOf(values)), scenarios(1), 31);
      rollout.dispose();
      return objective[0];
    };
    const alone = [1, 2, 3].map((rate) => of({ ...SYMMETRIC, lambdaBid: [rate, 2], lambdaAsk: [rate, 2] }, ['A', 'B']));
    const second = alone[1] / 2;
    expect(of(three, ['A', 'B', 'C'])).toBeCloseTo(alone[0] + alone[2] - second, 10);
  });
});

const SYMMETRIC: Values = { phi: [0.02, 0.02, 0.02], alpha: [0.05, 0.05, 0.05] };

describe('drawn fills of two assets', () => {
  it('have the objective of the exact roll-out, and its gradient by their score', () => {
    const numbers = valuesOf({ ...VALUES, cross: [0.03], offset: [0.5, 0.6] });
    const [exact, drawn] = [AFFINE, { ...AFFINE, ...SCORE }].map((settings) => rolloutOf(settings));
    const raw = exact.layout.raws(numbers);
    const sure = exact.gradient(raw, scenarios(1), 31);
    const lanes = 6000;
    const { byWindow } = drawn.value(raw, scenarios(lanes), 31);
    const batches = Array.from({ length: 20 }, (_, k) => drawn.gradient(raw, scenarios(1000, 1000 * k), 31).gradient);
    const names = ['offset', 'slope', 'cross', 'tilt'].map((name) => exact.layout.entry(`maker.${name}`));
    const [mean, error] = moments([...byWindow]);
    expect(Math.abs(mean - sure.objective[0])).toBeLessThan(4 * error);
    for (const { column, size } of names) {
      for (let i = column; i < column + size; i++) {
        const [slope, off] = moments(batches.map((g) => g[i]));
        expect(Math.abs(slope - sure.gradient[i])).toBeLessThan(4 * off);
      }
    }
    exact.dispose();
    drawn.dispose();
  });

  it('keep wealth, sources, score and inventories', () => {
    const worst: ObjectiveModel = {
      ...{ name: 'worst', doc: 'the identity that is kept least', reads: ['identities'], every: 0 },
      score: ({ last }) => last.identities.reduce((a, b) => a.maximum(b)),
    };
    const spec = specOf({}, undefined, watchingIdentities(maker));
    const rollout = createRollout({ ...spec, objective: worst }, null, wasm, { threads: 1 });
    const raw = rollout.layout.raws({ ...valuesOf({ ...VALUES, ...some.values }), 'gbm.sigma': [20, 30] });
    const off = Math.max(...rollout.value(raw, scenarios(20), 201).byWindow);
    rollout.dispose();
    expect(off).toBeLessThan(1e-12);
    expect(off).toBeGreaterThan(0);
  });
});

const moments = (xs: readonly number[]): [number, number] => {
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  const variance = xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - 1);
  return [mean, Math.sqrt(variance / xs.length)];
};

describe('evaluation of two assets', () => {
  const spec = completeSpec(specOf({ ...AFFINE, jumps: 0, qMin: -2 }));
  const rollout = rolloutOf({ ...AFFINE, jumps: 0, qMin: -2 });
  const {
    jumpBid: _bid,
    jumpAsk: _ask,
    ...values
  } = { ...VALUES, correlation: [0.9], phi: [0.02, 0.02], drift: [0, 0] };
  const start = severalClosedForm(spec.settings, values);
  const raw = rollout.layout.raws({ ...valuesOf({ ...values, ...start }), 'gbm.sigma': [20, 20] });
  const asked = { spec, data: null, target: wasm, options: { threads: 1 }, raw, initial: rollout.layout.raws({}) };
  const found = toEnd(compareMakers({ ...asked, windows: scenarios(30), windowRows: 201 }));
  rollout.dispose();
  const of = (name: string) => found.rows.find((r) => r.name === name);

  it('shows the best table, the closed form, each asset by itself and a fixed offset', () => {
    const names = ['tuned', 'before training', 'optimum', 'closed form', 'one by one', 'fixed'];
    expect(found.rows.map((r) => r.name)).toEqual(names);
    expect(of('closed form')?.figures).toEqual(of('tuned')?.figures);
    const worth = ['optimum', 'closed form', 'one by one', 'fixed'].map((name) => of(name)?.lasting as number);
    expect(worth.indexOf(Math.max(...worth))).toBe(0);
    expect(worth.indexOf(Math.min(...worth))).toBe(3);
  });

  it('adds up what each asset made, and from what', () => {
    for (const { figures, byAsset } of found.rows) {
      const total = (name: 'pnl' | 'offsets' | 'held') => byAsset.reduce((sum, f) => sum + (f[name]?.mean ?? 0), 0);
      for (const name of ['pnl', 'offsets', 'held'] as const) expect(figures[name]?.mean).toBeCloseTo(total(name), 9);
    }
  });

  it('knows the quotes of one by what is held of the other', () => {
    expect(found.slices[0]).toBe('A with −2 of B');
    const bids = of('closed form')?.quotes.bid ?? [];
    // the more is held of B, the further off the bid of A
    const [low, none, high] = bids.slice(0, 3).map((row) => row[2] as number);
    expect(low).toBeLessThan(none);
    expect(high).toBeGreaterThan(none);
  });
});

it.each([
  [{ latency: 1 }, 'no latency was expected with assets: 2, got latency: 1'],
  [{ policy: policyNumber('heuristic') }, 'policy table or affine was expected'],
  [{ states: 2 }, 'one state of the market was expected'],
  [{ estimator: choice('estimator', 'all-actions') }, 'estimator distribution or score was expected'],
  [{ qMin: -8, qMax: 8 }, 'at most 125 combinations of inventories was expected with assets: 2, got 289 for a table'],
  [{ ...AFFINE, qMin: -8, qMax: 8 }, '289 for the exact roll-out; narrow qMin and qMax, or take estimator: score'],
])('what there is of one asset alone is refused: %o', (settings, message) => {
  expect(() => rolloutOf(settings)).toThrow(message);
});

it('a maker of one asset on data of two is refused', () => {
  const rollout = rolloutOf({ assets: 1 });
  expect(() => rollout.value(rollout.layout.raws({}), scenarios(1), 3)).toThrow(
    'maker: data of one asset were expected, got 2',
  );
});
