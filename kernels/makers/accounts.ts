/**
 * Floor 3. A maker's books: cash by trades alone, and what they have to agree with at every step.
 *
 *     Δcash = nᵃ(S + δᵃ + r) − nᵇ(S − δᵇ − r) + tᵃ(S − c) − tᵇ(S + c), S the mid before it moves
 *     wealth      Δ(cash + Σ qS) = Δpnl
 *     sources     pnl = captured − taking + moves of the inventory
 *     score       score = pnl − penalty
 *     inventory   Δq = nᵇ − nᵃ + tᵇ − tᵃ
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { balance } from '../../src/rollout/balance.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { Identity } from '../../src/rollout/model.js';
import type { Market } from './market.js';

/** Sums since the start. */
export type Sums = {
  readonly captured: Expr;
  readonly inventoryPnl: Expr;
  readonly takerCost: Expr;
  readonly penalty: Expr;
  readonly pnl: Expr;
  readonly score: Expr;
  readonly traded: Expr;
};

export const LAST = [
  'bid',
  'ask',
  'bidFills',
  'askFills',
  'takerBuys',
  'takerSells',
  'bidChance',
  'askChance',
] as const;

/** Of the last step. */
export type Last = Readonly<Record<(typeof LAST)[number], Expr>>;

export const zero = () => constant(0);

/** Nothing done so far. */
export const noneYet = (score: Expr) => ({
  cash: zero(),
  sums: {
    ...{ captured: zero(), inventoryPnl: zero(), takerCost: zero(), penalty: zero(), pnl: zero(), score },
    traded: zero(),
  } satisfies Sums,
  last: Object.fromEntries(LAST.map((name) => [name, zero()])) as Last,
});

export const added = (sums: Sums, step: Sums): Sums => ({
  captured: sums.captured.add(step.captured),
  inventoryPnl: sums.inventoryPnl.add(step.inventoryPnl),
  takerCost: sums.takerCost.add(step.takerCost),
  penalty: sums.penalty.add(step.penalty),
  pnl: sums.pnl.add(step.pnl),
  score: sums.score.add(step.score),
  traded: sums.traded.add(step.traded),
});

/** What trades of a step bring. */
export function cashOf({ rebate, takerCost }: Market, step: Last, mid: Expr): Expr {
  return sum([
    step.askFills.mul(mid.add(step.ask).add(rebate)),
    step.bidFills.mul(mid.sub(step.bid).sub(rebate)).neg(),
    step.takerSells.mul(mid.sub(takerCost)),
    step.takerBuys.mul(mid.add(takerCost)).neg(),
  ]);
}

/** Of each asset where there are lists. */
export interface Books {
  readonly cash: Expr;
  readonly q: readonly Expr[];
  readonly mid: readonly Expr[];
  readonly sums: Sums;
  readonly last: readonly Last[];
}

export function identitiesOf(before: Books, after: Books): Record<string, Identity> {
  const { pnl, captured, takerCost, inventoryPnl, score, penalty } = after.sums;
  const worth = ({ cash, q, mid }: Books) => [cash, dot(q, mid)];
  const inventories = after.q.map((q, i) => {
    const { bidFills, askFills, takerBuys, takerSells } = after.last[i];
    return balance(q, before.q[i].neg(), bidFills.neg(), askFills, takerBuys.neg(), takerSells);
  });
  return {
    wealth: balance(...worth(after), ...worth(before).map((x) => x.neg()), pnl.neg(), before.sums.pnl),
    sources: balance(pnl, captured.neg(), takerCost, inventoryPnl.neg()),
    score: balance(score, pnl.neg(), penalty),
    ...Object.fromEntries(inventories.map((one, i) => [`inventory${inventories.length > 1 ? ` ${i + 1}` : ''}`, one])),
  };
}
