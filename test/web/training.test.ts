/** A training of the page: the bits of the command line, pausing, and what it tells on its way. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { registry } from '../../kernels/index.js';
import type { Session } from '../../src/app/prepared.js';
import { openSession } from '../../src/app/session.js';
import { runTrain } from '../../src/app/train.js';
import { loadConfig } from '../../src/config/index.js';
import { columnOf } from '../../src/rollout/layout.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { type Begun, type News, Training } from '../../web/src/engine/training.js';

const CONFIG = {
  data: { file: join(import.meta.dirname, '../../datasets/two-assets-90d.arrow') },
  pool: { kind: 'constant-weight', weights: { train: true }, fee: { value: 0.003, train: true } },
  flow: { kind: 'elastic', v0: 0.0005 },
  objective: 'returns_over_hodl',
  train: { sets: 3, windows: 2, windowDays: 1, iterations: 14, validateEvery: 3, seed: 5 },
  run: { device: 'wasm', threads: 2 },
};

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poolgrad-'));
  file = join(folder, 'pool.yaml');
  await writeFile(file, stringify(CONFIG));
});
afterAll(() => rm(folder, { recursive: true }));

const session = async (set: readonly string[] = []): Promise<Session> =>
  openSession(await loadConfig(file, registry, { set }), undefined, true);

/** Runs a training to its end; `during` is called with it and everything that it tells. */
async function run(of: Session, during: (training: Training, told: Begun | News) => void = () => {}) {
  const told: (Begun | News)[] = [];
  const training: Training = new Training(of, (news) => {
    told.push(news);
    during(training, news);
  });
  try {
    return { outcome: await training.run(), told };
  } finally {
    of.rollout.dispose();
  }
}

const newsOf = (told: readonly (Begun | News)[]) => told.filter((t) => t.kind === 'news');

describe('a training of the page', () => {
  it('ends in the bits of poolgrad train with the same config', async () => {
    const out = join(folder, 'cli.json');
    const { signal } = new AbortController();
    await runTrain({ config: file, out, set: [], json: true, signal });
    const { outcome } = await run(await session());
    expect(outcome.state).toEqual((await loadCheckpoint(out)).state);
    expect(outcome.stopped).toBe('iterations');
  });

  it('tells everything once, in values and raw numbers, and how it ends', async () => {
    const of = await session();
    const { layout } = of.rollout;
    const { outcome, told } = await run(of);
    const begun = told[0] as Begun;
    expect(begun.columns.map(({ label }) => label)).toEqual(['Weights, SYNA', 'Weights, SYNB', 'Fee']);
    expect([begun.sets, begun.iterations, begun.lanes]).toEqual([3, 14, '2 windows of 1440 minutes']);
    const news = newsOf(told);
    expect(news.flatMap(({ entries }) => entries)).toEqual(outcome.state.history);
    const courses = news.flatMap(({ course }) => (course === null ? [] : [course]));
    expect(courses.flatMap(({ iterations }) => [...iterations])).toEqual(outcome.state.history.map((h) => h.iteration));
    const { values } = courses[courses.length - 1];
    // of the last iteration: three columns of three sets
    const last = values.slice(-9);
    for (let set = 0; set < 3; set++) {
      const own = layout.values(columnOf(outcome.state.raw, 3, set));
      expect([...columnOf(last, 3, set)]).toEqual([...own['constant-weight.weights'], ...own['constant-weight.fee']]);
    }
    expect(news.at(-1)!.best).toEqual(outcome.best);
    expect(outcome.tuned).toEqual(layout.values(outcome.state.best.raw));
  });

  it('pauses where it is and goes on to the same end', async () => {
    const { outcome: whole } = await run(await session());
    let paused = 0;
    const { outcome } = await run(await session(), (training, told) => {
      if (told.kind === 'begun') training.pause();
      if (told.kind !== 'news' || told.state !== 'paused') return;
      paused++;
      setTimeout(() => {
        training.goOn();
        if (paused < 3) training.pause();
      }, 5);
    });
    expect(paused).toBe(3);
    expect(outcome.state).toEqual(whole.state);
  });

  it('is stopped while it is paused, and goes on from there as a new one', async () => {
    const { outcome: whole } = await run(await session());
    let measured = 0;
    const { outcome: part } = await run(await session(), (training, told) => {
      if (told.kind === 'begun') training.pause();
      if (told.kind !== 'news' || told.state !== 'paused') return;
      // a part of the work at a time, until two iterations are done
      measured += told.entries.length;
      setTimeout(() => {
        if (measured > 2) training.stop();
        training.goOn();
        if (measured <= 2) training.pause();
      }, 0);
    });
    expect(part.stopped).toBe('signal');
    expect(part.state.iteration).toBeGreaterThan(0);
    expect(part.state.iteration).toBeLessThan(14);
    const of = await session();
    const rest = await new Training(of, () => {}, { state: part.state, iterations: 14 }).run();
    of.rollout.dispose();
    expect(rest.state).toEqual(whole.state);
  });

  it('keeps what it tells within a bound, with the last place', async () => {
    const of = await session(['train.sets=700', 'train.iterations=9', 'train.windowDays=0.05', 'train.windows=1']);
    const { outcome, told } = await run(of);
    for (const { course } of newsOf(told)) expect(course?.values.length ?? 0).toBeLessThanOrEqual(8192);
    const last = newsOf(told).findLast(({ course }) => course !== null)!.course!;
    expect(last.iterations.at(-1)).toBe(outcome.state.iteration);
  });

  it('warns as the command line does', async () => {
    const set = ['train.iterations=1', 'train.sets=1', 'train.windows=1', 'rule.k=100'];
    const momentum = await openSession(await loadConfig('configs/momentum.yaml', registry, { set }), 'wasm', true);
    const { told } = await run(momentum);
    const warnings = newsOf(told).flatMap((news) => news.warnings);
    expect(warnings).toContainEqual(
      expect.stringMatching(/^guards bind: .* % of rule steps; gradients through them are 0$/),
    );
  });
});
