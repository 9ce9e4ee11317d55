/**
 * Floor 5. Optimisers: pure functions from slots, raw parameters and a direction of descent to the next slots and raws, in
 * float64. All arrays are [columns][S] but for single numbers.
 */
import { UserError } from '../errors.js';
import type { OptimizerSpec } from './problem.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
/** Gradients of a return with respect to a raw of 1e-8 occur; the customary 1e-7 would damp them. */
const EPSILON = 1e-12;
const WEIGHT_DECAY = 0.01;

/** What an optimiser keeps, by name: [columns][S], or one number. */
export type Slots = Readonly<Record<string, Float64Array>>;

interface Stepped {
  readonly slots: Slots;
  readonly raw: Float64Array;
  /** What each raw moves by for a unit of gradient, but for what was remembered of earlier ones. */
  readonly metric: Float64Array;
}

export interface Optimizer {
  /** The slots before the first step, for `size` raw numbers. */
  readonly init: (size: number) => Slots;
  /** One step against `gradient` of what is to be made small. */
  readonly update: (slots: Slots, raw: Float64Array, gradient: Float64Array, learningRate: number) => Stepped;
}

/** The optimiser of a spec. `anchor`: where weight decay leads, [columns]. */
export function optimizerOf(spec: OptimizerSpec, anchor: Float64Array): Optimizer {
  const { name, momentum = 0, beta2 = BETA2, weightDecay = WEIGHT_DECAY } = spec;
  if (name === 'sgd') return sgd(momentum);
  const adam = adamWith(beta2);
  return name === 'adam' ? adam : decayed(adam, weightDecay, anchor);
}

/** v ← μv + g, θ ← θ − ηv (Polyak 1964) */
const sgd = (momentum: number): Optimizer => ({
  init: (size) => ({ momentum: new Float64Array(size) }),
  update: (slots, raw, gradient, rate) => {
    const velocity = slots.momentum.map((v, i) => momentum * v + gradient[i]);
    return {
      slots: { momentum: velocity },
      raw: raw.map((x, i) => x - rate * velocity[i]),
      metric: raw.map(() => rate),
    };
  },
});

/** m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η·m̂/(√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ) (Kingma and Ba 2015) */
const adamWith = (beta2: number): Optimizer => ({
  init: (size) => ({
    m: new Float64Array(size),
    v: new Float64Array(size),
    'beta1^t': Float64Array.of(1),
    'beta2^t': Float64Array.of(1),
  }),
  update: (slots, raw, gradient, rate) => {
    const m = slots.m.map((x, i) => BETA1 * x + (1 - BETA1) * gradient[i]);
    const v = slots.v.map((x, i) => beta2 * x + (1 - beta2) * gradient[i] * gradient[i]);
    const power1 = slots['beta1^t'][0] * BETA1;
    const power2 = slots['beta2^t'][0] * beta2;
    const width = (i: number) => Math.sqrt(v[i] / (1 - power2)) + EPSILON;
    const step = (i: number) => (rate * (m[i] / (1 - power1))) / width(i);
    return {
      slots: { m, v, 'beta1^t': Float64Array.of(power1), 'beta2^t': Float64Array.of(power2) },
      raw: raw.map((x, i) => x - step(i)),
      metric: raw.map((_, i) => rate / width(i)),
    };
  },
});

/** θ ← θ − ηλ(θ − anchor), apart from the slots (Loshchilov and Hutter 2019, with their schedule multiplier in η). */
const decayed = (inner: Optimizer, weightDecay: number, anchor: Float64Array): Optimizer => ({
  init: inner.init,
  update: (slots, raw, gradient, rate) => {
    const sets = raw.length / anchor.length;
    const near = raw.map((x, i) => x - rate * weightDecay * (x - anchor[Math.floor(i / sets)]));
    return inner.update(slots, near, gradient, rate);
  },
});

/** The slots with those of set `to` as set `from` has them; `sets` is at least 2. */
export function copySlots(slots: Slots, sets: number, from: number, to: number): Slots {
  const copied = (values: Float64Array) => {
    // a single number is of all sets
    if (values.length === 1) return values;
    const changed = values.slice();
    for (let i = 0; i < values.length; i += sets) changed[i + to] = values[i + from];
    return changed;
  };
  return Object.fromEntries(Object.entries(slots).map(([name, values]) => [name, copied(values)]));
}

/** Throws a UserError where slots of a checkpoint are not those of the optimiser, or not of this size. */
export function checkSlots(slots: Slots, { name }: OptimizerSpec, fresh: Slots): void {
  const text = (s: Slots) =>
    Object.entries(s)
      .map(([slot, values]) => `${slot} (${values.length})`)
      .sort()
      .join(', ');
  if (text(slots) === text(fresh)) return;
  throw new UserError(
    `resume: the optimiser ${name} was expected to have the slots ${text(fresh)}, got ${text(slots)}; resume with the optimiser and the sets of the checkpoint`,
  );
}
