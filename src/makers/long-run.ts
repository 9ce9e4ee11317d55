/**
 * Floor 1. The maker's problem without an end: the best value a unit of time, h up to a constant, and what any fixed quotes
 * are worth. Howard's iteration (Dynamic Programming and Markov Processes, 1960): solve for the value of quotes, reset them.
 */
import { SingularError, solveInPlace } from './linear.js';
import { bestOffset, fillRate, hamiltonian, type Problem, reserve, takeGain } from './problem.js';

/** What is done in every state. */
export interface Policy {
  /** Offsets, one a quote of the problem, in its order. */
  readonly offsets: readonly (readonly number[])[];
  /** Units a unit of time, one a take of the problem; where taking is unlimited: infinite for what is taken at once. */
  readonly taking: readonly (readonly number[])[];
}

export interface PolicyValue {
  /** θ, a unit of time. */
  readonly value: number;
  /** Relative values; 0 at the reference state. */
  readonly h: Float64Array;
}

export interface LongRun extends PolicyValue {
  readonly policy: Policy;
  readonly rounds: number;
}

const MOST_ROUNDS = 200;
/** θ and h are settled when they move by no more than this, relative to 1 + their size. */
const SETTLED = 1e-14;
/** Or, where rounding keeps them moving (states that hardly ever change), by less than this and no less for some rounds. */
const NOISE = 1e-6;
const PATIENCE = 5;

/** The best policy for an h; of unlimited taking, all that pays. */
export function policyFor(problem: Problem, h: ArrayLike<number>): Policy {
  return {
    offsets: problem.quotes.map((quotes, i) => quotes.map((q) => bestOffset(q, reserve(q, i, h)))),
    taking: problem.takes.map((takes, i) => takes.map((t) => (takeGain(t, i, h) > 0 ? problem.takerRate : 0))),
  };
}

/** The index of the take that is done at once in state i, or −1. */
export const jumpOf = (policy: Policy, i: number): number => policy.taking[i].indexOf(Number.POSITIVE_INFINITY);

/**
 * θ and h of a policy: θ = rᵢ + Σ λ(δ)(δ − edge + hₜₒ − hᵢ) + Σ rate(hₜₒ − hᵢ) + Σ ν(hₜₒ − hᵢ − cost) where nothing is taken
 * at once, hᵢ = hₜₒ − cost where something is. Throws a SingularError where the states have no one long-run value.
 */
export function valueOfPolicy(problem: Problem, policy: Policy, origin = 0): PolicyValue {
  const n = problem.reward.length;
  const a = new Float64Array(n * n);
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const go = (to: number, rate: number, gain: number) => {
      a[i * n + i] += rate;
      a[i * n + to] -= rate;
      b[i] += rate * gain;
    };
    const jump = jumpOf(policy, i);
    if (jump >= 0) {
      go(problem.takes[i][jump].to, 1, -problem.takes[i][jump].cost);
      a[i * n + origin] = 0;
      continue;
    }
    b[i] += problem.reward[i];
    problem.quotes[i].forEach((q, k) => {
      const offset = policy.offsets[i][k];
      go(q.to, fillRate(q, offset), offset - q.edge);
    });
    for (const { to, rate } of problem.moves[i]) go(to, rate, 0);
    problem.takes[i].forEach((t, k) => {
      go(t.to, policy.taking[i][k], -t.cost);
    });
    // h is 0 at the origin: its column holds θ instead
    a[i * n + origin] = 1;
  }
  const x = solveInPlace(a, b);
  const value = x[origin];
  x[origin] = 0;
  return { value, h: x };
}

/**
 * Quotes to start from: such that what they earn is of the size of the running reward. From 1/κ everywhere a large penalty
 * would lead to rates beyond all numbers.
 */
function firstPolicy(problem: Problem): Policy {
  const { reward, quotes, takes } = problem;
  return {
    offsets: quotes.map((list, i) =>
      list.map(({ to, lambda, kappa, floor }) => {
        const want = lambda > 0 ? Math.max(0, Math.log((Math.abs(reward[i]) * kappa * Math.E) / lambda)) : 0;
        return Math.max((1 + (reward[to] > reward[i] ? -want : want)) / kappa, floor);
      }),
    ),
    taking: takes.map((list) => list.map(() => 0)),
  };
}

/** The best of all policies, and its value. Throws a SingularError where the states have no one long-run value. */
export function longRun(problem: Problem, origin = 0): LongRun {
  if (problem.decaying !== null) throw new RangeError('a drift that decays has no long run; give it an end');
  let policy = firstPolicy(problem);
  let last: PolicyValue | null = null;
  let best = { change: Number.POSITIVE_INFINITY, round: 0 };
  for (let rounds = 1; rounds <= MOST_ROUNDS; rounds++) {
    const now = valueOfPolicy(problem, policy, origin);
    const next = improved(problem, now, policy);
    const change = last === null ? Number.POSITIVE_INFINITY : changeOf(last, now);
    if (change < best.change) best = { change, round: rounds };
    const ended = change <= SETTLED || (best.change < NOISE && rounds >= best.round + PATIENCE);
    if (ended && sameJumps(policy, next)) return { ...now, policy: next, rounds };
    last = now;
    policy = next;
  }
  throw new RangeError(`Howard's iteration was expected to settle in ${MOST_ROUNDS} rounds`);
}

/** Quotes reset to an h; where taking is unlimited, a state takes or quotes, whichever leaves more. */
function improved(problem: Problem, { value, h }: PolicyValue, before: Policy): Policy {
  const next = policyFor(problem, h);
  if (problem.takerRate !== Number.POSITIVE_INFINITY) return next;
  const taking = problem.takes.map((takes, i) => {
    const gains = takes.map((t) => takeGain(t, i, h));
    const best = gains.reduce((m, g, k) => (g > gains[m] ? k : m), 0);
    const held = jumpOf(before, i);
    const waiting = waitingGain(problem, i, h) - value;
    const jumps = takes.length > 0 && (held >= 0 ? waiting <= SETTLED : gains[best] > Math.max(waiting, SETTLED));
    const chosen = held >= 0 && gains[best] <= gains[held] + SETTLED ? held : best;
    return takes.map((_, k) => (jumps && k === chosen ? Number.POSITIVE_INFINITY : 0));
  });
  return { ...next, taking };
}

/** r + ΣH + Σ moves: what a unit of time of quoting is worth. */
function waitingGain({ reward, quotes, moves }: Problem, i: number, h: Float64Array): number {
  const quoting = quotes[i].reduce((sum, q) => sum + hamiltonian(q, reserve(q, i, h)), reward[i]);
  return moves[i].reduce((sum, { to, rate }) => sum + rate * (h[to] - h[i]), quoting);
}

const relative = (x: number, y: number): number => Math.abs(x - y) / (1 + Math.abs(y));

/** How far θ and h moved. */
const changeOf = (a: PolicyValue, b: PolicyValue): number =>
  a.h.reduce((most, x, i) => Math.max(most, relative(x, b.h[i])), relative(a.value, b.value));

const sameJumps = (a: Policy, b: Policy): boolean =>
  a.taking.every((row, i) => row.every((x, k) => Number.isFinite(x) === Number.isFinite(b.taking[i][k])));

export interface Flows {
  /** How much of the time is spent in each state. */
  readonly law: Float64Array;
  /** Offsets and rebates of fills, a unit of time, before the mid has moved against them. */
  readonly captured: number;
  /** What fills lose to the mid's move after them. */
  readonly adverse: number;
  readonly takerCost: number;
  /** Σ π r: penalties (negative) and drift. */
  readonly held: number;
  readonly bidFills: number;
  readonly askFills: number;
  readonly taken: number;
}

/** The stationary law of a policy, and what it earns by source; the sources add up to θ. */
export function flowsOf(problem: Problem, policy: Policy, rebate = 0): Flows {
  const law = stationaryLaw(problem, policy);
  const total = { captured: 0, adverse: 0, takerCost: 0, held: 0, bidFills: 0, askFills: 0, taken: 0 };
  law.forEach((share, i) => {
    if (jumpOf(policy, i) >= 0) return;
    total.held += share * problem.reward[i];
    problem.quotes[i].forEach((q, k) => {
      const fills = share * fillRate(q, policy.offsets[i][k]);
      total.captured += fills * (policy.offsets[i][k] + rebate);
      total.adverse += fills * (q.edge + rebate);
      total[q.side === 'bid' ? 'bidFills' : 'askFills'] += fills;
      const jumps = landing(problem, policy, q.to);
      total.takerCost += fills * jumps.cost;
      total.taken += fills * jumps.units;
    });
    problem.takes[i].forEach((t, k) => {
      total.takerCost += share * policy.taking[i][k] * t.cost;
      total.taken += share * policy.taking[i][k];
    });
  });
  return { law, ...total };
}

/** Where one is after taking at once from state i, as often as the policy says. */
function landing(problem: Problem, policy: Policy, i: number) {
  let [to, cost, units] = [i, 0, 0];
  for (let k = jumpOf(policy, to); k >= 0; k = jumpOf(policy, to)) {
    cost += problem.takes[to][k].cost;
    to = problem.takes[to][k].to;
    units++;
    if (units > problem.reward.length) throw new RangeError('taking at once was expected to end, got a circle');
  }
  return { to, cost, units };
}

/** π with πM = 0 and Σπ = 1 for the rates M of a policy. Throws a SingularError where there are several. */
export function stationaryLaw(problem: Problem, policy: Policy): Float64Array {
  const n = problem.reward.length;
  const a = new Float64Array(n * n);
  const go = (from: number, to: number, rate: number) => {
    const end = landing(problem, policy, to).to;
    a[end * n + from] += rate;
    a[from * n + from] -= rate;
  };
  for (let i = 0; i < n; i++) {
    if (jumpOf(policy, i) >= 0) {
      // nothing stays there
      a[i * n + i] = 1;
      continue;
    }
    problem.quotes[i].forEach((q, k) => {
      go(i, q.to, fillRate(q, policy.offsets[i][k]));
    });
    for (const { to, rate } of problem.moves[i]) go(i, to, rate);
    problem.takes[i].forEach((t, k) => {
      go(i, t.to, policy.taking[i][k]);
    });
  }
  const rest = problem.reward.findIndex((_, i) => jumpOf(policy, i) < 0);
  if (rest < 0) throw new SingularError('every state is left at once');
  for (let i = 0; i < n; i++) a[rest * n + i] = 1;
  const b = new Float64Array(n);
  b[rest] = 1;
  return solveInPlace(a, b);
}
