/** Floor 3. What every price generator is: a drawn source that says which draws it takes, and what steps it can take. */
import type { Expr, Tree } from '../../src/graph/index.js';
import type { Draws, Parameter, Row, Source, SourceContext } from '../../src/rollout/model.js';
import { identity, powerOfTwo, powerOrZero } from '../../src/rollout/transforms.js';

/** What is known of a generator without its draws: its parameters and its clock. */
export type Known = Omit<SourceContext, keyof Draws>;

/** The law of a row's prices given those before, in closed form. */
export interface Density {
  /** How many rows before it are needed: two where a momentum is seen from the last move. */
  readonly depth: 1 | 2;
  /** Parameters that have to have one value for it. */
  readonly where?: Readonly<Record<string, number>>;
  /**
   * ln of the density of the logarithms of a row's prices, `seen(0)`, given those of the rows before, `seen(1)` and `seen(2)`:
   * `prices`, and `logs`, up to a constant an asset. With the parameters of the row's step, and of the step before it.
   */
  readonly log: (seen: (back: number) => Row, step: Known, before: Known) => Expr;
}

/** What a fit needs of hidden regimes, whose steps all have one law but not one set of parameters. */
export interface Hidden {
  readonly regimes: number;
  readonly density: Density | null;
  /** P(to regime j | from regime i), [i][j]. */
  readonly moves: (c: Known) => readonly (readonly Expr[])[];
  /** The parameters in a regime. */
  readonly within: (c: Known, regime: number) => Known;
}

export interface Generator<S extends Tree = Tree> extends Source<S> {
  /** Draws of a step for n assets, numbered from 0; the first step has those of step 0. */
  readonly draws: (n: number) => number;
  /**
   * The same generator with what costs too much to go with every roll-out, for reports: further rows, and from the same draws
   * the same prices.
   */
  readonly reported?: () => Generator;
  /** The law of its steps for a fit; left out or null: it is known by simulation only. */
  readonly density?: (settings: Readonly<Record<string, number>>) => Density | null;
  /** Set where hidden regimes choose its parameters. */
  readonly hidden?: (settings: Readonly<Record<string, number>>) => Hidden;
  /** Of a generator that differs in form between hidden regimes: whether that of a regime has a parameter; left out: each. */
  readonly inRegime?: (key: string, regime: number) => boolean;
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
