/** Floor 2. Sums that have to be 0: what identities of systems are made of. */
import { constant, type Expr } from '../graph/index.js';
import { maximum, sum } from './functions.js';
import type { Identity } from './model.js';

/** Σ of terms that is 0, beside the largest of them. */
export const balance = (...terms: readonly Expr[]): Identity => ({
  difference: sum(terms),
  scale: maximum([constant(Number.MIN_VALUE), ...terms.map((x) => x.abs())]),
});
