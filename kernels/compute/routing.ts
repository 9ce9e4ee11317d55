/**
 * Floor 3, compute market. Liquidity routed by expected free energy: a budget of credits a minute is deposited in the pools by
 * the weights softmax(β·EFE), each part as a pair in the pool's own proportion (liquidity.ts).
 *
 *     EFE = ΔI + ΔU − λ_c·cost, maximised
 *
 * ΔI: what one attestation tells of the workers in the pool, by their parts of Ψ. ΔU: the part of the compute that is at work,
 * z/(Ψ + z), z in flight. cost: the pool's price over that outside. What they are of is ours; the papers do not say.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { dot, softmax, sum } from '../../src/rollout/functions.js';
import { price } from '../pools/hmm/curve.js';
import { informationGain } from './information.js';
import { type Draft, effective, parts, worthAt } from './state.js';
import { curveOf } from './trades.js';
import type { Outside, World } from './world.js';

/** ΔU: the part of a pool's compute that is at work. */
function atWork(d: Draft, i: number, stock: Expr): Expr {
  if (d.flights.length === 0) return constant(0);
  const flying = sum(d.flights.flatMap((f) => f.compute[i]));
  return flying.div(stock.add(flying));
}

/** EFE by pool. */
function energies(w: World, d: Draft, o: Outside): Expr[] {
  // from outside comes nobody to be known
  const told = [constant(0), ...d.workers.map((x) => informationGain(x.passes, x.fails))];
  return d.pools.map((_, i) => {
    const stock = effective(d, i);
    const information = dot(told, parts(d, i)).div(stock);
    const cost = price(curveOf(w, d, i))
      .mul(w.scale[i])
      .div(o.prices[i]);
    return information.add(atWork(d, i, stock)).sub(w.one('costWeight').mul(cost));
  });
}

/** By pool, the part that its liquidity grows by in the step: η·D·dt/(PΨ + Θ). */
export function routed(w: World, d: Draft, o: Outside): Expr[] {
  const sharp = w.one('sharpness');
  const weights = softmax(energies(w, d, o).map((x) => x.mul(sharp)));
  const budget = w.one('budget').mul(w.dt);
  return weights.map((x, i) => x.mul(budget).div(worthAt(d, i, o.prices[i])));
}
