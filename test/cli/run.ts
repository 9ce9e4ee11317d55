/** The built command as a process, for tests. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'dist/src/cli/main.js');

/** Runs the command in a folder to its end. */
export const commandIn =
  (cwd: string) =>
  (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
    return { status, stdout, stderr };
  };

/** Runs the command in a folder and leaves it running; `ended` tells how it ended, and all that it wrote. */
export function startIn(cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
  }
  const ended = new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, ...written })),
  );
  const hangUp = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), hangUp, written, ended };
}

/** A small job: twenty synthetic days, windows of three, few sets; `--set` for each entry. */
export const small = (iterations: number, ...entries: string[]): string[] =>
  [
    'split.burnInDays=1',
    'train.windowDays=3',
    'train.sets=2',
    'train.windows=2',
    'train.validateEvery=2',
    'train.patience=0',
    `train.iterations=${iterations}`,
    ...entries,
  ].flatMap((entry) => ['--set', entry]);

export const synth = ['data', 'synth', '--out', 'prices.arrow', '--assets', 'A,B', '--days', '20'];
