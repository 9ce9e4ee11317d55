/** Pools on scenarios that are drawn: each scenario scores what the same rows score as a dataset of their own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { DrawnPrices } from '../../src/app/drawn-prices.js';
import { runEvaluate, runExport, runSimulate } from '../../src/app/index.js';
import { specOf } from '../../src/app/rollout.js';
import { openSession } from '../../src/app/session.js';
import { drawFromModel } from '../../src/app/synth.js';
import { loadConfig, type PoolConfig } from '../../src/config/index.js';
import { sumsInClosedForm } from '../../src/pools/closed-form.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { root } from '../cli/run.js';
import { refusal, training } from './setup.js';

mkdirSync(join(root, 'out'), { recursive: true });
const folder = relative('', mkdtempSync(join(root, 'out/drawn-pools-')));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const MODEL = 'kind: gbm\nmu: [0.4, -0.2]\nsigma: [0.9, 0.5]\n';
const MOMENTUM =
  'rule: { kind: momentum, memoryDays: 1, k: 1, chunkPeriod: 4h, weightInterpolationPeriod: 4h, maxMemoryDays: 5 }';
const CONFIG = `data:
  model: walk.yaml
  assets: [A, B]
  interval: 1h
  seed: 5
  scenarios: { train: 6, validation: 3, test: 8, length: 50h, burnIn: 30 }
pool: { kind: tfmm, fee: 0.002 }
${MOMENTUM}
objective: returns
train: { sets: 2, windows: 3, iterations: 4, checkpointEvery: 2, validateEvery: 2 }
run: { device: wasm, threads: 1 }
`;

/** A config with something else in it. */
function changed(name: string, from: string | RegExp, to: string): string {
  const text = CONFIG.replace(from, to);
  expect(text).not.toBe(CONFIG);
  writeFileSync(at(name), text);
  return at(name);
}

beforeAll(() => {
  writeFileSync(at('walk.yaml'), MODEL);
  writeFileSync(at('c.yaml'), CONFIG);
});

describe('a scenario', () => {
  const opened = async (path: string) => openSession(await loadConfig(path, registry));

  const WEIGHTS =
    'rule: { kind: minimum-variance, memoryDays: 1, mixingMemoryDays: 2, chunkPeriod: 4h, weightInterpolationPeriod: 4h, maxMemoryDays: 5 }';
  // as closed forms want it
  const gently = (rule: string) => rule.replace(' }', ', maximumChange: 0.00002 }');
  it.each([
    ['a rule that gives changes', MOMENTUM, 'fee: 0.002', 30],
    ['a rule that gives weights', WEIGHTS, 'fee: 0.002', 30],
    ['legs summed at once', gently(MOMENTUM), 'fee: 0', 30],
    ['legs summed at once, weights from the first row on', gently(WEIGHTS), 'fee: 0', 0],
  ])('scores, and is differentiated, as its rows on their own to the bit, whatever stands before it: %s', async (_, rule, fee, hours) => {
    writeFileSync(
      at('own.yaml'),
      CONFIG.replace(MOMENTUM, rule).replace('fee: 0.002', fee).replace('burnIn: 30', `burnIn: ${hours}`),
    );
    const burnIn = Math.ceil(hours / 4) * 4;
    const session = await opened(at('own.yaml'));
    const { rollout, initial, config } = session;
    const { columns } = rollout.layout;
    // two sets that differ
    const raw = new Float64Array(2 * columns);
    initial.forEach((x, k) => {
      raw[2 * k] = x;
      raw[2 * k + 1] = x + 0.05 * (k + 1);
    });
    // a burn-in of whole steps of the rule; 50 steps are 13 legs
    const span = { assets: ['A', 'B'], interval: 3_600_000, seed: 5, days: (burnIn + 14 * 4) / 24, start: 0 };
    const { dataset } = await drawFromModel(at('walk.yaml'), span);
    const alone = createPoolRollout(specOf(config as PoolConfig), dataset, wasm, { threads: 1 });
    const own = alone.gradient(raw, Int32Array.of(burnIn), 51);
    expect(own.byWindow.every((x) => Number.isFinite(x) && x !== 0)).toBe(true);
    const inRule = rollout.layout.entry(`${config.kind === 'pool' ? config.rule?.model.name : ''}.memoryDays`).column;
    expect(own.gradient[2 * inRule]).not.toBe(0);
    for (const before of [[], [4], [2, 2 ** 30, 1]]) {
      const windows = Int32Array.of(...before, 0);
      const last = before.length;
      expect([...rollout.value(raw, windows, 51).byWindow.slice(2 * last)]).toEqual([...own.byWindow]);
      const figures = rollout.figures(raw, windows, 51);
      const single = alone.figures(raw, Int32Array.of(burnIn), 51);
      expect([...figures.last.value.slice(2 * last)]).toEqual([...single.last.value]);
    }
    expect(rollout.gradient(raw, Int32Array.of(0), 51)).toEqual(own);
    // back from the last of three pieces to the first row of all
    const { data, clock } = config;
    if (config.kind !== 'pool' || data.kind !== 'drawn') throw new TypeError('a pool on drawn prices was expected');
    const drawer = new DrawnPrices(data.model, { assets: config.assets, clock, seed: data.seed }, wasm);
    const pieceRows = burnIn + 14 * 4;
    const prices = Float64Array.from([4, 2, 0].flatMap((k) => [...drawer.prices(k, pieceRows)]));
    const pieces = { assets: config.assets, rows: 3 * pieceRows, prices, volume: null, pieceRows };
    const joined = createPoolRollout(specOf(config), pieces, wasm, { threads: 1 });
    const behind = joined.gradient(raw, Int32Array.of(2 * pieceRows + burnIn), 51);
    expect(behind.byWindow).toEqual(own.byWindow);
    // the same numbers, in sums that are cut at other steps
    const scale = Math.max(...own.gradient.map(Math.abs));
    behind.gradient.forEach((g, k) => {
      expect(Math.abs(g - own.gradient[k])).toBeLessThan(1e-14 * scale);
    });
    // and no window runs across a joint
    expect(() => joined.value(raw, Int32Array.of(pieceRows - 20), 51)).toThrow(/within one of the pieces of \d+ rows/);
    expect(sumsInClosedForm(joined.spec)).toBe(fee === 'fee: 0');
    drawer.dispose();
    joined.dispose();
    alone.dispose();
    rollout.dispose();
  });
});

describe('the commands', () => {
  const common = { json: true, set: [] };
  const constant = ['train.schedule=constant'];
  const train = (name: string, set: readonly string[] = []) =>
    training({ config: at('c.yaml'), out: at(name), set: [...constant, ...set] });

  let trained: Record<'start' | 'last', Record<string, number[]>>;
  beforeAll(async () => {
    trained = (await train('c.json')).json as typeof trained;
  });

  it('train, and resume to the bit', async () => {
    await train('part.json', ['train.iterations=2']);
    await training({ resume: at('part.json'), set: ['train.iterations=4'] });
    const [whole, parts] = await Promise.all(['c', 'part'].map((name) => loadCheckpoint(at(`${name}.json`))));
    expect(whole.dataset).toBeNull();
    // the pool's parameters, and none of what draws the prices
    expect(new Set(whole.layout.map((e) => e.name.split('.')[0]))).toEqual(new Set(['tfmm', 'momentum']));
    expect([...parts.state.raw]).toEqual([...whole.state.raw]);
    expect(trained.last['momentum.k']).not.toEqual(trained.start['momentum.k']);
  });

  it('starts from another run', async () => {
    const started = await training({ config: at('c.yaml'), initFrom: at('c.json'), out: at('from.json') });
    const { start } = started.json as { start: Record<string, number[]> };
    const { best } = (await loadCheckpoint(at('c.json'))).state;
    const session = await openSession(await loadConfig(at('c.yaml'), registry));
    expect(start['momentum.k'][0]).toBeCloseTo(session.rollout.layout.values(best.raw)['momentum.k'][0], 12);
    session.rollout.dispose();
  });

  it('evaluate on fresh scenarios, with standard errors', async () => {
    const { json, text } = await runEvaluate({ ...common, checkpoint: at('c.json'), out: at('c.html') });
    const found = json as { windows: object; headline: { metric: string; mean: number; standardError: number } };
    expect(found.windows).toEqual({ count: 8, steps: 50, data: 'drawn' });
    const session = await openSession(await loadConfig(at('c.yaml'), registry));
    const windows = Int32Array.from({ length: 8 }, (_, i) => 2 ** 30 + i);
    const { raw } = (await loadCheckpoint(at('c.json'))).state.best;
    const scores = [...session.rollout.value(raw, windows, 51).byWindow];
    const mean = scores.reduce((a, x) => a + x, 0) / 8;
    const error = Math.sqrt(scores.reduce((a, x) => a + (x - mean) ** 2, 0) / 7 / 8);
    expect(found.headline.metric).toBe('returns');
    expect(found.headline.mean).toBeCloseTo(mean, 12);
    expect(found.headline.standardError).toBeCloseTo(error, 12);
    expect(text).toContain('8 fresh scenarios of 50 steps');
    expect(readFileSync(at('c.html'), 'utf8')).toContain('momentum.k');
    session.rollout.dispose();
  });

  it('simulate a scenario, from its first row after the burn-in', async () => {
    const options = { ...common, source: at('c.json'), every: undefined };
    const paths = await Promise.all(
      [2, 2, 3].map(async (scenario, k) => {
        const { json, exitCode } = await runSimulate({ ...options, out: at(`path-${k}.csv`), scenario, check: true });
        // of all scenarios of the test
        const { identities } = json as { identities: readonly { readonly name: string; readonly off: number }[] };
        expect(identities.map(({ name }) => name)).toContain('value');
        expect(Math.max(...identities.map(({ off }) => off))).toBeLessThan(1e-12);
        expect(exitCode).toBe(0);
        return readFileSync(at(`path-${k}.csv`), 'utf8')
          .trim()
          .split('\n');
      }),
    );
    expect(paths[0]).toHaveLength(52);
    expect(paths[0]).toEqual(paths[1]);
    expect(paths[0]).not.toEqual(paths[2]);
    const session = await openSession(await loadConfig(at('c.yaml'), registry));
    const { data, assets, clock } = session.config;
    if (data.kind !== 'drawn') throw new TypeError('drawn prices were expected');
    const drawer = new DrawnPrices(data.model, { assets, clock, seed: data.seed }, wasm);
    const columns = paths[0][0].split(',');
    const price = (row: string) => Number(row.split(',')[columns.indexOf('prices_A')]);
    const drawn = drawer.prices(2, 90);
    expect(paths[0].slice(1).map(price)).toEqual(Array.from({ length: 51 }, (_, t) => drawn[2 * (32 + t)]));
    drawer.dispose();
    session.rollout.dispose();
  });

  it('export json, and tell what a chain takes that there is no last price', async () => {
    await runExport({ ...common, checkpoint: at('c.json'), to: 'json', out: at('c.system.json'), strict: false });
    const document = JSON.parse(readFileSync(at('c.system.json'), 'utf8'));
    expect(document).toMatchObject({ format: 'poolgrad/system', system: { name: 'tfmm' }, assets: ['A', 'B'] });
    expect(document.parameters['momentum.k'].value).toHaveLength(2);
    const chain = runExport({ ...common, checkpoint: at('c.json'), to: 'quantamm', strict: false });
    expect(await refusal(chain)).toMatch(
      /^export --to quantamm: a pool on recorded prices was expected, got .* on drawn/,
    );
  });
});

describe('what cannot be is refused in one line', () => {
  it.each<[string, string | RegExp, string, string | RegExp]>([
    [
      'a generator that trains',
      'model: walk.yaml',
      'model: { kind: gbm, mu: { value: 0, train: true } }',
      /data\.model\.mu: expected train: false with a pool, .* got train: true; leave train out$/,
    ],
    ['blocks', 'fee: 0.002', 'fee: 0.002, blocks: { seconds: 60 }', /pool\.blocks: expected none with data\.model/],
    [
      'all steps at once',
      'threads: 1',
      'threads: 1, route: vectorised',
      /run\.route: expected auto or scan .* got vectorised/,
    ],
    ['series', 'fee: 0.002', 'fee: { series: fees }', /pool\.fee\.series: /],
    ['trades', 'fee: 0.002', 'fee: 0.002, trades: true', /pool\.trades: /],
    ['a time that is none', 'burnIn: 30', 'burnIn: 30x', /data\.scenarios\.burnIn: expected a time such as 10d/],
    [
      'too little memory',
      'train: 6',
      'train: 600000',
      /^memory: at most 100 MB were expected \(run\.memory\), got 600003 scenarios of 88 rows .* take fewer or shorter/,
    ],
  ])('%s', async (_, from, to, message) => {
    const config = changed('refused.yaml', from, to);
    const refused = await refusal(training({ config, out: at('refused.json'), set: [], memory: '100MB' }));
    expect(refused).toMatch(message);
    expect(refused).not.toContain('\n');
  });

  it('a burn-in of a system that is no pool', async () => {
    const config = changed('system.yaml', /pool: .*\nrule: .*\nobjective: .*/, 'system: compute-market');
    expect(await refusal(training({ config, out: at('refused.json') }))).toMatch(
      /data\.scenarios\.burnIn: expected none with system/,
    );
  });
});

it('other pools and laws of fees run on scenarios', async () => {
  const config = changed(
    'volatility.yaml',
    /pool: .*\nrule: .*/,
    'pool: { kind: constant-weight, fee: 0.002 }\nfeeLaw: volatility\nflow: { kind: elastic, v0: 0.0005 }',
  );
  const { json } = await training({ config, out: at('volatility.json') });
  const { best } = json as { best: { validation: number } };
  expect(best.validation).not.toBe(0);
  expect(Number.isFinite(best.validation)).toBe(true);
});
