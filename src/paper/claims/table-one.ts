/**
 * Floor 5. The papers' first table on one tape: a pool by its curvature, and an oracle pool by delay and window, beside the
 * outside price. Definitions: docs/hmm-paper.md.
 */
import { impermanentLoss } from '../../compute/liquidity.js';
import { priceStability, trackingError } from '../../compute/metrics.js';
import { type OracleStep, runOracle } from '../../compute/oracle.js';
import { type Lab, type Mean, meanOf, oraclePool } from '../lab.js';
import { DEFAULT_CHARGES, type Flow, type Law, MINUTES_A_DAY, STOCK } from '../market.js';

export const RHOS = [0, 0.05, 0.2, 0.5] as const;
export const DELAYS = [0, 5, 15, 30, 60] as const;
export const WINDOWS = [1, 15, 30, 60, 120, 240] as const;
const DAYS = 7;
export const BLOCK = DAYS * MINUTES_A_DAY;

export const LAWS: readonly Law[] = [
  { name: 'GBM of 5 % a day', daily: 0.05 },
  { name: 'log-OU of 4 % a day, half-life 6 h', daily: 0.04, halfLife: 0.25 },
];

/** One pool's worth of compute a day either way; clients and workers who compare with the outside price. */
export const FLOW: Flow = { units: STOCK / MINUTES_A_DAY, supplyElasticity: 20, demandElasticity: 20, job: 2 };

/** What a design came to on one path. */
interface Row {
  readonly stability: number;
  readonly tracking: number;
  readonly loss: number;
  readonly hedged: number;
  readonly fill: number;
}

export type Measure = keyof Row;

/** A design on all paths, path by path. */
export type Sample = Readonly<Record<Measure, readonly number[]>>;

export interface TableOne {
  readonly law: Law;
  /** 1 − sd/mean of the outside price. */
  readonly outside: readonly number[];
  /** By RHOS. */
  readonly pools: readonly Sample[];
  /** By DELAYS, then WINDOWS. */
  readonly oracles: readonly (readonly Sample[])[];
  /** An oracle of L = 15, W = 30 by the part of its stock that arbitrage takes a minute. */
  readonly arbitraged: readonly { readonly share: number; readonly sample: Sample }[];
}

const SHARES = [0.005, 0.05, 0.5] as const;

const MEASURES: readonly Measure[] = ['stability', 'tracking', 'loss', 'hedged', 'fill'];

const sampleOf = (rows: readonly Row[]): Sample =>
  Object.fromEntries(MEASURES.map((m) => [m, rows.map((r) => r[m])])) as unknown as Sample;

const quality = (prices: readonly number[], outside: readonly number[]) => ({
  stability: priceStability(prices, prices.length),
  tracking: trackingError(prices, outside),
});

type Seen = Readonly<Record<string, Float64Array>>;

function poolRow(seen: Seen, rho: number, outside: readonly number[]): Row {
  const last = seen.price.length - 1;
  return {
    ...quality([...seen.price.subarray(1)], outside),
    loss: impermanentLoss(rho, outside[last - 1]),
    hedged: seen.hedged[last] / (2 * STOCK),
    fill: seen.filled[last] / seen.wanted[last],
  };
}

/** What clients and workers paid for a step, over the published price; what an arbitrageur pays is a part of the loss to it. */
const feesOf = ({ published: q, filled, supplied }: OracleStep, fee: number): number =>
  filled * ((q * fee) / (1 - fee)) + supplied * q * fee;

function oracleRow(outside: readonly number[], delay: number, window: number, arbitrage = 0.05): Row {
  const fee = DEFAULT_CHARGES.market;
  const { units, supplyElasticity, demandElasticity } = FLOW;
  const steps = runOracle(
    outside,
    oraclePool({ delay, window, fee, demand: units, supply: units, demandElasticity, supplyElasticity, arbitrage }),
  );
  const last = steps[steps.length - 1];
  const price = outside[outside.length - 1];
  const worth = last.psi * price + last.theta;
  let [fees, moves, filled, wanted, held, before] = [0, 0, 0, 0, STOCK, 1];
  steps.forEach((step, t) => {
    moves += held * (outside[t] - before);
    fees += feesOf(step, fee);
    filled += step.filled;
    wanted += step.demand;
    held = step.psi;
    before = outside[t];
  });
  return {
    ...quality(
      steps.map((s) => s.published),
      outside,
    ),
    loss: (worth - fees) / (STOCK * price + STOCK) - 1,
    hedged: (worth - 2 * STOCK - moves) / (2 * STOCK),
    fill: filled / wanted,
  };
}

async function measure(lab: Lab, law: Law): Promise<TableOne> {
  const market = lab.drawn(law, BLOCK);
  const pools: Row[][] = RHOS.map(() => []);
  const oracles: Row[][][] = DELAYS.map(() => WINDOWS.map(() => []));
  const arbitraged: Row[][] = SHARES.map(() => []);
  const outside: number[] = [];
  for (let path = 0; path < lab.paths; path++) {
    let prices: number[] = [];
    RHOS.forEach((rho, k) => {
      const seen = market.path(rho, DEFAULT_CHARGES, FLOW, path);
      prices = [...seen.outsidePrice.subarray(1)];
      pools[k].push(poolRow(seen, rho, prices));
    });
    outside.push(priceStability(prices, prices.length));
    DELAYS.forEach((delay, i) => {
      WINDOWS.forEach((window, j) => {
        oracles[i][j].push(oracleRow(prices, delay, window));
      });
    });
    SHARES.forEach((share, k) => {
      arbitraged[k].push(oracleRow(prices, 15, 30, share));
    });
    lab.tell(`${law.name}: path ${path + 1} of ${lab.paths}`);
    await lab.turn();
  }
  return {
    ...{ law, outside, pools: pools.map(sampleOf), oracles: oracles.map((row) => row.map(sampleOf)) },
    arbitraged: SHARES.map((share, k) => ({ share, sample: sampleOf(arbitraged[k]) })),
  };
}

/** Both laws; measured once a study. */
export const tableOne = (lab: Lab): Promise<readonly TableOne[]> =>
  lab.once('table one', async () => [await measure(lab, LAWS[0]), await measure(lab, LAWS[1])]);

/** The difference of two designs path by path, the first less the second. */
export const paired = (a: readonly number[], b: readonly number[]): Mean => meanOf(a.map((x, k) => x - b[k]));
