/** Ranges that prices leave, or never reach: the share of the time is told, and units fit the settings. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { jobs } from '../app/jobs.js';
import { cases, data, inputOf, specOf } from './evaluate-setup.js';

describe('a range that is never reached', async () => {
  const {
    train,
    evaluate: run,
    file,
  } = await jobs('range', { ETH: (t) => 3000 + Math.sin(t / 500), USD: () => 1 }, 20);

  it('is told of by training and by evaluation, with the share and what is held', async () => {
    const pool = { kind: 'concentrated-range', middleIn: 'price', middle: 0.00033, priceRatio: 1.5 };
    const { text, json } = await train({
      pool,
      flow: { kind: 'elastic', v0: 0.0005 },
      split: { burnInDays: 0 },
      train: { sets: 1, windows: 1, windowDays: 3, iterations: 1 },
    });
    const told = (split: string) =>
      `he price of ETH in USD is outside the range in 100 % of the steps of the ${split} split: the pool holds only USD in 100 %, and trades nothing there`;
    expect(text).toContain(`warning: t${told('validation')}`);
    expect((json as { warnings: string[] }).warnings).toContain(`t${told('validation')}`);
    expect(text).toMatch(/concentrated-range\.middle +0\.00033 \(frozen\) second asset per first/);
    const evaluated = await run();
    for (const split of ['train', 'validation', 'test']) expect(evaluated.json.warnings).toContain(`T${told(split)}.`);
    expect(evaluated.text).toContain(`note: T${told('test')}.`);
    const html = readFileSync(file('pool.html'), 'utf8');
    expect(html).toContain(`T${told('test')}.`);
    expect(html).toContain('second asset per first');
  });
});

/** Where a price of the first asset in the second lies beyond a range, by the reserves: one of them is nothing. */
describe.each([
  ['concentrated-range', { 'concentrated-range.priceRatio': [1.02] }],
  ['e-clp', { 'e-clp.below': [0.01], 'e-clp.above': [0.01] }],
  ['reclamm', { 'reclamm.priceRatio': [1.02], 'reclamm.dailyPriceShiftExponent': [0] }],
  ['hmm', { 'hmm.rho': [0.99, 0.99] }],
])('%s', (name, values) => {
  it('is beyond its range exactly where it holds one asset alone', () => {
    const rollout = createPoolRollout(specOf(name), data, wasm);
    // without a fee the pool's price is that outside wherever its curve has it
    const fee: Record<string, number[]> =
      name === 'hmm' ? { 'hmm.marketFee': [0], 'hmm.riskFee': [0] } : { [`${name}.fee`]: [0] };
    const path = rollout.trajectory(rollout.layout.raws({ ...values, ...fee }), 0, 5000, 1);
    rollout.dispose();
    const beyond = path.beyond as Float64Array;
    const [pairs, width] = [beyond, path.reserves].map((table) => table.length / path.values.length);
    expect(pairs).toBe(name === 'hmm' ? 2 : 1);
    const counts = { within: 0, beyond: 0 };
    for (let t = 1; t < path.values.length; t++) {
      for (let i = 0; i < pairs; i++) {
        const first = path.reserves[t * width + i] * data.prices[t * 2 + i];
        const other =
          name === 'hmm' ? path.reserves[t * width + 2 + i] : path.reserves[t * width + 1] * data.prices[t * 2 + 1];
        const side = beyond[t * pairs + i];
        counts[side === 0 ? 'within' : 'beyond']++;
        const share = first / (first + other);
        if (side > 0) expect(share).toBeLessThan(1e-6);
        else if (side < 0) expect(share).toBeGreaterThan(1 - 1e-6);
      }
    }
    expect(Math.min(counts.within, counts.beyond)).toBeGreaterThan(20);
  });
});

describe('units of prices', () => {
  it.each([
    ['concentrated-range', 'middle', 'middleIn', 'second asset per first'],
    ['e-clp', 'peak', 'centre', 'second asset per first'],
    ['stableswap', 'peg', 'centre', 'second asset per first'],
    ['hmm', 'priceScale', 'centre', 'credits per unit'],
  ])('of %s.%s follow %s', (kind, parameter, setting, absolute) => {
    const { parameters, settings } = registry.pools[kind];
    const defaults = Object.fromEntries(Object.entries(settings).map(([key, s]) => [key, s.default]));
    const unit = (value: number) => parameters({ ...defaults, [setting]: value })[parameter].unit;
    expect([unit(1), unit(0)]).toEqual(['start price', absolute]);
  });
});

describe('pools whose prices have no ends', () => {
  it('are told nothing', async () => {
    const { json } = await evaluate(inputOf(cases['constant weights with flow']));
    expect(json.reach).toEqual([]);
  });
});
