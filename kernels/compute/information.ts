/**
 * Floor 3, compute market. Nats that one attestation tells of a worker: H(q̂) − E[H(q)], q ~ Beta(α, β),
 *
 *     E[H] = −[αψ(α + 1) + βψ(β + 1)]/(α + β) + ψ(α + β + 1)
 *
 * The formulas of src/compute/reliability.ts, where they are in plain numbers.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';

/** From here on the asymptotic series is exact to rounding. */
const LARGE = 12;
/** −B_2k/(2k), k = 1 … 6: ψ(x) ~ ln x − 1/2x + Σ of them/x^2k. */
const SERIES = [-1 / 12, 1 / 120, -1 / 252, 1 / 240, -1 / 132, 691 / 32760];
/** Its logarithm is a number; times 0 it is 0. */
const LEAST = 1e-300;

/** ψ(x) for x > 0: ψ(x) = ψ(x + 12) − Σ 1/(x + k). */
export function digamma(x: Expr): Expr {
  const shifted = sum(Array.from({ length: LARGE }, (_, k) => x.add(k).reciprocal()));
  const far = x.add(LARGE);
  const s = far.square().reciprocal();
  const series = SERIES.reduceRight((rest, b) => rest.add(b).mul(s), constant(0));
  return far.log().sub(far.reciprocal().mul(0.5)).add(series).sub(shifted);
}

const minusLog = (q: Expr): Expr => q.mul(q.maximum(LEAST).log()).neg();

export function informationGain(passes: Expr, fails: Expr): Expr {
  const all = passes.add(fails);
  const [q, p] = [passes.div(all), fails.div(all)];
  return minusLog(q)
    .add(minusLog(p))
    .add(q.mul(digamma(passes.add(1))))
    .add(p.mul(digamma(fails.add(1))))
    .sub(digamma(all.add(1)));
}
