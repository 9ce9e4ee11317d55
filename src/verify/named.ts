/**
 * Floor 5. Cases that name their kind: `{cases: [{id, kind, inputs, expected, tolerance}]}`. Which kinds there are, and how
 * one is checked as it is read and computed.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from '../export/document.js';
import type { Target } from '../targets/target.js';
import { type Deviation, deviation } from './deviation.js';

export const namedCase = z.object({
  id: z.string(),
  kind: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
  tolerance: z.number().positive(),
});

export type NamedCase = z.infer<typeof namedCase>;

/** What was computed beside what was expected. */
export interface Compared {
  readonly field: string;
  readonly got: readonly number[];
  readonly wanted: readonly number[];
  /** What a float32 target may be off by; left out where no target computes it. */
  readonly single?: number;
}

export type NamedCheck = (c: NamedCase, target: Target) => readonly Compared[];

/** A kind: what its inputs and expected figures are, and how they are computed. */
export const kindOf =
  <I, E>(
    inputs: z.ZodType<I>,
    expected: z.ZodType<E>,
    check: (inputs: I, expected: E, target: Target) => readonly Compared[],
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

/** Largest deviations, relative to max(|wanted|, .001 of the field's largest), as the cases' own tolerance is. */
export function compare(c: NamedCase, target: Target, all: readonly Compared[]): Deviation[] {
  return all.map(({ field, got, wanted, single }) =>
    deviation(
      field,
      got,
      wanted,
      target.exact || single === undefined ? c.tolerance : Math.max(c.tolerance, single),
      'floored',
    ),
  );
}
