/** Floor 2½. What every step of a pool keeps: its value is made of the market's moves and of the ledger. */
import type { Expr, Tree } from '../graph/index.js';
import { sum } from '../rollout/functions.js';
import type { SystemRun, Tick } from '../rollout/model.js';
import type { Ledger } from './ledger.js';
import type { PoolSpec } from './spec.js';

/** What the accounts of a step are made of. */
export interface Holding {
  readonly value: Expr;
  readonly reserves: readonly Expr[];
  readonly ledger: Ledger;
}

/**
 * ΔV − Σ R·Δp − Δearned + Δlost = 0, R what was held before the step: all that is not the market's doing is in the ledger.
 * None of blocks, whose trades are not at the row's prices.
 */
export function accounted<S extends Tree, P>(
  spec: PoolSpec,
  of: (before: S, after: S, tick: Tick<P>) => readonly [Holding, Holding],
): Pick<SystemRun<S, Tree, P>, 'identities'> {
  if (spec.blocks) return {};
  return {
    identities: (before, after, tick) => {
      const [old, next] = of(before, after, tick);
      const market = tick.now.prices.map((p, i) => old.reserves[i].mul(p.sub(tick.before.prices[i])));
      const terms = [
        next.value,
        old.value.neg(),
        ...market.map((x) => x.neg()),
        old.ledger.earned.sub(next.ledger.earned),
        next.ledger.lost.sub(old.ledger.lost),
      ];
      return { value: { difference: sum(terms), scale: next.value.maximum(old.value) } };
    },
  };
}
