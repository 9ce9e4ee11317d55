/** Rows of any length: a config on minutes beside itself on longer rows; blocks of 12 s and days from import to simulation. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runEvaluate, runExport, runSimulate, runTrain, runWeights } from '../../src/app/index.js';
import { initialRaw } from '../../src/app/prepared.js';
import { specOf } from '../../src/app/rollout.js';
import { resolveOn } from '../../src/config/index.js';
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { importFiles, parseImportFile } from '../../src/data/import-files.js';
import { resample } from '../../src/data/resample.js';
import { heldPrices, metricsOf, record } from '../../src/evaluate/path.js';
import { createPoolRollout, poolLayout } from '../../src/pools/rollout.js';
import { draw } from '../../src/targets/runtime.js';
import { wasm } from '../../src/targets/wasm/index.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-step-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const gauss = (lane: number, step: number): number =>
  Math.sqrt(-2 * Math.log(draw(3, lane, step, 0))) * Math.cos(2 * Math.PI * draw(3, lane, step, 1));

/** Random walks of 4 % a day. */
function walked(rows: number, interval: number): Dataset {
  const step = 0.04 * Math.sqrt(interval / 86_400_000);
  const logs = [0, 0];
  const prices = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    for (const i of [0, 1]) {
      prices[row * 2 + i] = (100 / (i + 1)) * Math.exp(logs[i]);
      logs[i] += step * gauss(i, row);
    }
  }
  const start = Date.UTC(2025, 0, 1);
  return createDataset({ assets: ['A', 'B'], rows, start, interval, prices, volume: null, meta: {} });
}

type Figures = Readonly<Record<string, number>>;

/** Scores of some objectives and metrics of the config's start values, over all rows. */
function figures(data: Dataset, config: object, names: readonly string[]): { scores: Figures; metrics: Figures } {
  const days = (data.rows * data.interval) / 86_400_000;
  const split = { train: 1, validation: 0, test: 0, burnInDays: 0 };
  const raw = { data: { file: 'x' }, split, train: { windowDays: days }, ...config };
  const scores: Record<string, number> = {};
  let metrics: Record<string, number | null> = {};
  for (const name of names) {
    const { config: resolved } = resolveOn(data, { ...raw, objective: name }, registry);
    if (resolved.kind !== 'pool') throw new TypeError('a pool was expected');
    const spec = specOf(resolved);
    const rollout = createPoolRollout(spec, data, wasm, { threads: 1 });
    const start = initialRaw(resolved, poolLayout(spec));
    scores[name] = rollout.value(start, Int32Array.of(0), data.rows).objective[0];
    if (name === names[0]) {
      const path = record(rollout, start, [[0, data.rows]]);
      metrics = metricsOf(path, heldPrices(data, 2), [0, data.rows], names);
    }
    rollout.dispose();
  }
  return { scores, metrics: metrics as Figures };
}

describe('the same prices by the minute and by five', () => {
  const whole = walked(40 * 1440, 60_000);
  const fives = resample(whole, { interval: 300_000, sum: [] }).dataset;
  // a row of five minutes has the price of the last of them: minutes from there on end and begin with the same
  const rows = 5 * (fives.rows - 1) + 1;
  const start = whole.start + 4 * 60_000;
  const minutes = createDataset({ ...whole, start, rows, prices: whole.prices.slice(8, 8 + 2 * rows) });
  const common = [
    'annualised_returns',
    'daily_sharpe',
    'daily_log_sharpe',
    'sortino',
    'max_draw_down',
    'calmar',
    'ulcer',
  ];

  // arbitrageurs come as often to both where they pay a fee: what they pay depends on it
  const cases: readonly (readonly [string, object, number, readonly string[]])[] = [
    [
      'weights that follow a rule, without a fee',
      {
        pool: { kind: 'tfmm', fee: { value: 0, train: false } },
        rule: { kind: 'momentum', memoryDays: '36h', chunkPeriod: '6h', weightInterpolationPeriod: '3h' },
      },
      0.02,
      [...common, 'sharpe', 'turnover'],
    ],
    [
      'a fee by a law and flow',
      {
        pool: { kind: 'constant-weight', fee: 0.001, arbitrageEvery: '5m' },
        feeLaw: { kind: 'volatility', halfLife: '4h' },
        flow: { kind: 'elastic', v0: 5e-4 },
      },
      0.03,
      [...common, 'fee_revenue_over_value'],
    ],
    [
      'a range that follows the price',
      { pool: { kind: 'reclamm', fee: 0.003, arbitrageEvery: '5m' }, flow: { kind: 'elastic', v0: 5e-4 } },
      0.04,
      [...common, 'fee_revenue_over_value'],
    ],
  ];
  it.each(cases)('%s', (_name, config, tolerance, names) => {
    const [a, b] = [minutes, fives].map((data) => figures(data, config, names));
    for (const name of names) {
      for (const kind of ['scores', 'metrics'] as const) {
        const [one, five] = [a[kind][name], b[kind][name]];
        // turnover is of rule steps in an objective and of rows in a metric
        if (name === 'turnover' && kind === 'metrics') continue;
        expect(Math.abs(five - one), `${kind} ${name}: ${one}, ${five}`).toBeLessThan(
          tolerance * Math.max(Math.abs(one), name.includes('return') ? 0.05 : 0.02),
        );
      }
      if (name !== 'turnover') expect(b.metrics[name], name).toBeCloseTo(b.scores[name], 6);
    }
  });
});

/** Trains, evaluates and looks at what comes of it. */
async function wholeWay(name: string, config: object, every?: number) {
  writeFileSync(file(`${name}.yaml`), JSON.stringify({ data: `${name}.arrow`, ...config }));
  const checkpoint = file(`${name}.json`);
  const signal = new AbortController().signal;
  const trained = await runTrain({ config: file(`${name}.yaml`), out: checkpoint, set: [], json: true, signal });
  const evaluated = await runEvaluate({ checkpoint, out: file(`${name}.html`), json: true });
  const simulated = await runSimulate({ source: checkpoint, out: file(`${name}.csv`), every, set: [], json: true });
  return { checkpoint, trained, evaluated, simulated };
}

const few = { sets: 2, windows: 2, iterations: 3 };

describe('rows of 12 s', () => {
  it('go from import to an export and a path', async () => {
    const data = walked(2 * 7200, 12_000);
    const csv = (i: number) =>
      Array.from({ length: data.rows }, (_, r) => `${(data.start + r * 12_000) / 1000},${data.prices[r * 2 + i]}`);
    for (const i of [0, 1]) writeFileSync(file(`${data.assets[i]}.csv`), ['time,close', ...csv(i)].join('\n'));
    const files = data.assets.map((name) => parseImportFile(`${name}=${file(`${name}.csv`)}`));
    const { dataset } = await importFiles(files, {
      columns: {},
      volumeUnit: 'base',
      span: 'intersection',
      fill: 'refuse',
    });
    expect([dataset.interval, dataset.rows]).toEqual([12_000, data.rows]);
    await saveDataset(file('blocks.arrow'), dataset);

    const { checkpoint, trained, evaluated, simulated } = await wholeWay(
      'blocks',
      {
        pool: { kind: 'tfmm', fee: { value: 0.0005, train: false } },
        rule: { kind: 'momentum', memoryDays: '6h', chunkPeriod: '30m', weightInterpolationPeriod: '12s' },
        objective: 'sharpe',
        split: { burnInDays: '2h' },
        train: { ...few, windowDays: '6h' },
      },
      0.4,
    );
    const stress = (evaluated.json as { stress: { arbitrageEvery: number }[] }).stress.map((c) => c.arbitrageEvery);
    expect(stress).toEqual([0.2, 0.4, 1, 3, 12]);
    expect(evaluated.text).toContain('every 12 seconds');
    expect(evaluated.text).toContain('every 3 minutes');
    expect(readFileSync(file('blocks.html'), 'utf8')).toContain('14,400 steps of 12s');
    expect((simulated.json as { every: number }).every).toBe(0.4);
    expect(simulated.text).toContain('one every 24s');
    const [head, first, second] = readFileSync(file('blocks.csv'), 'utf8').split('\n');
    const at = head.split(',').indexOf('timestamp');
    expect(Date.parse(second.split(',')[at]) - Date.parse(first.split(',')[at])).toBe(24_000);
    expect(JSON.stringify(trained.json)).toContain('memoryDays');

    const out = await runExport({ checkpoint, to: 'quantamm', out: file('chain.json'), strict: false, json: true });
    expect(out.text).toContain('rounding costs');
    const chain = JSON.parse(readFileSync(file('chain.json'), 'utf8')) as {
      params: { _poolSettings: { updateInterval: number } };
    };
    expect(chain.params._poolSettings.updateInterval).toBe(1800);
    await expect(
      runExport({ checkpoint, to: 'quantammsim', out: file('sim.json'), strict: false, json: true }),
    ).rejects.toThrow('a run on minute prices was expected, got one on rows of 12s');
    const live = await runWeights({ checkpoint, json: true });
    expect(live.text).toContain('one every 30m');
    await expect(
      runSimulate({ source: checkpoint, out: file('odd.csv'), every: 0.5, set: [], json: true }),
    ).rejects.toThrow('--every: expected a time of whole steps of 12s, got 0.5 minutes; take 24s or 36s');
  });
});

describe('rows of a day', () => {
  it('train on daily figures, with settings of a day by default', async () => {
    await saveDataset(file('days.arrow'), walked(500, 86_400_000));
    const { evaluated, simulated } = await wholeWay('days', {
      pool: { kind: 'tfmm', fee: { value: 0, train: false } },
      rule: { kind: 'momentum', memoryDays: 20 },
      objective: 'daily_log_sharpe',
      split: { burnInDays: 30 },
      train: { ...few, windowDays: 60 },
    });
    const { headline } = evaluated.json as { headline: { value: number | null } };
    expect(headline.value).not.toBeNull();
    // an hour would be less than a step
    expect((simulated.json as { every: number }).every).toBe(1440);
    expect(readFileSync(file('days.html'), 'utf8')).toContain('500 days from 1 Jan 2025');
  });
});

describe('blocks of a config', () => {
  it('are trained on and told of', async () => {
    await saveDataset(file('slots.arrow'), walked(4 * 1440, 60_000));
    const { evaluated, checkpoint } = await wholeWay('slots', {
      pool: { kind: 'constant-weight', fee: { value: 0.003, train: true }, blocks: { seconds: 12 } },
      flow: { kind: 'elastic', v0: 5e-4 },
      objective: 'returns_over_hodl',
      split: { burnInDays: 0 },
      train: { ...few, windowDays: 1 },
    });
    const { stress, warnings } = evaluated.json as { stress: { arbitrageEvery: number }[]; warnings: string[] };
    expect(stress.map((c) => c.arbitrageEvery)).toEqual([0.2, 1, 2, 5, 15, 60]);
    // what minute prices do to a fee is no matter of a pool that has blocks
    expect(warnings.join()).not.toContain('Where blocks come');
    const saved = JSON.parse(readFileSync(checkpoint, 'utf8')) as { config: { pool: Record<string, unknown> } };
    expect(saved.config.pool.blocks).toEqual({ seconds: 12, arrival: 'regular', seed: 1 });
    expect(saved.config.pool.arbitrageEvery).toBeUndefined();
  });
});
