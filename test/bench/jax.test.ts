/**
 * The pool that the bench has in JAX, run by NumPy, against ours; and in JAX, with its gradient, where Python has that.
 */
import { describe, expect, it } from 'vitest';
import { missingModule, runScan, scanCase } from '../../bench/jax.js';
import { reference } from '../../src/targets/reference/index.js';

const noNumpy = missingModule('numpy');
if (noNumpy !== null) console.warn(`bench: scan.py is not compared with our numbers: ${noNumpy}`);
const noJax = missingModule('jax');
if (noJax !== null) console.warn(`bench: gradients of scan.py are not compared with ours: ${noJax}`);

const minutes = 8 * 1440 + 1;
const sets = 4;

/**
 * The first set as the bench has it; one whose weights start apart; two with a rule so fast that a day's change and the
 * least weight bind.
 */
function fourSets() {
  const { rollout, windows, input } = scanCase(reference, sets, minutes);
  const add = (name: string, i: number, s: number, difference: number) => {
    input.raw[(rollout.layout.entry(name).column + i) * sets + s] += difference;
  };
  add('tfmm.initialWeights', 0, 1, 1);
  add('tfmm.fee', 0, 1, 1);
  for (const s of [2, 3]) {
    for (let i = 0; i < 3; i++) {
      add('momentum.k', i, s, 6 + i);
      add('momentum.memoryDays', i, s, -0.5 * i);
    }
  }
  add('tfmm.initialWeights', 2, 3, -2.2);
  // far enough from where the bench starts that the least weight binds, and the largest
  for (let i = 0; i < 3; i++) add('momentum.memoryDays', i, 1, 0.13);
  const guards = rollout.guards(input.raw, windows, minutes);
  expect(guards.maximumChange[0]).toBe(0);
  expect(Math.max(...guards.maximumChange)).toBeGreaterThan(0);
  expect(Math.max(...guards.minimumWeight)).toBeGreaterThan(0);
  return { rollout, windows, input };
}

/** Another order of operations: some 1e-16 of a value a minute, while daily returns are some 1e-2. */
const TOLERANCE = 1e-9;

function expectNear(found: readonly number[], wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(...Array.from(wanted, Math.abs));
  for (let i = 0; i < wanted.length; i++) {
    expect(Math.abs(found[i] - wanted[i]), `${wanted[i]} was expected, got ${found[i]}`).toBeLessThan(
      TOLERANCE * largest,
    );
  }
}

describe('scan.py', () => {
  it.skipIf(noNumpy !== null)('has our scores in NumPy', () => {
    const { rollout, windows, input } = fourSets();
    const { objective } = rollout.value(input.raw, windows, minutes);
    expect(new Set(objective).size).toBe(sets);
    expectNear(runScan(input, true).scores, objective);
  });

  it.skipIf(noJax !== null)(
    'has our scores and gradients in JAX',
    () => {
      const { rollout, windows, input } = fourSets();
      const { objective, gradient } = rollout.gradient(input.raw, windows, minutes);
      const column = (values: Float64Array, s: number) => values.filter((_, i) => i % sets === s);
      const all = runScan(input);
      expectNear(all.scores, objective);
      expectNear(all.firstGradient ?? [], column(gradient, 0));
      // of the set whose guards bind most
      const last = runScan({ ...input, raw: column(input.raw, 3), sets: 1 });
      expectNear(last.firstGradient ?? [], column(gradient, 3));
    },
    300_000,
  );
});
