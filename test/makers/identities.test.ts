/** What every step of a maker keeps: wealth, sources, score, inventories; and that a step which does not is found. */
import { describe, expect, it } from 'vitest';
import { maker } from '../../kernels/makers/maker.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { watchingIdentities } from '../../src/rollout/identities.js';
import type { ObjectiveModel, Row, System, SystemContext } from '../../src/rollout/model.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { choice, policyNumber, scenarios, TWO_STATES, type Values, valuesOf } from './setup.js';

const TOLERANCE = 1e-12;

const worst: ObjectiveModel = {
  name: 'worst',
  doc: 'the identity that is kept least',
  reads: ['identities'],
  every: 0,
  score: ({ last }) => last.identities.reduce((a, b) => a.maximum(b)),
};

function offBy(system: System, settings: Readonly<Record<string, number>>, values: Values) {
  let names: readonly string[] = [];
  const watched = watchingIdentities(system, (found) => {
    names = found;
  });
  const rollout = createRollout(
    {
      ...{ assets: ['A'], clock: { interval: 100 }, system: watched, objective: worst },
      ...{ source: { kind: 'drawn', model: gbm, settings: {}, seed: 5 }, penalties: [], settings },
    },
    null,
    wasm,
    { threads: 1 },
  );
  const raw = rollout.layout.raws({ ...valuesOf(values), 'gbm.sigma': [40] });
  const { byWindow } = rollout.value(raw, scenarios(30), 301);
  rollout.dispose();
  return { worst: Math.max(...byWindow), names };
}

describe('a maker keeps its identities at every step of drawn paths', () => {
  const shapes: readonly [string, Readonly<Record<string, number>>, Values][] = [
    ['a table', {}, { rebate: [0.03] }],
    ['by the exact roll-out with latency', { ...TWO_STATES.settings, latency: 1 }, TWO_STATES.values],
    [
      'the heuristic, which takes',
      {
        ...TWO_STATES.settings,
        policy: policyNumber('heuristic'),
        maxPosition: 3,
        estimator: choice('estimator', 'score'),
      },
      { ...TWO_STATES.values, base: [20], urgencyThreshold: [0.01], takerCost: [0.07] },
    ],
  ];
  it.each(shapes)('%s', (_name, settings, values) => {
    const found = offBy(maker, settings, values);
    expect(found.names).toEqual(['wealth', 'sources', 'score', 'inventory']);
    expect(found.worst).toBeLessThanOrEqual(TOLERANCE);
    expect(found.worst).toBeGreaterThan(0);
  });
});

it('a maker that marks its inventory at other prices is found', () => {
  const blurred: System = {
    ...maker,
    run: (c: SystemContext) => {
      const run = maker.run(c);
      const off = (row: Row): Row => ({ ...row, prices: row.prices.map((p) => p.mul(1 + 1e-9)) });
      return { ...run, step: (state, tick) => run.step(state, { ...tick, before: off(tick.before) }) };
    },
  };
  expect(offBy(blurred, {}, {}).worst).toBeGreaterThan(TOLERANCE);
});
