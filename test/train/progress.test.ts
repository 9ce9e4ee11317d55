/** What a training run prints. */
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { amount, describeEvent, duration } from '../../src/train/event-text.js';
import type { Progress, Share, TrainEvent } from '../../src/train/events.js';
import { progressRenderer, type TextStream } from '../../src/train/progress.js';

const progress = (iteration: number): Progress => ({
  kind: 'progress',
  iteration,
  iterations: 100,
  objective: 0.123456789,
  bestObjective: 0.2,
  validation: 0.15,
  violations: [],
  learningRate: 0.05,
  gradientNorm: 1.234,
  stepsPerSecond: 12_345_678,
  etaSeconds: 200,
});
const broken: TrainEvent = {
  kind: 'nonFinite',
  iteration: 4,
  set: 2,
  objective: Number.NaN,
  parameters: ['hmm.rho'],
  donor: 0,
};
const share: Share = { kind: 'share', iteration: 7, iterations: 100, doing: 'gradient', share: 0.5 };
const validated: TrainEvent = {
  kind: 'validation',
  iteration: 10,
  set: 3,
  validation: 0.15,
  holds: true,
  isBest: true,
};

async function printed(isTTY: boolean, events: readonly TrainEvent[]): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 200, cursorTo: () => true, clearLine: () => true });
  const renderer = await progressRenderer(stream as unknown as TextStream, TOLD);
  for (const event of events) renderer.onEvent(event);
  renderer.stop();
  return String(stream.read() ?? '');
}

const TOLD = { metric: 'returns', steps: 'pool-steps', constraints: ['clientCost', 'fillRate'] };

describe('describeEvent', () => {
  const cases: [TrainEvent, string][] = [
    [
      progress(7),
      '7/100 · returns 0.12346 (best set 0.2) · validation 0.15 · rate 0.050 · |g| 1.2 · 12.3 M pool-steps/s · 3 min 20 s left',
    ],
    [
      { ...progress(7), violations: [0.0371, -1.5] },
      '7/100 · returns 0.12346 (best set 0.2) · validation 0.15 · clientCost +0.0371 · fillRate -1.5 · rate 0.050 · |g| 1.2 · 12.3 M pool-steps/s · 3 min 20 s left',
    ],
    [
      { ...(validated as object), holds: false } as TrainEvent,
      'iteration 10: validation 0.15 by set 3, beyond its bounds, the best so far',
    ],
    [{ ...share, share: 0.429 }, '7/100 · gradient 42 %'],
    [validated, 'iteration 10: validation 0.15 by set 3, the best so far'],
    [
      broken,
      'warning: set 2, iteration 4: the gradient of hmm.rho is not finite (returns NaN); it starts anew beside set 0',
    ],
    [
      { kind: 'guards', shares: { minimumWeight: 0.1234 } },
      'warning: guards bind: minimumWeight in 12 % of rule steps; gradients through them are 0',
    ],
    [
      { kind: 'zeroGradient', parameters: ['pool.fee', 'rule.k[ETH]'] },
      'warning: no gradient in pool.fee, rule.k[ETH]: nothing that is simulated depends on it at the start values',
    ],
  ];
  it.each(cases)('%o', (event, text) => {
    expect(describeEvent(event, TOLD)).toBe(text);
  });
});

describe('progressRenderer', () => {
  it('prints plain lines off a terminal: after validations, at the end, and not each iteration', async () => {
    const events = [
      progress(1),
      progress(2),
      progress(3),
      validated,
      progress(11),
      broken,
      progress(12),
      progress(100),
    ];
    const lines = (await printed(false, events)).trimEnd().split('\n');
    expect(lines.map((l) => l.split(/[ /]/)[0])).toEqual(['1', '11', 'warning:', '100']);
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('draws a bar on a terminal, warnings above it', async () => {
    const text = await printed(true, [progress(1), broken, progress(2)]);
    expect(text).toContain('1/100 · returns');
    expect(text).toContain('\r\u001b[Kwarning: set 2');
  });

  it('shows on the bar how far a step is', async () => {
    const text = await printed(true, [share, progress(8), { ...share, iteration: 8 }]);
    expect(text).toContain('7/100 · gradient 50 %');
    expect(text).toMatch(/8\/100 · returns .* left · gradient 50 %/);
  });

  it('prints how far a step is off a terminal only where ten seconds said nothing', async () => {
    expect(await printed(false, [share, share])).toBe('');
    const clock = vi.spyOn(performance, 'now');
    clock.mockReturnValueOnce(0).mockReturnValueOnce(9_999).mockReturnValueOnce(10_000).mockReturnValueOnce(19_999);
    expect(await printed(false, [share, { ...share, share: 0.6 }, share])).toBe('7/100 · gradient 60 %\n');
    clock.mockRestore();
  });
});

describe('figures', () => {
  it('amounts and durations', () => {
    expect([0.5, 999, 12_345, 1.5e6, 2e9].map(amount)).toEqual(['0.5', '999', '12.3 k', '1.5 M', '2 G']);
    expect([0.4, 9.96, 59, 61, 3600, 7500].map(duration)).toEqual([
      '0.4 s',
      '10 s',
      '59 s',
      '1 min 1 s',
      '1 h 0 min',
      '2 h 5 min',
    ]);
  });
});
