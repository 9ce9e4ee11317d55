/** Floor 3. What every price generator is: a drawn source that says which draws it takes, and what steps it can take. */
import type { Tree } from '../../src/graph/index.js';
import type { Clock, Parameter, Source } from '../../src/rollout/model.js';
import { identity, powerOfTwo, powerOrZero } from '../../src/rollout/transforms.js';

export interface Generator<S extends Tree = Tree> extends Source<S> {
  /** Draws of a step for n assets, numbered from 0; the first step has those of step 0. */
  readonly draws: (n: number) => number;
  /**
   * Notes on parameter values (by name, without the generator's) for a clock; none where all is well.
   * Throws UserError where no such step can be taken.
   */
  check?(
    values: Readonly<Record<string, readonly number[]>>,
    clock: Clock,
    settings: Readonly<Record<string, number>>,
  ): readonly string[];
}

type Rest = Pick<Parameter, 'unit' | 'default' | 'doc'> & Partial<Parameter>;

/** A number of any sign, trained. */
export const real = (rest: Rest): Parameter => ({
  shape: 'scalar',
  transform: identity,
  range: [-1e12, 1e12],
  trainable: true,
  ...rest,
});

/** A number above 0, trained. */
export const above = (rest: Rest): Parameter => ({
  ...real(rest),
  transform: powerOfTwo,
  range: [1e-12, 1e12],
  ...rest,
});

/** A number that may be 0, trained. */
export const atLeastZero = (rest: Rest): Parameter => ({
  ...real(rest),
  transform: powerOrZero,
  range: [0, 1e12],
  ...rest,
});

/** The price of each asset at the first step. */
export const START: Parameter = above({
  shape: 'asset',
  unit: 'numéraire',
  default: 100,
  trainable: false,
  doc: 'price at the first step',
});

/** The volatility of each asset. */
export const SIGMA: Parameter = above({
  shape: 'asset',
  range: [1e-6, 100],
  unit: '1/√year',
  default: 0.6,
  doc: 'volatility',
});
