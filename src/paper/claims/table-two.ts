/** Floor 5. The papers' second table: how long a pool, and an oracle pool, take to recover from a shock of supply. */
import { runOracle } from '../../compute/oracle.js';
import { type Lab, oraclePool } from '../lab.js';
import { type Flow, STOCK, type Tape } from '../market.js';

/** What a recovery comes back to. */
const WITHIN = 0.05;
const FILLED = 0.95;
/** Minutes of a step: near to continuous time, flows of a step far below 1 % of Ψ. */
const STEP = 0.01;
const ELASTICITY = 1.5;
const SHOCK_MINUTES = 60;
/** Minutes that a recovery is waited for. */
const WAIT = 60;
const NO_FEES = { market: 0, risk: 0 };
const FEE = 0.003;

export const SHOCK_RHOS = [0, 0.05, 0.2, 0.5, 0.8] as const;
/** s₀: units a minute either way, of a pool of 1000. */
export const TURNOVERS = [10, 20, 40] as const;
export const SHOCK_DELAYS = [0, 15, 30] as const;
export const SHOCK_WINDOWS = [1, 15, 30, 60] as const;

/** Where supply halves, demand at its price meets it at p* = ½^(−1/(η + ε)). */
const shockPrice = 0.5 ** (-1 / (2 * ELASTICITY));

const flowOf = (units: number): Flow => ({
  units,
  supplyElasticity: ELASTICITY,
  demandElasticity: ELASTICITY,
  job: 1,
});

/** Half of the stock is gone in the first step. */
function stockTape(minutes: number): Tape {
  const rows = Math.round(minutes / STEP) + 1;
  return {
    prices: new Float64Array(rows).fill(1),
    destroyed1: Float64Array.from({ length: rows }, (_, t) => (t === 1 ? 0.5 : 0)),
  };
}

/** Half of the supply is gone for an hour. */
function supplyTape(): Tape {
  const on = Math.round(SHOCK_MINUTES / STEP);
  const rows = on + Math.round(WAIT / STEP) + 1;
  return {
    prices: new Float64Array(rows).fill(1),
    supply1: Float64Array.from({ length: rows }, (_, t) => (t <= on ? 0.5 : 1)),
  };
}

/** Minutes until all is well for good; null where the last step is not. */
function recovered(well: readonly boolean[], minutes: number): number | null {
  let t = well.length;
  while (t > 0 && well[t - 1]) t -= 1;
  return t === well.length ? null : Number((t * minutes).toFixed(2));
}

type Seen = Readonly<Record<string, Float64Array>>;

/** Whether price and fill are right after step `t` of rows `from` … */
function wellSteps(seen: Seen, from: number, to: number, target: number): boolean[] {
  return Array.from({ length: to - from }, (_, k) => {
    const t = from + k + 1;
    const fill = (seen.filled[t] - seen.filled[t - 1]) / (seen.wanted[t] - seen.wanted[t - 1]);
    return Math.abs(seen.price[t] / target - 1) <= WITHIN && fill >= FILLED;
  });
}

export interface PoolRecovery {
  readonly rho: number;
  readonly units: number;
  /** Minutes; null: not while it was waited for. */
  readonly stock: number | null;
  readonly onset: number | null;
  readonly end: number | null;
}

export async function poolRecoveries(lab: Lab): Promise<readonly PoolRecovery[]> {
  return lab.once('pool recoveries', async () => {
    const lost = lab.recorded('half of the stock', stockTape(WAIT + 10), STEP);
    const halved = lab.recorded('half of the supply', supplyTape(), STEP);
    const found: PoolRecovery[] = [];
    for (const units of TURNOVERS) {
      for (const rho of SHOCK_RHOS) {
        lab.tell(`shocks at ρ = ${rho}, ${units} units a minute`);
        await lab.turn();
        const stock = lost.path(rho, NO_FEES, flowOf(units));
        const supply = halved.path(rho, NO_FEES, flowOf(units));
        const on = Math.round(SHOCK_MINUTES / STEP);
        const last = supply.price.length - 1;
        found.push({
          rho,
          units,
          stock: recovered(wellSteps(stock, 0, stock.price.length - 1, 1), STEP),
          onset: recovered(wellSteps(supply, 0, on, shockPrice), STEP),
          end: recovered(wellSteps(supply, on, last, 1), STEP),
        });
      }
    }
    return found;
  });
}

export interface OracleRecovery {
  readonly onset: number | null;
  readonly end: number | null;
  /** Least part of the demand that was met in a minute. */
  readonly fill: number;
}

/** Supply is halved for an hour; the outside price is the one at which both meet. Minute steps, no arbitrage. */
export function oracleRecovery(delay: number, window: number, units: number, stock = STOCK): OracleRecovery {
  const before = delay + window + 1;
  const on = before + SHOCK_MINUTES;
  const minutes = on + delay + window + WAIT;
  const during = (t: number) => t >= before && t < on;
  const prices = Array.from({ length: minutes }, (_, t) => (during(t) ? shockPrice : 1));
  // flows compare with 1: what moves the price is that supply is short
  const base = (t: number) => prices[t] ** -ELASTICITY;
  const steps = runOracle(
    prices,
    oraclePool({
      ...{ delay, window, fee: FEE, psi: stock, theta: stock, demand: units, supply: units, arbitrage: 0 },
      ...{ supplyElasticity: ELASTICITY, demandElasticity: ELASTICITY },
    }),
    { demand: base, supply: (t) => (during(t) ? 0.5 : 1) / base(t) },
  );
  const fills = steps.map((s) => s.filled / s.demand);
  const well = steps.map((s, t) => Math.abs(s.published / prices[t] - 1) <= WITHIN && fills[t] >= FILLED);
  return {
    onset: recovered(well.slice(before, on), 1),
    end: recovered(well.slice(on), 1),
    fill: Math.min(...fills),
  };
}
