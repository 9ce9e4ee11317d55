/** Short trainings of two-asset pools with curves of their own: what is trained on improves, and on windows not seen before. */

import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import type { Split } from '../../src/data/windows.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { train } from '../../src/train/train.js';
import { rowWindows } from '../../src/train/windows.js';
import { specOf, walk } from '../rollout/setup.js';
import { options } from './fake.js';

const ROWS = 400;
/** Some start wide of the best: too deep, at a fee that pays for little. */
const STARTS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  'e-clp': { 'e-clp.below': [0.05], 'e-clp.above': [0.05], 'e-clp.lambda': [40], 'e-clp.fee': [0.0003] },
  stableswap: { 'stableswap.A': [60], 'stableswap.fee': [0.0003] },
};

describe.each(Object.entries(STARTS))('training of %s', (name, start) => {
  it('earns more than where it started, within some steps', async () => {
    const data = walk(2, 4000, 1e-3);
    const part = { pool: registry.pools[name], flow: registry.flows.elastic };
    const objective = registry.objectives.returns_over_hodl;
    const rollout = createPoolRollout(specOf(data, { ...part, objective }), data, wasm, { threads: 1 });
    const { layout } = rollout;
    const initial = layout.raws({ 'elastic.v0': [5e-4], ...start });
    const columns = new Float64Array(initial.length);
    const trainable = Uint8Array.from(initial, () => 0);
    for (const key of Object.keys(start)) trainable[layout.entry(key).column] = 1;
    const split: Split = { train: [0, 3000], validation: [3000, 3500], test: [3500, 4000], burnIn: 0 };
    const bounds = { low: columns.map(() => -Infinity), high: columns.map(() => Infinity) };
    const { state } = await train(
      { rollout, windows: rowWindows(split, ROWS, 1), initial, trainable, bounds, spread: 0.1, metric: objective.name },
      options({ sets: 2, windows: 4, iterations: 40, schedule: { name: 'cosine' } }),
    );
    const score = (raw: Float64Array) => rollout.value(raw, Int32Array.of(3550), ROWS).objective[0];
    const before = score(initial);
    const after = score(state.best.raw);
    rollout.dispose();
    expect(Number.isFinite(after)).toBe(true);
    expect(before).toBeLessThan(-1e-3);
    // half of the loss at least, on rows that training never saw
    expect(after).toBeGreaterThan(before / 2);
    expect(state.history.every((h) => Number.isFinite(h.objective))).toBe(true);
  });
});
