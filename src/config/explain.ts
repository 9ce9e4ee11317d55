/** Floor 4. What is wrong in a config, in one line: the path, what was expected, what came, how to mend it. */
import type { z } from 'zod';
import { nearestName } from '../data/names.js';
import { UserError } from '../errors.js';

/** Keys from the top of the document. */
export type Path = readonly (string | number)[];

/** A mistake at a place of the config. The loader tells by the path whether a file or a flag brought it. */
export class ConfigError extends UserError {
  constructor(
    readonly path: Path,
    readonly what: string,
  ) {
    super(`${path.length > 0 ? path.map((key) => shortened(String(key))).join('.') : 'config'}: ${what}`);
  }
}

/** A value as an error shows it: short, strings in quotes. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? `'${value.replaceAll(/\s+/g, ' ')}'` : JSON.stringify(value);
  return shortened(text);
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** `a`, `a or b`, `a, b or c` */
export function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** The message of a schema: what was expected, and how to mend it. zod does not tell it what came. */
export const message = (expected: string, remedy: string): string => `${expected}${SEPARATOR}${remedy}`;

/** In no message, which are single lines. */
const SEPARATOR = '\n';

/** Puts what came into a `message`. */
export function withInput(text: string, input: unknown): string {
  const [expected, remedy] = text.split(SEPARATOR);
  return `${expected}, got ${show(input)}${remedy === undefined ? '' : `; ${remedy}`}`;
}

/** An unknown key, with the known one it most resembles, or the section where it belongs. */
export function unknownKey(path: Path, key: string, known: readonly string[], sections: Sections = {}): ConfigError {
  const home = Object.keys(sections).find((section) => sections[section].includes(key));
  if (home !== undefined && home !== path.join('.')) {
    return new ConfigError([...path, key], `expected a known key, got ${show(key)}; it belongs under ${home}`);
  }
  const near = nearestName(key, known);
  return new ConfigError([...path, key], `expected a known key, got ${show(key)}; did you mean '${near}'?`);
}

/** The keys of each section, so that a key in the wrong place can be sent home. */
export type Sections = Readonly<Record<string, readonly string[]>>;

/**
 * The value that `schema` makes of `input`. Throws a ConfigError for the first issue; unknown keys come first, since a
 * misspelt key is also a missing one.
 */
export function check<S extends z.ZodObject>(schema: S, input: unknown, path: Path, sections?: Sections): z.output<S> {
  const result = schema.safeParse(input, { error: expectedBy });
  if (result.success) return result.data;
  const { issues } = result.error;
  const issue = issues.find((i) => i.code === 'unrecognized_keys') ?? issues[0];
  const at = [...path, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') {
    throw unknownKey(at, issue.keys[0], keysAt(schema, issue.path), sections);
  }
  const came = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], input);
  throw new ConfigError(at, withInput(issue.message, came));
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'values by name',
  record: 'values by name',
  array: 'a list',
  number: 'a finite number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
};

/** What was expected, where a schema does not say so itself. */
function expectedBy(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      if (issue.origin === 'string') return 'expected text that is not empty';
      if (issue.origin === 'array') return `expected a list of ${issue.minimum} or more`;
      return `expected ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** The keys that the object schema at `path` knows. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let inner: unknown = schema;
  const unwrap = () => {
    while (!(inner as z.ZodObject).shape && (inner as z.ZodOptional).def?.innerType) {
      inner = (inner as z.ZodOptional).def.innerType;
    }
    return (inner as z.ZodObject).shape;
  };
  for (const key of path) {
    const shape = unwrap();
    // a place in a list
    inner = typeof key === 'number' ? (inner as z.ZodArray).element : shape[key as string];
  }
  return Object.keys(unwrap());
}
