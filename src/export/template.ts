/**
 * Floor 5. The user's template: what a chain wants to know and training cannot: addresses, salts, names, roles.
 * One template serves all on-chain targets; a target reads the fields it needs. What is missing stays in the file as
 * a named placeholder.
 */
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { plainMessage, shorten } from './document.js';

export const ZERO_ADDRESS = '0x0000000000000000000000000000000000000000';

/** YAML reads an unquoted 0x… as a number and loses its digits: say so instead of "expected string". */
function hex(digits: number, what: string) {
  const expected = `expected ${what} (0x and ${digits} hex digits)`;
  return z
    .string({ error: ({ input }) => (typeof input === 'number' ? `${expected} in quotes` : expected) })
    .regex(new RegExp(`^0x[0-9a-fA-F]{${digits}}$`), { error: expected });
}

const address = hex(40, 'an address');
const roleAccountsSchema = z.strictObject({
  pauseManager: address.optional(),
  swapFeeManager: address.optional(),
  poolCreator: address.optional(),
});
const tokenSchema = z.strictObject({
  token: address.optional(),
  rateProvider: address.optional(),
  paysYieldFees: z.boolean().optional(),
});

const templateSchema = z.strictObject({
  name: z.string().min(1).optional(),
  symbol: z.string().min(1).optional(),
  /** by asset: an address, or an object where the token has a rate provider */
  tokens: z
    .record(z.string(), z.union([address.transform((token) => ({ token })), tokenSchema]), {
      error: 'expected a map from asset to address',
    })
    .optional(),
  roleAccounts: roleAccountsSchema.optional(),
  /** the fee on chain as a fraction, in place of the trained one */
  swapFee: z.number().optional(),
  poolHooksContract: address.optional(),
  enableDonation: z.boolean().optional(),
  disableUnbalancedLiquidity: z.boolean().optional(),
  salt: hex(64, 'a salt').optional(),
  /** address of the deployed rule contract */
  rule: address.optional(),
  /** by asset: the price oracle and its backups */
  oracles: z
    .record(z.string(), z.union([address.transform((first) => [first]), z.array(address).min(1)]), {
      error: 'expected a map from asset to oracle addresses',
    })
    .optional(),
  maxTradeSizeRatio: z.number().optional(),
  poolManager: address.optional(),
  /** seconds */
  oracleStalenessThreshold: z.int().positive().optional(),
  /** bit mask of permitted actions */
  poolRegistry: z.int().positive().optional(),
  poolDetails: z.array(z.tuple([z.string(), z.string(), z.string(), z.string()])).optional(),
});

export type Template = z.output<typeof templateSchema>;

/** The innermost complaint: a union reports only that no member fits, the arm that came furthest says why. */
function innermost(issue: z.core.$ZodIssue): { path: PropertyKey[]; issue: z.core.$ZodIssue } {
  let at = issue;
  const path = [...issue.path];
  while (at.code === 'invalid_union') {
    const arms = at.errors.map((issues) => issues[0]).sort((a, b) => b.path.length - a.path.length);
    at = arms[0];
    path.push(...at.path);
  }
  return { path, issue: at };
}

function unknownKey(op: string, path: PropertyKey[], keys: readonly string[]): UserError {
  const known = Object.keys(path[0] === 'roleAccounts' ? roleAccountsSchema.shape : templateSchema.shape);
  const options = path[0] === 'tokens' ? Object.keys(tokenSchema.shape) : known;
  const where = [...path, keys[0]].join('.');
  return new UserError(
    `${op}: expected only known fields in the template, got '${where}'; did you mean '${closest(keys[0], options)}'?`,
  );
}

/**
 * Validates the template; asset names must be the pool's.
 * @throws UserError for unknown fields (with the nearest known one), bad addresses, unknown assets
 */
export function readTemplate(op: string, raw: Readonly<Record<string, unknown>>, assets: readonly string[]): Template {
  const result = templateSchema.safeParse(raw);
  if (!result.success) {
    const { path, issue } = innermost(result.error.issues[0]);
    if (issue.code === 'unrecognized_keys') throw unknownKey(op, path, issue.keys);
    const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], raw);
    throw new UserError(
      `${op}: template field ${path.join('.')}: ${plainMessage(issue.message)}, got ${shorten(value)}; mend the template file`,
    );
  }
  for (const field of ['tokens', 'oracles'] as const) {
    const stranger = Object.keys(result.data[field] ?? {}).find((name) => !assets.includes(name));
    if (stranger === undefined) continue;
    throw new UserError(
      `${op}: template field ${field} must name assets of the pool (${assets.join(', ')}), got '${stranger}'; did you mean '${closest(stranger, [...assets])}'?`,
    );
  }
  return result.data;
}

/** Targets that deploy nothing take no template: say so instead of ignoring it in silence. */
export function unusedTemplate(name: string, template: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(template).length === 0 ? [] : [`${name} takes no template: its fields were not used`];
}

/** Collects the names of what the template leaves open. */
export class Blanks {
  readonly names: string[] = [];

  /** The value, or its placeholder in the file's text. */
  fill<T>(value: T | undefined, name: string): T | string {
    if (value !== undefined) return value;
    this.names.push(name);
    return placeholder(name);
  }

  /** @throws UserError under --strict when something is still open */
  refuseIf(strict: boolean, op: string): void {
    if (!strict || this.names.length === 0) return;
    throw new UserError(
      `${op} --strict: expected no placeholders, got ${this.names.length} (${this.names.join(', ')}); fill them in the template or leave out --strict`,
    );
  }
}

export function placeholder(name: string): string {
  return `<${name}>`;
}

/** Whether a string of a file still waits for the user. */
export function isPlaceholder(text: string): boolean {
  return /^<[^<>]+>$/.test(text);
}
