/** What every step of a market keeps: credits, tokens, compute, value; at each step of random markets. */
import { describe, expect, it } from 'vitest';
import { computeMarket } from '../../kernels/compute/market.js';
import { watchingIdentities } from '../../src/rollout/identities.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { marketOf, rolloutOf, SHAPES } from './markets.js';

const STEPS = 60;
const MARKETS = 300;
const TOLERANCE = 1e-12;

const worst: ObjectiveModel = {
  name: 'worst',
  doc: 'the identity that is kept least',
  reads: ['identities'],
  every: 0,
  score: ({ last }) => last.identities.reduce((a, b) => a.maximum(b)),
};

describe.each(Object.entries(SHAPES))('%s', (_, settings) => {
  it(`keeps its identities at each of ${STEPS} steps of ${MARKETS} markets`, () => {
    const system = watchingIdentities(computeMarket);
    const cases = Array.from({ length: MARKETS }, (_x, seed) => marketOf(seed, settings));
    const { rollout } = rolloutOf(cases[0], wasm, { system, objective: worst });
    const { columns } = rollout.layout;
    const raw = new Float64Array(columns * MARKETS);
    cases.forEach((c, s) => {
      rollout.layout.raws(c.values).forEach((x, k) => {
        raw[k * MARKETS + s] = x;
      });
    });
    const { objective } = rollout.value(raw, Int32Array.of(5), STEPS + 1);
    rollout.dispose();
    expect(objective).toHaveLength(MARKETS);
    for (const off of objective) expect(off).toBeLessThanOrEqual(TOLERANCE);
    // they do say something: rounding leaves a trace
    expect(Math.max(...objective)).toBeGreaterThan(0);
  });
});

it('a step that loses credits is found', () => {
  const leaking = {
    ...computeMarket,
    run: (c: Parameters<typeof computeMarket.run>[0]) => {
      const run = computeMarket.run(c);
      return {
        ...run,
        step: (...given: Parameters<typeof run.step>) => {
          const next = run.step(...given);
          const pools = next.pools.map((p, i) => (i === 0 ? { ...p, theta: p.theta.mul(1 - 1e-11) } : p));
          return { ...next, pools };
        },
      };
    },
  };
  const { rollout, raw } = rolloutOf(marketOf(1, {}), wasm, { system: watchingIdentities(leaking), objective: worst });
  expect(rollout.value(raw, Int32Array.of(5), STEPS + 1).objective[0]).toBeGreaterThan(TOLERANCE);
  rollout.dispose();
});
