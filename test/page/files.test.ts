/** Files of the page: what is opened there becomes its prices and its values, and what is saved the command line reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/app/index.js';
import type { Earlier } from '../../src/app/training.js';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { decodeCheckpoint } from '../../src/train/checkpoint.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { fileHandlers, type Saved } from '../../web/src/engine/files.js';
import { modelHandlers } from '../../web/src/engine/models.js';
import { trainHandlers } from '../../web/src/engine/train.js';
import type { Begun, News } from '../../web/src/engine/training.js';
import type { DataRef } from '../../web/src/state.js';
import { FEES, MOMENTUM, prices, trainedIn, training } from '../app/setup.js';

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

  it('a checkpoint whose fee is 0, which no raw number stands for, opens, trains, goes on and is saved', async () => {
    const path = await trainedIn(folder, 'free', MOMENTUM);
    const made = file('prices.arrow', readFileSync(join(folder, 'prices.arrow')));
    const asked = { files: [{ asset: null, file: made }], format: null };
    const { data: own } = await answered(fileHandlers.openPrices(asked, turn));
    const text = readFileSync(path, 'utf8');
    const opened = await answered(fileHandlers.openCheckpoint({ file: file('free.json', text), data: own }, turn));
    const { config, trained, state } = opened;
    expect((config.pool as { fee: unknown }).fee).toEqual({ value: 0, train: false });
    const { groups } = await answered(modelHandlers.describe({ config, data: own }, turn));
    const fee = groups[0].parameters.find(({ key }) => key === 'fee')!;
    expect([fee.value, fee.train, Array.from(fee.scale.values).every(Number.isFinite)]).toEqual([[0], false, true]);
    const { columns, values } = await answered(trainHandlers.trainForm({ config, data: own }, turn));
    expect([columns.some(({ name }) => name === 'tfmm.fee'), values.iterations]).toEqual([false, 4]);

    const save = (what: string) =>
      answered(fileHandlers.save({ what, config, data: own, state: null, name: 'again.json' }, turn));
    expect((await save('config')).content).toMatch(/fee:\n {4}value: 0\n {4}train: false/);
    const again = decodeCheckpoint(String((await save('checkpoint')).content), 'again.json');
    expect(again.state.best.raw).toEqual(state.best.raw);
    expect(again.state.best.raw).toContain(-Infinity);

    const go = async (of: typeof config, iterations: number, resume: Earlier | null) => {
      const train = { ...(of.train as object), iterations };
      return answered(trainHandlers.train({ config: { ...of, train }, data: own, device: 'wasm', resume }, turn));
    };
    const anew = await go(config, 2, null);
    expect(anew.tuned['tfmm.fee']).toEqual([0]);
    const on = await go(trained, 6, { state, iterations: 4 });
    const out = join(folder, 'free-on.json');
    await training({ resume: path, out, set: ['train.iterations=6'] });
    expect(on.state).toEqual((await loadCheckpoint(out)).state);
  });

  it('a checkpoint goes on to the bits of poolgrad train --resume, on the assets that it names', async () => {
    const three = synthesize({ ...synthDefaults, assets: ['A', 'B', 'C'], days: 10, seed: 7, start: START });
    await saveDataset(join(folder, 'three.arrow'), three);
    const yaml = join(folder, 'two.yaml');
    writeFileSync(yaml, `data: {file: three.arrow, assets: [C, A]}\n${FEES}`);
    const path = join(folder, 'two.json');
    await training({ config: yaml, out: path });
    const on = async (name: string) => {
      const given = file(name, readFileSync(join(folder, name)));
      return (await answered(fileHandlers.openPrices({ files: [{ asset: null, file: given }], format: null }, turn)))
        .data;
    };
    const text = readFileSync(path, 'utf8');
    const whole = await on('three.arrow');
    const two = await answered(fileHandlers.openCheckpoint({ file: file('two.json', text), data: whole }, turn));
    const { config, trained, state, isOnItsPrices } = two;
    expect([config.data, isOnItsPrices]).toEqual([{ assets: ['C', 'A'] }, true]);
    expect((await answered(modelHandlers.describe({ config, data: whole }, turn))).assets).toEqual(['C', 'A']);

    const train = { ...(trained.train as object), iterations: 7 };
    const resume = { state, iterations: 4 };
    const told: (Begun | News)[] = [];
    const asked = { config: { ...trained, train }, data: whole, device: 'wasm' as const, resume };
    const outcome = await answered(trainHandlers.train(asked, { ...turn, tell: (news) => told.push(news) }));
    const out = join(folder, 'on.json');
    await training({ resume: path, out, set: ['train.iterations=7'] });
    expect(outcome.state).toEqual((await loadCheckpoint(out)).state);
    expect(told.flatMap((news) => (news.kind === 'news' ? news.warnings : []))).toContainEqual(
      expect.stringMatching(/^train\.iterations: 7 in place of 4: the cosine course .* from iteration 4 on/),
    );

    await saveDataset(join(folder, 'others.arrow'), prices(8));
    await trainedIn(folder, 'fees', FEES);
    const fees = file('fees.json', readFileSync(join(folder, 'fees.json')));
    const others = await answered(fileHandlers.openCheckpoint({ file: fees, data: await on('others.arrow') }, turn));
    expect([others.isOnItsPrices, others.config.data]).toEqual([false, undefined]);
    expect(others.warnings).toEqual([expect.stringContaining('on another dataset than the one trained on')]);
  });
});
