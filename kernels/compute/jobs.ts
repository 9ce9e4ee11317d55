/**
 * Floor 3, compute market. Step 6: jobs buy what they need, class by class. Potential jobs arrive at Λ·d(t); each accepts with
 * A = min(1, (C/w)^−ε), C its gross cost over its worth at the reference prices.
 *
 * Expected: the mean number at the quote of one job, as one order at the fee rates of one job. Sampled: one after the other, each
 * quoted at the state that the one before left; the choices' probability is kept for the score term of the gradient.
 */
import { type Expr, scan, where } from '../../src/graph/index.js';
import { minimum, pow, sum } from '../../src/rollout/functions.js';
import { poisson } from '../../src/rollout/random.js';
import { type Draft, draftOf, effective, type Market } from './state.js';
import { booked, buy, feeAlone, feeTogether, purchase } from './trades.js';
import type { JobClass, Outside, World } from './world.js';

/** What one job of a class is asked for. */
interface Quote {
  /** Fee by resource. */
  readonly fees: readonly Expr[];
  /** C */
  readonly cost: Expr;
  /** Whether the pools can fill it at all. */
  readonly feasible: Expr;
  /** A, 0 where it cannot be filled. */
  readonly accepted: Expr;
}

function quote(w: World, d: Draft, o: Outside, job: JobClass): Quote {
  const { require } = job;
  const together = w.s.riskScope === 1 ? feeTogether(w, d, require) : null;
  const fees = require.map((r, i) => together ?? feeAlone(w, d, i, r));
  const able = require.map((r, i) => r.less(effective(d, i)).and(fees[i].less(1)));
  const feasible = able.reduce((a, b) => a.and(b));
  const gross = require.map((r, i) => purchase(w, d, i, r, fees[i]).gross);
  const cost = sum(gross).div(worthOf(o, job));
  const willing = pow(cost.div(job.limit), job.elasticity.neg()).minimum(1);
  return { fees, cost: where(feasible, cost, 0), feasible, accepted: where(feasible, willing, 0) };
}

/** What a job's compute is worth at the reference prices. */
const worthOf = (o: Outside, { require }: JobClass): Expr => sum(require.map((r, i) => o.reference[i].mul(r)));

/** Potential jobs of a class in the step, on average. */
function potential(w: World, o: Outside, c: number): Expr {
  const mean = w.classes[c].arrivals.mul(w.dt);
  const factor = o.demand(c);
  return factor === null ? mean : mean.mul(factor);
}

/** n jobs of a class, at the fee rates of one, buy from all pools and go into flight. */
function fill(w: World, d: Draft, o: Outside, c: number, n: Expr, { fees, cost }: Quote): void {
  const [job, flight] = [w.classes[c], d.flights[c]];
  job.require.forEach((one, i) => {
    const r = n.mul(one);
    const p = purchase(w, d, i, r, fees[i]);
    const drawn = booked(d, i, o.prices[i], 'tradeGain', () => buy(w, d, i, p));
    flight.compute[i] = flight.compute[i].map((z, j) => z.add(drawn.compute[j]));
    flight.cost[i] = flight.cost[i].add(p.effective);
    flight.fees[i] = flight.fees[i].add(p.gross.sub(p.effective));
    flight.pay[i] = flight.pay[i].add(drawn.pay);
    d.flows[i].bought = d.flows[i].bought.add(r);
    d.sums.spent = d.sums.spent.add(p.gross);
  });
  flight.jobs = flight.jobs.add(n);
  const worth = n.mul(worthOf(o, job));
  d.sums.worth = d.sums.worth.add(worth);
  d.sums.quoted = d.sums.quoted.add(worth.mul(cost));
}

const LARGE = 1e300;

/** The mean of what arrives, at most `cap` of any pool. */
function expectedJobs(w: World, d: Draft, o: Outside, c: number): void {
  const job = w.classes[c];
  const asked = quote(w, d, o, job);
  const { cost, feasible, accepted } = asked;
  const arriving = potential(w, o, c);
  const wanted = arriving.mul(accepted);
  const most = minimum(job.require.map((r, i) => where(r.greater(0), effective(d, i).div(r), LARGE)));
  const n = wanted.minimum(w.one('cap').mul(most));
  fill(w, d, o, c, n, asked);
  tell(d, c, where(feasible, wanted, arriving), n, cost);
}

function tell(d: Draft, c: number, wanted: Expr, filled: Expr, cost: Expr): void {
  d.sums.wanted[c] = d.sums.wanted[c].add(wanted);
  d.sums.filled[c] = d.sums.filled[c].add(filled);
  d.sums.cost[c] = d.sums.cost[c].add(cost);
}

/**
 * Draws of class c in step t: the number of arrivals; then for each whether it accepts. What arrives has probability
 * m^n·e^−m/n!, whatever is chosen A or 1 − A: their logarithms' derivatives are the score term.
 */
function sampledJobs(w: World, d: Draft, o: Outside, c: number): void {
  const job = w.classes[c];
  const most = w.s.mostArrivals;
  const mean = potential(w, o, c);
  const arriving = poisson(w.uniform(o.t, 2 * c), mean).minimum(most);
  const after = scan<Market>({
    name: 'arrivals',
    length: most,
    init: d as Market,
    body: (market, k) => {
      const here = draftOf(market);
      const asked = quote(w, here, o, job);
      const { cost, feasible, accepted } = asked;
      const comes = k.float().less(arriving);
      const takes = comes.and(w.uniform(o.t.mul(most).add(k), 2 * c + 1).less(accepted));
      const n = where(takes, 1, 0);
      fill(w, here, o, c, n, asked);
      // a job that finds too little was wanted; one that finds it too dear was not
      tell(here, c, where(comes.and(feasible.not()), 1, n), n, where(comes, cost, 0));
      const chosen = where(takes, accepted.log(), where(comes.and(feasible), accepted.neg().add(1).log(), 0));
      here.likelihood = here.likelihood.add(chosen);
      return here as Market;
    },
    // no lane has more to come
    active: (_, k) => k.add(1).float().less(arriving),
  });
  Object.assign(d, draftOf(after));
  const count = where(arriving.greater(0), arriving.mul(mean.log()), 0);
  d.likelihood = d.likelihood.add(count.sub(mean));
}

export function jobs(w: World, d: Draft, o: Outside): void {
  const arrive = w.s.arrivals === 1 ? sampledJobs : expectedJobs;
  w.classes.forEach((_, c) => {
    arrive(w, d, o, c);
  });
}
