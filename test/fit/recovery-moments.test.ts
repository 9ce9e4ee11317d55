/**
 * Parameters that only simulation knows are found again by its moments: within three standard errors. Seeds were fixed before
 * the first run.
 */
import { describe, expect, it } from 'vitest';
import { fitGenerator } from '../../src/fit/fit.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { DAY, type Document, questionOf, type Walk, walk } from './setup.js';

const W: Walk = { assets: ['A'], interval: DAY, rows: 400, seed: 2 };

const CASES: readonly [string, Document, Document][] = [
  [
    'a thermostat seen through the map of the crate',
    { kind: 'hamiltonian', map: 'crate', k: 60, friction: 8, temperature: 3, base: 100, energyScale: 2 },
    {
      kind: 'hamiltonian',
      map: 'crate',
      k: 40,
      friction: 4,
      temperature: 2,
      energyScale: { value: 2, train: false },
    },
  ],
  [
    'a thermostat whose momentum is in the price',
    { kind: 'hamiltonian', k: 80, friction: 6, temperature: 3, b: 0.05 },
    { kind: 'hamiltonian', b: { value: 0.05, train: false }, k: 50, friction: 10, temperature: 2 },
  ],
];

describe.each(CASES)('%s', (_, truth, asked) => {
  it('is found again within three standard errors', () => {
    const w = { ...W, rows: 1500 };
    const { prices } = walk(truth, w);
    const given = Object.keys(asked);
    const result = fitGenerator(questionOf(asked, w, prices, given), {
      target: wasm,
      threads: 1,
      method: 'moments',
      iterations: 60,
      moments: { scenarios: 8, seed: 1 },
    });
    expect(result.method).toBe('moments');
    const known = questionOf(truth, w, prices).generator.parameters;
    for (const { name, value, error } of result.estimates.filter((e) => e.fitted)) {
      expect(Math.abs(value - known[name].value[0]), `${name} ${value} ± ${error}`).toBeLessThan(3 * (error ?? 0));
      // and something is said of it
      expect(error, name).toBeLessThan(3 * Math.abs(known[name].value[0]));
    }
    expect(result.matched.length).toBeGreaterThan(10);
  });
});
