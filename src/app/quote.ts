/** Floor 5½. `quote`: what a bundle of compute costs on a market, as a table and for machines. */
import { checkFinite } from '../compute/carried.js';
import { type ComputeMarket, type ComputeQuote, priceOfMasks, type QuoteRequest, quote } from '../compute/quote.js';
import { loadMarket, parseLatency } from '../config/market.js';
import { UserError } from '../errors.js';
import type { JobOutput, QuoteOptions } from './options.js';

export async function runQuote(options: QuoteOptions): Promise<JobOutput> {
  const market = await loadMarket(options.market);
  const request = requestOf(options);
  checkPlaces(market, request);
  const found = quote(market, request);
  checkFinite('quote', found);
  const masks = priceOfMasks(market, request);
  return { text: textOf(found, request, masks), json: { ...found, maskPrice: masks } };
}

function requestOf({ need, latency, region, tier }: QuoteOptions): QuoteRequest {
  return {
    need: parseNeed(need),
    ...(latency === undefined ? {} : { latency: latencyOf(latency) }),
    ...(region === undefined ? {} : { regions: words(region) }),
    ...(tier === undefined ? {} : { tiers: words(tier) }),
  };
}

const words = (text: string): string[] => text.split(',').map((word) => word.trim());

function latencyOf(text: string): number {
  const value = parseLatency(text);
  if (value > 0) return value;
  throw new UserError(`--latency: expected a time above 0, got '${text}'; for example --latency 50ms`, 2);
}

function parseNeed(text: string): Record<string, number> {
  const wrong = (what: string) => new UserError(`--need: ${what}; for example --need gpu=100,vram=512`, 2);
  const need: Record<string, number> = {};
  for (const part of words(text)) {
    const [resource, amount, ...rest] = part.split('=');
    const units = amount === undefined || amount.trim() === '' ? Number.NaN : Number(amount);
    if (rest.length > 0 || resource === '' || Number.isNaN(units)) {
      throw wrong(`expected units by resource, got '${text}'`);
    }
    if (units === Number.POSITIVE_INFINITY) throw wrong(`expected finite units of ${resource}, got '${amount}'`);
    if (!(units > 0)) throw wrong(`expected units of ${resource} above 0, got '${amount}'`);
    if (Object.hasOwn(need, resource)) throw wrong(`expected each resource once, got ${resource} again in '${text}'`);
    need[resource] = units;
  }
  return need;
}

/** A region or a tier that no venue has is a slip of the pen. */
function checkPlaces({ venues }: ComputeMarket, { regions = [], tiers = [] }: QuoteRequest): void {
  for (const [flag, asked, of] of [
    ['region', regions, venues.map((v) => v.region)],
    ['tier', tiers, venues.map((v) => v.tier)],
  ] as const) {
    const known = [...new Set(of.filter((x) => x !== undefined))];
    const missing = asked.find((name) => !known.includes(name));
    if (missing === undefined) continue;
    throw new UserError(`--${flag}: expected one of ${known.join(', ') || 'none'}, got '${missing}'`, 2);
  }
}

const number = (x: number): string => (Math.abs(x) >= 1000 ? x.toFixed(0) : x.toPrecision(4));
const bps = (x: number): string => `${(x * 1e4).toFixed(1)} bps`;

/** Columns as wide as they need to be; numbers to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  return [head, ...rows].map((row) => line(row).trimEnd());
}

function textOf(q: ComputeQuote, request: QuoteRequest, masks: number): string {
  const lines = q.lines.map((l) => [
    l.resource,
    l.venue,
    number(l.amount),
    number(l.effective),
    bps(l.fee),
    number(l.gross),
    number(l.gross / l.amount),
  ]);
  const resources = q.resources.map((r) => {
    const latency = r.latency === null ? '' : `, mean latency ${number(r.latency)} ms`;
    const saved = r.perMillisecond > 0 ? `, a millisecond more would save ${number(r.perMillisecond)}` : '';
    return `${r.resource}: one unit more costs ${number(r.nextUnit)}${latency}${saved}`;
  });
  const places = [...(request.regions ?? []), ...(request.tiers ?? [])].join(', ');
  return [
    ...table(['resource', 'venue', 'units', 'curve', 'fee', 'credits', 'each'], lines),
    `total ${number(q.total)} credits, of it ${number(q.fees)} fees; ${bps(q.overSpot / (q.total - q.overSpot))} over the prices of the moment`,
    ...resources,
    ...(places === '' ? [] : [`only ${places}: ${number(masks)} credits more than anywhere`]),
  ].join('\n');
}
