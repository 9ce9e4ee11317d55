/** Floor 5. What all exported JSON files share: the provenance block, deterministic text, one-line errors on reading. */
import { z } from 'zod';
import { DEEPEST, isDeeperThan } from '../config/document.js';
import { UserError } from '../errors.js';
import type { Provenance } from './pool.js';

export const provenanceSchema = z.strictObject({
  checkpoint: z.string().describe('hash of the checkpoint'),
  dataset: z.string().describe('hash of the dataset'),
  version: z.string().describe('version of poolgrad that trained the pool'),
  created: z.string().describe('ISO 8601 date and time of the checkpoint'),
  metrics: z.record(z.string(), z.number()).describe('figures that the parameters were chosen by'),
});

/** An integer as decimal text: JSON numbers cannot hold 256 bits. */
export const integerText = z.string().regex(/^(0|-?[1-9]\d*)$/, { error: 'expected an integer as decimal text' });

/** The fields at the head of every file: what it is and where it comes from. */
export function header(
  format: string,
  pool: { readonly provenance: Provenance },
  formatVersion = 1,
): { format: string; formatVersion: number; provenance: object } {
  const { checkpoint, dataset, version, created, metrics } = pool.provenance;
  const names = Object.keys(metrics).sort();
  const sorted = Object.fromEntries(names.map((name) => [name, metrics[name]]));
  return { format, formatVersion, provenance: { checkpoint, dataset, version, created, metrics: sorted } };
}

/** zod's fields for `header`. */
export function headerSchema<Format extends string>(format: Format, formatVersion = 1) {
  return { format: z.literal(format), formatVersion: z.literal(formatVersion), provenance: provenanceSchema };
}

/** JSON text of a document; bigints become decimal text. */
export function writeDocument(document: object): string {
  return `${JSON.stringify(document, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
}

/**
 * Reads a document back.
 * @param op named at the start of an error, e.g. 'parse quantamm'
 * @throws UserError for text that is no JSON or does not have the schema's shape
 */
export function readDocument<Schema extends z.ZodType>(op: string, text: string, schema: Schema): z.output<Schema> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${op}: expected JSON, got ${(error as Error).message}; export the checkpoint again`);
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue.path.length > 0 ? issue.path.join('.') : 'the file';
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], raw);
  throw new UserError(
    `${op}: ${path}: ${plainMessage(issue.message)}, got ${shorten(value)}; mend the file or export the checkpoint again`,
  );
}

/** A complaint of zod's in this project's style: lower case, and without the value, which the error adds itself. */
export function plainMessage(message: string): string {
  const text = message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A value on one short line, for errors. */
export function shorten(value: unknown): string {
  if (value === undefined) return 'nothing';
  // as text it would take more stack than there is
  if (isDeeperThan(value, DEEPEST)) return `parts within each other more than ${DEEPEST} deep`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
