/** Whose data a checkpoint is opened on: its own, wherever that lies, and no other unless the user says so. */

import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate, runExport, runSimulate, runWeights } from '../../src/app/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import type { CheckpointDataset } from '../../src/train/checkpoint.js';
import { changedCheckpoint, MOMENTUM, prices, refusal, trainedIn, training } from './setup.js';

const root = mkdtempSync(join(tmpdir(), 'poolgrad-whose-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (...parts: string[]) => join(root, ...parts);

interface Options {
  readonly data?: string;
  readonly set?: readonly string[];
}

interface Said {
  readonly text: string;
  readonly json: { readonly warnings: readonly string[]; readonly notes: readonly string[] };
}

/** The commands that take figures from a checkpoint, and what each writes. */
const commands: Readonly<Record<string, (checkpoint: string, out: string, options?: Options) => Promise<Said>>> = {
  evaluate: (checkpoint, out, options) => runEvaluate({ checkpoint, out, json: false, ...options }) as Promise<Said>,
  export: (checkpoint, out, options) =>
    runExport({ checkpoint, to: 'quantamm', out, strict: false, json: false, ...options }) as Promise<Said>,
  simulate: (source, out, options) =>
    runSimulate({ source, out, every: 60, set: [], json: false, ...options }) as Promise<Said>,
  weights: (checkpoint, out, options) =>
    runWeights({ checkpoint, path: out, json: false, ...options }) as Promise<Said>,
};

let own: string;
beforeAll(async () => {
  for (const folder of ['a', 'b', 'c']) mkdirSync(at(folder));
  own = await trainedIn(at('a'), 'mom', MOMENTUM);
  await saveDataset(at('b', 'prices.arrow'), prices(8));
});

describe.each(Object.keys(commands))('%s', (name) => {
  const run = commands[name];
  const out = (file: string) => at('c', `${name}-${file}`);

  it('takes its own data seen from its folder, without a word', async () => {
    const { text, json } = await run(own, out('own.out'));
    expect([json.warnings.filter((w) => w.includes('dataset')), json.notes.filter((n) => n.includes('found'))]).toEqual(
      [[], []],
    );
    expect(text).not.toContain('another dataset');
  });

  it('goes on when checkpoint and data move together', async () => {
    cpSync(at('a'), at('c', name, 'moved'), { recursive: true });
    await run(at('c', name, 'moved', 'mom.json'), out('moved.out'));
    if (name === 'export' || name === 'evaluate') return; // they name the file and the time
    await run(own, out('own.out'));
    expect(readFileSync(out('moved.out'))).toEqual(readFileSync(out('own.out')));
  });

  it('refuses another file under that path, and writes nothing', async () => {
    const folder = at('c', name, 'swapped');
    cpSync(at('a'), folder, { recursive: true });
    cpSync(at('b', 'prices.arrow'), join(folder, 'prices.arrow'));
    const checkpoint = join(folder, 'mom.json');
    const message = await refusal(run(checkpoint, out('swapped.out')));
    expect(message).toMatch(
      /^checkpoint: '.*mom.json': the dataset that it was trained on, prices.arrow \(14400 rows of A, B, [0-9a-f]{12}…\), was expected at .*, got another: .*prices.arrow \(14400 rows of A, B, [0-9a-f]{12}…\); put it back, or say --data .*prices.arrow to take that/,
    );
    expect(existsSync(out('swapped.out'))).toBe(false);
  });

  it.each([
    ['--data', () => ({ data: at('b', 'prices.arrow') })],
    ['--set data.file', () => ({ set: [`data.file=${at('b', 'prices.arrow')}`] })],
  ])('takes another that %s names, and says so', async (_, options) => {
    const { text, json } = await run(own, out('other.out'), options());
    const warning = json.warnings.find((w) => w.includes('another dataset'));
    expect(warning).toMatch(
      /^on another dataset than the one trained on: .*b\/prices.arrow \(14400 rows .*\), not prices.arrow/,
    );
    expect(text).toContain(warning);
    if (name === 'evaluate') expect(readFileSync(out('other.out'), 'utf8')).toContain('another dataset than the one');
  });

  it('refuses one without its assets', async () => {
    const { hash: _, ...fields } = prices(7);
    await saveDataset(at('c', 'XY.arrow'), createDataset({ ...fields, assets: ['A', 'Y'] }));
    expect(await refusal(run(own, out('xy.out'), { data: at('c', 'XY.arrow') }))).toMatch(
      /^--data: prices of A, B were expected, as the checkpoint has them, got A, Y; import those assets under those names$/,
    );
  });

  it('says where it looked if there is none', async () => {
    mkdirSync(at('c', name, 'alone'), { recursive: true });
    cpSync(own, at('c', name, 'alone', 'mom.json'));
    expect(await refusal(run(at('c', name, 'alone', 'mom.json'), out('alone.out')))).toMatch(
      /was expected at .*alone\/prices.arrow or prices.arrow, got no such file; put it there, or name it by --data$/,
    );
  });
});

describe('the dataset', () => {
  const simulate = (source: string) => commands.simulate(source, at('c', 'path.csv'));
  const withPath = (name: string, path: string) =>
    changedCheckpoint(own, at('c', name), (c) => {
      c.dataset = { ...(c.dataset as CheckpointDataset), path };
      c.config = { ...c.config, data: { file: path, assets: ['A', 'B'] } };
    });

  it('is found from the working directory, where older checkpoints have it, and that is said', async () => {
    const seen = relative('', at('a', 'prices.arrow'));
    // so deep that the path seen from here leads to another place, wherever the tests run
    const deep = Array.from({ length: 12 }, () => 'deep').join('/');
    mkdirSync(at('c', deep), { recursive: true });
    const { text, json } = await simulate(withPath(`${deep}/old.json`, seen));
    expect(json.notes).toEqual([expect.stringMatching(/^the dataset was found at .*a\/prices.arrow, not at /)]);
    expect(text).toContain('note: the dataset was found at');
  });

  it('is found beside the checkpoint, though another lies where it was', async () => {
    mkdirSync(at('c', 'beside', 'data'), { recursive: true });
    cpSync(at('a', 'prices.arrow'), at('c', 'beside', 'prices.arrow'));
    cpSync(at('b', 'prices.arrow'), at('c', 'beside', 'data', 'prices.arrow'));
    const checkpoint = withPath('beside/mom.json', 'data/prices.arrow');
    expect((await simulate(checkpoint)).json.notes).toEqual([
      expect.stringMatching(/^the dataset was found at .*beside\/prices.arrow, not at .*beside\/data\/prices.arrow$/),
    ]);
    expect((await simulate(withPath('beside/windows.json', 'data\\prices.arrow'))).json.notes).toHaveLength(1);
  });

  it('is no device and no folder', async () => {
    expect(await refusal(simulate(withPath('zero.json', '/dev/zero')))).toMatch(/was expected at .*, got no such file/);
    expect(await refusal(simulate(withPath('folder.json', '.')))).toMatch(/was expected at .*, got no such file/);
  });

  it('is a path from the checkpoint’s folder in what train writes', async () => {
    mkdirSync(at('c', 'deep'), { recursive: true });
    const out = at('c', 'deep', 'mom.json');
    await training({ config: at('a', 'mom.yaml'), out });
    const { dataset, config } = JSON.parse(readFileSync(out, 'utf8'));
    expect([dataset.path, config.data.file]).toEqual(['../../a/prices.arrow', '../../a/prices.arrow']);
  });
});

describe('train --resume', () => {
  it('takes the same data from another place by --data, to the bit', async () => {
    const set = ['train.schedule=constant', 'train.patience=0'];
    mkdirSync(at('r', 'moved'), { recursive: true });
    const half = at('r', 'half.json');
    await training({ config: at('a', 'mom.yaml'), out: half, set: [...set, 'train.iterations=2'] });
    const moved = at('r', 'moved', 'half.json');
    renameSync(half, moved);
    const data = at('r', 'moved', 'renamed.arrow');
    cpSync(at('a', 'prices.arrow'), data);
    expect(await refusal(training({ resume: moved }))).toContain('name it by --data');
    await training({ resume: moved, data, set: ['train.iterations=4'] });
    await training({ config: at('a', 'mom.yaml'), out: half, set });
    const [resumed, straight] = [moved, half].map((path) => JSON.parse(readFileSync(path, 'utf8')));
    expect(resumed.dataset).toEqual({ ...straight.dataset, path: 'renamed.arrow' });
    expect(resumed.state).toEqual(straight.state);
  });

  it('refuses other data, named or found', async () => {
    expect(await refusal(training({ resume: own, data: at('b', 'prices.arrow') }))).toMatch(
      /^resume: the checkpoint was trained on prices.arrow \(14400 rows .*\), got .*b\/prices.arrow \(14400 rows .*\); give the same data, or train anew on the other with --init-from$/,
    );
  });

  it('goes on for longer by --set, to the bits of the run that had so many from the start', async () => {
    mkdirSync(at('longer'));
    const constant = ['train.schedule=constant', 'train.patience=0'];
    const out = at('longer', 'two.json');
    await training({ config: at('a', 'mom.yaml'), out, set: [...constant, 'train.iterations=2'] });
    await training({ resume: out, set: ['train.iterations=5'] });
    const straight = at('longer', 'five.json');
    await training({ config: at('a', 'mom.yaml'), out: straight, set: [...constant, 'train.iterations=5'] });
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(straight, 'utf8'));
  });

  it('says what a course that ends elsewhere is not', async () => {
    cpSync(at('a'), at('course'), { recursive: true });
    const { json } = await training({ resume: at('course', 'mom.json'), set: ['train.iterations=6'] });
    expect((json as { notes: string[] }).notes).toEqual([
      'train.iterations: 6 in place of 4: the cosine course of the learning rate now ends there, so from iteration 4 on this is not the run that 6 iterations would have made from the start',
    ]);
  });

  it('says that patience is used up, and goes on with more of it', async () => {
    mkdirSync(at('patience'));
    const out = at('patience', 'mom.json');
    const still = ['train.learningRate=1e-30', 'train.validateEvery=1', 'train.schedule=constant'];
    await training({ config: at('a', 'mom.yaml'), out, set: [...still, 'train.patience=2', 'train.iterations=9'] });
    const reached = () => JSON.parse(readFileSync(out, 'utf8')).state.iteration;
    expect(reached()).toBe(2);
    const { json } = await training({ resume: out, set: ['train.iterations=20'] });
    expect((json as { notes: string[] }).notes).toEqual([
      'train.patience: 2 validations since iteration 0 were no better, and 2 are allowed, so the run is over; to go on give --set train.patience=4, or 0 for no end',
    ]);
    expect(reached()).toBe(2);
    const more = await training({ resume: out, set: ['train.patience=4'] });
    expect((more.json as { notes: string[] }).notes).toEqual([]);
    expect(reached()).toBe(4);
    const endless = await training({ resume: out, set: ['train.patience=0', 'train.iterations=6'] });
    expect((endless.json as { notes: string[] }).notes).toEqual([]);
    expect(reached()).toBe(6);
  });

  it.each([
    'train.sets=4',
    'train.seed=3',
    'train.windows=8',
    'pool.fee=0.01',
    'objective=sharpe',
    'train.optimizer=sgd',
    'split.test=0.1',
  ])('refuses --set %s', async (entry) => {
    expect(await refusal(training({ resume: own, set: [entry] }))).toMatch(
      /^--set: expected an entry of run, data.file, or one of train.iterations, .* with a checkpoint, got [a-z.]+: with another the run would not be the one that it goes on; train anew, from its values by --init-from$/,
    );
  });
});

describe('train', () => {
  it('takes --data in the place of the config’s', async () => {
    mkdirSync(at('named'));
    const out = at('named', 'mom.json');
    await training({ config: at('a', 'mom.yaml'), out, data: at('b', 'prices.arrow') });
    const { dataset } = JSON.parse(readFileSync(out, 'utf8'));
    expect([dataset.path, dataset.hash]).toEqual(['../b/prices.arrow', prices(8).hash]);
  });
});
