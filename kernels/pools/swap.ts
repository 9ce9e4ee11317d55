/** Floor 3. The ports of geometric-mean pools for others than arbitrageurs: a trade that somebody asks for, and what a router sees. */

import { type Expr, where } from '../../src/graph/index.js';
import type { Offer, Order } from '../../src/pools/flow.js';
import type { Minute } from '../../src/pools/model.js';
import { dot, pow, sum } from '../../src/rollout/functions.js';
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

/**
 * The pool as a router sees it: after Δ of i the next unit brings, of j,
 *
 *     γ·(wᵢRⱼ)/(wⱼRᵢ)·(1 + γΔ/Rᵢ)^(−1 − wᵢ/wⱼ).
 */
export function offered(
  c: ModelContext,
  reserves: Reserves,
  m: Minute,
  { paid, taken }: Order,
  fee: Expr,
): Offer<Reserves> {
  const gamma = fee.neg().add(1);
  const [ri, wi, rj, wj] = [paid, taken].flatMap((one) => [dot(one, reserves), dot(one, m.weights)]);
  const first = gamma.mul(wi).mul(rj).div(wj.mul(ri));
  const power = wi.div(wj).add(1).neg();
  return {
    at: (x) => ({ paid: x, rate: first.mul(pow(gamma.mul(x).div(ri).add(1), power)) }),
    most: null,
    start: (amount) => amount,
    trade: (x) => swapped(c, reserves, m, { paid: paid.map((one) => one.mul(x)), taken }, fee),
  };
}
