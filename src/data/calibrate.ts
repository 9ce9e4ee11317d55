/**
 * Floor 4. Fits the price-elastic flow to recorded volume. The flow wishes to trade, per step and as a fraction of the
 * pool's value,
 *
 *     u = v₀·a_t·exp(−b·c),  c = fee + slippage of an order of size ε·value,  mean of a_t = 1,
 *
 * so that ln(volume per step / pool value) = ln v₀ − b·c: one venue gives v₀ for a stated b; venues (or fee tiers) of
 * different cost give both, by least squares.
 */
import { UserError } from '../errors.js';
import { nearestName } from './names.js';

/** A venue with a constant fee. Amounts share one currency. */
export interface FeeTier {
  /** Fraction paid on the input, e.g. .003. */
  readonly fee: number;
  /** Mean traded volume per step of the roll-out. */
  readonly volumePerStep: number;
  /** Mean pool value. */
  readonly tvl: number;
  /** Cost beside the fee of an order of size ε·tvl, as a fraction; undefined: that of a constant-product pool. */
  readonly slippage?: number;
}

export interface ElasticFit {
  readonly v0: number;
  readonly b: number;
  readonly epsilon: number;
  /** null where the data leaves none: b stated rather than fitted, or as many tiers as unknowns. */
  readonly standardError: { readonly v0: number | null; readonly b: number | null };
  /** Cost c of each tier. */
  readonly costs: readonly number[];
}

/**
 * Slippage of an order of size ε·value in a 50/50 constant-product pool, against the price before it: x/(R + x) with
 * x = ε·value paid into a reserve R = value/2.
 */
export function constantProductSlippage(epsilon: number): number {
  return (2 * epsilon) / (1 + 2 * epsilon);
}

/** The cost c of trading at a tier. */
export function tierCost(tier: Pick<FeeTier, 'fee' | 'slippage'>, epsilon: number): number {
  return tier.fee + (tier.slippage ?? constantProductSlippage(epsilon));
}

/**
 * Ordinary least squares of ln(volume/tvl) on cost over two or more tiers. Standard errors from three tiers on; that of
 * v₀ by the delta method. Throws UserError where the costs do not differ or volume does not fall with cost.
 */
export function fitTiers(tiers: readonly FeeTier[], epsilon: number): ElasticFit {
  checkEpsilon(epsilon);
  tiers.forEach(checkTier);
  if (tiers.length < 2) {
    throw new UserError('calibrate: expected at least two tiers to fit b, got 1; add a --tier, or state --b', 2);
  }
  const n = tiers.length;
  const costs = tiers.map((tier) => tierCost(tier, epsilon));
  const y = tiers.map((tier) => Math.log(tier.volumePerStep / tier.tvl));
  const meanCost = mean(costs);
  const sxx = sum(costs.map((c) => (c - meanCost) ** 2));
  if (Math.sqrt(sxx / n) < 1e-9) {
    throw new UserError('calibrate: all tiers cost the same, so b cannot be told; give tiers of different fees');
  }
  const slope = sum(costs.map((c, i) => (c - meanCost) * (y[i] - mean(y)))) / sxx;
  const b = -slope;
  if (!(b > 0)) {
    throw new UserError(
      `calibrate: volume rises with cost in these tiers (b = ${b.toPrecision(4)}), which the elastic flow cannot express; check volume and tvl of each, or state --b`,
    );
  }
  const intercept = mean(y) - slope * meanCost;
  const v0 = Math.exp(intercept);
  if (n === 2) return { v0, b, epsilon, standardError: { v0: null, b: null }, costs };
  const residual = sum(costs.map((c, i) => (y[i] - intercept - slope * c) ** 2)) / (n - 2);
  const standardError = { v0: v0 * Math.sqrt(residual * (1 / n + meanCost ** 2 / sxx)), b: Math.sqrt(residual / sxx) };
  return { v0, b, epsilon, standardError, costs };
}

export interface VolumeFitOptions {
  readonly fee: number;
  readonly tvl: number;
  readonly slippage?: number;
  /** Stated, not fitted: one cost level says nothing of it. */
  readonly b: number;
  readonly epsilon: number;
  readonly stepsPerDay: number;
}

/**
 * v₀ = mean volume per step / tvl · exp(b·c) of one venue's recorded volume per step. The standard error is that of the
 * mean of whole days (volume is strongly autocorrelated within a day); null with fewer than 3 days.
 */
export function fitVolume(volumePerStep: Float64Array, options: VolumeFitOptions): ElasticFit {
  const { fee, tvl, slippage, b, epsilon, stepsPerDay } = options;
  checkEpsilon(epsilon);
  if (!(b > 0 && Number.isFinite(b))) throw new UserError(`calibrate: --b expected a number > 0, got ${b}`, 2);
  const meanVolume = volumePerStep.reduce((total, v) => total + v / volumePerStep.length, 0);
  checkTier({ fee, volumePerStep: meanVolume, tvl, slippage });
  const cost = tierCost({ fee, slippage }, epsilon);
  const v0 = (meanVolume / tvl) * Math.exp(b * cost);
  const days = Math.floor(volumePerStep.length / stepsPerDay);
  const daily = Array.from({ length: days }, (_, day) =>
    mean(volumePerStep.subarray(day * stepsPerDay, (day + 1) * stepsPerDay)),
  );
  const spread = sum(daily.map((v) => (v - mean(daily)) ** 2)) / (days - 1);
  const error = days < 3 ? null : (v0 * Math.sqrt(spread / days)) / meanVolume;
  return { v0, b, epsilon, standardError: { v0: error, b: null }, costs: [cost] };
}

/** The lines to paste into a config. */
export function flowSnippet(fit: ElasticFit): string {
  const digits = (x: number) => String(Number(x.toPrecision(6)));
  return `flow: {kind: elastic, v0: ${digits(fit.v0)}, b: ${digits(fit.b)}, epsilon: ${digits(fit.epsilon)}}`;
}

const TIER_KEYS = ['fee', 'volume', 'tvl', 'slippage'] as const;

/**
 * Parses `fee=30,volume=9e6,tvl=90e6[,slippage=50]`: fee and slippage in basis points, volume per day. `stepsPerDay`
 * makes a volume per step of it.
 */
export function parseTier(text: string, stepsPerDay: number): FeeTier {
  const given = new Map<string, number>();
  for (const part of text.split(',')) {
    const [key, value = ''] = part.split('=').map((side) => side.trim());
    if (!(TIER_KEYS as readonly string[]).includes(key)) {
      throw new UserError(
        `--tier: '${key}' is not known; did you mean '${nearestName(key, TIER_KEYS)}'? (in '${text}')`,
        2,
      );
    }
    const number = value === '' ? Number.NaN : Number(value);
    if (!Number.isFinite(number)) throw new UserError(`--tier: expected a number for ${key}, got '${value}'`, 2);
    given.set(key, number);
  }
  const need = (key: string): number => {
    const value = given.get(key);
    if (value !== undefined) return value;
    throw new UserError(`--tier: ${key} is missing in '${text}'; write fee=30,volume=9e6,tvl=90e6`, 2);
  };
  const slippage = given.get('slippage');
  return {
    fee: need('fee') / 1e4,
    volumePerStep: need('volume') / stepsPerDay,
    tvl: need('tvl'),
    ...(slippage === undefined ? {} : { slippage: slippage / 1e4 }),
  };
}

function checkEpsilon(epsilon: number): void {
  if (epsilon > 0 && epsilon < 1) return;
  throw new UserError(`calibrate: --epsilon expected a fraction in (0, 1), got ${epsilon}`, 2);
}

function checkTier(tier: FeeTier): void {
  const require = (ok: boolean, what: string, got: number) => {
    if (!ok) throw new UserError(`calibrate: expected ${what}, got ${got}; give the venue's own figures`, 2);
  };
  require(tier.fee >= 0 && tier.fee < 1, 'a fee in [0, 10000) basis points', tier.fee * 1e4);
  require(tier.volumePerStep > 0 && Number.isFinite(tier.volumePerStep), 'a volume > 0', tier.volumePerStep);
  require(tier.tvl > 0 && Number.isFinite(tier.tvl), 'a tvl > 0', tier.tvl);
  const slippage = tier.slippage ?? 0;
  require(slippage >= 0 && slippage < 1, 'a slippage in [0, 10000) basis points', slippage * 1e4);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[] | Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}
