/**
 * Floor 1, for the targets that work on groups of vectors (wasm, native). How many vectors a group has,
 * done one beside the other; of two lanes each on wasm.
 *
 * Most loops are bound by how long their results take (a trade is one long chain) and by branches that are guessed wrong, so
 * a second vector costs little; where there is enough to do at any time (many assets), it only takes registers. An estimate
 * of a loop's step with v vectors, per vector, from the schedule:
 *
 *     (max(chain, shared + v·own) + 20·arms)/v · (1 + .003·(v − 1)·alive)
 *
 * chain: clocks from the carries to their next. shared, own: clocks of what is the same for all vectors, and of what is not,
 * if the units were always busy. arms: branches. alive: the most numbers at a time, which move between registers and memory.
 * What stands in an arm counts half. docs/cpu-tuning.md has what 20 and .003 were fitted to.
 */
import { type Expr, type Item, lifetimes, type Schedule } from '../../graph/index.js';

/** Beyond so many nothing more was gained. */
const MOST_VECTORS = 4;
/** A loop's steps, and how seldom an arm's loops run. */
const STEPS = 100;
const SELDOM = 0.01;
/** How often an arm is run, and clocks of a branch. */
const TAKEN = 0.5;
const BRANCH = 20;
const MOVING = 0.003;
/** What wider groups have to promise: what the estimate does not know. */
const WORTH = 1.1;

/** Clocks until a result can be used, of 64-bit vectors on x86; 1 where absent. */
const LATENCY: Partial<Record<Expr['op'], number>> = {
  add: 4,
  sub: 4,
  mul: 4,
  div: 14,
  sqrt: 18,
  max: 4,
  min: 4,
  less: 4,
  lessEqual: 4,
  where: 2,
  load: 5,
  scale2: 3,
  exponent: 6,
  mantissa: 4,
  draw: 60,
};

/** Clocks from one to the next; ½ where absent. */
const OCCUPIED: Partial<Record<Expr['op'], number>> = {
  div: 8,
  sqrt: 10,
  scale2: 1.2,
  exponent: 2,
  mantissa: 1.5,
  draw: 30,
};
const STORE = 1;

type Loop = Extract<Item, { kind: 'loop' }>;

/** By the number of vectors less one, the estimate for a vector. */
export type Costs = readonly number[];

export function costsOf({ body }: Schedule): Costs {
  const { most } = lifetimes(body);
  const costs = new Array<number>(MOST_VECTORS).fill(0);
  const visit = (items: readonly Item[], weight: number) => {
    for (const item of items) {
      if (item.kind === 'arm') visit(item.body, weight * SELDOM);
      if (item.kind !== 'loop') continue;
      const { chain, shared, own, branches } = stepOf(item);
      const alive = Math.max(0, ...item.body.map((i) => most.get(i) ?? 0));
      costs.forEach((_, i) => {
        const v = i + 1;
        const clocks = Math.max(chain, shared + v * own) + branches;
        costs[i] += ((weight * STEPS * clocks) / v) * (1 + MOVING * i * alive);
      });
      visit(item.body, weight * STEPS);
    }
  };
  visit(body, 1);
  return costs;
}

interface Step {
  chain: number;
  shared: number;
  own: number;
  branches: number;
}

/** Clocks of a step of a loop, without the loops in it. */
function stepOf({ scan, carries, body }: Loop): Step {
  const known = new Map<Expr, number>();
  const at = (e: Expr) => known.get(e) ?? 0;
  const step: Step = { chain: 0, shared: 0, own: 0, branches: 0 };
  const visit = (items: readonly Item[], start: number, share: number) => {
    for (const item of items) {
      if (item.kind === 'arm') {
        step.branches += share * BRANCH;
        visit(item.body, Math.max(start, at(item.mask)), share * TAKEN);
      } else if (item.kind === 'store') step.own += share * STORE;
      else if (item.kind === 'let' && (item.expr.dtype === 'f64' || item.expr.dtype === 'bool')) {
        const { op, args, uniform } = item.expr;
        known.set(item.expr, Math.max(start, ...args.map(at)) + (LATENCY[op] ?? 1));
        step[uniform ? 'shared' : 'own'] += share * (OCCUPIED[op] ?? 0.5);
      }
    }
  };
  visit(body, 0, 1);
  step.chain = Math.max(0, ...carries.map((i) => at(scan.next[i])));
  return step;
}

/**
 * What so many sets and windows take on so many threads, in groups of so many vectors that are done one after the other.
 *
 * @param lanes of a vector
 */
export function timeOf(
  costs: Costs,
  sets: number,
  windows: number,
  threads: number,
  vectors: number,
  lanes: number,
): number {
  return Math.ceil((Math.ceil(sets / lanes / vectors) * windows) / threads) * vectors * costs[vectors - 1];
}

/** The vectors of a group with which they are done soonest. */
export function vectorsOf(costs: Costs, sets: number, windows: number, threads: number, lanes = 2): number {
  const time = (vectors: number) => timeOf(costs, sets, windows, threads, vectors, lanes);
  let best = 1;
  for (let v = 2; v <= Math.min(Math.ceil(sets / lanes), MOST_VECTORS); v++) {
    if (time(v) < time(best) && WORTH * time(v) < time(1)) best = v;
  }
  return best;
}
