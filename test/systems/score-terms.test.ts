/**
 * Gradients through discrete outcomes that are drawn: unbiased by the score term, for the mean and for other aggregates, beside
 * exact values; without it they are wrong.
 */
import { describe, expect, it } from 'vitest';
import { constant, type Expr, where } from '../../src/graph/index.js';
import { type Aggregate, advantages, reduce } from '../../src/rollout/aggregate.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { logistic } from '../../src/rollout/functions.js';
import type { ObjectiveModel, Source, System } from '../../src/rollout/model.js';
import { identity } from '../../src/rollout/transforms.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';

const number = { shape: 'scalar', transform: identity, range: [-9, 9], unit: '1', trainable: true } as const;

type Count = { readonly heads: Expr; readonly likelihood: Expr };

/** ln P of an outcome that has the probability p. */
const logOf = (happened: Expr, p: Expr) => where(happened, p, constant(1).sub(p)).log();

/** Tosses a coin at every step. */
const coin: Source<Count> = {
  name: 'coin',
  doc: 'a coin with P(heads) = 1/(1 + e^−bias)',
  settings: {},
  parameters: () => ({ bias: { ...number, default: 0.3, doc: 'log odds of heads' } }),
  rows: { heads: 'so far' },
  run: (c) => {
    const at = (state: Count) => ({ state, row: { heads: [state.heads] } });
    return {
      init: () => at({ heads: constant(0), likelihood: constant(0) }),
      step: ({ heads, likelihood }, t) => {
        const p = logistic(c.value.bias[0]);
        const happened = c.uniform(t, 0).less(p);
        return at({ heads: heads.add(where(happened, 1, 0)), likelihood: likelihood.add(logOf(happened, p)) });
      },
      likelihood: (state) => state.likelihood,
    };
  },
};

/** Wins, with chance 1/(1 + e^−skill), the heads so far. */
const gambler: System<{ readonly won: Expr; readonly likelihood: Expr }> = {
  name: 'gambler',
  doc: 'wins the heads so far, now and then',
  settings: {},
  parameters: () => ({ skill: { ...number, default: -0.4, doc: 'log odds' } }),
  reads: ['heads'],
  observes: { won: 'so far' },
  run: (c) => ({
    init: () => ({ won: constant(0), likelihood: constant(0) }),
    step: ({ won, likelihood }, { now, t }) => {
      const p = logistic(c.value.skill[0]);
      const happened = c.uniform(t, 0).less(p);
      return { won: won.add(where(happened, now.heads[0], 0)), likelihood: likelihood.add(logOf(happened, p)) };
    },
    observe: ({ won }) => ({ won: [won] }),
    likelihood: ({ likelihood }) => likelihood,
  }),
};

const winnings: ObjectiveModel = { name: 'won', doc: '', reads: ['won'], every: 0, score: ({ last }) => last.won[0] };

const STEPS = 3;
const WINDOWS = 8;

const rolloutOf = (aggregate: Aggregate, target = wasm) =>
  createRollout(
    {
      ...{ assets: ['A'], clock: { interval: 1000 }, system: gambler, objective: winnings, penalties: [], aggregate },
      ...{ source: { kind: 'drawn', model: coin, settings: {}, seed: 5 }, settings: {} },
    },
    null,
    target,
    { threads: 1 },
  );

/** P of every sum that can be won, by all outcomes of three tosses and three chances. */
function law(skill: number, bias: number): Map<number, number> {
  const [p, q] = [1 / (1 + Math.exp(-skill)), 1 / (1 + Math.exp(-bias))];
  const all = new Map<number, number>();
  for (let outcome = 0; outcome < 4 ** STEPS; outcome++) {
    let [heads, won, chance] = [0, 0, 1];
    for (let t = 0; t < STEPS; t++) {
      const [toss, win] = [(outcome >> (2 * t)) & 1, (outcome >> (2 * t + 1)) & 1];
      heads += toss;
      won += win * heads;
      chance *= (toss ? q : 1 - q) * (win ? p : 1 - p);
    }
    all.set(won, (all.get(won) ?? 0) + chance);
  }
  return all;
}

const mean = (l: Map<number, number>) => [...l].reduce((sum, [x, chance]) => sum + x * chance, 0);

/** E[min of two independent draws]. */
const least = (l: Map<number, number>) =>
  [...l].reduce((sum, [x, a]) => sum + [...l].reduce((s, [y, b]) => s + a * b * Math.min(x, y), 0), 0);

/** By central differences; raws in the order of the layout: skill, bias. */
const slopes = (of: (l: Map<number, number>) => number) => {
  const h = 1e-5;
  const at = (a: number, b: number) => of(law(-0.4 + a, 0.3 + b));
  return [(at(h, 0) - at(-h, 0)) / (2 * h), (at(0, h) - at(0, -h)) / (2 * h)];
};

/** Mean and standard error of the gradient over batches of windows. */
function sampled(aggregate: Aggregate, windows: number, batches: number) {
  const rollout = rolloutOf(aggregate);
  const raw = rollout.layout.raws({});
  const all = Array.from({ length: batches }, (_, b) => {
    const scenarios = Int32Array.from({ length: windows }, (_, w) => b * windows + w);
    return rollout.gradient(raw, scenarios, STEPS + 1).gradient;
  });
  rollout.dispose();
  return [0, 1].map((k) => {
    const mean = all.reduce((sum, g) => sum + g[k], 0) / batches;
    const variance = all.reduce((sum, g) => sum + (g[k] - mean) ** 2, 0) / (batches - 1);
    return { mean, error: Math.sqrt(variance / batches) };
  });
}

describe('the gradient through drawn outcomes', () => {
  it('is that of the mean, within 4 standard errors, for outcomes of the system and of the source', () => {
    slopes(mean).forEach((exact, k) => {
      const { mean, error } = sampled({ kind: 'mean' }, WINDOWS, 2000)[k];
      expect(Math.abs(mean - exact)).toBeLessThan(4 * error);
      // and it is not 0, as the derivative along the path is
      expect(Math.abs(exact)).toBeGreaterThan(15 * error);
    });
  });

  it('is that of the mean of another aggregate: the worse of two windows', () => {
    slopes(least).forEach((exact, k) => {
      const { mean, error } = sampled({ kind: 'min' }, 2, 8000)[k];
      expect(Math.abs(mean - exact)).toBeLessThan(4 * error);
      expect(Math.abs(exact)).toBeGreaterThan(15 * error);
    });
  });

  it('has the same bits on reference and wasm', () => {
    const windows = Int32Array.from({ length: WINDOWS }, (_, w) => w);
    const [a, b] = [reference, wasm].map((target) => {
      const rollout = rolloutOf({ kind: 'mean' }, target);
      const got = rollout.gradient(rollout.layout.raws({}), windows, STEPS + 1);
      rollout.dispose();
      return { ...got };
    });
    expectSameBits(a, b);
  });
});

describe('what an outcome of one window counts', () => {
  const scores = Float64Array.of(3, 1, 2, 2, 7, -4, 2);
  const kinds: readonly Aggregate[] = [
    { kind: 'mean' },
    { kind: 'min' },
    { kind: 'cvar', worst: 0.4 },
    { kind: 'softmin', temperature: 2 },
  ];

  it.each(kinds)('$kind: the objective less that of the others', (aggregate) => {
    const all = reduce(aggregate, scores).objective;
    advantages(aggregate, scores).forEach((a, w) => {
      const others = scores.filter((_, i) => i !== w);
      expect(a).toBeCloseTo(all - reduce(aggregate, others).objective, 12);
    });
  });

  it('of a single window: the objective; of windows one of which is no number: none', () => {
    expect([...advantages({ kind: 'mean' }, Float64Array.of(3))]).toEqual([3]);
    expect([...advantages({ kind: 'min' }, Float64Array.of(3, Number.NaN))]).toEqual([Number.NaN, Number.NaN]);
  });
});
