/**
 * Floor 1, compute market. One job's life, event by event: escrow → allocation → execution → attestation and verification →
 * settlement → rebate, on ledgers in which every credit has its tokens locked.
 */
import { costOf, paidFor, priceOf, type Venue } from './curve.js';
import { type FeeRules, type Fees, splitFees } from './trades.js';

/** The worker class that always passes, is paid at once, and has no bond. */
export const OUTSIDE = 'outside';

export interface LedgerPool {
  readonly rho: number;
  readonly scale: number;
  /** Raw compute by worker. */
  psi: Record<string, number>;
  theta: number;
  hold: number;
}

export interface Ledger {
  /** Credits for a token. */
  readonly rate: number;
  /** q̂ by worker. */
  readonly reliability: Readonly<Record<string, number>>;
  /** α and β by worker. */
  beta: Record<string, readonly [number, number]>;
  pools: LedgerPool[];
  escrow: number;
  pay: number[];
  inFlight: number[];
  /** Tokens. */
  vault: number;
  client: number;
  treasury: number;
  workers: Record<string, number>;
  bonds: Record<string, number>;
  burned: number;
}

export interface JobRules extends FeeRules {
  readonly fees: Fees;
  readonly bonus: number;
  readonly slash: number;
  readonly bondRatio: number;
}

export interface Job {
  readonly require: readonly number[];
  /** Credits put into escrow. */
  readonly budget: number;
  /** Part used. */
  readonly usage: number;
}

/** A part of a job, by worker. */
export interface Part {
  readonly value: number;
  readonly pay: number;
  readonly passed: boolean;
  readonly bonus: number;
  readonly slash: number;
  readonly compensation: number;
}

const effectiveOf = (l: Ledger, p: LedgerPool): number =>
  Object.entries(p.psi).reduce((sum, [worker, raw]) => sum + l.reliability[worker] * raw, 0);

const venueOf = (l: Ledger, p: LedgerPool): Venue => ({ ...p, psi: effectiveOf(l, p) });

const sumOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

export const creditsOf = (l: Ledger): number => sumOf(l.pools.map((p) => p.theta + p.hold)) + l.escrow + sumOf(l.pay);

/** A ledger whose vault covers its credits. */
export function openLedger(l: Omit<Ledger, 'escrow' | 'pay' | 'inFlight' | 'vault' | 'burned' | 'workers'>): Ledger {
  const none = () => l.pools.map(() => 0);
  const workers = Object.fromEntries(Object.keys(l.reliability).map((name) => [name, 0]));
  const made = { ...structuredClone(l), escrow: 0, pay: none(), inFlight: none(), vault: 0, burned: 0, workers };
  made.vault = creditsOf(made) / l.rate;
  return made;
}

/** What a ledger shows. */
export const shown = (l: Ledger) => ({
  psi: l.pools.map((p) => effectiveOf(l, p)),
  theta: l.pools.map((p) => p.theta),
  hold: l.pools.map((p) => p.hold),
  escrow: l.escrow,
  pay: [...l.pay],
  inFlight: [...l.inFlight],
  price: l.pools.map((p) => priceOf(venueOf(l, p))),
  credits: creditsOf(l),
  vault: l.vault,
  client: l.client,
  treasury: l.treasury,
  workers: { ...l.workers },
  bonds: { ...l.bonds },
  burned: l.burned,
  supply: l.client + l.treasury + l.vault + sumOf(Object.values(l.workers)) + sumOf(Object.values(l.bonds)),
});

export type Shown = ReturnType<typeof shown>;

/** What became of a job. */
export interface JobReport {
  readonly events: readonly (Shown & { readonly event: string })[];
  readonly effectiveCost: readonly number[];
  readonly feeRate: readonly number[];
  readonly grossCost: readonly number[];
  readonly rebateFromPool: readonly number[];
  readonly parts: Readonly<Record<string, Part>>;
  /** The ledger at its end; its `beta` has the evidence of this job. */
  readonly ledger: Ledger;
}

/** What was bought of each pool. */
interface Lot {
  readonly compute: Readonly<Record<string, number>>;
  readonly effective: number;
  readonly gross: number;
  readonly fee: number;
}

function allocate(l: Ledger, rules: JobRules, job: Job): Lot[] {
  const lots = l.pools.map((pool, i): Lot => {
    const [stock, r] = [effectiveOf(l, pool), job.require[i]];
    const fee = rules.fees.market + (rules.fees.risk * r) / stock;
    const effective = costOf(venueOf(l, pool), r);
    const gross = effective / (1 - fee);
    const part = r / stock;
    const compute = Object.fromEntries(
      Object.entries(pool.psi).map(([worker, raw]) => [worker, l.reliability[worker] * raw * part]),
    );
    const market = rules.fees.market * gross;
    const split = splitFees(market, gross - effective - market, rules);
    pool.psi = Object.fromEntries(Object.entries(pool.psi).map(([worker, raw]) => [worker, raw * (1 - part)]));
    pool.theta += effective + split.kept;
    l.pay[i] = pool.hold * part;
    pool.hold -= l.pay[i];
    l.inFlight[i] = r;
    l.treasury += split.treasury / l.rate;
    l.burned += split.burned / l.rate;
    l.vault -= (split.treasury + split.burned) / l.rate;
    return { compute, effective, gross, fee };
  });
  l.escrow -= sumOf(lots.map((lot) => lot.gross));
  return lots;
}

/** The unused part returns without a fee, at no more than it cost. Gives what was credited, by pool. */
function execute(l: Ledger, job: Job, lots: readonly Lot[]): number[] {
  const unused = 1 - job.usage;
  return l.pools.map((pool, i) => {
    const credit = Math.min(unused * lots[i].effective, paidFor(venueOf(l, pool), unused * job.require[i]));
    pool.theta -= credit;
    l.escrow += credit;
    for (const [worker, z] of Object.entries(lots[i].compute)) pool.psi[worker] += (unused * z) / l.reliability[worker];
    pool.hold += unused * l.pay[i];
    l.pay[i] *= job.usage;
    l.inFlight[i] *= job.usage;
    return credit;
  });
}

function settle(
  l: Ledger,
  rules: JobRules,
  job: Job,
  lots: readonly Lot[],
  outcomes: Readonly<Record<string, boolean>>,
): Record<string, Part> {
  const names = Object.keys(l.reliability);
  const parts = names.map((worker): [string, Part] => {
    const share = (i: number) => lots[i].compute[worker] / sumOf(Object.values(lots[i].compute));
    const value = sumOf(lots.map((lot, i) => lot.gross * job.usage * share(i)));
    if (worker === OUTSIDE) return [worker, { value, pay: 0, passed: true, bonus: 0, slash: 0, compensation: 0 }];
    const owed = (i: number) => sumOf(names.filter((n) => n !== OUTSIDE).map((n) => lots[i].compute[n]));
    const pay = sumOf(lots.map((lot, i) => (owed(i) > 0 ? (l.pay[i] * lot.compute[worker]) / owed(i) : 0)));
    const passed = outcomes[worker];
    const [alpha, beta] = l.beta[worker];
    const evidence = sumOf(lots.map((_, i) => share(i))) / lots.length;
    l.beta[worker] = passed ? [alpha + evidence, beta] : [alpha, beta + evidence];
    l.vault -= pay / l.rate;
    if (passed) {
      const bonus = Math.min((rules.bonus * l.reliability[worker] * value) / l.rate, l.treasury);
      l.treasury -= bonus;
      l.workers[worker] += pay / l.rate + bonus;
      return [worker, { value, pay, passed, bonus, slash: 0, compensation: 0 }];
    }
    const slash = Math.min((rules.slash * rules.bondRatio * value) / l.rate, l.bonds[worker]);
    const compensation = Math.min(slash, Math.max(0, value - pay) / l.rate);
    l.bonds[worker] -= slash;
    l.client += pay / l.rate + compensation;
    l.burned += slash - compensation;
    return [worker, { value, pay, passed, bonus: 0, slash, compensation }];
  });
  l.pay = l.pay.map(() => 0);
  l.inFlight = l.inFlight.map(() => 0);
  return Object.fromEntries(parts);
}

/** Runs a job on a copy of the ledger. */
export function runJob(
  start: Ledger,
  rules: JobRules,
  job: Job,
  outcomes: Readonly<Record<string, boolean>>,
): JobReport {
  const l = structuredClone(start);
  const events: (Shown & { event: string })[] = [];
  const tell = (event: string) => events.push({ event, ...shown(l) });
  tell('start');
  l.client -= job.budget / l.rate;
  l.vault += job.budget / l.rate;
  l.escrow += job.budget;
  tell('escrow');
  const lots = allocate(l, rules, job);
  tell('allocation');
  const rebateFromPool = execute(l, job, lots);
  tell('execution');
  const parts = settle(l, rules, job, lots, outcomes);
  tell('settlement');
  l.vault -= l.escrow / l.rate;
  l.client += l.escrow / l.rate;
  l.escrow = 0;
  tell('rebate');
  return {
    events,
    effectiveCost: lots.map((x) => x.effective),
    feeRate: lots.map((x) => x.fee),
    grossCost: lots.map((x) => x.gross),
    rebateFromPool,
    parts,
    ledger: l,
  };
}
