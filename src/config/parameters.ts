/**
 * Floor 4. Settings and parameters of a model in a config: a number, a list or map of one for each asset, or
 * `{ value, train, bounds }`, where raw numbers may stand in the place of values; checked against the model's declaration.
 */
import { z } from 'zod';
import { nearestName } from '../data/names.js';
import { type Clock, defaultOf, type TimeUnit, wholeSteps } from '../rollout/clock.js';
import { labelsOf, trainedRange, valuesOfRaws } from '../rollout/layout.js';
import type { Parameter, Setting } from '../rollout/model.js';
import { ConfigError, check, message, oneOf, type Path, show, unknownKey, withInput } from './explain.js';
import { numberIn, rangeText } from './fields.js';
import { isTimeUnit, stepsFault, timeIn } from './times.js';

export interface ResolvedParameter {
  /** Start values: one, or one for each asset. */
  readonly value: readonly number[];
  /** The raw start numbers where the config gives those; `value` is made of them. */
  readonly raw?: readonly number[];
  readonly train: boolean;
  /** Set where the config leaves training open and it would be trained, if there were a flow and a start with a gradient. */
  readonly held?: true;
  /** Least and greatest value, or null. */
  readonly bounds: readonly [number, number] | null;
  /** The series of the dataset that it follows instead of `value`. */
  readonly series?: string;
}

const ofRange = ([min, max]: readonly [number, number]) => ({
  ...(Number.isFinite(min) ? { min } : {}),
  ...(Number.isFinite(max) ? { max } : {}),
});

/** ` (days)`; nothing for what has no unit. */
const unitOf = (p: Parameter): string => (p.unit === '1' ? '' : ` (${p.unit})`);

/** A number of the parameter, within its range. */
function parameterNumber(p: Parameter): z.ZodType<number> {
  const range = ofRange(p.range);
  const text = (expected: string) => message(`expected ${expected}`, p.doc);
  return isTimeUnit(p.unit) ? timeIn(range, p.unit, text) : numberIn(range, text(`${rangeText(range)}${unitOf(p)}`));
}

const trainFlag = z.boolean({ error: message('expected true or false', 'false freezes the parameter') }).optional();
const boundsList = (leaf: z.ZodType<number>) =>
  z
    .tuple([leaf, leaf], {
      error: message('expected two numbers [least, greatest]', 'leave it out for the whole range'),
    })
    .optional();

const seriesName = z.string({
  error: message('expected the name of a series of the dataset', 'data attach puts some beside the prices'),
});

const rawNumber = z.number({
  error: message('expected a finite raw number', 'without raw the numbers are values, in their unit'),
});

/** All forms that a parameter may take, for editors; of pools, one number may follow a series instead. */
export function parameterSchema(p: Parameter, ofPool: boolean): z.ZodType {
  const leaf = parameterNumber(p);
  const value = p.shape !== 'scalar' ? z.union([leaf, z.array(leaf), z.record(z.string(), leaf)]) : leaf;
  const raw =
    p.shape !== 'scalar' ? z.union([rawNumber, z.array(rawNumber), z.record(z.string(), rawNumber)]) : rawNumber;
  const rest = { train: trainFlag, bounds: boundsList(leaf) };
  const spec = z.strictObject({ value: value.optional(), ...rest });
  const rawSpec = z.strictObject({ raw, ...rest });
  const start = Number.isNaN(p.default) ? 'no default' : `default ${p.default}`;
  const doc = `${p.doc} (${p.unit}; ${start}; ${p.trainable ? 'trained' : 'frozen'} unless told otherwise)`;
  const forms =
    ofPool && p.shape === 'scalar'
      ? [value, spec, rawSpec, z.strictObject({ series: seriesName })]
      : [value, spec, rawSpec];
  return z.union(forms).describe(doc);
}

/** A setting: a number within its range, a time, or the name of a choice. Without a clock: of any dataset. */
export function settingSchema(s: Setting, clock?: Clock): z.ZodType<number | string | boolean> {
  if (s.choices !== undefined) {
    const names = Object.keys(s.choices);
    const error = message(`expected ${oneOf(names)}`, s.doc);
    const words = z.enum(names as [string, ...string[]], { error });
    const numbers = z.literal(Object.values(s.choices));
    const fallback = names.find((name) => s.choices?.[name] === s.default) ?? s.default;
    const forms = isFlag(s) ? [words, numbers, z.boolean()] : [words, numbers];
    return z.union(forms, { error }).default(fallback).describe(s.doc);
  }
  if (s.time !== undefined) return timeSetting(s, s.time, clock);
  const range = { ...ofRange(s.range), whole: s.whole };
  const text = message(`expected ${rangeText(range)} (${s.doc})`, `leave it out for the default ${s.default}`);
  return numberIn(range, text).default(s.default).describe(s.doc);
}

function timeSetting(s: Setting, unit: TimeUnit, clock: Clock | undefined): z.ZodType<number> {
  const range = ofRange(s.range);
  const isStep = s.stepByDefault === true;
  const way = isStep ? ', a step of the data' : ` ${s.default}`;
  const text = (expected: string) => message(`expected ${expected}`, `${s.doc}; leave it out for the default${way}`);
  if (clock === undefined) {
    const schema = timeIn(range, unit, text, isStep ? undefined : s.default);
    // may be left out, too
    return isStep
      ? (schema.optional() as z.ZodType<number>).describe(`${s.doc} (default: a step)`)
      : schema.describe(s.doc);
  }
  const error = ({ input }: { input?: unknown }) => message(...stepsFault(clock, input as number, unit));
  return timeIn(range, unit, text, defaultOf(s, clock)).refine(
    (x) => s.whole !== true || wholeSteps(clock, x, unit) !== null,
    { error },
  );
}

/** YAML writers differ in whether yes and on are words or truth values. */
const isFlag = ({ choices = {} }: Setting): boolean =>
  (choices.yes ?? choices.on) === 1 && (choices.no ?? choices.off) === 0;

/** The number that a model sees for what `settingSchema` has accepted. */
export function settingNumber(s: Setting, given: number | string | boolean): number {
  return typeof given === 'string' ? (s.choices?.[given] as number) : Number(given);
}

/** What parameters are resolved against. */
export interface ParameterContext {
  readonly assets: readonly string[];
  /** Whether the config has a flow, without which fees and depth are not trained. */
  readonly flow: boolean;
  /** Further series of the dataset. */
  readonly series: readonly string[];
  /** Whether nothing trains unless it is asked to. */
  readonly frozen?: boolean;
  /** How far rows are apart; left out: a minute. */
  readonly clock?: Clock;
}

const SPEC_KEYS = ['value', 'raw', 'train', 'bounds'];

interface Spec {
  readonly value?: unknown;
  readonly raw?: unknown;
  readonly train?: boolean;
  readonly bounds?: readonly [unknown, unknown];
}

const isMap = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

/** The parameter that `given` (undefined: nothing) asks for. Throws a ConfigError. */
export function resolveParameter(path: Path, p: Parameter, given: unknown, c: ParameterContext): ResolvedParameter {
  if (path[0] === 'pool' && p.shape === 'scalar' && isMap(given) && Object.hasOwn(given, 'series')) {
    const { series } = check(z.strictObject({ series: seriesName }), given, path);
    checkSeriesName([...path, 'series'], series, c);
    return { value: [Number.isNaN(p.default) ? p.range[0] : p.default], bounds: null, train: false, series };
  }
  const labels = labelsOf(p.shape, c.assets);
  const spec = specOf(path, p, given, labels);
  const raw = spec.raw === undefined ? null : rawsOf(path, p, spec, labels);
  const value =
    raw === null
      ? valuesOf(spec === given ? [...path, 'value'] : path, p, spec.value, labels)
      : checkedValues([...path, 'raw'], p, raw);
  if (raw === null) checkReachable(path, p, value);
  const bounds = spec.bounds === undefined ? null : checkBounds(path, p, boundsOf(p, spec.bounds), value);
  const train = decideTraining(path, p, value, spec.train, c);
  const held = spec.train === undefined && p.trainable && c.frozen !== true && !train;
  return { value, ...(raw === null ? {} : { raw }), bounds, train, ...(held ? { held } : {}) };
}

/** Bounds in the parameter's unit, checked before. */
function boundsOf(p: Parameter, [low, high]: readonly [unknown, unknown]): readonly [number, number] {
  const leaf = parameterNumber(p);
  return [leaf.parse(low), leaf.parse(high)];
}

/** The raw numbers of a parameter, from which a roll-out starts: those of its values, or as given, to the last bit. */
export const rawOfParameter = (p: Parameter, { value, raw }: ResolvedParameter): readonly number[] =>
  raw ?? p.transform.inverse(value);

/** Refuses a series that the dataset does not have. */
export function checkSeriesName(path: Path, name: string, { series }: ParameterContext): void {
  if (series.includes(name)) return;
  const there = series.length === 0 ? 'it has none' : `it has ${series.join(', ')}`;
  const hint = series.length === 0 ? 'add it' : `did you mean '${nearestName(name, series)}'? Or add it`;
  throw new ConfigError(
    path,
    `expected a series of the dataset (${there}), got ${show(name)}; ${hint} by \`poolgrad data attach\``,
  );
}

/** A map is a spec if it has a key of one; it is a map of assets otherwise, where the parameter has one for each. */
function specOf(path: Path, p: Parameter, given: unknown, assets: readonly string[]): Spec {
  if (!isMap(given)) return { value: given };
  const keys = Object.keys(given);
  const ofAssets =
    p.shape !== 'scalar' && (keys.some((k) => assets.includes(k)) || !keys.some((k) => SPEC_KEYS.includes(k)));
  if (ofAssets) return { value: given };
  const schema = z.strictObject({
    value: z.unknown(),
    raw: z.unknown().optional(),
    train: trainFlag,
    bounds: boundsList(parameterNumber(p)),
  });
  // the checked object itself, so that the caller can tell a spec from a bare value
  check(schema, { value: undefined, ...given }, path);
  return given;
}

function valuesOf(path: Path, p: Parameter, given: unknown, assets: readonly string[]): number[] {
  const size = p.shape === 'scalar' ? 1 : assets.length;
  if (given === undefined) return defaults(path, p, size);
  const each = p.shape !== 'scalar' && typeof given === 'object';
  const all = each ? perAsset(path, given, assets) : new Array(size).fill(given);
  const leaf = parameterNumber(p);
  const at = (i: number): Path => (each ? [...path, Array.isArray(given) ? i : assets[i]] : path);
  const values = all.map((value, i) => {
    const result = leaf.safeParse(value);
    if (result.success) return result.data;
    throw new ConfigError(at(i), withInput(result.error.issues[0].message, value));
  });
  return isSimplex(p) ? onSimplex(path, values) : values;
}

function rawsOf(path: Path, p: Parameter, { value, raw: given }: Spec, assets: readonly string[]): number[] {
  const at = [...path, 'raw'];
  if (value !== undefined) {
    throw new ConfigError(
      path,
      `expected a value or a raw number, got both: ${show(value)}, raw ${show(given)}; leave one out`,
    );
  }
  const each = p.shape !== 'scalar' && typeof given === 'object';
  const raws = each ? perAsset(at, given, assets) : new Array(p.shape === 'scalar' ? 1 : assets.length).fill(given);
  return raws.map((raw, i) => {
    const result = rawNumber.safeParse(raw);
    if (result.success) return result.data;
    const key = Array.isArray(given) ? i : assets[i];
    throw new ConfigError(each ? [...at, key] : at, withInput(result.error.issues[0].message, raw));
  });
}

function checkedValues(path: Path, p: Parameter, raws: readonly number[]): number[] {
  const values = valuesOfRaws(p, raws);
  const [low, high] = p.range;
  const bad = values.findIndex((v) => !(low <= v && v <= high));
  if (bad < 0) return values;
  throw new ConfigError(
    path,
    `expected the raw number of ${rangeText(ofRange(p.range))}${unitOf(p)}, got ${raws[bad]}, which stands for ${values[bad]}; ${p.doc}`,
  );
}

const isSimplex = (p: Parameter): boolean => p.transform.simplex === true;

function defaults(path: Path, p: Parameter, size: number): number[] {
  if (Number.isNaN(p.default)) throw new ConfigError(path, `expected a number${unitOf(p)}, got nothing; ${p.doc}`);
  if (isSimplex(p)) return new Array(size).fill(1 / size);
  // a setting may have narrowed the range, such as maxMemoryDays that of memoryDays
  const result = parameterNumber(p).safeParse(p.default);
  if (result.success) return new Array(size).fill(p.default);
  const expected = `expected ${rangeText(ofRange(p.range))}${unitOf(p)}`;
  throw new ConfigError(path, `${expected}, got the default ${p.default}; give a value`);
}

function perAsset(path: Path, given: unknown, assets: readonly string[]): unknown[] {
  const names = assets.join(', ');
  if (Array.isArray(given)) {
    if (given.length === assets.length) return given;
    const wanted = `expected ${assets.length} numbers, one for each of ${names}`;
    throw new ConfigError(path, `${wanted}, got ${given.length}; one number alone stands for all assets`);
  }
  const map = given as Record<string, unknown>;
  const stranger = Object.keys(map).find((key) => !assets.includes(key));
  if (stranger !== undefined) throw unknownKey(path, stranger, assets);
  const missing = assets.find((asset) => !Object.hasOwn(map, asset));
  if (missing === undefined) return assets.map((asset) => map[asset]);
  throw new ConfigError(path, `expected a number for each of ${names}, got none for ${missing}; add it`);
}

/** Shares as given, but for decimals that were cut short (.333): the transform that trains them makes their sum 1. */
function onSimplex(path: Path, values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  if (Math.abs(sum - 1) <= 1e-12) return [...values];
  if (Math.abs(sum - 1) <= 1e-3) return values.map((v) => v / sum);
  const wanted = `expected numbers that add up to 1, got ${values.join(' + ')} = ${Number(sum.toPrecision(6))}`;
  throw new ConfigError(path, `${wanted}; leave it out for equal shares`);
}

/** The upper end of a fraction, or a share of 0, is no value of any raw number; 0 is: it switches a fee off. */
function checkReachable(path: Path, p: Parameter, value: readonly number[]): void {
  const raw = p.transform.inverse(value);
  const bad = raw.findIndex((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY);
  if (bad < 0) return;
  const expected = isSimplex(p) ? 'expected shares above 0' : `expected a number below ${p.range[1]}${unitOf(p)}`;
  throw new ConfigError(path, `${expected}, got ${[...new Set(value)].join(', ')}; ${p.doc}`);
}

function checkBounds(path: Path, p: Parameter, bounds: readonly [number, number], value: readonly number[]) {
  const at = [...path, 'bounds'];
  if (isSimplex(p)) {
    throw new ConfigError(at, `expected no bounds for shares of 1, got ${show(bounds)}; freeze them by train: false`);
  }
  const [low, high] = bounds;
  if (!(low < high)) {
    throw new ConfigError(at, `expected [least, greatest], got ${show(bounds)}; to fix the value say train: false`);
  }
  const outside = value.find((v) => v < low || v > high);
  if (outside === undefined) return bounds;
  throw new ConfigError(
    at,
    `expected bounds around the start value ${outside}, got ${show(bounds)}; widen them or give another value`,
  );
}

/** Fees and depth are trained only with flow; a value at the end of its transform (fee 0) has no gradient to follow. */
function decideTraining(
  path: Path,
  p: Parameter,
  value: readonly number[],
  asked: boolean | undefined,
  c: ParameterContext,
) {
  const [low, high] = trainedRange(p);
  const inner = isSimplex(p)
    ? p.transform.inverse(value).every(Number.isFinite)
    : value.every((x) => low <= x && x <= high);
  const flow = p.needsFlow !== true || c.flow;
  if (asked !== true) return (asked ?? (p.trainable && c.frozen !== true)) && flow && inner;
  const name = path.at(-1);
  if (!flow) {
    throw new ConfigError(
      path,
      `expected a flow that answers to ${name}, got train: true without one, where ${name} would run to its bound; add flow: {kind: elastic, v0: …} (find v0 by \`poolgrad data calibrate\`), or freeze it: {value: ${show(value.length === 1 ? value[0] : value)}, train: false}`,
    );
  }
  if (!inner) {
    const wanted = `expected a start value between ${p.range[0]} and ${p.range[1]} for training`;
    throw new ConfigError(
      path,
      `${wanted}, got ${value.join(', ')}, from where no gradient leads; start a little inside, or freeze it: train: false`,
    );
  }
  return true;
}
