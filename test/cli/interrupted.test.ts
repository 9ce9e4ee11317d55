/** A run that is interrupted or dies: what is left on disk, and that --resume ends in the same bits. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { machine } from '../../src/files/temporary.js';
import { draw } from '../../src/targets/runtime.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { commandIn, small, startIn, synth } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-interrupted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const poolgrad = commandIn(folder);
const at = (file: string) => join(folder, file);

beforeAll(() => {
  for (const args of [synth, ['init', 'p.yaml', '--data', 'prices.arrow', '--kind', 'momentum-fees']]) {
    expect(poolgrad(...args).status).toBe(0);
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

describe('train', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('on %s saves what it reached and exits with %i', async (name, exitCode) => {
    const out = `${name}.json`;
    const run = startIn(folder, 'train', 'p.yaml', ...small(1e6, 'train.checkpointEvery=1e6'), '--out', out);
    await until(() => run.written.stderr.includes('pool-steps/s'));
    run.kill(name);
    // a supervisor may say it twice
    if (name !== 'SIGINT') run.kill(name);
    const { code, signal, stdout, stderr } = await run.ended;
    expect([code, signal]).toEqual([exitCode, null]);
    expect(stderr).toContain('stopping and saving; Ctrl-C again to stop at once');
    expect(stdout).toMatch(/ended by signal\n/);
    expect(stdout).toMatch(/checkpoint (SIG\w+\.json)\nnext: poolgrad train --resume \1\n$/);
    const { state } = await loadCheckpoint(at(out));
    expect(state.iteration).toBeGreaterThan(0);
    expect([state.history.length, state.finished]).toEqual([state.iteration, false]);
  });

  it('saves where nobody reads its progress and its result any more', async () => {
    const job = small(1e6, 'train.checkpointEvery=1e6', 'train.validateEvery=1');
    const run = startIn(folder, 'train', 'p.yaml', ...job, '--out', 'unread.json');
    await until(() => run.written.stderr.includes('pool-steps/s'));
    run.hangUp();
    // several more lines are written to nobody
    await sleep(500);
    run.kill('SIGHUP');
    const { code, signal } = await run.ended;
    expect([code, signal]).toEqual([129, null]);
    expect((await loadCheckpoint(at('unread.json'))).state.iteration).toBeGreaterThan(0);
  });

  it('removes what a killed run left half written, and says so', () => {
    // as of a process with a number that Linux gives to none
    const left = `half.json.${machine()}-4194305-1-0.tmp`;
    writeFileSync(at(left), 'half');
    const { status, stderr } = poolgrad('train', 'p.yaml', ...small(1), '--out', 'half.json');
    expect([status, existsSync(at(left))]).toEqual([0, false]);
    expect(stderr).toContain(`${left}' (4 bytes), left by a run that was killed\n`);
  });

  it('killed at any moment leaves a whole checkpoint, from which --resume ends in the bits of a run that was not', async () => {
    const job = small(100, 'train.checkpointEvery=1');
    expect(poolgrad('train', 'p.yaml', ...job, '--out', 'whole.json').status).toBe(0);
    let args = ['p.yaml', ...job, '--out', 'killed.json'];
    let before = 0;
    for (let k = 0; k < 2; k++) {
      const run = startIn(folder, 'train', ...args);
      const iteration = async () => (await loadCheckpoint(at('killed.json'))).state.iteration;
      // once this run has saved something, any moment will do
      await until(() => existsSync(at('killed.json')));
      while ((await iteration()) === before) await sleep(2);
      await sleep(80 * draw(1, 0, k, 0));
      run.kill('SIGKILL');
      expect((await run.ended).signal).toBe('SIGKILL');
      before = await iteration();
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(100);
      args = ['--resume', 'killed.json'];
    }
    expect(poolgrad('train', ...args).status).toBe(0);
    expect(readFileSync(at('killed.json'), 'utf8')).toBe(readFileSync(at('whole.json'), 'utf8'));
  });

  it('says before the first step that its checkpoint could not be written', () => {
    const begun = (out: string) => poolgrad('train', 'p.yaml', ...small(1e6), '--out', out);
    expect(begun('prices.arrow/x.json').stderr).toMatch(
      /^error: output: 'prices\.arrow\/x\.json' cannot be written: .*; name another file by --out\n$/,
    );
    expect(begun('.')).toEqual({
      status: 1,
      stdout: '',
      stderr: "error: output: '.' cannot be written: it is a folder; name another file by --out\n",
    });
    expect(readdirSync(folder).filter((file) => file.startsWith('x'))).toEqual([]);
  });
});
