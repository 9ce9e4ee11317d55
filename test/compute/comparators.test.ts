/** What a market is shown beside: pools that follow an oracle, beside the same written plainly; an evaluation beside all of them. */
import { describe, expect, it } from 'vitest';
import { comparators } from '../../kernels/compute/comparators.js';
import { oraclePool } from '../../kernels/compute/oracle-pool.js';
import { registry } from '../../kernels/index.js';
import { runOracle } from '../../src/compute/oracle.js';
import { besideOf } from '../../src/evaluate/windows/beside.js';
import { besideJson, besideText } from '../../src/evaluate/windows/beside-text.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { completeSpec, type RolloutSpec } from '../../src/rollout/spec.js';
import { toEnd } from '../../src/targets/resumable.js';
import { wasm } from '../../src/targets/wasm/index.js';

const STEPS = 120;
const source = { kind: 'drawn', model: registry.sources.gbm, settings: {}, seed: 5 } as const;
const spec = (changes: Partial<RolloutSpec>): RolloutSpec => ({
  assets: ['gpu'],
  clock: { interval: 60_000 },
  source,
  system: oraclePool,
  objective: registry.objectives.lp_hedged_return,
  penalties: [],
  settings: {},
  ...changes,
});
const market = {
  ...{ marketFee: [0.003], supply1: [0.7], supplyElasticity: [4], passes1: [1], fails1: [0], compute1: [1000] },
  ...{ require1: [2], arrivals1: [0.3], limit1: [0.9], elasticity1: [3] },
};
const named = (system: string, values: Readonly<Record<string, readonly number[]>> = {}) =>
  Object.fromEntries(Object.entries({ ...market, ...values }).map(([key, x]) => [`${system}.${key}`, x]));

describe.each([
  ['late', { delay: 7, window: 5 }],
  ['fresh', { delay: 0, window: 1 }],
])('a pool that follows an oracle, %s', (_, settings) => {
  it('does as the plain one does', () => {
    const rollout = createRollout(spec({ settings }), null, wasm, { threads: 1 });
    const raw = rollout.layout.raws({ ...named('oracle-pool'), 'gbm.sigma': [3] });
    const { observed } = rollout.path(raw, 4, STEPS + 1, 1);
    rollout.dispose();
    const prices = [...observed.outsidePrice];
    // potential jobs at the fee's cost: Λ(1/(1 − f)/w)^−ε of two units each
    const plain = runOracle(prices.slice(1), {
      ...{ window: settings.window, delay: settings.delay, heartbeat: 1, fee: 0.003, arbitrage: 0.05 },
      ...{ psi: 1000, theta: 1000 * prices[0], demand: 0.3 * 2 * 0.9 ** 3, supply: 0.7 },
      ...{ demandElasticity: 3, supplyElasticity: 4 },
    });
    let hedged = 0;
    let [psi, theta] = [1000, 1000 * prices[0]];
    plain.forEach((step, t) => {
      // before the start: the first price, which the plain one begins a step later
      if (t < settings.delay + settings.window) return;
      expect(observed.price[t + 1]).toBeCloseTo(step.published, 9);
    });
    if (settings.delay > 0) return;
    plain.forEach((step, t) => {
      hedged += step.theta - theta + (step.psi - psi) * prices[t + 1];
      [psi, theta] = [step.psi, step.theta];
      expect(observed.compute[t + 1]).toBeCloseTo(psi, 8);
      expect(observed.credits[t + 1]).toBeCloseTo(theta, 8);
      expect(observed.hedged[t + 1]).toBeCloseTo(hedged, 8);
    });
    expect(observed.clientCost[STEPS]).toBeCloseTo((1 / 0.997 - 1) * 1e4, 8);
    expect(observed.fillRate[STEPS]).toBe(1);
  });
});

describe('a market beside others', () => {
  const own = completeSpec(spec({ system: registry.systems['compute-market'], settings: { workers: 1, classes: 1 } }));
  const rollout = createRollout(own, null, wasm, { threads: 1 });
  const initial = rollout.layout.raws({ ...named('compute-market'), 'gbm.sigma': [1] });
  const raw = rollout.layout.raws({ ...named('compute-market', { rho: [0.4], marketFee: [0.004] }), 'gbm.sigma': [1] });
  const windows = { windows: Int32Array.of(3, 4, 5, 6), windowRows: STEPS };
  const { found } = toEnd(
    besideOf({ spec: own, data: null, target: wasm, options: {}, rollout, raw, initial, windows }),
  );

  it('has the figures of roll-outs of their own, on the same draws', () => {
    expect(found?.rows.map((r) => r.name)).toEqual([
      'tuned',
      'before training',
      ...comparators(own.settings, 1).map((c) => c.name),
    ]);
    expect(found?.figures.map((f) => f.name)).toEqual(['lp_hedged_return', 'clientCost', 'fillRate']);
    const papers = {
      ...named('compute-market', { rho: [0.05], marketFee: [0.003], riskFee: [0.02] }),
      'gbm.sigma': [1],
    };
    const [theirs, mine] = [rollout.layout.raws(papers), raw].map((x) => rollout.value(x, windows.windows, STEPS));
    const row = found?.rows[2].figures[0];
    expect(row?.own.mean).toBeCloseTo(theirs.objective[0], 12);
    expect(row?.behind.mean).toBeCloseTo(mine.objective[0] - theirs.objective[0], 12);
    // the defaults are where this one starts
    expect(found?.rows[1].figures).toEqual(found?.rows[2].figures);
    expect(found?.rows.slice(3).every((r) => r.figures.every((f) => f !== null && f.own.mean !== null))).toBe(true);
    expect(found?.rows[0].figures.every((f) => f?.behind.mean === 0)).toBe(true);
  });
  it('is told in lines and in numbers', () => {
    if (found === null) throw new Error('a comparison was expected');
    const text = besideText(found).join('\n');
    expect(text).toMatch(/oracle pool +lp_hedged_return .* \(tuned less this .*\) · clientCost /);
    expect(besideJson(found)['constant product'].figures.fillRate).toMatchObject({
      mean: 1,
      tunedLessThis: { mean: 0 },
    });
    rollout.dispose();
  });
  it('is nothing for a system that names nobody', () => {
    const watched = spec({
      system: registry.systems.watch,
      objective: { ...own.objective, reads: [], score: ({ rows }) => rows.float() },
    });
    const other = createRollout(watched, null, wasm, { threads: 1 });
    const set = other.layout.raws({});
    const asked = { spec: completeSpec(watched), data: null, target: wasm, options: {}, rollout: other, windows };
    expect(toEnd(besideOf({ ...asked, raw: set, initial: set })).found).toBeNull();
    other.dispose();
  });
});
