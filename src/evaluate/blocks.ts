/**
 * Floor 5. What faster blocks than a dataset's steps would change: how often a pool with a fee is arbitraged, and for how much.
 *
 * Of blocks that come at a rate of Λ, at a volatility σ of the price in the same unit of time and a fee f, γ̂ = −ln(1 − f), a
 * pool is arbitraged in the share (Milionis, Moallemi and Roughgarden, "Automated Market Making and Arbitrage Profits in the
 * Presence of Fees", 2023)
 *
 *     P = 1/(1 + √(2Λ)·γ̂/σ)
 *
 * and arbitrageurs gain σ²/8·P of the value of a constant product, for fees and steps that are small. So more blocks mean more
 * trades, but less for those who make them.
 */

import { arbitrageRows, type PoolSpec } from '../pools/spec.js';
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import { feeOf } from './parameters.js';
import type { HeldPrices, Range } from './path.js';
import { everyText, formatBps } from './report/format.js';

/** Milliseconds of a block: Ethereum's, the slowest of the chains that these pools are on. */
const BLOCK = 12_000;
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** The share of blocks with an arbitrage. */
export function arbitrageShare(fee: number, volatility: number, blocks: number): number {
  return 1 / (1 + (Math.sqrt(2 * blocks) * -Math.log1p(-fee)) / volatility);
}

/**
 * Standard deviation of the log returns over `stride` rows that a pool trades on, root mean square over its pairs of
 * assets; over assets in the numéraire for pools that hold it, and for those of one asset.
 */
export function pairVolatility({ prices, width }: HeldPrices, n: number, [from, to]: Range, stride: number): number {
  let [squares, count] = [0, 0];
  for (let row = from + stride; row < to; row += stride) {
    const change = (i: number) => Math.log(prices[row * width + i] / prices[(row - stride) * width + i]);
    const changes = Array.from({ length: n }, (_, i) => change(i));
    const moves = width > n || n === 1 ? changes : changes.flatMap((a, i) => changes.slice(i + 1).map((b) => a - b));
    for (const move of moves) squares += move * move;
    count += moves.length;
  }
  return count === 0 ? 0 : Math.sqrt(squares / count);
}

interface Measured {
  readonly spec: PoolSpec;
  readonly layout: ParameterLayout;
  readonly raw: Float64Array;
  /** Milliseconds between rows. */
  readonly interval: number;
  readonly held: HeldPrices;
  readonly range: Range;
}

/**
 * A sentence about parameters that were trained against arbitrage; null where there are none, without a fee, where nothing
 * moves, where blocks are no faster than the steps and where they were trained on.
 */
export function blocksCaution(m: Measured, trained: readonly LayoutEntry[]): string | null {
  const names = trained.filter((e) => e.parameter.needsFlow === true).map((e) => e.name);
  const fee = feeOf(m.spec, m.layout, m.raw);
  const every = arbitrageRows(m.spec);
  const step = every * m.interval;
  if (m.spec.blocks || names.length === 0 || !(fee > 0 && fee < 1) || step <= BLOCK) return null;
  const volatility = pairVolatility(m.held, m.spec.assets.length, m.range, every);
  if (!(volatility > 0)) return null;
  const own = arbitrageShare(fee, volatility, 1);
  const blocks = arbitrageShare(fee, volatility, step / BLOCK);
  const two = (x: number) => String(Number(x.toPrecision(2)));
  const percent = (x: number) => `${two(100 * x)}%`;
  const aDay = volatility * Math.sqrt(DAY / step);
  const steps = step === MINUTE ? 'the minutes' : `the steps of ${everyText(step / MINUTE)}`;
  const prices = m.interval === MINUTE ? 'minute prices' : `prices every ${everyText(m.interval / MINUTE)}`;
  return `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} trained on ${prices}: at a fee of ${formatBps(fee)} and a volatility of ${percent(aDay)} a day there is an arbitrage in about ${percent(own)} of ${steps}. Where blocks come every 12 s there is one in about ${percent(blocks)} of the blocks, ${two((blocks * step) / BLOCK / own)} times as often, and arbitrageurs gain about ${two(blocks / own)} times what is shown (by the closed form for a constant product).`;
}
