/** What an evaluation tells while it runs, and how it is shown: a bar on terminals, now and then a line elsewhere. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.js';
import { evaluateRenderer, plainLines } from '../../src/evaluate/progress.js';
import { type EvaluateProgress, Work } from '../../src/evaluate/work.js';
import { cases, inputOf } from './evaluate-setup.js';

/** A stream that keeps what is written to it. */
function recorded(isTTY: boolean) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, stream: Object.assign(stream, { isTTY, columns: 100 }) };
}

const at = (share: number, doing = 'fee grid'): EvaluateProgress => ({ doing, share, etaSeconds: 12 });

describe('progress of an evaluation', () => {
  it.each([
    'tfmm with fee and flow',
    'tfmm without fee',
    'concentrated range with flow',
  ])('goes up to nearly 1 and says what is done: %s', async (name) => {
    const told: EvaluateProgress[] = [];
    await evaluate(inputOf(cases[name]), (progress) => told.push(progress));
    expect([...new Set(told.map((t) => t.doing))]).toEqual(
      expect.arrayContaining(['tuned pool', 'fee grid', 'baselines']),
    );
    for (let i = 1; i < told.length; i++) expect(told[i].share).toBeGreaterThanOrEqual(told[i - 1].share);
    expect(told[0]).toEqual({ doing: 'tuned pool', share: 0, etaSeconds: Number.NaN });
    const { share, etaSeconds } = told[told.length - 1];
    expect(share).toBeGreaterThan(0.9);
    expect(share).toBeLessThan(1);
    expect(etaSeconds).toBeGreaterThan(0);
  });

  it('stays below 1 where more roll-outs come than were expected', () => {
    const told: EvaluateProgress[] = [];
    const work = new Work(10, (progress) => told.push(progress));
    work.begin('all');
    for (let i = 0; i < 3; i++) work.add(8);
    expect(told.map((t) => t.share)).toEqual([0, 0.8, 0.99, 0.99]);
  });

  it('is a line every ten seconds where there is no terminal, none before', () => {
    const { lines, stream } = recorded(false);
    let now = 0;
    const { onProgress } = plainLines(stream, () => now);
    for (now = 1; now <= 25; now++) onProgress(at(now / 100), 'a.json');
    expect(lines).toEqual([
      'evaluating a.json: fee grid, 10 % · 12 s left\n',
      'evaluating a.json: fee grid, 20 % · 12 s left\n',
    ]);
  });

  it('is a bar on a terminal, cleared in the end', async () => {
    const { lines, stream } = recorded(true);
    const { onProgress, stop } = await evaluateRenderer(stream);
    onProgress({ doing: 'tuned pool', share: 0, etaSeconds: Number.NaN });
    onProgress(at(0.5));
    stop();
    stop();
    const shown = lines.join('');
    expect(shown).toContain('evaluating: tuned pool, 0 %');
    expect(shown).not.toContain('NaN');
    expect(shown.endsWith('\n')).toBe(false);
  });
});
