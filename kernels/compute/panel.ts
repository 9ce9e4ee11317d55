/**
 * Floor 3, compute market. Attestations judged by a panel of experts, each right with a probability of its own; the vote goes by
 * weights: q/(1 − q) as the papers print them, ln(q/(1 − q)), which are the best, or all alike.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { settings } from './settings.js';

/** Experts that are always or never right have finite weights. */
const EDGE = 1e-9;
const WEIGHTS = settings.expertWeights.choices;

function weightOf(q: Expr, by: number): Expr {
  if (by === WEIGHTS?.equal) return constant(1);
  const inner = q.maximum(EDGE).minimum(1 - EDGE);
  const odds = inner.div(inner.neg().add(1));
  return (by === WEIGHTS?.logOdds ? odds.log() : odds).stopGradient();
}

/**
 * How often the panel is right, over all 2ⁿ outcomes; a tie is right half of the time. Who wins has no gradient, how likely it is
 * has.
 */
export function panelAccuracy(q: readonly Expr[], by: number): Expr {
  const weights = q.map((x) => weightOf(x, by));
  const right = Array.from({ length: 2 ** q.length }, (_, outcome) => {
    const votes = q.map((p, k) => {
      const isRight = (outcome >> k) % 2 === 1;
      return { chance: isRight ? p : p.neg().add(1), margin: isRight ? weights[k] : weights[k].neg() };
    });
    const margin = sum(votes.map((v) => v.margin));
    const chance = votes.map((v) => v.chance).reduce((a, b) => a.mul(b));
    return where(margin.greater(0), chance, where(margin.less(0), 0, chance.mul(0.5)));
  });
  return sum(right);
}
