/** Result files of the Python simulator by the command line: evaluated, trained on, written; what is wrong with them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRunFile, encodeRunFile, type Fields, runFileName } from '../../src/quantammsim/run-file.js';
import { decodeCheckpoint } from '../../src/train/checkpoint.js';
import { entries, fingerprint } from '../quantammsim/setup.js';
import { commandIn, small, synth } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const poolgrad = commandIn(folder);
const at = (file: string) => join(folder, file);
const text = (file: string) => readFileSync(at(file), 'utf8');
const write = (file: string, change: Fields, list: readonly Fields[] = entries) =>
  writeFileSync(at(file), encodeRunFile({ ...fingerprint, ...change }, list));

function json<T>(...args: string[]): T {
  const { status, stdout, stderr } = poolgrad(...args, '--json');
  expect([stderr, status]).toEqual(['', 0]);
  return JSON.parse(stdout) as T;
}

interface Evaluated {
  readonly headline: { readonly metric: string; readonly value: number };
  readonly choice: { readonly set: number; readonly iteration: number; readonly why?: string };
  readonly splits: Record<string, { rows: [number, number] }>;
  readonly strategies: readonly { readonly name: string; readonly metrics: Record<string, Record<string, number>> }[];
  readonly warnings: readonly string[];
}

const evaluate = (...args: string[]) => json<Evaluated>('evaluate', ...args);
/** Best set of a checkpoint, raw. */
const best = (file: string) => Array.from(decodeCheckpoint(text(file), file).state.best.raw);
/** Trained steps none: the best set is set 0 at its start values. */
const still = small(1, 'train.sets=1', 'train.learningRate=1e-12');

/** Keys of the simulator's own defaults and of its searches, none of which has an effect without fees. */
const defaults = { protocol_fee_split: 0.25, ste_temperature: 10, evaluation_starts: [1440, 2880], noise_model: 'x' };

beforeAll(() => {
  for (const args of [synth, ['init', 'p.yaml', '--data', 'prices.arrow']]) expect(poolgrad(...args).status).toBe(0);
  write('run.json', {});
  write('defaults.json', defaults);
});

describe('evaluate', () => {
  it('takes the best entry on the dates of the run, and says how', () => {
    const found = evaluate('run.json', '--data', 'prices.arrow');
    expect(found.choice).toMatchObject({ set: 1, iteration: 10 });
    const day = 1440;
    // the data begin at 1 January; a quarter of 3 to 15 January is for validation
    expect(found.splits.train.rows).toEqual([2 * day, 11 * day]);
    expect(found.splits.validation.rows).toEqual([11 * day, 14 * day]);
    expect(found.splits.test.rows).toEqual([14 * day, 18 * day]);
    expect(text('run.html')).toContain('Set 2 of 2 of entry 2 (step 10) was chosen by validation_metrics');
    expect(text('run.html')).not.toContain('the test split played no part in it');
  });

  it('has another headline where the run was after what short windows have not', () => {
    write('ulcer.json', { return_val: 'ulcer' });
    const found = evaluate('ulcer.json', '--data', 'prices.arrow', '--entry', '1');
    expect(found.headline.metric).toBe('daily_log_sharpe');
    expect(found.warnings).toContain('return_val ulcer is no headline here: it is daily_log_sharpe');
    write('sortino.json', { return_val: 'sortino' });
    expect(evaluate('sortino.json', '--data', 'prices.arrow', '--entry', '1').headline.metric).toBe('sortino');
  });

  it('takes the entry that --entry says, encoded once or twice, whatever keys without an effect say', () => {
    const twice = evaluate('run.json', '--data', 'prices.arrow', '--entry', '1');
    expect(twice.choice).toMatchObject({ set: 0, iteration: 0 });
    writeFileSync(at('once.json'), JSON.parse(text('run.json')));
    const once = evaluate('once.json', '--data', 'prices.arrow', '--entry', '1');
    expect(once.strategies).toEqual(twice.strategies);
    const idle = evaluate('defaults.json', '--data', 'prices.arrow', '--entry', '1');
    expect(idle.strategies).toEqual(twice.strategies);
    const told = idle.warnings.find((warning) => warning.startsWith('without an effect here: '));
    for (const key of Object.keys(defaults)) expect(told).toContain(key);
  });

  it('has the figures of the same pool as a config of ours, fees and the share of them that leaves it among them', () => {
    // entry 1, set 1, in the order of A, B: λ = logistic(.1, .2), k = 2^(−1, 0), logits equal
    const days = [0.1, 0.2].map((x) => {
      const lambda = 1 / (1 + Math.exp(-x));
      return Math.cbrt((6 * lambda) / (1 - lambda) ** 3) * 2;
    });
    const rule = `{kind: momentum, memoryDays: {value: [${days}]}, k: {value: [0.5, 1]}, minimumWeight: 0.05}`;
    const pool = '{kind: tfmm, value: 1e6, fee: 0.003, protocolShare: 0.25}';
    const same = ['--set', `rule=${rule}`, '--set', `pool=${pool}`, '--set', 'split.burnInDays=2'];
    const shares = [
      '--set',
      'split.train=0.5',
      '--set',
      'split.validation=0.16666666666666666',
      '--set',
      'split.test=0.33333333333333337',
    ];
    json('train', 'p.yaml', ...still, ...same, ...shares, '--out', 'same.json');
    const dates = { startDateString: '2024-01-03', endDateString: '2024-01-15', endTestDateString: '2024-01-21' };
    write('same-run.json', { ...dates, fees: 0.003, protocol_fee_split: 0.25 });
    const [ours, theirs] = [evaluate('same.json'), evaluate('same-run.json', '--data', 'prices.arrow', '--entry', '1')];
    expect(theirs.splits).toEqual(ours.splits);
    const figures = (e: Evaluated) => e.strategies[0].metrics.test;
    for (const metric of ['returns', 'daily_log_sharpe', 'max_draw_down']) {
      expect(figures(theirs)[metric] / figures(ours)[metric]).toBeCloseTo(1, 9);
    }
  });

  it('splits data that do not hold the dates by shares, and notes it', () => {
    write('later.json', { endTestDateString: '2025-01-01 00:00:00' });
    const found = evaluate('later.json', '--data', 'prices.arrow');
    expect(found.splits.train.rows[0]).toBe(5 * 1440);
    expect(found.warnings).toContainEqual(expect.stringContaining("do not hold the run's dates"));
  });
});

describe('train --init-from', () => {
  it("starts at the run's values, in the order of the config's assets", () => {
    json('train', 'p.yaml', ...still, '--init-from', 'defaults.json', '--entry', '1', '--out', 'from-run.json');
    const raw = best('from-run.json');
    // weights, fee, memories, k of A, B: entry 1, set 1
    [0.1, 0.2, -1, 0].forEach((x, i) => {
      expect(raw[3 + i]).toBeCloseTo(x, 12);
    });
  });

  it('starts at the values of a checkpoint, and goes on by --resume', () => {
    json('train', 'p.yaml', ...small(4), '--seed', '5', '--out', 'first.json');
    json('train', 'p.yaml', ...still, '--init-from', 'first.json', '--out', 'second.json');
    best('second.json').forEach((x, i) => {
      const wanted = best('first.json')[i];
      expect(x === wanted || Math.abs(x - wanted) < 1e-6).toBe(true);
    });
    expect(json<{ iterations: number }>('train', '--resume', 'second.json').iterations).toBe(1);
  });
});

describe('export --to quantammsim', () => {
  it.each(['momentum', 'power-channel', 'mean-reversion-channel'])('of %s evaluates as the checkpoint does', (rule) => {
    const args = rule === 'momentum' ? [] : ['--set', `rule.kind=${rule}`, '--set', 'rule.k=0.2'];
    json('train', 'p.yaml', ...small(4), ...args, '--out', `${rule}.json`);
    const { out, loss } = json<{ out: string; loss: { lossBps: number } }>(
      ...['export', `${rule}.json`, '--to', 'quantammsim'],
    );
    expect(out).toBe(runFileName(decodeRunFile(text(out), out).fingerprint));
    expect(Math.abs(loss.lossBps)).toBeLessThan(1e-8);
    const [ours, theirs] = [evaluate(`${rule}.json`), evaluate(out, '--data', 'prices.arrow')];
    expect(theirs.splits).toEqual(ours.splits);
    // the bits where no transform was between
    const digits = rule === 'momentum' ? 15 : 9;
    expect(theirs.headline.value / ours.headline.value).toBeCloseTo(1, digits);
  });
});

describe('a bad run file', () => {
  const files = () => Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(at(file), 'base64')]));
  const data = ['--data', 'prices.arrow'];
  const short = small(1);

  beforeAll(() => {
    write('gas.json', { gas_cost: 5 });
    write('rule.json', { rule: 'cow' });
    write('tokens.json', { tokens: ['B', 'C'] });
    write('other.json', { tokens: ['A', 'B', 'C'] });
    write('power.json', { rule: 'power_channel' });
    write('hourly.json', { chunk_period: 60, weight_interpolation_period: 60 });
    write('period.json', { weight_interpolation_period: 2880 });
    write('nan.json', {}, [
      {
        ...entries[0],
        log_k: [
          [1, 2],
          [Number.NaN, 1],
        ],
        validation_metrics: [0, 1],
      },
    ]);
    write('unknown.json', { brand_new: 7 });
    write('wild.json', {}, [{ ...entries[0], log_k: [[30, 30], [30, 30]] }]); // biome-ignore format: a pair of sets
    writeFileSync(at('cut-run.json'), text('run.json').slice(0, 500));
    writeFileSync(at('empty.json'), JSON.stringify('[{}]'));
    writeFileSync(at('thrice.json'), JSON.stringify(text('run.json')));
  });

  it.each<[string[], 1 | 2, string]>([
    [['evaluate', 'run.json'], 2, "--data: a dataset of B, A was expected, since 'run.json' names no file;"],
    [['evaluate', 'gas.json', ...data], 1, "run file: 'gas.json': run_fingerprint.gas_cost: 0 was expected, got 5"],
    [['evaluate', 'rule.json', ...data], 1, "run file: 'rule.json': run_fingerprint.rule: one of momentum,"],
    [['evaluate', 'tokens.json', ...data], 2, '--data: prices of B, C were expected, as the run has them, got A, B;'],
    [['evaluate', 'period.json', ...data], 1, "run file: 'period.json': as a config: rule.weightInterpolationPeriod"],
    [['evaluate', 'nan.json', ...data], 1, "run file: 'nan.json': entry 1: log_k: 2 finite numbers"],
    [['evaluate', 'unknown.json', ...data], 1, "run file: 'unknown.json': run_fingerprint.brand_new: a key"],
    [['evaluate', 'cut-run.json', ...data], 1, "run file: 'cut-run.json': JSON was expected, got an error:"],
    [['evaluate', 'empty.json', ...data], 1, "run file: 'empty.json': a run_fingerprint and at least one entry"],
    [['evaluate', 'thrice.json', ...data], 1, "run file: 'thrice.json': a list [run_fingerprint, …entries] was"],
    [['evaluate', 'run.json', ...data, '--entry', '9'], 2, '--entry: a number from 1 to 3 was expected, got 9;'],
    [['evaluate', 'run.json', ...data, '--entry', '0'], 2, '--entry: expected a whole number of 1 or more'],
    [['evaluate', 'first.json', '--entry', '1'], 2, '--entry: a result file of the Python simulator was expected'],
    [['evaluate', 'none.json', ...data], 1, "checkpoint: 'none.json' cannot be read: there is no such file;"],
    [['train', 'p.yaml', '--entry', '1'], 2, '--entry: expected --init-from beside it, got none;'],
    [['train', '--resume', 'first.json', '--init-from', 'run.json'], 2, '--init-from: expected no --resume'],
    [
      ['train', 'p.yaml', ...short, '--init-from', 'power.json'],
      2,
      '--init-from: expected the rule momentum as in the config, got power-channel in',
    ],
    [
      ['train', 'p.yaml', ...short, '--init-from', 'other.json'],
      2,
      '--init-from: expected the assets A, B as in the config, got A, B, C',
    ],
    [
      ['train', 'p.yaml', ...short, '--init-from', 'hourly.json'],
      2,
      '--init-from: expected chunkPeriod 1440 as in the config, got 60',
    ],
    [['train', 'p.yaml', ...short, '--init-from', 'wild.json'], 2, "--init-from 'wild.json': rule.k"],
    [['train', 'p.yaml', ...short, '--init-from', 'prices.arrow'], 1, "checkpoint: 'prices.arrow'"],
  ])('poolgrad %j exits with %i, in one line, all files as they were', (args, status, start) => {
    const before = files();
    const result = poolgrad(...args);
    expect(result.stderr.slice(0, 7 + start.length)).toBe(`error: ${start}`);
    expect(result.stderr).toContain('; ');
    expect(result.stderr.length).toBeLessThan(1300);
    expect(result.stderr.indexOf('\n')).toBe(result.stderr.length - 1);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(files()).toEqual(before);
  });
});
