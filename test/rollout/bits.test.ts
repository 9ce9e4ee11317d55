/**
 * Roll-outs of all shipped models, to the bit: wasm gives what the reference gives, at any number of threads; the same
 * question twice has the same answer; a lane does not see the others.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import {
  answers,
  CASES,
  type Case,
  columnsOf,
  dataOf,
  momentum,
  ROWS,
  rawOf,
  run,
  SETS,
  specOfCase,
  turnover,
  VALUES,
  WINDOWS,
} from './bits-cases.js';
import { objectives, rawSets, specOf, walk } from './setup.js';

/** The roll-out of a case on two threads: compiled once, for all tests. */
const onTwoThreads = new Map<Case, PoolRollout>();
function shared(c: Case): PoolRollout {
  const known = onTwoThreads.get(c);
  if (known !== undefined) return known;
  const made = createPoolRollout(specOfCase(c), dataOf(c.n), wasm, { threads: 2 });
  onTwoThreads.set(c, made);
  return made;
}
afterAll(() => {
  for (const rollout of onTwoThreads.values()) rollout.dispose();
});

describe('wasm has the bits of the reference', () => {
  it.each(CASES)('$name', (c) => {
    const wanted = run(c, reference);
    expectSameBits(answers(shared(c), rawOf(c)), wanted);
    // what is compared is alive
    expect(wanted.gradient.every((g) => Number.isFinite(g))).toBe(true);
    expect(new Set(wanted.objective).size).toBe(SETS);
    expect(wanted.primals).toEqual(wanted.byWindow);
  });

  // threads share out lanes, whatever the program
  it.each([CASES[2], CASES[9]])('on one thread as on two: $name', (c) => {
    expectSameBits(run(c, wasm), answers(shared(c), rawOf(c)));
  });

  it('over days, for daily objectives', () => {
    const score = {
      objective: objectives.daily_log_sharpe,
      penalties: [{ model: objectives.drawdown, weight: 2 }, ...turnover],
    };
    const data = walk(2, 3000, 5e-4);
    const spec = specOf(data, { ...momentum, ...score });
    const raw = rawSets(spec, VALUES, 3);
    const got = [reference, wasm].map((target) => {
      const rollout = createPoolRollout(spec, data, target, { threads: 2 });
      const { byWindow, gradient } = rollout.gradient(raw, Int32Array.of(17, 95), 2890);
      rollout.dispose();
      return { byWindow, gradient };
    });
    expectSameBits(got[1], got[0]);
  });
});

describe('the same question has the same answer', () => {
  it.each(CASES)('$name', (c) => {
    const rollout = shared(c);
    const first = answers(rollout, rawOf(c));
    // other work in between leaves nothing behind
    rollout.gradient(rawOf(c, 2), Int32Array.of(3), 60);
    expectSameBits(answers(rollout, rawOf(c)), first);
  });
});

describe('a lane does not see the others', () => {
  it.each(CASES)('$name', (c) => {
    const rollout = shared(c);
    const raw = rawOf(c);
    const all = rollout.gradient(raw, WINDOWS, ROWS);
    const expectColumns = (got: typeof all, chosen: readonly number[]) => {
      expectSameBits(
        { byWindow: got.byWindow, gradient: got.gradient },
        { byWindow: columnsOf(all.byWindow, chosen), gradient: columnsOf(all.gradient, chosen) },
      );
    };
    for (const chosen of [[2], [4, 0], [3, 1, 2]]) {
      expectColumns(rollout.gradient(columnsOf(raw, chosen), WINDOWS, ROWS), chosen);
    }
    // the windows' scores do not depend on the company that a window keeps
    WINDOWS.forEach((first, w) => {
      const alone = rollout.value(raw, Int32Array.of(first), ROWS).objective;
      expectSameBits({ alone }, { alone: all.byWindow.slice(w * SETS, (w + 1) * SETS) });
    });
  });

  it.each(CASES)('not even one that is not a number: $name', (c) => {
    const rollout = shared(c);
    const raw = rawOf(c);
    const all = rollout.gradient(raw, WINDOWS, ROWS);
    const broken = Float64Array.from(raw, (x, i) => (i % SETS === 1 ? Number.NaN : x));
    const got = rollout.gradient(broken, WINDOWS, ROWS);
    const healthy = [0, 2, 3, 4];
    expectSameBits(
      { byWindow: columnsOf(got.byWindow, healthy), gradient: columnsOf(got.gradient, healthy) },
      { byWindow: columnsOf(all.byWindow, healthy), gradient: columnsOf(all.gradient, healthy) },
    );
    expect(got.objective[1]).toBeNaN();
  });
});
