/** Floor 3. Paths of the weights between two rule steps. */
import { type Expr, where } from '../../src/graph/index.js';
import { pow, sum } from '../../src/rollout/functions.js';
import type { Leg } from '../../src/rollout/model.js';

/** w_j = start + min(j, ramp)·diff */
export function linear(leg: Leg, j: Expr, ramp: number): Expr[] {
  const moved = j.minimum(ramp);
  return leg.start.map((s, i) => s.add(leg.diff[i].mul(moved)));
}

/**
 * Between the arithmetic and the geometric path, close to the least loss to arbitrageurs:
 * w_j ∝ L_j + start·(end/start)^{j/(ramp + 1)}, L the linear path, end = L_ramp. At rest the weights are end.
 */
export function approximatelyOptimal(leg: Leg, j: Expr, ramp: number): Expr[] {
  const straight = linear(leg, j, ramp);
  const share = j.div(ramp + 1);
  const mixed = straight.map((l, i) => {
    const start = leg.start[i];
    const end = start.add(leg.diff[i].mul(ramp));
    return l.add(start.mul(pow(end.div(start), share)));
  });
  const total = sum(mixed);
  const resting = j.greaterEqual(ramp);
  return mixed.map((m, i) => where(resting, straight[i], m.div(total)));
}
