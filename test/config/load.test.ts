import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { loadConfig, type Overrides, openConfig } from '../../src/config/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { UserError } from '../../src/errors.js';
import { loadPool, poolOf } from './pool.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const root = new URL('../../', import.meta.url).pathname;
const shipped = (name: string) => join(root, 'configs', `${name}.yaml`);
const PRICES = relative(folder, join(root, 'datasets/two-assets-90d.arrow'));
const GOOD = `data: { file: ${JSON.stringify(PRICES)} }\npool: tfmm\n`;

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function errorOf(path: string, overrides?: Overrides): Promise<UserError> {
  const error = await loadConfig(path, registry, overrides).then(
    () => null,
    (e) => e,
  );
  if (!(error instanceof UserError)) throw error ?? new Error('the config was accepted');
  return error;
}

describe('the shipped configs', () => {
  const expected: Record<string, string[]> = {
    momentum: ['momentum.memoryDays', 'momentum.k'],
    'momentum-fees': ['tfmm.fee', 'momentum.memoryDays', 'momentum.k'],
    hmm: ['hmm.rho', 'hmm.marketFee'],
    'constant-weight': ['constant-weight.fee'],
    reclamm: ['reclamm.priceRatio', 'reclamm.centerednessMargin', 'reclamm.dailyPriceShiftExponent', 'reclamm.fee'],
    'fm-amm': ['fm-amm.weights', 'fm-amm.fee'],
    'concentrated-range': ['concentrated-range.priceRatio'],
    'e-clp': ['e-clp.below', 'e-clp.above', 'e-clp.lambda', 'e-clp.fee'],
  };
  it.each(Object.keys(expected))('%s resolves, its data is there, and trains what it says', async (name) => {
    const { config, dataset, split } = await loadPool(shipped(name));
    expect(dataset.assets).toEqual(['SYNA', 'SYNB']);
    expect(split.test[1]).toBe(dataset.rows);
    const trained = Object.keys(config.parameters).filter((key) => config.parameters[key].train);
    expect(trained.sort()).toEqual(expected[name].sort());
  });
});

describe('loadConfig', () => {
  it('sees paths from the folder of the config, and keeps them as seen from here', async () => {
    const { config, file: dataFile } = await loadPool(write('good.yaml', GOOD));
    expect(join(process.cwd(), dataFile)).toBe(join(root, 'datasets/two-assets-90d.arrow'));
    const again = await openConfig(config.plain, registry);
    expect(again.config.plain).toEqual(config.plain);
  });

  it('applies --set, --seed, --device and --memory', async () => {
    const set = [
      'train.iterations=50',
      'pool.fee=0.003',
      'pool.fee.train=false',
      'data.assets=[SYNB, SYNA]',
      'rule.k.bounds=[1,30]',
    ];
    const path = write('set.yaml', `${GOOD}rule: { kind: momentum, k: 12 }\n`);
    const { config, dataset } = await loadPool(path, { set, seed: 9, device: 'reference', memory: '1GB' });
    expect(config.train).toMatchObject({ iterations: 50, seed: 9 });
    expect(config.run).toMatchObject({ device: 'reference', memory: 1e9 });
    expect(config.parameters['tfmm.fee']).toEqual({ value: [0.003], train: false, bounds: null });
    expect(config.parameters['momentum.k']).toEqual({ value: [12, 12], train: true, bounds: [1, 30] });
    expect(dataset.assets).toEqual(['SYNB', 'SYNA']);
  });

  it('sees paths of --set from the working directory, and drops a section set to nothing', async () => {
    const file = relative(process.cwd(), join(root, 'datasets/two-assets-90d.arrow'));
    const path = write('flow.yaml', 'data: missing.arrow\npool: hmm\nflow: { kind: elastic, v0: 0.1 }\n');
    const { config } = await loadPool(path, { set: [`data.file=${file}`, 'flow='] });
    expect(config.flow).toBeNull();
  });

  it('reads digits in groups', async () => {
    const path = write('groups.yaml', `data: ${JSON.stringify(PRICES)}\npool: { kind: tfmm, value: 2_500_000 }\n`);
    expect((await loadPool(path)).config.poolValue).toBe(2.5e6);
  });

  it("takes a user's own pool by path, seen from the config", async () => {
    const methods = ['init', 'reserves', 'value', 'arbitrage', 'orderCost', 'scale'].map((m) => `${m}: () => {}`);
    write('my-pool.mjs', `export default { name: 'mine', parameters: () => ({}), ${methods.join(', ')} };`);
    const path = write('own.yaml', GOOD.replace('pool: tfmm', 'pool: ./my-pool.mjs'));
    const { config } = await loadPool(path);
    expect(config.pool.model.name).toBe('mine');
    const again = await openConfig(config.plain, registry, { allowCode: true });
    expect(poolOf(again.config).pool.model.name).toBe('mine');
  });
});

describe('a bad file or flag is refused in one line', () => {
  const bad = (name: string, text: string) => () => write(name, text);
  const good = bad('ok.yaml', GOOD);
  const cases: [string, () => string, Overrides, string, 1 | 2][] = [
    [
      'no file',
      () => 'nowhere.yaml',
      {},
      "config: expected a file, got no 'nowhere.yaml'; write one by `poolgrad init nowhere.yaml`",
      1,
    ],
    [
      'a checkpoint',
      bad('trained.json', '{"format":"poolgrad-checkpoint","version":1}'),
      {},
      "config: expected a config, got the checkpoint '<folder>/trained.json'; go on with it by `poolgrad train --resume <folder>/trained.json`, or start another training from it by --init-from",
      1,
    ],
    ['a folder', () => 'configs', {}, "config: expected a file, got the folder 'configs'; name a file in it", 1],
    [
      'no YAML',
      bad('a.yaml', 'data: x\npool: [tfmm\ntrain: 3\n'),
      {},
      'a.yaml line 3: expected YAML, got an error: flow sequence in block collection must be sufficiently indented and end with a ]; mend that line',
      1,
    ],
    [
      'a key twice',
      bad('b.yaml', 'pool: tfmm\npool: hmm\n'),
      {},
      'b.yaml line 2: expected YAML, got an error: map keys must be unique; mend that line',
      1,
    ],
    [
      'no data file',
      bad('c.yaml', 'data: no.arrow\npool: tfmm\n'),
      {},
      '<folder>/no.arrow: no such file; check the path',
      1,
    ],
    [
      'a mistake in the file',
      bad('d.yaml', `${GOOD}train: { sets: 0 }\n`),
      {},
      'd.yaml: train.sets: expected a whole number of 1 or more (parameter sets trained side by side), got 0; leave it out for the default 8',
      1,
    ],
    [
      'a mistake by --set',
      good,
      { set: ['train.sets=0'] },
      '--set train.sets: expected a whole number of 1 or more (parameter sets trained side by side), got 0; leave it out for the default 8',
      2,
    ],
    [
      'an unknown key by --set',
      good,
      { set: ['train.itertions=5'] },
      "--set train.itertions: expected a known key, got 'itertions'; did you mean 'iterations'?",
      2,
    ],
    [
      '--set without value',
      good,
      { set: ['train.sets'] },
      "--set: expected key=value such as train.iterations=50, got 'train.sets'; name the key by its sections",
      2,
    ],
    [
      '--set of a prototype',
      good,
      { set: ['__proto__.x=1'] },
      "--set: expected key=value such as train.iterations=50, got '__proto__.x=1'; name the key by its sections",
      2,
    ],
    [
      '--set that is no YAML',
      good,
      { set: ['data.assets=[A'] },
      "--set data.assets: expected a value in YAML, got '[A'; put it in quotes",
      2,
    ],
    [
      'a bad --device',
      good,
      { device: 'gpu' },
      "--device: expected auto, reference, wasm, native, cuda, cuda:1, cuda:all, webgpu, tfjs or tfjs:tensorflow, got 'gpu'; did you mean 'webgpu'?",
      2,
    ],
    [
      'a bad --memory',
      good,
      { memory: '3 apples' },
      "--memory: expected an amount of memory of 1MB or more, such as 2GB or 512MiB, got '3 apples'; bound on the memory of a training step",
      2,
    ],
    [
      'too little data',
      bad('e.yaml', `${GOOD}train: { windowDays: 60 }\n`),
      {},
      'split: train needs 86400 rows, its 60 % of 115200 (129600 rows less 14400 of burn-in) holds 69120; give about 158400 rows or more, a shorter window or burn-in, or another split',
      1,
    ],
    [
      'an own pool that is not there',
      bad('f.yaml', GOOD.replace('tfmm', './no.mjs')),
      {},
      "f.yaml: pool.kind: expected a module that loads, got '<folder>/no.mjs': there is no such file; see docs/add-a-pool.md",
      1,
    ],
    [
      'an own pool without methods',
      () => {
        write('half.mjs', "export default { name: 'half', parameters: () => ({}), init: () => {} };");
        return write('g.yaml', GOOD.replace('tfmm', './half.mjs'));
      },
      {},
      "g.yaml: pool.kind: expected a pool model as default export of '<folder>/half.mjs', got one without reserves; see docs/add-a-pool.md",
      1,
    ],
  ];
  it.each(cases)('%s', async (_, file, overrides, message, exitCode) => {
    const error = await errorOf(file(), overrides);
    const seenFrom = relative(process.cwd(), folder).replaceAll('\\', '/');
    expect(error.message.replaceAll(seenFrom, '<folder>').replaceAll(folder, '<folder>')).toBe(message);
    expect(error.message).not.toContain('\n');
    expect(error.exitCode).toBe(exitCode);
  });

  it('rows that make no whole day', async () => {
    const prices = new Float64Array(20).fill(1);
    const odd = { assets: ['A', 'B'], start: 0, interval: 420_000, rows: 10, prices, volume: null, meta: {} };
    await saveDataset(join(folder, 'odd.arrow'), createDataset(odd));
    const error = await errorOf(write('h.yaml', 'data: odd.arrow\npool: tfmm\n'));
    expect(error.message).toBe(
      'h.yaml: data.file: expected rows of which a whole number makes a day, or of whole days, got one every 7m; make others of it with `poolgrad data resample --interval`',
    );
  });
});
