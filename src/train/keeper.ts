/** Floor 5. The constraints of a training run: what their bounds are on windows, their gradients, and the steps that keep them. */
import { UserError } from '../errors.js';
import type { BySets } from '../rollout/by-sets.js';
import { columnOf } from '../rollout/layout.js';
import type { ScoresAndGradient } from '../rollout/rollout.js';
import type { Resumable } from '../targets/resumable.js';
import { type Constraint, type FreeStep, type Held, held, keptStep, signOf } from './constraints.js';
import type { TrainProblem } from './problem.js';
import type { FixedWindows } from './windows.js';

/** What windows say of all sets. */
export interface Answer {
  /** [S], and of J − Σ λv: [columns][S]. */
  readonly objective: Float64Array;
  readonly gradient: Float64Array;
  /** The constraints by set; empty where nothing is constrained. */
  readonly held: readonly (readonly Held[])[];
  /** ∂v by constraint: [columns][S] each. */
  readonly gradients: readonly Float64Array[];
}

const NONE = new Float64Array(0);

/** How fast λ follows, after the first step, which sets it. */
const FOLLOWS = 0.3;

export class Keeper {
  readonly constraints: readonly Constraint[];
  /** λ: [constraints][S] */
  private multipliers: Float64Array;
  private known: { readonly by: BySets; readonly windows: string; readonly measured: Float64Array } | null = null;

  constructor(
    private readonly problem: TrainProblem,
    private readonly sets: number,
    /** To go on from; null at the start. */
    saved: { readonly multipliers?: Float64Array } | null,
  ) {
    this.constraints = problem.constraints ?? [];
    const size = this.constraints.length * sets;
    this.multipliers = saved?.multipliers ?? new Float64Array(saved === null ? size : 0);
    if (this.multipliers.length !== size) {
      throw new UserError(
        `resume: multipliers of ${this.constraints.length} constraints in ${sets} sets were expected, got ${this.multipliers.length}; resume with the constraints of the checkpoint`,
      );
    }
  }

  /** What is to be saved; nothing where nothing is constrained. */
  get saved(): { readonly multipliers?: Float64Array } {
    return this.constraints.length === 0 ? {} : { multipliers: this.multipliers };
  }

  /** λ of one set, by constraint. */
  multipliersOf(set: number): number[] {
    return this.constraints.map((_, k) => this.multipliers[k * this.sets + set]);
  }

  /**
   * Objective and gradients on windows. With constraints each set is there once for the objective and once for each measure, so
   * that one run gives all gradients.
   */
  *gradient(raw: Float64Array, windows: FixedWindows): Resumable<Answer> {
    const { rollout } = this.problem;
    const { sets } = this;
    const { length } = this.constraints;
    if (length === 0) {
      const { objective, gradient } = yield* rollout.resumable.gradient(raw, windows.windows, windows.windowRows);
      return { objective, gradient, held: [], gradients: [] };
    }
    const each = 1 + length;
    const wide = Float64Array.from({ length: raw.length * each }, (_, i) => {
      const column = Math.floor(i / (each * sets));
      return raw[column * sets + (i % sets)];
    });
    // in copy j of all sets output j counts 1
    const counts = Float64Array.from({ length: each * each * sets }, (_, i) =>
      Math.floor(i / (each * sets)) === Math.floor((i % (each * sets)) / sets) ? 1 : 0,
    );
    const found = yield* rollout.resumable.gradient(wide, windows.windows, windows.windowRows, counts);
    const held = yield* this.of(rollout, copyOf(found.measuresByWindow, sets, each, 0), windows);
    return this.answer(found, held);
  }

  private answer(found: ScoresAndGradient, held: readonly (readonly Held[])[]): Answer {
    const { constraints, sets, multipliers } = this;
    const each = 1 + constraints.length;
    const gradients = constraints.map((c, k) => copyOf(found.gradient, sets, each, k + 1).map((g) => signOf(c) * g));
    return {
      // a set whose measure is no number is none to go on with
      objective: found.objective
        .slice(0, sets)
        .map((x, s) => (held[s].every((h) => Number.isFinite(h.violation)) ? x : Number.NaN)),
      held,
      gradients,
      gradient: copyOf(found.gradient, sets, each, 0).map((g, i) =>
        gradients.reduce((sum, v, k) => sum - multipliers[k * sets + (i % sets)] * v[i], g),
      ),
    };
  }

  /** The constraints of each of the sets, by what they measured on these windows by that roll-out: [constraints][W][S]. */
  *of(rollout: BySets, measured: Float64Array, windows: FixedWindows): Resumable<readonly (readonly Held[])[]> {
    const { constraints } = this;
    if (constraints.length === 0) return [];
    const count = windows.windows.length;
    const sets = measured.length / (constraints.length * count);
    const start = yield* this.start(rollout, windows);
    const of = (values: Float64Array, each: number, k: number, s: number) =>
      Float64Array.from({ length: count }, (_, w) => values[(k * count + w) * each + s]);
    return Array.from({ length: sets }, (_, s) =>
      constraints.map((c, k) => held(c, of(measured, sets, k, s), start === null ? NONE : of(start, 1, k, 0))),
    );
  }

  /** What the start values measure on windows, by window; asked only where a bound is that. */
  private *start(rollout: BySets, { windows, windowRows }: FixedWindows): Resumable<Float64Array | null> {
    if (this.constraints.every((c) => c.bound !== 'start')) return null;
    const key = `${windowRows}: ${windows.join()}`;
    if (this.known?.by === rollout && this.known.windows === key) return this.known.measured;
    const { measuresByWindow: measured } = yield* rollout.resumable.value(this.problem.initial, windows, windowRows);
    this.known = { by: rollout, windows: key, measured };
    return measured;
  }

  /**
   * The step of one set, moved so that it keeps the constraints; its multipliers follow.
   *
   * @param scale what the gradient was multiplied by before the optimiser saw it
   */
  keep(set: number, free: FreeStep, { held, gradients }: Answer, scale: number, isFirst: boolean): Float64Array {
    if (this.constraints.length === 0) return free.step;
    const { sets, problem } = this;
    const own = gradients.map((g) => columnOf(g, sets, set).map((x, c) => (problem.trainable[c] === 1 ? x : 0)));
    const lambda = this.multipliersOf(set);
    const { step, multipliers } = keptStep(
      free,
      held[set].map((h) => h.violation),
      own,
      lambda.map((x) => -x * scale),
    );
    const next = this.multipliers.slice();
    multipliers.forEach((w, k) => {
      next[k * sets + set] = Math.max(0, lambda[k] + ((isFirst ? 1 : FOLLOWS) * w) / scale);
    });
    this.multipliers = next;
    return step;
  }

  /** A set that starts anew beside another. */
  copy(from: number, to: number): void {
    const next = this.multipliers.slice();
    this.constraints.forEach((_, k) => {
      next[k * this.sets + to] = next[k * this.sets + from];
    });
    this.multipliers = next;
  }
}

/** Of [rows][copies · sets], copy j: [rows][sets]. */
const copyOf = (wide: Float64Array, sets: number, copies: number, j: number): Float64Array =>
  Float64Array.from(
    { length: wide.length / copies },
    (_, i) => wide[Math.floor(i / sets) * copies * sets + j * sets + (i % sets)],
  );
