/**
 * Floor 5. Export `hjb`: a trained maker for bots of the Hyperliquid HJB framework: its parameter structs, the table of
 * regimes, and the trained law, as JSON and as Rust. The structs say of the market what they can; the law is what to quote by.
 */
import { z } from 'zod';
import { policies } from '../../kernels/makers/policies/index.js';
import { UserError } from '../errors.js';
import { steppedValue } from '../makers/discrete.js';
import { valueOfPolicy } from '../makers/long-run.js';
import { singleAsset } from '../makers/problem.js';
import { tablePolicy } from '../makers/quotes.js';
import { readDocument, writeDocument } from './document.js';
import { tableOf } from './hjb-law.js';
import type { SystemProvenance } from './system.js';

export const HJB_FORMAT = 'poolgrad/hjb';

const perState = z.array(z.array(z.array(z.number().nullable())));
const positive = z.number().nonnegative();

const stateSchema = z.strictObject({
  lambdaBid: positive,
  lambdaAsk: positive,
  kappaBid: z.number().positive(),
  kappaAsk: z.number().positive(),
  phi: positive,
  drift: z.number(),
  jumpBid: z.number(),
  jumpAsk: z.number(),
});

const tuningSchema = z.strictObject({
  skew_adjustment_factor: z.number(),
  adverse_selection_adjustment_factor: z.number(),
  adverse_selection_lambda: z.number(),
  inventory_urgency_threshold: z.number(),
  liquidation_rate_multiplier: z.number(),
  min_spread_base_ratio: z.number(),
  adverse_selection_spread_scale: z.number(),
});

/** The framework's HJBComponents and φ of its ValueFunction, by regime. */
const regimeSchema = z.strictObject({
  lambda_base: z.number().describe('fills a second at the best quotes of a balanced book'),
  phi: z.number().describe('of HJBComponents and ValueFunction alike'),
  taker_fee_bps: z.number(),
  beta: z.number().describe('decay per basis point, which the framework has as a constant .1'),
  lob_imbalance: z.number().describe('I at which the sides have their rates'),
});

const documentSchema = z.strictObject({
  format: z.literal(HJB_FORMAT),
  formatVersion: z.literal(1),
  assets: z.array(z.string()),
  midPrice: z.number().positive().describe('what basis points are of'),
  policy: z.string(),
  regimes: z.array(regimeSchema).min(1),
  terminal_time: z.number().positive().describe('seconds of a scenario of the training'),
  TuningParams: tuningSchema.nullable().describe('of the heuristic; null for other laws'),
  half_spread_bps: z.number().nullable().describe('base of the heuristic'),
  max_absolute_position_size: z.number(),
  law: z.strictObject({
    inventories: z.array(z.number()),
    elapsed: z.array(z.number()),
    bid: perState,
    ask: perState,
    take: z.array(z.array(z.array(z.number()))),
  }),
  market: z.strictObject({
    states: z.array(stateSchema).min(1),
    generator: z.array(z.array(z.number())),
    alpha: z.number(),
    rebate: z.number(),
    takerCost: z.number(),
    minOffset: z.number().nullable(),
    dt: z.number().positive().describe('seconds of a step of the training'),
    thinning: z.enum(['poisson', 'bernoulli']),
  }),
  provenance: z.looseObject({}),
});

export type HjbDocument = z.output<typeof documentSchema>;

export interface HjbInput {
  readonly assets: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
  /** Values of the parameters, by the system's own names. */
  readonly value: Readonly<Record<string, readonly number[]>>;
  readonly midPrice: number;
  /** Seconds of a scenario, and of a step. */
  readonly horizon: number;
  readonly dt: number;
  readonly provenance: SystemProvenance;
}

/** The heuristic's own names of the framework's tuned numbers; what a maker does not train has the framework's default. */
function tuningOf(value: HjbInput['value']): HjbDocument['TuningParams'] {
  const of = (key: string, fallback: number) => value[key]?.[0] ?? fallback;
  return {
    skew_adjustment_factor: of('skew', 0.5),
    adverse_selection_adjustment_factor: of('adverse', 0.5),
    adverse_selection_lambda: 0.1,
    inventory_urgency_threshold: of('urgencyThreshold', 0.7),
    liquidation_rate_multiplier: of('liquidationRate', 10),
    min_spread_base_ratio: of('minSpreadRatio', 0.2),
    adverse_selection_spread_scale: 100,
  };
}

/** The market that a maker was trained in. */
function marketOf({ settings, value, dt }: HjbInput): HjbDocument['market'] {
  const { states: count } = settings;
  const of = (key: string, j: number) => value[key]?.[Math.min(j, value[key].length - 1)] ?? 0;
  const states = Array.from({ length: count }, (_, j) => ({
    ...{ lambdaBid: of('lambdaBid', j), lambdaAsk: of('lambdaAsk', j) },
    ...{ kappaBid: of('kappaBid', j), kappaAsk: of('kappaAsk', j) },
    ...{ phi: of('phi', j), drift: of('drift', j), jumpBid: of('jumpBid', j), jumpAsk: of('jumpAsk', j) },
  }));
  let next = 0;
  const off = states.map((_, i) => states.map((_s, j) => (i === j ? 0 : (value.rates?.[next++] ?? 0))));
  const generator = off.map((row, i) => row.map((x, j) => (i === j ? -row.reduce((a, b) => a + b, 0) : x)));
  return {
    ...{ states, generator, alpha: of('alpha', 0), rebate: of('rebate', 0), takerCost: of('takerCost', 0) },
    minOffset: value.halfSpread?.[0] ?? null,
    dt,
    thinning: settings.thinning === 1 ? 'bernoulli' : 'poisson',
  };
}

/**
 * λ₀ = (λᵇ + λᵃ)/2·e^{−κΔ/2}, I = λᵃ/(λᵇ + λᵃ), β = κ·S·10⁻⁴ of the sides' mean, fee = what a taker pays beyond half the spread:
 * the numbers with which the framework's fill rates are those of the market.
 */
function regimesOf({ states, minOffset, takerCost }: HjbDocument['market'], midPrice: number): HjbDocument['regimes'] {
  const bp = midPrice * 1e-4;
  const half = minOffset ?? 0;
  return states.map((s) => {
    const [lambda, kappa] = [(s.lambdaBid + s.lambdaAsk) / 2, (s.kappaBid + s.kappaAsk) / 2];
    return {
      lambda_base: lambda * Math.exp(-kappa * half),
      phi: s.phi,
      taker_fee_bps: Math.max(takerCost - half, 0) / bp,
      beta: kappa * bp,
      lob_imbalance: lambda > 0 ? s.lambdaAsk / (2 * lambda) : 0.5,
    };
  });
}

/** The document of a trained maker. */
export function hjbDocument(input: HjbInput): HjbDocument {
  const { settings, value, midPrice } = input;
  const policy = policies[settings.policy].name;
  const market = marketOf(input);
  const isHeuristic = policy === 'heuristic';
  const { inventories, elapsed, bid, ask, take } = tableOf(value, settings);
  return readDocument(
    'export hjb',
    writeDocument({
      ...{ format: HJB_FORMAT, formatVersion: 1, assets: input.assets, midPrice, policy },
      regimes: regimesOf(market, midPrice),
      terminal_time: input.horizon,
      TuningParams: isHeuristic ? tuningOf(value) : null,
      half_spread_bps: isHeuristic ? ((value.base?.[0] ?? 0) * (value.pointsOf?.[0] ?? midPrice)) / midPrice : null,
      max_absolute_position_size: isHeuristic ? settings.maxPosition : Math.max(settings.qMax, -settings.qMin),
      law: { inventories, elapsed, bid, ask, take },
      market,
      provenance: input.provenance,
    }),
    documentSchema,
  );
}

/** @throws UserError where the text is no such file */
export function parseHjb(text: string): HjbDocument {
  const document = readDocument('parse hjb', text, documentSchema);
  const { law, market } = document;
  const states = market.states.length;
  const fits = [law.bid, law.ask, law.take].every(
    (side) =>
      side.length === states &&
      side.every(
        (rows) => rows.length === law.elapsed.length && rows.every((r) => r.length === law.inventories.length),
      ),
  );
  if (fits && document.regimes.length === states) return document;
  throw new UserError(
    `parse hjb: law and regimes must have ${states} states, as the market has; mend the file or export the checkpoint again`,
  );
}

/** Where a file does not say all that was trained, in sentences. */
export function hjbWarnings({ market, law, policy }: HjbDocument): string[] {
  const uneven = market.states.some((s) => s.kappaBid !== s.kappaAsk);
  const moving = market.states.some((s) => s.drift !== 0 || s.jumpBid !== 0 || s.jumpAsk !== 0);
  return [
    ...(uneven ? ['the framework has one decay of fills for both sides: beta is that of their mean'] : []),
    ...(moving
      ? ['the framework knows neither drift nor adverse selection of a price: the law has them, its structs do not']
      : []),
    ...(law.elapsed.length > 1 ? ['the law depends on the time that is gone: the bot has to tell it'] : []),
    ...(policy === 'heuristic' ? [] : ['TuningParams is null: the law is no heuristic; quote by the table']),
  ];
}

/** What the law of a file is worth a second in its market, in the long run; null where it changes with time. */
export function worthOf({ law, market }: HjbDocument): number | null {
  if (law.elapsed.length > 1) return null;
  const { inventories, bid, ask, take } = law;
  const problem = singleAsset({
    ...{ qMin: inventories[0], qMax: inventories[inventories.length - 1], alpha: market.alpha, rebate: market.rebate },
    ...{ states: market.states, generator: market.generator, taker: { rate: 1, cost: market.takerCost } },
    ...(market.minOffset === null ? {} : { minOffset: market.minOffset }),
  });
  const flat = <T>(side: readonly (readonly (readonly T[])[])[]): T[] => side.flatMap(([rows]) => [...rows]);
  const rates = flat(take);
  const held = market.states.flatMap(() => inventories);
  const taking = {
    buy: rates.map((x, i) => (held[i] < 0 ? x : 0)),
    sell: rates.map((x, i) => (held[i] > 0 ? x : 0)),
  };
  const origin = Math.max(0, inventories.indexOf(0));
  return valueOfPolicy(problem, tablePolicy(problem, { bid: flat(bid), ask: flat(ask) }, taking), origin).value;
}

/** The same in the steps of the training; null where the law takes, changes with time, or fills are flat inside a spread. */
export function steppedWorthOf({ law, market }: HjbDocument): number | null {
  const takes = law.take.some((rows) => rows.some((r) => r.some((x) => x !== 0)));
  if (law.elapsed.length > 1 || takes || market.minOffset !== null) return null;
  const { inventories, bid, ask } = law;
  const limits = { qMin: inventories[0], qMax: inventories[inventories.length - 1] };
  return steppedValue({ ...market, ...limits }, { bid: bid.map(([rows]) => rows), ask: ask.map(([rows]) => rows) })
    .value;
}
