/** Options, problems and states to resume that make no sense: one line each, with the value and what to do. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { rawBounds, trainableColumns } from '../../src/train/bounds.js';
import type { TrainOptions, TrainProblem } from '../../src/train/problem.js';
import type { TrainState } from '../../src/train/state.js';
import { train } from '../../src/train/train.js';
import { rowWindows } from '../../src/train/windows.js';
import { COLUMNS, fakeRollout, layout, options, problem, SPLIT, someState } from './fake.js';

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (e: Error) => e,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error!.message).toMatch(message);
  expect(error!.message).not.toContain('\n');
}

describe('bad options', () => {
  const adam = { name: 'adam', learningRate: 0.1 } as const;
  const cases: [string, Partial<TrainOptions>, RegExp][] = [
    ['no sets', { sets: 0 }, /^train: sets: expected a whole number of at least 1, got 0$/],
    ['half a window', { windows: 1.5 }, /windows: expected a whole number of at least 1, got 1.5/],
    ['no iterations', { iterations: Number.NaN }, /iterations: expected .* got NaN/],
    ['never validated', { validateEvery: 0 }, /validateEvery: expected .* got 0/],
    ['no checkpoints', { checkpointEvery: -1 }, /checkpointEvery: expected .* got -1/],
    ['no patience', { patience: 0 }, /patience: expected .* or null for no early stop, got 0/],
    ['a negative clip', { clipNorm: -1 }, /clipNorm: expected a positive number, or null for no clipping, got -1/],
    ['a broken seed', { seed: 2 ** 32 }, /seed: expected a whole number in \[0, 2\^32\), got 4294967296/],
    ['unknown starts', { starts: 'grid' as never }, /starts: expected one of random, sobol, latin-hypercube, got grid/],
    ['an unknown optimiser', { optimizer: { ...adam, name: 'lion' as never } }, /optimizer.name: expected one of adam/],
    [
      'no step',
      { optimizer: { ...adam, learningRate: 0 } },
      /optimizer.learningRate: expected a positive number, got 0/,
    ],
    [
      'too much momentum',
      { optimizer: { ...adam, name: 'sgd', momentum: 1 } },
      /momentum: expected a number in \[0, 1\), got 1/,
    ],
    [
      'too much decay',
      { optimizer: { ...adam, name: 'adamw', weightDecay: 10 } },
      /weightDecay: expected .* = 10\), got 10/,
    ],
    ['an unknown schedule', { schedule: { name: 'step' as never } }, /schedule.name: expected one of constant, linear/],
    [
      'a long warm-up',
      { schedule: { name: 'cosine', warmup: 41 } },
      /schedule.warmup: .* to the 40 iterations, got 41/,
    ],
    [
      'a rising end',
      { schedule: { name: 'cosine', final: 2 } },
      /schedule.final: expected a fraction in \(0, 1\], got 2/,
    ],
  ];
  it.each(cases)('%s', (_name, changes, message) => refused(train(problem(), options(changes)), message));
});

describe('bad problems', () => {
  const zeros = () => new Float64Array(COLUMNS);
  const cases: [string, () => Partial<TrainProblem>, RegExp][] = [
    ['raws of another size', () => ({ initial: new Float64Array(2) }), /initial: expected 7 columns, got 2/],
    [
      'everything frozen',
      () => ({ trainable: new Uint8Array(COLUMNS) }),
      /every parameter is frozen \(pool.fee, .*\); free one/,
    ],
    [
      'a start at the end of the range',
      () => ({ initial: zeros().fill(-Infinity, 0, 1) }),
      /pool.fee starts at a raw value of -Infinity/,
    ],
    [
      'a start out of the range',
      () => ({ initial: zeros().fill(Number.NaN, 4, 5) }),
      /rule.k starts at a raw value of NaN/,
    ],
    [
      'a start out of bounds',
      () => ({ bounds: { low: zeros().fill(1), high: zeros().fill(2) } }),
      /pool.fee starts at raw 0, outside its bounds \[1, 2\]/,
    ],
    ['a negative spread', () => ({ spread: -1 }), /spread: expected a number of at least 0, got -1/],
    [
      'a window longer than the split',
      () => ({ windows: rowWindows(SPLIT, 601, 1) }),
      /windows: expected room for a window of 601 rows, got rows 100 to 700/,
    ],
    [
      'an objective that is never finite',
      () => ({ rollout: fakeRollout({ breaks: () => true }) }),
      /not finite in any of the 4 sets at iteration 0/,
    ],
  ];
  it.each(cases)('%s', (_name, changes, message) => refused(train(problem(changes()), options()), message));

  it('an alignment that leaves no validation', () => {
    const windows = rowWindows({ ...SPLIT, train: [0, 700], validation: [701, 703] }, 60, 60);
    return refused(train(problem({ windows }), options()), /at least 2 rows from a start on a multiple of 60/);
  });

  it.each([
    ['a window of one row', 1, 1, 'windows: rows: expected a whole number of at least 2, got 1'],
    ['no alignment', 60, 0, 'windows: alignTo: expected a whole number of at least 1, got 0'],
  ])('%s', (_name, rows, alignTo, message) => {
    expect(() => rowWindows(SPLIT, rows, alignTo)).toThrow(message);
  });

  it('validation that is nowhere finite', () => {
    const { resumable, ...rollout } = fakeRollout();
    const value = function* (...args: Parameters<typeof resumable.value>) {
      const scores = yield* resumable.value(...args);
      return { ...scores, objective: scores.objective.map(() => Number.NaN) };
    };
    return refused(
      train(problem({ rollout: { ...rollout, resumable: { ...resumable, value } } }), options()),
      /not finite on the validation windows for any of the 4 starting sets/,
    );
  });
});

describe('bad bounds', () => {
  const cases: [string, Parameters<typeof rawBounds>[1], RegExp][] = [
    [
      'of an unknown parameter',
      { 'rule.q': { low: 1 } },
      /one of pool.fee, pool.weights, rule.k was expected, got rule.q/,
    ],
    ['of the simplex', { 'pool.weights': { low: 0.1 } }, /pool.weights lies on the simplex/],
    ['the wrong way round', { 'pool.fee': { low: 0.5, high: 0.1 } }, /low < high was expected, got 0.5 and 0.1/],
    ['out of the transform', { 'pool.fee': { high: 1.5 } }, /pool.fee: a value from 0 to 1 was expected, got 1.5/],
  ];
  it.each(cases)('%s', (_name, bounds, message) => {
    expect(() => rawBounds(layout, bounds)).toThrow(UserError);
    expect(() => rawBounds(layout, bounds)).toThrow(message);
  });

  it('trainable names that do not exist', () => {
    expect(() => trainableColumns(layout, { 'pool.depth': true })).toThrow(/got pool.depth/);
  });
});

describe('bad resumes', () => {
  const cases: [string, Partial<TrainState>, RegExp][] = [
    ['other sets', {}, /^resume: the checkpoint has sets 2, got 4; resume with the settings/],
    ['another seed', { sets: 4, seed: 8 }, /has seed 8, got 7/],
    ['another optimiser', { sets: 4, optimizer: 'sgd' }, /has optimizer sgd, got adam/],
    ['other columns', { sets: 4, raw: new Float64Array(8) }, /has raw columns 2, got 7/],
    ['too far', { sets: 4, raw: new Float64Array(4 * COLUMNS), iteration: 41 }, /has 41 iterations done, got 40 to do/],
    [
      'other slots',
      { sets: 4, raw: new Float64Array(4 * COLUMNS) },
      /slots beta1\^t \(1\), beta2\^t \(1\), m \(28\), v \(28\), got m \(1\); resume with/,
    ],
  ];
  it.each(cases)('%s', (_name, changes, message) =>
    refused(train(problem(), options(), { resume: someState(changes) }), message));
});
