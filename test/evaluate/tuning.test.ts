/** What is said of a training: whether it helped on held-out rows, whether it was over, what it never reached. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { renderReport } from '../../src/evaluate/report/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { startText, stillRising } from '../../src/train/outcome.js';
import { jobs } from '../app/jobs.js';
import { cases, data, inputOf, split } from './evaluate-setup.js';

const CASE = 'constant weights with flow';
const trained = { ...inputOf(cases[CASE]), history: [], withoutGradient: [] as string[] };

describe('the pool before training', () => {
  it('is a row of its own, with the start values', async () => {
    const { report, json } = await evaluate(trained);
    expect(report.rows.map((r) => [r.name, r.role]).slice(0, 3)).toEqual([
      ['tuned', 'tuned'],
      ['before training', 'before'],
      ['HODL', 'baseline'],
    ]);
    const rollout = createPoolRollout(trained.spec, data, wasm);
    const { values } = rollout.trajectory(trained.initial, split.test[0], split.test[1] - split.test[0], 1);
    rollout.dispose();
    expect(report.rows[1].metrics.returns).toBeCloseTo(values[values.length - 1] / values[0] - 1, 12);
    expect(report.value.lines.map((l) => l.name)).toContain('before training');
    const { before, after } = json.tuning as { before: number; after: number };
    expect([after, before]).toEqual(report.rows.slice(0, 2).map((r) => r.metrics.daily_log_sharpe));
  });

  it('is none where the start is not known', async () => {
    const { report, json } = await evaluate(inputOf(cases[CASE]));
    expect(report.rows.map((r) => r.name)).not.toContain('before training');
    expect([json.tuning, json.remarks]).toEqual([null, []]);
  });

  it('is said to be better where it is, and only there', async () => {
    const ahead = await evaluate(trained);
    const behind = await evaluate({ ...trained, raw: trained.initial, initial: trained.raw });
    const remarks = [ahead, behind].map(({ json }) => json.remarks as string[]);
    const worse = remarks.findIndex((texts) => texts.some((t) => t.startsWith('Training did not help')));
    const helped = [ahead, behind].map(({ json }) => (json.tuning as { helped: boolean }).helped);
    expect(helped.filter((h) => h)).toHaveLength(1);
    expect(helped[worse]).toBe(false);
    expect(remarks[1 - worse]).toEqual([]);
    const html = await renderReport([ahead, behind][worse].report);
    expect(html).toContain(remarks[worse][0]);
  });

  it('is not compared with itself', async () => {
    const choice = { ...trained.choice, set: 0, iteration: 0 };
    const { json } = await evaluate({ ...trained, raw: trained.initial, choice });
    expect((json.tuning as { helped: null }).helped).toBeNull();
    expect(json.remarks).toEqual([
      'No step of training did better on validation: these are the start values of the config.',
    ]);
  });
});

describe('the end of a training', () => {
  const history = (...validations: (number | null)[]) =>
    validations.map((validation, i) => ({ iteration: 5 * i, validation }));

  it('says by how much validation still rose', () => {
    expect(stillRising(history(1, 2, null, 2.5, 2.75, 3), { iteration: 25 })).toEqual({
      by: 1,
      validations: 3,
      since: 5,
    });
    expect(stillRising(history(1, 3), { iteration: 5 })).toEqual({ by: 2, validations: 1, since: 0 });
  });

  it('had come to rest where the best was earlier, or the rise is next to nothing', () => {
    expect(stillRising(history(1, 3, 2), { iteration: 5 })).toBeNull();
    expect(stillRising(history(1, 3, 3, 3, 3.001), { iteration: 20 })).toBeNull();
    expect(stillRising(history(1), { iteration: 0 })).toBeNull();
    expect(stillRising([], { iteration: 0 })).toBeNull();
  });

  it('tells a start from a result', () => {
    expect(startText({ set: 2, iteration: 0 }, 8)).toContain('set 3 of 8 at iteration 0 is a start drawn around');
    expect(startText({ set: 0, iteration: 0 }, 8)).toContain('start values of the config');
    expect(startText({ set: 2, iteration: 1 }, 8)).toBeNull();
  });
});

describe('prices at rest', async () => {
  const { train, evaluate: run, file } = await jobs('rest', { A: () => 1, B: () => 1 }, 17);

  it('leave parameters without a gradient, and every output says so', async () => {
    const { json, text } = await train({
      pool: 'tfmm',
      rule: 'momentum',
      split: { burnInDays: 2 },
      train: { sets: 1, windows: 1, windowDays: 3, iterations: 2 },
    });
    const idle = ['momentum.memoryDays', 'momentum.k'];
    expect(json).toMatchObject({ withoutGradient: idle, before: 0, best: { iteration: 0 } });
    expect(text).toContain(', 0.0000 before training');
    expect(text).toContain('warning: no step of training did better on validation');
    const evaluated = await run();
    const warning = evaluated.json.warnings.find((w) => w.includes('gradient'));
    for (const name of idle) expect(warning).toContain(name);
    expect(readFileSync(file('pool.html'), 'utf8')).toContain(warning);
    // a value that stands still has no ratio of mean and deviation
    expect(evaluated.json.headline).toMatchObject({ metric: 'daily_log_sharpe', value: null });
  });
});

describe('a pool that earns the same each minute', async () => {
  const { train, evaluate: run } = await jobs('flat', { A: () => 1, B: () => 1 }, 20);

  it('has no Sharpe ratio, and no more has what is merely held', async () => {
    await train({
      pool: { kind: 'constant-weight', fee: 0.003 },
      flow: { kind: 'elastic', v0: 0.0005 },
      objective: 'daily_sharpe',
      split: { burnInDays: 0 },
      train: { sets: 1, windows: 1, windowDays: 3, iterations: 1 },
    });
    const { json } = await run();
    expect(json.headline).toMatchObject({ metric: 'daily_sharpe', value: null });
    for (const { name, metrics } of json.strategies) {
      for (const part of Object.values(metrics)) {
        for (const metric of ['sharpe', 'daily_sharpe', 'daily_log_sharpe', 'sortino', 'calmar']) {
          expect(part[metric], `${metric} of ${name}`).toBeNull();
        }
      }
    }
  });
});
