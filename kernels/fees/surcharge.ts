/** Floor 3. What the fee laws share: a surcharge on the pool's fee up to a greatest fee, and memories by their half-lives. */
import type { Expr } from '../../src/graph/index.js';
import { minutesOf } from '../../src/rollout/clock.js';
import type { ModelContext, Parameter } from '../../src/rollout/model.js';
import { powerOfTwo, powerOrZero, sigmoid } from '../../src/rollout/transforms.js';

export const greatestFee: Parameter = {
  shape: 'scalar',
  transform: sigmoid,
  range: [0, 0.5],
  unit: '1',
  default: 0.1,
  trainable: false,
  doc: 'The fee is never more than this.',
};

/** Minutes in which half of what has been seen is forgotten. */
export const halfLife = (minutes: number): Parameter => ({
  shape: 'scalar',
  transform: powerOfTwo,
  range: [0.1, 525_600],
  unit: 'minutes',
  default: minutes,
  trainable: true,
  needsFlow: true,
  doc: 'Minutes in which half of what was seen is forgotten.',
});

/** Fee for each unit of what the law measures; 0 switches the law off. */
export const slope = (value: number, doc: string): Parameter => ({
  shape: 'scalar',
  transform: powerOrZero,
  range: [0, 100],
  unit: '1',
  default: value,
  trainable: true,
  needsFlow: true,
  doc,
});

/** min(fee + surcharge, greatestFee) */
export const surcharged = (c: ModelContext, base: Expr, surcharge: Expr): Expr =>
  base.add(surcharge).minimum(c.value.greatestFee[0]);

/** What a step of Δ minutes leaves of what was seen: 2^(−Δ/halfLife). */
export const decayOf = (c: ModelContext): Expr =>
  c.value.halfLife[0]
    .reciprocal()
    .mul(-Math.LN2 * minutesOf(c.clock))
    .exp();
