/**
 * Floor 5. The tuned pool: what training hands to an exporter, and what an exporter reads back from its own file.
 * One shape for all kinds of pool; `checkPool` refuses what no target could take.
 */
import { UserError } from '../errors.js';
import { NARROWEST, type TunedEclp, type TunedStable } from './curves.js';

/** Where the numbers come from; every exported file names it. */
export interface Provenance {
  /** hash of the checkpoint */
  readonly checkpoint: string;
  /** hash of the dataset */
  readonly dataset: string;
  /** version of poolgrad */
  readonly version: string;
  /** ISO 8601 date and time */
  readonly created: string;
  /** the figures that the parameters were chosen by; all finite (leave undefined ones out) */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Parameters of rules beside memoryDays and k. */
export const RULE_PARAMETERS = ['amplitude', 'width', 'exponent', 'scale'] as const;
export type RuleParameter = (typeof RULE_PARAMETERS)[number];

/** A weight rule with its constrained (not raw) parameters; arrays have one entry an asset. */
export interface TunedRule {
  /** 'momentum', 'anti-momentum', ... */
  readonly name: string;
  /** λ of the gradient estimator, in (0, 1) */
  readonly lambda: readonly number[];
  /** memory of that λ in days: cbrt(6λ/(1−λ)³)·2·chunkPeriod/1440, at most maxMemoryDays */
  readonly memoryDays: readonly number[];
  /** k as the rule multiplies with it (2^log_k·memory) */
  readonly k: readonly number[];
  /** what else the rule is made of, by the names of its config; absent where nothing is */
  readonly parameters?: Readonly<Partial<Record<RuleParameter, readonly number[]>>>;
  /** minutes per rule step */
  readonly chunkPeriod: number;
  /** minutes over which a weight change is spread, at most chunkPeriod */
  readonly weightInterpolationPeriod: number;
  readonly interpolation: 'linear' | 'approx_optimal' | 'geodesic';
  /** largest weight change per minute */
  readonly maximumChange: number;
  /** smallest weight, in [0, 1/n) */
  readonly minimumWeight: number;
  /** λ is clipped so that no memory is longer */
  readonly maxMemoryDays: number;
  /** the estimator's final carry at the last row of data: what a live pool starts from */
  readonly estimator: { readonly ewma: readonly number[]; readonly a: readonly number[] } | null;
}

/**
 * A Hamiltonian pool: each asset has its own κᵢ = wᵢΨᵢΘᵢ + (λᵢ/2)(sᵢΨᵢ² + Θᵢ²/sᵢ), λᵢ = ρᵢwᵢ. With isolated κᵢ,
 * (w, λ, κ) and c·(w, λ, κ) are the same pool, asset by asset.
 */
export interface TunedHmm {
  /** pair weights, > 0 */
  readonly w: readonly number[];
  /** λ/w, in [0, 1) */
  readonly rho: readonly number[];
  /** sᵢ > 0: the price that the curvature is centred at */
  readonly priceScale: readonly number[];
  /** Ψ, compute supply */
  readonly psi: readonly number[];
  /** Θ, credits */
  readonly theta: readonly number[];
  /** f_m, fraction of what is paid in, in [0, 1) */
  readonly marketFee: number;
  /** λ_r ≥ 0 of the risk fee λ_r‖ΔΨ‖₂/‖Ψ‖₂ */
  readonly riskFee: number;
  /** α ≥ 0 of the dynamic curvature λ(t) = λ₀(1 + α·Vol) */
  readonly alpha: number;
  /** ζ, the part of the fees that is burnt, in [0, 1] */
  readonly feeBurn: number;
}

/** Kinds of pools by the parts that they have beside weights and a fee. */
const WITH_RANGE = ['reclamm', 'concentrated-range'] as const;
/** Kinds that some exporter takes. */
export const KINDS = ['constant-weight', 'tfmm', 'hmm', 'fm-amm', ...WITH_RANGE, 'e-clp', 'stableswap'] as const;

/** A pool of two assets in a range of prices of the first in units of the second. */
export interface TunedRange {
  readonly low: number;
  readonly high: number;
  /** Amounts of a new pool at the prices of the last row. */
  readonly reserves: readonly number[];
  /** reclamm: centredness below which the range follows the price, in [0, 1) */
  readonly centerednessMargin?: number;
  /** reclamm: how fast, ≥ 0 */
  readonly dailyPriceShiftExponent?: number;
}

/** The run that a pool with a rule comes from: what only a target that is a simulator itself takes. */
export interface TunedRun {
  /** Raw numbers of the start weights and the rule, by parameter name. */
  readonly raw: Readonly<Record<string, readonly number[]>>;
  /** First minute of training and first minutes after training with validation, and after the test; ms UTC. */
  readonly start: number;
  readonly end: number;
  readonly endTest: number;
  /** Minutes of validation, at the end of the former. */
  readonly validation: number;
  /** What was made large, and the figure that chose the pool, of which step and split. */
  readonly objective: string;
  readonly choice: { readonly step: number; readonly split: 'validation' | 'train'; readonly value: number };
  readonly straightThrough: { readonly change: boolean; readonly minimum: boolean };
  /** Whether the pool has the numerics of the reference simulator. */
  readonly compat: boolean;
  /** Name of the flow, or null. */
  readonly flow: string | null;
  /** Settings of arbitrage and of shared fees that are not at their defaults, as `name: value`. */
  readonly arbitrage: readonly string[];
}

export interface TunedPool {
  readonly kind: (typeof KINDS)[number];
  readonly assets: readonly string[];
  /** fraction of what is paid in (hmm: equal to marketFee) */
  readonly fee: number;
  /** start weights; of pools without weights: shares of the value. Sum 1. */
  readonly weights: readonly number[];
  /** pool value that the run started from, numéraire */
  readonly value: number;
  /** tfmm only, otherwise null */
  readonly rule: TunedRule | null;
  /** hmm only, otherwise null */
  readonly hmm: TunedHmm | null;
  /** reclamm and concentrated-range, otherwise absent */
  readonly range?: TunedRange;
  /** e-clp only, otherwise absent */
  readonly eclp?: TunedEclp;
  /** stableswap only, otherwise absent */
  readonly stable?: TunedStable;
  /** absent where the pool does not come from a run with a rule */
  readonly run?: TunedRun;
  readonly provenance: Provenance;
}

/** Largest distance from 1 at which a sum of weights still counts as rounding, which the export repairs. */
export const WEIGHT_SUM_TOLERANCE = 1e-9;

type Test = (x: number) => boolean;

const positive: Test = (x) => x > 0;
const notNegative: Test = (x) => x >= 0;
const wholePositive: Test = (x) => Number.isInteger(x) && x > 0;
const fraction: Test = (x) => x >= 0 && x < 1;

/** The first number that is not finite or fails its test is refused by name and index. */
function checkNumbers(op: string, name: string, values: readonly number[], test: Test, expected: string): void {
  const bad = values.findIndex((x) => !Number.isFinite(x) || !test(x));
  if (bad < 0) return;
  const where = values.length > 1 ? `${name}[${bad}]` : name;
  throw new UserError(
    `${op}: ${where} must be ${expected}, got ${values[bad]}; bound or freeze it in the config and train again`,
  );
}

function checkLength(op: string, name: string, values: readonly unknown[], n: number): void {
  if (values.length === n) return;
  throw new UserError(
    `${op}: ${name} must have one entry an asset (${n}), got ${values.length}; the checkpoint and its config do not match`,
  );
}

/** Checks arrays of one number an asset and single numbers by the same table. */
function checkTable(
  op: string,
  n: number,
  rows: readonly (readonly [string, number | readonly number[], Test, string])[],
): void {
  for (const [name, value, test, expected] of rows) {
    if (typeof value !== 'number') checkLength(op, name, value, n);
    checkNumbers(op, name, typeof value === 'number' ? [value] : value, test, expected);
  }
}

function checkRule(op: string, rule: TunedRule, n: number): void {
  checkTable(op, n, [
    ['lambda', rule.lambda, (x) => x > 0 && x < 1, 'in (0, 1)'],
    ['memoryDays', rule.memoryDays, positive, 'above 0'],
    ['k', rule.k, () => true, 'finite'],
    ...Object.entries(rule.parameters ?? {}).map(
      ([name, values]) => [`parameters.${name}`, values, positive, 'above 0'] as const,
    ),
    ['chunkPeriod', rule.chunkPeriod, wholePositive, 'a whole number of minutes above 0'],
    [
      'weightInterpolationPeriod',
      rule.weightInterpolationPeriod,
      (x) => wholePositive(x) && x <= rule.chunkPeriod,
      `a whole number of minutes from 1 to chunkPeriod (${rule.chunkPeriod})`,
    ],
    ['maximumChange', rule.maximumChange, positive, 'above 0'],
    ['minimumWeight', rule.minimumWeight, (x) => x >= 0 && x * n < 1, `in [0, 1/${n})`],
    ['maxMemoryDays', rule.maxMemoryDays, positive, 'above 0'],
  ]);
  if (rule.estimator === null) return;
  checkTable(op, n, [
    ['estimator.ewma', rule.estimator.ewma, positive, 'a price above 0'],
    ['estimator.a', rule.estimator.a, () => true, 'finite'],
  ]);
}

function checkHmm(op: string, hmm: TunedHmm, n: number): void {
  checkTable(op, n, [
    ['w', hmm.w, positive, 'above 0'],
    ['rho', hmm.rho, fraction, 'in [0, 1): from ρ = 1 on buying no longer raises the price and the pool drains'],
    ['priceScale', hmm.priceScale, positive, 'above 0'],
    ['psi', hmm.psi, notNegative, '0 or more'],
    ['theta', hmm.theta, notNegative, '0 or more'],
    ['marketFee', hmm.marketFee, fraction, 'in [0, 1)'],
    ['riskFee', hmm.riskFee, notNegative, '0 or more'],
    ['alpha', hmm.alpha, notNegative, '0 or more'],
    ['feeBurn', hmm.feeBurn, (x) => x >= 0 && x <= 1, 'in [0, 1]'],
  ]);
}

function checkRange(op: string, range: TunedRange, n: number): void {
  const { low, high, reserves, centerednessMargin: margin, dailyPriceShiftExponent: exponent } = range;
  checkTable(op, n, [
    ['low', low, positive, 'above 0'],
    ['high', high, (x) => x >= low * (1 + NARROWEST), `above low (${low})`],
    ['reserves', reserves, notNegative, '0 or more'],
    ['centerednessMargin', margin ?? 0, fraction, 'in [0, 1)'],
    ['dailyPriceShiftExponent', exponent ?? 0, notNegative, '0 or more'],
  ]);
}

function checkEclp(op: string, eclp: TunedEclp, n: number): void {
  const { alpha, beta, c, s, lambda, reserves } = eclp;
  checkTable(op, n, [
    ['alpha', alpha, positive, 'above 0'],
    ['beta', beta, (x) => x >= alpha * (1 + NARROWEST), `above alpha (${alpha})`],
    ['c', c, notNegative, '0 or more'],
    ['s', s, (x) => x >= 0 && Math.abs(Math.hypot(c, x) - 1) < 1e-9, `the sine of the angle whose cosine is ${c}`],
    ['lambda', lambda, (x) => x >= 1, '1 or more'],
    ['reserves', reserves, notNegative, '0 or more'],
  ]);
}

function checkStable(op: string, stable: TunedStable, n: number): void {
  checkTable(op, n, [
    ['amplification', stable.amplification, positive, 'above 0'],
    ['peg', stable.peg, positive, 'above 0'],
    ['reserves', stable.reserves, notNegative, '0 or more'],
  ]);
}

function checkAssets(op: string, pool: TunedPool): void {
  const least = pool.kind === 'hmm' ? 1 : 2;
  if (pool.assets.length < least || pool.assets.some((name) => name === '')) {
    throw new UserError(
      `${op}: a ${pool.kind} pool needs at least ${least} named assets, got ${JSON.stringify(pool.assets)}; name them in the config`,
    );
  }
  const twice = pool.assets.find((name, i) => pool.assets.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new UserError(`${op}: every asset must occur once, got ${twice} twice; remove one from the config`);
  }
}

export const hasRange = (kind: string): boolean => (WITH_RANGE as readonly string[]).includes(kind);

/** Exactly the parts that belong to the kind must be there. */
function checkParts(op: string, pool: TunedPool): void {
  const wanted = {
    rule: pool.kind === 'tfmm',
    hmm: pool.kind === 'hmm',
    range: hasRange(pool.kind),
    eclp: pool.kind === 'e-clp',
    stable: pool.kind === 'stableswap',
  };
  for (const part of ['rule', 'hmm', 'range', 'eclp', 'stable'] as const) {
    if (wanted[part] === (pool[part] != null)) continue;
    throw new UserError(
      `${op}: a ${pool.kind} pool ${wanted[part] ? 'needs' : 'has no'} '${part}', got ${wanted[part] ? 'none' : 'one'}; the checkpoint is of another kind of pool`,
    );
  }
  if (pool.hmm !== null && pool.hmm.marketFee !== pool.fee) {
    throw new UserError(
      `${op}: fee and marketFee of an hmm pool must be equal, got ${pool.fee} and ${pool.hmm.marketFee}; the checkpoint is damaged`,
    );
  }
}

function checkProvenance(op: string, from: Provenance): void {
  for (const field of ['checkpoint', 'dataset', 'version'] as const) {
    if (from[field] !== '') continue;
    throw new UserError(`${op}: provenance.${field} must not be empty; export from a checkpoint that train wrote`);
  }
  if (Number.isNaN(Date.parse(from.created))) {
    throw new UserError(
      `${op}: provenance.created must be an ISO 8601 date, got ${JSON.stringify(from.created)}; export from a checkpoint that train wrote`,
    );
  }
  for (const [name, value] of Object.entries(from.metrics)) {
    checkNumbers(op, `provenance.metrics.${name}`, [value], () => true, 'finite (undefined metrics are left out)');
  }
}

/**
 * Refuses a pool of another kind than the target's, or one whose numbers make no sense on any target.
 * @param op named at the start of the error, e.g. 'export json'
 * @param kinds that the target takes
 * @throws UserError naming the first field that is wrong
 */
export function checkPool(op: string, pool: TunedPool, kinds: readonly TunedPool['kind'][]): void {
  if (!kinds.includes(pool.kind)) {
    throw new UserError(
      `${op}: expected a pool of kind ${kinds.join(' or ')}, got ${pool.kind}; export it to another target (json takes every kind)`,
    );
  }
  const n = pool.assets.length;
  checkAssets(op, pool);
  checkParts(op, pool);
  checkTable(op, n, [
    ['fee', pool.fee, fraction, 'in [0, 1)'],
    pool.hmm !== null || (pool.range ?? pool.eclp ?? pool.stable) !== undefined
      ? ['weights', pool.weights, notNegative, '0 or more']
      : ['weights', pool.weights, positive, 'above 0'],
    ['value', pool.value, positive, 'above 0'],
  ]);
  const sum = pool.weights.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) > WEIGHT_SUM_TOLERANCE) {
    throw new UserError(
      `${op}: weights must sum to 1 within ${WEIGHT_SUM_TOLERANCE}, got ${sum} (${pool.weights.join(', ')}); the checkpoint is damaged`,
    );
  }
  if (pool.rule !== null) checkRule(op, pool.rule, n);
  if (pool.hmm !== null) checkHmm(op, pool.hmm, n);
  if (pool.range !== undefined) checkRange(op, pool.range, n);
  if (pool.eclp !== undefined) checkEclp(op, pool.eclp, n);
  if (pool.stable !== undefined) checkStable(op, pool.stable, n);
  checkProvenance(op, pool.provenance);
}
