/**
 * `npm run bench -- --yardstick <folder>`: cases beside hand-written code for one core, by processor time, in one run.
 *
 * The folder has a script run.sh that builds the code with the machine's C++ compiler, runs it, and says for each case and
 * width a line such as `b by hand W=4: forward 3.68 ns/step, gradient 4.79`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../src/errors.js';
import type { Target } from '../src/targets/target.js';
import { leastSeconds, processorTime, type Timed } from './cases.js';

/** ns of processor time a step of a lane. */
interface Cost {
  readonly forward: number;
  readonly gradient: number;
}

/** What was written by hand. */
export interface ByHand extends Cost {
  /** What the case's name has in parentheses: `b`. */
  readonly case: string;
  /** Sets side by side. */
  readonly width: number;
}

/** A target's cost of a case, and how many times that of the code by hand of the same width it is. */
export interface BesideHand extends Cost {
  readonly name: string;
  readonly target: string;
  readonly byHand: ByHand;
}

const LINE = /^(\w+) by hand W=(\d+): forward ([\d.]+) ns\/step, gradient ([\d.]+)/gm;

/** The figures in what a run.sh printed. */
export const byHandIn = (printed: string): ByHand[] =>
  [...printed.matchAll(LINE)].map(([, name, ...numbers]) => {
    const [width, forward, gradient] = numbers.map(Number);
    return { case: name, width, forward, gradient };
  });

/** Builds and runs the code of a folder. Throws a UserError where that does not go or says nothing. */
export function byHandOf(folder: string): ByHand[] {
  const script = join(folder, 'run.sh');
  if (!existsSync(script))
    throw new UserError(`--yardstick: a folder with a script run.sh was expected, got ${folder}`);
  const { status, stdout, stderr, error } = spawnSync('bash', [script], { encoding: 'utf8' });
  const found = byHandIn(stdout ?? '');
  if (status !== 0 || found.length === 0) {
    const said = error?.message ?? (stderr.trim() || stdout.trim() || 'nothing');
    throw new UserError(`--yardstick: figures by hand were expected of ${script}, got: ${said.split('\n').at(-1)}`);
  }
  return found;
}

/** A month: what is compared runs long enough for processor time to be exact. */
const MINUTES = 30 * 1440 + 1;

/** Each case that was written by hand, at each width, on one thread of a target. */
export function besideHand(cases: readonly Timed[], target: Target, byHand: readonly ByHand[]): BesideHand[] {
  return cases.flatMap((c) => {
    const same = byHand.filter((hand) => c.name.startsWith(`(${hand.case}) `));
    if (same.length === 0) return [];
    const { rollout, raw, windows } = c.build(target, { threads: 1 }, MINUTES);
    const steps = c.sets * c.windows * (MINUTES - 1);
    const cost = (run: () => void) => (leastSeconds(run, 2, processorTime) * 1e9) / steps;
    const forward = cost(() => rollout.value(raw, windows, MINUTES));
    const gradient = cost(() => rollout.gradient(raw, windows, MINUTES));
    rollout.dispose();
    return same.map((hand) => ({ name: c.name, target: target.name, forward, gradient, byHand: hand }));
  });
}

export function besideHandText({ name, target, forward, gradient, byHand }: BesideHand): string {
  const ratio = (ours: number, theirs: number) =>
    `${ours.toFixed(2)} / ${theirs.toFixed(2)} = ${(ours / theirs).toFixed(1)}×`;
  return (
    `${name}: ${target} / by hand with ${byHand.width} sets side by side: ` +
    `forward ${ratio(forward, byHand.forward)}, + gradient ${ratio(gradient, byHand.gradient)}`
  );
}
