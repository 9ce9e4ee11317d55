/** Gradients of whole roll-outs against differences, all steps of all columns in one run: a lane each. */
import { expect } from 'vitest';
import { createPoolRollout, type PoolRollout } from '../../src/pools/rollout.js';
import type { LayoutEntry } from '../../src/rollout/layout.js';
import type { ObjectiveModel } from '../../src/rollout/model.js';
import type { Prices } from '../../src/rollout/recorded.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { objectives } from './setup.js';

/** The widest step, relative to max(1, |x|), and how often it is halved, less one. */
const WIDEST = 0.04;
const STEPS = 17;

/** Doubt of a derivative, relative to it, from which on differences count as at odds. */
const AGREED = 5e-6;

/** Differences f(x ± h) at steps h, h/2, h/4 …, without their sign: (f(x + h) − f(x))/h and (f(x) − f(x − h))/h. */
interface OneSided {
  readonly right: readonly number[];
  readonly left: readonly number[];
}

/** Extrapolated to third order from three steps: (d_j − 6d_{j+1} + 8d_{j+2})/3. */
const extrapolated = (d: readonly number[], j: number): number => (d[j] - 6 * d[j + 1] + 8 * d[j + 2]) / 3;

/** A derivative, and how far the estimates that should agree on it lie apart. */
interface Difference {
  readonly value: number;
  readonly doubt: number;
}

/**
 * f′ as the central difference extrapolated to fourth order, (4d_{j+1} − d_j)/3. Wide steps see kinks (minutes that begin
 * or cease to trade), narrow ones rounding: of all j the one where both sides, each extrapolated for itself, and the next
 * narrower steps agree best. The doubt is what they disagree by there. It is large where a kink lies closer than the
 * narrowest steps or where rounding drowns the derivative: such differences tell nothing of a gradient.
 */
function derivative({ right, left }: OneSided): Difference {
  const central = right.map((d, j) => (d + left[j]) / 2);
  const fourth = central.slice(1).map((narrow, j) => (4 * narrow - central[j]) / 3);
  let best: Difference = { value: Number.NaN, doubt: Number.POSITIVE_INFINITY };
  for (let j = 0; j + 2 < fourth.length; j++) {
    const sides = Math.abs(extrapolated(right, j) - extrapolated(left, j));
    const doubt = Math.max(sides, Math.abs(fourth[j] - fourth[j + 1]), Math.abs(fourth[j + 1] - fourth[j + 2]));
    if (doubt < best.doubt) best = { value: fourth[j], doubt };
  }
  return best;
}

/** ∂score/∂raw of one set by column; `score` is asked once, for all lanes: [columns][lanes] → [lanes]. */
export function differences(raw: Float64Array, score: (lanes: Float64Array) => Float64Array): Difference[] {
  const half = raw.length * STEPS;
  const count = 2 * half + 1;
  const step = (k: number, j: number) => WIDEST * 2 ** -j * Math.max(1, Math.abs(raw[k]));
  const lanes = new Float64Array(raw.length * count);
  for (let c = 0; c < raw.length; c++) {
    for (let s = 0; s < count; s++) {
      const [k, j] = [Math.floor((s % half) / STEPS), s % STEPS];
      const moved = c === k && s < 2 * half ? (s < half ? 1 : -1) * step(k, j) : 0;
      lanes[c * count + s] = raw[c] + moved;
    }
  }
  const f = score(lanes);
  const middle = f[2 * half];
  return Array.from(raw, (_, k) => {
    const steps = Array.from({ length: STEPS }, (_s, j) => step(k, j));
    return derivative({
      right: steps.map((h, j) => (f[k * STEPS + j] - middle) / h),
      left: steps.map((h, j) => (middle - f[half + k * STEPS + j]) / h),
    });
  });
}

/** A roll-out, where it is asked for its gradient. */
export interface Job {
  readonly rollout: PoolRollout;
  readonly data: Prices;
  /** One set. */
  readonly raw: Float64Array;
  readonly windows: Int32Array;
  readonly windowRows: number;
}

/** Objectives beside what holding would have kept, and what of the value counts there. */
const HELD: readonly ObjectiveModel[] = [objectives.returns_over_hodl, objectives.il];

/**
 * The score of many lanes, with what carries no gradient held at its value at `raw`: returns_over_hodl is v_T/sg(H) − 1,
 * so it is taken as (returns + 1)·(v_0/H) − 1, where v_0/H = (returns_over_hodl + 1)/(returns + 1) at `raw`, by window. Of il
 * the same with returns less fees over v_0.
 */
function frozenScore({ rollout, data, raw, windows, windowRows }: Job): (lanes: Float64Array) => Float64Array {
  const { spec } = rollout;
  if (!HELD.includes(spec.objective)) return (lanes) => rollout.value(lanes, windows, windowRows).objective;
  expect(spec.penalties).toEqual([]);
  const less = spec.objective === objectives.il ? [{ model: objectives.fee_revenue_over_value, weight: -1 }] : [];
  const returns = createPoolRollout({ ...spec, objective: objectives.returns, penalties: less }, data, wasm, {
    threads: 1,
  });
  const grown = returns.value(raw, windows, windowRows).byWindow;
  const held = rollout.value(raw, windows, windowRows).byWindow.map((x, w) => (x + 1) / (grown[w] + 1));
  return (lanes) => {
    const { byWindow } = returns.value(lanes, windows, windowRows);
    returns.dispose();
    const sets = byWindow.length / windows.length;
    return Float64Array.from({ length: sets }, (_, s) =>
      held.reduce((sum, h, w) => sum + ((byWindow[w * sets + s] + 1) * h - 1) / windows.length, 0),
    );
  };
}

/**
 * Expects the gradient of one parameter within `tolerance` of the differences, relative to its largest entry, so that no
 * parameter hides behind a larger one. The differences must agree with each other first: a case with a kink too close to
 * its base point fails as a case, not as a wrong gradient.
 */
export function expectEntry(
  e: LayoutEntry,
  gradient: Float64Array,
  wanted: readonly Difference[],
  tolerance: number,
): void {
  const columns = Array.from({ length: e.size }, (_, i) => e.column + i);
  const largest = Math.max(...columns.map((k) => Math.abs(wanted[k].value)));
  const doubt = Math.max(...columns.map((k) => wanted[k].doubt));
  const error = Math.max(...columns.map((k) => Math.abs(wanted[k].value - gradient[k])));
  // below this the rounding of a score near 1 drowns what differences can tell
  expect(largest, `${e.name} moves the score`).toBeGreaterThan(1e-7);
  expect(doubt / largest, `${e.name}: differences agree with each other`).toBeLessThan(AGREED);
  expect(error / largest, e.name).toBeLessThan(tolerance);
}

/**
 * Expects the gradients of all parameters near the differences; those of `dead` are exactly 0, as the differences are. The
 * roll-out is let go of.
 */
export function expectGradient(job: Job, tolerance: number, dead: readonly string[] = []): void {
  const { rollout, raw, windows, windowRows } = job;
  const { gradient } = rollout.gradient(raw, windows, windowRows);
  const wanted = differences(raw, frozenScore(job));
  for (const e of rollout.layout.entries) {
    if (!dead.includes(e.name)) expectEntry(e, gradient, wanted, tolerance);
    else {
      for (let k = e.column; k < e.column + e.size; k++) expect([gradient[k], wanted[k].value], e.name).toEqual([0, 0]);
    }
  }
  rollout.dispose();
}

/** What makes a case the one that it claims to be. */
export interface Facts {
  /** Fees of the first window. */
  readonly fees: number;
  /** Share of the first window's minutes in which arbitrageurs trade. */
  readonly trading: number;
  /** Smallest reserve on the first window's way, relative to what it was at the start. */
  readonly scarcest: number;
}

export function facts({ rollout, raw, windows, windowRows }: Job): Facts {
  const { fees, reserves } = rollout.trajectory(raw, windows[0], windowRows, 1);
  const width = reserves.length / windowRows;
  const grown = reserves.map((r, i) => (i < width ? 1 : r / reserves[i - width]));
  // what flow earns is spread over all reserves in proportion
  const traded = (t: number) => {
    const factors = grown.subarray(t * width, (t + 1) * width);
    return Math.max(...factors) - Math.min(...factors) > 1e-12;
  };
  const minutes = Array.from({ length: windowRows - 1 }, (_, t) => t + 1);
  return {
    fees: fees[windowRows - 1],
    trading: minutes.filter(traded).length / minutes.length,
    scarcest: reserves.reduce((least, r, i) => Math.min(least, r / reserves[i % width]), 1),
  };
}

/** Shares of rule steps in which the guards bound. */
export function guardsOf({ rollout, raw, windows, windowRows }: Job): Record<string, number> {
  const guards = rollout.guards(raw, windows, windowRows);
  return Object.fromEntries(Object.entries(guards).map(([name, [share]]) => [name, share]));
}

/** The daily values of each window rise and then fall: their running maximum is neither the start nor a constant. */
export function expectInnerPeak({ rollout, raw, windows, windowRows }: Job): void {
  for (const first of windows) {
    const [start, high, low] = rollout.trajectory(raw, first, windowRows, 1440).values;
    expect(start < high && low < high, `${start}, ${high}, ${low}`).toBe(true);
  }
}
