/** Floor 3. Inventories of several assets as places of a grid; the last asset runs fastest, as in src/makers. */
import type { Expr } from '../../../src/graph/index.js';
import { gridIndex, inventoryGrid } from '../../../src/makers/problem.js';

/** Least and greatest inventory of each asset. */
export type Limits = readonly { readonly qMin: number; readonly qMax: number }[];

export interface Grid {
  readonly limits: Limits;
  readonly places: readonly (readonly number[])[];
  readonly indexOf: (q: readonly number[]) => number;
}

export const gridOf = (limits: Limits): Grid => ({
  limits,
  places: inventoryGrid(limits),
  indexOf: (q) => gridIndex(limits, q),
});

/** All assets have the limits of the settings. */
export const limitsOf = ({ assets, qMin, qMax }: Readonly<Record<string, number>>): Limits =>
  Array.from({ length: assets }, () => ({ qMin, qMax }));

/** The limits within which a side of an asset quotes: one less above for a bid, below for an ask. */
export const openLimits = (limits: Limits, asset: number, side: 'bid' | 'ask'): Limits =>
  limits.map(({ qMin, qMax }, i) => {
    if (i !== asset) return { qMin, qMax };
    return side === 'bid' ? { qMin, qMax: qMax - 1 } : { qMin: qMin + 1, qMax };
  });

/** The index of inventories that a program computes. */
export const indexWithin = (limits: Limits, q: readonly Expr[]): Expr =>
  limits
    .slice(1)
    .reduce((index, { qMin, qMax }, k) => index.mul(qMax - qMin + 1).add(q[k + 1].sub(qMin)), q[0].sub(limits[0].qMin));
