/** What trains stays within its declared range, which is what a config takes: a training's best set can be written as one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runEvaluate } from '../../src/app/index.js';
import { decodeCheckpoint } from '../../src/train/checkpoint.js';
import { FEES, trainedIn, training } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-ranges-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

it('a fee that nobody minds ends at the end of its range, and the report says so', async () => {
  // orders that hardly fall with the fee
  const path = await trainedIn(
    folder,
    'high',
    FEES.replace('v0: 0.0005', 'v0: 0.0005, b: 0.01').replace('0.003', '0.05'),
  );
  const set = ['train.iterations=40', 'train.learningRate=0.5', 'train.patience=0', 'train.schedule=constant'];
  await training({ config: at('high.yaml'), out: path, set });
  const { state, layout } = decodeCheckpoint(readFileSync(path, 'utf8'), path);
  const index = layout.findIndex(({ name }) => name.endsWith('.fee'));
  const column = layout.slice(0, index).reduce((sum, { size }) => sum + size, 0);
  const { fee } = registry.pools['constant-weight'].parameters({});
  const end = fee.transform.inverse([fee.range[1]])[0];
  const fees = state.raw.subarray(column * state.sets, (column + 1) * state.sets);
  expect([...fees]).toEqual([end, end]);
  expect(state.best.raw[column]).toBe(end);
  // as a config, by its raw number
  await training({ config: at('high.yaml'), out: at('again.json'), set: ['train.iterations=1'], initFrom: path });
  const { json } = await runEvaluate({ checkpoint: path, out: at('high.html'), json: true });
  expect(JSON.stringify(json)).toContain(
    'constant-weight.fee stands at its upper bound 0.1: the best value may lie beyond it',
  );
});

it('nothing ends where a range has no raw number: shares of 1, a fee of 0', async () => {
  const config = `${FEES.replace('v0: 0.0005', 'v0: 0.0005, b: {value: 0.001, train: true}')}`.replace(
    /pool: .*/,
    'pool: {kind: hmm, rho: {value: 0.999, train: true}, marketFee: 0.999, riskFee: 1e-6}',
  );
  const path = await trainedIn(folder, 'open', config);
  const set = ['train.iterations=30', 'train.learningRate=40', 'train.patience=0', 'train.schedule=constant'];
  await training({ config: at('open.yaml'), out: path, set: [...set, 'train.clipNorm=100'] });
  await training({ config: at('open.yaml'), out: at('open-again.json'), set: ['train.iterations=1'], initFrom: path });
  const { json } = await runEvaluate({ checkpoint: path, out: at('open.html'), json: true });
  expect(JSON.stringify(json)).toMatch(/hmm\.\w+ stands at its (upper bound 1|lower bound 0): /);
});
