/** Floor 5. Cases of ledgers, reliabilities and the oracle baseline: plain numbers, the same on every target. */
import { z } from 'zod';
import { type Ledger, OUTSIDE, openLedger, runJob, shown } from '../../compute/job.js';
import { expectedGain, proportionalPair, routingWeights } from '../../compute/liquidity.js';
import { ask, bid, published, runOracle, withinForGood } from '../../compute/oracle.js';
import {
  informationGain,
  logOddsWeights,
  mean,
  oddsWeights,
  poaiQuality,
  variance,
} from '../../compute/reliability.js';
import { type Compared, kindOf, type NamedCheck } from '../named.js';
import { number, numbers, rows } from '../price-fields.js';
import { fieldsOf } from './trades.js';

const byWorker = z.record(z.string(), number);
const flags = z.record(z.string(), z.boolean());

const job = z.object({
  rate: number,
  reliability: byWorker,
  beta: z.record(z.string(), z.tuple([number, number])),
  pools: z.array(z.object({ rho: number, scale: number, psi: byWorker, theta: number, hold: number })),
  clientTokens: number,
  treasury: number,
  bonds: byWorker,
  marketFee: number,
  riskFee: number,
  burn: number,
  treasuryShare: number,
  burnBase: z.enum(['market', 'total']).default('market'),
  bonus: number,
  slash: number,
  bondRatio: number,
  job: z.object({ require: numbers, budget: number, usage: number }),
});

type JobCase = z.infer<typeof job>;

const ledgerOf = (c: JobCase): Ledger => openLedger({ ...c, client: c.clientTokens });
const run = (c: JobCase, outcomes: Readonly<Record<string, boolean>>) =>
  runJob(ledgerOf(c), { ...c, fees: { market: c.marketFee, risk: c.riskFee } }, c.job, outcomes);

/** All numbers of a record, records within it too, by the order of keys of what was wanted. */
function flat(value: unknown, like: unknown): number[] {
  if (typeof like === 'number' || typeof like === 'boolean') return [Number(value)];
  if (Array.isArray(like)) return like.flatMap((x, i) => flat((value as unknown[])[i], x));
  return Object.entries(like as object).flatMap(([key, x]) => flat((value as Record<string, unknown>)[key], x));
}

/** Every field of each of a list of records. */
function records(got: readonly object[], wanted: readonly Readonly<Record<string, unknown>>[]): Compared[] {
  return Object.keys(wanted[0])
    .filter((key) => key !== 'event')
    .map((field) => ({
      field,
      got: wanted.flatMap((w, i) => flat((got[i] as Record<string, unknown>)[field], w[field])),
      wanted: wanted.flatMap((w) => flat(w[field], w[field])),
    }));
}

const settlement = kindOf(
  job.extend({ outcomes: flags }),
  z.object({
    events: z.array(z.looseObject({ event: z.string() })),
    details: z.looseObject({ workers: z.record(z.string(), z.unknown()), posterior: z.record(z.string(), numbers) }),
  }),
  (c, want) => {
    const found = run(c, c.outcomes);
    const events = want.events.map(({ event }) => found.events.find((e) => e.event === event) ?? {});
    const details = { ...found, workers: found.parts, posterior: found.ledger.beta };
    return [...records(events, want.events), ...records([details], [want.details])];
  },
);

const settlementExpected = kindOf(
  job.extend({ passProbability: byWorker }),
  z.object({
    psi: numbers,
    theta: numbers,
    hold: numbers,
    vault: number,
    treasury: number,
    bonds: numbers,
    burned: number,
    supply: number,
    posterior: z.record(z.string(), numbers),
  }),
  (c, want) => {
    const workers = Object.keys(c.reliability).filter((name) => name !== OUTSIDE);
    const all = Array.from({ length: 2 ** workers.length }, (_, bits) => {
      const outcomes = Object.fromEntries(workers.map((name, k) => [name, ((bits >> k) & 1) === 1]));
      const chance = workers.reduce(
        (p, name) => p * (outcomes[name] ? c.passProbability[name] : 1 - c.passProbability[name]),
        1,
      );
      const { ledger } = run(c, outcomes);
      const seen = { ...shown(ledger), bonds: workers.map((name) => ledger.bonds[name]), posterior: ledger.beta };
      return { chance, values: (key: keyof typeof want) => flat(seen[key], want[key]) };
    });
    return (Object.keys(want) as (keyof typeof want)[]).map((field) => ({
      field,
      got: all
        .map(({ chance, values }) => values(field).map((x) => chance * x))
        .reduce((a, b) => a.map((x, i) => x + b[i])),
      wanted: flat(want[field], want[field]),
    }));
  },
);

const quality = kindOf(
  z.object({
    alpha: number,
    beta: number,
    attestations: numbers,
    rawSupply: rows,
    reliability: numbers,
    expertReliability: numbers,
  }),
  z.object({
    rows: z.array(byWorker),
    firstInformationGain: number,
    effectiveSupply: numbers,
    expertWeightsOdds: numbers,
    expertWeightsLogOdds: numbers,
  }),
  (c, want) => {
    let [alpha, beta] = [c.alpha, c.beta];
    const found = c.attestations.map((passed) => {
      alpha += passed;
      beta += 1 - passed;
      const information = informationGain(alpha, beta);
      return { alpha, beta, q: mean(alpha, beta), variance: variance(alpha, beta), informationGain: information };
    });
    const supply = c.rawSupply[0].map((_, i) =>
      c.rawSupply.reduce((sum, row, j) => sum + c.reliability[j] * row[i], 0),
    );
    return [
      ...fieldsOf(found, want.rows),
      { field: 'first gain', got: [informationGain(c.alpha, c.beta)], wanted: [want.firstInformationGain] },
      { field: 'effective supply', got: supply, wanted: want.effectiveSupply },
      { field: 'odds', got: oddsWeights(c.expertReliability), wanted: want.expertWeightsOdds },
      { field: 'log odds', got: logOddsWeights(c.expertReliability), wanted: want.expertWeightsLogOdds },
    ];
  },
);

const efeRouting = kindOf(
  z.object({
    informationGain: numbers,
    utility: numbers,
    cost: numbers,
    costWeight: number,
    beta: number,
    budget: number,
    prices: numbers,
    psi: numbers,
    theta: numbers,
  }),
  z.object({ efe: numbers, weights: numbers, deposits: z.array(byWorker), poaiQuality: numbers }),
  (c, want) => {
    const efe = c.informationGain.map((gain, i) => expectedGain(gain, c.utility[i], c.cost[i], c.costWeight));
    const weights = routingWeights(efe, c.beta);
    const deposits = weights.map((w, i) => {
      const pair = proportionalPair(w * c.budget, c.prices[i], c.psi[i], c.theta[i]);
      return { value: w * c.budget, psi: pair.psi, theta: pair.theta, sharesFraction: pair.part };
    });
    return [
      { field: 'efe', got: efe, wanted: want.efe },
      { field: 'weights', got: weights, wanted: want.weights },
      ...fieldsOf(deposits, want.deposits),
      {
        field: 'quality',
        got: c.informationGain.map((gain, i) => poaiQuality(gain, c.utility[i], c.cost[i])),
        wanted: want.poaiQuality,
      },
    ];
  },
);

const count = z.number().int().nonnegative();
const oracle = {
  prices: numbers,
  window: count,
  delay: count,
  heartbeat: count,
  deviation: number.nullish().transform((x) => x ?? undefined),
  fee: number,
};

const oracleQuotes = kindOf(
  z.object(oracle),
  z.object({ published: numbers, ask: numbers, bid: numbers, firstWithin5PercentForGood: number }),
  (c, want) => {
    const quotes = published(c.prices, c);
    return [
      { field: 'published', got: quotes, wanted: want.published },
      { field: 'ask', got: quotes.map((q) => ask(q, c.fee)), wanted: want.ask },
      { field: 'bid', got: quotes.map((q) => bid(q, c.fee)), wanted: want.bid },
      {
        field: 'within 5 % for good',
        got: [withinForGood(quotes, c.prices, 0.05)],
        wanted: [want.firstWithin5PercentForGood],
      },
    ];
  },
);

const oraclePool = kindOf(
  z.object({
    ...oracle,
    psi0: number,
    theta0: number,
    demand0: number,
    supply0: number,
    elasticity: number,
    arbitrageFraction: number,
  }),
  z.object({ rows: z.array(byWorker) }),
  (c, want) => {
    const steps = runOracle(c.prices, {
      ...c,
      psi: c.psi0,
      theta: c.theta0,
      demand: c.demand0,
      supply: c.supply0,
      demandElasticity: c.elasticity,
      supplyElasticity: c.elasticity,
      arbitrage: c.arbitrageFraction,
    });
    return fieldsOf(
      want.rows.map(({ t }) => ({ t, ...steps[t] })),
      want.rows,
    );
  },
);

export const LEDGER_KINDS: Readonly<Record<string, NamedCheck>> = {
  settlement,
  settlementExpected,
  quality,
  efeRouting,
  oracleQuotes,
  oraclePool,
};
