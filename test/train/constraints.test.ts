/** Constraints: steps that keep them, the optimum that training finds beside its closed form, resuming, what is chosen. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoresAndGradient } from '../../src/rollout/rollout.js';
import { atOnce } from '../../src/targets/resumable.js';
import { checkpointLayout } from '../../src/train/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import { type Constraint, excess, held, keptStep } from '../../src/train/constraints.js';
import type { TrainableRollout } from '../../src/train/problem.js';
import type { TrainState } from '../../src/train/state.js';
import { train } from '../../src/train/train.js';
import { isBetter } from '../../src/train/validate.js';
import { scenarioWindows } from '../../src/train/windows.js';
import { COLUMNS, layout, options, problem } from './fake.js';

const SCENARIOS = scenarioWindows({ train: 3, validation: 2, test: 1 }, 10);
const factor = (c: number) => 1 + c;
/** Where column c of a scenario is best; the mean over the scenarios of training is 0.3c + 1. */
const best = (c: number, w: number) => 0.3 * c + 1 + [0.1, -0.1, 0][w % 3];
const mean = (c: number) => 0.3 * c + 1;

/** −Σ (1 + c)(x_c − best)², measured beside it: Σ x_c + .01(w mod 3), and Σ x_c². Both hang on nothing else. */
function fake(): TrainableRollout {
  const answer = (raw: Float64Array, windows: Int32Array, counts?: Float64Array): ScoresAndGradient => {
    const sets = raw.length / COLUMNS;
    const at = (c: number, s: number) => raw[c * sets + s];
    const over = (of: (c: number, w: number) => number) =>
      [...windows].reduce(
        (sum, w) => sum + Array.from({ length: COLUMNS }, (_, c) => of(c, w)).reduce((a, b) => a + b),
        0,
      ) / windows.length;
    const outputs = (s: number) => [
      over((c, w) => -factor(c) * (at(c, s) - best(c, w)) ** 2),
      over((c, w) => at(c, s) + (0.01 * (w % 3)) / COLUMNS),
      over((c) => at(c, s) ** 2),
    ];
    const by = Array.from({ length: sets }, (_, s) => outputs(s));
    // the sum, then the squares
    const lanes = windows.length * sets;
    const measuresByWindow = Float64Array.from({ length: 2 * lanes }, (_, i) => {
      const [lane, s] = [i % lanes, i % sets];
      const columns = Array.from({ length: COLUMNS }, (_c, c) => (i < lanes ? at(c, s) : at(c, s) ** 2));
      return columns.reduce((a, b) => a + b) + (i < lanes ? 0.01 * (windows[Math.floor(lane / sets)] % 3) : 0);
    });
    const slopes = (c: number, s: number) => [
      [...windows].reduce((sum, w) => sum - 2 * factor(c) * (at(c, s) - best(c, w)), 0) / windows.length,
      1,
      2 * at(c, s),
    ];
    const count = (k: number, s: number) => counts?.[k * sets + s] ?? (k === 0 ? 1 : 0);
    return {
      objective: Float64Array.from(by, ([j]) => j),
      byWindow: new Float64Array(windows.length * sets),
      ...{ measures: Float64Array.from([...by.map((o) => o[1]), ...by.map((o) => o[2])]), measuresByWindow },
      gradient: raw.map((_, i) => {
        const [c, s] = [Math.floor(i / sets), i % sets];
        return slopes(c, s).reduce((sum, x, k) => sum + count(k, s) * x, 0);
      }),
    };
  };
  return {
    layout,
    resumable: {
      value: (raw, windows) => atOnce(() => answer(raw, windows)),
      gradient: (raw, windows, _rows, counts) => atOnce(() => answer(raw, windows, counts)),
      tally: () => atOnce(() => ({})),
    },
  };
}

const task = (constraints: readonly Constraint[], initial = new Float64Array(COLUMNS)) =>
  problem({ rollout: fake(), windows: SCENARIOS, constraints, initial });
const FREE: Constraint = { name: 'squares', kind: 'atMost', bound: 1e6 };
const sumOf = (raw: Float64Array) => raw.reduce((a, b) => a + b, 0);
const o = options({
  sets: 1,
  windows: 3,
  iterations: 250,
  validateEvery: 5,
  patience: null,
  schedule: { name: 'cosine' },
});

describe('keptStep', () => {
  const free = {
    step: Float64Array.of(1, 1, 1),
    metric: Float64Array.of(1, 2, 4),
    low: new Float64Array(3).fill(-10),
    high: new Float64Array(3).fill(10),
  };
  const g = Float64Array.of(1, -1, 2);

  it('is the nearest step in the metric that keeps the constraint by its gradient', () => {
    // w = ∂v·δ/Σ M∂v² = 2/19 at v = 0; with v = 1 half of it is taken back: (2 + .5)/19
    const { step, multipliers } = keptStep(free, [1], [g], [0]);
    expect(multipliers[0]).toBeCloseTo(2 / 19, 12);
    [1, 1, 1].forEach((x, c) => {
      expect(step[c]).toBeCloseTo(x - free.metric[c] * (2.5 / 19) * g[c], 12);
    });
    expect(step[0] - step[1] + 2 * step[2]).toBeCloseTo(-0.5, 12);
  });
  it('leaves a step alone that keeps it', () => {
    expect([...keptStep(free, [-10], [g], [0]).step]).toEqual([1, 1, 1]);
    expect([...keptStep({ ...free, step: Float64Array.of(-1, 0, 0) }, [0], [g], [0]).step]).toEqual([-1, 0, 0]);
  });
  it('lets the others do what a column at its bound cannot', () => {
    const { step } = keptStep({ ...free, high: Float64Array.of(10, 1.05, 10) }, [0], [g], [0]);
    expect(step[1]).toBe(1.05);
    expect(step[0] - step[1] + 2 * step[2]).toBeCloseTo(0, 9);
  });
  it('keeps several at once', () => {
    const h = Float64Array.of(0, 1, 0.5);
    const { step } = keptStep(free, [0, 0], [g, h], [0, 0]);
    expect(step[0] - step[1] + 2 * step[2]).toBeLessThan(1e-9);
    expect(step[1] + 0.5 * step[2]).toBeLessThan(1e-9);
  });
});

describe('train under constraints', () => {
  it.each(['adam', 'sgd'] as const)('finds the optimum of a quadratic under a linear bound: %s', async (name) => {
    const bound = 5;
    const optimizer = { name, learningRate: name === 'adam' ? 0.1 : 0.05 };
    const { state, constraints } = await train(task([{ name: 'sum', kind: 'atMost', bound, within: 1e-6 }, FREE]), {
      ...o,
      optimizer,
    });
    // x = t − λ/(2f), λ = (Σt + .01 − b)/Σ 1/(2f): the measure is Σx + the mean of .01w, w = 0, 1, 2
    const columns = Array.from({ length: COLUMNS }, (_, c) => c);
    const lambda =
      (columns.reduce((sum, c) => sum + mean(c), 0) + 0.01 - bound) /
      columns.reduce((sum, c) => sum + 1 / (2 * factor(c)), 0);
    columns.forEach((c) => {
      expect(state.raw[c], `column ${c}`).toBeCloseTo(mean(c) - lambda / (2 * factor(c)), 3);
    });
    expect(sumOf(state.raw) + 0.01).toBeCloseTo(bound, 6);
    expect(state.multipliers?.[0]).toBeCloseTo(lambda, 2);
    expect(state.multipliers?.[1]).toBe(0);
    expect(constraints.map(({ training }) => training.holds)).toEqual([true, true]);
  });
  it('holds what is to be at least, relative to the start', async () => {
    const initial = new Float64Array(COLUMNS).fill(2.5);
    const at: Constraint = { name: 'sum', kind: 'atLeast', bound: 'start', within: 1e-6 };
    const { state, constraints } = await train(task([at, FREE], initial), o);
    expect(sumOf(state.raw)).toBeCloseTo(sumOf(initial), 6);
    expect(constraints[0].training).toMatchObject({ holds: true });
    expect(constraints[0].training.limit).toBeCloseTo(sumOf(initial) + 0.01, 9);
  });
  it('comes back from a start far beyond a bound', async () => {
    const initial = new Float64Array(COLUMNS).fill(4);
    const { state, constraints } = await train(
      task([{ name: 'sum', kind: 'atMost', bound: 3, within: 1e-5 }, FREE], initial),
      o,
    );
    expect(constraints[0]).toMatchObject({ training: { holds: true } });
    expect(state.history[0].violations?.[0]).toBeCloseTo(28.01 - 3, 9);
  });
  it('does nothing where there is room', async () => {
    const roomy = [{ name: 'sum', kind: 'atMost', bound: 1e3 } as const, FREE];
    const [free, bounded] = [await train(task([FREE, FREE]), o), await train(task(roomy), o)];
    expect(bounded.state.raw).toEqual(free.state.raw);
    expect(bounded.state.multipliers).toEqual(new Float64Array(2));
  });
  it('chooses among the sets that hold, and else what misses by least', async () => {
    const some = options({ ...o, sets: 5, iterations: 12, validateEvery: 1 });
    const bound: Constraint = { name: 'sum', kind: 'atMost', bound: 4, within: 0.01 };
    const events: boolean[] = [];
    const { state } = await train(task([bound, FREE]), some, {
      onEvent: (e) => e.kind === 'validation' && events.push(e.holds),
    });
    expect(state.best.excess).toBe(0);
    expect(sumOf(state.best.raw)).toBeLessThan(4.1);
    expect(events.at(-1)).toBe(true);
    const never = await train(task([{ ...bound, bound: -1e3, within: 1 }, FREE]), some);
    expect(never.state.best.excess).toBeGreaterThan(500);
    expect(never.constraints[0].validation.holds).toBe(false);
    expect(isBetter({ validation: 1, excess: 2 }, { validation: 9, excess: 3 })).toBe(true);
    expect(isBetter({ validation: 1, excess: 0 }, { validation: 9, excess: 3 })).toBe(true);
    expect(isBetter({ validation: 1, excess: 0 }, { validation: 9, excess: 0 })).toBe(false);
    expect(isBetter({ validation: 1 }, { validation: 0 })).toBe(true);
  });
});

describe('held', () => {
  const most = { name: 'm', kind: 'atMost', bound: 40 } as const;
  const none = new Float64Array(0);
  const of = (...values: number[]) => Float64Array.from(values);

  it('measures by what is asked', () => {
    expect(held(most, of(40.03), none)).toMatchObject({ holds: true, tolerance: 0.04, standardError: 0 });
    expect(held(most, of(40.05), none)).toMatchObject({ holds: false, fails: true });
    expect(held({ ...most, kind: 'atLeast', bound: 'start', within: 0.1 }, of(39.95), of(40))).toMatchObject({
      limit: 40,
      holds: true,
    });
    expect(excess([held(most, of(40.12), none), held(most, of(39), none)])).toBeCloseTo(2, 9);
  });
  it('leaves open what windows cannot tell', () => {
    // off by −.1, .1, .3: mean .1, s.e. .2/√3 = .1155
    const some = held({ ...most, bound: 'start', within: 0.05 }, of(39.9, 41.1, 42.3), of(40, 41, 42));
    expect(some.standardError).toBeCloseTo(0.2 / Math.sqrt(3), 12);
    expect(some).toMatchObject({ holds: false, fails: false });
    expect(excess([some])).toBe(0);
    expect(held({ ...most, bound: 'start', within: 0.05 }, of(40.4, 41.4, 42.4), of(40, 41, 42)).fails).toBe(true);
  });
});

describe('resume under constraints', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'poolgrad-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const constraints = [{ name: 'sum', kind: 'atMost', bound: 5 } as const, { ...FREE, bound: 'start' } as const];
  const start = new Float64Array(COLUMNS).fill(1);
  const save = (path: string) => (state: TrainState) =>
    saveCheckpoint(path, {
      ...{ program: '0.1.0', config: { name: 'test' }, dataset: null, layout: checkpointLayout(layout), state },
    });

  it('ends in the same bits as a run without a stop', async () => {
    const [path, fresh] = [join(folder, 'a.json'), join(folder, 'whole.json')];
    const some = options({ ...o, sets: 3, windows: 2, iterations: 40 });
    const whole = await train(task(constraints, start), some, { save: save(fresh) });
    const abort = new AbortController();
    await train(task(constraints, start), some, {
      ...{ save: save(path), signal: abort.signal },
      onEvent: (e) => e.kind === 'progress' && e.iteration === 17 && abort.abort(),
    });
    const { state } = await loadCheckpoint(path);
    expect(state.iteration).toBe(17);
    expect(state.multipliers?.some((x) => x > 0)).toBe(true);
    const resumed = await train(task(constraints, start), some, { save: save(path), resume: state });
    expect(resumed.state).toEqual(whole.state);
    expect(await readFile(path)).toEqual(await readFile(fresh));
  });
  it('refuses a checkpoint of other constraints', async () => {
    const some = options({ ...o, iterations: 5 });
    const { state } = await train(task([...constraints]), some);
    const without = problem({ rollout: fake(), windows: SCENARIOS });
    await expect(train(without, { ...some, iterations: 9 }, { resume: state })).rejects.toThrow(
      'resume: multipliers of 0 constraints in 1 sets were expected, got 2',
    );
  });
});
