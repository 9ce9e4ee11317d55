/**
 * Floor 3, compute market. Step 2: what attestations say about workers. A settled job is evidence of weight e_j, the worker's
 * mean part in it, in checked parts only: α += e if it passes, β += e if not. When q̂ moves, Ψ moves without a trade.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import type { Evidence } from './settlement.js';
import { type Draft, effective } from './state.js';
import type { Outside, World } from './world.js';

export function learn(w: World, d: Draft, o: Outside, evidence: Evidence): void {
  if (w.s.reliability === 0 || w.workers.length === 0) return;
  const before = w.scale.map((_, i) => effective(d, i));
  const update = w.s.reliability === 1 ? count : smooth;
  evidence.forEach((e, j) => {
    update(w, d, j, e);
  });
  d.flows.forEach((flow, i) => {
    const change = effective(d, i).sub(before[i]);
    flow.revalued = flow.revalued.add(change);
    flow.bookGain = flow.bookGain.add(change.mul(o.prices[i]));
  });
}

/** α += e·q, β += e(1 − q), q as it is seen, then a part of the evidence beyond that of the start is forgotten. */
function count(w: World, d: Draft, j: number, evidence: Expr): void {
  const [worker, world] = [d.workers[j], w.workers[j]];
  const keep = w.one('forget').neg().add(1);
  const kept = (now: Expr, start: Expr) => start.add(now.sub(start).mul(keep));
  worker.passes = kept(worker.passes.add(evidence.mul(world.seen)), world.passes);
  worker.fails = kept(worker.fails.add(evidence.mul(world.seen.neg().add(1))), world.fails);
}

/**
 * q̂ ← q̂ + a(outcome − q̂) for each settled job, a the smoothing: after e of them at the probability seen, q + (q̂ − q)(1 − a)^e.
 * Kept as evidence of weight 1.
 */
function smooth(w: World, d: Draft, j: number, evidence: Expr): void {
  const worker = d.workers[j];
  const keep = constant(1).sub(w.one('smoothing')).log().mul(evidence).exp();
  const now = worker.passes.div(worker.passes.add(worker.fails));
  const next = w.workers[j].seen.add(now.sub(w.workers[j].seen).mul(keep));
  worker.passes = next;
  worker.fails = next.neg().add(1);
}
