/**
 * Floor 5. The tuned pool in the form that chains take: what training hands to their exporters, and what these read back
 * from their own files. One shape for the kinds of pool that they know; `checkPool` refuses what none of them could take.
 */
import { UserError } from '../errors.js';

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

/** A rule of one gradient estimator, with what chains know of its parameters, constrained (not raw); arrays have one entry an asset. */
export interface TunedRule {
  /** 'momentum', 'anti-momentum', ... */
  readonly name: string;
  /** λ of the gradient estimator, in (0, 1) */
  readonly lambda: readonly number[];
  /** memory of that λ in days: cbrt(6λ/(1−λ)³)·2·chunkPeriod/1440, at most maxMemoryDays */
  readonly memoryDays: readonly number[];
  /** k as the rule multiplies with it (2^log_k·memory) */
  readonly k: readonly number[];
  /** minutes per rule step, fractions of which are whole seconds */
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

/** The run that a pool with a rule comes from: what only a target that is a simulator itself takes. */
export interface TunedRun {
  /** Raw numbers of the start weights and the rule, by parameter name. */
  readonly raw: Readonly<Record<string, readonly number[]>>;
  /** Milliseconds between rows. */
  readonly interval: number;
  /** First row of training and first rows after training with validation, and after the test; ms UTC. */
  readonly start: number;
  readonly end: number;
  readonly endTest: number;
  /** Rows of validation, at the end of the former. */
  readonly validation: number;
  /** What was made large, and the figure that chose the pool, of which step and split. */
  readonly objective: string;
  readonly choice: { readonly step: number; readonly split: 'validation' | 'train'; readonly value: number };
  readonly straightThrough: { readonly change: boolean; readonly minimum: boolean };
  /** Whether the pool has the numerics of the reference simulator. */
  readonly compat: boolean;
  /** Name of the flow, or null. */
  readonly flow: string | null;
  /** Settings of arbitrage, of shared fees and of others' trades that are not at their defaults, as `name: value`. */
  readonly arbitrage: readonly string[];
}

export interface TunedPool {
  readonly kind: 'constant-weight' | 'tfmm' | 'hmm';
  readonly assets: readonly string[];
  /** fraction of what is paid in (hmm: equal to marketFee) */
  readonly fee: number;
  /** geometric-mean pools: start weights; hmm: shares of the value. Sum 1. */
  readonly weights: readonly number[];
  /** pool value that the run started from, numéraire */
  readonly value: number;
  /** tfmm only, otherwise null */
  readonly rule: TunedRule | null;
  /** hmm only, otherwise null */
  readonly hmm: TunedHmm | null;
  /** absent where the pool does not come from a run with a rule */
  readonly run?: TunedRun;
  readonly provenance: Provenance;
}

/** Metrics that are defined. */
export const finite = (metrics: Readonly<Record<string, number | null>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(metrics).filter((m): m is [string, number] => m[1] !== null && Number.isFinite(m[1])),
  );

/** Largest distance from 1 at which a sum of weights still counts as rounding, which the export repairs. */
export const WEIGHT_SUM_TOLERANCE = 1e-9;

type Test = (x: number) => boolean;

const positive: Test = (x) => x > 0;
const notNegative: Test = (x) => x >= 0;
/** Minutes of whole seconds, which a chain counts. */
const wholeSeconds: Test = (x) => x > 0 && Math.abs(60 * x - Math.round(60 * x)) < 1e-6;
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
    ['chunkPeriod', rule.chunkPeriod, wholeSeconds, 'minutes above 0 of whole seconds'],
    [
      'weightInterpolationPeriod',
      rule.weightInterpolationPeriod,
      (x) => wholeSeconds(x) && x <= rule.chunkPeriod,
      `minutes above 0 of whole seconds, up to chunkPeriod (${rule.chunkPeriod})`,
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

/** Exactly the parts that belong to the kind must be there. */
function checkParts(op: string, pool: TunedPool): void {
  const wanted = { rule: pool.kind === 'tfmm', hmm: pool.kind === 'hmm' };
  for (const part of ['rule', 'hmm'] as const) {
    if (wanted[part] === (pool[part] !== null)) continue;
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

/** @throws UserError where a file would not say what it was made of */
export function checkProvenance(op: string, from: Provenance): void {
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
    pool.kind === 'hmm'
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
  checkProvenance(op, pool.provenance);
}
