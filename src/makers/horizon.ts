/** Floor 1. The maker's problem with an end: h at given times to go, by a matrix exponential where it is linear. */
import { logExponential } from './exponential.js';
import { integrate } from './integrate.js';
import { hamiltonian, type Problem, reserve, takeGain } from './problem.js';

/** h of every state at each of the times to go (in any order, none negative). Throws RangeError where h has no end. */
export function valuesAt(problem: Problem, times: readonly number[]): Float64Array[] {
  const sorted = [...new Set(times)].filter((t) => t > 0).sort((a, b) => a - b);
  const found = sorted.length === 0 ? [] : (linearValues(problem, sorted) ?? integratedValues(problem, sorted));
  return times.map((t) => (t > 0 ? found[sorted.indexOf(t)] : Float64Array.from(problem.terminal)));
}

/** The one κ of all quotes, where ω = e^{κh} solves a linear equation; else null. */
function commonKappa(problem: Problem): number | null {
  const quotes = problem.quotes.flat();
  const alike = quotes.every(({ kappa, floor }) => kappa === quotes[0].kappa && floor === Number.NEGATIVE_INFINITY);
  const still = problem.moves.every((m) => m.length === 0) && problem.takerRate === 0 && problem.decaying === null;
  return alike && still ? (quotes[0]?.kappa ?? 1) : null;
}

/**
 * ω = e^{κh} solves ω′ = Aω, Aᵢᵢ = κrᵢ, Aᵢₜₒ = λe^{−1 − κ·edge}. Null where the problem is not linear, or ω spreads too far.
 */
function linearValues(problem: Problem, times: readonly number[]): Float64Array[] | null {
  const kappa = commonKappa(problem);
  if (kappa === null) return null;
  const rows = problem.reward.map((r, i) => ({
    diagonal: kappa * r,
    others: problem.quotes[i].map(({ to, lambda, edge }) => ({ to, rate: lambda * Math.exp(-1 - kappa * edge) })),
  }));
  const logs = logExponential(
    rows,
    problem.terminal.map((x) => kappa * x),
    times,
  );
  return logs?.map((log) => log.map((x) => x / kappa)) ?? null;
}

function integratedValues(problem: Problem, times: readonly number[]): Float64Array[] {
  if (problem.takerRate === Number.POSITIVE_INFINITY) {
    throw new RangeError('a problem with an end was expected to have a finite rate of taking, got an unlimited one');
  }
  return integrate((t, h, out) => slope(problem, t, h, out), problem.terminal, times);
}

/** h′ at time to go t. */
function slope(problem: Problem, t: number, h: Float64Array, out: Float64Array): void {
  const { reward, decaying, quotes, moves, takes, takerRate } = problem;
  const decay = decaying === null ? 0 : Math.exp(-decaying.rate * (decaying.horizon - t));
  for (let i = 0; i < h.length; i++) {
    let sum = reward[i];
    if (decaying !== null) sum += decaying.weight[i] * decay;
    for (const quote of quotes[i]) sum += hamiltonian(quote, reserve(quote, i, h));
    for (const { to, rate } of moves[i]) sum += rate * (h[to] - h[i]);
    for (const take of takes[i]) sum += takerRate * Math.max(takeGain(take, i, h), 0);
    out[i] = sum;
  }
}
