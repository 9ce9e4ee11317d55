/** What `npm run bench` times runs, and is alive: over a few days, on one set. */
import { describe, expect, it } from 'vitest';
import { cases, drawn } from '../../bench/cases.js';
import { wasm } from '../../src/targets/wasm/index.js';

const MINUTES = 3 * 1440 + 1;

describe('a case of the bench', () => {
  it.each([...cases, ...drawn].map((c) => [c.name, c] as const))('%s', (_, c) => {
    const { rollout, raw, windows } = c.build(wasm, { threads: 1 }, MINUTES, 1);
    const { objective, gradient } = rollout.gradient(raw, windows, MINUTES);
    rollout.dispose();
    expect(Number.isFinite(objective[0])).toBe(true);
    expect(gradient.some((g) => g !== 0)).toBe(true);
  });
});
