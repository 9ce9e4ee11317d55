/** Floor 5. What the papers say of the curve: its curvature, its moving, what several assets share, its invariant. */
import { jointGain, notRebased, rampLoss } from '../../compute/attacks.js';
import { targetLoss } from '../../compute/curvature.js';
import { costOf, invariantOf, type Venue } from '../../compute/curve.js';
import { impermanentLoss as lossAt } from '../../compute/liquidity.js';
import { afterBuying, afterSelling, buyAlone, type Fees, sellAlone } from '../../compute/trades.js';
import type { Claim, Figure } from '../claim.js';
import { DEFAULT_CHARGES, STOCK } from '../market.js';
import { BLOCK, FLOW, LAWS } from './table-one.js';

const venueAt = (rho: number, theta = STOCK): Venue => ({ rho, scale: 1, psi: STOCK, theta });
const RHOS = [0, 0.05, 0.2, 0.5] as const;
const RATIOS = [1.5, 2] as const;
/** Cost of a hundredth of Ψ over its worth. */
const slippage = (rho: number): number => costOf(venueAt(rho), 0.01 * STOCK) / (0.01 * STOCK) - 1;

export const curvatureKnob: Claim = {
  id: 'curvature-knob',
  sentence:
    'The curvature parameter λ provides a continuous knob to interpolate between high capital efficiency (low λ) and low IL (high λ).',
  source: 'hanzo-hmm.tex, §6.3; “higher slippage” with λ: §8.3',
  experiment:
    'Of the curve of HIP-004, H = ΨΘ + (ρ/2)(Ψ² + Θ²): what buying 1 % costs over its worth, and the loss against holding when the price has moved. It counts as true where slippage rises, or the loss falls, with ρ.',
  run() {
    const pairs = RHOS.slice(1).map((rho, k) => [RHOS[k], rho] as const);
    return {
      cases: pairs.flatMap(([low, high]) => [
        { at: `slippage rises from ρ = ${low} to ${high}`, holds: slippage(high) > slippage(low) },
        ...RATIOS.map((r) => ({
          at: `the loss at ${r} falls from ρ = ${low} to ${high}`,
          holds: Math.abs(lossAt(high, r)) < Math.abs(lossAt(low, r)),
        })),
      ]),
      says: 'Both the wrong way round: at the centre depth and the loss to arbitrageurs are both (1 + ρ)/(1 − ρ) times those of constant product.',
      figures: RHOS.flatMap((rho): Figure[] => [
        { name: `cost of buying 1 % of Ψ, ρ = ${rho}`, value: slippage(rho), unit: 'bps' },
        ...RATIOS.map((r) => ({ name: `loss at ${r} of the price, ρ = ${rho}`, value: lossAt(rho, r), unit: '%' })),
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Loss without fees against holding, as a fraction',
          label: 'price over that at the start',
          lines: RHOS.map((rho) => ({
            name: `ρ = ${rho}`,
            points: Array.from({ length: 21 }, (_, k) => ({ x: 0.6 + 0.06 * k, y: lossAt(rho, 0.6 + 0.06 * k) })),
          })),
        },
      ],
    };
  },
};

const TARGET_RATIOS = [
  [2, -0.0384],
  [5, -0.1712],
  [10, -0.2892],
] as const;

export const targetInventory: Claim = {
  id: 'target-inventory',
  sentence:
    'The curvature term reduces the effective price impact by penalizing reserve deviations, always reducing IL for λ > 0.',
  source: 'hanzo-hmm.tex, §6.2 and Table 2',
  experiment:
    'Of H = qp + (λ/2)((q − q̄)/q̄)² at κ = 1, λ = .5, from the target on, in closed form: a constant product beside a fixed price. It counts as true where the loss against holding is below that of constant product.',
  run() {
    const curve = { kappa: 1, lambda: 0.5, target: 1 };
    const at = TARGET_RATIOS.map(([ratio, printed]) => ({
      ratio,
      printed,
      own: targetLoss(curve, ratio),
      product: lossAt(0, ratio),
    }));
    const grid = Array.from({ length: 37 }, (_, k) => 1 + k / 4);
    return {
      cases: at.map(({ ratio, own, product }) => ({ at: `${ratio} times the price`, holds: own > product })),
      says: 'It adds a fixed price, does not pull prices back, and raises the loss. λ = 2 at κ = 1, the second row of the table, is outside of 0 ≤ λ < 2κ, where credits stay above 0.',
      figures: at.flatMap(({ ratio, printed, own, product }) => [
        { name: `loss at ${ratio}, λ = .5`, value: own, unit: '%', printed },
        { name: `loss at ${ratio}, constant product`, value: product, unit: '%' },
      ]),
      charts: [
        {
          kind: 'lines',
          caption: 'Loss without fees against holding, as a fraction',
          label: 'price over that at the start',
          lines: [
            { name: 'target inventory, λ = .5', points: grid.map((x) => ({ x, y: targetLoss(curve, x) })) },
            { name: 'constant product', points: grid.map((x) => ({ x, y: lossAt(0, x) })) },
            { name: 'printed', dashed: true, points: TARGET_RATIOS.map(([x, y]) => ({ x, y })) },
          ],
        },
      ],
    };
  },
};

const SHAPES = [0, 0.05, 0.5, 0.999, 1, 2] as const;

export const convexity: Claim = {
  id: 'convexity',
  sentence:
    'H is a sum of products and quadratics, which is convex on the positive orthant for λ ≥ 0; stability follows from convexity.',
  source: 'hanzo-hmm.tex, §5.2, proof; sections/hmm.tex',
  experiment: 'The eigenvalues of the Hessian of one asset, λ ± w. It counts as true where none is negative.',
  run() {
    const least = (rho: number) => rho - 1;
    return {
      cases: SHAPES.map((rho) => ({ at: `λ = ${rho} w`, holds: least(rho) >= 0 })),
      where:
        'λ ≥ w, where it is no market maker any more: at λ = w the price is always 1, beyond it buying lowers the price',
      says: 'H is indefinite wherever it is a market maker. What makes it one is that √H is concave on the quadrant for λ ≤ w.',
      figures: SHAPES.map((rho) => ({ name: `least eigenvalue over w, λ = ${rho} w`, value: least(rho), unit: '' })),
      charts: [],
    };
  },
};

const [FROM, TO] = [0.05, 0.1];
const RAMP = [1, 4, 16] as const;
/** A basis point of the worth. */
const SMALL = 1e-4;

export const movingCurvature: Claim = {
  id: 'moving-curvature',
  sentence:
    'λ(t) = λ₀(1 + α Vol + β Util) with H = κ: high volatility or utilization increases curvature, providing more stability at the cost of higher slippage.',
  source: 'hanzo-hmm.tex, §8.3; HIP-004, “Dynamics”: dH/dt = 0',
  experiment:
    'ρ goes from .05 to .10, with κ as it was, and with κ taken anew from the reserves in 1, 4 and 16 steps, an arbitrageur at work. It counts as true where less than 1 bp of the worth is lost, and where slippage rises.',
  run() {
    const { oneSided, bothSides } = notRebased(FROM, TO);
    const losses = RAMP.map((steps) => rampLoss(venueAt(FROM, 2 * STOCK), TO, steps));
    return {
      cases: [
        { at: 'nothing is given away with κ as it was', holds: oneSided < SMALL },
        ...RAMP.map((steps, k) => ({
          at: `nothing is given away with κ anew in ${steps} step${steps > 1 ? 's' : ''}`,
          holds: losses[k] < SMALL,
        })),
        { at: 'slippage rises', holds: slippage(TO) > slippage(FROM) },
      ],
      where: 'κ is taken anew from the reserves and the change is slow; slippage falls in any case',
      says: 'With κ as it was the next caller has the difference. With κ anew the price still moves towards the centre, and what that loses falls as 1/steps.',
      figures: [
        { name: 'given away from one side, κ as it was', value: oneSided, unit: '%' },
        { name: 'given away from both sides, κ as it was', value: bothSides, unit: '%' },
        ...RAMP.map((steps, k) => ({ name: `lost with κ anew, in ${steps} steps`, value: losses[k], unit: 'bps' })),
        { name: 'cost of buying 1 % at ρ = .05', value: slippage(FROM), unit: 'bps' },
        { name: 'cost of buying 1 % at ρ = .10', value: slippage(TO), unit: 'bps' },
      ],
      charts: [
        {
          kind: 'lines',
          caption: 'log₁₀ of the part of the worth that is lost, κ anew',
          label: 'log₁₀ of the number of steps',
          lines: [
            { name: 'lost', points: RAMP.map((steps, k) => ({ x: Math.log10(steps), y: Math.log10(losses[k]) })) },
          ],
        },
      ],
    };
  },
};

const WEIGHTS = [
  [0.6, 0.4],
  [0.5, 0.5],
] as const;

export const jointKappa: Claim = {
  id: 'joint-kappa',
  sentence:
    'Energy conservation prevents “free” round-trip extraction: H(Ψ, Θ) = Σ wᵢΨᵢΘᵢ + (λ/2)Σ(Ψᵢ² + Θᵢ²) = κ for all assets together.',
  source: 'HIP-004, “Multi-Asset (General)”; hanzo-hmm.tex, §3.1, corollary',
  experiment:
    'Two assets of 100 and 100, λ = .05: the least credits with the same κ and the same compute. It counts as true where nothing can be taken.',
  run() {
    const all = [100, 100];
    const taken = WEIGHTS.map((w) => jointGain(w, 0.05, all, all).taken);
    const alone = jointGain([1], 0.05, [100], [100]).taken;
    return {
      cases: [
        ...WEIGHTS.map((w, k) => ({ at: `one κ, weights ${w.join(' and ')}`, holds: taken[k] <= 1e-9 })),
        { at: 'one κ for each asset', holds: alone <= 1e-9 },
      ],
      where: 'each asset has its own κ',
      says: 'A sum that is conserved lets credits be moved from asset to asset; moved to one of them, fewer are needed.',
      figures: [
        ...WEIGHTS.map((w, k) => ({
          name: `taken of 200, weights ${w.join(' and ')}`,
          value: taken[k],
          unit: 'credits',
        })),
        { name: 'taken of 100, one asset', value: alone, unit: 'credits' },
      ],
      charts: [],
    };
  },
};

/** h after so many round trips of 1 % of Ψ, over that at the start, less 1. */
function drift(fees: Fees, trips: number): number[] {
  let v = venueAt(0.05);
  const start = invariantOf(v);
  return Array.from({ length: trips }, () => {
    const r = 0.01 * v.psi;
    v = afterBuying(v, r, buyAlone(v, r, fees).gross);
    v = afterSelling(v, r, sellAlone(v, r, fees).credits);
    return invariantOf(v) / start - 1;
  });
}

const TRIPS = 50;

export const lyapunov: Claim = {
  id: 'lyapunov',
  sentence: 'Stability (Lyapunov): V = |H − κ|², dV/dt = 2(H − κ)·dH/dt ≤ −αV (exponential convergence).',
  source: 'HIP-004, “Proofs (Sketches)”; invariant drift < 1e-10: hanzo-hmm.tex, §10.5',
  experiment:
    'H less a stored κ, over round trips of 1 % of Ψ without fees and with them, and over a week of the market. It counts as true where |H − κ| falls.',
  run(lab) {
    const [free, paid] = [
      drift({ market: 0, risk: 0 }, TRIPS),
      drift({ market: DEFAULT_CHARGES.market, risk: 0 }, TRIPS),
    ];
    const seen = lab.drawn(LAWS[0], BLOCK).path(0.05, DEFAULT_CHARGES, FLOW, 0);
    const h = (t: number) => invariantOf({ rho: 0.05, scale: 1, psi: seen.compute[t], theta: seen.credits[t] });
    const week = Array.from({ length: 8 }, (_, d) => ({ x: d, y: h((BLOCK / 7) * d) / h(0) - 1 }));
    const falls = (xs: readonly number[]) => Math.abs(xs[xs.length - 1]) < Math.abs(xs[0]);
    return {
      cases: [
        { at: 'round trips without fees', holds: Math.abs(free[0]) > 1e-12 && falls(free) },
        { at: 'round trips with fees', holds: falls(paid) },
        { at: 'a week of the market', holds: falls(week.slice(1).map((p) => p.y)) },
      ],
      says: 'Without fees H stays where it is and nothing converges; fees raise H away from any κ that is stored, for good, so V grows.',
      figures: [
        { name: 'H over κ less 1, a round trip at 30 bps', value: paid[0], unit: 'bps' },
        { name: `H over κ less 1, ${TRIPS} round trips at 30 bps`, value: paid[TRIPS - 1], unit: 'bps' },
        { name: `H over κ less 1, ${TRIPS} round trips without fees`, value: free[TRIPS - 1], unit: 'bps' },
        { name: 'H over κ less 1, a week of the market', value: week[7].y, unit: '%' },
      ],
      charts: [
        {
          kind: 'lines',
          caption: 'H over κ less 1, in the market',
          label: 'days',
          lines: [{ name: 'H/κ − 1', points: week }],
        },
      ],
    };
  },
};
