/**
 * Floor 3, compute market. Arbitrage of all pools at once, where the risk fee is by the norm of what is traded with all.
 *
 * With R = ‖S·r‖, N = ‖S·Ψ‖, g = 1 − f_m − λ_r·R/N counting every leg, the gain is
 * Σ_buys(P·r − a(r)/g) + Σ_sells(out(r·g) − P·r). Its slopes, K = Σ_buys a/g² + Σ_sells p⁺r the slope by g:
 *
 *     buys   F = p⁺/g + c·s²r − P,   sells   F = P − p⁺g + c·s²r,   c = K·λ_r/(R·N)
 *
 * so r is a root of a system whose Jacobian is a diagonal and two products of vectors: small enough to solve directly.
 * Which sides may trade is decided by the market fee alone (the norm is 0 at r = 0). The fee of the other legs may still leave
 * nothing to one that is hardly beyond the band: F > 0 at r = 0, and it stays there.
 */
import { constant, type Expr, scan, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { optimalTrade, sides } from '../pools/hmm/arbitrage.js';
import { type Curve, slide } from '../pools/hmm/curve.js';
import type { Leg } from './leg.js';
import type { Draft } from './state.js';
import { curveOf } from './trades.js';
import type { World } from './world.js';

/** All amounts in curve units, x = s·r: credits near the centre. */
interface Problem {
  readonly curves: readonly Curve[];
  /** Outside prices over the scale. */
  readonly outside: readonly Expr[];
  readonly sells: readonly Expr[];
  readonly trades: readonly Expr[];
  readonly keep: Expr;
  /** λ_r/N */
  readonly lambda: Expr;
}

const MOST_STEPS = 60;
/** Of a Newton step that would leave what can be traded, the part of the way to the edge that is taken. */
const BACK = 0.9;
const DONE = 1e-12;
/** A leg of so small a part of its pool, which would be smaller still, is at 0. */
const NONE = 1e-10;

export function jointTrades(w: World, d: Draft, prices: readonly Expr[]): Leg[] {
  const curves = w.scale.map((_, i) => curveOf(w, d, i));
  const outside = prices.map((p, i) => p.div(w.scale[i]));
  const chosen = curves.map((c, i) => sides(c, w.fees.market, prices[i], w.scale[i]));
  const problem: Problem = {
    curves,
    outside,
    sells: chosen.map((s) => s.sells),
    trades: chosen.map((s) => s.buys.or(s.sells)),
    keep: w.fees.market.neg().add(1),
    lambda: w.fees.risk.div(sum(curves.map((c) => c.x.square())).sqrt()),
  };
  const amounts = rootOf(problem, startOf(w, problem, chosen));
  const { g } = feesAt(problem, amounts);
  return curves.map((curve, i) => {
    const { dy } = slide(curve, where(chosen[i].sells, amounts[i].mul(g), amounts[i].neg()));
    return { ...chosen[i], amount: amounts[i].div(w.scale[i]), dy, gross: dy.div(g), fee: g.neg().add(1) };
  });
}

/** Each pool on its own with its own risk fee: near, and within what can be traded. */
function startOf(w: World, p: Problem, chosen: ReturnType<typeof sides>[]): Expr[] {
  return p.curves.map((curve, i) => {
    const { amount } = optimalTrade(curve, w.fees, p.outside[i], chosen[i]);
    return where(p.trades[i], amount.mul(0.5), 0).stopGradient();
  });
}

function feesAt(p: Problem, r: readonly Expr[]): { g: Expr; norm: Expr } {
  const norm = sum(r.map((x) => x.square())).sqrt();
  return { g: p.keep.sub(p.lambda.mul(norm)), norm };
}

interface Slopes {
  /** Legs that end at 0. */
  readonly pinned: readonly Expr[];
  /** F by leg; r itself where it does not trade, or ends at 0. */
  readonly residual: readonly Expr[];
  readonly jacobian: readonly (readonly Expr[])[];
}

/**
 * F and ∂F/∂r. With n = r/R, ∂g = −λn: for buys ∂F_i = [p′/g]δ_ij + (p/g²)λn_j + ∂(c·r_i); for sells, E = r·g,
 * ∂F_i = −p′g·(gδ_ij − r_iλn_j) + pλn_j + ∂(c·r_i), where p′ is the slope along the trade, and c = Kλ/R.
 */
function slopesAt(p: Problem, r: readonly Expr[]): Slopes {
  const { g, norm } = feesAt(p, r);
  const inverse = g.reciprocal();
  const ends = p.curves.map((c, i) => slide(c, where(p.sells[i], r[i].mul(g), r[i].neg())));
  const towards = r.map((x) => x.div(norm));
  const dg = towards.map((n) => n.mul(p.lambda).neg());
  // K, and its slopes
  const k = sum(
    ends.map((e, i) => where(p.sells[i], e.price.mul(r[i]), where(p.trades[i], e.dy.mul(inverse.square()), 0))),
  );
  const dk = r.map((_, j) =>
    sum(
      ends.map((e, i) => {
        const own = i === j;
        const seen = own ? g.add(r[i].mul(dg[j])) : r[i].mul(dg[j]);
        const sold = (own ? e.price : constant(0)).sub(e.steepness.mul(seen).mul(r[i]));
        const bought = (own ? e.price.mul(inverse.square()) : constant(0)).sub(
          e.dy.mul(2).mul(dg[j]).mul(inverse.square().mul(inverse)),
        );
        return where(p.sells[i], sold, where(p.trades[i], bought, 0));
      }),
    ),
  );
  const c = k.mul(p.lambda).div(norm);
  const margins = ends.map((e, i) => {
    const risk = c.mul(r[i]);
    const sold = p.outside[i].sub(e.price.mul(g)).add(risk);
    const bought = e.price.mul(inverse).add(risk).sub(p.outside[i]);
    return where(p.sells[i], sold, bought);
  });
  const pinned = margins.map((f, i) => r[i].less(p.curves[i].x.mul(NONE)).and(f.greater(0)));
  const moving = pinned.map((none, i) => p.trades[i].and(none.not()));
  const residual = margins.map((f, i) => where(moving[i], f, r[i]));
  const jacobian = ends.map((e, i) =>
    r.map((_, j) => {
      const own = i === j;
      const dc = dk[j].mul(p.lambda).div(norm).sub(c.mul(towards[j]).div(norm));
      const risk = own ? dc.mul(r[i]).add(c) : dc.mul(r[i]);
      const seen = own ? g.add(r[i].mul(dg[j])) : r[i].mul(dg[j]);
      const sold = e.steepness.mul(seen).mul(g).sub(e.price.mul(dg[j])).add(risk);
      const price = own ? e.steepness.mul(inverse) : constant(0);
      const bought = price.sub(e.price.mul(dg[j]).mul(inverse.square())).add(risk);
      return where(moving[i], where(p.sells[i], sold, bought), own ? 1 : 0);
    }),
  );
  return { pinned, residual, jacobian };
}

/** x with A·x = b, by elimination: A is close to a positive definite matrix, so the diagonal is a pivot. */
function eliminate(a: readonly (readonly Expr[])[], b: readonly Expr[]): Expr[] {
  const rows = a.map((row, i) => [...row, b[i]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k].div(rows[k][k]);
      for (let j = k + 1; j <= n; j++) rows[i][j] = rows[i][j].sub(factor.mul(rows[k][j]));
    }
  }
  const x: Expr[] = [];
  for (let i = n - 1; i >= 0; i--) {
    const known = x.map((value, at) => rows[i][i + 1 + at].mul(value));
    x.unshift(rows[i][n].sub(known.length === 0 ? constant(0) : sum(known)).div(rows[i][i]));
  }
  return x;
}

/**
 * Newton, each amount kept above 0 and g above 0; then one more step in which only F is differentiated, at fixed amounts:
 * the implicit function theorem.
 */
function rootOf(p: Problem, start: readonly Expr[]): Expr[] {
  const any = p.trades.reduce((a, b) => a.or(b));
  const { r } = scan({
    name: 'joint arbitrage',
    length: MOST_STEPS,
    init: { r: start, open: where(any, constant(1), 0) },
    body: (c) => {
      const { pinned, residual, jacobian } = slopesAt(p, c.r);
      const step = eliminate(jacobian, residual);
      const next = c.r.map((x, i) => x.sub(step[i]).maximum(x.mul(1 - BACK)));
      const { g } = feesAt(p, next);
      // a fee of all that is paid: half the way
      const inside = g.greater(p.keep.mul(1 - BACK));
      const open = c.open.greater(0);
      const moved = next.map((x, i) => where(inside, x, x.add(c.r[i]).mul(0.5)));
      const far = moved.map((x, i) => x.sub(c.r[i]).abs().greater(x.abs().mul(DONE)).and(pinned[i].not()));
      return {
        r: moved.map((x, i) => where(open, x, c.r[i])),
        open: where(open.and(far.reduce((a, b) => a.or(b))), 1, 0),
      };
    },
    active: (c) => c.open.greater(0),
  });
  const root = r.map((x) => x.stopGradient());
  const { pinned, residual, jacobian } = slopesAt(p, root);
  const step = eliminate(
    jacobian.map((row) => row.map((x) => x.stopGradient())),
    residual,
  );
  return root.map((x, i) => where(p.trades[i].and(pinned[i].not()), x.sub(step[i]), 0));
}
