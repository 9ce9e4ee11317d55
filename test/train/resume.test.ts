/** Interrupted runs, resumed through a checkpoint file, end in the same bits as uninterrupted ones. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resumable } from '../../src/targets/resumable.js';
import { draw } from '../../src/targets/runtime.js';
import { checkpointLayout } from '../../src/train/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint-file.js';
import type { TrainEvent } from '../../src/train/events.js';
import type { TrainableRollout, TrainOptions } from '../../src/train/problem.js';
import type { TrainState } from '../../src/train/state.js';
import { train } from '../../src/train/train.js';
import { fakeRollout, layout, options, problem } from './fake.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poolgrad-'));
});
afterAll(() => rm(folder, { recursive: true }));

const save = (path: string) => (state: TrainState) =>
  saveCheckpoint(path, {
    program: '0.1.0',
    config: { name: 'test' },
    dataset: { path: 'prices.arrow', hash: 'abc', assets: ['BTC', 'ETH', 'SOL'], rows: 1000 },
    layout: checkpointLayout(layout),
    state,
  });

/** Sets break here and there, as if by chance, so that re-seeding is on the way too. */
const task = () => problem({ rollout: fakeRollout({ breaks: (x) => Math.sin(1e4 * x) > 0.99999 }), spread: 1.3 });

/** The same roll-out, whose answers take two parts. */
function inHalves({ layout, resumable }: TrainableRollout): TrainableRollout {
  const halved = <A extends unknown[], T>(answer: (...asked: A) => Resumable<T>) =>
    function* (...asked: A): Resumable<T> {
      yield 0.5;
      return yield* answer(...asked);
    };
  const { value, gradient, tally } = resumable;
  return { layout, resumable: { value: halved(value), gradient: halved(gradient), tally: halved(tally) } };
}

/** Runs in pieces: `stops` are iterations after which the signal is given; each piece starts from the file. */
async function inPieces(path: string, o: TrainOptions, stops: readonly number[]): Promise<TrainState> {
  let resume: TrainState | undefined;
  for (const stop of [...stops, Infinity]) {
    const abort = new AbortController();
    const result = await train(task(), o, {
      save: save(path),
      signal: abort.signal,
      resume,
      onEvent: (e) => e.kind === 'progress' && e.iteration === stop && abort.abort(),
    });
    expect(result.stopped).toBe(stop === Infinity ? 'iterations' : 'signal');
    resume = (await loadCheckpoint(path)).state;
    expect(resume).toEqual(result.state);
    if (stop !== Infinity) expect([resume.iteration, resume.finished]).toEqual([stop, false]);
  }
  return resume!;
}

const cases: { name: string; changes: Partial<TrainOptions> }[] = [
  { name: 'adam, cosine', changes: { schedule: { name: 'cosine', warmup: 4 } } },
  {
    name: 'adamw, Latin hypercube',
    changes: { optimizer: { name: 'adamw', learningRate: 0.2 }, starts: 'latin-hypercube' },
  },
  {
    name: 'sgd, clipped',
    changes: { optimizer: { name: 'sgd', learningRate: 0.01, momentum: 0.8 }, clipNorm: 1, starts: 'random' },
  },
];

describe.each(cases)('resume: $name', ({ changes }) => {
  const o = options({ sets: 9, iterations: 60, validateEvery: 4, ...changes });

  it('at random iterations, bit for bit, the files too', async () => {
    const whole = await train(task(), o);
    expect(whole.state.reseeded).toBeGreaterThan(0);
    const fresh = join(folder, 'whole.json');
    await save(fresh)(whole.state);
    for (let trial = 0; trial < 4; trial++) {
      const stops = [0, 1, 2].map((i) => 1 + Math.floor(draw(trial, 0, i, 0) * 59)).sort((a, b) => a - b);
      const path = join(folder, `${trial}.json`);
      const pieces = await inPieces(path, o, [...new Set(stops)]);
      expect(pieces).toEqual(whole.state);
      expect(await readFile(path)).toEqual(await readFile(fresh));
    }
  });
});

describe('resume', () => {
  it('goes on from the last periodic checkpoint after a run that died without saving', async () => {
    const path = join(folder, 'died.json');
    const o = options({ iterations: 35, checkpointEvery: 10 });
    const dies = train(task(), o, {
      save: save(path),
      onEvent: (e) => {
        if (e.kind === 'progress' && e.iteration === 27) throw new Error('power cut');
      },
    });
    await expect(dies).rejects.toThrow('power cut');
    const { state } = await loadCheckpoint(path);
    expect(state.iteration).toBe(20);
    const resumed = await train(task(), o, { resume: state });
    expect(resumed.state).toEqual((await train(task(), o)).state);
    expect((await readdir(folder)).filter((f) => !f.endsWith('.json'))).toEqual([]);
  });

  it('extends a finished run as if it had been longer from the start', async () => {
    const short = await train(task(), options({ iterations: 20 }));
    const longer = await train(task(), options({ iterations: 45 }), { resume: short.state });
    expect(longer.state).toEqual((await train(task(), options({ iterations: 45 }))).state);
  });

  it('of a run that was stopped within a step measures that step anew', async () => {
    const whole = await train(task(), options());
    for (const doing of ['gradient', 'validation', 'guards'] as const) {
      const abort = new AbortController();
      const iteration = doing === 'guards' ? 0 : 10;
      const events: TrainEvent[] = [];
      const given = { ...task(), rollout: inHalves(task().rollout) };
      const stopped = train(given, options(), {
        signal: abort.signal,
        onEvent(e) {
          events.push(e);
          if (e.kind === 'share' && e.doing === doing && e.iteration === iteration) abort.abort();
        },
      });
      if (doing === 'guards') {
        await expect(stopped).rejects.toThrow(
          'stopped before the first iteration was measured; there is nothing to save',
        );
        continue;
      }
      const { state, stopped: by } = await stopped;
      expect([by, state.iteration, state.history.length, state.finished]).toEqual(['signal', 10, 10, false]);
      expect(events[events.length - 1]).toEqual({ kind: 'share', iteration: 10, iterations: 40, doing, share: 0.5 });
      const atOnce = new AbortController();
      atOnce.abort();
      const again = await train(given, options(), { signal: atOnce.signal, resume: state });
      expect([again.state, again.stopped, again.stepsPerSecond]).toEqual([state, 'signal', 0]);
      expect((await train(task(), options(), { resume: again.state })).state).toEqual(whole.state);
    }
  });

  it('of a finished run changes nothing', async () => {
    const { state } = await train(task(), options());
    expect((await train(task(), options(), { resume: state })).state).toEqual(state);
  });

  it('counts patience across the interruption', async () => {
    const o = options({ iterations: 400, patience: 4, optimizer: { name: 'sgd', learningRate: 0.02, momentum: 0.9 } });
    const whole = await train(task(), o);
    expect(whole.stopped).toBe('patience');
    const abort = new AbortController();
    const stop = whole.state.iteration - 3;
    const part = await train(task(), o, {
      signal: abort.signal,
      onEvent: (e) => e.kind === 'progress' && e.iteration === stop && abort.abort(),
    });
    const rest = await train(task(), o, { resume: part.state });
    expect(rest.stopped).toBe('patience');
    expect(rest.state).toEqual(whole.state);
  });
});
