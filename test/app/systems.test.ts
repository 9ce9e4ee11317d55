/** The commands on a system that is no pool, over scenarios that are drawn: each without knowing which it is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runCompare, runEvaluate, runExport, runSimulate, runWeights } from '../../src/app/index.js';
import { openSession } from '../../src/app/session.js';
import { loadConfig } from '../../src/config/index.js';
import type { Checkpoint } from '../../src/train/checkpoint.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { root } from '../package/pages.js';
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

const common = { json: true, set: [], allowCode: true };

describe('evaluate', () => {
  interface Told {
    readonly mean: number;
    readonly standardError: number;
    readonly quantiles: readonly number[];
  }
  type Figure = Told & { readonly kind: string; readonly start: Told; readonly difference: Told };

  it('tells every number of fresh scenarios beside the untrained start, with errors and quantiles', async () => {
    const { json, text } = await runEvaluate({ ...common, checkpoint: at('c.json'), out: at('c.html') });
    const found = json as { windows: object; headline: { metric: string }; figures: Record<string, Figure> };
    expect(found.windows).toEqual({ count: 24, steps: 120, data: 'drawn' });
    expect(found.headline.metric).toBe('growth');
    expect(Object.keys(found.figures)).toEqual(['growth', 'value']);
    // by the roll-out itself, on scenarios that training never saw
    const session = await openSession(await loadConfig(at('c.yaml'), registry));
    const windows = Int32Array.from({ length: 24 }, (_, i) => 2 ** 30 + i);
    const of = (raw: Float64Array) => session.rollout.value(raw, windows, 121).byWindow;
    const [tuned, start] = [of(trained.state.best.raw), of(session.initial)];
    const growth = found.figures.growth;
    const mean = (xs: Float64Array) => xs.reduce((a, x) => a + x, 0) / xs.length;
    const error = (xs: Float64Array) => {
      const m = mean(xs);
      return Math.sqrt(xs.reduce((a, x) => a + (x - m) ** 2, 0) / 23 / 24);
    };
    expect(growth.kind).toBe('objective');
    expect(growth.mean).toBeCloseTo(mean(tuned), 12);
    expect(growth.standardError).toBeCloseTo(error(tuned), 12);
    expect(growth.start.mean).toBeCloseTo(mean(start), 12);
    const difference = tuned.map((x, w) => x - start[w]);
    expect(growth.difference.mean).toBeCloseTo(mean(difference), 12);
    expect(growth.difference.standardError).toBeCloseTo(error(difference), 12);
    expect(growth.quantiles[2]).toBeGreaterThan(growth.quantiles[1]);
    // a lower cost is better in every scenario, so their common draws tell it although the scores themselves are noise
    expect(growth.difference.mean).toBeGreaterThan(2 * growth.difference.standardError);
    expect(text).toContain('growth on 24 fresh scenarios of 120 steps, held out: ');
    expect(text).toContain('Better than its start by ');
    const page = readFileSync(at('c.html'), 'utf8');
    for (const part of ['worth of what is held', 'rebalanced.cost', 'before training', 'drawn by gbm']) {
      expect(page).toContain(part);
    }
    session.rollout.dispose();
  });

  it('takes more scenarios, and no other entry of what was trained', async () => {
    const more = { ...common, checkpoint: at('c.json'), out: at('more.html') };
    const { json } = await runEvaluate({ ...more, set: ['data.scenarios.test=30'] });
    expect((json as { windows: { count: number } }).windows.count).toBe(30);
    expect(await refusal(runEvaluate({ ...more, set: ['data.scenarios.train=30'] }))).toMatch(
      /^--set: expected .*data\.scenarios\.test.* with a checkpoint, got data\.scenarios\.train/,
    );
  });
});

describe('simulate', () => {
  it('writes what the system shows of one scenario', async () => {
    const { json } = await runSimulate({ ...common, source: at('c.yaml'), out: at('p.csv'), every: 1440, scenario: 3 });
    expect((json as { columns: string[] }).columns).toEqual(['step', 'seconds', 'value']);
    const lines = readFileSync(at('p.csv'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(1 + 6);
    const session = await openSession(await loadConfig(at('c.yaml'), registry));
    const { value } = session.rollout.path(session.initial, 3, 121, 24).observed;
    expect(lines.slice(1)).toEqual(Array.from(value, (v, i) => `${24 * i},${86_400 * i},${v}`));
    session.rollout.dispose();
  });
});

describe('simulate --check', () => {
  const check = (config: string) =>
    runSimulate({ ...common, source: config, out: at('checked.csv'), check: true, every: 60 });
  interface Found {
    readonly identities: readonly { readonly name: string; readonly off: number; readonly isKept: boolean }[];
  }

  it('finds an identity kept to rounding', async () => {
    const { json, text, exitCode } = await check(at('c.yaml'));
    const [worth] = (json as Found).identities;
    expect(worth).toMatchObject({ name: 'worth', isKept: true });
    expect(worth.off).toBeGreaterThan(0);
    expect(worth.off).toBeLessThan(1e-14);
    expect(exitCode).toBe(0);
    expect(text).toContain('kept to rounding');
  });

  it('finds one that is not', async () => {
    const leaky = readFileSync(at('system.mjs'), 'utf8').replace(
      'where(far, left.div',
      'where(far, left.mul(1 - 1e-6).div',
    );
    writeFileSync(at('leaky.mjs'), leaky);
    const { json, text, exitCode } = await check(changed('leaky.yaml', './system.mjs', './leaky.mjs'));
    expect((json as Found).identities[0].isKept).toBe(false);
    expect((json as Found).identities[0].off).toBeCloseTo(1e-6, 8);
    expect(exitCode).toBe(1);
    expect(text).toContain('NOT KEPT');
  });

  it.each(['hmm', 'momentum'])('looks at the value of a pool: %s', async (kind) => {
    const { json, exitCode } = await check(join(root, `configs/${kind}.yaml`));
    expect((json as Found).identities).toMatchObject([{ name: 'value', isKept: true }]);
    expect(exitCode).toBe(0);
  });

  it('refuses a system that has none', async () => {
    const config = changed('watch.yaml', /system: .*\nobjective: .*/, 'system: watch\nobjective: ./first.mjs');
    const score = 'score: ({ last }) => last.prices[0]';
    writeFileSync(
      at('first.mjs'),
      `export default { name: 'first', doc: 'x', reads: ['prices'], every: 0, ${score} };`,
    );
    expect(await refusal(check(config))).toMatch(/a system that declares identities was expected, got watch; add/);
  });
});

describe('export', () => {
  it('gives parameters as plain numbers, to the bit', async () => {
    await runExport({ ...common, checkpoint: at('c.json'), to: 'json', strict: false });
    const document = JSON.parse(readFileSync(at('c.system.json'), 'utf8'));
    expect(document).toMatchObject({ format: 'poolgrad/system', system: { name: 'rebalanced' }, assets: ['A', 'B'] });
    expect(document.parameters['rebalanced.cost']).toMatchObject({ raw: [trained.state.best.raw[1]], unit: '1' });
  });
});

describe('what only pools on recorded prices do is refused in one line', () => {
  const checkpoint = () => at('c.json');
  const only = /: a pool on recorded prices was expected, got rebalanced on drawn prices; name another; evaluate/;
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['weights', () => runWeights({ ...common, checkpoint: checkpoint() }), only],
    ['a chain', () => runExport({ ...common, checkpoint: checkpoint(), to: 'quantamm', strict: false }), only],
    [
      'a comparison',
      () => runCompare({ ...common, checkpoints: [checkpoint(), at('from.json')], out: at('x.html') }),
      only,
    ],
    [
      '--through',
      () => runSimulate({ ...common, source: at('c.yaml'), out: at('p.csv'), every: 1, through: true }),
      /^--through: expected a pool on recorded prices, .* got rebalanced; leave it out$/,
    ],
    [
      'a template',
      () => runExport({ ...common, checkpoint: checkpoint(), to: 'json', strict: false, template: at('t.yaml') }),
      /^--template: expected none for json of a system/,
    ],
  ])('%s', async (_name, job, message) => {
    writeFileSync(at('t.yaml'), 'a: 1\n');
    expect(await refusal(job())).toMatch(message);
  });
});

describe('a source of one’s own by path', () => {
  const code = `export default {
    name: 'steady', doc: 'prices that grow evenly', rows: { prices: 'one an asset' },
    parameters: () => ({ rate: { shape: 'scalar', transform: { name: 'x', apply: (x) => x, forward: (x) => x, inverse: (x) => x }, range: [-1, 1], unit: '1', default: 0.01, trainable: true, doc: 'growth a step' } }),
    run: (c) => {
      const at = (logs) => ({ state: logs, row: { prices: Array.from({ length: c.n }, () => logs.exp()) } });
      return { init: () => at(c.value.rate[0].mul(0)), step: (logs) => at(logs.add(c.value.rate[0])) };
    },
  };`;

  it('draws what it says, frozen unless it is asked to train', async () => {
    writeFileSync(at('steady.mjs'), code);
    const config = changed('steady.yaml', 'walk.yaml', './steady.mjs');
    const session = await openSession(await loadConfig(config, registry));
    const { column } = session.rollout.layout.entry('steady.rate');
    expect(session.trainable[column]).toBe(0);
    // all assets alike: shares stay equal, nothing is traded
    const { objective } = session.rollout.value(session.initial, Int32Array.of(0), 121);
    expect(objective[0]).toBeCloseTo(1.2, 12);
    session.rollout.dispose();
  });

  it('has no regimes where it does not say what it draws', async () => {
    writeFileSync(at('steady.mjs'), code);
    const config = changed('steady-2.yaml', 'walk.yaml', '{ kind: ./steady.mjs, regimes: 2 }');
    expect(await refusal(train(config))).toMatch(/data\.model\.regimes: expected a process that says by draws\(n\)/);
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
