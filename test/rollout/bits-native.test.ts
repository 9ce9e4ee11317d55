/** Roll-outs of all shipped models: native gives the bits of wasm (and so of the reference: bits.test.ts), on any processor's vectors. */
import { describe, expect, it } from 'vitest';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import type { Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { missing, ownCache } from '../targets/native-setup.js';
import { CASES, type Case, columnsOf, dataOf, ROWS, rawOf, SETS, specOfCase, WINDOWS } from './bits-cases.js';

/** Windows of which two stand side by side in a vector that four sets fill by half. */
const PAIRS = Int32Array.of(131, 95, 60, 131);

/** Scores by window and the gradient, of which the first run is a part. */
function gradient(c: Case, target: Target, threads: number, windows = WINDOWS) {
  const rollout = createPoolRollout(specOfCase(c), dataOf(c.n), target, { threads });
  const raw = windows === PAIRS ? columnsOf(rawOf(c), [0, 1, 2, 3]) : rawOf(c);
  const { objective, byWindow, gradient } = rollout.gradient(raw, windows, ROWS);
  rollout.dispose();
  return { objective, byWindow, gradient };
}

describe.skipIf(missing !== null)('native has the bits of wasm', () => {
  ownCache();

  it.each(CASES)('$name', (c) => {
    const wanted = gradient(c, wasm, 1);
    expectSameBits(gradient(c, createNativeTarget('now'), 2), wanted);
    expectSameBits(gradient(c, createNativeTarget('now'), 2, PAIRS), gradient(c, wasm, 1, PAIRS));
    // what is compared is alive
    expect(wanted.gradient.every((g) => Number.isFinite(g))).toBe(true);
    expect(new Set(wanted.objective).size).toBe(SETS);
  });
});
