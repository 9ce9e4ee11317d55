/** All outputs of all commands: what they may replace, and disks that are full, read-only or quick to be both. */
import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dataCommand } from '../../src/cli/data/index.js';
import { evaluateCommand } from '../../src/cli/evaluate.js';
import { exportCommand } from '../../src/cli/export.js';
import { fitCommand } from '../../src/cli/fit.js';
import { initCommand } from '../../src/cli/init.js';
import { regimesCommand } from '../../src/cli/regimes.js';
import { simulateCommand } from '../../src/cli/simulate.js';
import { trainCommand } from '../../src/cli/train.js';
import { weightsCommand } from '../../src/cli/weights.js';
import { contentOf } from '../../src/files/contents.js';
import { commandIn, root, small, synth } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-outputs-'));
const home = process.cwd();
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** Runs a command in this process and the folder; gives what it printed. Rejects with its error. */
async function poolgrad(...args: string[]): Promise<string> {
  const commands = [
    dataCommand(),
    evaluateCommand(),
    exportCommand(),
    fitCommand(),
    regimesCommand(),
    initCommand(),
    simulateCommand(),
    trainCommand(),
    weightsCommand(),
  ];
  const program = commands.reduce(
    (all, command) => all.addCommand(command.exitOverride()),
    new Command().exitOverride(),
  );
  let printed = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += stream === process.stdout ? String(text) : '';
      return true;
    }),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return printed;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** A command line but for the file that it writes, which comes last; what it reads, and what it writes. */
interface Writer {
  readonly args: readonly string[];
  readonly reads: readonly string[];
  readonly kind: string;
}

const run = small(1, 'objective=returns');
const writers: Record<string, Writer> = {
  // more sets: a checkpoint beyond a page
  train: {
    args: ['train', 'p.yaml', ...run, '--set', 'train.sets=64', '--out'],
    reads: ['p.yaml', 'prices.arrow'],
    kind: 'checkpoint',
  },
  'train --init-from': {
    args: ['train', 'p.yaml', ...run, '--init-from', 'good.json', '--out'],
    reads: ['p.yaml', 'prices.arrow', 'good.json'],
    kind: 'checkpoint',
  },
  'train --resume': { args: ['train', '--resume', 'good.json', '--out'], reads: ['prices.arrow'], kind: 'checkpoint' },
  evaluate: { args: ['evaluate', 'good.json', '--out'], reads: ['good.json', 'prices.arrow'], kind: 'report' },
  export: {
    args: ['export', 'good.json', '--template', 'template.yaml', '--to', 'json', '--out'],
    reads: ['good.json', 'template.yaml', 'prices.arrow'],
    kind: 'export',
  },
  'simulate of a checkpoint': {
    args: ['simulate', 'good.json', '--every', '60', '--out'],
    reads: ['good.json', 'prices.arrow'],
    kind: 'table',
  },
  'simulate of a config': {
    args: ['simulate', 'p.yaml', ...run, '--out'],
    reads: ['p.yaml', 'prices.arrow'],
    kind: 'table',
  },
  weights: { args: ['weights', 'good.json', '--path'], reads: ['good.json', 'prices.arrow'], kind: 'table' },
  fit: {
    args: ['fit', 'fit.yaml', '--report', 'f.html', '--out'],
    reads: ['fit.yaml', 'prices.arrow'],
    kind: 'fitted model',
  },
  'page of fit': {
    args: ['fit', 'fit.yaml', '--out', 'f.yaml', '--report'],
    reads: ['fit.yaml', 'prices.arrow'],
    kind: 'report',
  },
  regimes: {
    args: ['regimes', 'prices.arrow', '--every', '6h', '--report', 'r.html', '--out'],
    reads: ['prices.arrow'],
    kind: 'table',
  },
  'page of regimes': {
    args: ['regimes', 'prices.arrow', '--every', '6h', '--out', 'r.csv', '--report'],
    reads: ['prices.arrow'],
    kind: 'report',
  },
  'model of regimes': {
    args: ['regimes', 'prices.arrow', '--every', '6h', '--out', 'r.csv', '--report', 'r.html', '--save'],
    reads: ['prices.arrow'],
    kind: 'fitted model',
  },
  'data import': {
    args: ['data', 'import', 'A=a.csv', 'B=b.csv', '--out'],
    reads: ['a.csv', 'b.csv'],
    kind: 'dataset',
  },
  'data attach': {
    args: ['data', 'attach', 'prices.arrow', 's=s.csv', '--trades', 't.csv', '--out'],
    reads: ['prices.arrow', 's.csv', 't.csv'],
    kind: 'dataset',
  },
  'data synth': { args: ['data', 'synth', '--assets', 'A,B', '--days', '2', '--out'], reads: [], kind: 'dataset' },
  init: { args: ['init', '--force', '--data', 'prices.arrow'], reads: ['prices.arrow'], kind: 'config' },
};

const all = () => Object.fromEntries(readdirSync('.').map((file) => [file, readFileSync(file, 'base64')]));

beforeAll(async () => {
  process.chdir(folder);
  await poolgrad(...synth);
  await poolgrad('init', 'p.yaml', '--data', 'prices.arrow');
  await poolgrad('train', 'p.yaml', ...run, '--out', 'good.json');
  const minutes = Array.from({ length: 3000 }, (_, i) => `${Date.UTC(2024, 0, 1) + i * 60_000}`);
  for (const file of ['a.csv', 'b.csv']) {
    writeFileSync(file, ['time,close', ...minutes.map((time, i) => `${time},${100 + (i % 7)}`), ''].join('\n'));
  }
  writeFileSync('s.csv', `time,value\n${minutes[0]},1\n`);
  writeFileSync('t.csv', `time,in,out,amount\n${minutes[5]},A,B,1\n`);
  writeFileSync('template.yaml', '{}\n');
  writeFileSync('fit.yaml', 'data: {file: prices.arrow, every: 6h}\nmodel: gbm\npage: {samples: 20, paths: 1}\n');
}, 120_000);

describe.each(Object.entries(writers))('%s', (_, { args, reads, kind }) => {
  it('replaces nothing that it reads, under whatever name, and no file of another kind', async () => {
    for (const name of reads) {
      for (const link of ['hard', 'soft']) rmSync(link, { force: true });
      linkSync(name, 'hard');
      symlinkSync(name, 'soft');
      const before = all();
      for (const out of [name, `./${name}`, 'hard', 'soft']) {
        const failure = await poolgrad(...args, out).then(String, (error) => error);
        expect(failure.message, `${args.join(' ')} ${out}`).toMatch(
          /: '.*' is one of the files to read.*; write to another/,
        );
        expect(failure.exitCode).toBe(2);
      }
      expect(all()).toEqual(before);
      rmSync('hard');
      rmSync('soft');
    }
    for (const [held, content] of [
      ['text', 'mine'],
      ['an export', '{"format":"poolgrad/pool"}'],
      ['a report', '<!doctype html>poolgrad'],
    ]) {
      if (held.endsWith(kind) || (kind === 'config' && held === 'text')) continue;
      writeFileSync('other', content);
      await expect(poolgrad(...args, 'other')).rejects.toThrow(
        new RegExp(
          `^output: 'other' cannot be written: it holds ${held}, which an? ${kind} would replace; name another file`,
        ),
      );
      expect(readFileSync('other', 'utf8')).toBe(content);
    }
    rmSync('other', { force: true });
  }, 120_000);

  it('knows its own again, and says in text and --json what became of it', async () => {
    const notes = async (...flags: string[]) => {
      const printed = await poolgrad(...args, 'out.x', ...flags);
      expect(await contentOf('out.x')).toBe(kind);
      expect(readdirSync('.').filter((file) => file.endsWith('.tmp'))).toEqual([]);
      return flags.length > 0 ? (JSON.parse(printed).notes as string[]) : printed;
    };
    await notes();
    if (kind === 'dataset') {
      const note = "'out.x' held a dataset before, which is replaced";
      expect(await notes()).toContain(`\nnote: ${note}\n`);
      expect(await notes('--json')).toEqual([note]);
    } else if (kind === 'checkpoint') {
      writeFileSync('out.x', readFileSync('good.json', 'utf8').replace('"rows"', '"lines"'));
      expect(await notes()).toMatch(
        /checkpoint out\.x \(the one before: out\.previous\.x\)\nnext: poolgrad evaluate out\.x\n$/,
      );
      expect(readFileSync('out.previous.x', 'utf8')).toContain('"lines"');
      // the same run again gives the same bytes
      expect(await notes('--json')).toEqual([
        "the checkpoint that was in 'out.x' is kept as 'out.previous-2.x'",
        "'out.previous-2.x' is removed: 'out.x' has the same bytes again",
      ]);
      rmSync('out.previous.x');
    } else expect((await notes('--json')).slice(-1)).not.toContain('out.x');
    rmSync('out.x');
  }, 120_000);
});

it('tables in CSV and all exports are known again too', async () => {
  const others = [
    ['simulate', 'good.json', '--out', 'table.csv'],
    ['weights', 'good.json', '--path', 'table.csv'],
    ['export', 'good.json', '--to', 'quantamm', '--out', 'export.json'],
    ['export', 'good.json', '--to', 'quantammsim', '--out', 'export.json'],
    ['export', 'good.json', '--to', 'json', '--out', 'export.json'],
  ];
  for (const args of others) await poolgrad(...args);
  await expect(poolgrad('simulate', 'good.json', '--out', 'a.csv')).rejects.toThrow(
    /it holds text, which a table would/,
  );
}, 120_000);

const allowed = spawnSync('unshare', ['-rm', 'true']).status === 0;
if (!allowed) console.warn('full and read-only disks are not tested: `unshare -rm` is not allowed here');

describe.skipIf(!allowed)('on a small disk', () => {
  /** Bytes that a full disk has left. */
  const PAGE = 4096;
  const names = Object.keys(writers).filter((name) => !/--| of a config/.test(name));
  const plain = (name: string) => name.replaceAll(' ', '_');
  const file = (name: string) => `disk/${plain(name)}`;
  const command = (name: string) =>
    [process.execPath, join(root, 'dist/src/cli/main.js'), ...writers[name].args, file(name)]
      .map((word) => `'${word}'`)
      .join(' ');

  /** A disk with the outputs that are in `made`; in each state of it, all commands again. */
  const script = (states: Record<string, string>) =>
    [
      'set -e; mkdir disk; mount -t tmpfs -o size=8m none disk; cp made/* disk; (cd disk; sha256sum *) > before',
      ...Object.entries(states).flatMap(([state, spoil]) => [
        spoil,
        ...names.map((name, i) => `{ code=0; ${command(name)} || code=$?; echo "exit $code"; } > '${state}.${i}' 2>&1`),
        `(cd disk; sha256sum $(ls | grep -v filler)) > '${state}.after'`,
      ]),
    ].join('\n');

  it('full or read-only: one line, exit code 1, the old files and no others', async () => {
    mkdirSync('made');
    for (const name of names) await poolgrad(...writers[name].args, `made/${plain(name)}`);
    const states = {
      // but for a page: the first write takes a part of what is longer
      full: `head -c 9m /dev/zero > disk/filler 2>/dev/null || truncate -s -${PAGE} disk/filler`,
      'read-only': 'mount -o remount,ro disk',
    };
    const { status, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script(states)], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    const read = (path: string) => readFileSync(join(folder, path), 'utf8');
    const reasons = {
      full: 'no space left on the device; free some of it, or name another file',
      'read-only': 'the file system is read-only; name another file',
    };
    for (const [state, reason] of Object.entries(reasons)) {
      expect(read(`${state}.after`)).toBe(read('before'));
      names.forEach((name, i) => {
        // a page is enough for what is small, which comes out the same again
        if (state === 'full' && statSync(join(folder, 'made', plain(name))).size <= PAGE) return;
        const [code, last, ...before] = read(`${state}.${i}`).trimEnd().split('\n').reverse();
        expect([name, code]).toEqual([name, 'exit 1']);
        expect(last.startsWith(`error: output: '${file(name)}' cannot be written: ${reason}`), last).toBe(true);
        expect(before.join('\n')).not.toMatch(/unexpected|\n +at |error:/);
      });
    }
  }, 300_000);
});

describe('streams', () => {
  it('an output to stdout is alone there', () => {
    const { status, stdout, stderr } = commandIn(folder)('export', 'good.json', '--to', 'json', '--out', '/dev/stdout');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ format: 'poolgrad/pool' });
    expect(stderr).toMatch(/^json: \/dev\/stdout\n/);
  });

  it.skipIf(process.platform !== 'linux')('a full disk behind stdout is told', () => {
    const command = `'${process.execPath}' '${join(root, 'dist/src/cli/main.js')}' data inspect prices.arrow > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      1,
      'error: the standard output cannot be written: no space left on the device; send it to another place\n',
    ]);
  });
});
