/**
 * Roll-outs on the webgpu target beside the reference, in float32 and in float64: what both files of tests share.
 *
 * A score: a number rounds by 6e-8, and 130 minutes of some fifty operations each make 1e-5 of it where errors have one
 * sign. A gradient, of a parameter's largest entry: what float32 loses on the reference, up to some thousandths. Where the
 * reference's own float32 is farther from float64, roundings make that of it, and other roundings may make as much.
 */
import { expect } from 'vitest';
import type { Precision } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { Rollout } from '../../src/rollout/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { withTurns } from '../../src/targets/resumable.js';
import type { Target } from '../../src/targets/target.js';
import { device } from '../targets/webgpu-device.js';
import { type Case, columnsOf, dataOf, ROWS, rawOf, specOfCase, WINDOWS } from './bits-cases.js';
import { apart, largest } from './drift.js';

const SCORE = 2e-5;
const GRADIENT = 5e-3;
/** Where there is next to none. */
const NO_GRADIENT = 3e-6;
/** Of values along a path, relative. */
const PATH = 2e-5;

/** What is asked of a roll-out: raw parameters of some sets, windows, rows of a window. */
export interface Asked {
  readonly raw: Float64Array;
  readonly windows: Int32Array;
  readonly rows: number;
}

async function answersOf(rollout: Rollout, { raw, windows, rows }: Asked) {
  const value = await withTurns(rollout.resumable.value(raw, windows, rows));
  const gradient = await withTurns(rollout.resumable.gradient(raw, windows, rows));
  return { value, gradient };
}

type Answers = Awaited<ReturnType<typeof answersOf>>;

/**
 * Expects the device's scores and gradients near the reference's.
 *
 * @param isSteep where float32 and float64 differ more than anybody could state: only float32 is compared
 */
export async function expectNear(
  build: (target: Target, precision?: Precision) => { readonly rollout: Rollout; readonly asked: Asked },
  isSteep = false,
): Promise<void> {
  const ask = async (target: Target, precision?: Precision) => {
    const { rollout, asked } = build(target, precision);
    try {
      return {
        ...(await answersOf(rollout, asked)),
        entries: rollout.layout.entries,
        sets: asked.raw.length / rollout.layout.columns,
      };
    } finally {
      rollout.dispose();
    }
  };
  const [got, narrow, wide] = [await ask(device()), await ask(reference, 'float32'), await ask(reference, 'float64')];
  expect([...got.gradient.gradient, ...got.value.byWindow].every(Number.isFinite)).toBe(true);
  const scores = ({ value }: Pick<Answers, 'value'>) => value.byWindow;
  const size = SCORE * Math.max(1, largest(scores(wide)));
  expect(apart(scores(got), scores(narrow))).toBeLessThanOrEqual(size);
  expect(apart(scores(got), got.gradient.byWindow)).toBeLessThanOrEqual(size);
  if (!isSteep)
    expect(apart(scores(got), scores(wide))).toBeLessThanOrEqual(size + apart(scores(narrow), scores(wide)));
  for (const { name, column, size: count } of wide.entries) {
    const of = ({ gradient }: Pick<Answers, 'gradient'>) =>
      gradient.gradient.slice(column * wide.sets, (column + count) * wide.sets);
    const allowed = Math.max(NO_GRADIENT, GRADIENT * largest(of(narrow))) + apart(of(narrow), of(wide));
    expect(apart(of(got), of(narrow)), name).toBeLessThanOrEqual(allowed);
    if (!isSteep) expect(apart(of(got), of(wide)), name).toBeLessThanOrEqual(allowed);
  }
}

const make = (c: Case, target: Target, precision?: Precision) =>
  createPoolRollout(specOfCase(c), dataOf(c.n), target, { threads: 1, precision });

/** A pool's scores and gradients. */
export async function expectPoolNear(c: Case): Promise<void> {
  const asked = { raw: rawOf(c), windows: WINDOWS, rows: ROWS };
  await expectNear((target, precision) => ({ rollout: make(c, target, precision), asked }));
}

/** What is recorded of a set along its path. */
export async function expectPathNear(c: Case): Promise<void> {
  const raw = columnsOf(rawOf(c), [3]);
  const [got, wanted] = [make(c, device()), make(c, reference, 'float32')];
  const [a, b] = await Promise.all(
    [got, wanted].map((rollout) => withTurns(rollout.resumable.path(raw, WINDOWS[1], ROWS, 3))),
  );
  // what is lost is a difference of two values
  const size = (name: string) => (name === 'lost' ? largest(b.observed.value) : Math.max(1, largest(b.observed[name])));
  for (const [name, values] of Object.entries(b.observed)) {
    expect(apart(a.observed[name], values), name).toBeLessThanOrEqual(PATH * size(name));
  }
  got.dispose();
  wanted.dispose();
}
