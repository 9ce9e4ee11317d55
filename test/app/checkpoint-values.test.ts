/** The numbers of a checkpoint: under the names that they were trained under, finite, and other ones only where that makes sense. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate, runExport, runSimulate, runWeights } from '../../src/app/index.js';
import { changedCheckpoint, FEES, MOMENTUM, refusal, trainedIn, training } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-values-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

let momentum: string;
let fees: string;
beforeAll(async () => {
  momentum = await trainedIn(folder, 'momentum', MOMENTUM);
  fees = await trainedIn(folder, 'fees', FEES);
});

const simulate = (source: string, set: readonly string[] = []) =>
  runSimulate({ source, out: at('x.csv'), every: 60, set, json: false });

const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  evaluate: (checkpoint) => runEvaluate({ checkpoint, out: at('x.html'), json: false }),
  export: (checkpoint) => runExport({ checkpoint, to: 'json', out: at('x.pool'), strict: false, json: false }),
  simulate,
  weights: (checkpoint) => runWeights({ checkpoint, json: false }),
  'train --resume': (resume) => training({ resume, out: at('x.train') }),
};

type State = { best: { raw: Float64Array } };

describe.each(Object.keys(readers))('%s', (name) => {
  const read = readers[name];
  /** Of a changed checkpoint: refused, and nothing written. */
  const refused = async (change: Parameters<typeof changedCheckpoint>[2]) => {
    const message = await refusal(read(changedCheckpoint(momentum, at('changed.json'), change)));
    for (const file of ['x.html', 'x.pool', 'x.csv', 'x.train']) expect(existsSync(at(file))).toBe(false);
    return message;
  };

  it('refuses parameters under other names, in another order or of another size', async () => {
    const layouts = [
      [1, 0, 2, 3],
      [0, 1, 3, 2],
    ].map((order) => (c: Parameters<Parameters<typeof changedCheckpoint>[2]>[0]) => {
      c.layout = order.map((k) => c.layout[k]);
    });
    for (const change of layouts) {
      expect(await refused(change)).toMatch(
        /^checkpoint: '.*changed.json' has the parameters .*, its models have tfmm.initialWeights \(2\), tfmm.fee \(1\), momentum.memoryDays \(2\), momentum.k \(2\); use the version that wrote it \(.*\)$/,
      );
    }
    expect(
      await refused((c) => {
        c.layout = [{ name: 'tfmm.initialWeights', size: 1 }, { name: 'tfmm.fee', size: 2 }, ...c.layout.slice(2)];
      }),
    ).toContain('has the parameters tfmm.initialWeights (1), tfmm.fee (2), ');
  });

  it.each([
    ['NaN', Number.NaN, /is damaged: state.best.raw: expected numbers, got NaN among them; restore/],
    [
      'Infinity',
      Number.POSITIVE_INFINITY,
      /finite numbers were expected of the best set, got the raw number Infinity for momentum.memoryDays; /,
    ],
    ['-Infinity', Number.NEGATIVE_INFINITY, /got the raw number -Infinity for momentum.memoryDays; /],
  ])('refuses %s among them', async (_, value, message) => {
    const change = (c: object) => {
      const { best } = (c as { state: State }).state;
      best.raw = best.raw.map((x, k) => (k === 3 ? value : x));
    };
    expect(await refused(change)).toMatch(message);
  });

  it('refuses one whose value is none', async () => {
    const change = (c: object) => {
      const { best } = (c as { state: State }).state;
      best.raw = best.raw.map((x, k) => (k === 5 ? 1e308 : x));
    };
    expect(await refused(change)).toMatch(/got the value Infinity for momentum.k; restore a copy, or train anew$/);
  });

  it('refuses a config of other assets, and of none', async () => {
    expect(
      await refused((c) => {
        c.config = { ...c.config, data: { file: 'prices.arrow', assets: ['B', 'A'] } };
      }),
    ).toMatch(/its config was expected to have the assets of its dataset, A, B, got B, A; /);
    expect(
      await refused((c) => {
        c.config = { ...c.config, pool: { kind: 'tfmn' } };
      }),
    ).toMatch(/^checkpoint: '.*changed.json': its config: pool.kind: expected constant-weight, tfmm, /);
  });
});

describe('a path that leaves the numbers', () => {
  it('is refused where it arises, and nothing is written', async () => {
    expect(await refusal(simulate(fees, ['pool.value=1.797e308']))).toMatch(
      /^rollout: finite \w+ of the pool were expected, got (NaN|Infinity) in row \d+; its parameters lead out of the numbers: /,
    );
    expect(existsSync(at('x.csv'))).toBe(false);
  });
});

describe('--set on a checkpoint', () => {
  type Path = { json: { end: number; fees: number; notes: string[] } };
  const end = async (set: readonly string[]) => ((await simulate(fees, set)) as unknown as Path).json;

  it('simulates with another value, and keeps all others', async () => {
    const own = await end([]);
    const dearer = await end(['pool.fee=0.02']);
    expect(dearer.fees).not.toBe(own.fees);
    // by way of a checkpoint that has it
    const same = changedCheckpoint(fees, at('same.json'), (c) => {
      const raw = c.state.best.raw.slice();
      raw[2] = Math.log(0.02 / 0.98);
      c.state = { ...c.state, best: { ...c.state.best, raw } };
    });
    const { json } = (await simulate(same)) as unknown as Path;
    expect(dearer.end).toBeCloseTo(json.end, 4);
    rmSync(at('x.csv'));
  });

  it.each([
    'pool.arbitrageEvery=5',
    'pool.value=2e6',
    'flow.v0=0.001',
    'pool.fee.value=0.01',
    'run.threads=2',
    'run.device=reference',
  ])('simulates with %s', async (entry) => {
    expect((await end([entry])).end).toBeGreaterThan(0);
    rmSync(at('x.csv'));
  });

  it.each([
    [
      'pool.kind=tfmm',
      /^--set: expected an entry of run, data.file, or a value or setting of pool, .* got pool.kind: /,
    ],
    ['pool.fee.train=false', /got pool.fee.train: /],
    ['train.iterations=3', /got train.iterations: the others are those of the training; name a config, or train anew$/],
    ['split.test=0.5', /got split.test: /],
    ['pool.fee=2', /^--set pool.fee: expected a number from 0 to 0.1/],
    ['pool.fe=0.1', /^--set pool.fe: expected a known key, got 'fe'; did you mean 'fee'/],
    ['run.device=wsam', /^--set run.device: expected auto, /],
    ['pool.arbitrageCosts=on', /has the parameters .*, its models have .*constant-weight.gas/],
  ])('does not simulate with %s', async (entry, message) => {
    expect(await refusal(simulate(fees, [entry]))).toMatch(message);
    expect(existsSync(at('x.csv'))).toBe(false);
  });

  it('simulates a pool of no fee with one', async () => {
    const dearer = (await simulate(momentum, ['pool.fee=0.003'])) as unknown as Path;
    expect(dearer.json.fees).toBeGreaterThan(0);
    rmSync(at('x.csv'));
  });

  it('evaluates and exports on other threads or another device, and not with other values', async () => {
    const set = ['run.threads=1', 'run.device=reference'];
    const out = at('y.html');
    await runEvaluate({ checkpoint: fees, out, set, json: false });
    await runExport({ checkpoint: fees, to: 'json', out: at('y.pool'), set, strict: false, json: false });
    await runWeights({ checkpoint: momentum, set, json: false });
    const wanted =
      /^--set: expected an entry of run, data.file or data.scenarios.test with a checkpoint, got pool.fee: figures are those of what was trained; simulate takes other values, or train anew$/;
    expect(await refusal(runEvaluate({ checkpoint: fees, out, set: ['pool.fee=0.01'], json: false }))).toMatch(wanted);
  });

  it('cuts threads to the cores, and says so once', async () => {
    const { notes } = await end(['run.threads=1024']);
    expect(notes).toEqual([
      expect.stringMatching(/^run.threads: 1024 is cut to the \d+ cores that this process may use$/),
    ]);
  });
});
