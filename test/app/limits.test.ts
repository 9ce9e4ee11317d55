/** What a job would hold is held against run.memory before anything starts: one line with figures and a remedy. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate, runExport, runSimulate } from '../../src/app/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { synthDefaults, synthesize } from '../../src/data/synth.js';
import { root } from '../cli/run.js';
import { FEES, MOMENTUM, refusal, trainedIn, training } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

let checkpoint: string;
beforeAll(async () => {
  checkpoint = await trainedIn(folder, 'fees', FEES);
  writeFileSync(at('momentum.yaml'), `data: prices.arrow\n${MOMENTUM}`);
});

describe('training', () => {
  it.each<[string, string[], RegExp]>([
    [
      'fees',
      ['train.sets=20000000'],
      /^memory: a checkpoint of at most 537 MB was expected, got train.sets: 20000000 of 6 parameters, which take 3.24 GB; take fewer sets$/,
    ],
    [
      'fees',
      ['train.sets=1000000000'],
      /^memory: a checkpoint of at most 537 MB was expected, got train.sets: 1000000000/,
    ],
    [
      'fees',
      ['train.sets=2000000'],
      /^memory: at most 2 GB were expected \(run.memory\), got 2000000 sets × 2 windows × 6 parameters, which take about \d.*; take fewer sets, windows or iterations, or a longer chunkPeriod, or allow more by --set run.memory=\d+GB$/,
    ],
    [
      'fees',
      ['train.windows=1000000000'],
      /got 2 sets × 1000000000 windows × 6 parameters, .*\(scores and gradients by window /,
    ],
    ['fees', ['train.iterations=1000000000'], /which take about 500 GB \(the history 500 GB\)/],
    [
      'momentum',
      ['train.sets=100000', 'rule.chunkPeriod=1', 'rule.weightInterpolationPeriod=1'],
      /outputs of the rule \d/,
    ],
    [
      'fees',
      ['run.memory=1MB', 'train.sets=2000'],
      /^memory: at most 1 MB were expected \(run.memory\), got 2000 sets × 2 windows/,
    ],
  ])('%s with %j is refused, and nothing is written', async (config, set, message) => {
    const out = at('none.json');
    expect(await refusal(training({ config: at(`${config}.yaml`), out, set }))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('goes through with what the refusal names', async () => {
    const set = ['run.memory=1MB', 'train.sets=1500', 'train.iterations=1', 'train.windows=1'];
    const out = at('more.json');
    const message = await refusal(training({ config: at('fees.yaml'), out, set }));
    const more = /--set (run.memory=\S+)$/.exec(message)?.[1] as string;
    await training({ config: at('fees.yaml'), out, set: [...set, more] });
    expect(existsSync(out)).toBe(true);
  });
});

describe('a path', () => {
  const set = ['run.memory=1MB'];
  const wanted =
    /^memory: at most 1 MB were expected \(run.memory\), got a path of 14400 rows of 2 assets, which take about .*; take fewer rows, or allow more by --set run.memory=1GB$/;

  it('that would hold more than it may is refused by evaluate, export and simulate', async () => {
    const json = false;
    expect(await refusal(runEvaluate({ checkpoint, out: at('e.html'), set, json }))).toMatch(wanted);
    expect(await refusal(runExport({ checkpoint, to: 'json', out: at('e.pool'), set, strict: false, json }))).toMatch(
      wanted,
    );
    expect(await refusal(runSimulate({ source: checkpoint, every: 1, out: at('e.csv'), set, json }))).toMatch(wanted);
    for (const file of ['e.html', 'e.pool', 'e.csv']) expect(existsSync(at(file))).toBe(false);
  });

  it('of fewer rows goes through', async () => {
    const out = at('thin.csv');
    await runSimulate({ source: checkpoint, every: 60, through: true, out, set, json: false });
    expect(readFileSync(out, 'utf8').split('\n')).toHaveLength(1 + 216 + 1);
  });

  it('in CSV has every row, in pieces too', async () => {
    const { hash: _, ...fields } = synthesize({ ...synthDefaults, assets: ['A', 'B'], days: 32, seed: 5 });
    await saveDataset(at('month.arrow'), createDataset(fields));
    const out = at('month.csv');
    const source = at('fees.yaml');
    await runSimulate({ source, data: at('month.arrow'), every: 1, through: true, out, set: [], json: false });
    const lines = readFileSync(out, 'utf8').split('\n');
    expect(lines).toHaveLength(1 + 31 * 1440 + 1);
    const times = lines.slice(1, -1).map((line) => Date.parse(line.slice(0, line.indexOf(','))));
    expect(times.every((time, i) => i === 0 || time === times[i - 1] + 60_000)).toBe(true);
  });
});

const poolgrad = (prefix: string, ...args: string[]) => {
  const words = [process.execPath, join(root, 'dist/src/cli/main.js'), ...args].map((w) => `'${w}'`).join(' ');
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `${prefix} ${words}`], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

// WebAssembly reserves addresses as other systems do not count them
describe.skipIf(process.platform !== 'linux')('where addresses are limited (ulimit -v)', () => {
  const limited = 'ulimit -v 6000000;';
  const small = ['train', 'fees.yaml', '--set', 'run.device=auto', '--out', 'limited.json'];

  it('auto takes reference and says why', () => {
    const { status, stderr } = poolgrad(limited, ...small);
    expect(stderr).toMatch(/device reference: auto takes reference, for wasm is not available: 10 GB of addresses/);
    expect(status).toBe(0);
  });

  it('wasm is refused in one line with the way out', () => {
    const { status, stderr } = poolgrad(limited, ...small, '--device', 'wasm');
    expect(stderr).toBe(
      'error: device: wasm is not available: 10 GB of addresses for the memory of WebAssembly were expected, got fewer: this process is limited (ulimit -v); raise the limit, or take --device reference\n',
    );
    expect(status).toBe(1);
  });

  it('doctor says so', () => {
    const { stdout } = poolgrad(limited, 'doctor');
    expect(stdout).toMatch(/absent +wasm +10 GB of addresses/);
    expect(stdout).toContain('training can run here');
  });
});
