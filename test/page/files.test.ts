/** Files of the page: what is opened there becomes its prices and its values, and what is saved the command line reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/app/index.js';
import { loadDataset } from '../../src/data/dataset-file.js';
import { decodeCheckpoint } from '../../src/train/checkpoint.js';
import { fileHandlers, type Saved } from '../../web/src/engine/files.js';
import type { DataRef } from '../../web/src/state.js';
import { FEES, trainedIn } from '../app/setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-page-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const turn = { signal: new AbortController().signal, tell: () => {} };

/** What a handler answers; a test cancels none. */
async function answered<A>(answer: Promise<A | null> | A): Promise<A> {
  const came = await answer;
  if (came === null) throw new Error('an answer was expected');
  return came;
}

const file = (name: string, content: string | Uint8Array) => new File([new Uint8Array(Buffer.from(content))], name);

const START = Date.UTC(2024, 0, 1);
const candles = (k: number) =>
  file(
    `${['BTC', 'ETH'][k]}USDT-1m.csv`,
    ['timestamp,close,volume']
      .concat(
        Array.from(
          { length: 10 * 1440 },
          (_, t) => `${START + 60_000 * t},${(100 * (1 + k) * (1 + 0.05 * Math.sin(t / (400 + 90 * k)))).toFixed(4)},1`,
        ),
      )
      .join('\n'),
  );

const keep = ({ name, content }: Saved): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const CONFIG = {
  pool: { kind: 'constant-weight', fee: { value: 0.002, train: true } },
  flow: { kind: 'elastic', v0: 0.0005 },
  objective: 'returns',
  split: { burnInDays: 1 },
  train: { windowDays: 1, sets: 2, windows: 2, iterations: 2 },
};

describe('files of the page', () => {
  let data: DataRef = { from: 'shipped' };

  it('candles that are dropped become its prices', async () => {
    const files = [candles(0), candles(1)];
    expect(await answered(fileHandlers.signs(files, turn))).toEqual([
      { asset: 'BTC', formats: [] },
      { asset: 'ETH', formats: [] },
    ]);
    const ask = { files: files.map((f) => ({ asset: null, file: f })), format: null };
    const opened = await answered(fileHandlers.openPrices(ask, turn));
    expect(opened.text).toContain('14400 rows of 1m');
    expect(opened.data).toMatchObject({ from: 'file', name: 'BTCUSDT-1m.arrow' });
    data = opened.data;
  });

  it('what is wrong with one is told as by the command line', async () => {
    const bad = file('X.csv', 'timestamp,close\n1,2\n2,x\n');
    const ask = { files: [{ asset: 'X', file: bad }], format: null };
    await expect(Promise.resolve(fileHandlers.openPrices(ask, turn))).rejects.toThrow(
      "X.csv line 3: expected a finite number for close, got 'x'",
    );
  });

  it('config, checkpoint and prices are saved, and evaluated by the command line', async () => {
    const save = (what: string) =>
      answered(fileHandlers.save({ what, config: CONFIG, data, state: null, name: 'pool.json' }, turn));
    const savable = (pool: object) => answered(fileHandlers.savable({ config: { ...CONFIG, pool }, data }, turn));
    expect(await savable(CONFIG.pool)).toEqual(['json', 'balancer-weighted']);
    expect(await savable({ kind: 'hmm' })).toEqual(['json', 'hmm-solidity']);
    expect(await savable({ kind: 'e-clp' })).toEqual(['json']);
    const prices = await loadDataset(keep(await save('prices')));
    expect(prices.assets).toEqual(['BTC', 'ETH']);
    expect((await save('config')).content).toContain('file: BTCUSDT-1m.arrow');
    const path = keep(await save('checkpoint'));
    expect(decodeCheckpoint(readFileSync(path, 'utf8'), path).dataset?.hash).toBe(prices.hash);
    const options = { checkpoint: path, out: join(folder, 'page.html'), json: true };
    const { json } = await runEvaluate(options as Parameters<typeof runEvaluate>[0]);
    expect((json as { headline: { value: number } }).headline.value).toEqual(expect.any(Number));
    const exported = await save('json');
    expect(exported.name).toBe('pool.pool.json');
    expect(JSON.parse(String(exported.content)).pool.parameters.fee.value).toBeCloseTo(0.002, 12);
  });

  it('a checkpoint of the command line puts its set into the config, to the bit', async () => {
    const path = await trainedIn(folder, 'fees', FEES);
    const made = file('prices.arrow', readFileSync(join(folder, 'prices.arrow')));
    const asked = { files: [{ asset: null, file: made }], format: null };
    const { data: own } = await answered(fileHandlers.openPrices(asked, turn));
    const text = readFileSync(path, 'utf8');
    const opened = await answered(fileHandlers.openCheckpoint({ file: file('fees.json', text), data: own }, turn));
    expect(opened.warnings).toEqual([]);
    const again = await answered(
      fileHandlers.save({ what: 'checkpoint', config: opened.config, data: own, state: null, name: 'x.json' }, turn),
    );
    const { state } = decodeCheckpoint(text, path);
    expect(decodeCheckpoint(String(again.content), 'x.json').state.best.raw).toEqual(state.best.raw);
    const other = fileHandlers.openCheckpoint({ file: file('fees.json', text), data }, turn);
    await expect(Promise.resolve(other)).rejects.toThrow('prices of A, B were expected, as the checkpoint has them');
  });
});
