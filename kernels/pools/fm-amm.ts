/**
 * Floor 3. The function-maximising market maker of two assets (FM-AMM; CoW AMM): all trades of a batch are done at one
 * price, which is the marginal price after them.
 *
 * At a price p of the first asset in the second the pool trades to where X^w₀·Y^w₁ is greatest on its budget: it then holds
 * the shares w of its value at p. So for x of the first asset it asks, a unit,
 *
 *     p(x) = w₀Y/(w₁X − x),
 *
 * which is twice as far from p(0) as a geometric mean's average price. Arbitrageurs compete: as long as a batch gains
 * something, somebody enlarges it. So it ends where the price that is paid is that outside, and the pool loses nothing
 * to arbitrage: it is a portfolio that is brought back to its weights for free. Under a fee, γ = 1 − fee, p/γ is paid: batches
 * leave the pool at p = clamp(p(0), γP, P/γ) and pay P for what they take. Source: Canidio and Fritsch 2023, "Arbitrageurs'
 * profits, LVR, and sandwich attacks: batch trading as an AMM design response", arXiv:2307.02074.
 */
import { type Expr, sub, where } from '../../src/graph/index.js';
import type { Order } from '../../src/pools/flow.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import type { ModelContext } from '../../src/rollout/model.js';
import {
  type Arbitrage,
  arbitrageurParameters,
  arbitrageurSettings,
  type Costs,
  costsOf,
  gate,
  outsideRatio,
  traders,
} from './arbitrageur.js';
import { constantWeight } from './constant-weight.js';
import { balanced, type Reserves, scaled, worth } from './geometric.js';
import { type Curve, hyperbola, pairOffer, pairOrderCost, pairSwap, paysFirst } from './pair.js';
import { keptFee, protocolSettings, settled } from './protocol.js';

/** What of a pool's reserves can be sold at some price, and what the price of it is made of: w₁X and w₀Y. */
const offered = ([x, y]: Reserves, [w0, w1]: readonly Expr[]): readonly [Expr, Expr] => [x.mul(w1), y.mul(w0)];

/**
 * The batch that leaves nothing to be gained. With a and b the values outside of w₁X and w₀Y, a of the asset that is
 * bought, b divided by γ·(1 − τ/2)/(1 + τ/2): who takes out z and pays for it gains (1 − τ/2)·(z − zb/(a − z)). That is 0 at
 *
 *     z = a − b,
 *
 * and at most (1 − τ/2)·M, M = (√a − √b)². Gas is paid once for a batch, which so ends where it gains the gas g, all over
 * 1 − τ/2, and is none if M does not:
 *
 *     z = ½·(a − b + g + √((M − g)((√a + √b)² − g))).
 *
 * What is paid in is worth (z − g)(1 − τ/2)/(1 + τ/2).
 */
function batch(
  reserves: Reserves,
  weights: readonly Expr[],
  { prices }: Minute,
  fee: Expr,
  costs: Costs | null,
): Arbitrage {
  const gamma = sub(1, fee);
  const band = costs === null ? gamma : gamma.mul(outsideRatio(costs));
  const [first, second] = offered(reserves, weights).map((r, i) => r.mul(prices[i]));
  const buys = second.less(first.mul(band));
  const sells = first.less(second.mul(band));
  const trades = buys.or(sells);
  const a = where(buys, first, second);
  const b = where(buys, second, first).div(band);
  const all = a.sub(b);
  const { taken, paid, done } =
    costs === null ? { taken: all, paid: all, done: whole } : withCosts(a, b, trades, costs);
  const amount = (value: Expr, i: number) => value.div(prices[i]);
  const best = [
    where(trades, where(buys, amount(taken, 0).neg(), amount(paid, 0)), 0),
    where(trades, where(buys, amount(paid, 1), amount(taken, 1).neg()), 0),
  ];
  const delta = best.map(done);
  return {
    reserves: reserves.map((r, i) => r.add(delta[i])),
    paidIn: delta.map((d) => d.maximum(0)),
    takenOut: delta.map((d) => d.maximum(0).sub(d)),
    delta,
    fees: done(where(trades, paid.mul(fee), 0)),
    trades,
  };
}

const whole = (amount: Expr): Expr => amount;

/** z, what is paid for it, and what of the batch is done. */
function withCosts(a: Expr, b: Expr, trades: Expr, costs: Costs) {
  const sold = sub(1, costs.outsideFee.mul(0.5));
  const roots = a.sqrt().add(b.sqrt());
  const most = a.sub(b).div(roots).square();
  // where a gate does a part of a batch that does not gain its gas, it is the one that gains most
  const gas = costs.gas.div(sold).minimum(most);
  const spread = most.sub(gas).mul(roots.square().sub(gas)).sqrt();
  const taken = a.sub(b).add(gas).add(spread).mul(0.5);
  const paid = taken.sub(gas).mul(outsideRatio(costs));
  return { taken, paid, done: gate(costs, where(trades, most.mul(sold), 0)) };
}

/** A batch of one order, at the price after it: what is offered of an asset is never bought whole. */
function curveOf(c: ModelContext, reserves: Reserves): Pick<Curve, 'price' | 'out' | 'most'> {
  const [first, second] = offered(reserves, c.value.weights);
  return {
    price: [second, first],
    out: ([dx, dy]) => [second.mul(dx).div(first.add(dx)), first.mul(dy).div(second.add(dy))],
    most: null,
  };
}

function orderCost(c: ModelContext, reserves: Reserves, m: Minute, size: Expr): { cost: Expr; fee: Expr } {
  const [fee] = c.value.fee;
  const order = size.mul(worth(reserves, m.prices));
  return { cost: pairOrderCost(curveOf(c, reserves), m.prices, order, fee), fee: keptFee(c, fee) };
}

function swap(c: ModelContext, state: Reserves, m: Minute, order: Order): { state: Reserves; fees: Expr } {
  const [fee] = c.value.fee;
  return settled(c, pairSwap(curveOf(c, state), state, m.prices, order, fee), fee);
}

/** State: the reserves. */
export const fmAmm: PoolModel<Reserves> = {
  name: 'fm-amm',
  doc: 'Function-maximising AMM (CoW AMM): trades in batches at the price after them, so that competing arbitrageurs gain nothing.',
  weights: 'constant',
  assets: [2, 2],
  parameters: (s) => {
    const { weights, fee } = constantWeight.parameters(s);
    return { weights, fee: { ...fee, default: 0 }, ...arbitrageurParameters(s) };
  },
  ...traders,
  settings: { ...arbitrageurSettings, ...protocolSettings },
  init: (c, m, value) => balanced(c.value.weights, m.prices, value),
  reserves: (state) => state,
  value: (_c, state, prices) => worth(state, prices),
  arbitrage: (c, state, m) => {
    const [fee] = c.value.fee;
    return settled(c, batch(state, c.value.weights, m, fee, costsOf(c)), fee);
  },
  swap,
  // what an order brings in all is w₀Y·net/(w₁X + net): that of a constant product of w₁X and w₀Y
  offer: (c, state, m, direction) => {
    const way = hyperbola(offered(state, c.value.weights), paysFirst(direction), null);
    return pairOffer(way, direction, c.value.fee[0], (order) => swap(c, state, m, order));
  },
  orderCost,
  scale: scaled,
};
