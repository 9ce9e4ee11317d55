/** What train, evaluate and weights say of prices that were filled: a dataset by way of import, then every command on it. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runWeights } from '../../src/app/index.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { importFiles } from '../../src/data/import-files.js';
import { jobs } from './jobs.js';

const MINUTE = 60_000;
const T0 = Date.UTC(2025, 0, 1);
const DAYS = 20;

const job = await jobs('prices', { A: () => 1, B: () => 1 }, 1);

const config = {
  pool: { kind: 'tfmm', fee: 0 },
  rule: { kind: 'momentum', chunkPeriod: 720, weightInterpolationPeriod: 720, memoryDays: 1, k: 1 },
  objective: 'returns',
  train: { sets: 1, windows: 2, windowDays: 2, iterations: 2 },
  split: { train: 0.6, validation: 0.2, test: 0.2, burnInDays: 1 },
};

/** Makes prices.arrow of the minutes that each asset has. */
async function imported(minutes: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const files = Object.entries(minutes).map(([asset, at], j) => {
    const price = (t: number) => 10 + Math.sin(t / 500 + j) + ((t * 7919) % 13) / 1000;
    const lines = at.map((t) => `${T0 + t * MINUTE},${price(t)}\n`);
    writeFileSync(job.file(`${asset}.csv`), `time,close\n${lines.join('')}`);
    return { asset, path: job.file(`${asset}.csv`) };
  });
  const options = { columns: {}, volumeUnit: 'base', span: 'union', fill: 'forward', interval: MINUTE } as const;
  await saveDataset(job.file('prices.arrow'), (await importFiles(files, options)).dataset);
}

const every = (step: number, from = 0, to = DAYS * 1440) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

it('hourly prices on a grid of minutes are told by train, in the report and beside the headline', async () => {
  await imported({ A: every(60), B: every(60) });
  const { json } = await job.train(config);
  expect((json as { warnings: string[] }).warnings.join()).toContain('A 98.3 % filled');
  const { text, json: figures } = await job.evaluate();
  for (const asset of ['A', 'B']) {
    expect(figures.warnings.join('\n')).toContain(`${asset}: 98.3 % of the rows are filled (longest gap 59m from`);
    expect(figures.remarks.join('\n')).toContain(`${asset}: 98.3 % of the rows of the test split are filled`);
    expect(text).toContain(`${asset}: 98.3 % of the rows of the test split are filled`);
  }
  expect(figures.quality).toMatchObject({ test: [{ asset: 'A' }, { asset: 'B' }] });
});

it('a gap that is most of the test split is told beside the headline, and by weights a price of days ago', async () => {
  const minutes = every(1);
  await imported({ A: [...every(1, 0, 17 * 1440), DAYS * 1440 - 1], B: minutes });
  await job.train(config);
  const { json } = await job.evaluate();
  const [remark] = json.remarks;
  expect(remark).toMatch(
    /^A: 7\d(\.\d)? % of the rows of the test split are filled \(longest gap 3d from 2025-01-18T00:00Z\)/,
  );
  expect(json.remarks.join()).not.toContain('B: ');

  const live = (at?: string) => runWeights({ checkpoint: job.checkpoint, at, json: true });
  const old = (await live('2025-01-20T23:00Z')).json as { notes: string[]; lastPrices: Record<string, object> };
  expect(old.notes.join()).toContain(
    'the last price of A is of 2025-01-17T23:59Z, 2.96d before the last row: the rows since then are filled with it',
  );
  expect(old.lastPrices).toEqual({
    A: { time: '2025-01-17T23:59:00.000Z', ageMinutes: 4261, known: true },
    B: { time: '2025-01-20T23:00:00.000Z', ageMinutes: 0, known: true },
  });
  const now = (await live()).json as { notes: string[] };
  expect(now.notes.join()).not.toContain('the last price');
});
