import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { loadConfig } from '../../src/config/index.js';
import { exporters } from '../../src/export/index.js';
import { commandIn, root } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = [
  'start',
  'init',
  'data',
  'train',
  'evaluate',
  'export',
  'fit',
  'regimes',
  'simulate',
  'weights',
  'verify',
  'doctor',
];
const DATA_COMMANDS = ['import', 'attach', 'resample', 'inspect', 'synth', 'calibrate'];

const poolgrad = commandIn(folder);

describe('--help', () => {
  it('lists every command, with examples, without waiting for what commands import', () => {
    const before = performance.now();
    const { status, stdout } = poolgrad('--help');
    expect(performance.now() - before).toBeLessThan(1500);
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Examples:\n  $ poolgrad ');
  });

  it.each([
    ...COMMANDS.filter((c) => c !== 'data').map((c) => [c]),
    ...DATA_COMMANDS.map((c) => ['data', c]),
  ])('%s %s teaches by example', (...words) => {
    const { status, stdout } = poolgrad(...words.filter(Boolean), '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\n  \\$ poolgrad ${words.filter(Boolean).join(' ')}`));
  });

  it('of export names every exporter', () => {
    const { stdout } = poolgrad('export', '--help');
    for (const name of Object.keys(exporters)) expect(stdout).toContain(name);
  });

  it('marks the options that a command needs', () => {
    expect(poolgrad('simulate', '--help').stdout).toMatch(/--out <file> .*\(required\)/);
    expect(poolgrad('evaluate', '--help').stdout).not.toContain('(required)');
  });

  it.each([[], ['data'], ['data', 'calibrate']])('%s %s fits 80 columns', (...words) => {
    const { stdout } = poolgrad(...words, '--help');
    const lists = stdout.slice(0, stdout.indexOf('Examples:'));
    for (const line of lists.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('--version is the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(poolgrad('--version').stdout).toBe(`${version}\n`);
  });
});

describe('wrong usage is one line on stderr and exit code 2', () => {
  const devices = 'expected auto, reference, wasm, native, cuda, cuda:1, cuda:all, webgpu, tfjs or tfjs:tensorflow';
  const cases: [string[], string][] = [
    [[], 'expected a command; poolgrad --help lists them'],
    [['trian'], "unknown command 'trian' (Did you mean train?)"],
    [['train', '--sed', '3'], "unknown option '--sed' (Did you mean one of --seed, --set?)"],
    [['train', 'a.yaml', 'b.yaml'], "too many arguments for 'train'. Expected 1 argument but got 2."],
    [['train', '--seed', 'x'], "--seed: expected a whole number of 0 or more, got 'x'; for example --seed 1"],
    [['train', '--seed', '-1'], "--seed: expected a whole number of 0 or more, got '-1'; for example --seed 1"],
    [['train', '--device', 'gpu'], `--device: ${devices}, got 'gpu'; did you mean 'webgpu'?`],
    [
      ['evaluate', 'x.json', '--device', 'gpu'],
      "--device: expected auto, reference, wasm, native, cuda, cuda:1, cuda:all, tfjs or tfjs:tensorflow, got 'gpu'; did you mean 'auto'?",
    ],
    [['train', '--device', 'cuda:x'], `--device: ${devices}, got 'cuda:x'; GPUs count from cuda:0; cuda:all takes all`],
    [
      ['train', '--precision', 'single'],
      "--precision: expected float64 or float32, got 'single'; did you mean 'float64'?",
    ],
    [['evaluate', 'c.json', '--precision', 'float32'], "unknown option '--precision'"],
    [
      ['train', 'a.yaml', '--resume', 'c.json'],
      "--resume: expected no config besides the checkpoint's own, got the config 'a.yaml'; leave it out, or train anew without --resume",
    ],
    [
      ['train', '--resume', 'c.json', '--set', 'train.sets=4'],
      '--set: expected an entry of run, data.file, or one of train.iterations, train.patience, train.validateEvery, train.checkpointEvery, train.learningRate, train.schedule, train.warmup, train.clipNorm, train.momentum, train.weightDecay with a checkpoint, got train.sets: with another the run would not be the one that it goes on; train anew, from its values by --init-from',
    ],
    [['evaluate'], "missing required argument 'checkpoints'"],
    [['export', 'c.json'], "required option '-t, --to <target>' not specified"],
    [
      ['export', 'c.json', '--to', 'quantam'],
      "--to: expected json, quantamm, hmm-solidity, balancer-weighted, quantammsim, hjb, amm-challenge, got 'quantam'; did you mean 'quantamm'?",
    ],
    [['simulate', 'c.json'], "required option '-o, --out <file>' not specified"],
    [
      ['simulate', 'c.json', '--out', 'x.arrow', '--every', '0'],
      "--every: expected minutes above 0 or a time such as 12s, 5m or 1d, got '0'; for example --every 5m",
    ],
    [['weights'], "missing required argument 'checkpoint'"],
    [['verify'], "missing required argument 'cases'"],
    [
      ['init', 'x.yaml', '--kind', 'hm'],
      "--kind: expected momentum, momentum-fees, hmm, constant-weight, competitor, e-clp, reclamm, fm-amm, concentrated-range, maker, maker-regimes, maker-assets, compute-market, amm-challenge, got 'hm'; did you mean 'hmm'?",
    ],
    [
      ['data', 'synth', '--out', 'x.arrow', '--assets', 'A,B', '--days', 'x'],
      "option '--days <n>' argument 'x' is invalid. expected a number, got 'x'.",
    ],
  ];
  it.each(cases)('poolgrad %j', (args, message) => {
    const { status, stdout, stderr } = poolgrad(...args);
    expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toEqual([`error: ${message}`]);
    if (args.length > 0) expect(stderr).toBe(`error: ${message}\n`);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('is a JSON document on stdout with --json', () => {
    const { status, stdout, stderr } = poolgrad('train', '--seed', 'x', '--json');
    const error = "--seed: expected a whole number of 0 or more, got 'x'; for example --seed 1";
    expect([JSON.parse(stdout), stderr, status]).toEqual([{ error }, '', 2]);
  });
});

describe('other failures are one line and exit code 1', () => {
  it.each([
    [['data', 'inspect', 'no.arrow'], 'no.arrow: no such file; check the path'],
    [['init', 'a.yaml', '--data', 'no.arrow'], 'no.arrow: no such file; check the path'],
  ])('poolgrad %j', (args, message) => {
    expect(poolgrad(...args)).toEqual({ status: 1, stdout: '', stderr: `error: ${message}\n` });
    expect(existsSync(join(folder, 'a.yaml'))).toBe(false);
  });
});

describe('train', () => {
  it('names the file or the flag that is wrong before it starts', () => {
    writeFileSync(
      join(folder, 'bad.yaml'),
      `data: ${JSON.stringify(join(root, 'datasets/two-assets-90d.arrow'))}\npool: tfmm\ntrain: { lerningRate: 1 }\n`,
    );
    expect(poolgrad('train', 'bad.yaml')).toEqual({
      status: 1,
      stdout: '',
      stderr:
        "error: bad.yaml: train.lerningRate: expected a known key, got 'lerningRate'; did you mean 'learningRate'?\n",
    });
    const { status, stdout } = poolgrad('train', '--set', 'rule.kind=momentun', '--json');
    const error = /^--set rule.kind: expected momentum, .*, got 'momentun'; did you mean 'momentum'\?$/;
    expect([status, JSON.parse(stdout)]).toEqual([2, { error: expect.stringMatching(error) }]);
    expect(existsSync(join(folder, 'checkpoints'))).toBe(false);
  });
});

describe('init', () => {
  it.each([
    'momentum',
    'momentum-fees',
    'hmm',
    'constant-weight',
    'competitor',
    'e-clp',
    'reclamm',
    'fm-amm',
    'concentrated-range',
  ])('writes a %s config that resolves', async (kind) => {
    const { status, stdout } = poolgrad('init', `${kind}.yaml`, '--kind', kind);
    expect([status, stdout]).toEqual([0, `wrote ${kind}.yaml\nnext: poolgrad train ${kind}.yaml\n`]);
    const text = readFileSync(join(folder, `${kind}.yaml`), 'utf8');
    const schema = /\$schema=(\S+)/.exec(text)?.[1] ?? '';
    expect(existsSync(join(folder, schema))).toBe(true);
    expect(text).toMatch(/ # /);
    const { config } = await loadConfig(join(folder, `${kind}.yaml`), registry);
    expect(config.assets).toEqual(['SYNA', 'SYNB']);
  });

  it('makes the folder, and names the data as seen from there', async () => {
    expect(poolgrad('init', 'made/sub/a.yaml').status).toBe(0);
    expect((await loadConfig(join(folder, 'made/sub/a.yaml'), registry)).config.assets).toEqual(['SYNA', 'SYNB']);
  });

  it('names the prices that it is given', async () => {
    const synth = ['data', 'synth', '--out', 'mine.arrow', '--assets', 'A,B,C', '--days', '60'];
    expect(poolgrad(...synth).status).toBe(0);
    expect(poolgrad('init', 'mine.yaml', '--data', 'mine.arrow', '--json').status).toBe(0);
    expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toContain('file: "mine.arrow" #');
    const { config } = await loadConfig(join(folder, 'mine.yaml'), registry);
    expect(config.assets).toEqual(['A', 'B', 'C']);
  });

  it('overwrites nothing without --force', () => {
    writeFileSync(join(folder, 'kept.yaml'), 'mine');
    expect(poolgrad('init', 'kept.yaml')).toEqual({
      status: 1,
      stdout: '',
      stderr: "error: init: expected a new file, got 'kept.yaml', which exists; choose another name or say --force\n",
    });
    expect(readFileSync(join(folder, 'kept.yaml'), 'utf8')).toBe('mine');
    expect(poolgrad('init', 'kept.yaml', '--force').status).toBe(0);
    expect(readFileSync(join(folder, 'kept.yaml'), 'utf8')).toContain('kind: tfmm');
  });
});

describe('doctor', () => {
  it('finds what the main job needs, and says what auto takes and why', () => {
    const { status, stdout } = poolgrad('doctor', '--json');
    const { healthy, findings } = JSON.parse(stdout) as {
      healthy: boolean;
      findings: { name: string; ok: boolean; required: boolean; detail: string }[];
    };
    expect([status, healthy]).toEqual([0, true]);
    const found = Object.fromEntries(findings.map((f) => [f.name, f]));
    expect(found.reference.ok).toBe(true);
    expect(found.tfjs.detail).toContain('TensorFlow.js');
    expect(found['TensorFlow.js'].detail).toContain('one engine');
    expect(found['datasets/two-assets-90d.arrow'].detail).toBe('129600 rows of SYNA, SYNB');
    expect(found['device auto'].detail).toMatch(/^auto takes (wasm|reference), /);
    expect(found['tfjs:tensorflow'].detail).not.toBe('');
    // a device, or what to install
    expect(found.webgpu.detail).toMatch(found.webgpu.ok ? /float32, buffers up to/ : /; (install|run npm install) /);
    expect(found.webgpu.required).toBe(false);
  });

  it('prints a table', () => {
    const { stdout } = poolgrad('doctor');
    expect(stdout).toMatch(/^ok +Node\.js +v\d+/m);
    expect(stdout).toMatch(/training can run here\n$/);
  });
});
