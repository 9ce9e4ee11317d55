/** Floor 4. The file of a compute market: venues and fees, as `poolgrad quote` reads them. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ComputeMarket } from '../compute/quote.js';
import { PAPER_FEES } from '../compute/trades.js';
import { readingFailed } from '../data/read-file.js';
import { UserError } from '../errors.js';
import { parseYamlFile } from './document.js';
import { ConfigError, check, message, show } from './explain.js';

/** `50ms`, `.05s`, or milliseconds. */
export function parseLatency(text: string): number {
  const found = /^\s*(\d*\.?\d+)\s*(ms|s)?\s*$/.exec(text);
  return found === null ? Number.NaN : Number(found[1]) * (found[2] === 's' ? 1000 : 1);
}

const positive = z.number().positive();
const fraction = z.number().min(0).lt(1);

const aLatency = message('expected a latency', 'for example 50ms');

const latency = z.union([z.number().nonnegative(), z.string()], { error: aLatency }).transform((x, context) => {
  const value = typeof x === 'number' ? x : parseLatency(x);
  if (Number.isNaN(value)) {
    context.addIssue({ code: 'custom', message: aLatency });
  }
  return value;
});

const venue = z.strictObject({
  name: z.string().min(1),
  resource: z.string().min(1),
  region: z.string().optional(),
  tier: z.string().optional(),
  latency: latency.optional(),
  efficiency: positive.optional(),
  compute: positive,
  credits: positive,
  curvature: fraction.default(0.05),
  priceScale: positive.default(1),
});

const schema = z.strictObject({
  marketFee: fraction.default(0.003),
  riskFee: z.number().nonnegative().default(0.02),
  riskScope: z.enum(['asset', 'pool']).default('asset'),
  cap: z.number().positive().lt(1).optional(),
  burn: z.number().min(0).max(1).default(PAPER_FEES.burn),
  treasuryShare: z.number().min(0).max(1).default(PAPER_FEES.treasuryShare),
  burnBase: z.enum(['market', 'total']).default(PAPER_FEES.burnBase),
  venues: z.array(venue).min(1),
});

/** Reads a market. Throws a UserError that starts with the file. */
export async function loadMarket(path: string): Promise<ComputeMarket> {
  const text = await readFile(path, 'utf8').catch(readingFailed(path));
  try {
    return marketOf(parseYamlFile(text, path));
  } catch (error) {
    if (error instanceof ConfigError) {
      throw new UserError(`${path}: ${error.path.length > 0 ? error.message : error.what}`);
    }
    throw error;
  }
}

/** A market of plain values. Throws a ConfigError. */
export function marketOf(given: unknown): ComputeMarket {
  const keys = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.keys(given) : null;
  if (keys === null || !keys.some((key) => Object.hasOwn(schema.shape, key))) {
    const got = keys === null || keys.length === 0 ? show(given) : `a document of ${keys.join(', ')}`;
    throw new ConfigError([], `expected a market of venues, got ${got}; begin with venues:`);
  }
  const { venues, burn, treasuryShare, burnBase, ...fees } = check(schema, given, []);
  const names = new Set<string>();
  const resources = new Set(venues.map(({ resource }) => resource));
  venues.forEach(({ name, resource }, i) => {
    if (names.has(name))
      throw new ConfigError(['venues', i, 'name'], `expected a name of its own, got '${name}' again`);
    names.add(name);
    // an amount of that name would be of the one or of the other
    if (resources.has(name) && name !== resource) {
      throw new ConfigError(
        ['venues', i, 'name'],
        `expected a name that is no other resource's, got '${name}'; rename it`,
      );
    }
  });
  return {
    ...fees,
    fees: { burn, treasuryShare, burnBase },
    venues: venues.map(({ compute, credits, curvature, priceScale, ...rest }) => ({
      ...rest,
      psi: compute,
      theta: credits,
      rho: curvature,
      scale: priceScale,
    })),
  };
}
