/**
 * Floor 5. The rule's part of a QuantAMM pool: PoolSettings, the estimator's initial state, and the checks that the
 * pool factory makes on them. Everything here is in 18-decimal fixed point unless said otherwise.
 */
import { z } from 'zod';
import { lambdaOfMemory, memoryOfLambda } from '../../kernels/rules/memory.js';
import { UserError } from '../errors.js';
import { arrange } from './balancer.js';
import { integerText } from './document.js';
import { fromFixedPoint, ratioToNumber, toFixedPoint, WAD } from './fixed-point.js';
import type { TunedPool, TunedRule } from './pool.js';
import { type Blanks, isPlaceholder, type Template } from './template.js';

const SECONDS_PER_MINUTE = 60;
/** Smallest guard rail of the factory, 1 %. */
const MINIMUM_GUARD_RAIL = 10n ** 16n;
/** Largest part of a reserve that one trade may move; the simulation has no such limit, so the loosest is the default. */
export const MAXIMUM_TRADE_SIZE_RATIO = 0.3;
/** The estimator's state is stored as int128. */
const INT128_LIMIT = 2n ** 127n;
/** A λ that was clipped already may exceed the longest memory by rounding. */
const CLIP_ROUNDING = 1e-9;
const UINT40_LIMIT = 2n ** 40n;

export const settingsSchema = z.strictObject({
  assets: z.array(z.string()),
  rule: z.string(),
  oracles: z.array(z.array(z.string()).min(1)),
  updateInterval: z.int(),
  lambda: z.array(integerText).min(1),
  epsilonMax: integerText,
  absoluteWeightGuardRail: integerText,
  maxTradeSizeRatio: integerText,
  ruleParameters: z.array(z.array(integerText).min(1)).min(1),
  poolManager: z.string(),
});

type SettingsText = z.output<typeof settingsSchema>;

/** κ, and 0 for "divide the gradient by the moving average", which is what the estimator of the simulation does. */
const kappaAndAverage = (rule: TunedRule) => [rule.k.map((k) => toFixedPoint(k)), [0n]];

/** ruleParameters of each rule that a tuned pool carries enough numbers for. */
const ruleParameters: Readonly<Record<string, (rule: TunedRule) => bigint[][]>> = {
  momentum: kappaAndAverage,
  'anti-momentum': kappaAndAverage,
};

/** @throws UserError for a rule that this exporter does not write */
export function checkRuleName(op: string, name: string): void {
  if (Object.hasOwn(ruleParameters, name)) return;
  throw new UserError(
    `${op}: expected one of the rules ${Object.keys(ruleParameters).join(', ')}, got '${name}'; export it to json, or train one of these`,
  );
}

/** A time in minutes of whole seconds, in these: 0.2 minutes are 12. */
export const secondsOf = (minutes: number): number => Math.round(minutes * SECONDS_PER_MINUTE);

/** λ as the estimator used it: the chain does not clip, so the clip to the longest memory is written out. */
function clippedLambda(rule: TunedRule, notes: string[]): number[] {
  const longest = lambdaOfMemory(rule.maxMemoryDays, rule.chunkPeriod);
  return rule.lambda.map((lambda) => {
    if (memoryOfLambda(lambda, rule.chunkPeriod) <= rule.maxMemoryDays * (1 + CLIP_ROUNDING)) return lambda;
    notes.push(`λ ${lambda} is written as ${longest}: the rule clips its memory to ${rule.maxMemoryDays} days`);
    return longest;
  });
}

/** Largest weight change of one update; above 1 it can never bind, and the chain takes at most 1. */
function epsilonMax(rule: TunedRule, notes: string[]): bigint {
  const period = rule.weightInterpolationPeriod;
  const change = Number.isInteger(period)
    ? toFixedPoint(rule.maximumChange, WAD, BigInt(period))
    : toFixedPoint(rule.maximumChange * period);
  if (change <= WAD) return change;
  notes.push(`epsilonMax ${fromFixedPoint(change)} is written as 1, the chain's largest; neither ever binds`);
  return WAD;
}

/** PoolSettings in the file's order of assets. Numbers are integers; what the template lacks goes to `blanks`. */
export function poolSettings(
  pool: TunedPool,
  rule: TunedRule,
  template: Template,
  { order, tokens, blanks, notes }: { order: readonly number[]; tokens: string[]; blanks: Blanks; notes: string[] },
) {
  const lambda = clippedLambda(rule, notes).map((x) => toFixedPoint(x));
  const parameters = ruleParameters[rule.name](rule);
  return {
    assets: tokens,
    rule: blanks.fill(template.rule, 'rule'),
    oracles: arrange(pool.assets, order).map((name) => {
      const known = template.oracles?.[name];
      return known ?? [blanks.fill(undefined, `oracles.${name}`)];
    }),
    updateInterval: secondsOf(rule.chunkPeriod),
    lambda: arrange(lambda, order),
    epsilonMax: epsilonMax(rule, notes),
    absoluteWeightGuardRail: toFixedPoint(rule.minimumWeight),
    maxTradeSizeRatio: toFixedPoint(template.maxTradeSizeRatio ?? MAXIMUM_TRADE_SIZE_RATIO),
    ruleParameters: parameters.map((row) => (row.length === order.length ? arrange(row, order) : row)),
    poolManager: blanks.fill(template.poolManager, 'poolManager'),
  };
}

/** The estimator's carry, or one placeholder an asset where training kept none. */
export function estimatorState(pool: TunedPool, rule: TunedRule, order: readonly number[], blanks: Blanks) {
  const state = rule.estimator;
  const column = (values: readonly number[] | undefined, field: string) =>
    order.map((i) => blanks.fill(values && toFixedPoint(values[i]), `${field}.${pool.assets[i]}`));
  return {
    _initialMovingAverages: column(state?.ewma, '_initialMovingAverages'),
    _initialIntermediateValues: column(state?.a, '_initialIntermediateValues'),
  };
}

type Bound = readonly [name: string, value: bigint, ok: boolean, expected: string, remedy: string];

/** The factory's checks on the settings, on the integers that it will see. */
export function checkSettings(op: string, settings: SettingsText, n: number): void {
  const lambdas = settings.lambda.map(BigInt);
  const epsilon = BigInt(settings.epsilonMax);
  const guard = BigInt(settings.absoluteWeightGuardRail);
  const trade = BigInt(settings.maxTradeSizeRatio);
  const interval = BigInt(settings.updateInterval);
  const train = 'bound it in the config and train again';
  const bounds: Bound[] = [
    ...lambdas.map((l, i): Bound => [`lambda[${i}]`, l, l > 0n && l < WAD, 'in (0, 1)', train]),
    ['epsilonMax', epsilon, epsilon > 0n && epsilon <= WAD, 'in (0, 1]', 'raise maximumChange in the config'],
    [
      'absoluteWeightGuardRail (minimumWeight)',
      guard,
      guard >= MINIMUM_GUARD_RAIL && guard < WAD / BigInt(n),
      `at least 0.01 and below 1/${n}`,
      'set minimumWeight in the config and train again',
    ],
    [
      'maxTradeSizeRatio',
      trade,
      trade > 0n && trade <= toFixedPoint(MAXIMUM_TRADE_SIZE_RATIO),
      `above 0 and at most ${MAXIMUM_TRADE_SIZE_RATIO}`,
      'mend it in the template',
    ],
  ];
  for (const [name, value, ok, expected, remedy] of bounds) {
    if (!ok) throw new UserError(`${op}: ${name} must be ${expected}, got ${fromFixedPoint(value)}; ${remedy}`);
  }
  if (interval <= 0n || interval >= UINT40_LIMIT) {
    throw new UserError(
      `${op}: updateInterval must be seconds above 0 and below 2^40, got ${interval}; mend chunkPeriod in the config`,
    );
  }
  if (lambdas.length !== 1 && lambdas.length !== n) {
    throw new UserError(
      `${op}: lambda must have 1 or ${n} entries, got ${lambdas.length}; export the checkpoint again`,
    );
  }
  checkParameters(
    op,
    settings.ruleParameters.map((row) => row.map(BigInt)),
    n,
  );
}

/** momentum and anti-momentum: [κ > 0, one or one an asset][, [use raw price]] */
function checkParameters(op: string, parameters: readonly bigint[][], n: number): void {
  const [kappa, raw] = parameters;
  const bad = kappa.findIndex((k) => k <= 0n);
  if (bad >= 0) {
    throw new UserError(
      `${op}: κ of asset ${bad} must be above 0 for the rule contract, got ${fromFixedPoint(kappa[bad])}; bound k above 0 in the config and train again`,
    );
  }
  if ((kappa.length !== 1 && kappa.length !== n) || parameters.length > 2) {
    throw new UserError(
      `${op}: ruleParameters must be κ (1 or ${n} entries) and at most one more row, got rows of ${parameters.map((row) => row.length).join(', ')}; export the checkpoint again`,
    );
  }
  if (raw !== undefined && (raw.length !== 1 || raw[0] !== 0n)) {
    throw new UserError(
      `${op}: use-raw-price must be [0] (the simulation divides by the moving average), got ${raw.join(', ')}; export the checkpoint again`,
    );
  }
}

/** The int128 store of the estimator, and its prices above 0. */
export function checkEstimator(op: string, averages: readonly string[], sums: readonly string[]): void {
  const numbers = [...averages, ...sums].filter((text) => !isPlaceholder(text)).map(BigInt);
  const big = numbers.find((v) => v >= INT128_LIMIT || v < -INT128_LIMIT);
  if (big !== undefined) {
    throw new UserError(
      `${op}: the estimator's state must fit an int128 at 1e18 (below 1.7e20), got ${fromFixedPoint(big)}; choose a smaller price unit for the dataset`,
    );
  }
  if (averages.some((text) => !isPlaceholder(text) && BigInt(text) <= 0n)) {
    throw new UserError(
      `${op}: moving averages must be at least 1e-18, got ${averages.join(', ')}; choose a larger price unit for the dataset`,
    );
  }
}

/** The tuned rule as the chain will run it: linear, and spread over the whole update interval. */
export function readRule(
  settings: SettingsText,
  from: { rule: string; maxMemoryDays: number },
  estimator: TunedRule['estimator'],
  n: number,
): TunedRule {
  const number = (text: string) => fromFixedPoint(BigInt(text));
  const each = (row: string[]) =>
    row.length === 1 ? Array.from({ length: n }, () => number(row[0])) : row.map(number);
  const chunkPeriod = settings.updateInterval / SECONDS_PER_MINUTE;
  const lambda = each(settings.lambda);
  return {
    name: from.rule,
    lambda,
    memoryDays: lambda.map((l) => Math.min(memoryOfLambda(l, chunkPeriod), from.maxMemoryDays)),
    k: each(settings.ruleParameters[0]),
    chunkPeriod,
    weightInterpolationPeriod: chunkPeriod,
    interpolation: 'linear',
    maximumChange: ratioToNumber(
      BigInt(settings.epsilonMax) * BigInt(SECONDS_PER_MINUTE),
      WAD * BigInt(settings.updateInterval),
    ),
    minimumWeight: number(settings.absoluteWeightGuardRail),
    maxMemoryDays: from.maxMemoryDays,
    estimator,
  };
}
