/** The commands on a system that is no pool, over scenarios that are drawn: each without knowing which it is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkpoint, loadCheckpoint } from '../../src/train/checkpoint.js';
import { CONFIG, folderOfRebalanced } from './rebalanced.js';
import { refusal, training } from './setup.js';

const folder = folderOfRebalanced();
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A config with something else in it. */
function changed(name: string, from: string | RegExp, to: string): string {
  const text = CONFIG.replace(from, to);
  expect(text).not.toBe(CONFIG);
  writeFileSync(at(name), text);
  return at(name);
}

const train = (config: string, set: readonly string[] = []) =>
  training({ config, out: at(`${config.replace(/.*\/|\.yaml/g, '')}.json`), set });

let trained: Checkpoint;
beforeAll(async () => {
  await train(at('c.yaml'));
  trained = await loadCheckpoint(at('c.json'));
});

describe('train', () => {
  it('moves what is asked to, and nothing of the source', () => {
    expect(trained.dataset).toBeNull();
    expect(trained.layout.map((e) => e.name).slice(0, 3)).toEqual([
      'rebalanced.threshold',
      'rebalanced.cost',
      'gbm.start',
    ]);
    const { raw, sets } = trained.state;
    const column = (k: number) => [...raw.subarray(k * sets, (k + 1) * sets)];
    // a cost only costs: it goes down, and no further than its bound
    expect(Math.max(...column(1))).toBeLessThan(0.01);
    expect(Math.min(...column(1))).toBeGreaterThanOrEqual(0.0005 - 1e-9);
    expect(new Set(column(0)).size).toBe(1);
    expect(new Set(column(2)).size).toBe(1);
  });

  it('resumes to the bit', async () => {
    // both on one course of the learning rate
    const constant = { config: at('c.yaml'), set: ['train.schedule=constant'] };
    await training({ ...constant, out: at('whole.json') });
    await training({ ...constant, out: at('part.json'), set: [...constant.set, 'train.iterations=3'] });
    await training({ resume: at('part.json'), set: ['train.iterations=6'], allowCode: true });
    const [whole, parts] = await Promise.all(['whole', 'part'].map((name) => loadCheckpoint(at(`${name}.json`))));
    expect([...parts.state.raw]).toEqual([...whole.state.raw]);
    expect(parts.state.best.validation).toBe(whole.state.best.validation);
  });

  it('runs no code of a checkpoint unless that is allowed', async () => {
    const message = await refusal(training({ resume: at('c.json') }));
    expect(message).toMatch(/it names code, of which nothing was run: .*system\.mjs .*growth\.mjs .*--allow-code/);
  });

  it('takes start values of another run', async () => {
    const started = await training({ config: at('c.yaml'), initFrom: at('c.json'), out: at('from.json') });
    const { start } = started.json as { start: Record<string, number[]> };
    const best = trained.state.best.raw[1];
    expect(start['rebalanced.cost'][0]).toBeCloseTo(best, 12);
  });

  it('trains the source too where it is asked to', async () => {
    changed('source.yaml', 'model: walk.yaml', 'model: { kind: gbm, mu: { value: 0, train: true } }');
    const { json } = await train(at('source.yaml'));
    const { parameters } = json as { parameters: Record<string, number[]> };
    // growth is what a drift makes
    expect(Math.min(...parameters['gbm.mu'])).toBeGreaterThan(0);
    expect(parameters['gbm.sigma']).toEqual([expect.closeTo(0.6, 12), expect.closeTo(0.6, 12)]);
  });

  it('keeps all that it needs in the checkpoint', () => {
    const { data } = JSON.parse(readFileSync(at('c.json'), 'utf8')).config;
    expect(data).toMatchObject({ model: { kind: 'gbm', sigma: { value: [0.6, 0.9], train: false } }, interval: '1h' });
  });
});

describe('a config that does not fit is refused in one line', () => {
  it.each<[string, string | RegExp, string, string | RegExp]>([
    ['no scenario', 'train: 16', 'train: 0', /data\.scenarios\.train: expected a whole number from 1 to .*, got 0/],
    [
      'an unknown system',
      './system.mjs',
      'rebalanced',
      /system\.kind: expected watch.* or the path of a model such as \.\/my-system\.js, got 'rebalanced'/,
    ],
    ['an unknown source', 'walk.yaml', 'gmb', /data\.model\.kind: expected gbm, .*, got 'gmb'; did you mean 'gbm'\?/],
    [
      'a file that is not there',
      'walk.yaml',
      'wolk.yaml',
      /data\.model: expected a YAML file, got '.*wolk\.yaml' \(ENOENT\); check the path/,
    ],
    [
      'an objective that reads what it does not show',
      './growth.mjs',
      'lvr',
      /objective\.kind: expected one that reads what system .* shows \(value\), got 'lvr', which reads .*; take /,
    ],
    [
      'a rule',
      /$/,
      'rule: momentum\n',
      /rule: expected none with system: '.*system\.mjs', got 'momentum'; keep either/,
    ],
    [
      'a split',
      /$/,
      'split: { train: 1 }\n',
      /split: expected none with data\.model, got .*; scenarios are told apart by their numbers/,
    ],
    [
      'windowDays',
      'sets: 2,',
      'sets: 2, windowDays: 3,',
      /train\.windowDays: expected none with data\.model, got 3; say how long/,
    ],
    [
      'a length that is no multiple',
      '5d',
      '90m',
      /data\.scenarios\.length: expected a multiple of the interval 1h, got 90m; take 1h/,
    ],
    ['an interval that is none', '1h', '1 hour', /data\.interval: expected a time such as 1m, 1h or 1d, got '1 hour'/],
    [
      'a bad parameter of the source',
      'walk.yaml',
      '{ kind: gbm, sigma: -1 }',
      /data\.model\.sigma: expected a number from .*, got -1/,
    ],
    [
      'a step too long',
      'walk.yaml',
      '{ kind: hamiltonian, k: 1e9 }',
      /data\.model: hamiltonian: k·dt² below 4 was expected/,
    ],
  ])('%s', async (_name, from, to, message) => {
    const config = changed('bad.yaml', from, to);
    expect(await refusal(train(config))).toMatch(message);
  });

  it('a dataset in the place of what draws', async () => {
    const message = await refusal(training({ config: at('c.yaml'), out: at('x.json'), data: 'prices.arrow' }));
    expect(message).toMatch(/^--data: expected none with data\.model, got 'prices\.arrow'; keep one of them$/);
    const again = await refusal(training({ resume: at('c.json'), data: 'prices.arrow', allowCode: true }));
    expect(again).toMatch(/^--data: expected none with '.*c\.json', whose data are drawn, got 'prices\.arrow'/);
  });
});
