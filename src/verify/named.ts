/**
 * Floor 5. Cases that name their kind: `{cases: [{id, kind, inputs, expected, tolerance}]}`, or a list of them. Which kinds
 * there are, and how one is checked as it is read and computed.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import type { SynchronousTarget } from '../targets/target.js';
import { type Deviation, deviation } from './deviation.js';

const parts = {
  kind: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
};

export const namedCase = z.object({ id: z.string(), ...parts, tolerance: z.number().positive() });

/** Of a list: |got − wanted| ≤ abs + rel·|wanted|. */
export const listedCase = z
  .object({
    name: z.string(),
    ...parts,
    tolerance: z
      .object({ abs: z.number().nonnegative(), rel: z.number().nonnegative() })
      .refine(({ abs, rel }) => abs + rel > 0, 'expected abs or rel above 0'),
  })
  .transform(({ name, ...c }) => ({ id: name, ...c }));

export type NamedCase = z.output<typeof namedCase> | z.output<typeof listedCase>;

/** What was computed beside what was expected. */
export interface Compared {
  readonly field: string;
  readonly got: readonly number[];
  readonly wanted: readonly number[];
  /** What a float32 target may be off by; left out where no target computes it. */
  readonly single?: number;
}

export type NamedCheck = (c: NamedCase, target: SynchronousTarget) => readonly Compared[];

/** A kind: what its inputs and expected figures are, and how they are computed. */
export const kindOf =
  <I, E>(
    inputs: z.ZodType<I>,
    expected: z.ZodType<E>,
    check: (inputs: I, expected: E, target: SynchronousTarget) => readonly Compared[],
  ): NamedCheck =>
  (c, target) =>
    check(checked(c, 'inputs', inputs), checked(c, 'expected', expected), target);

function checked<T>(c: NamedCase, part: 'inputs' | 'expected', schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(c[part]);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const got = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], c[part]);
  throw new UserError(
    `verify: ${c.id}, ${[part, ...issue.path].join('.')}: ${plainMessage(issue.message)}, got ${shorten(got)}; mend the case`,
  );
}

/** Largest deviations, as the cases' own tolerance is meant: a number relative to max(|wanted|, .001 of the field's largest). */
export function compare({ tolerance }: NamedCase, target: SynchronousTarget, all: readonly Compared[]): Deviation[] {
  return all.map(({ field, got, wanted, single }) => {
    const least = target.exact || single === undefined ? 0 : single;
    if (typeof tolerance === 'number') return deviation(field, got, wanted, Math.max(tolerance, least), 'floored');
    const { abs, rel } = tolerance;
    return deviation(
      field,
      got,
      wanted,
      Math.max(abs > 0 ? abs : rel, least),
      abs > 0 ? { growth: rel / abs } : 'each',
    );
  });
}

/** Numbers, null where there is none, in arrays of any depth. */
export type Nested = number | null | readonly Nested[];

/** Fields with nulls: these have to be in the same places. */
export function comparedNested(field: string, got: Nested, wanted: Nested, single?: number): Compared {
  const flat = (x: Nested): (number | null)[] => (typeof x === 'object' && x !== null ? x.flatMap(flat) : [x]);
  const [found, sought] = [flat(got), flat(wanted)];
  // a NaN is an infinite error, as numbers of another count are
  const kept = sought.map((w, i) => [
    found[i] ?? (w === null ? 0 : Number.NaN),
    w ?? (found[i] === null ? 0 : Number.NaN),
  ]);
  const tooMany = found.length > sought.length ? [Number.NaN] : [];
  return { field, got: [...kept.map(([g]) => g), ...tooMany], wanted: kept.map(([, w]) => w), single };
}
