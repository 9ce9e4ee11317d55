/** The loop: that it finds the maximum, keeps what is frozen or bounded, isolates broken sets, and tells what it sees. */
import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/data/windows.js';
import { rawBounds, trainableColumns } from '../../src/train/bounds.js';
import type { NonFinite, Progress, TrainEvent } from '../../src/train/events.js';
import { learningRate } from '../../src/train/schedule.js';
import { STREAM, uniforms } from '../../src/train/streams.js';
import { train } from '../../src/train/train.js';
import { rowWindows, scenarioWindows } from '../../src/train/windows.js';
import { COLUMNS, fakeRollout, layout, options, problem, SPLIT, target } from './fake.js';

/** Mean of the targets of column c over the validation windows: where the best validation lies. */
const optimum = (c: number) => {
  const { windows } = rowWindows(SPLIT, 60, 1).validation();
  return windows.reduce((a, w) => a + target(c, w), 0) / windows.length;
};

describe('train', () => {
  it.each([
    { name: 'adam' as const, learningRate: 0.05 },
    { name: 'adamw' as const, learningRate: 0.05, weightDecay: 0.001 },
    { name: 'sgd' as const, learningRate: 0.005, momentum: 0.9 },
    { name: 'sgd' as const, learningRate: 0.03 },
  ])('$name finds the maximum', async (optimizer) => {
    const { state, stopped } = await train(
      problem(),
      options({ optimizer, iterations: 250, windows: 8, schedule: { name: 'cosine', warmup: 5 } }),
    );
    expect(stopped).toBe('iterations');
    expect(state.finished).toBe(true);
    state.best.raw.forEach((x, c) => {
      expect(Math.abs(x - optimum(c))).toBeLessThan(0.2);
    });
    const first = state.history[0].validation!;
    expect(state.best.validation).toBeGreaterThan(first);
    const scores = state.history.flatMap((h) => (h.validation === null ? [] : [h.validation]));
    expect(state.best.validation).toBe(Math.max(...scores));
  });

  it('takes the first Adam step by hand: learning rate × sign of the gradient', async () => {
    let windows: Int32Array | null = null;
    const rollout = fakeRollout({
      onGradient: (_raw, w) => {
        windows ??= w;
      },
    });
    const { state } = await train(problem({ rollout, spread: 0 }), options({ sets: 1, iterations: 1 }));
    const { gradient } = rollout.gradient(new Float64Array(COLUMNS), windows!, 60);
    state.raw.forEach((x, c) => {
      expect(x).toBeCloseTo(0.1 * Math.sign(gradient[c]), 5);
    });
  });

  it('adamw pulls back to the start, adam does not', async () => {
    const initial = new Float64Array(COLUMNS).fill(2);
    const run = async (optimizer: { name: 'adam' | 'adamw'; learningRate: number; weightDecay?: number }) =>
      (await train(problem({ initial, spread: 0 }), options({ sets: 1, optimizer, iterations: 200 }))).state.raw;
    const plain = await run({ name: 'adam', learningRate: 0.1 });
    const decayed = await run({ name: 'adamw', learningRate: 0.1, weightDecay: 5 });
    decayed.forEach((x, c) => {
      expect(Math.abs(x - 2)).toBeLessThan(Math.abs(plain[c] - 2));
    });
  });

  it('keeps frozen columns to the last bit in every set, −∞ too', async () => {
    const initial = Float64Array.from({ length: COLUMNS }, (_, c) => (c === 0 ? -Infinity : 0.1 * c));
    const trainable = new Uint8Array(COLUMNS).fill(1);
    trainable[0] = 0;
    trainable[3] = 0;
    const rollout = fakeRollout({ blind: [0] });
    for (const name of ['adam', 'adamw', 'sgd'] as const) {
      const { state } = await train(
        problem({ initial, trainable, rollout }),
        options({ iterations: 5, optimizer: { name, learningRate: 0.1 } }),
      );
      for (const c of [0, 3]) {
        for (let s = 0; s < 4; s++) expect(state.raw[c * 4 + s]).toBe(initial[c]);
        expect(state.best.raw[c]).toBe(initial[c]);
      }
      expect(state.raw[2 * 4]).not.toBe(initial[2]);
      expect(state.raw.some(Number.isNaN)).toBe(false);
    }
  });

  it('never leaves the bounds, starts included', async () => {
    const bounds = rawBounds(layout, { 'rule.k': { low: 0.9, high: 1.1 }, 'pool.fee': { high: 0.45 } });
    const seen: Float64Array[] = [];
    const rollout = fakeRollout({ onGradient: (raw) => seen.push(raw.slice()) });
    const initial = Float64Array.from({ length: COLUMNS }, (_, c) => (c === 0 ? -1 : 0));
    const { state } = await train(problem({ rollout, bounds, initial, spread: 3 }), options());
    for (const raw of [...seen, state.raw]) {
      raw.forEach((x, i) => {
        const c = Math.floor(i / 4);
        expect(x).toBeGreaterThanOrEqual(bounds.low[c]);
        expect(x).toBeLessThanOrEqual(bounds.high[c]);
      });
    }
    const k = layout.entry('rule.k').column;
    expect(2 ** state.best.raw[k]).toBeCloseTo(0.99, 0);
  });

  it('starts set 0 at the config and draws windows within the train split, aligned', async () => {
    const windows: number[] = [];
    let first: Float64Array | null = null;
    const rollout = fakeRollout({
      onGradient: (raw, w) => {
        first ??= raw.slice();
        windows.push(...w);
      },
    });
    const initial = Float64Array.from({ length: COLUMNS }, (_, c) => c / 4);
    await train(problem({ rollout, initial, windows: rowWindows(SPLIT, 60, 15) }), options());
    initial.forEach((x, c) => {
      expect(first![c * 4]).toBe(x);
      expect(first![c * 4 + 1]).not.toBe(x);
    });
    expect(new Set(windows).size).toBeGreaterThan(20);
    for (const w of windows) expect(w % 15 === 0 && w >= 100 && w + 60 <= 700).toBe(true);
  });

  it('clips each set to the norm; the history has the norm before', async () => {
    const run = (clipNorm: number | null) =>
      train(problem(), options({ clipNorm, iterations: 1, optimizer: { name: 'sgd', learningRate: 1 } }));
    const starts = (await train(problem(), options({ iterations: 1, optimizer: { name: 'sgd', learningRate: 1e-30 } })))
      .state;
    const clipped = (await run(0.25)).state;
    for (let s = 0; s < 4; s++) {
      let squares = 0;
      for (let c = 0; c < COLUMNS; c++) squares += (clipped.raw[c * 4 + s] - starts.raw[c * 4 + s]) ** 2;
      expect(Math.sqrt(squares)).toBeCloseTo(0.25, 5);
    }
    expect(clipped.history[0].gradientNorm).toBeGreaterThan(1);
    expect(clipped.history[0].gradientNorm).toBe((await run(null)).state.history[0].gradientNorm);
  });

  it('stops when patience runs out, with the best kept', async () => {
    // steps away from the maximum: the first validation stays the best
    const initial = Float64Array.from({ length: COLUMNS }, (_, c) => optimum(c));
    const { state, stopped } = await train(
      problem({ initial, spread: 0 }),
      options({ sets: 1, patience: 3, iterations: 500, optimizer: { name: 'sgd', learningRate: 0.1, momentum: 0.9 } }),
    );
    expect(stopped).toBe('patience');
    expect(state.best.iteration).toBe(0);
    expect(state.iteration).toBe(15);
    expect(state.finished).toBe(true);
  });

  it('chooses on the train split where there is no validation split, and says so', async () => {
    const windows = rowWindows({ ...SPLIT, validation: [700, 700] }, 60, 1);
    const result = await train(problem({ windows }), options({ iterations: 3 }));
    expect(result.selectedOn).toBe('train');
    expect((await train(problem(), options({ iterations: 3 }))).selectedOn).toBe('validation');
  });

  it('names parameters without gradient at the start and at the end, and guards that bind', async () => {
    const k = layout.entry('rule.k').column;
    const rollout = fakeRollout({ blind: [0, k + 1], guards: { minimumWeight: 0.125, maximumChange: 0 } });
    const events: TrainEvent[] = [];
    const result = await train(problem({ rollout }), options({ iterations: 2 }), { onEvent: (e) => events.push(e) });
    const names = ['pool.fee', 'rule.k[ETH]'];
    expect(events.find((e) => e.kind === 'zeroGradient')).toEqual({ kind: 'zeroGradient', parameters: names });
    expect(result.withoutGradient).toEqual(names);
    expect(events.find((e) => e.kind === 'guards')).toEqual({ kind: 'guards', shares: { minimumWeight: 0.125 } });
    expect(result.guards).toEqual({ minimumWeight: 0.125 });
  });

  it('tells progress with finite figures', async () => {
    const events: Progress[] = [];
    await train(problem(), options(), { onEvent: (e) => e.kind === 'progress' && events.push(e) });
    expect(events.map((e) => e.iteration)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    for (const { kind, violations, ...figures } of events) {
      expect(kind).toBe('progress');
      expect(violations).toEqual([]);
      expect(Object.values(figures).every(Number.isFinite)).toBe(true);
    }
    expect(events[39].etaSeconds).toBe(0);
  });
});

describe('sets that are not finite', () => {
  it('are isolated, reported and re-seeded; the others take the steps they would have taken', async () => {
    const k = layout.entry('rule.k').column;
    let calls = 0;
    // set 2 breaks once, in the fourth iteration
    const rollout = fakeRollout({
      onGradient: () => calls++,
      breaks: (_x, c, s) => s === 2 && c === k && calls === 4,
    });
    const events: NonFinite[] = [];
    const result = await train(problem({ rollout }), options({ iterations: 12 }), {
      onEvent: (e) => e.kind === 'nonFinite' && events.push(e),
    });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ iteration: 3, set: 2, objective: Number.NaN, parameters: ['rule.k[BTC]'] });
    expect([0, 1, 3]).toContain(events[0].donor);
    expect(result.state.reseeded).toBe(1);
    expect(result.state.raw.every(Number.isFinite)).toBe(true);
    const calm = await train(problem(), options({ iterations: 12 }));
    for (let i = 0; i < result.state.raw.length; i++) {
      if (i % 4 !== 2) expect(result.state.raw[i]).toBe(calm.state.raw[i]);
    }
  });

  it('starts that break are replaced', async () => {
    const rollout = fakeRollout({ breaks: (x) => Math.abs(x) > 2.2 });
    const result = await train(problem({ rollout, spread: 1.5 }), options({ sets: 16, iterations: 60 }));
    expect(result.state.reseeded).toBeGreaterThan(0);
    expect(result.state.raw.every((x) => Math.abs(x) <= 2.2)).toBe(true);
  });

  it('all of them: an error that names the iteration and what to do', async () => {
    let calls = 0;
    const rollout = fakeRollout({ onGradient: () => calls++, breaks: (_x, c) => c === 0 && calls === 3 });
    await expect(train(problem({ rollout }), options())).rejects.toThrow(
      /returns or its gradient is not finite in any of the 4 sets at iteration 2 \(set 0: objective NaN, gradient of pool\.fee\); lower/,
    );
  });
});

describe('learningRate', () => {
  it('warms up, then follows its course', () => {
    const at = (name: 'constant' | 'linear' | 'cosine' | 'exponential', i: number) =>
      learningRate(2, { name, warmup: 10, final: 0.01 }, i, 110);
    for (const name of ['constant', 'linear', 'cosine', 'exponential'] as const) {
      expect(at(name, 0)).toBeCloseTo(2 / 11, 12);
      expect(at(name, 9)).toBeCloseTo(20 / 11, 12);
      expect(at(name, 10)).toBe(2);
      expect(at(name, 110)).toBeCloseTo(name === 'constant' ? 2 : 0.02, 12);
    }
    expect(at('linear', 60)).toBeCloseTo(1.01, 12);
    expect(at('cosine', 60)).toBeCloseTo(1.01, 12);
    expect(at('exponential', 60)).toBeCloseTo(0.2, 12);
  });
});

describe('the windows of recorded rows', () => {
  const starts = ({ windows }: { readonly windows: Int32Array }) => [...windows];

  it('cover the split, the last one flush with its end', () => {
    const validation = rowWindows(SPLIT, 60, 1).validation();
    expect(starts(validation)).toEqual([700, 760, 820, 840]);
    expect(validation.windowRows).toBe(60);
    expect(starts(rowWindows(SPLIT, 60, 1).test()!)).toEqual([900, 940]);
  });

  it('are aligned, and shrink to a short split', () => {
    const split: Split = { ...SPLIT, train: [0, 700], validation: [703, 900] };
    expect(starts(rowWindows(split, 60, 50).validation())).toEqual([750, 800]);
    const short = rowWindows(split, 500, 1).validation();
    expect(starts(short)).toEqual([703]);
    expect(short.windowRows).toBe(197);
  });
});

describe('scenarios', () => {
  it('are others for each purpose, whatever their counts', () => {
    const of = (count: number) => {
      const all = scenarioWindows({ train: count, validation: count, test: count }, 11);
      return [all.draw(count, () => 0.5), all.validation().windows, all.test()!.windows].map((w) => new Set(w));
    };
    const [few, many] = [of(8), of(4096)];
    few.forEach((own, i) => {
      many.forEach((other, j) => {
        expect([...own].filter((x) => other.has(x))).toHaveLength(i === j ? 8 : 0);
      });
    });
  });

  it('are as many rows in all', () => {
    const few = scenarioWindows({ train: 8, validation: 8, test: 8 }, 11);
    expect(few.validation()).toMatchObject({ windowRows: 11, split: 'validation' });
  });

  it('of an iteration are different ones, each as often as any other', () => {
    const all = scenarioWindows({ train: 10, validation: 1, test: 1 }, 11);
    const counts = new Array(10).fill(0);
    for (let i = 0; i < 2000; i++) {
      const drawn = [...all.draw(4, uniforms(3, STREAM.windows, i))];
      expect(new Set(drawn).size).toBe(4);
      expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
      for (const n of drawn) counts[n]++;
    }
    // 800 each, of standard deviation √(2000·.4·.6) = 22
    for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(110);
    expect([...all.draw(99, () => 0.5)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('trainableColumns', () => {
  it('takes the declarations and what the config says', () => {
    expect([...trainableColumns(layout, { 'pool.weights': false })]).toEqual([1, 0, 0, 0, 1, 1, 1]);
  });
});
