/** Floor 3. The swap port of geometric-mean pools: a trade that somebody asks for. */

import { type Expr, where } from '../../src/graph/index.js';
import type { Minute, Order } from '../../src/pools/model.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { ModelContext } from '../../src/rollout/model.js';
import type { Reserves } from './geometric.js';
import { keptFee } from './protocol.js';

/**
 * Somebody's trade of one or more assets for another: the invariant sees γ of what is paid in, γ = 1 − fee, so that
 *
 *     g = Σ wᵢ ln(1 + γΔᵢ/Rᵢ) over what is paid in,   R′ⱼ = Rⱼ·e^(−g/wⱼ) of what is taken out.
 */
export function swapped(
  c: ModelContext,
  reserves: Reserves,
  { prices, weights }: Minute,
  { paid, taken }: Order,
  fee: Expr,
): { state: Reserves; fees: Expr } {
  const any = sum(paid).greater(0);
  const gamma = fee.neg().add(1);
  const growth = dot(
    weights,
    paid.map((x, i) => gamma.mul(x).div(reserves[i]).add(1).log()),
  );
  const left = taken.map((t, j) => growth.mul(t).div(weights[j]).neg().exp());
  const kept = keptFee(c, fee);
  // what the protocol takes of the fee is not paid into the pool
  const stays = fee.sub(kept).neg().add(1);
  return {
    state: reserves.map((r, i) => where(any, r.mul(left[i]).add(paid[i].mul(stays)), r)),
    fees: where(any, dot(paid, prices).mul(kept), 0),
  };
}
