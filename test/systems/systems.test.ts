/**
 * Roll-outs of systems that are no pools: a drawn source and a system over it, by the one engine. Paths against plain loops,
 * gradients against central differences, the same bits on reference and wasm, draws that all sets share.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { gbm } from '../../kernels/prices/gbm.js';
import { UserError } from '../../src/errors.js';
import { constant, type Expr, where } from '../../src/graph/index.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { choose, dot, sum } from '../../src/rollout/functions.js';
import type { ObjectiveModel, System } from '../../src/rollout/model.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { identity } from '../../src/rollout/transforms.js';
import { watch } from '../../src/rollout/watch.js';
import { reference } from '../../src/targets/reference/index.js';
import { draw } from '../../src/targets/runtime.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { expectSameBits } from '../targets/agreement.js';

type Holding = { readonly held: readonly Expr[]; readonly spent: Expr };

/** Equal shares of each asset, restored every few steps at a cost: a system with a slower clock and a parameter of its own. */
const rebalanced: System<Holding, Expr, Expr> = {
  name: 'rebalanced',
  doc: 'equal shares, restored now and then',
  settings: { every: { default: 5, range: [1, 1000], whole: true, doc: 'steps from one restoring to the next' } },
  parameters: () => ({
    cost: {
      shape: 'scalar',
      transform: identity,
      range: [0, 1],
      unit: '1',
      default: 0.01,
      trainable: true,
      doc: 'of what is traded',
    },
  }),
  reads: ['prices'],
  observes: { value: 'worth less costs', spent: 'costs so far' },
  outcome: { restored: 'how often shares were restored' },
  epoch: ({ every }) => every,
  run: (c) => ({
    init: ({ prices }) => ({ held: prices.map((p) => p.reciprocal()), spent: constant(0) }),
    step: (before, { now: { prices }, j }) => {
      const value = dot(before.held, prices);
      const held = prices.map((p) => value.div(p.mul(c.n)));
      const moved = sum(held.map((h, i) => h.sub(before.held[i]).abs().mul(prices[i])));
      return choose(j.equal(0), { held, spent: before.spent.add(moved.mul(c.value.cost[0])) }, before);
    },
    observe: ({ held, spent }, { prices }) => ({ value: [dot(held, prices).sub(spent)], spent: [spent] }),
    epoch: {
      init: constant(0),
      open: (count, state, k) => ({ kept: count.add(where(k.less(1), 0, 1)), state, plan: count }),
      tally: (count, epochs) => ({ later: count.div(epochs.float()) }),
      outcome: (count) => ({ restored: [count.add(1)] }),
    },
  }),
};

/** ln of the last value over the first, and a little of every tenth value. */
const growth: ObjectiveModel = {
  name: 'growth',
  doc: 'logarithm of the growth, and of samples',
  reads: ['value', 'restored'],
  every: 600,
  score: (c) => {
    const samples = c.fold(constant(0) as Expr, (total, { value }) => total.add(value[0].log()));
    return c.last.value[0].div(c.first.value[0]).log().add(samples.mul(0.01)).add(c.last.restored[0].mul(1e-3));
  },
};

const priced: ObjectiveModel = {
  name: 'priced',
  doc: 'mean of the last logarithms of prices',
  reads: ['prices'],
  every: 0,
  score: (c) => sum(c.last.prices.map((p) => p.log())),
};

const specOf = (system: System, objective: ObjectiveModel, n: number): RolloutSpec => ({
  assets: Array.from({ length: n }, (_, i) => `A${i}`),
  clock: { interval: 3_600_000 },
  source: { kind: 'drawn', model: gbm, settings: {}, seed: 7 },
  system,
  objective,
  penalties: [],
  settings: {},
});

const made: Rollout[] = [];
afterAll(() => {
  for (const r of made) r.dispose();
});

function rolloutOf(spec: RolloutSpec, target: Target = wasm): Rollout {
  const rollout = createRollout(spec, null, target, { threads: 1 });
  made.push(rollout);
  return rollout;
}

const ROWS = 41;
const SCENARIOS = Int32Array.of(0, 3, 4);

/** Two sets that differ in every column. */
function rawsOf({ layout }: Rollout, sets = 2): Float64Array {
  const one = layout.raws({});
  return Float64Array.from({ length: one.length * sets }, (_, i) => {
    const column = Math.floor(i / sets);
    return one[column] + 0.05 * (1 + column) * (1 + (i % sets));
  });
}

describe.each([
  ['prices on their own', specOf(watch, priced, 3)],
  ['a system with epochs', specOf(rebalanced, growth, 3)],
])('%s', (_, spec) => {
  const rollout = rolloutOf(spec);
  const raw = rawsOf(rollout);

  it('has the gradient that central differences find, of system and source', () => {
    const { gradient } = rollout.gradient(raw, SCENARIOS, ROWS);
    const largest = Math.max(...gradient.map(Math.abs));
    for (let i = 0; i < raw.length; i++) {
      const f = (x: number) =>
        rollout.value(
          raw.map((r, k) => (k === i ? x : r)),
          SCENARIOS,
          ROWS,
        ).objective[i % 2];
      // differences of ln 100, to 1e-16 of some 5, by steps of 1e-7 or so
      expect(
        Math.abs(gradient[i] - derivative(f, raw[i])),
        rollout.layout.entries.map((e) => e.name).join(),
      ).toBeLessThan(1e-6 * largest);
    }
  });

  it('has the bits of the reference, and those of the same scenario run alone', () => {
    const other = rolloutOf(spec, reference);
    const [got, wanted] = [rollout, other].map((r) => r.gradient(raw, SCENARIOS, ROWS));
    expectSameBits({ ...got }, { ...wanted });
    const alone = rollout.value(raw, Int32Array.of(3), ROWS).byWindow;
    expect(Array.from(alone)).toEqual(Array.from(got.byWindow.subarray(2, 4)));
  });

  it('has other numbers in other scenarios and from another seed', () => {
    const [a, b] = rollout.value(raw, SCENARIOS, ROWS).byWindow.filter((_x, i) => i % 2 === 0);
    expect(a).not.toBe(b);
    const source = { ...spec.source, seed: 2 ** 32 - 1 } as RolloutSpec['source'];
    expect(rolloutOf({ ...spec, source }).value(raw, Int32Array.of(0), ROWS).byWindow[0]).not.toBe(a);
  });
});

describe('a geometric Brownian motion', () => {
  const spec = specOf(watch, priced, 2);
  const rollout = rolloutOf(spec);

  it('is driven by draws that all sets share: ln S over its drift is σ√dt·Z with one Z', () => {
    const raw = rollout.layout.raws({ 'gbm.mu': [0.1, -0.2], 'gbm.sigma': [0.5, 1.5], 'gbm.correlation': [0] });
    const { observed, rows } = rollout.path(raw, 5, ROWS, 1);
    expect(Array.from(rows.slice(0, 3))).toEqual([0, 1, 2]);
    const dt = 1 / (365 * 24);
    const z = (t: number, i: number) => {
      const step = Math.log(observed.prices[2 * t + i] / observed.prices[2 * (t - 1) + i]);
      const [mu, sigma] = [
        [0.1, 0.5],
        [-0.2, 1.5],
      ][i];
      return (step - (mu - sigma ** 2 / 2) * dt) / (sigma * Math.sqrt(dt));
    };
    const other = rollout.path(rollout.layout.raws({ 'gbm.sigma': [2, 2] }), 5, ROWS, 1).observed.prices;
    for (let t = 1; t < ROWS; t++) {
      for (const i of [0, 1]) {
        // rising with the uniform number that it is made of
        expect(Math.sign(z(t, i))).toBe(Math.sign(draw(7, 5, t - 1, i) - 0.5));
        const same = (Math.log(other[2 * t + i] / other[2 * t - 2 + i]) + 2 * dt) / (2 * Math.sqrt(dt));
        expect(same).toBeCloseTo(z(t, i), 9);
      }
    }
  });
});

describe('tallies and paths', () => {
  it('of epochs and of what is observed', () => {
    const rollout = rolloutOf(specOf(rebalanced, growth, 2));
    const raw = rawsOf(rollout, 1);
    // 40 steps are 8 epochs, of which 7 are later ones
    expect(rollout.tally(raw, SCENARIOS, ROWS).later[0]).toBeCloseTo(7 / 8, 12);
    const { observed } = rollout.path(raw, 0, ROWS, 10);
    expect(Object.keys(observed).sort()).toEqual(['spent', 'value']);
    expect(observed.value).toHaveLength(5);
  });
});

describe('what does not go together is refused', () => {
  it.each([
    [{ objective: { ...priced, reads: ['fees'] } }, 'the objective priced reads fees, but watch shows prices only'],
    [{ system: { ...watch, reads: ['jobs'] } }, 'watch reads jobs, but gbm has prices only'],
    [{ settings: { pace: 1 } }, 'unknown setting pace; expected none'],
  ])('%o', (change, message) => {
    expect(() => rolloutOf({ ...specOf(watch, priced, 1), ...(change as object) })).toThrow(UserError);
    expect(() => rolloutOf({ ...specOf(watch, priced, 1), ...(change as object) })).toThrow(message);
  });

  it('scenarios that are none', () => {
    const rollout = rolloutOf(specOf(watch, priced, 1));
    expect(() => rollout.value(rawsOf(rollout, 1), Int32Array.of(-1), ROWS)).toThrow(
      'a whole number of a scenario from 0 was expected, got -1',
    );
  });
});
