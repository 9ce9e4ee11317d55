/**
 * Floor 3, compute market. Step 1, the end of a job's life: what was not used returns, parts are attested and checked, workers
 * are paid, clients refunded.
 *
 * A fraction 1 − e^{−dt/D} of everything in flight settles each step, and outcomes are replaced by their probabilities: the
 * ledgers are linear in the outcomes, so that is their mean.
 */
import { constant, type Expr, where } from '../../src/graph/index.js';
import { sum } from '../../src/rollout/functions.js';
import { type Draft, type Flight, payOut, payWorkers, reliabilities } from './state.js';
import { booked, paidFor } from './trades.js';
import type { JobClass, Outside, World } from './world.js';

/** What settles of one class. */
interface Settled {
  readonly jobs: Expr;
  readonly compute: readonly (readonly Expr[])[];
  readonly cost: readonly Expr[];
  readonly fees: readonly Expr[];
  readonly pay: readonly Expr[];
}

/** Weight of the evidence of a step about each worker class: jobs settled times its mean part in them. */
export type Evidence = readonly Expr[];

export function settle(w: World, d: Draft, o: Outside): Evidence {
  let evidence: Expr[] = w.workers.map(() => constant(0));
  w.classes.forEach((job, c) => {
    const settled = take(d.flights[c], job, w.dt);
    const used = giveBack(w, d, o, job, settled);
    evidence = attest(w, d, job, used).map((e, j) => e.add(evidence[j]));
  });
  return evidence;
}

/** Takes what settles out of flight. */
function take(flight: Flight, { duration }: JobClass, dt: number): Settled {
  const part = constant(-dt).div(duration).expm1().neg();
  const of = (x: Expr) => x.mul(part);
  const settled = {
    jobs: of(flight.jobs),
    compute: flight.compute.map((row) => row.map(of)),
    cost: flight.cost.map(of),
    fees: flight.fees.map(of),
    pay: flight.pay.map(of),
  };
  flight.jobs = flight.jobs.sub(settled.jobs);
  flight.compute = flight.compute.map((row, i) => row.map((z, j) => z.sub(settled.compute[i][j])));
  flight.cost = flight.cost.map((x, i) => x.sub(settled.cost[i]));
  flight.fees = flight.fees.map((x, i) => x.sub(settled.fees[i]));
  flight.pay = flight.pay.map((x, i) => x.sub(settled.pay[i]));
  return settled;
}

/**
 * The part 1 − x that was not used returns without a fee. Its client is credited min((1 − x)a, what the curve pays): without
 * the first, returning would be a free option on the price, written by those who provide liquidity.
 */
function giveBack(w: World, d: Draft, o: Outside, { usage }: JobClass, settled: Settled): Settled {
  if (usage === null) return settled;
  const unused = usage.neg().add(1);
  const q = reliabilities(d);
  settled.compute.forEach((row, i) => {
    const pool = d.pools[i];
    const amount = sum([...row]).mul(unused);
    const credit = settled.cost[i].mul(unused).minimum(paidFor(w, d, i, amount));
    booked(d, i, o.prices[i], 'tradeGain', () => {
      pool.theta = pool.theta.sub(credit);
      pool.psi = pool.psi.map((psi, j) => psi.add(j === 0 ? row[0].mul(unused) : row[j].mul(unused).div(q[j])));
    });
    pool.hold = pool.hold.add(settled.pay[i].mul(unused));
    payOut(w, d, credit);
    d.flows[i].returned = d.flows[i].returned.add(amount);
    d.sums.rebate = d.sums.rebate.add(credit);
  });
  const used = (x: Expr) => x.mul(usage);
  return {
    jobs: settled.jobs,
    compute: settled.compute,
    cost: settled.cost.map(used),
    fees: settled.fees.map(used),
    pay: settled.pay.map(used),
  };
}

/** x/y, 0 where there is nothing of y. */
const shareOf = (x: Expr, y: Expr): Expr => where(y.greater(0), x.div(y), 0);

/**
 * Worker j attests a part of value G = Σ(a + φ)·z_j/z and pay Q = Σ P·z_j/Σ_{k≥1}z_k, and is seen to pass with 1 − ν(1 − q), of
 * a panel of experts with 1 − ν(1 − qR − (1 − q)(1 − R)).
 * Passed: Q and the bonus ρ_b·q̂·G/e tokens. Failed: Q goes to the client, σ_s·k_b·G/e of the bond is lost, of it first what the
 * client is short of, (G − Q)/e.
 */
function attest(w: World, d: Draft, { require }: JobClass, s: Settled): Expr[] {
  const q = reliabilities(d);
  const all = s.compute.map((row) => sum([...row]));
  const owed = s.compute.map((row) => (row.length === 1 ? constant(0) : sum(row.slice(1))));
  const verified = w.one('verified');
  const resources = sum(require.map((r) => where(r.greater(0), 1, 0)));
  return w.workers.map((worker, k) => {
    const j = k + 1;
    const parts = s.compute.map((row, i) => shareOf(row[j], all[i]));
    const value = sum(parts.map((part, i) => s.cost[i].add(s.fees[i]).mul(part)));
    const pay = sum(s.compute.map((row, i) => s.pay[i].mul(shareOf(row[j], owed[i]))));
    const fails = verified.mul(worker.seen.neg().add(1));
    reward(w, d, fails.neg().add(1), q[j].mul(value), pay);
    punish(w, d, fails, value, pay, k);
    return verified.mul(s.jobs).mul(sum(parts).div(resources));
  });
}

/** What passes, with its probability. */
function reward(w: World, d: Draft, passes: Expr, trusted: Expr, pay: Expr): void {
  payWorkers(w, d, passes.mul(pay));
  const wanted = w.one('bonus').mul(trusted).div(w.rate);
  if (w.s.bonusSource === 1) {
    const bonus = passes.mul(wanted);
    d.tokens.minted = d.tokens.minted.add(bonus);
    d.tokens.outside = d.tokens.outside.add(bonus);
    d.sums.bonus = d.sums.bonus.add(bonus);
    return;
  }
  const bonus = passes.mul(wanted.minimum(d.tokens.treasury));
  d.tokens.treasury = d.tokens.treasury.sub(bonus);
  d.tokens.outside = d.tokens.outside.add(bonus);
  d.sums.bonus = d.sums.bonus.add(bonus);
}

/** What fails, with its probability. */
function punish(w: World, d: Draft, fails: Expr, value: Expr, pay: Expr, k: number): void {
  const worker = d.workers[k];
  const refund = fails.mul(pay);
  payOut(w, d, refund);
  const slash = w.one('slash').mul(w.one('bondRatio')).mul(value).div(w.rate).minimum(worker.bond);
  const short = value.sub(pay).div(w.rate).maximum(0);
  const toClient = fails.mul(slash.minimum(short));
  const lost = fails.mul(slash);
  worker.bond = worker.bond.sub(lost);
  d.tokens.outside = d.tokens.outside.add(toClient);
  d.tokens.burned = d.tokens.burned.add(lost.sub(toClient));
  d.sums.refund = d.sums.refund.add(refund).add(toClient.mul(w.rate));
  d.sums.slashed = d.sums.slashed.add(lost);
}
