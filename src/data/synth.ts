/**
 * Floor 4. Synthetic prices: correlated geometric Brownian motion with two volatility regimes and, if asked, a slowly
 * varying drift for each asset; traded volume follows volatility and the size of the move. Reproducible to the bit.
 */
import { UserError } from '../errors.js';
import { draw } from '../targets/runtime.js';
import { createDataset, type Dataset } from './dataset.js';
import { exactExp, normals } from './random.js';
import { DAY, formatTime, LATEST } from './time.js';

/** Which rows to draw. */
export interface SynthSpan {
  readonly assets: readonly string[];
  /** Length in days, > 0. */
  readonly days: number;
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Milliseconds UTC of the first row. */
  readonly start: number;
  /** Milliseconds between rows. */
  readonly interval: number;
  /** The command that made it, kept in the dataset's meta. */
  readonly recipe?: string;
}

/** What to draw. Rates are per year of 365 days. */
export interface SynthOptions extends SynthSpan {
  /** Correlation of the returns of any two assets, in [0, 1). */
  readonly correlation: number;
  /** Annualised volatility in the calm and in the turbulent regime, > 0. */
  readonly volatility: readonly [number, number];
  /** Mean stay in the calm and in the turbulent regime, in days, > 0. */
  readonly dwell: readonly [number, number];
  /** Standard deviation of the drift of the log price, per year, ≥ 0; 0 is a martingale: nothing to find. */
  readonly drift: number;
  /** Half-life of the drift, in days, > 0. */
  readonly driftHalfLife: number;
  /** Mean traded volume of an asset in the calm regime, numéraire per day, > 0. */
  readonly dailyVolume: number;
}

export const synthDefaults = {
  start: Date.UTC(2024, 0, 1),
  interval: 60_000,
  correlation: 0.6,
  volatility: [0.45, 1.1],
  dwell: [3, 0.75],
  drift: 0,
  driftHalfLife: 4,
  dailyVolume: 50e6,
} as const;

const START_PRICE = 100;
/** Log standard deviation of the part of the volume that has nothing to do with prices. */
const VOLUME_NOISE = 0.8;
/** E|z| of a standard normal. */
const MEAN_ABS_NORMAL = Math.sqrt(2 / Math.PI);
/** Streams 0 and 1 belong to the regime and the market; each asset has two more. */
const STREAM = { regime: 0, market: 1, asset: 2 } as const;

/**
 * Draws a dataset. Per row of length dt (in years), with regime volatility σ, market shock z₀ and own shock zᵢ:
 *
 *     regime: two-state Markov chain, leaves its state with probability interval/dwell
 *     mᵢ ← φ·mᵢ + √(1 − φ²)·drift·ξᵢ,  φ = 2^(−interval/half-life)          (Ornstein–Uhlenbeck)
 *     pᵢ ← pᵢ·exp((mᵢ − σ²/2)·dt + σ·√dt·(√c·z₀ + √(1 − c)·zᵢ)),  c = correlation
 *     volumeᵢ = base·(σ/σ_calm)·½(1 + |z|/E|z|)·exp(.8·ηᵢ − .32)
 *
 * Prices and volumes are rounded to float32, which the file form stores in half the space.
 */
export function synthesize(options: SynthOptions): Dataset {
  const rows = rowsOfSpan(options);
  checkOptions(options);
  const { assets, interval, volatility, correlation, seed } = options;
  const n = assets.length;
  const dt = interval / (365 * DAY);
  const phi = exactExp((-Math.LN2 * interval) / (options.driftHalfLife * DAY));
  const driftShock = Math.sqrt(1 - phi * phi) * options.drift;
  const baseVolume = (options.dailyVolume * interval) / DAY;
  const prices = new Float64Array(rows * n);
  const volume = new Float64Array(rows * n);
  const price = new Float64Array(n).fill(START_PRICE);
  const drift = Float64Array.from(assets, (_, i) => options.drift * normals(seed, STREAM.asset + 2 * i, 0)[0]);
  let regime = 0;
  for (let row = 0; row < rows; row++) {
    const step = row + 1;
    if (draw(seed, STREAM.regime, step, 0) < interval / (options.dwell[regime] * DAY)) regime = 1 - regime;
    const sigma = volatility[regime];
    const [market] = normals(seed, STREAM.market, step);
    for (let i = 0; i < n; i++) {
      const [own, volumeNoise] = normals(seed, STREAM.asset + 2 * i, step);
      const [driftNoise] = normals(seed, STREAM.asset + 2 * i + 1, step);
      const z = Math.sqrt(correlation) * market + Math.sqrt(1 - correlation) * own;
      drift[i] = phi * drift[i] + driftShock * driftNoise;
      if (row > 0) price[i] *= exactExp((drift[i] - (sigma * sigma) / 2) * dt + sigma * Math.sqrt(dt) * z);
      prices[row * n + i] = Math.fround(price[i]);
      volume[row * n + i] = Math.fround(baseVolume * activity(sigma / volatility[0], z, volumeNoise));
    }
  }
  checkDrawn(prices, 'give a smaller --volatility or --drift, or fewer --days');
  const meta = {
    source: 'synthetic',
    numeraire: 'USD',
    recipe: options.recipe ?? `synthesize(${JSON.stringify(options)})`,
  };
  return createDataset({ assets: [...assets], start: options.start, interval, rows, prices, volume, meta });
}

/** Volume of a row relative to the mean of the calm regime: (σ/σ_calm)·½(1 + |z|/E|z|)·exp(sη − s²/2). */
function activity(relativeVolatility: number, z: number, eta: number): number {
  const noise = exactExp(VOLUME_NOISE * eta - (VOLUME_NOISE * VOLUME_NOISE) / 2);
  return relativeVolatility * 0.5 * (1 + Math.abs(z) / MEAN_ABS_NORMAL) * noise;
}

/** Throws a UserError with a remedy where a price is none. */
export function checkDrawn(prices: Float64Array, remedy: string, what = 'synth'): void {
  const bad = prices.find((price) => !(price > 0 && price < Number.POSITIVE_INFINITY));
  if (bad === undefined) return;
  throw new UserError(`${what}: a price ran to ${bad}; ${remedy}`);
}

function require(ok: boolean, flag: string, expected: string, got: unknown): void {
  if (!ok) throw new UserError(`synth: ${flag} expected ${expected}, got ${got}`, 2);
}

const positive = (x: number): boolean => Number.isFinite(x) && x > 0;

/** How many rows a span has. Throws a UserError where it is none. */
export function rowsOfSpan(o: SynthSpan): number {
  require(o.assets.length > 0, '--assets', 'at least one name', 'none');
  const repeated = o.assets.find((asset, i) => o.assets.indexOf(asset) !== i);
  require(repeated === undefined, '--assets', 'each name once', `'${repeated}' twice`);
  require(Number.isInteger(o.seed) &&
    o.seed >= 0 &&
    o.seed < 2 ** 32, '--seed', 'an integer from 0 to 2^32 − 1', o.seed);
  require(positive(o.days), '--days', 'a number > 0', o.days);
  const rows = Math.round((o.days * DAY) / o.interval);
  require(rows >= 2 && rows * o.assets.length < 2 ** 28, '--days', 'from 2 rows to 268 million prices', `${rows} rows`);
  const end = o.start + rows * o.interval;
  require(end <= LATEST, '--start', `a time from which ${rows} rows end before the year 275760`, formatTime(o.start));
  return rows;
}

function checkOptions(o: SynthOptions): void {
  require(o.correlation >= 0 && o.correlation < 1, '--correlation', 'a number in [0, 1)', o.correlation);
  require(o.volatility.every(positive), '--volatility', 'two numbers > 0', o.volatility.join(','));
  require(o.dwell.every(positive), '--dwell', 'two numbers of days > 0', o.dwell.join(','));
  require(o.drift >= 0 && Number.isFinite(o.drift), '--drift', 'a number ≥ 0', o.drift);
  require(positive(o.driftHalfLife), '--drift-half-life', 'a number of days > 0', o.driftHalfLife);
  require(positive(o.dailyVolume), '--daily-volume', 'a number > 0', o.dailyVolume);
}
