/** The command `weights` on checkpoint files: what it prints, and what it refuses, in one line and with which exit code. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runWeights } from '../../src/app/index.js';
import type { WeightsOptions } from '../../src/app/options.js';
import { poolSession } from '../../src/app/prepared.js';
import { openSession } from '../../src/app/session.js';
import { openConfig } from '../../src/config/index.js';
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { UserError } from '../../src/errors.js';
import { nextLeg } from '../../src/live/next-leg.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { checkpointLayout, type Json } from '../../src/train/checkpoint.js';
import { saveCheckpoint } from '../../src/train/checkpoint-file.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-weights-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const DAY = 1440;
const whole = synthesize({
  ...synthDefaults,
  assets: ['A', 'B'],
  days: 60,
  seed: 3,
  drift: 2,
  start: Date.UTC(2024, 0, 1),
});

/** Some rows, of some assets. */
function part(d: Dataset, rows: number, assets = d.assets): Dataset {
  const { hash: _, ...fields } = d;
  const prices = d.prices.slice(0, rows * d.assets.length);
  return createDataset({ ...fields, assets, rows, prices, volume: null });
}

/** A checkpoint of a config's start values. */
async function checkpointOf(name: string, models: Record<string, unknown>): Promise<void> {
  const opened = await openConfig(
    { data: { file: file('trained.arrow') }, run: { device: 'wasm' }, ...models },
    registry,
  );
  const { config, dataset, rollout, initial } = poolSession(await openSession(opened), 'test');
  await saveCheckpoint(file(name), {
    program: '0.1.0',
    config: config.plain as Record<string, Json>,
    dataset: { path: file('trained.arrow'), hash: dataset.hash, assets: dataset.assets, rows: dataset.rows },
    layout: checkpointLayout(rollout.layout),
    state: {
      iteration: 0,
      sets: 1,
      seed: 1,
      raw: initial,
      optimizer: 'adam',
      slots: {},
      history: [],
      best: { set: 0, iteration: 0, raw: initial, validation: 0 },
      moved: new Uint8Array(initial.length),
      reseeded: 0,
      finished: true,
    },
  });
  rollout.dispose();
}

const momentum = {
  pool: { kind: 'tfmm', fee: 0.002 },
  rule: { kind: 'momentum', memoryDays: 3, k: 4 },
  flow: { kind: 'elastic', v0: 0.0005 },
};

beforeAll(async () => {
  await saveDataset(file('trained.arrow'), whole);
  // the latest prices are fewer than a training window, and end within a leg
  await saveDataset(file('latest.arrow'), part(whole, 12 * DAY + 100));
  await saveDataset(file('early.arrow'), part(whole, DAY));
  await saveDataset(file('other.arrow'), part(whole, 12 * DAY, ['A', 'C']));
  await checkpointOf('momentum.json', momentum);
  await checkpointOf('constant.json', { pool: { kind: 'constant-weight' } });
});

const run = (options: Partial<WeightsOptions> = {}) =>
  runWeights({ checkpoint: file('momentum.json'), data: file('latest.arrow'), json: false, ...options });

type Weights = Record<'A' | 'B', number>;

interface Printed {
  readonly rule: string;
  readonly dataset: string;
  readonly ruleStep: { readonly number: number; readonly row: number; readonly time: string };
  readonly nextRuleStep: string;
  readonly targetReached: string;
  readonly weightsFrom: string;
  readonly current: Weights;
  readonly target: Weights;
  readonly changePerMinute: Weights;
  readonly guards: readonly string[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  readonly lastPrices: Readonly<Record<string, object>>;
}

const json = async (options: Partial<WeightsOptions> = {}) => (await run(options)).json as Printed;

describe('weights', () => {
  it('gives the leg from the last rule step, with its times, and goes by its own data', async () => {
    const got = await json();
    expect(got).toMatchObject({
      rule: 'momentum',
      ruleStep: { number: 12, row: 12 * DAY, time: '2024-01-13T00:00:00.000Z' },
      nextRuleStep: '2024-01-14T00:00:00.000Z',
      targetReached: '2024-01-14T00:00:00.000Z',
      weightsFrom: 'followed since the first row',
      dataset: part(whole, 12 * DAY + 100).hash,
      warnings: [
        expect.stringMatching(
          /^on another dataset than the one trained on: .*latest.arrow \(17380 rows of A, B, .*\), not .*trained.arrow \(86400 rows/,
        ),
      ],
      notes: [],
    });
    expect(got.current.A + got.current.B).toBeCloseTo(1, 14);
    expect(got.target.A).not.toBe(got.current.A);
    expect(got.target.A - got.current.A).toBeCloseTo(DAY * got.changePerMinute.A, 14);
  });

  it('has the numbers of the checkpoint’s chosen set', async () => {
    const opened = await openConfig({ data: { file: file('trained.arrow') }, ...momentum }, registry);
    const { spec, initial, rollout } = poolSession(await openSession(opened, 'wasm'), 'test');
    rollout.dispose();
    const leg = nextLeg({ spec, raw: initial, data: part(whole, 12 * DAY + 1), target: wasm });
    const got = await json();
    expect([got.current.A, got.current.B]).toEqual(leg.current);
    expect([got.target.A, got.target.B]).toEqual(leg.target);
    expect(got.guards).toEqual(leg.guards);
  });

  it('is the same of the config’s own data at that time', async () => {
    const latest = await json();
    const { dataset, lastPrices, warnings, ...own } = await json({ data: undefined, at: '2024-01-13T23:59Z' });
    expect([dataset, warnings]).toEqual([whole.hash, []]);
    expect(lastPrices.A).toEqual({ time: '2024-01-13T23:59:00.000Z', ageMinutes: 0, known: true });
    expect({ ...latest, ...own }).toEqual(latest);
    expect((await json({ data: undefined })).ruleStep.number).toBe(59);
  });

  it('takes the live pool’s weights', async () => {
    const got = await json({ weights: '0.4, 0.6' });
    expect([got.current, got.weightsFrom]).toEqual([{ A: 0.4, B: 0.6 }, 'given']);
    const { text } = await run({ weights: '0.4,0.6' });
    expect(text).toContain('as given by --weights');
  });

  it('prints a table', async () => {
    const { current, target, changePerMinute } = await json();
    const lines = (await run()).text.split('\n');
    expect(lines[0]).toBe(
      'tfmm + momentum: rule step 12 at 2024-01-13T00:00Z, one every 1d; the next is due at 2024-01-14T00:00Z',
    );
    const cells = lines[3].trim().split(/\s+/);
    expect(cells[0]).toBe('B');
    [current.B, target.B, changePerMinute.B].forEach((x, i) => {
      expect(Number(cells[i + 1])).toBeCloseTo(x, 9);
    });
    expect(lines[4]).toContain('has followed the rule since the first row, 2024-01-01T00:00Z; give the live pool');
  });

  it('writes every rule step to a file, as Arrow and as CSV', async () => {
    const plain = await json();
    const csv = file('steps/path.csv');
    const { path, ...rest } = (await json({ path: csv })) as Printed & { path: unknown };
    expect(rest).toEqual(plain);
    const both = ['A', 'B'];
    const columns = [
      'timestamp',
      ...['weight', 'target', 'output', 'ewma', 'a'].flatMap((name) => both.map((asset) => `${name}_${asset}`)),
    ];
    expect(path).toEqual({ out: csv, rows: 12, columns });
    const [head, ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\n');
    expect(head.split(',')).toEqual(columns);
    expect(lines.length).toBe(12);
    const last = lines[11].split(',');
    expect(last[0]).toBe('2024-01-13T00:00:00.000Z');
    const { current, target } = plain;
    expect(last.slice(1, 5).map(Number)).toEqual([current.A, current.B, target.A, target.B]);
    expect((await run({ path: file('path.arrow') })).text).toContain('path.arrow: 12 rule steps; columns timestamp, ');
    const table = tableFromIPC(readFileSync(file('path.arrow')));
    expect(table.schema.fields.map((f) => f.name)).toEqual(columns);
    expect(Number(table.getChild('timestamp')?.get(11))).toBe(Date.parse(last[0]));
    for (const [i, name] of columns.slice(1).entries()) {
      expect(table.getChild(name)?.get(11)).toBe(Number(last[i + 1]));
    }
    // a pool's own weights are of its last step only
    expect(await json({ path: csv, weights: '0.4,0.6' })).toMatchObject({ current: { A: 0.4 }, path: { rows: 12 } });
    expect(readFileSync(csv, 'utf8').trimEnd().split('\n').at(-1)).toBe(lines[11]);
  });

  it('says when the estimator still remembers how it started', async () => {
    const [note] = (await json({ at: '2024-01-05' })).notes;
    expect(note).toMatch(/^the estimator has seen 4 days of prices, its longest memory is 3: it still remembers/);
    expect((await run({ at: '2024-01-05' })).text).toContain(`note: ${note}`);
  });
});

describe('refuses', () => {
  const example = 'for example --weights 0.75,0.25';
  const wanted = '--weights: expected 2 weights above 0 that sum to 1, of A, B, got';
  it.each<[string, Partial<WeightsOptions>, 1 | 2, string]>([
    ['too few weights', { weights: '0.4' }, 2, `${wanted} 1: '0.4'; ${example}`],
    ['too many weights', { weights: '0.4,0.3,0.3' }, 2, `${wanted} 3: '0.4,0.3,0.3'; ${example}`],
    ['a wrong sum', { weights: '0.4,0.5' }, 2, `${wanted} a sum of 0.9; ${example}`],
    ['a negative weight', { weights: '-0.4,1.4' }, 2, `${wanted} '-0.4' for A; ${example}`],
    ['a weight of 0', { weights: '1,0' }, 2, `${wanted} '0' for B; ${example}`],
    ['words for weights', { weights: '0.4,half' }, 2, `${wanted} 'half' for B; ${example}`],
    ['nothing for a weight', { weights: '1,' }, 2, `${wanted} '' for B; ${example}`],
    ['no time', { at: 'noon' }, 2, "--at: expected a time in UTC such as 2024-01-13T01:39Z, got 'noon'"],
    [
      'no day of the calendar',
      { at: '2024-02-30' },
      2,
      "--at: expected a time in UTC such as 2024-01-13T01:39Z, got '2024-02-30'",
    ],
    [
      'a time after the data',
      { at: '2024-02-01' },
      2,
      '--at: expected a time within the data, 2024-01-01T00:00Z to 2024-01-13T01:39Z, got 2024-02-01T00:00Z; give other data, or leave --at out to take all',
    ],
    [
      'other assets',
      { data: file('other.arrow') },
      2,
      '--data: prices of A, B were expected, as the checkpoint has them, got A, C; import those assets under those names',
    ],
    [
      'too few rows',
      { data: file('early.arrow') },
      1,
      'weights: 1441 rows or more were expected, for a rule step 1440 rows after the first, got 1440; give data that start earlier or end later',
    ],
    [
      'a pool without a rule',
      { checkpoint: file('constant.json') },
      1,
      'weights: a pool whose weights follow a rule was expected, got constant-weight, which has none; its weights need no step, and `poolgrad export` writes its parameters',
    ],
    [
      'a folder for the path',
      { path: folder },
      1,
      `output: '${folder}' cannot be written: it is a folder; name another file by --path`,
    ],
    [
      'no checkpoint',
      { checkpoint: file('no.json') },
      1,
      `checkpoint: '${file('no.json')}' cannot be read: there is no such file; give the path of a file that train wrote`,
    ],
  ])('%s', async (_, options, exitCode, message) => {
    const error = await run(options).catch((e) => e);
    expect(error).toBeInstanceOf(UserError);
    expect([error.message, error.exitCode]).toEqual([message, exitCode]);
  });
});
