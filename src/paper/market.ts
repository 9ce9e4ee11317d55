/** Floor 5. The market of the papers' tables as roll-outs: one resource, no burn, on drawn prices or under a shock. */
import { computeMarket } from '../../kernels/compute/market.js';
import { gbm } from '../../kernels/prices/gbm.js';
import { ou } from '../../kernels/prices/ou.js';
import { createRollout } from '../rollout/compiled.js';
import type { ObjectiveModel } from '../rollout/model.js';
import type { Path, Rollout } from '../rollout/rollout.js';
import type { RolloutSpec } from '../rollout/spec.js';
import type { SynchronousTarget } from '../targets/target.js';

export const MINUTES_A_DAY = 1440;
const DAYS_A_YEAR = 365;
/** Reserves at the start, both sides of the pool, at a price of 1. */
export const STOCK = 1000;

/** What a pool charges. */
export interface Charges {
  /** f_m */
  readonly market: number;
  /** λ_r */
  readonly risk: number;
}

export const DEFAULT_CHARGES: Charges = { market: 0.003, risk: 0.02 };

/** Supply and demand of a market, both answering to the price with a power. */
export interface Flow {
  /** Units a minute at the reference price, either way. */
  readonly units: number;
  readonly supplyElasticity: number;
  readonly demandElasticity: number;
  /** Units of a job. */
  readonly job: number;
}

/** What drives a market step by step, each with a number a row. */
export interface Tape {
  readonly prices: Float64Array;
  readonly destroyed1?: Float64Array;
  readonly supply1?: Float64Array;
}

/** Outside prices that are drawn, from a price of 1. */
export interface Law {
  readonly name: string;
  /** Standard deviation of a day's change of ln P. */
  readonly daily: number;
  /** Days after which half of a deviation is gone; none: a random walk. */
  readonly halfLife?: number;
}

/** Costs below which all accept: so low that they never all do, and acceptance is a power throughout. */
const LIMIT = 0.5;

const worth: ObjectiveModel = {
  name: 'worth',
  doc: 'worth of the pools at the end',
  reads: ['value'],
  every: 0,
  score: ({ last }) => last.value[0],
};

type Values = Record<string, number[]>;

const named = (values: Readonly<Record<string, number>>): Values =>
  Object.fromEntries(Object.entries(values).map(([name, x]) => [`${computeMarket.name}.${name}`, [x]]));

function valuesOf(rho: number, { market, risk }: Charges, flow: Flow): Values {
  return named({
    rho,
    priceScale: 1,
    marketFee: market,
    riskFee: risk,
    compute0: 0,
    compute1: STOCK,
    credits: STOCK,
    // a worker who never fails and is no risk
    passes1: 1,
    fails1: 0,
    truth1: 1,
    supply1: flow.units,
    supplyElasticity: flow.supplyElasticity,
    require1: flow.job,
    arrivals1: (flow.units / flow.job) * LIMIT ** -flow.demandElasticity,
    limit1: LIMIT,
    elasticity1: flow.demandElasticity,
    // jobs are over at once: what a table asks does not depend on it
    duration1: 1e-3,
    burn: 0,
    treasuryShare: 0,
  });
}

/** A market that is compiled once and run for many parameters. */
export class StudyMarket {
  private constructor(
    private readonly rollout: Rollout,
    private readonly fixed: Values,
    private readonly rows: number,
  ) {}

  /** On prices that are drawn, scenario by scenario; `steps` of a minute. */
  static drawn(law: Law, steps: number, seed: number, target: SynchronousTarget, threads?: number): StudyMarket {
    const years = Math.sqrt(DAYS_A_YEAR);
    const settled = law.halfLife !== undefined;
    const values: Values = settled
      ? {
          'ou.start': [1],
          'ou.theta': [1],
          'ou.sigma': [law.daily * years],
          'ou.kappa': [(Math.LN2 / (law.halfLife as number)) * DAYS_A_YEAR],
        }
      : { 'gbm.start': [1], 'gbm.mu': [0], 'gbm.sigma': [law.daily * years] };
    const source = { kind: 'drawn', model: settled ? ou : gbm, settings: {}, seed } as RolloutSpec['source'];
    const spec = specOf(source, 60_000, { start: 0, centre: 0, reference: 0, arbitrage: 1 });
    return new StudyMarket(createRollout(spec, null, target, { threads }), values, steps + 1);
  }

  /** On a tape, in steps of some minutes; prices are compared with 1, and nobody trades them against the tape's. */
  static recorded(tape: Tape, minutes: number, target: SynchronousTarget): StudyMarket {
    const { prices, ...series } = tape;
    const data = { assets: ['R'], rows: prices.length, prices, volume: null, series };
    const source = { kind: 'recorded', series: Object.keys(series) } as RolloutSpec['source'];
    const spec = specOf(source, minutes * 60_000, { start: 0, centre: 0, reference: 1, arbitrage: 0 });
    const one = { [`${computeMarket.name}.referencePrice`]: [1] };
    return new StudyMarket(createRollout(spec, data, target, { threads: 1 }), one, prices.length);
  }

  /** One path: what the market shows at each step, of scenario `scenario` where prices are drawn. */
  path(rho: number, charges: Charges, flow: Flow, scenario = 0): Path['observed'] {
    const raw = this.rollout.layout.raws({ ...this.fixed, ...valuesOf(rho, charges, flow) });
    return this.rollout.path(raw, scenario, this.rows, 1).observed;
  }

  dispose(): void {
    this.rollout.dispose();
  }
}

const specOf = (source: RolloutSpec['source'], interval: number, settings: Record<string, number>): RolloutSpec => ({
  assets: ['R'],
  clock: { interval },
  source,
  system: computeMarket,
  objective: worth,
  penalties: [],
  settings: { workers: 1, classes: 1, ...settings },
});
