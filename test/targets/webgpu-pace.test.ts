/** How the webgpu target cuts runs in time: by a device of a stated speed, without one. */
import { describe, expect, it } from 'vitest';
import { type Launch, Pace, type Standing } from '../../src/targets/webgpu/pace.js';

const PHASES = [true, false, true, false].map((isLoop, i) => ({ entry: `phase${i}`, isLoop }));

/** What a run of so many lanes does; loops by phase have so many steps. `cost`: milliseconds of a step of a lane. */
function runOf(pace: Pace, lanes: number, lengths: readonly number[], cost: number) {
  const submissions: { readonly launches: readonly Launch[]; readonly milliseconds: number }[] = [];
  const shares: number[] = [];
  let standing: Standing = { phase: 0, first: 0, begin: 0 };
  let left = 0;
  while (standing.phase < PHASES.length) {
    const launches = pace.next(standing, lanes);
    const reports = new Uint32Array(2 * PHASES.length);
    let milliseconds = 0.5;
    for (const { phase, begin, end, first, steps } of launches) {
      if (!PHASES[phase].isLoop) continue;
      // a loop is not begun before those in front of it are through
      if (launches.some((l) => l.phase < phase && reports[2 * l.phase] > 0)) continue;
      const taken = Math.min(steps, lengths[phase] - first);
      milliseconds += cost * taken * (end - begin);
      reports[2 * phase] = lengths[phase] - first - taken;
      reports[2 * phase + 1] = lengths[phase];
    }
    submissions.push({ launches, milliseconds });
    pace.learn(launches, reports, milliseconds);
    const before = standing;
    standing = pace.after(before, launches, reports, left, lanes);
    left = standing.begin > 0 ? Math.max(left, reports[2 * standing.phase]) : 0;
    shares.push(pace.share(standing));
  }
  return { submissions, shares };
}

/** Of a loop, how often each lane took each step. */
function steps(submissions: ReturnType<typeof runOf>['submissions'], phase: number, lanes: number, length: number) {
  const taken = new Int32Array(lanes * length);
  for (const { launches } of submissions) {
    for (const l of launches) {
      if (l.phase !== phase) continue;
      for (let t = l.first; t < Math.min(length, l.first + l.steps); t++) {
        for (let lane = l.begin; lane < l.end; lane++) taken[lane * length + t]++;
      }
    }
  }
  return taken;
}

describe('a run is cut in time', () => {
  it.each([
    ['fast', 1e-6],
    ['slow', 1e-3],
    ['so slow that a step of all lanes is cut', 0.2],
  ])('on a device that is %s: every lane takes every step once', (_name, cost) => {
    const pace = new Pace(PHASES);
    const lengths = [40, 0, 9, 0];
    const { submissions, shares } = runOf(pace, 5000, lengths, cost);
    for (const phase of [0, 2]) {
      expect(steps(submissions, phase, 5000, lengths[phase]).every((n) => n === 1)).toBe(true);
    }
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[shares.length - 1]).toBe(1);
    // but for the first of each loop, of which nothing is known, and what one lane in each of 64 takes
    const longest = Math.max(...submissions.slice(1).map((s) => s.milliseconds));
    expect(longest).toBeLessThan(Math.max(310, 1100 * cost));
  });

  it('and once its loops are known, a short run is one submission', () => {
    const pace = new Pace(PHASES);
    runOf(pace, 100, [40, 0, 9, 0], 1e-6);
    runOf(pace, 100, [40, 0, 9, 0], 1e-6);
    runOf(pace, 100, [40, 0, 9, 0], 1e-6);
    expect(runOf(pace, 100, [40, 0, 9, 0], 1e-6).submissions.length).toBe(1);
    // longer than it was known to be
    const { submissions } = runOf(pace, 100, [80, 0, 9, 0], 1e-6);
    expect(steps(submissions, 2, 100, 9).every((n) => n >= 1)).toBe(true);
    expect(steps(submissions, 0, 100, 80).every((n) => n === 1)).toBe(true);
  });

  it('and a loop without steps is passed', () => {
    const { submissions } = runOf(new Pace(PHASES), 10, [0, 0, 3, 0], 1e-6);
    expect(submissions.length).toBeLessThan(6);
  });
});
