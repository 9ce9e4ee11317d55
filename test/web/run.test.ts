/** A training as the page knows it, by the news of its journal; and what differs between two configs. */
import { describe, expect, it } from 'vitest';
import type { RunNews } from '../../src/live/ui/wire.js';
import type { JournalLine } from '../../src/train/journal-lines.js';
import { differences } from '../../web/src/runs/differences.js';
import { afterNews } from '../../web/src/runs/run.js';

const news = (lines: readonly JournalLine[], more: Partial<RunNews> = {}): RunNews => ({
  path: 'a.running.jsonl',
  checkpoint: 'a.json',
  head: {
    ...{ format: 'poolgrad-journal', version: 1, process: '', began: '2026-01-01T00:00:00Z', checkpoint: 'a.json' },
    ...{ title: 'tfmm', assets: ['A', 'B'], objective: 'returns', device: 'wasm', steps: 'pool-steps', iterations: 9 },
  },
  state: 'running',
  isWhole: false,
  modified: 1,
  lines,
  ...more,
});

const progress = (iteration: number): JournalLine => ({
  ...{ kind: 'progress', iteration, iterations: 9, objective: iteration / 10, bestObjective: 1, validation: 0.5 },
  ...{ violations: [], learningRate: 0.05, gradientNorm: 1, stepsPerSecond: 1e6, etaSeconds: 3 },
});
const validation = (iteration: number, value: number): JournalLine => ({
  ...{ kind: 'validation', iteration, set: 0, validation: value, holds: true, isBest: true },
});
const past = (iteration: number, value: number | null) => ({
  ...{ iteration, objective: -iteration, bestObjective: 0, validation: value, learningRate: 0.05, gradientNorm: 1 },
});

describe('a run', () => {
  it('grows by its news', () => {
    const first = afterNews(undefined, news([validation(0, 0.4), progress(1)], { isWhole: true }));
    const second = afterNews(
      first,
      news([progress(2), validation(2, 0.6), { kind: 'saved', checkpoint: 'a.json', iteration: 2 }]),
    );
    expect(second.curves).toEqual({
      objective: [
        { iteration: 0, value: 0.1 },
        { iteration: 1, value: 0.2 },
      ],
      validation: [
        { iteration: 0, value: 0.4 },
        { iteration: 2, value: 0.6 },
      ],
    });
    expect([second.progress?.iteration, second.error]).toEqual([2, null]);
    expect(first.curves.objective).toHaveLength(1);
  });

  it('that goes on has what was before it, and that begins anew nothing', () => {
    const history = [past(0, 0.3), past(1, null)];
    const resumed = afterNews(undefined, news([{ kind: 'history', history }, progress(3)], { isWhole: true }));
    expect(resumed.curves.objective.map(({ iteration }) => iteration)).toEqual([0, 1, 2]);
    expect(resumed.curves.validation).toEqual([{ iteration: 0, value: 0.3 }]);
    const anew = afterNews(resumed, news([progress(1)], { isWhole: true }));
    expect(anew.curves.objective).toEqual([{ iteration: 0, value: 0.1 }]);
  });

  it('that is very long keeps all of it', () => {
    const history = Array.from({ length: 200_000 }, (_, i) => past(i, 0.1));
    const run = afterNews(undefined, news([{ kind: 'history', history }, progress(200_001)], { isWhole: true }));
    expect([run.curves.objective.length, run.curves.validation.length]).toEqual([200_001, 200_000]);
  });

  it('keeps why it failed', () => {
    const run = afterNews(
      undefined,
      news([{ kind: 'failed', error: 'not finite' }], { isWhole: true, state: 'failed' }),
    );
    expect([run.state, run.error]).toEqual(['failed', 'not finite']);
  });
});

describe('configs', () => {
  it('differ by entries, whatever their order', () => {
    const a = { pool: { kind: 'tfmm', fee: { value: 0.003 } }, train: { sets: 4, seed: 1 }, rule: { k: [1, 2] } };
    const b = {
      train: { seed: 1, sets: 8 },
      pool: { fee: { value: 0.003 }, kind: 'tfmm' },
      rule: { k: [1, 3] },
      flow: { kind: 'x' },
    };
    expect(differences([a, b])).toEqual([
      { path: 'flow.kind', texts: ['', 'x'] },
      { path: 'rule.k', texts: ['[1,2]', '[1,3]'] },
      { path: 'train.sets', texts: ['4', '8'] },
    ]);
    expect(differences([a, structuredClone(a)])).toEqual([]);
  });
});
