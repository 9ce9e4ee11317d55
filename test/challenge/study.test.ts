/** The study in small: a law is trained from its defaults, measured, written, and exported. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { laws } from '../../kernels/competition/laws/index.js';
import { runExportChallenge } from '../../src/app/export-challenge.js';
import { figuresOf } from '../../src/challenge/figures.js';
import { encodePolicy, loadPolicy } from '../../src/challenge/policy.js';
import { challengeRollout, named, scenarios, type Values } from '../../src/challenge/rollout.js';
import { trainFixed, trainLaw } from '../../src/challenge/train.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { evolve } from '../../src/train/evolution.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-study-'));
afterAll(() => rmSync(folder, { recursive: true }));

const law = (name: string) => laws.find((l) => l.name === name) as (typeof laws)[number];

/** What a generator returns in the end. */
function ended<R>(run: Generator<unknown, R>): R {
  for (;;) {
    const next = run.next();
    if (next.done === true) return next.value;
  }
}

it('evolution finds the top of a hill that is narrow and skew', () => {
  const hill = (x: number, y: number) => -((x - 1) ** 2) - 100 * (y + x) ** 2;
  const run = evolve({
    ...{ start: Float64Array.of(0, 0, 7), spread: Float64Array.of(1, 1, 0) },
    ...{ generations: 60, population: 10, seed: 3 },
    score: (raws) => Float64Array.from({ length: 10 }, (_, s) => hill(raws[s], raws[10 + s])),
  });
  let last: Float64Array = new Float64Array(3);
  for (const { mean } of run) last = mean;
  expect(last[0]).toBeCloseTo(1, 1);
  expect(last[1]).toBeCloseTo(-1, 1);
  expect(last[2]).toBe(7); // what has no spread stays
});

it('the best fixed fee is where the slope along the paths is 0', () => {
  const options = { target: wasm, threads: 1, seed: 2, simulations: 24, rows: 1001 };
  const { fee } = ended<Values>(trainFixed(options));
  // of so few and short simulations; all of them: 76.8 bps
  expect(fee).toBeGreaterThan(0.006);
  expect(fee).toBeLessThan(0.0095);
});

it('a law trained for a little earns more than from its defaults, more than the best fixed fee, and is exported', async () => {
  const recentre = law('recentre');
  const on = { target: wasm, threads: 1, seed: 4 };
  const values = ended<Values>(
    trainLaw(recentre, { ...on, generations: 24, population: 10, simulations: 12, steps: 500 }),
  );
  const edges = (name: string, of: Values) => {
    const rollout = challengeRollout(law(name), { ...on, seed: 99 });
    const { byWindow } = rollout.value(rollout.layout.raws(named(of)), scenarios(0, 40), 2001);
    rollout.dispose();
    return byWindow;
  };
  const base = edges('fixed', { fee: 0.0075 });
  const figures = figuresOf('recentre', edges('recentre', values), base);
  expect(figures.overFixed75).toBeGreaterThan(15);
  expect(figures.overFixed75).toBeGreaterThan(figuresOf('', edges('recentre', {}), base).overFixed75);

  const path = join(folder, 'policy.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(path, encodePolicy({ law: recentre, values, seed: 4 }, { figures: [figures] }));
  expect((await loadPolicy(path)).values).toEqual(values);
  const out = join(folder, 'Strategy.sol');
  const { text } = await runExportChallenge({
    ...{ checkpoint: path, to: 'amm-challenge', out, strict: false, json: false },
    device: 'wasm',
  });
  expect(text).toContain('4 of 32 slots: bid, ask, centre, last');
  expect(readFileSync(out, 'utf8')).toContain('contract Strategy is AMMStrategyBase {');
});

it('refuses files that are no policies', async () => {
  await expect(loadPolicy('configs/hmm.yaml')).rejects.toThrow(/that poolgrad study amm-challenge wrote was expected/);
});
