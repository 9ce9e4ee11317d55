import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { interruptible } from '../../src/cli/interruptible.js';
import { runMain } from '../../src/cli/shared.js';
import { UserError } from '../../src/errors.js';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a command that throws `error` writes, and its exit code. */
async function outcome(error: unknown, ...flags: string[]) {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  }
  const program = new Command('poolgrad').addCommand(
    new Command('work').option('--json').action(() => {
      throw error;
    }),
  );
  await runMain(program, ['node', 'poolgrad', 'work', ...flags]);
  vi.restoreAllMocks();
  return { ...written, exitCode: process.exitCode };
}

describe('runMain', () => {
  it("shows a user's mistake in one line, with its exit code", async () => {
    const stderr = 'error: fee: expected less, got 2; lower it\n';
    const error = (code: 1 | 2) => new UserError('fee: expected less, got 2; lower it', code);
    expect(await outcome(error(1))).toEqual({ stdout: '', stderr, exitCode: 1 });
    expect(await outcome(error(2))).toEqual({ stdout: '', stderr, exitCode: 2 });
  });

  it('shows anything else in one line too, and its stack on demand', async () => {
    const bug = new TypeError('x is undefined\nsecond line');
    const line = 'error: unexpected: x is undefined; set POOLGRAD_DEBUG=1 to see where, and report it\n';
    expect(await outcome(bug)).toEqual({ stdout: '', stderr: line, exitCode: 1 });
    vi.stubEnv('POOLGRAD_DEBUG', '1');
    const { stderr } = await outcome(bug);
    expect(stderr).toContain('at ');
    expect(stderr.endsWith(line)).toBe(true);
  });

  it('leaves the middle of an endless message out', async () => {
    const { stderr } = await outcome(new UserError(`a file was expected, got ${'x'.repeat(1e5)}; mend it`));
    expect(stderr.length).toBeLessThan(1300);
    expect(stderr).toMatch(/^error: a file was expected, got x+ … x+; mend it\n$/);
  });

  it('writes errors as JSON with --json', async () => {
    const { stdout, stderr } = await outcome(new UserError('no'), '--json');
    expect([stdout, stderr]).toEqual(['{"error":"no"}\n', '']);
  });
});

describe('interruptible', () => {
  it('lets the job finish after Ctrl-C and then exits with 130', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const listeners = process.listenerCount('SIGINT');
    const saved = await interruptible(async (signal) => {
      expect(signal.aborted).toBe(false);
      process.emit('SIGINT');
      expect(signal.aborted).toBe(true);
      return 'saved';
    });
    expect([saved, process.exitCode]).toEqual(['saved', 130]);
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('lets it finish after %s, however often it comes, and then exits with %i', async (name, exitCode) => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    const listeners = process.listenerCount('exit');
    await interruptible(async (signal) => {
      for (let times = 0; times < 3; times++) process.emit(name);
      expect(signal.aborted).toBe(true);
    });
    expect([process.exitCode, exit.mock.calls]).toEqual([exitCode, []]);
    // for this process goes on
    for (const added of process.listeners('exit').slice(listeners)) process.off('exit', added as () => void);
  });

  it('ends at once on a second Ctrl-C, which is not the first that npm passed on', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    await interruptible(async () => {
      process.emit('SIGINT');
      now.mockReturnValue(1100);
      process.emit('SIGINT');
      expect(exit).not.toHaveBeenCalled();
      now.mockReturnValue(2000);
      process.emit('SIGINT');
      expect(exit.mock.calls).toEqual([[130]]);
    });
  });

  it('changes nothing where nobody interrupts', async () => {
    await interruptible(async () => {});
    expect(process.exitCode).toBeUndefined();
  });
});
