/** Floor 3. What pools whose curve is centred at a price count their first asset in. */
import type { Expr } from '../../src/graph/index.js';
import type { Minute } from '../../src/pools/model.js';
import type { ModelContext, Settings } from '../../src/rollout/model.js';

/** The outside price at the start, of the first asset in the second; empty where prices are taken as they are. */
export type Unit = readonly Expr[];

/** @param name of the parameter that is a price */
export const centreSetting = (name: string): Settings => ({
  centre: {
    default: 1,
    range: [0, 1],
    choices: { price: 0, start: 1 },
    doc: `What ${name} is counted in: the outside price at the start of the window (start, 1) or nothing, as for a deployed pool (price, 0).`,
  },
});

export const unitAt = ({ settings }: ModelContext, { prices }: Minute): Unit =>
  settings.centre === 1 ? [prices[0].div(prices[1])] : [];

/** Amounts of the first asset, as the curve counts them: times the unit. */
export const times = (x: Expr, unit: Unit): Expr => unit.reduce((a, u) => a.mul(u), x);

/** Its prices, as the curve counts them: divided by the unit. */
export const per = (x: Expr, unit: Unit): Expr => unit.reduce((a, u) => a.div(u), x);
