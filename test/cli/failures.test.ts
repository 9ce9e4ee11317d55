/** Inputs that are not what they should be: one line, the exit code, and no file written or harmed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIn, small, synth } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-failures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const poolgrad = commandIn(folder);
const at = (file: string) => join(folder, file);
const files = () => Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(at(file), 'base64')]));

beforeAll(() => {
  const train = ['train', 'p.yaml', ...small(1), '--out', 'good.json'];
  for (const args of [synth, ['init', 'p.yaml', '--data', 'prices.arrow', '--kind', 'hmm'], train]) {
    expect(poolgrad(...args).status).toBe(0);
  }
  writeFileSync(at('cut.json'), readFileSync(at('good.json')));
  truncateSync(at('cut.json'), 1000);
  writeFileSync(at('pool.json'), JSON.stringify({ format: 'poolgrad/pool' }));
});

const damaged = "checkpoint: 'cut.json' is damaged: it ends after 1000 characters, within the JSON;";

describe('a bad input', () => {
  it.each<[string[], 1 | 2, string]>([
    [['evaluate', 'cut.json'], 1, damaged],
    [['export', 'cut.json', '--to', 'json'], 1, damaged],
    [['train', '--resume', 'cut.json'], 1, damaged],
    [['simulate', 'cut.json', '--out', 'x.arrow'], 1, damaged],
    [['evaluate', 'pool.json'], 1, "checkpoint: 'pool.json': a poolgrad-checkpoint was expected, got format"],
    [['export', 'good.json', '--to', 'quantamm'], 1, 'export quantamm: expected a pool of kind tfmm, got hmm;'],
    [['export', 'good.json', '--to', 'json', '--template', 'prices.arrow'], 2, '--template: a YAML or JSON file was'],
    [['simulate', 'good.json', '--out', 'prices.arrow/x'], 1, "output: 'prices.arrow/x' cannot be written:"],
    [
      ['simulate', 'good.json', '--set', 'train.sets=2', '--out', 'x.arrow'],
      2,
      '--set: expected an entry of run, data.file, or',
    ],
    [['train', 'prices.arrow'], 1, 'prices.arrow'],
    [['verify', 'p.yaml'], 1, 'verify: JSON was expected in p.yaml,'],
  ])('poolgrad %j exits with %i, in one line, all files as they were', (args, status, start) => {
    const before = files();
    const result = poolgrad(...args);
    expect(result.stderr.slice(0, 7 + start.length)).toBe(`error: ${start}`);
    expect(result.stderr.length).toBeLessThan(1300);
    expect(result.stderr.indexOf('\n')).toBe(result.stderr.length - 1);
    expect([result.status, result.stdout]).toEqual([status, '']);
    expect(files()).toEqual(before);
  });
});

describe('verify', () => {
  // at γ = 1, equal weights and prices of 4 and 1 the product of the reserves is kept and x·4 = y: 25, 100 become 25, 100
  const settled = { reserves: [25, 100], weights: [0.5, 0.5], prices: [4, 1], gamma: 1, delta: [0, 0], profit: 0 };
  // 50, 50 become 25, 100: 25 of the first at 4 for 50 of the second
  const open = { ...settled, reserves: [50, 50], delta: [-25, 50], profit: 50 };

  it.each([
    ['exits with 0 within tolerance', 50, 0],
    ['exits with 1 beyond', 50 + 1e-6, 1],
  ])('%s', (_, profit, status) => {
    writeFileSync(at('cases.json'), JSON.stringify([settled, { ...open, profit }]));
    const result = poolgrad('verify', 'cases.json', '--json');
    expect([result.status, result.stderr]).toEqual([status, '']);
    expect(JSON.parse(result.stdout)).toMatchObject({ passed: 1 - status, failed: status, skipped: 0 });
  });
});
