/**
 * Floor 4. The fields that config sections are made of: zod schemas whose errors are a `message` (explain.ts
 * puts path and value in), and whose descriptions and defaults reach the JSON Schema.
 */
import { z } from 'zod';
import { nearestName } from '../data/names.js';
import { message, oneOf } from './explain.js';

export interface NumberRange {
  readonly min?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  readonly max?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
  readonly whole?: boolean;
}

/** `a whole number from 1 to 10` */
export function rangeText({ min, above, max, below, whole }: NumberRange): string {
  const low = above !== undefined ? `above ${above}` : min !== undefined ? `from ${min}` : '';
  const high = below !== undefined ? `below ${below}` : max !== undefined ? `to ${max}` : '';
  const both = low && high ? `${low} ${below !== undefined ? 'and ' : ''}${high}` : low || high.replace('to', 'up to');
  const open = min !== undefined && !high ? ' or more' : '';
  const text = open ? `${min}${open}` : both;
  return `a ${whole ? 'whole ' : ''}number${text ? ` ${open ? 'of ' : ''}${text}` : ''}`;
}

/** A number within a range. `text` is the message (explain.ts) of every way to miss it. */
export function numberIn(range: NumberRange, text: string): z.ZodNumber {
  const error = { error: text };
  let schema = z.number(error);
  if (range.whole) schema = schema.int(error);
  if (range.min !== undefined && Number.isFinite(range.min)) schema = schema.min(range.min, error);
  if (range.above !== undefined) schema = schema.gt(range.above, error);
  if (range.max !== undefined && Number.isFinite(range.max)) schema = schema.max(range.max, error);
  if (range.below !== undefined) schema = schema.lt(range.below, error);
  return schema;
}

/** A number with a default, which the error names as the way out. */
export function number(doc: string, fallback: number, range: NumberRange) {
  const text = message(`expected ${rangeText(range)} (${doc})`, `leave it out for the default ${fallback}`);
  return numberIn(range, text).default(fallback).describe(doc);
}

/** A number that may be left out. */
export const optionalNumber = (doc: string, range: NumberRange) =>
  numberIn(range, message(`expected ${rangeText(range)} (${doc})`, 'change it'))
    .optional()
    .describe(doc);

/** One of some names, with a default. The error suggests the nearest. */
export function choice<const T extends readonly [string, ...string[]]>(doc: string, names: T, fallback: T[number]) {
  return required(doc, names).default(fallback as never);
}

/** One of some names, without a default. */
export function required<const T extends readonly [string, ...string[]]>(doc: string, names: T) {
  const error = (issue: { input?: unknown }) => {
    const hint = typeof issue.input === 'string' ? `did you mean '${nearestName(issue.input, names)}'?` : doc;
    return message(`expected ${oneOf(names)}`, hint);
  };
  return z.enum(names, { error }).describe(doc);
}

/** A section that may be left out: its fields then take their defaults. */
export const section = <S extends z.ZodRawShape>(doc: string, shape: S) => strict(doc, shape).prefault({} as never);

/** An object with these keys and no others. */
export const strict = <S extends z.ZodRawShape>(doc: string, shape: S) =>
  z.strictObject(shape, { error: mapExpected(doc, shape) }).describe(doc);

// zod asks this for its own issues of the object: undefined leaves unknown keys their standard message
function mapExpected(doc: string, shape: z.ZodRawShape) {
  return (issue: { code?: string }) =>
    issue.code === 'invalid_type'
      ? message(`expected a map (${doc})`, `its keys are ${Object.keys(shape).join(', ')}`)
      : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
};
const MEMORY = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]i?|)B?\s*$/i;

/** An amount of memory, at least a megabyte: 2GB, 512MiB, or a number of bytes. */
export const memory = (doc: string) => {
  const error = message('expected an amount of memory of 1MB or more, such as 2GB or 512MiB', doc);
  return z
    .union([z.number(), z.string().regex(MEMORY, { error })], { error })
    .refine((given) => memoryBytes(given) >= 1e6 && memoryBytes(given) < Number.POSITIVE_INFINITY, { error })
    .describe(doc);
};

/** The bytes of an amount; NaN for what `memory` does not accept. */
export function memoryBytes(given: string | number): number {
  if (typeof given === 'number') return given;
  const parts = MEMORY.exec(given);
  return parts === null ? Number.NaN : Number(parts[1]) * UNITS[parts[2].toUpperCase()];
}
