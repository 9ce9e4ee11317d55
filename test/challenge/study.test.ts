/** The study in small: a law is trained from its defaults, measured, written, and exported. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { laws } from '../../kernels/competition/laws/index.js';
import { runExportChallenge } from '../../src/app/export-challenge.js';
import { runStudyChallenge } from '../../src/app/study-challenge.js';
import { figuresOf } from '../../src/challenge/figures.js';
import { encodePolicy, loadPolicy } from '../../src/challenge/policy.js';
import { challengeRollout, named, scenarios, type Values } from '../../src/challenge/rollout.js';
import {
  encodeStudy,
  loadStudy,
  type Studied,
  type StudyState,
  type StudyStep,
  study,
} from '../../src/challenge/study.js';
import { trainFixed, trainLaw } from '../../src/challenge/train.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { differences } from '../../src/train/differences.js';
import { evolve, type SearchState } from '../../src/train/evolution.js';

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
  const { fee } = ended<{ readonly fee: number }>(trainFixed(options));
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

it('differences find the top of the hill too, and both searches go on to the bit', () => {
  const hill = (x: number, y: number) => -((x - 1) ** 2) - 4 * (y + x) ** 2;
  const search = {
    ...{ start: Float64Array.of(0, 0, 7), spread: Float64Array.of(1, 1, 0), generations: 90 },
    score: (raws: Float64Array) => {
      const sets = raws.length / 3;
      return Float64Array.from({ length: sets }, (_, s) => hill(raws[s], raws[sets + s]));
    },
  };
  const searches = [
    (from?: SearchState) => differences({ ...search, from, width: 0.1, rate: 0.1 }),
    (from?: SearchState) => evolve({ ...search, from, population: 10, seed: 3 }),
  ];
  for (const run of searches) {
    const all = [...run()];
    const end = all[89];
    expect(end.mean[0]).toBeCloseTo(1, 1);
    expect(end.mean[1]).toBeCloseTo(-1, 1);
    expect(end.mean[2]).toBe(7); // what has no spread stays
    // before and after the averaging began
    for (const at of [20, 75]) {
      const state = JSON.parse(JSON.stringify(all[at].state));
      const rest = [...run(state)];
      expect(rest).toHaveLength(89 - at);
      expect(rest[rest.length - 1]).toEqual(end);
    }
  }
});

/** A step of a study, or its end. */
type Step = IteratorResult<StudyStep, Studied>;

it('a study that was stopped goes on from its file to the same figures', async () => {
  const from: StudyState = {
    ...{ law: law('table'), seed: 6, simulations: 3, fee: 0.0077 },
    effort: { generations: 6, population: 0, simulations: 4, steps: 200 },
  };
  const on = { target: wasm, threads: 1 };
  const whole = ended<Studied>(study(from, on));
  const path = join(folder, 'stopped.json');
  for (const stop of [4, 8]) {
    const run = study(from, on);
    let at: Step = run.next();
    for (let i = 1; i < stop; i++) at = run.next();
    if (at.done === true) throw new Error('a step was expected');
    expect(at.value.stage.name).toBe(stop === 4 ? 'training' : 'figures');
    writeFileSync(path, encodeStudy(at.value.state));
    expect(ended<Studied>(study(await loadStudy(path), on))).toEqual(whole);
  }
  expect(whole.values.gain).toHaveLength(5);
  await expect(loadStudy('configs/hmm.yaml')).rejects.toThrow(/left when it was stopped was expected/);
});

it('Ctrl-C leaves a file that --resume takes', async () => {
  const out = join(folder, 'interrupted.json');
  const stop = new AbortController();
  stop.abort();
  const options = { law: 'network', simulations: 2, seed: 1, generations: 3, out, threads: 1, json: true } as const;
  const { json } = await runStudyChallenge({ ...options, device: 'wasm', signal: stop.signal });
  expect(json).toMatchObject({ stopped: 'signal', law: 'network', stage: 'fixed fee' });
  const state = await loadStudy(out);
  expect(state).toMatchObject({ seed: 1, simulations: 2 });
  expect(state.law.name).toBe('network');
});

it('refuses files that are no policies', async () => {
  await expect(loadPolicy('configs/hmm.yaml')).rejects.toThrow(/that poolgrad study amm-challenge wrote was expected/);
});
