/** From prices to an export by the command line: what each command writes, and that the figures of one are those of the next. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCommand } from '../../src/cli/start.js';
import { missing } from '../targets/webgpu-device.js';
import { commandIn, small, synth } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-way-'));
afterAll(() => rmSync(folder, { recursive: true }));

const poolgrad = commandIn(folder);
const text = (file: string) => readFileSync(join(folder, file), 'utf8');

/** The JSON document that a command prints, and nothing besides. */
function json<T>(...args: string[]): T {
  const { status, stdout, stderr } = poolgrad(...args, '--json');
  expect([stderr, status]).toEqual(['', 0]);
  return JSON.parse(stdout) as T;
}

interface Trained {
  readonly checkpoint: string;
  readonly iterations: number;
  readonly stopped: string;
  readonly precision: string;
  readonly best: { readonly set: number; readonly iteration: number; readonly validation: number };
  readonly parameters: Record<string, number[]>;
}

interface Exported {
  readonly out: string;
  readonly to: string;
  readonly loss: { readonly lossBps: number };
  readonly placeholders: readonly string[];
}

type Metrics = Record<string, Record<string, number | null>>;

/** init and train of a shipped kind on the prices of this folder. */
function trained(kind: string, ...args: string[]): Trained {
  const config = `${kind}.yaml`;
  if (!existsSync(join(folder, config))) json('init', config, '--kind', kind, '--data', 'prices.arrow');
  return json('train', config, ...small(4), ...args);
}

beforeAll(() => {
  expect(poolgrad(...synth).status).toBe(0);
});

describe.skipIf(missing)('start on webgpu', () => {
  it('trains there, and goes on in float64 on the CPU', async () => {
    const dir = join(folder, 'start');
    await startCommand().parseAsync(['--device', 'webgpu', '--dir', dir], { from: 'user' });
    const { config } = JSON.parse(text('start/momentum.json'));
    expect(config.run.device).toBe('webgpu');
    expect(['momentum.html', 'momentum.pool.json'].map((file) => existsSync(join(dir, file)))).toEqual([true, true]);
  });
});

describe('a training in float32', () => {
  const out = 'single.json';
  const float32 = ['--device', 'reference', '--precision', 'float32', '--out', out];

  it('says so, and comes near the one in float64', () => {
    const [wide, narrow] = [[], float32].map((args) => trained('constant-weight', ...args));
    expect([wide.precision, narrow.precision]).toEqual(['float64', 'float32']);
    const [a, b] = [wide, narrow].map((t) => t.best.validation);
    expect(b).not.toBe(a);
    // compared in float64 both: what differs are the steps, by returns of which half of the last place of the pool's value at
    // each minute of three days is wrong at most
    expect(Math.abs(b - a)).toBeLessThan(3 * 1440 * 2 ** -24);
  });

  it('is evaluated in float64: to the same bits on a device that has nothing else', () => {
    const [plain, wasm] = ['reference', 'wasm'].map((device) => {
      const { strategies } = json<{ strategies: unknown }>('evaluate', out, '--device', device);
      return strategies;
    });
    expect(plain).toEqual(wasm);
  });

  it('goes on in its own precision, or in another that is asked for, on a device that has it', () => {
    const resume = ['train', '--resume', out];
    expect(json<Trained>(...resume).precision).toBe('float32');
    expect(json<Trained>(...resume, '--device', 'wasm', '--precision', 'float64').precision).toBe('float64');
    expect(poolgrad(...resume, '--device', 'wasm')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'error: precision: float64 was expected on wasm, got float32; ask for float64, or take another device: cuda or webgpu, or reference for a look at small things\n',
    });
  });
});

describe('momentum with fees', () => {
  let result: Trained;
  beforeAll(() => {
    result = trained('momentum-fees', '--seed', '3');
  });

  it('train does what --set says and names the checkpoint', () => {
    expect([result.iterations, result.stopped]).toEqual([4, 'iterations']);
    expect(result.checkpoint).toBe('checkpoints/momentum-fees.json');
    expect(result.parameters['momentum.k']).toHaveLength(2);
    expect(result.parameters['tfmm.fee'][0]).toBeGreaterThan(1e-4);
  });

  it('train has the same bits for the same seed, by flag or by --set', () => {
    trained('momentum-fees', '--set', 'train.seed=3', '--out', 'checkpoints/again.json');
    expect(text('checkpoints/again.json')).toBe(text('checkpoints/momentum-fees.json'));
  });

  it('evaluate and simulate see the same path of the set that train chose', () => {
    const evaluation = json<{
      out: string;
      headline: { value: number };
      choice: { set: number; iteration: number; value: number; split: string; penalty: string };
      splits: Record<string, { rows: [number, number] }>;
      strategies: { name: string; metrics: Metrics }[];
    }>('evaluate', 'checkpoints/momentum-fees.json');
    const { set, iteration, validation } = result.best;
    expect(evaluation.choice).toMatchObject({ set, iteration, value: validation, split: 'validation' });
    expect(evaluation.choice.penalty).toBe('0.1 × turnover');
    expect(text(evaluation.out)).toMatch(/^<!doctype html>/);
    const path = json<{ rows: number; columns: string[]; end: number }>(
      ...['simulate', 'checkpoints/momentum-fees.json', '--every', '1', '--out', 'path.arrow'],
    );
    const table = tableFromIPC(readFileSync(join(folder, 'path.arrow')));
    expect(table.schema.fields.map((f) => f.name)).toEqual(path.columns);
    expect(path.columns).toEqual(['timestamp', 'value', 'fees', 'reserve_A', 'reserve_B', 'weight_A', 'weight_B']);
    const values = table.getChild('value')!.toArray() as Float64Array;
    expect([values.length, values[values.length - 1]]).toEqual([path.rows, path.end]);
    const [from, to] = evaluation.splits.test.rows.map((row) => row - evaluation.splits.train.rows[0]);
    const tuned = evaluation.strategies[0];
    expect(tuned.name).toBe('tuned');
    expect(tuned.metrics.test.returns).toBeCloseTo(values[to - 1] / values[from] - 1, 13);
    expect(evaluation.headline.value).toBe(tuned.metrics.test.daily_log_sharpe);
  });

  it('export json holds the numbers of train, export quantamm what can be known', () => {
    const plain = json<Exported>('export', 'checkpoints/momentum-fees.json', '--to', 'json', '--out', 'pool.json');
    expect([plain.out, plain.loss.lossBps, plain.placeholders]).toEqual(['pool.json', 0, []]);
    const { assets, pool, rule } = JSON.parse(text('pool.json'));
    expect([pool.kind, assets, rule.kind]).toEqual(['tfmm', ['A', 'B'], 'momentum']);
    expect(pool.parameters.fee.value).toEqual(result.parameters['tfmm.fee']);
    expect(rule.parameters.memoryDays.value).toEqual(result.parameters['momentum.memoryDays']);
    const chain = json<Exported>('export', 'checkpoints/momentum-fees.json', '--to', 'quantamm');
    expect(chain.out).toBe('checkpoints/momentum-fees.quantamm.json');
    expect(chain.placeholders).toContain('tokens.A');
    expect(JSON.parse(text(chain.out)).format).toBe('poolgrad/quantamm');
  });

  it('export --strict writes nothing while something is left to fill in', () => {
    const args = ['export', 'checkpoints/momentum-fees.json', '--to', 'quantamm', '--strict', '--out', 'strict.json'];
    const { status, stdout, stderr } = poolgrad(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: export quantamm --strict: expected no placeholders, got 10 \(tokens\.A, .*\n$/);
    expect(existsSync(join(folder, 'strict.json'))).toBe(false);
  });

  it('simulate of a config takes its start values, --set and all', () => {
    const set = small(4, 'pool.value=500', 'pool.fee=0', 'flow=null');
    const path = json<{ start: number; fees: number }>('simulate', 'momentum-fees.yaml', ...set, '--out', 's.arrow');
    expect([path.start, path.fees]).toEqual([500, 0]);
  });
});

describe.each([
  ['hmm', 'hmm-solidity', 'hmm.rho', 'kappa'],
  ['constant-weight', 'balancer-weighted', 'constant-weight.fee', 'swapFeePercentage'],
])('%s', (kind, to, parameter, field) => {
  it(`trains and exports to ${to}`, () => {
    const { checkpoint, parameters } = trained(kind);
    expect(parameters[parameter].every((x) => x > 0 && x < 1)).toBe(true);
    const exported = json<Exported>('export', checkpoint, '--to', to);
    expect(exported.to).toBe(to);
    expect(Math.abs(exported.loss.lossBps)).toBeLessThan(1e-2);
    expect(text(exported.out)).toContain(`"${field}"`);
  });
});
